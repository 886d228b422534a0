//! The finding codes, each with what it means and why: `veil check` prints
//! them, the reference lists them, tests hold one example of each.

use super::finding::{Findings, Span};

/// One code of the list.
pub struct Code {
    /// `V` and four digits; never reused.
    pub code: &'static str,
    /// Short name, the word `dangerously: allow:` takes.
    pub name: &'static str,
    /// What it means.
    pub doc: &'static str,
    /// May be allowed under `dangerously:`.
    pub may_be_allowed: bool,
}

macro_rules! codes {
    ($($ident:ident = $code:literal, $name:literal, $allow:literal, $doc:literal;)*) => {
        $(#[doc = $doc] pub const $ident: &str = $code;)*
        /// Every code, in order.
        pub const ALL: &[Code] = &[$(Code { code: $code, name: $name, doc: $doc, may_be_allowed: $allow }),*];
    };
}

codes! {
    NOT_IN_THIS_VERSION = "V0001", "not_in_this_version", false, "A word of the language that this version lacks.";
    YAML = "V0002", "yaml", false, "The text is not YAML, or uses what a policy may not: several documents, anchors, aliases, tags, merge keys.";
    DUPLICATE_NAME = "V0003", "duplicate_name", false, "One name stands twice in one mapping.";
    UNKNOWN_WORD = "V0004", "unknown_word", false, "A word the language does not have.";
    MISSING_WORD = "V0005", "missing_word", false, "A required word is missing.";
    WRONG_KIND = "V0006", "wrong_kind", false, "Text, a number, a list or a mapping stands where something else belongs.";
    OUT_OF_RANGE = "V0007", "out_of_range", false, "A number or length outside its range.";

    CHOOSE_ONE = "V0301", "choose_one", false, "An action needs exactly one of several words.";
    NOT_TOGETHER = "V0302", "not_together", false, "Two words of an action that do not go together.";
    PATTERN = "V0303", "pattern", false, "A regular expression that cannot be read or is too large.";
    DURATION = "V0304", "duration", false, "A length of time that is not a number and a unit, or does not fit the days.";
    NOT_ASCENDING = "V0305", "not_ascending", false, "Lower bounds that do not ascend.";
    KEY_VERSION = "V0306", "key_version", false, "A key without the version that the action must pin, or with one where none may stand.";
    NORMALIZE = "V0307", "normalize", false, "A list of canonicalisers that cannot be applied in that order, or an unknown one.";
}

/// Reports a word that belongs to a later version.
pub fn not_in_this_version(findings: &mut Findings, span: Span, word: &str) {
    findings
        .error(
            NOT_IN_THIS_VERSION,
            span,
            format!("`{word}` is not in this version"),
        )
        .label("known to the language, not built yet")
        .why("a word that is read but not obeyed would promise what does not happen")
        .help("remove it, or use a version that has it");
}

/// Reports an unknown word with the nearest known one.
pub fn unknown_word<'k>(
    findings: &mut Findings,
    span: Span,
    of: &str,
    word: &str,
    known: impl Iterator<Item = &'k str>,
) {
    let known: Vec<&str> = known.collect();
    let help = match nearest(word, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("known here: {}", known.join(", ")),
    };
    findings
        .error(
            UNKNOWN_WORD,
            span,
            format!("unknown word `{word}` in `{of}`"),
        )
        .help(help);
}

/// The known word nearest to `word`, if one is near enough to be meant.
pub fn nearest<'k>(word: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    known
        .map(|k| (strsim::damerau_levenshtein(word, k), k))
        .filter(|(d, k)| *d <= 1 + k.chars().count() / 4)
        .min_by_key(|(d, _)| *d)
        .map(|(_, k)| k)
}
