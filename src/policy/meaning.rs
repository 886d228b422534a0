//! What a policy means, for whoever describes it: every output, and every column
//! of it with what it is made from, by which action and what that is.

use std::sync::Arc;

use super::accountability;
use super::allowed::Allowed;
use super::check;
use super::check::accountability::Purposes;
use super::check::model::{self, KeyMake, OnError, Output};
use super::diff::Said;
use super::joins_by::{JoinsBy, code, joins_by};
use super::lint::{self, Use, WrittenTo};
use super::parts::{PartAt, parts};
use super::recipient::{self, RecipientMeaning};
use super::releasing::{self, ReleaseMeaning};
use super::selector::PlaceName;
use crate::action::{ActionDef, Facts, Spec, Types};
use crate::categories;
use crate::plan::live::Grants;
use crate::plan::{Gap, TimestampRule};
use crate::record::SignalShape;
use crate::record::bare::Bare;
use crate::record::path::{Selector, Step};

/// A policy by what it says of what leaves.
pub struct Meaning {
    /// `metadata.name`.
    pub name: String,
    /// `metadata.version`.
    pub version: u64,
    /// Who answers for it.
    pub owner: String,
    /// The address of the privacy officer.
    pub dpo: Option<String>,
    /// The topics that are read.
    pub sources: Vec<String>,
    /// The format with schemas that values are read and written in; `None`: JSON.
    pub format: Option<&'static str>,
    /// The list of which each element is a record by itself, as the policy says it.
    pub split: Option<String>,
    /// What values are, where they have no parts.
    pub bare: Option<Bare>,
    /// The paths that say which kind of record it is.
    pub record_type: Vec<String>,
    /// The paths of the person a record is about; the first present counts.
    pub subject: Vec<String>,
    /// Where consent stands in the record.
    pub signals: Vec<Signal>,
    /// The topic of people's decisions.
    pub state: Option<StateMeaning>,
    /// What the data was collected for; `None`: the policy does not say.
    pub purposes: Option<PurposesMeaning>,
    /// Who counts as a child, in words; `None`: nobody is asked.
    pub minors: Option<String>,
    /// Who gets data; `None`: there is no register.
    pub recipients: Option<Vec<RecipientMeaning>>,
    /// What leaves, in the order of the policy.
    pub outputs: Vec<OutputMeaning>,
    /// Where refused records go.
    pub quarantine: Option<QuarantineMeaning>,
    /// What is allowed although it is refused otherwise, expired ones too.
    pub allowances: Vec<Allowed>,
}

/// A topic of people's decisions.
pub struct StateMeaning {
    /// The topic.
    pub topic: String,
    /// Only it can grant; a signal in the record can deny.
    pub grants_alone: bool,
    /// A grant without an end of its own ends so long after it was given, in milliseconds.
    pub expires_ms: Option<i64>,
}

/// Where consent stands.
pub struct Signal {
    /// Its path, or `header.NAME`.
    pub place: String,
    /// How it is written.
    pub shape: SignalShape,
    /// The categories that it speaks for; `None`: an object of category → boolean.
    pub categories: Option<Vec<String>>,
}

/// Why data of a special category may leave.
pub struct SensitiveMeaning {
    /// The class, with everything below it.
    pub class: String,
    /// The condition in words, with its article; `None`: the class needs none.
    pub condition: Option<String>,
    /// The category of an explicit consent.
    pub category: Option<String>,
    /// Why, in the author's words.
    pub because: String,
}

impl SensitiveMeaning {
    /// In one line, code between backticks.
    pub fn says(&self) -> String {
        let condition = self.condition.as_ref();
        let condition = condition.map_or_else(String::new, |c| format!("{c}, "));
        let category = self.category.as_ref();
        let category = category.map_or_else(String::new, |c| format!("asked for with `{c}`, "));
        format!(
            "`{}`: {condition}{category}because {}",
            self.class, self.because
        )
    }
}

/// What the data was collected for, and what goes with that.
pub struct PurposesMeaning {
    /// The purposes that people were told of.
    pub collected_for: Vec<String>,
    /// Those that are compatible.
    pub compatible: Vec<CompatibleUse>,
}

