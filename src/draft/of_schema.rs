//! A writer's schema to a policy draft: what a field is by its tags, its type and its name.

use std::collections::HashSet;
use std::fmt::Write as _;

use super::named::Named;
use super::yaml;
use crate::detect::{COUNT, Evidence, Judgement, Kinds, Tokens, judge};
use crate::record::path::{Selector, Step};
use crate::record::time::TimeKind;
use crate::schema::avro::node::{Means, NodeId, Schema, Shape};
use crate::schema::avro::tags::tags_of;

/// Most fields that are listed.
const FIELDS_MAX: usize = 2_000;

/// A draft for records of a schema.
pub struct SchemaDraft {
    /// The policy.
    pub text: String,
    /// Fields that are listed.
    pub listed: usize,
    /// Those of them that leave.
    pub leave: usize,
    /// Fields beyond what a person can read.
    pub unlisted: usize,
    /// Keys that the policy names, quarantine last.
    pub keys: Vec<&'static str>,
}

/// The draft for records of that schema, which lies in `file` beside the policy. Every field
/// is listed; what neither its type nor its name makes safe is commented out. `None`: it has
/// no fields.
pub fn of_schema(schema: &Schema, file: &str, named: &Named) -> Option<SchemaDraft> {
    let mut listing = Listing {
        schema,
        path: Vec::new(),
        around: HashSet::new(),
        fields: Vec::new(),
        unlisted: 0,
    };
    listing.inside(schema.root(), &[]);
    let Listing {
        mut fields,
        unlisted,
        ..
    } = listing;
    if !fields.iter().any(|field| field.leaves) {
        // An output without a field is no output: that there was one may be told.
        let first = fields.iter_mut().find(|field| !field.is_of_a_map)?;
        first.leaves = true;
        first.action = "{ replace: { with: present } }".to_owned();
        first.why = "nothing here is known to be safe: it says that this one was there";
    }
    let mut keys = Vec::new();
    if fields
        .iter()
        .any(|f| f.leaves && f.action.contains("key: people"))
    {
        keys.push("people");
    }
    keys.push("quarantine");
    Some(SchemaDraft {
        text: text(&fields, unlisted, (file, named), &keys),
        listed: fields.len(),
        leave: fields.iter().filter(|field| field.leaves).count(),
        unlisted,
        keys,
    })
}

/// A field, and what is proposed for it.
struct Listed {
    written: String,
    /// What it is in the schema.
    ty: &'static str,
    tags: Vec<String>,
    judged: Judgement,
    action: String,
    /// False: commented out.
    leaves: bool,
    why: &'static str,
    is_of_a_map: bool,
}

struct Listing<'s> {
    schema: &'s Schema,
    path: Vec<Step>,
    /// Records that are gone through now.
    around: HashSet<NodeId>,
    fields: Vec<Listed>,
    unlisted: usize,
}

impl Listing<'_> {
    fn inside(&mut self, node: NodeId, tags: &[String]) {
        let schema = self.schema;
        match &schema.node(node).shape {
            Shape::Record(_, fields) if self.around.insert(node) => {
                for field in fields {
                    let mut tags = tags.to_vec();
                    tags.extend(tags_of(field));
                    self.path.push(Step::Name(field.name.to_string()));
                    self.inside(field.node, &tags);
                    self.path.pop();
                }
                self.around.remove(&node);
            }
            // What is inside itself is listed once.
            Shape::Record(..) => {}
            Shape::Array(items) => {
                self.path.push(Step::AnyElement);
                self.inside(*items, tags);
                self.path.pop();
            }
            Shape::Map(values) => {
                self.path.push(Step::AnyName);
                self.inside(*values, tags);
                self.path.pop();
            }
            Shape::Union(branches) => {
                let is_container = |node: &&NodeId| {
                    let shape = &schema.node(**node).shape;
                    matches!(shape, Shape::Record(..) | Shape::Array(_) | Shape::Map(_))
                };
                let scalars = branches.iter().filter(|branch| !is_container(branch));
                let scalars = scalars.filter(|b| schema.node(**b).shape != Shape::Null);
                let scalars: Vec<NodeId> = scalars.copied().collect();
                let containers = branches.iter().filter(is_container);
                let containers: Vec<NodeId> = containers.copied().collect();
                match (&scalars[..], containers.is_empty()) {
                    ([], _) => {}
                    ([one], true) => self.scalar(Some(*one), tags),
                    _ => self.scalar(None, tags),
                }
                if scalars.is_empty() {
                    containers
                        .iter()
                        .for_each(|branch| self.inside(*branch, tags));
                }
            }
            _ => self.scalar(Some(node), tags),
        }
    }

    /// `node`: `None` where it may be of several types.
    fn scalar(&mut self, node: Option<NodeId>, tags: &[String]) {
        if self.path.is_empty() {
            return;
        }
        if self.fields.len() == FIELDS_MAX {
            self.unlisted += 1;
            return;
        }
        let kind = node.map_or(Kind::Several, |node| Kind::of(self.schema, node));
        let names = self.path.iter().filter_map(|step| match step {
            Step::Name(name) => Some(Tokens::of(name)),
            _ => None,
        });
        let names: Vec<Tokens> = names.collect();
        let evidence = Evidence {
            kinds: kind.kinds(),
            hits: &[0; COUNT],
        };
        let judged = judge(&names, &evidence);
        let is_of_a_map = self.path.contains(&Step::AnyName);
        let (action, leaves, why) = match is_of_a_map {
            true => (
                "drop".to_owned(),
                false,
                "names of members are data here; `*` can only be dropped",
            ),
            false => propose(&kind, &judged, tags),
        };
        let path = Selector {
            steps: self.path.clone(),
        };
        self.fields.push(Listed {
            written: yaml::scalar(&yaml::path(&path)),
            ty: kind.word(),
            tags: tags.to_vec(),
            judged,
            action,
            leaves,
            why,
            is_of_a_map,
        });
    }
}

