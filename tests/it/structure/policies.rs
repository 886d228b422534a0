//! Policies at random: selectors that meet, actions, and the words beside them.

use super::conditions::Condition;
use crate::differential::random::Random;

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    Name(&'static str),
    AnyName,
    /// Any number of members and elements, none too.
    AnyDepth,
    Element(usize),
    AnyElement,
    /// The elements of which that member is that, or is a text that starts so.
    Filter(&'static str, &'static str, bool),
    /// What a text holds.
    Json,
}

/// What becomes of a value that its action refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnError {
    Quarantine,
    DropField,
    Replace(&'static str),
}

/// One field that is written.
#[derive(Clone, Debug)]
pub struct Write {
    pub name: Option<&'static str>,
    /// Cases of a `when`, in order; where none holds, and without any, the action.
    pub cases: Vec<(Condition, &'static str)>,
    pub action: &'static str,
    pub on_error: OnError,
    pub removes_gaps: bool,
}

/// One path and what is written of it.
#[derive(Clone, Debug)]
pub struct Field {
    pub steps: Vec<Step>,
    /// What becomes of the names that `*` and `**` stand for: one for all, or one for each;
    /// none: they are copied.
    pub names: Vec<&'static str>,
    pub writes: Vec<Write>,
}

#[derive(Debug)]
pub struct Policy {
    pub fields: Vec<Field>,
    /// Which records leave.
    pub selects: Option<Condition>,
}

pub const NAMES: [&str; 3] = ["a", "b", "c"];
/// What members of elements are compared with.
pub const LITERALS: [(&str, bool); 5] = [
    ("\"x\"", false),
    ("\"it is\"", false),
    ("12", false),
    ("\"x\"", true),
    ("\"it\"", true),
];
pub const DROP: &str = "drop: {}";
pub const WHOLE: &str = "keep: { subtree: true }";
/// What becomes of names.
const NAMINGS: [&str; 8] = [
    "replace: { with: n }",
    "keep: {}",
    "keep: { one_of: [a, b] }",
    "pseudonymize: { key: k, normalize: text, epoch: none }",
    "replace: { with: n }",
    "generalize: { email: domain }",
    "each: { split: b, do: { keep: {} } }",
    "each: { split: b, take: last, do: { keep: { one_of: [a, c] } } }",
];
/// An action done to parts, as a policy writes it: what stands between them, which of
/// them leave, and what is done to each, with what becomes of a part that it refuses.
pub struct Each {
    pub action: &'static str,
    pub split: &'static str,
    pub take: &'static str,
    pub inner: &'static str,
    pub drops_refused: bool,
}
pub const EACH: [Each; 5] = [
    Each {
        action: "each: { split: \",\", do: { keep: {} } }",
        split: ",",
        take: "all",
        inner: "keep: {}",
        drops_refused: false,
    },
    Each {
        action: "each: { split: \",\", take: first, do: { generalize: { bucket: 10 } } }",
        split: ",",
        take: "first",
        inner: "generalize: { bucket: 10 }",
        drops_refused: false,
    },
    Each {
        action: "each: { split: \",\", do: { keep: { one_of: [x, y] }, on_error: drop_field } }",
        split: ",",
        take: "all",
        inner: "keep: { one_of: [x, y] }",
        drops_refused: true,
    },
    Each {
        action: "each: { split: b, do: { keep: {} } }",
        split: "b",
        take: "all",
        inner: "keep: {}",
        drops_refused: false,
    },
    Each {
        action: "each: { split: b, take: last, do: { keep: { one_of: [a, c] } } }",
        split: "b",
        take: "last",
        inner: "keep: { one_of: [a, c] }",
        drops_refused: false,
    },
];
const ACTIONS: [&str; 12] = [
    EACH[0].action,
    EACH[1].action,
    EACH[2].action,
    "keep: {}",
    "keep: {}",
    DROP,
    WHOLE,
    "replace: { with: 7 }",
    "keep: { one_of: [x, y] }",
    "pseudonymize: { key: k, normalize: text, epoch: none }",
    "generalize: { bucket: 10 }",
    "mask: {}",
];

impl Step {
    /// True of a step that stands for any name.
    pub fn is_star(&self) -> bool {
        matches!(self, Step::AnyName | Step::AnyDepth)
    }
}

impl Policy {
    pub fn any(random: &mut Random) -> Policy {
        let mut fields: Vec<Field> = Vec::new();
        let with_filters = random.one_in(2);
        let with_texts = random.one_in(3);
        let with_names = random.one_in(2);
        let naming = NAMINGS[random.below(NAMINGS.len())];
        for _ in 0..1 + random.below(6) {
            let mut steps: Vec<Step> = Vec::new();
            // Half of them go on from another, or are made to meet it.
            if !fields.is_empty() && random.one_in(2) {
                let other = &fields[random.below(fields.len())].steps;
                steps.extend_from_slice(&other[..1 + random.below(other.len())]);
            }
            for _ in 0..1 + random.below(3) {
                let of_object = matches!(steps.last(), None | Some(Step::Filter(..)));
                let texts = steps.iter().filter(|s| **s == Step::Json).count();
                let is_opened = matches!(steps.last(), Some(Step::Json));
                let is_deep = steps.contains(&Step::AnyDepth);
                let of_object = of_object || steps.last() == Some(&Step::AnyDepth);
                steps.push(match random.below(12) {
                    0..3 if !of_object => Step::AnyElement,
                    3 if !of_object => Step::Element(random.below(2)),
                    8 | 9 if !of_object && !is_opened && !is_deep && with_texts && texts < 3 => {
                        Step::Json
                    }
                    5..8 if !of_object && !is_deep && with_filters => {
                        let (literal, starts) = LITERALS[random.below(LITERALS.len())];
                        // Most lists are told apart by one member.
                        let name = NAMES[if random.one_in(12) { 1 } else { 0 }];
                        Step::Filter(name, literal, starts)
                    }
                    4 => Step::AnyName,
                    10 | 11 if with_names && !steps.contains(&Step::AnyDepth) => Step::AnyDepth,
                    _ => Step::Name(NAMES[random.below(3)]),
                });
            }
            if matches!(steps.last(), Some(Step::Json | Step::AnyDepth)) {
                steps.push(Step::Name(NAMES[random.below(3)]));
            }
            if steps.len() > 6 || fields.iter().any(|f| f.steps == steps) {
                continue;
            }
            let stars = steps.iter().filter(|s| s.is_star()).count();
            let mut names = Vec::new();
            if with_names && stars > 0 && !random.one_in(8) {
                let count = if random.one_in(4) { stars } else { 1 };
                // Most that meet make the same of one name.
                let one = |random: &mut Random| match random.one_in(8) {
                    true => NAMINGS[random.below(NAMINGS.len())],
                    false => naming,
                };
                names = (0..count).map(|_| one(random)).collect();
            }
            let writes = writes(&steps, names.is_empty(), random);
            if writes.iter().all(Write::drops) {
                names.clear();
            }
            fields.push(Field {
                steps,
                names,
                writes,
            });
        }
        let selects = random.one_in(6).then(|| Condition::any(&[], random));
        Policy { fields, selects }
    }

