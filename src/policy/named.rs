//! Every selector of a policy, where it stands and what it names in an event: so
//! that a sample can be held against the policy, and a path looked up in it.

use std::sync::Arc;

use super::check::condition::Condition;
use super::check::model::{Body, Checked, Counts, Field, KeyMake, Output, TypeFields, Value};
use super::check::{outside, values};
use super::compile::{below, site_path};
use super::diff::Said;
use super::lint::inputs;
use super::selector::PlaceName;
use crate::action::{ActionDef, Degree, Spec};
use crate::language::finding::Span;
use crate::record::path::{Ends, Selector, Step, leads, rests};

/// What a policy asks outside of the value, as `classes` name it.
pub(crate) fn reads_outside(policy: &Checked) -> Vec<Selector> {
    let all = policy.outputs.iter().flat_map(|output| {
        let guards = values(output).into_iter();
        let cases = guards
            .filter_map(|v| v.guard.as_ref())
            .flat_map(|g| &*g.cases);
        cases.chain(output.selects.iter().map(|s| &s.value))
    });
    outside::reads_outside(policy, all)
}

/// Everything that a policy names in an event.
pub struct Named {
    /// What each output makes, in the order of the policy.
    pub fields: Vec<NamedField>,
    /// What is read and not written: type, subject, signals of consent, what conditions
    /// ask, what is summed, and when a record that is counted was.
    pub reads: Vec<Selector>,
    /// Where the person of a record stands; the first that is there counts.
    pub subject: Vec<Selector>,
    /// Topics of outputs whose records wait for a release.
    pub held: Vec<String>,
    /// The paths that say which kind of record it is.
    pub record_type: Vec<Selector>,
    /// Objects of which every member may be read: signals without a category.
    pub(crate) objects: Vec<Selector>,
}

/// Something that an output makes.
#[derive(Clone)]
pub struct NamedField {
    /// The topic of the output.
    pub topic: String,
    /// As the figures call it: the output path, `key`, `header.NAME`.
    pub path: String,
    /// The path that the policy writes, where it lies in the value.
    pub selector: Option<Selector>,
    /// The paths of the value that it is made from.
    pub inputs: Vec<Selector>,
    /// The places that a record key or a header is made from, as they are counted.
    pub places: Vec<String>,
    /// Those of them that stand outside of the value, as `classes` name them.
    pub(crate) outside: Vec<Selector>,
    /// The entry of `types` that it stands under.
    pub of_type: Option<String>,
    /// The names that it stands inside of: the sealed object's path.
    pub inside: Option<String>,
    /// Its action.
    pub action: &'static ActionDef,
    /// The action with its parameters.
    pub spec: Arc<dyn Spec>,
    /// The actions that make the names of members on the way.
    pub(crate) names: Vec<Arc<dyn Spec>>,
    /// The action as the policy writes it.
    pub written: String,
    /// It is one case of a `when`.
    pub is_case: bool,
    /// A value that is refused holds the record back.
    pub quarantines: bool,
    /// Most bytes of what stands where a value was refused.
    pub(crate) stand_in_bytes: u64,
    /// Where the policy names it.
    pub(crate) span: Span,
}

impl Named {
    /// True when it names or reads something in a member of that name at the top.
    pub fn reaches_into(&self, name: &str) -> bool {
        let inputs = self.fields.iter().flat_map(|f| &f.inputs);
        let mut all = inputs.chain(&self.reads).chain(&self.objects);
        all.any(|path| match path.steps.first() {
            Some(Step::Name(first)) => first == name,
            Some(Step::AnyName | Step::AnyDepth) => true,
            _ => false,
        })
    }
}

impl NamedField {
    /// Where its values come from, as it is counted; `None`: nothing says so.
    pub fn counted_from(&self) -> Option<String> {
        match &self.selector {
            Some(selector) => Some(selector.to_string()),
            None => (!self.places.is_empty()).then(|| self.places.join(", ")),
        }
    }

    /// True when nothing of it leaves.
    pub fn drops(&self) -> bool {
        self.spec.facts().drops
    }

    /// True when it takes all that stands inside.
    pub fn takes_whole(&self) -> bool {
        self.spec.facts().takes_whole
    }

    /// True when what leaves is a code or a ciphertext, and no part of the value.
    pub fn is_code(&self) -> bool {
        let degree = self.spec.reveals().degree;
        matches!(
            degree,
            Degree::Sealed | Degree::Code | Degree::ReversibleCode
        )
    }

    /// True when equal values get equal codes, in many records.
    pub fn is_stable_code(&self) -> bool {
        self.is_code() && self.spec.facts().linkable
    }
}