/// What a value is, as far as a proposal asks.
enum Kind {
    Bool,
    Integer,
    Number,
    Text,
    Symbol(Vec<String>),
    Uuid,
    Date,
    OfDay,
    Instant,
    Bytes,
    Several,
}

impl Kind {
    fn of(schema: &Schema, node: NodeId) -> Kind {
        let node = schema.node(node);
        match (&node.shape, node.means) {
            (_, Some(Means::Time(TimeKind::Date))) => Kind::Date,
            (_, Some(Means::Time(TimeKind::OfDay(_)))) => Kind::OfDay,
            (_, Some(Means::Time(TimeKind::Instant(_) | TimeKind::Local(_)))) => Kind::Instant,
            (_, Some(Means::Decimal { .. })) => Kind::Number,
            (Shape::Text | Shape::Fixed(..), Some(Means::Uuid)) => Kind::Uuid,
            (Shape::Boolean, _) => Kind::Bool,
            (Shape::Int | Shape::Long, _) => Kind::Integer,
            (Shape::Float | Shape::Double, _) => Kind::Number,
            (Shape::Text, _) => Kind::Text,
            (Shape::Enum(_, symbols), _) => Kind::Symbol(
                symbols
                    .names
                    .iter()
                    .map(|name| yaml::scalar(name))
                    .collect(),
            ),
            (Shape::Bytes | Shape::Fixed(..), _) => Kind::Bytes,
            _ => Kind::Several,
        }
    }

    fn word(&self) -> &'static str {
        match self {
            Kind::Bool => "boolean",
            Kind::Integer => "an integer",
            Kind::Number => "a number",
            Kind::Text => "text",
            Kind::Symbol(_) => "one of a list",
            Kind::Uuid => "a UUID",
            Kind::Date => "a date",
            Kind::OfDay => "a time of day",
            Kind::Instant => "a time",
            Kind::Bytes => "bytes",
            Kind::Several => "of several types",
        }
    }

    /// As one value of a sample would be counted.
    fn kinds(&self) -> Kinds {
        let mut kinds = Kinds::default();
        match self {
            Kind::Bool => kinds.booleans = 1,
            Kind::Integer => kinds.integers = 1,
            Kind::Number => kinds.fractions = 1,
            Kind::Bytes | Kind::Several => {}
            _ => kinds.texts = 1,
        }
        kinds
    }
}

