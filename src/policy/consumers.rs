//! What another policy changes for who reads the outputs: columns that are gone,
//! renamed or of another type, and codes that are others, so that joins break.

use std::collections::BTreeMap;

use super::joining::apart;
use super::joins_by::JoinsBy;
use super::meaning::{Column, Meaning, OutputMeaning, Where};
use super::parts::PartAt;
use crate::action::{Gives, Types};
use crate::plan::POLICY_HEADER;

/// What changes for the readers of one output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputChange {
    /// Its topic.
    pub topic: String,
    /// Each change, in the order of the policy before.
    pub changes: Vec<Change>,
}

impl OutputChange {
    /// True when somebody who relied on the output has to do something.
    pub fn breaks(&self) -> bool {
        self.changes.iter().any(Change::breaks)
    }
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The output is written no more.
    OutputGone,
    /// An output that there was not.
    OutputNew,
    /// The column is written no more.
    Gone {
        /// Its name, and the type of record it stood in.
        column: String,
    },
    /// A column that there was not.
    New {
        /// Its name, and the type of record it stands in.
        column: String,
    },
    /// A member that keys which are records have or lack now: every key is another.
    KeyMember {
        /// Its name.
        column: String,
        /// It is in them now.
        now: bool,
    },
    /// The same under another name.
    Renamed {
        /// As it was.
        was: String,
        /// As it is.
        is: String,
    },
    /// The same, made so of other records: another case of a `when`.
    Condition {
        /// Its name, and the type of record it stands in.
        column: String,
        /// As it was; `None`: of every record.
        was: Option<String>,
        /// As it is; `None`: of every record.
        is: Option<String>,
    },
    /// Values of another type.
    Type {
        /// Its name.
        column: String,
        /// As it was.
        was: String,
        /// As it is.
        is: String,
    },
    /// Other codes for the same values: nothing joins across the change.
    Codes {
        /// Its name.
        column: String,
        /// Where in it they stand; `None`: they are its values.
        inside: Option<PartAt>,
        /// In what they differ.
        why: Vec<String>,
        /// Columns of other outputs that it joined with and does no more.
        lost: Vec<String>,
    },
    /// The header that says under which policy a record was made.
    PolicyHeader {
        /// It is written now.
        now: bool,
    },
    /// Codes where there were none, or none where there were.
    CodesOrNot {
        /// Its name.
        column: String,
        /// Where in it; `None`: they are its values.
        inside: Option<PartAt>,
        /// They are codes now.
        now: bool,
    },
}

impl Change {
    /// True when somebody who relied on the output has to do something.
    pub fn breaks(&self) -> bool {
        !matches!(
            self,
            Change::New { .. } | Change::OutputNew | Change::PolicyHeader { now: true }
        )
    }

    /// One word, for programs.
    pub fn word(&self) -> &'static str {
        match self {
            Change::OutputGone => "output_gone",
            Change::OutputNew => "output_new",
            Change::Gone { .. } => "gone",
            Change::New { .. } => "new",
            Change::KeyMember { .. } => "key_member",
            Change::Renamed { .. } => "renamed",
            Change::Condition { .. } => "condition",
            Change::Type { .. } => "type",
            Change::Codes { .. } => "codes",
            Change::CodesOrNot { .. } => "codes_or_not",
            Change::PolicyHeader { .. } => "policy_header",
        }
    }
}

