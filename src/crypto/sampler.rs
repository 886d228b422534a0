//! Random whole numbers of exact distributions, from random words by integers alone:
//! no logarithm, no float, so that no probability is a little off.
//!
//! Canonne, Kamath and Steinke, "The Discrete Gaussian for Differential Privacy" (2020),
//! algorithms 1 to 3. How long a draw takes depends on what is drawn.

/// Where random words come from.
pub trait RandomWords {
    /// The next 64 bits, each as likely 0 as 1 and independent of all others.
    fn word(&mut self) -> u64;
}

/// One of 0 to `count` − 1, each as likely; `count` is at least 1.
pub fn below<W: RandomWords + ?Sized>(words: &mut W, count: u128) -> u128 {
    let bits = 128 - (count - 1).leading_zeros();
    if bits == 0 {
        return 0;
    }
    loop {
        let drawn = match bits {
            1..=64 => u128::from(words.word() >> (64 - bits)),
            _ => {
                let high = u128::from(words.word()) << 64;
                (high | u128::from(words.word())) >> (128 - bits)
            }
        };
        if drawn < count {
            return drawn;
        }
    }
}

/// True with the probability exp(−`n`/`d`).
pub fn exp<W: RandomWords + ?Sized>(words: &mut W, n: u128, d: u128) -> bool {
    let mut whole = n / d;
    while whole > 0 {
        if !exp_of_fraction(words, 1, 1) {
            return false;
        }
        whole -= 1;
    }
    exp_of_fraction(words, n % d, d)
}

/// True with the probability exp(−`n`/`d`), `n` at most `d` (algorithm 1).
fn exp_of_fraction<W: RandomWords + ?Sized>(words: &mut W, n: u128, d: u128) -> bool {
    let mut times = 1;
    while below(words, d * times) < n {
        times += 1;
    }
    times % 2 == 1
}

/// A whole number of the discrete Laplace distribution of scale `t`/`s`: n with a
/// probability proportional to exp(−|n| s/t) (algorithm 2). Both are at least 1
/// and below 2^64.
pub fn laplace<W: RandomWords + ?Sized>(words: &mut W, t: u64, s: u64) -> i128 {
    let (t, s) = (u128::from(t), u128::from(s));
    loop {
        let part = below(words, t);
        if !exp_of_fraction(words, part, t) {
            continue;
        }
        let mut wholes = 0_u32;
        while exp_of_fraction(words, 1, 1) {
            wholes += 1;
        }
        let size = (part + t * u128::from(wholes)) / s;
        let size = size as i128;
        match below(words, 2) == 1 {
            true if size == 0 => {}
            true => return -size,
            false => return size,
        }
    }
}

/// A whole number of the discrete Gaussian distribution of variance parameter
/// `a`/`b`: n with a probability proportional to exp(−n² b/2a) (algorithm 3).
/// `a` is below 2^52, `b` at most 2^21; both are at least 1.
pub fn gaussian<W: RandomWords + ?Sized>(words: &mut W, a: u64, b: u64) -> i128 {
    let t = (a / b).isqrt() + 1;
    let (a, b, wide) = (u128::from(a), u128::from(b), u128::from(t));
    let d = 2 * a * b * wide * wide;
    loop {
        let y = laplace(words, t, 1);
        // What leaves the room of 128 bits is 2^11 standard deviations away or more,
        // and would be accepted with a probability below exp(−2^20).
        let from = y.unsigned_abs().checked_mul(b * wide);
        let n = from.and_then(|from| from.abs_diff(a).checked_pow(2));
        if n.is_some_and(|n| exp(words, n, d)) {
            return y;
        }
    }
}
