//! Detectors of the policy's own: regular expressions, each in a window.

use regex_automata::meta::Regex;
use regex_automata::{Anchored, Input};

use crate::action::param;
use crate::action::personal::Kind;
use crate::language::codes;
use crate::language::mapping::Mapping;

/// Bytes that a match has at most.
const WINDOW: usize = 256;
/// Most patterns.
const MOST: usize = 32;

/// In the order of the policy.
#[derive(Clone, Default)]
pub(super) struct Patterns(Vec<Pattern>);

#[derive(Clone)]
struct Pattern {
    label: String,
    written: String,
    regex: Regex,
}

impl Patterns {
    /// Reads `patterns`; mistakes are reported.
    pub(super) fn parse(mapping: &mut Mapping<'_, '_>) -> Patterns {
        let mut patterns = Vec::new();
        let members = mapping.map("patterns");
        for member in members {
            let is_label = (1..=16).contains(&member.name.len())
                && member
                    .name
                    .bytes()
                    .all(|b| b.is_ascii_uppercase() || b == b'_');
            if !is_label {
                mapping
                    .findings
                    .error(
                        codes::BAD_NAME,
                        member.name_span,
                        "a pattern is named by 1 to 16 of `A`-`Z` and `_`",
                    )
                    .help("the name is the label: write `ORDER`");
            }
            let Some(written) = member.value.scalar().filter(|text| !text.is_empty()) else {
                mapping
                    .findings
                    .error(
                        codes::WRONG_KIND,
                        member.value.span,
                        format!("a pattern must be text, found {}", member.value.kind_name()),
                    )
                    .help("write a regular expression in quotes");
                continue;
            };
            match param::expression(written).and_then(|hir| param::regex(&hir)) {
                Ok(regex) => patterns.push(Pattern {
                    label: member.name.clone(),
                    written: written.to_owned(),
                    regex,
                }),
                Err(cause) => {
                    mapping
                        .findings
                        .error(codes::PATTERN, member.value.span, format!("the pattern {cause}"))
                        .help("the syntax is that of the regex crate: linear time, no look-around, no back-references");
                }
            }
        }
        if members.len() > MOST {
            let span = mapping.place("patterns");
            mapping
                .findings
                .error(
                    codes::OUT_OF_RANGE,
                    span,
                    format!("more than {MOST} patterns"),
                )
                .help("join some of them with `|`");
        }
        Patterns(patterns)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn labels(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|p| p.label.as_str())
    }

    pub(super) fn label(&self, place: u8) -> &str {
        self.0
            .get(usize::from(place))
            .map_or("", |p| p.label.as_str())
    }

    pub(super) fn longest_label(&self) -> usize {
        self.labels().map(str::len).max().unwrap_or(0)
    }

    /// So that two policies can be compared.
    pub(super) fn said(&self) -> String {
        let all = self.0.iter().map(|p| format!("{}: {}", p.label, p.written));
        all.collect::<Vec<_>>().join(", ")
    }

    /// The longest match that begins at `at`, and of which pattern it is.
    pub(super) fn at(&self, text: &str, at: usize) -> Option<(usize, Kind)> {
        let mut best = None;
        if self.0.is_empty() {
            return best;
        }
        let mut window = (at + WINDOW).min(text.len());
        while !text.is_char_boundary(window) {
            window -= 1;
        }
        for (place, pattern) in (0..).zip(&self.0) {
            let input = Input::new(text).range(at..window).anchored(Anchored::Yes);
            let end = pattern.regex.find(input).map(|m| m.end());
            // An empty match is nothing found.
            if let Some(end) = end.filter(|end| *end > at)
                && best.is_none_or(|(longest, _)| end > longest)
            {
                best = Some((end, Kind::Own(place)));
            }
        }
        best
    }
}