/// A purpose that is compatible with what the data was collected for.
pub struct CompatibleUse {
    /// The purpose.
    pub purpose: String,
    /// Why, in the author's words.
    pub because: String,
    /// Its last day.
    pub until: String,
}

/// The quarantine.
pub struct QuarantineMeaning {
    /// Its topic.
    pub topic: String,
    /// The policy's name of the key it is sealed to.
    pub key: Option<String>,
    /// How long it may keep records, in milliseconds.
    pub retention_ms: Option<i64>,
}

/// One output.
pub struct OutputMeaning {
    /// The topic that is written.
    pub topic: String,
    /// What the data is for.
    pub purpose: String,
    /// Why it may be used for that, in words; `None`: the policy does not say what the
    /// data was collected for.
    pub purpose_serves: Option<String>,
    /// The pseudonymisation domain.
    pub domain: String,
    /// Who reads it; `None`: nobody outside the house.
    pub recipient: Option<String>,
    /// What the register says of them.
    pub reader: Option<RecipientMeaning>,
    /// Of people where it holds records alone, in words; `None`: everywhere.
    pub region: Option<String>,
    /// Why what it holds of special categories may leave.
    pub sensitive: Vec<SensitiveMeaning>,
    /// The categories that must all be granted.
    pub needs_consent: Vec<String>,
    /// Why it needs no gate, as the policy says it.
    pub basis: Option<String>,
    /// A tombstone takes the place of a record that is withheld for want of consent, where
    /// the row as it was had it.
    pub tombstone_when_withheld: bool,
    /// One does where the person withdrew.
    pub tombstone_when_withdrawn: bool,
    /// Records without a value are passed on.
    pub forwards_tombstones: bool,
    /// Every record says under which policy it was made.
    pub has_policy_header: bool,
    /// What its records wait for; `None`: they leave as they come.
    pub release: Option<ReleaseMeaning>,
    /// What becomes of the record's timestamp.
    pub(crate) timestamp: TimestampRule,
    /// Which of them leave, in words; `None`: every one.
    pub selects: Option<String>,
    /// The types of record that leave; `None`: every one.
    pub types: Option<Vec<String>>,
    /// What leaves, in the order of the policy: fields, then key, then headers.
    pub columns: Vec<Column>,
    /// Paths that are named to be dropped.
    pub dropped: Vec<String>,
}

/// Where something leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Where {
    /// In the value, at that path.
    Value(Selector),
    /// As the record key.
    Key,
    /// In the record key, which is a record, at that path.
    KeyField(Selector),
    /// In the header of that name.
    Header(String),
}

/// Something that leaves.
pub struct Column {
    /// Where.
    pub to: Where,
    /// The paths of the value it is made from.
    pub inputs: Vec<Selector>,
    /// The places it is made from, in their order, where one is not in the value; paths
    /// of the value bare.
    pub from: Vec<String>,
    /// The types that a value of it can have, as far as the source says.
    pub of_types: Types,
    /// The output path whose pseudonym the record key is.
    pub like: Option<Selector>,
    /// The entry of `types` that it stands under; `None`: it leaves with every type.
    pub of_type: Option<String>,
    /// What it is made from is of these classes.
    pub classes: Vec<String>,
    /// All of it has a class, whatever the type of the record.
    pub classed: bool,
    /// What it is made from identifies a person by itself.
    pub direct: bool,
    /// What it is made from is of a special category, or as sensitive.
    pub special: bool,
    /// When it is made so and not as another case of its `when` says, in words that
    /// follow what it is; `None`: always.
    pub when: Option<String>,
    /// The action that makes what leaves: of parts, that which is done to each.
    pub action: &'static ActionDef,
    /// The action with its parameters.
    pub spec: Arc<dyn Spec>,
    /// What becomes of a value that is refused.
    pub(crate) on_error: OnError,
    /// It is every element of an array, and one of which nothing is written is
    /// `null`.
    pub keeps_places: bool,
    /// What stands inside of a sealed object, for whoever opens it.
    pub inside: Vec<Inside>,
    /// What decides which code a value gets; `None`: it is no code, or another
    /// one in every record.
    pub joins_by: Option<JoinsBy>,
    /// What stands in it beside that: names of members, and what other actions make of
    /// parts of it.
    pub parts: Vec<Part>,
    /// The action as the policy writes it.
    pub written: String,
    /// Facts of the action.
    pub(crate) facts: Facts,
}

