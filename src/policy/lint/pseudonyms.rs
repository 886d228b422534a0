//! What can be linked, by whom and how far back it can be reversed.

use std::collections::BTreeMap;

use super::{Use, WrittenTo};
use crate::categories;
use crate::language::codes;
use crate::language::finding::{Findings, Span};
use crate::policy::check::model::{Checked, KeyMake};
use crate::policy::selector::PlaceName;

/// Checks one action at one place.
pub(crate) fn check(policy: &Checked, u: &Use<'_>, findings: &mut Findings) {
    if u.facts.type_sensitive && u.place == WrittenTo::Field {
        raw_identifier(policy, u, findings);
        raw_record_key(u, findings);
    }
    two_readings(u, findings);
    salted(u, findings);
    shared_code(u, findings);
    if let (true, Some(recipient)) = (u.facts.reversible, &u.output.recipient)
        && recipient.value != "own house"
    {
        findings
            .error(
                codes::REVERSIBLE_FOR_OTHERS,
                u.at(),
                format!(
                    "`{}` can be reversed, and {} reads it",
                    u.path, recipient.value
                ),
            )
            .also(recipient.span, "the recipient")
            .why("a stand-in that can be reversed is for those who may reverse it")
            .help("`pseudonymize` cannot be reversed; or drop the field; or, where a contract lets the recipient open it, say so: `dangerously: reversible_for_others`")
            .output(u.topic())
            .field(&u.path);
    }
}

fn salted(u: &Use<'_>, findings: &mut Findings) {
    if !u.facts.salted {
        return;
    }
    findings
        .error(
            codes::COMPAT_HASH,
            u.at(),
            format!("`{}` leaves as the salted hash of another tool", u.path),
        )
        .label("whoever has the salt, or guesses it, tries values")
        .why("no key, no domain: it joins every output and every table that has it, for ever")
        .help("`pseudonymize: { key: …, normalize: text }`; or, while old codes are still joined, `dangerously: compat_hash` with `until`")
        .output(u.topic())
        .field(&u.path);
}

fn two_readings(u: &Use<'_>, findings: &mut Findings) {
    let Some(instead) = &u.facts.two_readings else {
        return;
    };
    findings
        .warning(
            codes::TWO_READINGS,
            u.at(),
            format!(
                "`{}` reads a number that begins with its country code as a national one",
                u.path
            ),
        )
        .why("chats and forms write numbers so, without `+`: each becomes the code of a number that is somebody else's or nobody's")
        .help(format!(
            "`normalize: {instead}` reads both and refuses what could be two; its codes differ from those made so far"
        ))
        .output(u.topic())
        .field(&u.path);
}

fn shared_code(u: &Use<'_>, findings: &mut Findings) {
    let is_address = |class: &&str| categories::is_at_or_below(class, "user.contact.address");
    let is_joint = u.value.parts().is_some_and(|parts| parts.len() > 1);
    if !u.facts.joins_records() || !is_joint || !u.known.classes.iter().any(is_address) {
        return;
    }
    findings
        .warning(
            codes::SHARED_CODE,
            u.at(),
            format!("`{}` is one code for all who live at an address", u.path),
        )
        .why("each of a household finds the others' records by it, and who moves in reads the history of who moved out")
        .help("`scope: subject`, which gives each person a code of their address of their own; or drop it")
        .output(u.topic())
        .field(&u.path);
}

fn raw_identifier(policy: &Checked, u: &Use<'_>, findings: &mut Findings) {
    let subject = policy
        .source
        .subject
        .paths()
        .any(|s| u.inputs.contains(&s.value));
    if !u.is(categories::is_identifier) && !subject {
        return;
    }
    findings
        .warning(
            codes::RAW_IDENTIFIER,
            u.at(),
            format!("`{}` is an identifier and is pseudonymized as `raw`", u.path),
        )
        .why("the number 42 and the text \"42\" become two persons, and a changed producer splits all histories")
        .help("`normalize: text`, which takes whole numbers and texts alike")
        .output(u.topic())
        .field(&u.path);
}

fn raw_record_key(u: &Use<'_>, findings: &mut Findings) {
    let Some(key) = &u.output.key else { return };
    let KeyMake::Like(like) = &key.make else {
        return;
    };
    let is_text = |place: &PlaceName| matches!(place, PlaceName::RecordKey | PlaceName::Header(_));
    let text = key.places().any(is_text);
    let of_this = u.of_type.is_none()
        && u.output
            .fields
            .iter()
            .filter(|f| f.selector.to_string() == u.path)
            .any(|f| {
                f.writes
                    .iter()
                    .any(|w| f.output_path(w) == like.value && w.value.span == u.value.span)
            });
    if !text || !of_this {
        return;
    }
    findings
        .error(
            codes::RAW_RECORD_KEY,
            like.span,
            format!("`{}` is `raw`, and a record key is text", like.value),
        )
        .also(u.span, "this field")
        .why("a JSON number 42 in the field and the text 42 in the key get two pseudonyms, so nothing would join")
        .help("`normalize: text` in that field")
        .output(u.topic())
        .field(&u.path);
}