/// In words; what is a word of the policy stands in backticks.
impl std::fmt::Display for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Change::OutputGone => f.write_str("the output is written no more"),
            Change::OutputNew => f.write_str("an output that there was not"),
            Change::Gone { column } => write!(f, "`{column}` is gone"),
            Change::New { column } => write!(f, "`{column}` is new"),
            Change::KeyMember { column, now } => {
                let is = if *now { "is new" } else { "is gone" };
                write!(
                    f,
                    "`{column}` {is}, so every record key is another, and finds nothing written before"
                )
            }
            Change::Renamed { was, is } => write!(f, "`{was}` is called `{is}`"),
            Change::Type { column, was, is } => write!(f, "`{column}` is {is} and was {was}"),
            Change::Condition { column, was, is } => {
                let of = |when: &Option<String>| when.clone().unwrap_or("always".to_owned());
                write!(f, "`{column}` is made so {}, and was {}", of(is), of(was))
            }
            Change::Codes {
                column,
                inside,
                why,
                lost,
            } => {
                write!(
                    f,
                    "`{column}` has other codes{}, so it joins with nothing written before: {}",
                    there(inside),
                    why.join("; ")
                )?;
                for other in lost {
                    write!(f, "; it joins with `{other}` no more")?;
                }
                Ok(())
            }
            Change::PolicyHeader { now: true } => {
                write!(
                    f,
                    "every record says its policy in the header `{POLICY_HEADER}`"
                )
            }
            Change::PolicyHeader { now: false } => {
                write!(f, "the header `{POLICY_HEADER}` is written no more")
            }
            Change::CodesOrNot {
                column,
                inside,
                now: true,
            } => write!(f, "`{column}` holds codes{}, and did not", there(inside)),
            Change::CodesOrNot {
                column,
                inside,
                now: false,
            } => write!(
                f,
                "`{column}` holds codes{} no more: joins over it break",
                there(inside)
            ),
        }
    }
}

fn there(inside: &Option<PartAt>) -> String {
    let at = inside.as_ref();
    at.map(|at| format!(" {at}")).unwrap_or_default()
}

/// What changes for the readers of each output; outputs of which nothing does are
/// left out.
pub fn for_consumers(was: &Meaning, is: &Meaning) -> Vec<OutputChange> {
    let of = |m: &'_ Meaning, topic: &str| m.outputs.iter().position(|o| o.topic == topic);
    let mut all = Vec::new();
    for before in &was.outputs {
        let changes = match of(is, &before.topic) {
            None => vec![Change::OutputGone],
            Some(at) => between((was, before), (is, &is.outputs[at])),
        };
        all.push(OutputChange {
            topic: before.topic.clone(),
            changes,
        });
    }
    for now in is.outputs.iter().filter(|o| of(was, &o.topic).is_none()) {
        all.push(OutputChange {
            topic: now.topic.clone(),
            changes: vec![Change::OutputNew],
        });
    }
    all.retain(|output| !output.changes.is_empty());
    all
}

type Named<'m> = BTreeMap<String, &'m Column>;

fn between(
    (was, before): (&Meaning, &OutputMeaning),
    (is, now): (&Meaning, &OutputMeaning),
) -> Vec<Change> {
    let named = |o: &'_ OutputMeaning| -> Vec<String> { o.columns.iter().map(name).collect() };
    let old: Named<'_> = named(before).into_iter().zip(&before.columns).collect();
    let new: Named<'_> = named(now).into_iter().zip(&now.columns).collect();
    let mut gone: Vec<(&String, &Column)> = Vec::new();
    let mut changes = Vec::new();
    for (column, before) in &old {
        match new.get(column) {
            Some(now) => same_name(column, (was, before), (is, now), &mut changes),
            None => gone.push((column, before)),
        }
    }
    let mut fresh: Vec<(&String, &Column)> = new
        .iter()
        .filter(|(column, _)| !old.contains_key(*column))
        .map(|(column, now)| (column, *now))
        .collect();
    for (column, before) in gone {
        let same = |now: &Column| {
            let made = now.inputs == before.inputs && now.of_type == before.of_type;
            made && now.from == before.from && now.action.name == before.action.name
        };
        let stays = |(_, now): &(&String, &Column)| same(now) && now.to == before.to;
        let at = fresh.iter().position(stays);
        match at.or_else(|| fresh.iter().position(|(_, now)| same(now))) {
            Some(at) => {
                let (is_called, now) = fresh.remove(at);
                changes.push(match now.to == before.to {
                    true => Change::Condition {
                        column: place(now),
                        was: before.when.clone(),
                        is: now.when.clone(),
                    },
                    false => Change::Renamed {
                        was: column.clone(),
                        is: is_called.clone(),
                    },
                });
                same_name(is_called, (was, before), (is, now), &mut changes);
            }
            None => changes.push(match is_key_member(before) && has_key_record(now) {
                true => key_member(column, false),
                false => Change::Gone {
                    column: column.clone(),
                },
            }),
        }
    }
    for (column, now) in fresh {
        changes.push(match is_key_member(now) && has_key_record(before) {
            true => key_member(column, true),
            false => Change::New {
                column: column.clone(),
            },
        });
    }
    if before.has_policy_header != now.has_policy_header {
        changes.push(Change::PolicyHeader {
            now: now.has_policy_header,
        });
    }
    changes
}