impl Column {
    /// What its action still tells, as it is set.
    pub fn leaks(&self) -> Vec<&'static str> {
        match self.spec.leaks() {
            Some(said) => said.into_iter().filter(|text| !text.is_empty()).collect(),
            None => vec![self.action.leaks],
        }
    }

    /// True when whoever reads it has the value: it leaves as it came, or as a hash
    /// without a key, of which a list of values is tried.
    pub fn is_readable(&self) -> bool {
        self.facts.clear || self.facts.unkeyed
    }

    /// True when members that nobody named leave in it, as they came.
    pub fn takes_any(&self) -> bool {
        let any =
            |path: &Selector| matches!(path.steps.last(), Some(Step::AnyName | Step::AnyDepth));
        self.facts.takes_whole && self.facts.clear && self.inputs.iter().any(any)
    }

    /// Every code that it carries, and where in it; `None`: it is the value, or of a list
    /// each of its parts.
    pub fn codes(&self) -> impl Iterator<Item = (Option<&PartAt>, &JoinsBy)> {
        let value = self.joins_by.iter().map(|by| (None, by));
        let parts = self.parts.iter();
        value.chain(parts.filter_map(|part| Some((Some(&part.at), part.joins_by.as_ref()?))))
    }
}

impl OutputMeaning {
    /// What else leaves where that column does, of other records: by other cases of its
    /// `when`, or under other types.
    pub fn beside<'m>(&'m self, column: &'m Column) -> impl Iterator<Item = &'m Column> {
        let all = self.columns.iter();
        all.filter(move |c| c.to == column.to && !std::ptr::eq(*c, column))
    }

    /// True when another code leaves where that column does, of the same value: then
    /// one value has several codes.
    pub fn has_other_codes(&self, column: &Column) -> bool {
        let Some(by) = &column.joins_by else {
            return false;
        };
        let mut others = self.beside(column);
        others.any(|c| c.inputs == column.inputs && c.joins_by.as_ref().is_some_and(|c| c != by))
    }
}

/// A field inside of a sealed object.
#[derive(Clone)]
pub struct Inside {
    /// Its path in what was opened.
    pub path: Selector,
    /// The path below the object that it is made from.
    pub from: Selector,
    /// When it is made so, as [`Column::when`].
    pub when: Option<String>,
    /// Its action.
    pub action: &'static ActionDef,
    /// The action with its parameters.
    pub spec: Arc<dyn Spec>,
    /// What becomes of a value that is refused.
    pub(crate) on_error: OnError,
    /// It is every element of an array, and one of which nothing is written is
    /// `null`.
    pub keeps_places: bool,
    /// The action as the policy writes it.
    pub written: String,
}

/// Something that stands in a column beside the value that its action makes.
#[derive(Clone)]
pub struct Part {
    /// Where.
    pub at: PartAt,
    /// What makes it.
    pub action: &'static ActionDef,
    /// The action with its parameters.
    pub spec: Arc<dyn Spec>,
    /// What decides which code it is; `None`: it is no code, or another one in every
    /// record.
    pub joins_by: Option<JoinsBy>,
}

