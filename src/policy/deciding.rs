//! What becomes of one path of an event in each output, and which selector decides
//! that.

use std::collections::BTreeSet;

use super::check::model::Output;
use super::compile::Columns;
use super::diff::Said;
use super::lint::{classes, types::Taken};
use super::named::{Named, NamedField, named};
use super::reads_outside;
use super::selector::PlaceName;
use crate::language::codes;
use crate::record::path::{Selector, Step, rests};

/// The answer for one path.
pub struct PathAnswer {
    /// The path.
    pub path: Selector,
    /// What the policy says it is; empty: nothing.
    pub classes: Vec<String>,
    /// It is read to decide about the record (its type, subject, consent).
    pub is_read: bool,
    /// In each output, for each of its types of record that differ.
    pub at: Vec<AtPath>,
    /// Where no output names it: the nearest path that one does.
    pub nearest: Option<String>,
}

/// What becomes of it in an output.
pub struct AtPath {
    /// The topic.
    pub topic: String,
    /// The entry of `types`; `None`: for every type that leaves.
    pub of_type: Option<String>,
    /// What becomes of it.
    pub fate: Fate,
    /// Less specific selectors that would have taken it.
    pub passed_over: Vec<String>,
    /// Fields that it is one of several parts of (`from: [a, b]`).
    pub part_of: Vec<String>,
}

/// What becomes of a path.
pub enum Fate {
    /// It is made into these fields.
    Makes(Vec<NamedField>),
    /// It is named to be dropped.
    Dropped(NamedField),
    /// It leaves within what stands above it and is taken whole.
    Within(NamedField),
    /// What stands inside of it is named, and itself it is not: an object with
    /// nothing else in it.
    Holds(Vec<String>),
    /// It is added up: nothing of it leaves but sums with noise.
    Summed,
    /// It says when a record was, and with that in which window it counts.
    Timed,
    /// Nobody named it: it leaves nowhere.
    Unnamed,
}

/// What becomes of a path.
pub fn at_path(said: &Said, path: &Selector) -> PathAnswer {
    let all = named(said);
    let mut at: Vec<AtPath> = Vec::new();
    for output in &said.policy.outputs {
        let topic = &output.topic.value;
        let base = decided_of_any(&all, topic, None, path);
        let base_says = shape(&base);
        let mut differs = Vec::new();
        for of_type in output.types.iter().flatten() {
            let mine = decided_of_any(&all, topic, Some(&of_type.pattern.to_string()), path);
            if shape(&mine) != base_says {
                differs.push(mine);
            }
        }
        let base = counted(output, base, path);
        // What nobody named is not what was asked about, where some type names it.
        let (first, last) = match base.fate {
            Fate::Unnamed if !differs.is_empty() => (None, Some(base)),
            _ => (Some(base), None),
        };
        let first = first.map(|at| outside(&all, at, path));
        let last = last.map(|at| outside(&all, at, path));
        at.extend(first.into_iter().chain(differs).chain(last));
    }
    let of_outputs = said.policy.outputs.first().map(Taken::by);
    let index = match PlaceName::may_be_outside(path) && !all.names(path) {
        true => classes::Index::outside(&said.policy),
        false => classes::Index::of(&said.policy),
    };
    let known = index.known(
        std::slice::from_ref(path),
        of_outputs.as_deref().unwrap_or_default(),
        false,
    );
    let asked = reads_outside(&said.policy);
    let unnamed = at
        .iter()
        .all(|a| matches!(a.fate, Fate::Unnamed) && a.part_of.is_empty());
    let inputs = all.inputs();
    let paths: Vec<String> = inputs.iter().map(ToString::to_string).collect();
    let wanted = path.to_string();
    let spelled = || codes::nearest(&wanted, paths.iter().map(String::as_str)).map(str::to_owned);
    let nearest = below_another(path, &inputs)
        .or_else(spelled)
        .or_else(|| of_that_name(path, &inputs));
    PathAnswer {
        path: path.clone(),
        classes: known.classes.iter().map(|c| (*c).to_owned()).collect(),
        is_read: all.reads.iter().chain(&asked).any(|r| r.leads_to(path))
            || all.objects.iter().any(|object| object.covers(path)),
        at,
        nearest: nearest.filter(|_| unnamed),
    }
}

