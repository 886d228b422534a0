//! Snowplow's PII pseudonymization enrichment
//! (`iglu:com.snowplowanalytics.snowplow.enrichments/pii_enrichment_config/jsonschema/2-0-0`).

use super::paths;
use super::rules::{Place, Rules};
use crate::language::written::{Kind, Member, Node};

/// Reads the configuration, with or without the envelope of its schema.
///
/// # Errors
/// What it lacks.
pub(super) fn read(root: &Node, rules: &mut Rules<'_>) -> Result<(), &'static str> {
    let data = root.member("data").map_or(root, |m| &m.value);
    let lacks = "it has no `parameters` with `pii`";
    let parameters = &data.member("parameters").ok_or(lacks)?.value;
    let pii = parameters.member("pii").ok_or(lacks)?;
    let list = pii.value.items().ok_or("`pii` is no list")?;
    let enabled = data.member("enabled").and_then(|m| m.value.scalar());
    if enabled == Some("false") {
        rules
            .said
            .push("the enrichment is switched off there; here every rule holds".to_owned());
    }
    if is_true(parameters, "anonymousOnly") {
        rules.said.push(
            "`anonymousOnly`: there, only events of anonymous visitors were changed; here all are. FILL IN `when` where others may keep a value".to_owned(),
        );
    }
    if is_true(data, "emitEvent") {
        let place = rules.at(pii.name_span, "emitEvent");
        rules.refuse(&place, "it sends every clear value beside its code to a topic of its own; whoever holds the key computes a code with `veil pseudonym`");
    }
    let Some(code) = strategy(parameters, rules) else {
        return Ok(());
    };
    for item in list {
        let members = item.members().unwrap_or_default();
        for member in members {
            match member.name.as_str() {
                "pojo" => pojo(member, &code, rules),
                "json" => json(member, &code, rules),
                _ => {
                    let place = rules.at(member.name_span, "pii");
                    rules.refuse(&place, "neither `pojo` nor `json`");
                }
            }
        }
        if members.is_empty() {
            let place = rules.at(item.span, "pii");
            rules.refuse(&place, "neither `pojo` nor `json`");
        }
    }
    Ok(())
}

fn is_true(node: &Node, name: &str) -> bool {
    node.member(name).and_then(|m| m.value.scalar()) == Some("true")
}

/// The action that codes are made with; `None`: it was refused.
fn strategy(parameters: &Node, rules: &mut Rules<'_>) -> Option<String> {
    let place = rules.at(parameters.span, "strategy.pseudonymize");
    let said = parameters.member("strategy");
    let said = said.and_then(|m| m.value.member("pseudonymize"));
    let Some(said) = said else {
        rules.refuse(
            &place,
            "no `strategy.pseudonymize`: nothing says what becomes of a value",
        );
        return None;
    };
    let place = rules.at(said.name_span, "strategy.pseudonymize.hashFunction");
    let function = said.value.member("hashFunction");
    let function = function.and_then(|m| m.value.scalar()).unwrap_or_default();
    let ours = match function {
        "SHA-256" => Some("sha256"),
        "SHA-384" => Some("sha384"),
        "SHA-512" => Some("sha512"),
        _ => None,
    };
    match (rules.compat, ours) {
        (false, _) => {
            rules.said.push(
                "codes change: a keyed one stands where theirs was a salted hash, which whoever has the salt can look up; `--compat` keeps theirs for a while".to_owned(),
            );
            Some("{ pseudonymize: { key: people, normalize: text, epoch: none } }".to_owned())
        }
        (true, Some(function)) => {
            rules.is_compat = true;
            Some(format!(
                "{{ pseudonymize: {{ compat: {{ snowplow: {function}, salt: salt }} }} }}"
            ))
        }
        (true, None) => {
            rules.refuse(&place, "MD2, MD5 and SHA-1 are not taken over: without `--compat` the codes become keyed ones");
            None
        }
    }
}

fn pojo(member: &Member, code: &str, rules: &mut Rules<'_>) {
    let field = member.value.member("field");
    let field = field.and_then(|m| m.value.scalar());
    let place = rules.at(
        member.name_span,
        format!("pojo.{}", field.unwrap_or("field")),
    );
    match field.and_then(paths::dotted) {
        Some(path) => rules.add(&place, path, code, &[]),
        None => rules.refuse(&place, "it names no field"),
    }
}

fn json(member: &Member, code: &str, rules: &mut Rules<'_>) {
    let text = |name: &str| {
        let found = member.value.member(name).map(|m| &m.value);
        found.and_then(|node| match &node.kind {
            Kind::Scalar { text, .. } => Some(text.as_str()),
            _ => None,
        })
    };
    let field = text("field").unwrap_or_default();
    let place = rules.at(member.name_span, format!("json.{field}"));
    // Which texts these are is known, and not what in them is changed there.
    let whole = paths::member(field);
    let Some(criterion) = text("schemaCriterion").and_then(Criterion::read) else {
        let why = "`schemaCriterion` is not `iglu:VENDOR/NAME/jsonschema/MODEL-REVISION-ADDITION`";
        return rules.leave_out(&place, whole, why);
    };
    let Some(inside) = text("jsonPath").and_then(paths::json_path) else {
        let why =
            "`jsonPath` uses more than names, lists of names and `[*]`: name the paths one by one";
        return rules.leave_out(&place, whole, why);
    };
    for path in inside {
        nested(&place, field, &criterion, &path, code, rules);
    }
}

/// A member inside one of the texts of an enriched event.
fn nested(
    place: &Place,
    field: &str,
    criterion: &Criterion<'_>,
    path: &str,
    code: &str,
    rules: &mut Rules<'_>,
) {
    match field {
        "contexts" | "derived_contexts" => {
            let filter = criterion.filter();
            let path = format!("{field}|json.data[?schema=={filter}].data.{path}");
            rules.add(place, path, code, &[]);
        }
        // One object and no list: a condition chooses it.
        "unstruct_event" => {
            let path = format!("{field}|json.data.data.{path}");
            let question = format!(
                "\"{field}|json.data.schema\": {{ matches: {} }}",
                criterion.pattern()
            );
            if let Err(why) = rules.ask(std::slice::from_ref(&question)) {
                return rules.leave_out(place, path, why);
            }
            let action = format!("{{ when: [{{ if: {{ {question} }}, then: {code} }}] }}");
            rules.add(place, path, &action, &[]);
        }
        _ => rules.refuse(
            place,
            "`field` is none of `contexts`, `derived_contexts`, `unstruct_event`",
        ),
    }
}

/// `iglu:VENDOR/NAME/jsonschema/1-*-*`.
struct Criterion<'t> {
    before: &'t str,
    version: &'t str,
}