fn is_key_member(column: &Column) -> bool {
    matches!(column.to, Where::KeyField(_))
}

fn has_key_record(output: &OutputMeaning) -> bool {
    output.columns.iter().any(is_key_member)
}

fn key_member(column: &str, now: bool) -> Change {
    Change::KeyMember {
        column: column.to_owned(),
        now,
    }
}

fn same_name(
    column: &str,
    (was, before): (&Meaning, &Column),
    (is, now): (&Meaning, &Column),
    changes: &mut Vec<Change>,
) {
    let (a, b) = (gives(before), gives(now));
    if a != b {
        changes.push(Change::Type {
            column: column.to_owned(),
            was: a.says(),
            is: b.says(),
        });
    }
    let mut places: Vec<Option<&PartAt>> = Vec::new();
    for (at, _) in before.codes().chain(now.codes()) {
        if !places.contains(&at) {
            places.push(at);
        }
    }
    for at in places {
        let (column, inside) = (column.to_owned(), at.cloned());
        match (code_at(before, at), code_at(now, at)) {
            (Some(a), Some(b)) if a != b => {
                let still = joined(is, now, b);
                let mut lost = joined(was, before, a);
                lost.retain(|other| !still.contains(other));
                changes.push(Change::Codes {
                    column,
                    inside,
                    why: apart(a, b),
                    lost,
                });
            }
            (Some(_), None) | (None, Some(_)) => changes.push(Change::CodesOrNot {
                column,
                inside,
                now: code_at(now, at).is_some(),
            }),
            _ => {}
        }
    }
}

fn code_at<'c>(column: &'c Column, at: Option<&PartAt>) -> Option<&'c JoinsBy> {
    let mut codes = column.codes();
    codes.find(|(place, _)| *place == at).map(|(_, by)| by)
}

/// What a code of a column joins with in the other outputs of its policy.
fn joined(policy: &Meaning, column: &Column, by: &JoinsBy) -> Vec<String> {
    let mut all = Vec::new();
    for output in &policy.outputs {
        for other in &output.columns {
            let itself = std::ptr::eq(other, column);
            if !itself && other.codes().any(|(_, other)| other == by) {
                all.push(format!("{}.{}", output.topic, name(other)));
            }
        }
    }
    all
}

fn name(column: &Column) -> String {
    let place = place(column);
    match &column.when {
        Some(when) => format!("{place}, {when}"),
        None => place,
    }
}

/// Where it leaves, and of which type of record.
fn place(column: &Column) -> String {
    let to = match &column.to {
        Where::Value(path) => path.to_string(),
        Where::Key => "key".to_owned(),
        Where::KeyField(path) => format!("key.{path}"),
        Where::Header(name) => format!("header.{name}"),
    };
    match &column.of_type {
        Some(of_type) => format!("{to} (type {of_type})"),
        None => to,
    }
}