/// The same of a path that an output counts by, and does not write.
fn counted(output: &Output, mut at: AtPath, path: &Selector) -> AtPath {
    if let (Fate::Unnamed, Some(counts)) = (&at.fate, &output.counts) {
        let is_it = |own: &Selector| own.leads_to(path);
        if counts.summed().is_some_and(is_it) {
            at.fate = Fate::Summed;
        } else if counts.timed().is_some_and(is_it) {
            at.fate = Fate::Timed;
        }
    }
    at
}

/// The same of a path that means a place outside of the value: the record key, something
/// in it, or a header.
fn outside(all: &Named, mut at: AtPath, path: &Selector) -> AtPath {
    if !matches!(at.fate, Fate::Unnamed) || !PlaceName::may_be_outside(path) {
        return at;
    }
    let fields = all.fields.iter().filter(|f| f.topic == at.topic);
    let fields: Vec<&NamedField> = fields.filter(|f| f.of_type.is_none()).collect();
    let made_from = |is_it: &dyn Fn(&Selector) -> bool| -> Vec<NamedField> {
        let from = fields.iter().filter(|f| f.outside.iter().any(is_it));
        from.map(|f| (*f).clone()).collect()
    };
    let (mut whole, parts): (Vec<_>, Vec<_>) = made_from(&|place| place == path)
        .into_iter()
        .partition(|f| f.places.len() == 1);
    at.part_of = parts.iter().map(|f| f.path.clone()).collect();
    let above = made_from(&|place| path.steps.len() > place.steps.len() && place.covers(path));
    let inside = fields.iter().flat_map(|f| &f.outside);
    let inside = inside.filter(|place| place.steps.len() > path.steps.len() && path.covers(place));
    let inside: BTreeSet<String> = inside.map(ToString::to_string).collect();
    at.fate = match (whole.len(), above.into_iter().find(|f| !f.drops())) {
        (1, _) if whole[0].drops() => Fate::Dropped(whole.remove(0)),
        (1.., _) => Fate::Makes(whole),
        (0, Some(field)) => Fate::Within(field),
        (0, None) if !inside.is_empty() => Fate::Holds(inside.into_iter().collect()),
        (0, None) => Fate::Unnamed,
    };
    at
}

/// The shortest of the known paths that ends as this one does: what stands above it
/// was left out.
fn below_another(path: &Selector, known: &[Selector]) -> Option<String> {
    shortest(known, |k| {
        k.steps.len() > path.steps.len() && k.steps.ends_with(&path.steps)
    })
}

/// The shortest of the known paths that ends at the same name, capitals aside.
fn of_that_name(path: &Selector, known: &[Selector]) -> Option<String> {
    let name = |of: &Selector| {
        of.steps.iter().rev().find_map(|step| match step {
            Step::Name(name) => Some(name.to_lowercase()),
            _ => None,
        })
    };
    let wanted = name(path)?;
    shortest(known, |k| name(k).as_ref() == Some(&wanted))
}

fn shortest(known: &[Selector], is_it: impl Fn(&Selector) -> bool) -> Option<String> {
    let found = known.iter().filter(|k| is_it(k));
    found.min_by_key(|k| k.steps.len()).map(ToString::to_string)
}

/// What tells two answers apart.
fn shape(at: &AtPath) -> String {
    let fields = |list: &[NamedField]| {
        let list = list.iter().map(|f| format!("{} {}", f.path, f.written));
        list.collect::<Vec<_>>().join(", ")
    };
    let fate = match &at.fate {
        Fate::Makes(list) => fields(list),
        Fate::Dropped(field) => format!("dropped {}", fields(std::slice::from_ref(field))),
        Fate::Within(field) => format!("within {}", fields(std::slice::from_ref(field))),
        Fate::Holds(paths) => paths.join(" "),
        Fate::Summed => "summed".to_owned(),
        Fate::Timed => "timed".to_owned(),
        Fate::Unnamed => String::new(),
    };
    format!("{fate}; {}", at.part_of.join(", "))
}