impl<'t> Criterion<'t> {
    fn read(text: &'t str) -> Option<Criterion<'t>> {
        let (before, version) = text.rsplit_once('/')?;
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-/:".contains(c);
        let parts = version.split('-');
        let is_part =
            |p: &str| p == "*" || (!p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()));
        let fits = before.starts_with("iglu:")
            && before.matches('/').count() == 2
            && before.chars().all(is_plain)
            && parts.clone().count() == 3
            && parts.clone().all(is_part)
            // A number behind a `*` would be no start of a text.
            && !version.contains("*-0")
            && parts.skip_while(|p| *p != "*").all(|p| p == "*");
        fits.then_some(Criterion { before, version })
    }

    /// What the schema begins with, up to the first `*`.
    fn start(&self) -> (String, bool) {
        match self.version.split_once('*') {
            Some((start, _)) => (format!("{}/{start}", self.before), true),
            None => (format!("{}/{}", self.before, self.version), false),
        }
    }

    fn filter(&self) -> String {
        match self.start() {
            (start, true) => format!("'{start}'*"),
            (whole, false) => format!("'{whole}'"),
        }
    }

    fn pattern(&self) -> String {
        let (start, is_open) = self.start();
        let plain = start.replace('.', "[.]");
        let end = if is_open { "[0-9-]+" } else { "" };
        format!("\"{plain}{end}\"")
    }
}