/// What a policy means.
pub fn meaning(said: &Said) -> Meaning {
    let policy = &said.policy;
    let uses = lint::uses(policy);
    let texts = |list: &[model::Spelled<Selector>]| -> Vec<String> {
        list.iter().map(|s| s.value.to_string()).collect()
    };
    Meaning {
        name: policy.name.clone(),
        version: policy.version,
        owner: policy.owner.clone(),
        dpo: policy.dpo.clone(),
        sources: policy
            .source
            .topics
            .iter()
            .map(|t| t.value.clone())
            .collect(),
        format: policy.source.schema.as_ref().map(|said| said.of.name()),
        split: policy.source.split.as_ref().map(|s| s.text.clone()),
        bare: policy.source.bare.map(|(bare, _)| bare),
        record_type: texts(&policy.source.types),
        subject: policy
            .source
            .subject
            .paths()
            .map(|s| s.value.to_string())
            .collect(),
        signals: policy.signals.iter().map(signal).collect(),
        state: policy.state.as_ref().map(|state| StateMeaning {
            topic: state.topic_of(&policy.name),
            grants_alone: state.grants == Grants::State,
            expires_ms: state.expires_ms,
        }),
        purposes: policy.purposes.as_ref().map(purposes),
        minors: policy.minors.as_ref().map(|minors| {
            format!(
                "records of people under {}, or of whom nothing at `{}` says how old they are",
                minors.under, minors.from.value
            )
        }),
        recipients: policy.recipients.as_ref().map(|register| {
            let each = register.all.iter().map(recipient::meaning);
            each.collect()
        }),
        outputs: policy
            .outputs
            .iter()
            .map(|output| {
                let of = uses.iter().filter(|u| std::ptr::eq(u.output, output));
                of_output(said, output, of.collect())
            })
            .collect(),
        quarantine: policy.quarantine.as_ref().map(|q| QuarantineMeaning {
            topic: q.topic.value.clone(),
            key: q.key.as_ref().map(|k| k.value.clone()),
            retention_ms: q.retention_ms,
        }),
        allowances: policy.allowances.iter().map(allowed).collect(),
    }
}

fn purposes(said: &Purposes) -> PurposesMeaning {
    let compatible = said.compatible.iter().map(|c| CompatibleUse {
        purpose: c.purpose.value.clone(),
        because: c.because.clone(),
        until: c.until.to_string(),
    });
    PurposesMeaning {
        collected_for: said.collected_for.iter().map(|c| c.value.clone()).collect(),
        compatible: compatible.collect(),
    }
}

fn signal(signal: &check::signal::Signal) -> Signal {
    let names = |all: Vec<&model::Spelled>| all.iter().map(|c| c.value.clone()).collect();
    Signal {
        place: signal.place(),
        shape: signal.shape(),
        categories: signal.categories().map(names),
    }
}

fn allowed(allowance: &model::Allowance) -> Allowed {
    Allowed {
        allow: allowance.allow.name,
        outputs: allowance.outputs.clone(),
        field: allowance.field.clone(),
        because: allowance.because.clone(),
        until: allowance.until,
    }
}

fn of_output(said: &Said, output: &Output, uses: Vec<&Use<'_>>) -> OutputMeaning {
    let types = output.types.as_ref();
    let leaves = uses.iter().filter(|u| !u.facts.drops);
    let classes: Vec<&str> = leaves.flat_map(|u| &u.known.classes).copied().collect();
    let sensitive = accountability::sensitive(&said.policy, output, (&uses, &classes));
    let (dropped, leaving): (Vec<&Use<'_>>, Vec<&Use<'_>>) =
        uses.into_iter().partition(|u| u.facts.drops);
    let mut columns: Vec<Column> = leaving.into_iter().map(|u| column(said, u)).collect();
    columns.extend(key_of_a_field(output, &columns));
    columns.sort_by_key(|c| match &c.to {
        Where::Value(_) => 0,
        Where::Key | Where::KeyField(_) => 1,
        Where::Header(_) => 2,
    });
    OutputMeaning {
        topic: output.topic.value.clone(),
        purpose: output.purpose.value.clone(),
        purpose_serves: accountability::serves(&said.policy, output),
        domain: output.domain.value.clone(),
        recipient: output.recipient.as_ref().map(|r| r.value.clone()),
        reader: accountability::recipient(&said.policy, output).map(recipient::meaning),
        region: region(&said.policy, output),
        sensitive: sensitive
            .into_iter()
            .map(|entry| SensitiveMeaning {
                class: entry.class.value.clone(),
                condition: entry.condition.map(|c| c.says()),
                category: entry.category.as_ref().map(|c| c.value.clone()),
                because: entry.because.clone(),
            })
            .collect(),
        needs_consent: output.needs.iter().map(|n| n.value.clone()).collect(),
        basis: output.basis.clone(),
        tombstone_when_withheld: output.cleared_by().is_some(),
        tombstone_when_withdrawn: output.clears_withdrawn().is_some(),
        forwards_tombstones: output.forward_tombstones.is_some(),
        has_policy_header: output.policy_header.is_some(),
        release: releasing::release(output),
        timestamp: output.timestamp,
        selects: output.selects.as_ref().map(|s| s.value.says()),
        types: types.map(|list| list.iter().map(|t| t.pattern.to_string()).collect()),
        columns,
        dropped: dropped
            .into_iter()
            .filter(|u| u.value.guard.is_none())
            .map(|u| u.path.clone())
            .collect(),
    }
}

