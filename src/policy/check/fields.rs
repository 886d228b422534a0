//! Allowlists: PATH → field value, for every type or for one.

use std::collections::HashMap;

use super::Cx;
use super::implied;
use super::model::{Field, Spelled, TypeFields, Value, Written};
use super::paths;
use super::value::{Named, check_gaps, field_value};
use crate::language::codes;
use crate::language::finding::{Findings, Span};
use crate::language::mapping::mapping;
use crate::language::written::{Member, Node};
use crate::policy::selector::TypePattern;
use crate::record::path::{Selector, Step};

/// Reads PATH → field value. Mistakes are reported and their paths left out.
pub(crate) fn fields(
    node: &Node,
    named: &Named,
    cx: &Cx<'_>,
    findings: &mut Findings,
) -> Vec<Field> {
    let help = || "write `PATH: keep`, one path a line".to_owned();
    let members = mapping(node, "fields", help, findings).unwrap_or_default();
    let mut list: Vec<Field> = Vec::new();
    let mut seen: HashMap<Selector, Span> = HashMap::new();
    for m in members {
        let writes = field_value(&m.value, named, cx, findings);
        let Some(paths) = paths::paths(&m.name, m.name_span, cx, findings) else {
            continue;
        };
        let Some(writes) = writes else { continue };
        let weight: usize = writes.iter().map(|w| w.value.weight()).sum();
        if !cx.take(paths.len() * weight, m.name_span, findings) {
            break;
        }
        for path in paths {
            let writes = spread(&path, &writes);
            if let Some(first) = seen.get(&path) {
                same_path(&path, m.name_span, *first, findings);
                continue;
            }
            seen.insert(path.clone(), m.name_span);
            let field = Field {
                selector: path,
                span: m.name_span,
                implied: false,
                writes,
                lifted: None,
            };
            check_field(&field, findings);
            list.push(field);
        }
    }
    implied::add(&mut list, cx, findings);
    list
}

/// Each write, or the members that leave in its place.
fn spread(path: &Selector, writes: &[Written]) -> Vec<Written> {
    let Some(Step::Name(own)) = path.steps.last() else {
        return writes.to_vec();
    };
    let mut all = Vec::with_capacity(writes.len());
    for write in writes {
        let parts = write.value.spec.spread();
        if parts.is_empty() {
            all.push(write.clone());
        }
        let name = write.name.as_ref().map_or(own, |name| &name.value);
        all.extend(parts.into_iter().map(|(end, spec)| Written {
            name: Some(Spelled {
                value: format!("{name}{end}"),
                span: write.value.span,
            }),
            value: Value {
                spec,
                ..write.value.clone()
            },
        }));
    }
    all
}

/// Reports one path given twice.
pub(crate) fn same_path(path: &Selector, span: Span, first: Span, findings: &mut Findings) {
    findings
        .error(
            codes::SAME_PATH,
            span,
            format!("`{path}` is named twice in one output"),
        )
        .label("the second time")
        .also(first, "the first time")
        .why("which of the two is meant cannot be told")
        .help("keep one; two results of one field stand under `as:`")
        .field(path.to_string());
}

/// Reads TYPE → (PATH → field value).
pub(crate) fn types(
    members: &[Member],
    named: &Named,
    cx: &Cx<'_>,
    findings: &mut Findings,
) -> Vec<TypeFields> {
    let mut list: Vec<TypeFields> = Vec::new();
    let mut seen: HashMap<TypePattern, Span> = HashMap::new();
    for m in members {
        let fields = fields(&m.value, named, cx, findings);
        let patterns = paths::types(&m.name, m.name_span, cx, findings).unwrap_or_default();
        for pattern in patterns {
            if let Some(first) = seen.get(&pattern) {
                let fix = "; the most exact entry alone applies";
                paths::same_type(&pattern, m.name_span, *first, fix, findings);
                continue;
            }
            seen.insert(pattern.clone(), m.name_span);
            // The first one was counted when it was read.
            let copies: usize = fields.iter().map(Field::weight).sum();
            if !list.is_empty() && !cx.take(copies, m.name_span, findings) {
                return list;
            }
            list.push(TypeFields {
                pattern,
                span: m.name_span,
                fields: fields.clone(),
            });
        }
    }
    list
}

