//! Policies at random: selectors that meet, actions, and the words beside them.

use super::conditions::Condition;
use crate::differential::random::Random;

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    Name(&'static str),
    AnyName,
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
const ACTIONS: [&str; 9] = [
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

impl Policy {
    pub fn any(random: &mut Random) -> Policy {
        let mut fields: Vec<Field> = Vec::new();
        let with_filters = random.one_in(2);
        let with_texts = random.one_in(3);
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
                steps.push(match random.below(12) {
                    0..3 if !of_object => Step::AnyElement,
                    3 if !of_object => Step::Element(random.below(2)),
                    8 | 9 if !of_object && !is_opened && with_texts && texts < 3 => Step::Json,
                    5..8 if !of_object && with_filters => {
                        let (literal, starts) = LITERALS[random.below(LITERALS.len())];
                        // Most lists are told apart by one member.
                        let name = NAMES[if random.one_in(12) { 1 } else { 0 }];
                        Step::Filter(name, literal, starts)
                    }
                    4 => Step::AnyName,
                    _ => Step::Name(NAMES[random.below(3)]),
                });
            }
            if steps.last() == Some(&Step::Json) {
                steps.push(Step::Name(NAMES[random.below(3)]));
            }
            if steps.len() > 6 || fields.iter().any(|f| f.steps == steps) {
                continue;
            }
            let writes = writes(&steps, random);
            fields.push(Field { steps, writes });
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
                let writes = vec![write];
                implied.push(Field { steps, writes });
            }
        }
        implied
    }

    /// As a policy file.
    pub fn text(&self) -> String {
        let lines = self.fields.iter().map(|field| {
            let value = match &field.writes[..] {
                [one] if one.name.is_none() => one.text(),
                several => {
                    let each = several
                        .iter()
                        .map(|w| format!("{}: {}", w.name.unwrap(), w.text()));
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
         outputs:\n  - topic: out\n    purpose: p\n    domain: d\n    fields:\n{lines}"
    )
}

pub fn spelled(steps: &[Step]) -> String {
    let mut text = String::new();
    for step in steps {
        if matches!(step, Step::Name(_) | Step::AnyName) && !text.is_empty() {
            text.push('.');
        }
        match step {
            Step::Name(name) => text.push_str(name),
            Step::AnyName => text.push('*'),
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
    own.len() <= path.len()
        && own.iter().zip(path).all(|(a, b)| stands_for(a, b))
        && (own.len() == path.len() || whole)
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

fn writes(steps: &[Step], random: &mut Random) -> Vec<Write> {
    let last = steps.last().unwrap();
    let count = match last {
        Step::Name(_) if random.one_in(8) => 2,
        _ => 1,
    };
    let starred = steps.contains(&Step::AnyName);
    let one = |n: usize, random: &mut Random| {
        let action = match starred {
            true => [DROP, WHOLE][random.below(2)],
            false => ACTIONS[random.below(ACTIONS.len())],
        };
        let cases = match random.below(4) {
            0 if !starred => (0..1 + random.below(2))
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

    fn text(&self) -> String {
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
        format!("{{ {action}{on_error}{gaps} }}")
    }
}