/// The action, whether it is written as a field, and why.
fn propose(kind: &Kind, judged: &Judgement, tags: &[String]) -> (String, bool, &'static str) {
    let code = |space: &str, normalize: &str| {
        format!(
            "{{ pseudonymize: {{ key: people, normalize: {normalize}, space: {space}, epoch: none }} }}"
        )
    };
    let left_out = |action: &str, why| (action.to_owned(), false, why);
    let leaves = |action: String, why| (action, true, why);
    const SAME: &str = "the same code for the same value, nothing else";
    let is_named = matches!(kind, Kind::Text | Kind::Integer | Kind::Uuid);
    match (judged.category, kind) {
        (Some("user.contact.email"), Kind::Text) => leaves(
            code("email", "email"),
            "the same code for the same address, however it is capitalized",
        ),
        (Some("user.unique_id"), _) if is_named => leaves(code("user", "text"), SAME),
        (Some("user.unique_id.pseudonymous"), _) if is_named => {
            leaves(code("session", "text"), SAME)
        }
        (Some("user.device.cookie_id"), _) if is_named => leaves(code("cookie", "text"), SAME),
        (Some("user.device.device_id"), _) if is_named => leaves(code("device", "text"), SAME),
        (Some("user.device.ip_address"), Kind::Text) => left_out(
            "{ generalize: { ipv4: 16, ipv6: 32 } }",
            "beside a code that stays even a network singles out",
        ),
        (Some("user.demographic.date_of_birth"), Kind::Date | Kind::Instant) => leaves(
            "{ generalize: { date: year, bucket: 10, bottom: 1940, top: 2010 } }".to_owned(),
            "ten years, the oldest and the youngest together",
        ),
        (Some(_), _) => left_out("drop", "personal by its name, and no default makes it safe"),
        (None, _) if !tags.is_empty() => left_out(
            "drop",
            "tagged by the owners of the schema: a person must say what it is",
        ),
        (None, Kind::Bool) => leaves(
            "{ keep: { one_of: [true, false] } }".to_owned(),
            "yes or no",
        ),
        (None, Kind::Symbol(symbols)) => leaves(
            format!("{{ keep: {{ one_of: [{}] }} }}", symbols.join(", ")),
            "one of the words of the schema",
        ),
        (None, Kind::Instant | Kind::OfDay) => {
            leaves("{ generalize: { time: 1h } }".to_owned(), "the hour")
        }
        (None, Kind::Date) => leaves("{ generalize: { date: month } }".to_owned(), "the month"),
        (None, Kind::Text) => left_out(
            "{ keep: { max_chars: 40 } }",
            "a text can carry anything; a list (`one_of`) or a pattern (`matches`) makes it safe",
        ),
        (None, Kind::Integer | Kind::Number) => left_out(
            "{ generalize: { bucket: 10, bottom: 0, top: 100 } }",
            "a number can name somebody; steps and bounds that fit it make it safe",
        ),
        (None, Kind::Uuid) => left_out(
            "{ pseudonymize: { key: people, normalize: text, epoch: none } }",
            "it names something: whose, a person must say",
        ),
        (None, Kind::Bytes | Kind::Several) => left_out("drop", "it can carry anything"),
    }
}

fn text(
    fields: &[Listed],
    unlisted: usize,
    (file, named): (&str, &Named),
    keys: &[&'static str],
) -> String {
    let mut out = String::new();
    let mut line = |text: &str| writeln!(out, "{text}").expect("a text takes all");
    line("# A draft, made from a schema. What it proposes was guessed from tags, types and names:");
    line("# a person must read it. What is commented out does not leave, and what stands nowhere");
    line("# here does not either. FILL IN marks what nobody can guess.");
    line("apiVersion: veil/v1");
    line("kind: Policy");
    line("metadata:");
    line(&format!("  name: {}", yaml::scalar(&named.policy)));
    line("  version: 1");
    line("  owner: nobody yet          # FILL IN: who answers for this policy");
    line("source:");
    line(&format!(
        "  topic: {}   # FILL IN: the topic that is read",
        yaml::scalar(&format!("{}.raw", named.policy))
    ));
    line("  value: avro");
    line(&format!(
        "  schema: {{ file: {} }}   # beside this policy",
        yaml::quoted(file)
    ));
    line("keys:                         # references; `veil keys new` makes the keys");
    for key in keys {
        line(&format!("  {key}: {{ ref: \"file:keyring.json#{key}\" }}"));
    }
    line("classes:                      # what each field is; lets nothing out");
    line("  fields:");
    for field in fields.iter().filter(|field| !field.is_of_a_map) {
        let category = field.judged.category;
        if field.leaves || category.is_some() {
            let sign = if field.leaves { "" } else { "# " };
            let class = category.unwrap_or("none");
            line(&format!("    {sign}{}: {class}", field.written));
        }
    }
    line("# Where events carry consent:");
    line("# consent: { signals: [{ from: value, path: PATH }] }   # and `needs_consent:` below");
    line("outputs:");
    line(&format!(
        "  - topic: {}   # FILL IN: the topic that is written",
        yaml::scalar(&format!("{}.clean", named.policy))
    ));
    line("    purpose: analytics.reporting   # FILL IN: what the data is for");
    line("    domain: analytics              # FILL IN: who can join with whom");
    line("    fields:   # the allowlist: a line without # leaves");
    for field in fields {
        let tags = match field.tags.is_empty() {
            true => String::new(),
            false => format!(", tagged {}", one_line(&field.tags.join(", "))),
        };
        line(&format!("      # {}{tags}: {}", field.ty, field.why));
        let sign = if field.leaves { "" } else { "# " };
        line(&format!("      {sign}{}: {}", field.written, field.action));
    }
    if unlisted > 0 {
        line(&format!(
            "      # and {unlisted} more that are not listed here: they do not leave"
        ));
    }
    line(&format!(
        "quarantine: {{ topic: {}, key: quarantine, retention: 7d }}   # refused records, sealed",
        yaml::scalar(&format!("{}.quarantine", named.policy))
    ));
    out
}

/// A tag, fit for a comment.
fn one_line(text: &str) -> String {
    let printed = |c: &char| !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}' | '\u{85}');
    text.chars().filter(printed).take(200).collect()
}