impl Named {
    /// True when something of the policy speaks of what stands at `path`, whatever
    /// it does to it.
    pub fn names(&self, path: &Selector) -> bool {
        let by_field = |f: &NamedField| {
            let mut own = f.inputs.iter();
            own.any(|input| match f.takes_whole() {
                true => covers(input, path),
                false => is_there(input, path),
            }) || f.inputs.iter().any(|input| opens(input, path))
        };
        self.fields.iter().any(by_field)
            || self.reads.iter().any(|s| is_there(s, path))
            || self.objects.iter().any(|object| covers(object, path))
    }

    /// Every path of the value that the policy names, each once.
    pub fn inputs(&self) -> Vec<Selector> {
        let fields = self.fields.iter().flat_map(|f| f.inputs.iter());
        let mut all: Vec<Selector> = fields.chain(&self.reads).cloned().collect();
        all.extend(self.objects.iter().cloned());
        all.sort();
        all.dedup();
        all
    }
}

/// True when `outer` can lead to `inner`, or to something above it. Elements of
/// one array are taken for each other: a sample does not keep them apart.
pub fn covers(outer: &Selector, inner: &Selector) -> bool {
    leads(&outer.steps, &inner.steps, same_step, Ends::Above)
}

/// The same, and not to something above it.
pub fn is_there(outer: &Selector, inner: &Selector) -> bool {
    leads(&outer.steps, &inner.steps, same_step, Ends::Together)
}

/// What is left of `inner` behind what stands at `path`: nothing where it ends there.
pub fn behind<'s>(inner: &'s Selector, path: &Selector) -> Vec<&'s [Step]> {
    rests(&inner.steps, &path.steps, same_step)
}

fn same_step(a: &Step, b: &Step) -> bool {
    match a {
        Step::AnyName => matches!(b, Step::Name(_) | Step::AnyName),
        a if a.is_element() => b.is_element(),
        a => a == b,
    }
}

/// True when `inner` leads into what the text at `path` holds.
pub(crate) fn opens(inner: &Selector, path: &Selector) -> bool {
    let behind = behind(inner, path);
    behind.iter().any(|rest| rest.first() == Some(&Step::Json))
}

/// Everything that a policy names in an event.
pub fn named(said: &Said) -> Named {
    let policy = &said.policy;
    let mut reads: Vec<Selector> = Vec::new();
    let source = policy
        .source
        .types
        .iter()
        .chain(policy.source.subject.paths());
    reads.extend(source.map(|s| s.value.clone()));
    let people = policy.regions.iter().map(|r| &r.from);
    let people = people.chain(policy.minors.iter().map(|m| &m.from));
    reads.extend(people.filter_map(|from| from.value.in_value().cloned()));
    reads.extend(policy.signals.iter().flat_map(|s| s.scalars()));
    let objects = policy.signals.iter().filter_map(|s| s.object());
    let objects = objects.cloned().collect();
    for output in &policy.outputs {
        let times = values(output).into_iter().filter_map(Value::event_time);
        reads.extend(times);
        let guards = values(output).into_iter();
        let cases = guards
            .filter_map(|v| v.guard.as_ref())
            .flat_map(|g| &*g.cases);
        let asked = cases.chain(output.selects.iter().map(|s| &s.value));
        reads.extend(asked.flat_map(Condition::inputs).cloned());
        reads.extend(output.counts.iter().flat_map(Counts::reads).cloned());
    }
    reads.sort();
    reads.dedup();
    let mut reader = Reader {
        said,
        fields: Vec::new(),
    };
    for output in &policy.outputs {
        reader.output(output);
    }
    let subject = policy.source.subject.paths();
    let held = policy.outputs.iter().filter(|output| output.held.is_some());
    Named {
        held: held.map(|output| output.topic.value.clone()).collect(),
        fields: reader.fields,
        reads,
        subject: subject.map(|path| path.value.clone()).collect(),
        record_type: policy
            .source
            .types
            .iter()
            .map(|t| t.value.clone())
            .collect(),
        objects,
    }
}

struct Reader<'p> {
    said: &'p Said,
    fields: Vec<NamedField>,
}

/// The value around what is read.
#[derive(Default)]
struct Above {
    input: Vec<Step>,
    output: Vec<Step>,
}

