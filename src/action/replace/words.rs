//! One word of a list in place of the value: a stand-in.

use std::sync::Arc;

use crate::action::characters::Characters;
use crate::action::tables::list;
use crate::action::{
    Action, Besides, Cx, Degree, Facts, Gives, Growth, KeyUse, Kinds, NotBuilt, Passing, Reveals,
    Says, Setting, Site, Spec, TableError, TableUse, Type, param,
};
use crate::canon::Canon;
use crate::crypto::words::WordKey;
use crate::keys::Pick;
use crate::language::codes;
use crate::language::finding::Span;
use crate::language::mapping::Mapping;
use crate::record::Reason;
use crate::record::time::TimeKind;
use crate::record::value::{Applied, Out, View};

/// How many words a list has.
const WORDS: std::ops::RangeInclusive<usize> = 2..=65_536;
/// Most bytes of one of them.
const WORD_BYTES_MAX: usize = 1_024;

#[derive(Clone)]
enum List {
    Policy(Arc<[Box<str>]>),
    File(String, Span),
}

/// For what the same value has the same word.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Value,
    Record,
}

/// A stand-in as the policy has it.
struct StandIn {
    list: List,
    key: param::Key,
    space: String,
    by: By,
    /// The characters of the policy's words.
    writes: Characters,
}

/// Reads `one_of` and what goes with it.
pub(super) fn parse(mapping: &mut Mapping<'_, '_>) -> Option<Box<dyn Spec>> {
    let before = mapping.findings.errors();
    param::not_together(mapping, "one_of", "with", "a value becomes one of the two");
    if !mapping.has("key") {
        let span = mapping.place("one_of");
        mapping
            .findings
            .error(codes::MISSING_WORD, span, "`one_of` needs a `key`")
            .why("whoever could compute which word stands for a value would try values")
            .help("add `key: NAME`, a name under `keys:`");
    }
    let key = param::key(mapping, Pick::First);
    let space = param::space(mapping);
    let by = match mapping.one_of("by") {
        Some("record") => By::Record,
        _ => By::Value,
    };
    let list = list_of(mapping);
    let (list, key) = (list?, key?);
    (mapping.findings.errors() == before).then(|| {
        let writes = match &list {
            List::Policy(words) => words.iter().flat_map(|word| word.chars()).collect(),
            List::File(..) => Characters::default(),
        };
        Box::new(StandIn {
            writes,
            list,
            key,
            space,
            by,
        }) as Box<dyn Spec>
    })
}

fn list_of(mapping: &mut Mapping<'_, '_>) -> Option<List> {
    let node = mapping.node("one_of")?;
    let Some(items) = node.items() else {
        let Some(file) = node.scalar() else {
            let message = format!(
                "`one_of` must be a list or a file, found {}",
                node.kind_name()
            );
            mapping
                .findings
                .error(codes::WRONG_KIND, node.span, message)
                .help("write `one_of: [WORD, …]`, or the name of a file with one word a line");
            return None;
        };
        return Some(List::File(file.to_owned(), node.span));
    };
    if !WORDS.contains(&items.len()) {
        let message = format!("`one_of` names {} words", items.len());
        mapping
            .findings
            .error(codes::OUT_OF_RANGE, node.span, message)
            .help("name 2 to 65,536 words; a constant is `replace: { with: … }`");
        return None;
    }
    let mut words: Vec<Box<str>> = Vec::with_capacity(items.len());
    let mut seen = std::collections::HashSet::new();
    for item in items {
        let complaint = match item.scalar() {
            None => Some((
                codes::WRONG_KIND,
                format!(
                    "a word of `one_of` must be text, found {}",
                    item.kind_name()
                ),
                "write a word, quoted where it is `null`",
            )),
            Some(word) if word.is_empty() || word.len() > WORD_BYTES_MAX => Some((
                codes::OUT_OF_RANGE,
                format!("a word of `one_of` must have 1 to {WORD_BYTES_MAX} bytes"),
                "shorten or remove it",
            )),
            Some(word) if !seen.insert(word) => Some((
                codes::DUPLICATE_NAME,
                "one word stands twice in `one_of`".to_owned(),
                "remove one",
            )),
            Some(word) => {
                words.push(word.into());
                None
            }
        };
        if let Some((code, message, help)) = complaint {
            mapping.findings.error(code, item.span, message).help(help);
        }
    }
    Some(List::Policy(words.into()))
}

/// V of a value: of whole numbers that of their digits, so that 42 and `42` are one.
fn canon() -> Canon {
    Canon::from_words(["text"]).expect("`text` is a canonicaliser")
}