/// Where the people of its records are, and what says so.
fn region(policy: &model::Checked, output: &Output) -> Option<String> {
    let regions = policy.regions.as_ref()?;
    let named = output.regions.iter().map(|named| {
        let list = regions.list.iter().find(|r| r.name.value == named.value);
        let codes = list.map(|r| r.countries.iter().map(ToString::to_string));
        let codes: Vec<String> = codes.into_iter().flatten().collect();
        let unknown = match regions.unknown.value == named.value {
            true => ", and where no country is said",
            false => "",
        };
        format!("`{}` ({}{unknown})", named.value, codes.join(" "))
    });
    let named: Vec<String> = named.collect();
    (!named.is_empty()).then(|| format!("{}, by `{}`", named.join(", "), regions.from.value))
}

fn column(said: &Said, u: &Use<'_>) -> Column {
    let to = match (u.place, &u.leaves, u.header) {
        (WrittenTo::Field, Some(path), _) => Where::Value(path.clone()),
        (WrittenTo::Header, _, Some(name)) => Where::Header(name.to_owned()),
        (WrittenTo::Key, Some(path), _) => Where::KeyField(path.clone()),
        _ => Where::Key,
    };
    let key = u.output.key.as_ref().filter(|_| to == Where::Key);
    let places: Vec<&PlaceName> = key.iter().flat_map(|k| k.places()).collect();
    let from = if let Where::KeyField(_) = to {
        // As findings call it, from where it comes.
        let from = u.path.strip_prefix("key.").unwrap_or(&u.path);
        vec![format!("record_key.{from}")]
    } else if places.iter().any(|place| place.in_value().is_none()) {
        let bare = |place: &&PlaceName| match place.in_value() {
            Some(path) => path.to_string(),
            None => place.to_string(),
        };
        places.iter().map(bare).collect()
    } else {
        u.header
            .iter()
            .map(|name| format!("header.{name}"))
            .collect()
    };
    let like = key.and_then(|k| match &k.make {
        KeyMake::Like(path) => Some(path.value.clone()),
        KeyMake::Action(_) | KeyMake::Fields(_) => None,
    });
    let mut sealed = Vec::new();
    inside(said, u.value, [&[], &[]], &mut sealed);
    Column {
        to,
        inputs: u.inputs.clone(),
        from,
        of_types: said.policy.source.types_of_values(),
        like,
        of_type: u.of_type.map(|t| t.pattern.to_string()),
        classes: u.known.classes.iter().map(|c| (*c).to_owned()).collect(),
        classed: u.known.complete,
        direct: u.is(categories::may_be_direct),
        special: u.is(categories::is_special),
        when: when(u.value),
        action: u.value.maker().def,
        spec: u.value.spec.clone(),
        on_error: u.value.on_error.clone(),
        keeps_places: keeps_places(u.leaves.as_ref(), u.value),
        inside: sealed,
        joins_by: joins_by(said, u),
        parts: parts(u.value)
            .into_iter()
            .map(|(at, value)| part(said, u.output, at, value))
            .collect(),
        written: said.written(u.value),
        facts: u.facts.clone(),
    }
}

fn when(value: &model::Value) -> Option<String> {
    value.guard.as_ref().map(|guard| guard.says())
}

fn keeps_places(path: Option<&Selector>, value: &model::Value) -> bool {
    let last = path.and_then(|p| p.steps.last());
    last == Some(&Step::AnyElement) && value.gaps == Gap::Null
}