/// The entry of `types:` that applies to a record of that type in the output of
/// that place; `None`: only what leaves with every type, or the output takes no
/// such record. `name`: the parts of the type joined by `/`; `None`: it has none.
pub fn entry_of_type(said: &Said, output: usize, name: Option<&str>) -> Option<String> {
    let columns = Columns::of(&said.policy.outputs);
    let column = name.map_or(columns.index.other, |name| columns.index.column(name));
    let output = said.policy.outputs.get(output)?;
    let entry = (*columns.of_output(output).get(usize::from(column))?)??;
    let types = output.types.as_ref()?;
    Some(types.get(entry)?.pattern.to_string())
}

/// What becomes of a path in the output of that topic, for records to which that
/// entry of `types:` applies.
pub fn decided(all: &Named, topic: &str, of_type: Option<&str>, path: &Selector) -> AtPath {
    let holds = |f: &&NamedField| {
        f.topic == topic && (f.of_type.is_none() || f.of_type.as_deref() == of_type)
    };
    let own: Vec<(&NamedField, &Selector)> = all
        .fields
        .iter()
        .filter(holds)
        .filter_map(|f| Some((f, f.selector.as_ref()?)))
        .collect();
    // A field that is made of siblings need not stand in the event itself.
    let made_of_parts = |f: &NamedField| f.spec.from().is_some();
    let exact: Vec<(&NamedField, &Selector)> = own
        .iter()
        .copied()
        .filter(|(f, s)| !made_of_parts(f) && s.leads_to(path))
        .collect();
    let best = exact
        .iter()
        .map(|(_, s)| *s)
        .max_by(|a, b| a.specificity(b));
    let mut passed_over: BTreeSet<String> = BTreeSet::new();
    let fate = match best {
        Some(best) => {
            let (won, lost): (Vec<_>, Vec<_>) = exact.into_iter().partition(|(_, s)| *s == best);
            passed_over.extend(lost.iter().map(|(_, s)| s.to_string()));
            let won: Vec<NamedField> = won.iter().map(|(f, _)| (*f).clone()).collect();
            match &won[..] {
                [one] if one.drops() => Fate::Dropped(one.clone()),
                _ => Fate::Makes(won),
            }
        }
        None => {
            let above = own
                .iter()
                .filter(|(f, s)| f.takes_whole() && s.covers(path));
            let above = above
                .max_by(|(_, a), (_, b)| a.steps.len().cmp(&b.steps.len()).then(a.specificity(b)));
            let inside: BTreeSet<String> = own
                .iter()
                .filter(|(_, s)| leads_into(s, path))
                .map(|(_, s)| s.to_string())
                .collect();
            match above {
                Some((field, _)) => Fate::Within((*field).clone()),
                None if !inside.is_empty() => Fate::Holds(inside.into_iter().collect()),
                None => Fate::Unnamed,
            }
        }
    };
    let parts = own.iter().filter(|(f, _)| made_of_parts(f));
    let part_of: BTreeSet<String> = parts
        .filter(|(f, _)| f.inputs.iter().any(|i| i.leads_to(path)))
        .map(|(f, _)| f.path.clone())
        .collect();
    AtPath {
        topic: topic.to_owned(),
        of_type: of_type.map(str::to_owned),
        fate,
        passed_over: passed_over.into_iter().collect(),
        part_of: part_of.into_iter().collect(),
    }
}

/// As [`decided`], of a path that means several elements: those among them that
/// filters choose are told.
fn decided_of_any(all: &Named, topic: &str, of_type: Option<&str>, path: &Selector) -> AtPath {
    let mut at = decided(all, topic, of_type, path);
    let is_own = |f: &&NamedField| {
        f.topic == topic && (f.of_type.is_none() || f.of_type.as_deref() == of_type)
    };
    let own = all.fields.iter().filter(is_own);
    let chosen = own
        .filter_map(|f| f.selector.as_ref())
        .filter(|s| chooses_there(s, path));
    let chosen: BTreeSet<String> = chosen.map(ToString::to_string).collect();
    if matches!(at.fate, Fate::Unnamed) && !chosen.is_empty() {
        at.fate = Fate::Holds(chosen.into_iter().collect());
    }
    at
}

/// True when `inner` leads through what stands at `path`.
fn leads_into(inner: &Selector, path: &Selector) -> bool {
    let behind = rests(&inner.steps, &path.steps, Step::covers);
    behind.iter().any(|rest| !rest.is_empty())
}

