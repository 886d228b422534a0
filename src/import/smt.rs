//! One transform of a connector: what it does to a record, and what is said of one that
//! has no equal.

use super::chain::Chain;
use super::properties::Property;
use super::rules::{Place, Rules};
use crate::document::yaml::scalar;

/// Who makes transforms that are known here by their name. Those of others may do
/// anything, whatever they are called.
const KNOWN_FROM: &[&str] = &[
    "org.apache.kafka.connect.transforms",
    "io.debezium.transforms",
    "io.confluent.connect.transforms",
    AIVEN,
];
const AIVEN: &str = "io.aiven.kafka.connect.transforms";

/// What a transform does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// Puts a constant in the place of members.
    Mask,
    /// Takes members out, or gives them other names.
    Replace,
    /// Puts the hash of a member in its place, without a key.
    Hash,
    /// Leaves of an envelope of Debezium its row.
    Unwrap,
    /// Puts members of members beside them.
    Flatten,
    /// Gives values another type.
    Cast,
    /// Writes a time in another way.
    Time,
    /// Adds members.
    Insert,
    /// Keeps records back.
    Filter,
    /// Changes no value, and why that is no matter.
    Nothing(&'static str),
    /// Changes the record key.
    Key,
    /// Nobody knows.
    Unknown,
}

/// One transform.
pub(super) struct Transform<'p> {
    pub(super) change: Change,
    pub(super) place: Place,
    name: &'p str,
    properties: &'p [Property],
}

