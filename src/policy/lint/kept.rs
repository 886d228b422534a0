//! What leaves in clear.

use super::Use;
use crate::categories;
use crate::language::codes;
use crate::language::finding::Findings;
use crate::policy::check::model::Checked;
use crate::record::path::{Selector, Step};

/// Headers that are unique to one event, lower case.
const TRACING: &[&str] = &["ce_id", "traceparent", "tracestate", "x-request-id"];

/// Checks one action at one place.
pub(crate) fn check(policy: &Checked, u: &Use<'_>, findings: &mut Findings) {
    tracing_header(u, findings);
    raw_schema(u, findings);
    // A value without parts is taken whole in any case: nothing grows inside of it.
    let is_bare = policy.source.bare.is_some();
    let is_whole_text = is_bare && u.facts.takes_whole && u.facts.clear;
    if u.facts.takes_whole && u.facts.clear && takes_any(u) {
        findings
            .warning(
                codes::KEEPS_WHOLE,
                u.at(),
                format!("`{}` lets out every member that no other path names", u.path),
            )
            .label("whatever comes")
            .why("tomorrow's member leaves in clear without anybody having decided it, and no class can say what it is")
            .help("name the members that may leave, each with its action; or say who looks at new ones: `dangerously: keeps_whole`")
            .output(u.topic())
            .field(&u.path);
    } else if u.facts.takes_whole && !is_bare {
        findings
            .note(
                codes::KEEPS_WHOLE,
                u.at(),
                format!("`{}` is taken with everything that grows inside it", u.path),
            )
            .why("tomorrow's field leaves without having been named")
            .help("name the fields inside")
            .output(u.topic())
            .field(&u.path);
    } else if u.facts.free_text {
        free_text(u, findings);
    } else if u.facts.unbounded_text && !has_few_values(policy, u) || is_whole_text {
        findings
            .warning(
                codes::UNBOUNDED_KEEP,
                u.at(),
                format!("`{}` carries whatever its producer puts there", u.path),
            )
            .label("kept without a bound")
            .why("a text field that holds a page path today holds an e-mail address tomorrow")
            .help(
                "`keep: { one_of: […] }` of what may leave, a narrow `matches`, or `type: number` with `min` and `max`",
            )
            .output(u.topic())
            .field(&u.path);
    }
    toothless_bound(u, findings);
    path_by_words(u, findings);
    if let Some(first) = u.facts.click_ids.first() {
        let names: Vec<String> = u.facts.click_ids.iter().map(|n| format!("`{n}`")).collect();
        findings
            .warning(
                codes::CLICK_ID,
                u.at(),
                format!("`{}` lets out {}", u.path, names.join(", ")),
            )
            .label("known to who made it")
            .why("by a click id the advertiser or the network knows the person again")
            .help(format!("leave `{first}` out of `query`"))
            .output(u.topic())
            .field(&u.path);
    }
    if u.facts.clear && policy.classes.is_some() && !u.known.complete && !u.inputs.is_empty() {
        let message = format!("`{}` leaves in clear and has no class", u.path);
        // `sensitive` says that nothing else of special categories leaves: nobody knows.
        let (finding, why) = match policy.sensitive {
            Some(_) => (
                findings.error(codes::UNCLASSIFIED_KEEP, u.span, message),
                "`sensitive` is written, and of a field without a class nobody knows whether it is",
            ),
            None => (
                findings.warning(codes::UNCLASSIFIED_KEEP, u.span, message),
                "`classes:` exists, so this field was forgotten or is new",
            ),
        };
        finding
            .why(why)
            .help("give it or what is above it a class; `none` when it is not personal")
            .output(u.topic())
            .field(&u.path);
    }
    let known = &u.known.classes;
    // Where `sensitive` says why, it is asked of that instead.
    let special = known.iter().find(|c| categories::is_special(c));
    if let Some(class) = special.filter(|_| policy.sensitive.is_none())
        && (u.facts.clear || u.facts.linkable)
    {
        let how = if u.facts.clear {
            "leaves in clear"
        } else {
            "is merely pseudonymized"
        };
        findings
            .error(
                codes::SPECIAL_CATEGORY,
                u.at(),
                format!("`{}` is classified {class} and {how}", u.path),
            )
            .why("special-category data, data of children and precise locations need their own justification")
            .help("`drop` it, or say why it may leave: `sensitive: [{ class: …, condition: …, because: … }]`; or `dangerously: allow: special_category`")
            .output(u.topic())
            .field(&u.path);
    } else if let Some(class) = known.iter().find(|c| categories::may_be_direct(c))
        && u.facts.clear
    {
        let help = if class.ends_with("ip_address") {
            "generalize: { ipv4: 24, ipv6: 48 }   or   drop"
        } else {
            "pseudonymize, tokenize or encrypt it, make it coarser, or drop it"
        };
        findings
            .error(
                codes::DIRECT_IDENTIFIER,
                u.at(),
                format!("`{}` is classified {class} but kept as is", u.path),
            )
            .label("personal data leaves unchanged")
            .why(format!(
                "purpose {} gets an identifier of the person in clear",
                u.output.purpose.value
            ))
            .help(help)
            .output(u.topic())
            .field(&u.path);
    }
}

