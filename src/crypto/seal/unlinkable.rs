//! Envelopes show neither their order nor which of two outputs were made from one
//! record.

use super::*;
use crate::crypto::entropy::OsEntropy;
use crate::crypto::kdf::Root;

/// Salt and nonce, as whoever reads an output sees them.
type Seen = [u8; SALT_LEN + NONCE_LEN];

/// Records of one batch, as many as the pipeline has at most.
const RECORDS: usize = 1_000;

/// What two outputs show of as many records, each output under its own key.
fn two_outputs(records: usize) -> [Vec<Seen>; 2] {
    let of_output = |name: &str| {
        let key = KeyHandle {
            id: format!("{name}:1").parse().unwrap(),
            root: Arc::new(Root::new(&[name.len() as u8; 32])),
        };
        SealKey::new(&key, "d", "p", "traits.phone").unwrap()
    };
    let keys = [of_output("mail"), of_output("contact")];
    let mut seen = [Vec::new(), Vec::new()];
    let mut batch = BatchSeal::new(OsEntropy);
    for record in 0..records {
        if record % RECORDS == 0 {
            batch.begin_batch();
        }
        for (key, seen) in keys.iter().zip(&mut seen) {
            let mut binary = vec![0; key.binary_len(2)];
            key.seal_binary(b"s\x80", &mut batch, &mut binary);
            let at = key.inner.header.len();
            seen.push(*binary[at..].first_chunk().unwrap());
        }
    }
    seen
}

fn window(seen: &Seen, at: usize) -> u32 {
    u32::from_be_bytes(*seen[4 * at..].first_chunk().unwrap())
}

/// Where each stands when they are sorted.
fn ranks<T: Ord + Copy>(all: impl Iterator<Item = T>) -> Vec<usize> {
    let mut sorted: Vec<(T, usize)> = all.zip(0..).collect();
    sorted.sort_unstable();
    let mut ranks = vec![0; sorted.len()];
    for (rank, (_, at)) in sorted.into_iter().enumerate() {
        ranks[at] = rank;
    }
    ranks
}

/// `slack`: how far from a half a guess may be right by chance.
fn holds(records: usize, slack: f64) {
    let seen = two_outputs(records);
    let all = || seen.iter().flatten();
    for part in [0..SALT_LEN, SALT_LEN..SALT_LEN + NONCE_LEN] {
        let mut parts: Vec<&[u8]> = all().map(|seen| &seen[part.clone()]).collect();
        parts.sort_unstable();
        parts.dedup();
        assert_eq!(parts.len(), 2 * records, "two have one {part:?}");
    }
    let n = 2.0 * records as f64;
    let alike_by_chance = n * n / 2.0 / 2_f64.powi(32);
    for at in 0..(SALT_LEN + NONCE_LEN) / 4 {
        let mut windows: Vec<u32> = all().map(|seen| window(seen, at)).collect();
        windows.sort_unstable();
        let alike = windows.windows(2).filter(|w| w[0] == w[1]).count() as f64;
        let off = (alike - alike_by_chance).abs();
        assert!(
            off <= 6.0 * alike_by_chance.sqrt() + 2.0,
            "{at}: {alike} alike"
        );

        let [one, other] = seen
            .each_ref()
            .map(|s| ranks(s.iter().map(|s| window(s, at))));
        // Of two envelopes that lie next to each other, which was made first.
        for output in [&one, &other] {
            let right = output.windows(2).step_by(2).filter(|w| w[0] < w[1]).count();
            let share = right as f64 / (records / 2) as f64;
            assert!((share - 0.5).abs() <= slack, "{at}: order told in {share}");
        }
        // Of each envelope of one output, which of the other is of the same record.
        let joined = one.iter().zip(&other).filter(|(a, b)| a == b).count();
        assert!(joined <= 12, "{at}: {joined} joined by rank");
        let near = |(a, b): &(&u32, &u32)| a.abs_diff(**b) <= 1 << 10;
        let [one, other] = seen
            .each_ref()
            .map(|s| s.iter().map(|s| window(s, at)).collect::<Vec<_>>());
        let by_chance = records as f64 * 2_f64.powi(11 - 32);
        let joined = one.iter().zip(&other).filter(near).count() as f64;
        assert!(
            joined <= by_chance + 6.0 * by_chance.sqrt() + 2.0,
            "{at}: {joined} joined by neighbourhood"
        );
    }
}

#[test]
fn order_and_joins_do_not_show() {
    holds(10_000, 0.04);
}

/// As many as the red team joined and put back into order, and more.
#[test]
#[ignore = "full size"]
fn order_and_joins_do_not_show_in_a_million() {
    holds(500_000, 0.01);
}