impl<'p> Transform<'p> {
    /// The transform of that name; `None`: it has no `type`.
    pub(super) fn of(name: &'p str, properties: &'p [Property]) -> Option<Transform<'p>> {
        let mut of = Transform {
            change: Change::Unknown,
            place: Place {
                line: 1,
                what: String::new(),
            },
            name,
            properties,
        };
        let kind = of.option("type")?;
        let (package, class) = kind.value.rsplit_once('.').unwrap_or(("", &kind.value));
        of.place = Place {
            what: format!("{} ({class})", kind.name),
            ..kind.place()
        };
        of.change = change(package, class);
        Some(of)
    }

    /// Whether it does something to the members that it names.
    pub(super) fn names_members(&self) -> bool {
        use Change::{Cast, Flatten, Hash, Insert, Mask, Replace, Time};
        [Mask, Replace, Hash, Flatten, Cast, Time, Insert].contains(&self.change)
    }

    /// Does to the members what the transform does.
    pub(super) fn take(&self, chain: &mut Chain, rules: &mut Rules<'_>) {
        let place = &self.place;
        if self.names_members() && self.option("predicate").is_some() {
            chain.doubt();
            return rules.refuse(
                place,
                "`predicate`: it is done to some records only; `when` says which, field by field",
            );
        }
        match self.change {
            Change::Mask => self.mask(chain, rules),
            Change::Replace => self.replace(chain, rules),
            Change::Hash => self.hash(chain, rules),
            Change::Unwrap => {}
            Change::Flatten => {
                let by = self.option("delimiter").map_or(".", |p| p.value.as_str());
                chain.flatten(by);
                rules.refuse(
                    place,
                    "it puts `a.b` at the top, under the name of both: paths here are those before it, `a.b`",
                );
            }
            Change::Cast => {
                let pairs = self.list("spec");
                let names = pairs
                    .iter()
                    .map(|p| p.split_once(':').map(|(name, _)| name));
                let why = "it gives values another type; here a value leaves in its own, so they are left out";
                self.others(names.collect(), why, chain, rules);
            }
            Change::Time => {
                let names = self.list("field").into_iter().map(Some).collect();
                let why = "it writes a time in another way; `generalize: { time: … }` makes one coarser, and it is left out until then";
                self.others(names, why, chain, rules);
            }
            Change::Insert => {
                let names = ["static", "topic", "partition", "offset", "timestamp"].iter();
                let names = names.flat_map(|n| self.list(&format!("{n}.field")));
                let names = names.map(|n| Some(n.trim_end_matches(['!', '?'])));
                self.others(
                    names.collect(),
                    "it adds members, which are left out",
                    chain,
                    rules,
                );
            }
            Change::Filter => {
                rules.said.push(format!(
                    "Line {}: the records that it keeps back there leave here, until `where` says which",
                    place.line
                ));
                rules.refuse(
                    place,
                    "it keeps records back there: `where` says which leave",
                );
            }
            Change::Nothing(why) => rules.refuse(place, why),
            Change::Key => rules.refuse(
                place,
                "it changes the record key: `outputs[].key` says what that is made of",
            ),
            Change::Unknown => {
                let names = ["fields", "field", "field.name"].iter();
                let names: Vec<&str> = names.flat_map(|n| self.list(n)).collect();
                chain.unknown(&names, place);
                rules.refuse(
                    place,
                    "this version does not know it: look what it does to values, and write actions that do no less",
                );
            }
        }
    }

    fn mask(&self, chain: &mut Chain, rules: &mut Rules<'_>) {
        let with = self.option("replacement").filter(|p| !p.value.is_empty());
        let (action, said): (String, &'static [&'static str]) = match with {
            Some(with) => (
                format!("{{ replace: {{ with: {} }} }}", scalar(&with.value)),
                &[],
            ),
            None => (
                "{ replace: { with: null } }".to_owned(),
                &["there, an empty value of its type (0, false, an empty text); here null"],
            ),
        };
        for name in self.list("fields") {
            chain.mask(name, &action, said, &self.place, rules);
        }
    }

    /// It asks for the names that members came with, then gives them new ones.
    fn replace(&self, chain: &mut Chain, rules: &mut Rules<'_>) {
        let place = &self.place;
        for name in self.either("exclude", "blacklist") {
            chain.exclude(name, place);
        }
        let include = self.either("include", "whitelist");
        if !include.is_empty() {
            chain.include(&include, place);
        }
        let mut renames = Vec::new();
        for pair in self.list("renames") {
            match pair.split_once(':') {
                Some((from, to)) if !from.is_empty() && !to.is_empty() => renames.push((from, to)),
                _ => rules.refuse(place, "`renames` is no list of `FROM:TO`"),
            }
        }
        chain.rename(&renames, place, rules);
    }

    fn hash(&self, chain: &mut Chain, rules: &mut Rules<'_>) {
        let names = self.list("field.name");
        if names.is_empty() {
            self.others(vec![None], "it hashes the whole value", chain, rules);
        }
        for name in names {
            chain.hash(
                name,
                "{ pseudonymize: { key: people, normalize: text, epoch: none } }",
                &[
                    "codes change: a keyed one stands where theirs was a hash without a key, which whoever guesses the value can look up",
                ],
                &self.place,
                rules,
            );
        }
    }

    /// Members that it changes without an equal; `None` among them, or none at all: it
    /// changes the whole value.
    fn others(
        &self,
        names: Vec<Option<&str>>,
        why: &str,
        chain: &mut Chain,
        rules: &mut Rules<'_>,
    ) {
        if names.is_empty() || names.contains(&None) {
            chain.doubt();
        }
        let names: Vec<&str> = names.into_iter().flatten().collect();
        chain.leave_out(&names, why, &self.place, rules);
    }

    fn option(&self, option: &str) -> Option<&'p Property> {
        let name = format!("transforms.{}.{option}", self.name);
        self.properties.iter().find(|p| p.name == name)
    }

    fn list(&self, option: &str) -> Vec<&'p str> {
        let items = self
            .option(option)
            .into_iter()
            .flat_map(|p| p.value.split(','));
        items.map(str::trim).filter(|n| !n.is_empty()).collect()
    }

    /// The list of an option that was once called otherwise.
    fn either(&self, now: &str, once: &str) -> Vec<&'p str> {
        let mut all = self.list(now);
        all.extend(self.list(once));
        all
    }
}

fn change(package: &str, class: &str) -> Change {
    if !KNOWN_FROM.contains(&package) {
        return Change::Unknown;
    }
    match class {
        _ if class.ends_with("$Key") => Change::Key,
        "MaskField$Value" => Change::Mask,
        "ReplaceField$Value" => Change::Replace,
        "Hash$Value" if package == AIVEN => Change::Hash,
        "ExtractNewRecordState" => Change::Unwrap,
        "Flatten$Value" => Change::Flatten,
        "Cast$Value" => Change::Cast,
        "TimestampConverter$Value" => Change::Time,
        "InsertField$Value" => Change::Insert,
        "Filter" | "Filter$Value" => Change::Filter,
        "ByLogicalTableRouter"
        | "ContentBasedRouter"
        | "MessageTimestampRouter"
        | "RegexRouter"
        | "TimestampRouter" => Change::Nothing(
            "it says which topic a record goes to, and changes no value: here `outputs[].topic` does",
        ),
        "DropHeaders" | "InsertHeader" => Change::Nothing(
            "it changes headers and no value: here `outputs[].headers` says what leaves in them",
        ),
        "SetSchemaMetadata$Value" => {
            Change::Nothing("it names a schema, and changes no value: there is no equal of it")
        }
        "ValueToKey" => Change::Nothing(
            "it makes the record key of members, and changes no value: here `outputs[].key` does",
        ),
        _ => Change::Unknown,
    }
}