/// The types that a column can have of a value of any type.
fn gives(column: &Column) -> Types {
    let gives = Gives::of_each(column.of_types, |ty| column.spec.gives(ty));
    column.with_stand_ins(gives).types
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::TestKeys;
    use crate::policy::{NoTables, PolicyFile, compile, meaning};

    fn compiled(fields: &str) -> crate::policy::Compiled {
        let file = PolicyFile {
            path: "p.yaml".into(),
            text: format!(
                "apiVersion: veil/v1\nkind: Policy\nmetadata: {{ name: p, version: 1, owner: o }}\n\
                 source: {{ topic: raw, key: json }}\nkeys: {{ k: {{ ref: \"file:k.json#k\" }} }}\noutputs:\n  \
                 - {{ topic: x, purpose: analytics.reporting, domain: d, fields: {{ {fields} }} }}\n"
            ),
        };
        compile(&file, &TestKeys, &NoTables, jiff::Timestamp::UNIX_EPOCH)
    }

    fn meant(fields: &str) -> Meaning {
        meaning(&compiled(fields).said.expect("it can be read"))
    }

    fn changed(was: &str, is: &str) -> Vec<String> {
        let found = for_consumers(&meant(was), &meant(is));
        let changes = found.iter().flat_map(|o| &o.changes);
        changes.map(ToString::to_string).collect()
    }

    const CODE: &str = "u: { pseudonymize: { key: k, normalize: text, epoch: none } }";

    #[test]
    fn the_same_policy_breaks_nothing() {
        assert_eq!(changed(CODE, CODE), [""; 0]);
    }

    #[test]
    fn columns_that_are_gone_new_or_called_otherwise() {
        assert_eq!(changed("a: keep, b: keep", "a: keep"), ["`b` is gone"]);
        assert_eq!(changed("a: keep", "a: keep, b: keep"), ["`b` is new"]);
        assert_eq!(
            changed("a: keep", "a: { as: { z: keep } }"),
            ["`a` is called `z`"]
        );
        let found = for_consumers(&meant("a: keep"), &meant("a: keep, b: keep"));
        assert!(!found[0].breaks());
    }

    #[test]
    fn a_member_that_a_key_gains_or_loses_makes_every_key_another() {
        let of = |members: &str| format!("a: keep }}, key: {{ fields: {{ {members} }} ");
        let (one, two) = (of("id: keep"), of("id: keep, b: keep"));
        for (was, is, says) in [
            (&one, &two, "`key.b` is new, "),
            (&two, &one, "`key.b` is gone, "),
        ] {
            let found = for_consumers(&meant(was), &meant(is));
            let says =
                format!("{says}so every record key is another, and finds nothing written before");
            assert_eq!(changed(was, is), [says]);
            assert!(found[0].breaks());
        }
        // Where there was no key, no reader found anything by one.
        let found = for_consumers(&meant("a: keep"), &meant(&one));
        assert!(!found[0].breaks());
    }

    #[test]
    fn the_header_of_the_policy_is_new_for_readers_and_neither_weaker_nor_stronger() {
        let on = "a: keep }, policy_header: true, headers: { h: keep";
        let off = on.replace("true", "false");
        let found = for_consumers(&meant(&off), &meant(on));
        assert!(!found[0].breaks());
        assert_eq!(
            found[0].changes,
            [Change::PolicyHeader { now: true }],
            "{off}"
        );
        let found = for_consumers(&meant(on), &meant(&off));
        assert!(found[0].breaks());
        assert_eq!(
            changed(on, &off),
            ["the header `veil-policy` is written no more"]
        );
        let said = |fields: &str| compiled(fields).said.expect("it can be read");
        for (was, is) in [(on, &*off), (&*off, on)] {
            assert_eq!(crate::policy::diff::diff(&said(was), &said(is)), []);
        }
    }

    #[test]
    fn other_types_and_other_codes_are_told() {
        assert_eq!(
            changed("a: { mask: {} }", "a: { replace: { with: 1 } }"),
            ["`a` is integer and was null or text"]
        );
        let [told] = &changed(CODE, &CODE.replace("text,", "text, space: s,"))[..] else {
            panic!("one change");
        };
        assert!(told.starts_with("`u` has other codes"), "{told}");
        assert_eq!(
            changed(CODE, "u: { mask: {} }"),
            [
                "`u` is null or text and was text",
                "`u` holds codes no more: joins over it break"
            ]
        );
    }

    #[test]
    fn codes_in_names_and_inside_of_actions_are_told_with_only_what_differs() {
        let names = "\"n.*\": { keep: { one_of: [a] }, names: { pseudonymize: { key: k, normalize: text, epoch: none } } }";
        assert_eq!(
            changed(names, &names.replace("none", "month")),
            [
                "`n.*` has other codes in the names of members, so it joins with nothing written before: \
              `epoch` differs: none and `month`; two lengths of epochs never meet, nor an epoch and codes that stay"
            ]
        );
        let text =
            "t: { redact: { with: { pseudonymize: { key: k, normalize: email, epoch: none } } } }";
        assert_eq!(
            changed(text, "t: { redact: {} }"),
            ["`t` holds codes inside `redact` under `with` no more: joins over it break"]
        );
    }

    #[test]
    fn another_condition_is_no_other_name() {
        let when = "m: { when: [{ if: { c: [DE, FR] }, then: { mask: {} } }, { else: drop }] }";
        assert_eq!(
            changed(when, &when.replace("[DE, FR]", "DE")),
            ["`m` is made so when `c` is \"DE\", and was when `c` is one of \"DE\", \"FR\""]
        );
    }
}