/// Notes each pseudonym that stays the same for ever without saying so, once
/// where it is written out.
pub(crate) fn linkable_for_ever(uses: &[Use<'_>], findings: &mut Findings) {
    let mut homes: Vec<(Span, Vec<&Use<'_>>)> = Vec::new();
    for u in uses.iter().filter(|u| u.facts.linkable_unsaid) {
        match homes.iter_mut().find(|(home, _)| *home == u.value.home) {
            Some((_, list)) => list.push(u),
            None => homes.push((u.value.home, vec![u])),
        }
    }
    for (home, list) in homes {
        let mut paths: Vec<&str> = list.iter().map(|u| u.path.as_str()).collect();
        paths.sort_unstable();
        paths.dedup();
        let named = list.iter().any(|u| u.value.span != home);
        let mut note = findings
            .note(
                codes::LINKABLE_FOR_EVER,
                home,
                format!("linkable for ever: {}", paths.join(", ")),
            )
            .label(if named { "used for these fields" } else { "" })
            .why("without an epoch a pseudonym stays the same as long as its key lives")
            .help("`epoch: 90d` gives every value another code every 90 days; or say that it stays: `epoch: none`");
        for u in &list {
            note = note.output(u.topic());
        }
        if let [path] = paths[..] {
            note.field(path);
        }
    }
}

/// Fields of different classes whose pseudonyms share one space. Of a part, nobody knows
/// what it is.
pub(crate) fn same_space(policy: &Checked, uses: &[Use<'_>], findings: &mut Findings) {
    let mut spaces: BTreeMap<(String, String, String), Vec<&Use<'_>>> = BTreeMap::new();
    for u in uses {
        let (Some(join), Some(key), true) = (
            &u.facts.join_key,
            u.value.maker().spec.key(),
            u.known.complete,
        ) else {
            continue;
        };
        let space = (
            u.output.domain.value.clone(),
            reference(policy, key.alias),
            match u.facts.per_output {
                true => format!("{join} of {}", u.topic()),
                false => join.to_string(),
            },
        );
        spaces.entry(space).or_default().push(u);
    }
    for (other, u) in spaces.into_values().flat_map(first_and_others) {
        if other.known == u.known {
            continue;
        }
        findings
            .warning(
                codes::SAME_SPACE,
                u.at(),
                format!(
                    "`{}` and `{}` are of different classes and share one pseudonym space",
                    other.path, u.path
                ),
            )
            .also(other.value.span, "the other field")
            .why("the field's name is no part of a pseudonym: user 42 and order 42 become the same")
            .help("give one of them a `space`")
            .output(u.topic())
            .field(&u.path);
    }
}

/// One key of a reversible action under two purposes.
pub(crate) fn key_of_two_purposes(policy: &Checked, uses: &[Use<'_>], findings: &mut Findings) {
    let mut keys: BTreeMap<String, Vec<&Use<'_>>> = BTreeMap::new();
    for u in uses.iter().filter(|u| u.facts.reversible) {
        if let Some(key) = u.value.maker().spec.key() {
            let all = keys.entry(reference(policy, key.alias)).or_default();
            all.push(u);
        }
    }
    for (other, u) in keys.into_values().flat_map(first_and_others) {
        let Some(key) = u.value.maker().spec.key() else {
            continue;
        };
        if other.output.purpose.value == u.output.purpose.value {
            continue;
        }
        findings
            .error(
                codes::KEY_OF_TWO_PURPOSES,
                key.span,
                format!(
                    "the key `{}` serves {} and {}",
                    key.alias, other.output.purpose.value, u.output.purpose.value
                ),
            )
            .also(
                other
                    .value
                    .maker()
                    .spec
                    .key()
                    .map_or(other.span, |k| k.span),
                "also used here",
            )
            .why("who may reverse for one purpose could reverse for the other")
            .help("give each purpose its own key")
            .output(other.topic())
            .output(u.topic())
            .field(&u.path);
    }
}

/// The first by topic, path and type, with each of the others: which one that is
/// does not depend on the order of the policy.
fn first_and_others<'u, 'p>(mut of: Vec<&'u Use<'p>>) -> Vec<(&'u Use<'p>, &'u Use<'p>)> {
    let of_type = |u: &Use<'_>| u.of_type.map(|t| t.pattern.to_string());
    of.sort_by_cached_key(|u| (u.topic().to_owned(), u.path.clone(), of_type(u)));
    let others = of.iter().skip(1);
    others.map(|other| (of[0], *other)).collect()
}

/// What an alias stands for: two aliases of one entry are one key.
pub(super) fn reference(policy: &Checked, alias: &str) -> String {
    let key = policy.keys.iter().find(|k| k.alias == alias);
    key.and_then(|k| k.reference.as_ref())
        .map_or_else(|| format!("alias {alias}"), |r| r.value.to_string())
}