    /// What filters find, where the policy does not say what becomes of it.
    pub fn implied(&self) -> Vec<Field> {
        let mut implied: Vec<Field> = Vec::new();
        for field in &self.fields {
            for (at, step) in field.steps.iter().enumerate() {
                let Step::Filter(name, literal, false) = step else {
                    continue;
                };
                let steps = [&field.steps[..=at], &[Step::Name(name)]].concat();
                let is_said = self.fields.iter().any(|f| says(f, &steps));
                let is_known = implied.iter().any(|f| f.steps == steps);
                let drops = field.writes.iter().all(Write::drops);
                if at + 1 == field.steps.len() || is_said || is_known || drops {
                    continue;
                }
                let write = Write {
                    name: None,
                    cases: Vec::new(),
                    action: literal,
                    on_error: OnError::Quarantine,
                    removes_gaps: false,
                };
                implied.push(Field {
                    steps,
                    names: Vec::new(),
                    writes: vec![write],
                });
            }
        }
        implied
    }

    /// As a policy file.
    pub fn text(&self) -> String {
        let lines = self.fields.iter().map(|field| {
            let value = match &field.writes[..] {
                [one] if one.name.is_none() => one.text(&field.names),
                several => {
                    let each = several
                        .iter()
                        .map(|w| format!("{}: {}", w.name.unwrap(), w.text(&[])));
                    format!("{{ as: {{ {} }} }}", each.collect::<Vec<_>>().join(", "))
                }
            };
            format!("      \"{}\": {value}\n", spelled(&field.steps))
        });
        let text = file(&lines.collect::<String>());
        match &self.selects {
            Some(of) => text.replacen("    fields:", &format!("    where: {of}\n    fields:"), 1),
            None => text,
        }
    }
}

/// A policy file with these lines under `fields`.
pub fn file(lines: &str) -> String {
    format!(
        "apiVersion: veil/v1\nkind: Policy\nmetadata: {{ name: p, version: 1, owner: o }}\n\
         source: {{ topic: raw }}\nkeys: {{ k: {{ ref: \"file:k.json#people\" }} }}\n\
         outputs:\n  - topic: out\n    purpose: sales\n    domain: d\n    fields:\n{lines}"
    )
}

pub fn spelled(steps: &[Step]) -> String {
    let mut text = String::new();
    for step in steps {
        if matches!(step, Step::Name(_) | Step::AnyName | Step::AnyDepth) && !text.is_empty() {
            text.push('.');
        }
        match step {
            Step::Name(name) => text.push_str(name),
            Step::AnyName => text.push('*'),
            Step::AnyDepth => text.push_str("**"),
            Step::Element(n) => text.push_str(&format!("[{n}]")),
            Step::AnyElement => text.push_str("[*]"),
            Step::Json => text.push_str("|json"),
            Step::Filter(name, literal, starts) => {
                let literal = literal.replace('"', "'");
                let star = if *starts { "*" } else { "" };
                text.push_str(&format!("[?{name}=={literal}{star}]"));
            }
        }
    }
    text
}

/// True when the field speaks of all values at that path, or of what is around them.
fn says(field: &Field, path: &[Step]) -> bool {
    let own = &field.steps;
    let whole = field.writes.iter().any(|w| w.action == WHOLE);
    speaks_of(own, path, whole)
}

/// True when one path leads wherever the other does; `or_above`: or to what is around.
fn speaks_of(own: &[Step], path: &[Step], or_above: bool) -> bool {
    match (own, path) {
        ([], rest) => rest.is_empty() || or_above,
        ([Step::AnyDepth, behind @ ..], rest) => {
            let inside = |(next, rest): (&Step, &[Step])| {
                *next != Step::Json && speaks_of(own, rest, or_above)
            };
            speaks_of(behind, rest, or_above) || rest.split_first().is_some_and(inside)
        }
        (_, []) => false,
        ([a, own @ ..], [b, path @ ..]) => stands_for(a, b) && speaks_of(own, path, or_above),
    }
}

/// True when the first step leads wherever the second one does.
fn stands_for(a: &Step, b: &Step) -> bool {
    match (a, b) {
        (Step::AnyName, Step::Name(_)) => true,
        (Step::AnyElement, Step::Element(_) | Step::Filter(..)) => true,
        (Step::Filter(a, start, true), Step::Filter(b, text, _)) => {
            a == b
                && text
                    .trim_end_matches('"')
                    .starts_with(start.trim_end_matches('"'))
        }
        (a, b) => a == b,
    }
}

/// `copies`: the names that stars stand for are copied.
fn writes(steps: &[Step], copies: bool, random: &mut Random) -> Vec<Write> {
    let starred = steps.iter().any(Step::is_star);
    let limited = starred && copies;
    let last = steps.last().unwrap();
    let count = match last {
        Step::Name(_) if random.one_in(8) && !starred => 2,
        _ => 1,
    };
    let one = |n: usize, random: &mut Random| {
        let action = match limited {
            true => [DROP, WHOLE][random.below(2)],
            false => ACTIONS[random.below(ACTIONS.len())],
        };
        let cases = match random.below(4) {
            0 if !limited => (0..1 + random.below(2))
                .map(|_| {
                    let action = ACTIONS[random.below(ACTIONS.len())];
                    (Condition::any(steps, random), action)
                })
                .collect(),
            _ => Vec::new(),
        };
        let may_be_whole = action == WHOLE || cases.iter().any(|(_, a)| *a == WHOLE);
        Write {
            cases,
            name: (count > 1).then_some(["r", "s"][n]),
            action,
            on_error: match random.below(6) {
                0..3 => OnError::Quarantine,
                3..5 => OnError::DropField,
                _ if may_be_whole || starred => OnError::Quarantine,
                _ => OnError::Replace(["null", "0.50", "true", "\"gone\""][random.below(4)]),
            },
            removes_gaps: *last == Step::AnyElement && random.one_in(4),
        }
    };
    (0..count).map(|n| one(n, random)).collect()
}

impl Write {
    /// Nothing of it is ever written.
    pub fn drops(&self) -> bool {
        self.action == DROP && self.cases.iter().all(|(_, action)| *action == DROP)
    }

    fn text(&self, names: &[&str]) -> String {
        let on_error = match self.on_error {
            OnError::Quarantine => String::new(),
            OnError::DropField => ", on_error: drop_field".to_owned(),
            OnError::Replace(constant) => format!(", on_error: {{ replace: {constant} }}"),
        };
        let gaps = if self.removes_gaps {
            ", gaps: remove"
        } else {
            ""
        };
        let action = match &self.cases[..] {
            [] => self.action.to_owned(),
            cases => {
                let each = cases
                    .iter()
                    .map(|(of, action)| format!("{{ if: {of}, then: {{ {action} }} }}"));
                let each: Vec<String> = each.collect();
                format!(
                    "when: [{}, {{ else: {{ {} }} }}]",
                    each.join(", "),
                    self.action
                )
            }
        };
        let names = match names {
            [] => String::new(),
            [one] => format!("names: {{ {one} }}, "),
            several => {
                let each: Vec<String> = several.iter().map(|n| format!("{{ {n} }}")).collect();
                format!("names: [{}], ", each.join(", "))
            }
        };
        format!("{{ {names}{action}{on_error}{gaps} }}")
    }
}