/// True when `inner` leads to or through what stands at `path` in some elements, as
/// its filters choose.
fn chooses_there(inner: &Selector, path: &Selector) -> bool {
    let is_open = |b: &Step| matches!(b, Step::AnyElement | Step::Element(_));
    let may = |a: &Step, b: &Step| a.covers(b) || matches!(a, Step::Filter(_)) && is_open(b);
    let (steps, path) = (&inner.steps, &path.steps);
    !rests(steps, path, may).is_empty() && rests(steps, path, Step::covers).is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::TestKeys;
    use crate::policy::selector::selectors;
    use crate::policy::{NoTables, PolicyFile, compile};

    fn answer(name: &str, text: &str, path: &str) -> PathAnswer {
        let file = PolicyFile {
            path: name.into(),
            text: text.to_owned(),
        };
        let compiled = compile(&file, &TestKeys, &NoTables, jiff::Timestamp::UNIX_EPOCH);
        let said = compiled.said.expect("it can be read");
        at_path(&said, &selectors(path).expect("a path")[0])
    }

    fn web(path: &str) -> PathAnswer {
        let text = include_str!("../../config/web-events.yaml");
        answer("config/web-events.yaml", text, path)
    }

    #[test]
    fn a_path_leaves_where_a_selector_takes_it_and_as_what_it_is_made_into() {
        let found = web("traits.email");
        assert_eq!(found.classes, ["user.contact.email"]);
        let made: Vec<(String, Option<String>, Vec<String>)> = found
            .at
            .iter()
            .map(|at| {
                let fields = match &at.fate {
                    Fate::Makes(fields) => fields.iter().map(|f| f.path.clone()).collect(),
                    Fate::Summed | Fate::Timed | Fate::Unnamed => vec![],
                    _ => panic!("neither"),
                };
                (at.topic.clone(), at.of_type.clone(), fields)
            })
            .collect();
        let identify = || Some("identify".to_owned());
        let analytics = "web.events.analytics".to_owned();
        let mail = "web.events.mail".to_owned();
        assert_eq!(
            made,
            [
                (
                    analytics.clone(),
                    identify(),
                    vec!["traits.email_id".to_owned()]
                ),
                (analytics, None, vec![]),
                (mail.clone(), identify(), vec!["traits.email".to_owned()]),
                (mail, None, vec![]),
            ]
        );
    }

    #[test]
    fn what_is_summed_and_what_says_when_is_no_path_that_nobody_named() {
        let stats = |path| {
            let text = include_str!("../../config/web-stats.yaml");
            answer("config/web-stats.yaml", text, path)
        };
        let revenue = stats("revenue");
        assert!(revenue.is_read && revenue.nearest.is_none());
        assert!(matches!(revenue.at[0].fate, Fate::Unnamed), "people");
        assert!(matches!(revenue.at[1].fate, Fate::Summed));
        let time = stats("timestamp");
        assert!(time.is_read && time.at.iter().all(|at| matches!(at.fate, Fate::Timed)));
        assert!(matches!(stats("page").at[1].fate, Fate::Unnamed));
    }

    #[test]
    fn places_outside_of_the_value_leave_where_a_key_or_a_header_takes_them() {
        let head = "apiVersion: veil/v1\nkind: Policy\nmetadata: { name: p, version: 1, owner: o }\nsource: { topic: raw, key: json, type: { from: header.ce_type } }\nclasses: { fields: { record_key.phone: user.contact.phone_number, header.ce_id: user.unique_id } }\noutputs:\n";
        let of = |output: &str, path: &str| {
            let text = format!(
                "{head}  - {{ topic: x, purpose: sales, domain: d, {output}, fields: {{ a: keep }} }}\n"
            );
            answer("p.yaml", &text, path)
        };
        let fields = "key: { fields: { phone: keep, b: drop } }, headers: { ce_id: keep }";
        let from = "key: { from: record_key.phone, keep: { max_chars: 4 } }";
        let whole = "key: { from: record_key, keep: { max_chars: 4 } }";
        for (output, path, expected) in [
            (fields, "record_key.phone", "key.phone"),
            (fields, "record_key.b", "dropped"),
            (fields, "record_key.c", "unnamed"),
            (fields, "record_key", "holds"),
            (fields, "header.ce_id", "header.ce_id"),
            (fields, "header.other", "unnamed"),
            (from, "record_key.phone", "key"),
            (whole, "record_key", "key"),
            (whole, "record_key.phone", "within key"),
        ] {
            let found = of(output, path);
            let says = match &found.at[0].fate {
                Fate::Makes(fields) => fields[0].path.clone(),
                Fate::Dropped(_) => "dropped".to_owned(),
                Fate::Within(field) => format!("within {}", field.path),
                Fate::Holds(_) => "holds".to_owned(),
                Fate::Summed | Fate::Timed | Fate::Unnamed => "unnamed".to_owned(),
            };
            assert_eq!(says, expected, "{output}: {path}");
        }
        let phone = of(fields, "record_key.phone");
        assert_eq!(phone.classes, ["user.contact.phone_number"]);
        assert!(of(fields, "header.ce_type").is_read);
    }

    #[test]
    fn what_nobody_named_is_dropped_and_the_nearest_is_told() {
        let found = web("context.page.pth");
        assert!(found.at.iter().all(|at| matches!(at.fate, Fate::Unnamed)));
        assert_eq!(found.nearest.as_deref(), Some("context.page.path"));
        // The way to it was left out, or is another.
        for path in ["revenue", "context.revenue"] {
            let nearest = web(path).nearest;
            assert_eq!(nearest.as_deref(), Some("properties.revenue"), "{path}");
        }
        assert_eq!(web("nobody_has_this").nearest, None);
        assert!(web("context.consent.categoryPreferences.Analytics").is_read);
        assert!(
            matches!(&web("context").at[0].fate, Fate::Holds(inside) if inside == &["context.page.path"])
        );
    }

    #[test]
    fn of_elements_that_filters_choose_it_is_said_that_they_do() {
        let text = "apiVersion: veil/v1\nkind: Policy\nmetadata: { name: p, version: 1, owner: o }\n\
            source: { topic: raw }\noutputs:\n  - topic: x\n    purpose: analytics.reporting\n    domain: d\n    fields:\n      \
            l[?k=='a'].v: { keep: { max_chars: 4 } }\n      l[?k=='a'*].w: drop\n";
        let at = |path: &str| answer("p.yaml", text, path).at.remove(0).fate;
        for path in ["l[*].v", "l[2].v"] {
            assert!(
                matches!(at(path), Fate::Holds(by) if by == ["l[?k=='a'].v"]),
                "{path}"
            );
        }
        assert!(matches!(at("l[?k=='a'].v"), Fate::Makes(f) if f.len() == 1));
        assert!(matches!(at("l[?k=='a'].k"), Fate::Makes(f) if f[0].action.name == "replace"));
        assert!(matches!(at("l[?k=='ab'].w"), Fate::Dropped(_)));
        assert!(matches!(at("l[?k=='b'].v"), Fate::Unnamed));
    }

    #[test]
    fn the_most_specific_selector_wins_and_parts_are_told() {
        let text = "apiVersion: veil/v1\nkind: Policy\nmetadata: { name: p, version: 1, owner: o }\n\
            source: { topic: raw }\nkeys: { k: { ref: \"file:k.json#k\" } }\noutputs:\n  - topic: x\n    purpose: analytics.reporting\n    domain: d\n    fields:\n      \
            \"l[*].n\": { generalize: { bucket: 10 } }\n      \"l[0].n\": drop\n      bag: { keep: { subtree: true } }\n      \
            home: { pseudonymize: { key: k, from: [street, zip] } }\n";
        let at = |path: &str| answer("p.yaml", text, path).at.remove(0);
        let first = at("l[0].n");
        assert!(matches!(&first.fate, Fate::Dropped(f) if f.action.name == "drop"));
        assert_eq!(first.passed_over, ["l[*].n"]);
        assert!(matches!(&at("l[3].n").fate, Fate::Makes(f) if f.len() == 1));
        assert!(matches!(&at("bag.anything.inside").fate, Fate::Within(f) if f.path == "bag"));
        assert_eq!(at("zip").part_of, ["home"]);
        assert!(matches!(at("home").fate, Fate::Unnamed));
    }
}