/// What can be said about one path and its field value alone.
fn check_field(field: &Field, findings: &mut Findings) {
    let path = field.selector.to_string();
    let last = field.selector.steps.last().expect("a selector has steps");
    let renamed = field.writes.iter().find_map(|w| w.name.as_ref());
    if let Some(name) = renamed
        && !matches!(last, Step::Name(_))
    {
        findings
            .error(
                codes::MISPLACED,
                name.span,
                format!("`as` needs a name to replace, and `{path}` does not end in one"),
            )
            .help("write `as:` on a path that ends in a name: `items[*].id`")
            .field(path.clone());
    }
    let is_sealed_whole = |value: &Value| {
        let facts = value.spec.facts();
        facts.takes_whole && !facts.clear
    };
    if *last == Step::Json && !field.writes.iter().all(|w| is_sealed_whole(&w.value)) {
        findings
            .error(
                codes::JSON_IN_TEXT,
                field.span,
                format!("`{path}` names nothing in the text"),
            )
            .why("nothing in it would leave by itself")
            .help("name what leaves: `payload|json.email`, or seal all of it: `{ encrypt: { key: NAME, subtree: true } }`; without `|json` the path means the text as it stands")
            .field(path.clone());
    }
    let stars = field.selector.steps.iter().filter(|s| s.is_star()).count();
    let starred = stars > 0;
    for write in &field.writes {
        let facts = write.value.spec.facts();
        if *last != Step::AnyElement {
            let what = format!("`{path}` is");
            check_gaps(&write.value, &what, findings);
        }
        if write.name.is_none() {
            check_names(&write.value, stars, &path, findings);
        }
        let is_named = !write.value.names.is_empty();
        if starred && !facts.drops && !facts.takes_whole && !is_named {
            findings
                .error(
                    codes::WILDCARD_NAMES,
                    write.value.span,
                    format!("`{}` cannot stand on `{path}`", write.value.def.name),
                )
                .label("here only `drop`, or `subtree: true`")
                .why("`*` copies the names of the members, and a name can be data: an e-mail address, an id")
                .help("say what becomes of them: `names: { keep: { matches: \"[a-z_]{1,32}\" } }` beside the action; or name the fields one by one, or write `drop`")
                .field(path.clone());
        }
        if starred && (write.value.parts().is_some() || write.value.body.is_some()) {
            let what = match write.value.parts() {
                Some(_) => "from",
                None => "fields",
            };
            findings
                .error(
                    codes::MISPLACED,
                    write.value.span,
                    format!("`{what}` cannot stand on `{path}`"),
                )
                .why("behind `*` and `**` nobody knows which members stand beside each other")
                .help("name the fields one by one")
                .field(path.clone());
        } else if let Some(parts) = write.value.parts()
            && !matches!(last, Step::Name(_))
        {
            findings
                .error(
                    codes::BAD_FROM,
                    parts.first().map_or(write.value.span, |p| p.1),
                    format!("`from` needs siblings, and `{path}` does not end in a name"),
                )
                .help("write it on a path that ends in a name: `items[*].place`")
                .field(path.clone());
        }
    }
}

/// `names` says of each `*` and `**` what becomes of the names that it stands for.
fn check_names(value: &Value, stars: usize, path: &str, findings: &mut Findings) {
    let Some(span) = value.names_span else {
        return;
    };
    let (count, drops) = (value.names.len(), value.spec.facts().drops);
    let said = if stars == 0 {
        Some((
            format!("`names` cannot stand here: `{path}` has no `*` and no `**`"),
            "remove it: what the path names is known",
        ))
    } else if drops && value.guard.is_none() {
        Some((
            "`names` beside an action that lets nothing leave".to_owned(),
            "remove it",
        ))
    } else if count > 1 && count != stars {
        Some((
            format!("`names` says {count} field values, and `{path}` has {stars} `*` or `**`"),
            "write one for each, in order, or one for all",
        ))
    } else {
        None
    };
    if let Some((message, help)) = said {
        findings
            .error(codes::MISPLACED, span, message)
            .help(help)
            .field(path.to_owned());
    }
}