impl Spec for StandIn {
    fn key(&self) -> Option<KeyUse<'_>> {
        Some(self.key.as_use())
    }

    fn tables(&self) -> Vec<TableUse<'_>> {
        match &self.list {
            List::Policy(_) => Vec::new(),
            List::File(name, span) => vec![TableUse { name, span: *span }],
        }
    }

    fn facts(&self) -> Facts {
        // No `join_key`: of two values with one word nobody can say that they are equal.
        Facts {
            linkable: self.by == By::Value,
            writes: self.writes.clone(),
            ..Facts::default()
        }
    }

    fn grows(&self) -> Growth {
        let longest = match &self.list {
            List::Policy(words) => words.iter().map(|w| w.len()).max().unwrap_or(0),
            List::File(..) => WORD_BYTES_MAX,
        };
        // Between quotes, every byte may be written as six: `\u0001`.
        Growth::by(2 + 6 * longest)
    }

    fn reveals(&self) -> Reveals {
        let reach: &[&str] = match self.by {
            By::Value => &["records", "outputs"],
            By::Record => &[],
        };
        let list = match &self.list {
            List::Policy(words) => words.join("\u{0}"),
            List::File(name, _) => format!("file {name}"),
        };
        // Nothing leaves of a `null`.
        Reveals::of(Degree::StandIn)
            .of_values(Passing::some_of(Kinds::Flat))
            .with(
                "by",
                Setting::Also(reach.iter().map(|w| (*w).to_owned()).collect()),
            )
            .with("one_of", Setting::Choice(list))
            .with("space", Setting::Choice(self.space.clone()))
    }

    fn gives(&self, from: Type) -> Option<Gives> {
        match from {
            Type::Null => Gives::NOTHING,
            Type::Text | Type::Integer | Type::Number => Gives::maybe(Type::Text),
            Type::Date if canon().takes_time(TimeKind::Date) => Gives::maybe(Type::Text),
            _ => None,
        }
    }

    fn says(&self, domain: &str) -> Says {
        let list = match &self.list {
            List::Policy(words) => format!("{} words", words.len()),
            List::File(name, _) => format!("the words of `{name}`"),
        };
        let reach = match self.by {
            By::Value => format!(
                "of equal values the same in every output of domain `{domain}`, and of different values often the same too"
            ),
            By::Record => "drawn anew in every record".to_owned(),
        };
        Says::of(format!("one of {list} in place of the value, {reach}"))
    }

    fn build(&self, site: &Site<'_>) -> Result<Box<dyn Action>, NotBuilt> {
        let words = match &self.list {
            List::Policy(words) => Words::One(Arc::clone(words)),
            List::File(name, _) => {
                let table = site.table(name);
                let table = table.expect("each table that an action names is there");
                match table.made("one_of", read) {
                    Ok(words) => Words::Shared(words),
                    Err(error) => {
                        let name = name.clone();
                        return Err(NotBuilt::Table { name, error });
                    }
                }
            }
        };
        let count = u32::try_from(words.list().len()).expect("a list has 65,536 at most");
        Ok(Box::new(Made {
            words,
            count,
            key: WordKey::new(&param::handle(site).root, site.domain, &self.space)?,
            canon: canon().with_nothing(site.nothing),
            by: self.by,
            splits: site.splits,
        }))
    }
}

/// The words of a file.
fn read(text: &str) -> Result<Vec<Box<str>>, TableError> {
    let words = list::words(text, WORDS, WORD_BYTES_MAX)?;
    Ok(words.into_iter().map(Box::from).collect())
}

enum Words {
    /// The policy's.
    One(Arc<[Box<str>]>),
    /// A file's, of which there is one copy.
    Shared(Arc<Vec<Box<str>>>),
}

impl Words {
    fn list(&self) -> &[Box<str>] {
        match self {
            Words::One(words) => words,
            Words::Shared(words) => words,
        }
    }
}

struct Made {
    words: Words,
    count: u32,
    key: WordKey,
    canon: Canon,
    by: By,
    /// Records are taken apart, so that each element is one.
    splits: bool,
}

impl Action for Made {
    fn apply(&self, view: View<'_>, out: &mut dyn Out, cx: &mut Cx<'_>) -> Applied {
        let record = match self.by {
            By::Value => None,
            By::Record => Some(cx.of_record(self.splits)?),
        };
        let (canon, text) = (&self.canon, &mut *cx.text);
        let of = (canon.id(), self.count);
        let room = &mut cx.jobs.scratch;
        let place = self
            .key
            .place(of, record, room, |room| canon.value(view, text, room));
        if let Some(place) = place? {
            let word = self.words.list().get(place as usize);
            out.text(word.ok_or(Reason::WrongType)?);
        }
        Ok(())
    }