/// The fields inside of a value, those of sealed objects in it included; before their
/// paths stands where they leave, and what they are made from.
fn inside(said: &Said, value: &model::Value, [to, from]: [&[Step]; 2], found: &mut Vec<Inside>) {
    let below = |above: &[Step], path: &Selector| Selector {
        steps: [above, &path.steps].concat(),
    };
    for field in value.body.iter().flat_map(|body| &body.fields) {
        let leaving = field.writes.iter().filter(|w| !w.value.spec.facts().drops);
        for write in leaving {
            let path = below(to, &field.output_path(write));
            let made_from = below(from, &field.selector);
            let steps = [&*path.steps, &*made_from.steps].map(<[Step]>::to_vec);
            found.push(Inside {
                path,
                from: made_from,
                when: when(&write.value),
                action: write.value.maker().def,
                spec: write.value.spec.clone(),
                on_error: write.value.on_error.clone(),
                keeps_places: keeps_places(Some(&field.selector), &write.value),
                written: said.written(&write.value),
            });
            inside(said, &write.value, [&steps[0], &steps[1]], found);
        }
    }
}

fn part(said: &Said, output: &Output, at: PartAt, value: &model::Value) -> Part {
    let mut facts = value.spec.facts();
    // Names and parts of a text are texts.
    facts.type_sensitive = false;
    Part {
        at,
        action: value.maker().def,
        spec: value.spec.clone(),
        joins_by: code(said, output, value, &facts),
    }
}

/// The record key that is a field's value again.
fn key_of_a_field(output: &Output, columns: &[Column]) -> Option<Column> {
    let key = output.key.as_ref().filter(|k| k.from.is_empty())?;
    let KeyMake::Like(path) = &key.make else {
        return None;
    };
    let path = &path.value;
    let is_it = |c: &&Column| matches!(&c.to, Where::Value(p) if p == path) && c.of_type.is_none();
    let of = columns.iter().find(is_it)?;
    Some(Column {
        to: Where::Key,
        inputs: of.inputs.clone(),
        from: Vec::new(),
        like: Some(path.clone()),
        of_type: None,
        classes: of.classes.clone(),
        inside: of.inside.clone(),
        joins_by: of.joins_by.clone(),
        parts: of.parts.clone(),
        written: of.written.clone(),
        facts: of.facts.clone(),
        spec: of.spec.clone(),
        on_error: of.on_error.clone(),
        when: None,
        keeps_places: false,
        ..*of
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::TestKeys;
    use crate::policy::{NoTables, PolicyFile, compile};

    fn of(name: &str, text: &str) -> Meaning {
        let path = format!("config/{name}.yaml").into();
        let text = text.to_owned();
        let file = PolicyFile { path, text };
        let now = jiff::Timestamp::UNIX_EPOCH;
        let compiled = compile(&file, &TestKeys, &NoTables, now);
        meaning(&compiled.said.expect("it can be read"))
    }

    #[test]
    fn a_policy_is_read_by_what_leaves() {
        let web = of("web-events", include_str!("../../config/web-events.yaml"));
        assert_eq!(
            (&*web.owner, web.dpo.as_deref()),
            ("data-platform", Some("dpo@example.com"))
        );
        let output = &web.outputs[0];
        assert_eq!(output.needs_consent, ["Analytics"]);
        let column = |path: &str| {
            let named = |c: &&Column| matches!(&c.to, Where::Value(p) if p.to_string() == path);
            let mut all = output.columns.iter().filter(named);
            all.next().unwrap_or_else(|| panic!("no column {path}"))
        };
        let email = column("traits.email_id");
        assert_eq!(email.classes, ["user.contact.email"]);
        assert_eq!(email.inputs[0].to_string(), "traits.email");
        assert_eq!(email.of_type.as_deref(), Some("identify"));
        assert!(email.direct && email.classed);
        let key = output.columns.iter().find(|c| c.to == Where::Key).unwrap();
        assert_eq!(key.joins_by, column("userId").joins_by);
        assert_ne!(key.joins_by, email.joins_by);
        assert!(
            output
                .columns
                .iter()
                .any(|c| c.to == Where::Header("ce_type".into()))
        );
        // Another domain, another code.
        let mail = web.outputs[1]
            .columns
            .iter()
            .find(|c| c.joins_by.is_some())
            .unwrap();
        assert_ne!(mail.joins_by, key.joins_by);
    }
}