/// True where the schema says each value that it can be made from.
fn has_few_values(policy: &Checked, u: &Use<'_>) -> bool {
    let mut inputs = u.inputs.iter();
    !u.inputs.is_empty() && inputs.all(|path| policy.few_values.contains(path))
}

/// True where it takes members by any name.
fn takes_any(u: &Use<'_>) -> bool {
    let ends_in =
        |path: &Selector| matches!(path.steps.last(), Some(Step::AnyName | Step::AnyDepth));
    u.inputs.iter().any(ends_in)
}

fn free_text(u: &Use<'_>, findings: &mut Findings) {
    // The author has said that nobody is in it.
    if u.known.complete && u.known.classes.iter().all(|class| *class == "none") {
        return;
    }
    findings
        .warning(
            codes::FREE_TEXT,
            u.at(),
            format!("`{}` is free text, and what people tell stays in it", u.path),
        )
        .label("names are not found")
        .why("a detector knows forms: the name, the street and the illness of a person have none")
        .help("drop it; or class it `none` where nobody can be in it; or say why it may leave: `dangerously: free_text`")
        .output(u.topic())
        .field(&u.path);
}

fn path_by_words(u: &Use<'_>, findings: &mut Findings) {
    let Some(fix) = u.facts.toothless else {
        return;
    };
    findings
        .warning(
            codes::TOOTHLESS_BOUND,
            u.at(),
            format!("the path of `{}` leaves by its words", u.path),
        )
        .label("what looks like a word stays")
        .why("`/u/jane-doe` is of words, and names a person")
        .help(fix)
        .output(u.topic())
        .field(&u.path);
}

fn toothless_bound(u: &Use<'_>, findings: &mut Findings) {
    let admits = &u.facts.admits[..];
    let [first, others @ ..] = admits else {
        return;
    };
    // No more are said than anybody reads.
    let told = match others {
        [] => (*first).to_owned(),
        [second] => format!("{first} and {second}"),
        [second, ..] => format!("{first}, {second} and {} more of 14", others.len() - 1),
    };
    findings
        .warning(
            codes::TOOTHLESS_BOUND,
            u.at(),
            format!("the bound of `{}` lets {told} out", u.path),
        )
        .label("this fits")
        .why("it bounds how a text is written, not what it says")
        .help("`keep: { one_of: […] }` of what may leave, a narrower `matches`, or an action that hides it")
        .output(u.topic())
        .field(&u.path);
}

/// The attribute of a CloudEvent that names its schema, wherever it stands.
fn raw_schema(u: &Use<'_>, findings: &mut Findings) {
    let in_header = u
        .header
        .is_some_and(|name| name.eq_ignore_ascii_case("ce_dataschema"));
    let is_top =
        |path: &Selector| matches!(&path.steps[..], [Step::Name(name)] if name == "dataschema");
    let in_value = u.inputs.iter().any(is_top) && is_event(u);
    if !(in_header || in_value) || !u.facts.clear {
        return;
    }
    findings
        .warning(
            codes::RAW_SCHEMA,
            u.at(),
            format!("`{}` names the schema of what came in", u.path),
        )
        .why("what leaves has another schema; and whoever reads it is told what the raw records hold")
        .help("remove it, or `replace` it by the address of the schema of what leaves")
        .output(u.topic())
        .field(&u.path);
}

/// True where an output writes events of CloudEvents as values.
fn is_event(u: &Use<'_>) -> bool {
    let is_version =
        |path: &Selector| matches!(&path.steps[..], [Step::Name(name)] if name == "specversion");
    u.output
        .fields
        .iter()
        .any(|field| is_version(&field.selector))
}

fn tracing_header(u: &Use<'_>, findings: &mut Findings) {
    let Some(name) = u.header else {
        return;
    };
    let unique = TRACING.contains(&name.to_ascii_lowercase().as_str());
    let joins = u.facts.clear || u.facts.joins_outputs();
    if !unique || !joins {
        return;
    }
    findings
        .error(
            codes::TRACING_HEADER,
            u.at(),
            format!("the header `{name}` is unique to one event"),
        )
        .why("who reads two topics joins the copies of every event by it, whatever the domains")
        .help("drop it, or `pseudonymize: { key: …, scope: output }`")
        .output(u.topic())
        .field(&u.path);
}