    fn recomputed_from(&self) -> Option<Besides> {
        (self.by == By::Value).then(Besides::default)
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{Bench, build, findings, run, view};
    use super::read;
    use crate::record::Reason;

    const LIST: &str = "one_of: [Ada, Alan, Grace, Kurt], key: people";

    #[test]
    fn equal_values_have_one_word_and_the_word_is_of_the_list() {
        let policy = format!("{{ replace: {{ {LIST} }} }}");
        let list = ["Ada", "Alan", "Grace", "Kurt"].map(|word| format!("{word:?}"));
        let mut seen = std::collections::BTreeSet::new();
        for n in 0..64 {
            let word = run(&policy, &format!("\"person {n}\"")).unwrap().unwrap();
            assert!(list.contains(&word), "{word}");
            seen.insert(word);
        }
        assert_eq!(seen.len(), 4);
        for same in [
            ["42", r#""42""#],
            [r#""a""#, r#""\u0061""#],
            ["1e3", "1000"],
        ] {
            let [a, b] = same.map(|json| run(&policy, json));
            assert_eq!(a, b, "{same:?}");
        }
    }

    #[test]
    fn nothing_is_nobody_and_what_has_no_text_is_refused() {
        for by in ["value", "record"] {
            let policy = format!("{{ replace: {{ {LIST}, by: {by} }} }}");
            for json in ["null", r#""""#, r#""unknown""#, r#""N/A""#] {
                assert_eq!(run(&policy, json), Ok(None), "{json}");
            }
            for json in ["true", "0.5", "[1]", "{}", r#"["a"]"#] {
                assert_eq!(run(&policy, json), Err(Reason::WrongType), "{json}");
            }
            let long = format!("\"{}\"", "9".repeat(1 << 20));
            assert!(run(&policy, &long).is_ok());
        }
    }

    #[test]
    fn by_record_each_record_draws_anew() {
        let all: Vec<String> = (0..1000).map(|n| format!("w{n}")).collect();
        let of = |by: &str, space: &str| {
            let list = all.join(", ");
            let policy = format!(
                "{{ replace: {{ one_of: [{list}], key: people, by: {by}, space: {space} }} }}"
            );
            let (action, mut bench) = (build(&policy), Bench::default());
            let words = (0..4).map(|offset| {
                bench.offset = offset;
                bench.apply(action.as_ref(), view(r#""Jane""#)).unwrap();
                bench.take(action.as_ref()).expect("a word")
            });
            words.collect::<std::collections::BTreeSet<_>>()
        };
        assert_eq!(of("value", "a").len(), 1);
        assert_eq!(of("record", "a").len(), 4);
        assert_ne!(of("value", "a"), of("value", "b"));
        assert_ne!(of("record", "a"), of("record", "b"));
    }

    #[test]
    fn the_length_of_a_file_is_bounded() {
        assert!(read("a\nb").is_ok());
        assert!(read("a").is_err());
        let many = |n: usize| (0..n).map(|n| format!("{n}\n")).collect::<String>();
        assert!(read(&many(65_536)).is_ok());
        assert!(read(&many(65_537)).is_err());
        assert!(read(&format!("a\n{}", "b".repeat(1_024))).is_ok());
        assert!(read(&format!("a\n{}", "b".repeat(1_025))).is_err());
    }

    #[test]
    fn wrong_parameters_are_findings() {
        let long = format!("one_of: [a, {}], key: people", "b".repeat(1_025));
        for (parameters, codes) in [
            ("one_of: [a, b]", &["V0005"][..]),
            ("one_of: [a], key: people", &["V0007"]),
            ("one_of: [], key: people", &["V0007"]),
            ("one_of: [a, a], key: people", &["V0003"]),
            ("one_of: [a, ''], key: people", &["V0007"]),
            (&long, &["V0007"]),
            ("one_of: [a, [b]], key: people", &["V0006"]),
            ("one_of: { a: b }, key: people", &["V0006"]),
            ("one_of: [a, b], key: people, with: a", &["V0302"]),
            ("one_of: [a, b], key: people, by: person", &["V0004"]),
            ("one_of: [a, b], key: people, space: A", &["V0007"]),
            ("with: a, key: people", &["V0302"]),
            ("with: a, by: value", &["V0302"]),
            ("key: people", &["V0301"]),
        ] {
            let policy = format!("{{ replace: {{ {parameters} }} }}");
            assert_eq!(findings(&policy), codes, "{parameters}");
        }
    }
}