impl Reader<'_> {
    fn output(&mut self, output: &Output) {
        self.list(output, None, &output.fields, &Above::default());
        for of_type in output.types.iter().flatten() {
            self.list(output, Some(of_type), &of_type.fields, &Above::default());
        }
        self.key(output);
        for header in &output.headers {
            let path = format!("header.{}", header.name);
            let mut field = self.field(output, None, &path, &header.value, header.span);
            field.places.push(path);
            field
                .outside
                .extend(PlaceName::Header(header.name.clone()).outside());
            self.fields.push(field);
        }
    }

    fn list(&mut self, output: &Output, of: Option<&TypeFields>, list: &[Field], above: &Above) {
        for field in list {
            for write in &field.writes {
                let value = &write.value;
                let output_path = below(&above.output, &field.output_path(write));
                let selector = below(&above.input, &field.selector);
                let mut named = self.field(output, of, &site_path(&output_path), value, field.span);
                named.inputs = inputs(&selector, value);
                let outer = Selector {
                    steps: above.output.clone(),
                };
                named.inside = (!outer.steps.is_empty()).then(|| site_path(&outer));
                named.selector = Some(selector.clone());
                self.fields.push(named);
                if let Some(Body { fields, .. }) = value.body.as_deref() {
                    let above = Above {
                        input: selector.steps,
                        output: output_path.steps,
                    };
                    self.list(output, of, fields, &above);
                }
            }
        }
    }

    fn key(&mut self, output: &Output) {
        let Some(key) = &output.key else { return };
        let (value, of_field) = match &key.make {
            KeyMake::Action(value) => (value, None),
            KeyMake::Fields(fields) => return self.key_fields(output, fields),
            KeyMake::Like(path) => {
                let fields = output.fields.iter();
                let mut writes = fields.flat_map(|f| f.writes.iter().map(move |w| (f, w)));
                let like = writes.find(|(f, w)| f.output_path(w) == path.value);
                let Some((field, write)) = like else { return };
                (&write.value, Some(&field.selector))
            }
        };
        let mut named = self.field(output, None, "key", value, key.span);
        let again = of_field.filter(|_| key.from.is_empty());
        let again = again.map(|path| PlaceName::Value(path.clone()));
        for place in key.places().chain(&again) {
            named.inputs.extend(place.in_value().cloned());
            named.outside.extend(place.outside());
            named.places.push(place.to_string());
        }
        self.fields.push(named);
    }

    fn key_fields(&mut self, output: &Output, fields: &[Field]) {
        for (field, write) in fields
            .iter()
            .flat_map(|f| f.writes.iter().map(move |w| (f, w)))
        {
            let path = format!("key.{}", site_path(&field.output_path(write)));
            let mut named = self.field(output, None, &path, &write.value, field.span);
            let place = PlaceName::RecordKeyPath(field.selector.clone());
            named.outside.extend(place.outside());
            named.places.push(place.to_string());
            self.fields.push(named);
        }
    }

    fn field(
        &self,
        output: &Output,
        of_type: Option<&TypeFields>,
        path: &str,
        value: &Value,
        span: Span,
    ) -> NamedField {
        NamedField {
            topic: output.topic.value.clone(),
            path: path.to_owned(),
            selector: None,
            inputs: Vec::new(),
            places: Vec::new(),
            outside: Vec::new(),
            of_type: of_type.map(|t| t.pattern.to_string()),
            inside: None,
            action: value.def,
            spec: Arc::clone(&value.spec),
            names: value
                .names
                .iter()
                .map(|n| Arc::clone(&n.value.spec))
                .collect(),
            written: self.said.written(value),
            is_case: value.guard.is_some(),
            quarantines: !value.on_error.lets_pass(),
            stand_in_bytes: value.on_error.stand_in_bytes(),
            span,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::TestKeys;
    use crate::policy::selector::selectors;
    use crate::policy::{NoTables, PolicyFile, compile};

    #[test]
    fn all_that_a_policy_names_is_found_and_nothing_else() {
        let zip = "      shipping_address.zip:";
        let household = "      shipping_address.household: { pseudonymize: { key: people, from: [street, zip], normalize: lower, epoch: none } }\n";
        let orders = include_str!("../../config/orders.yaml");
        let file = PolicyFile {
            path: "config/orders.yaml".into(),
            text: orders.replace(zip, &format!("{household}{zip}")),
        };
        let compiled = compile(&file, &TestKeys, &NoTables, jiff::Timestamp::UNIX_EPOCH);
        let named = named(&compiled.said.expect("it can be read"));
        let path = |text: &str| selectors(text).expect("a path").remove(0);
        for text in [
            "customer.id",
            "items[*].sku",
            "items",
            "items[*].engraving",
            "shipping_address",
            "shipping_address.name",
            "shipping_address.street",
        ] {
            assert!(named.names(&path(text)), "{text}");
        }
        for text in [
            "note",
            "customer.email",
            "shipping_address.household",
            "customer",
        ] {
            assert!(!named.names(&path(text)), "{text}");
        }
        let household = named
            .fields
            .iter()
            .find(|f| f.path == "shipping_address.household");
        assert!(household.is_some_and(|f| f.inputs.len() == 2 && f.is_stable_code()));
        let name = named
            .fields
            .iter()
            .find(|f| f.path == "shipping_address.name");
        assert_eq!(
            name.and_then(|f| f.inside.as_deref()),
            Some("shipping_address")
        );
    }
}
