//! What the three kinds of noise have in common as the policy writes them.

use crate::action::param;
use crate::language::codes;
use crate::language::finding::Span;
use crate::language::mapping::Mapping;
use crate::language::shape::{Shape, Takes, Word, word};
use crate::record::decimal::Decimal;

const EPSILON: Word = word(
    "epsilon",
    Takes::Number,
    "How much an answer may say: above 0, at most 20, of at most 6 digits.",
)
.required();
const BOTTOM: Word = word("bottom", Takes::Number, "The least value.").required();
const TOP: Word = word(
    "top",
    Takes::Number,
    "The largest value, whole steps above `bottom`.",
)
.required();
const STEP: Word = word("step", Takes::Number, "What values are rounded to.").required();

/// Of `laplace`.
pub(super) const LAPLACE: Shape = Shape {
    name: "laplace",
    words: &[EPSILON, BOTTOM, TOP, STEP],
};

/// Of `gaussian`.
pub(super) const GAUSSIAN: Shape = Shape {
    name: "gaussian",
    words: &[
        word(
            "rho",
            Takes::Number,
            "How much an answer may say (zCDP): above 0, at most 20, of at most 3 digits.",
        )
        .required(),
        BOTTOM,
        TOP,
        STEP,
    ],
};

/// Of `randomized_response`.
pub(super) const RESPONSE: Shape = Shape {
    name: "randomized_response",
    words: &[
        EPSILON,
        word(
            "of",
            Takes::List(&Takes::Scalar),
            "The values, 2 to 256 of them.",
        )
        .required(),
        word("else", Takes::Scalar, "The one that stands for all others."),
        word(
            "absent",
            Takes::Scalar,
            "The one that stands for `null` and for words for nothing.",
        ),
    ],
};

/// A number above 0 and at most 20, as a fraction in its lowest terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Budget {
    pub(super) number: Decimal,
    pub(super) n: u64,
    pub(super) d: u64,
}

impl Budget {
    /// Reads `word`, of so many digits at most.
    pub(super) fn parse(
        mapping: &mut Mapping<'_, '_>,
        word: &str,
        digits: usize,
    ) -> Option<Budget> {
        let node = mapping.node(word)?;
        let number = param::decimal(node, word, mapping.findings)?;
        let millionths = number.floored(6).and_then(|n| u64::try_from(n).ok());
        let fits = number.exponent() >= -6 && number.digits().len() <= digits;
        let Some(n) = millionths.filter(|n| fits && (1..=20_000_000).contains(n)) else {
            let message = format!(
                "`{word}` must be above 0 and at most 20, of at most {digits} digits, 6 of them behind the point"
            );
            range(
                mapping,
                node.span,
                &message,
                &format!("write for instance `{word}: 1.5`"),
            );
            return None;
        };
        let common = gcd(n, 1_000_000);
        Some(Budget {
            number,
            n: n / common,
            d: 1_000_000 / common,
        })
    }

    /// For what is computed for people alone.
    pub(super) fn about(self) -> f64 {
        self.n as f64 / self.d as f64
    }
}

/// Reports numbers that no noise can be made with.
pub(super) fn range(mapping: &mut Mapping<'_, '_>, span: Span, message: &str, help: &str) {
    mapping
        .findings
        .error(codes::NOISE_RANGE, span, message)
        .help(help);
}

pub(super) fn gcd(a: u64, b: u64) -> u64 {
    match b {
        0 => a,
        b => gcd(b, a % b),
    }
}

/// Three digits that say something.
pub(super) fn rough(number: f64) -> String {
    match number.abs() {
        n if n >= 100.0 => format!("{number:.0}"),
        n if n >= 10.0 => format!("{number:.1}"),
        n if n >= 1.0 => format!("{number:.2}"),
        n if n >= 0.001 => format!("{number:.4}"),
        _ => format!("{number:.2e}"),
    }
}
