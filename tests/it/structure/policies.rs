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
        for _ in 0..1 + random.below(6) {
            let mut steps: Vec<Step> = Vec::new();
            // Half of them go on from another, or are made to meet it.
            if !fields.is_empty() && random.one_in(2) {
                let other = &fields[random.below(fields.len())].steps;
                steps.extend_from_slice(&other[..1 + random.below(other.len())]);
            }
            for _ in 0..1 + random.below(3) {
                steps.push(match random.below(12) {
                    0..3 if !steps.is_empty() => Step::AnyElement,
                    3 if !steps.is_empty() => Step::Element(random.below(2)),
                    4 => Step::AnyName,
                    _ => Step::Name(NAMES[random.below(3)]),
                });
            }
            if steps.len() > 5 || fields.iter().any(|f| f.steps == steps) {
                continue;
            }
            let writes = writes(&steps, random);
            fields.push(Field { steps, writes });
        }
        let selects = random.one_in(6).then(|| Condition::any(&[], random));
        Policy { fields, selects }
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
        }
    }
    text
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
