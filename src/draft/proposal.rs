//! What a draft proposes for one field.

use super::invented::Invented;
use super::yaml;
use crate::detect::{DETECTORS, Judgement, Kinds, Tokens, place_of};
use crate::record::path::{Selector, Step};
use crate::sample::Found;

/// What is left of an address, where no code stands beside it.
const NETWORK: &str = "{ generalize: { ipv4: 16, ipv6: 32 } }";

/// One field of the sample, and what is proposed for it.
#[derive(Clone)]
pub struct Proposal {
    /// Where it stands.
    pub path: Selector,
    /// The path as the policy writes it, ready for YAML.
    pub written: String,
    /// What it holds.
    pub judgement: Judgement,
    /// Records that have it.
    pub records: u64,
    pub(super) kinds: Kinds,
    /// Values that are no word of its list.
    pub(super) unlisted: u64,
    pub(super) act: Act,
}

/// What is done.
#[derive(Clone)]
pub(super) struct Act {
    /// The field value; where it does not leave, what could be written.
    pub(super) action: String,
    /// False: commented out.
    pub(super) leaves: bool,
    /// Why, in a few words.
    pub(super) why: &'static str,
    /// For the tests.
    pub(super) invented: Option<Invented>,
}

impl Act {
    fn leaves(action: impl Into<String>, why: &'static str, invented: Invented) -> Act {
        Act {
            action: action.into(),
            leaves: true,
            why,
            invented: Some(invented),
        }
    }

    fn left_out(action: &str, why: &'static str) -> Act {
        Act {
            action: action.to_owned(),
            leaves: false,
            why,
            invented: None,
        }
    }

    /// That the field was there, and nothing else.
    pub(super) fn presence() -> Act {
        Act::leaves(
            "{ replace: { with: present } }",
            "nothing here is known to be safe, and an output needs a field: it says that this one was there",
            Invented::becomes("\"left out\"", "present"),
        )
    }
}

impl Proposal {
    /// True when it is written as a field, not commented out.
    pub fn leaves(&self) -> bool {
        self.act.leaves
    }

    /// The action as the policy writes it; of a field that is left out, what could
    /// stand there.
    pub fn action(&self) -> &str {
        &self.act.action
    }

    /// Why, in a few words.
    pub fn why(&self) -> &'static str {
        self.act.why
    }

    pub(super) fn needs_key(&self) -> bool {
        self.act.leaves && self.act.action.contains("key: people")
    }

    /// What is refused on the way there makes the field absent, not the record refused.
    pub(super) fn lenient(&mut self) {
        let action = &mut self.act.action;
        if !self.act.leaves || action.contains("on_error") {
            return;
        }
        if let Some(open) = action.strip_suffix(" }") {
            *action = format!("{open}, on_error: drop_field }}");
        }
    }

    /// Leaves a network out: it stands beside a code that stays.
    pub(super) fn without_network(&mut self) {
        let network = NETWORK.trim_end_matches(" }");
        if self.act.leaves && self.act.action.contains(network) {
            self.act = Act::left_out(
                &self.act.action,
                "beside a code that stays even a network singles out",
            );
        }
    }

    /// A field of an output can have this path.
    pub(super) fn can_be_named(&self) -> bool {
        !self.path.steps.contains(&Step::AnyName)
    }

    /// The class that the policy gives it.
    pub(super) fn class(&self) -> &'static str {
        self.judgement.category.unwrap_or("none")
    }
}

/// Proposes what becomes of a path of the sample.
pub(super) fn propose(found: &Found<'_>) -> Proposal {
    let judgement = found.judgement();
    Proposal {
        written: yaml::scalar(&yaml::path(&found.path)),
        path: found.path.clone(),
        judgement,
        records: found.stats.records(),
        kinds: found.stats.kinds(),
        unlisted: found.stats.words().map_or(0, |listed| listed.others),
        act: Leaf::of(found, judgement).act(),
    }
}

/// What an action is chosen by.
struct Leaf<'a> {
    found: &'a Found<'a>,
    judged: Judgement,
    kinds: Kinds,
    /// Only of this kind, null apart.
    texts: bool,
    integers: bool,
    numbers: bool,
    form: &'static str,
    /// The words of the last name.
    name: Tokens,
}

impl<'a> Leaf<'a> {
    fn of(found: &'a Found<'a>, judged: Judgement) -> Leaf<'a> {
        let kinds = found.stats.kinds();
        let scalars = found.stats.scalars();
        let name = found.said().last().map(Tokens::of);
        Leaf {
            found,
            judged,
            kinds,
            texts: kinds.texts == scalars,
            integers: kinds.integers == scalars,
            numbers: kinds.integers + kinds.fractions == scalars,
            form: judged.form_name().unwrap_or(""),
            name: name.unwrap_or_else(|| Tokens::of("")),
        }
    }

    fn act(&self) -> Act {
        let stats = self.found.stats;
        if self.found.path.steps.contains(&Step::AnyName) {
            return Act::left_out(
                "drop",
                "names of members are data here; `*` can only be dropped",
            );
        }
        if self.found.has_inside || stats.objects() + stats.arrays() > 0 {
            return Act::left_out(
                "drop",
                "an object or a list in some records, a value in others",
            );
        }
        if stats.scalars() == 0 {
            return Act::left_out("drop", "only null or empty in the sample");
        }
        if self.judged.is_mixed {
            return Act::left_out(
                "drop",
                "some of its values identify somebody, others do not",
            );
        }
        match self.judged.category {
            _ if self.judged.has_queries => {
                Act::left_out("drop", "addresses with a query carry anything")
            }
            Some(category) => self.personal(category),
            None => self.other(),
        }
    }

    /// What some values do not look like makes the field absent, not the record
    /// refused.
    fn lenient(&self, action: &str) -> String {
        let hits = self.judged.form.map(|at| self.found.stats.hits()[at]);
        match (
            hits == Some(self.found.stats.scalars()),
            action.strip_suffix(" }"),
        ) {
            (false, Some(open)) => format!("{open}, on_error: drop_field }}"),
            _ => action.to_owned(),
        }
    }

    /// At least half of the values look so: the others are mistakes, not another
    /// thing, a hash for instance.
    fn half_look(&self, form: &str) -> bool {
        let hits = place_of(form).map_or(0, |at| self.found.stats.hits()[at]);
        2 * hits >= self.found.stats.scalars()
    }

    fn code(&self, space: &str, normalize: &str) -> String {
        let space = match space {
            "" => String::new(),
            space => format!(", space: {space}"),
        };
        format!("{{ pseudonymize: {{ key: people, normalize: {normalize}{space}, epoch: none }} }}")
    }

    /// A pseudonym of whole numbers and texts.
    fn identifier(&self, space: &str) -> Act {
        if self.kinds.fractions + self.kinds.booleans > 0 {
            return Act::left_out(
                "drop",
                "an identifier that is a fraction or a boolean in some records",
            );
        }
        let invented = match self.integers {
            true => Invented::hidden("1000001234567", "1000001234567"),
            false => Invented::hidden("invented-identifier-1", "invented-identifier"),
        };
        Act::leaves(
            self.code(space, "text"),
            "the same code for the same value, nothing else",
            invented,
        )
    }

    fn personal(&self, category: &str) -> Act {
        let looks = |form: &str| self.texts && self.form == form;
        match category {
            "user.contact.email" if self.texts && self.half_look("email") => Act::leaves(
                self.lenient(&self.code("email", "email")),
                "the same code for the same address, however it is capitalized",
                Invented::hidden("jane.doe@example.com", "jane.doe"),
            ),
            "user.contact.email" => self.identifier("email"),
            "user.contact.phone_number" => Act {
                why: "the same code for the same spelling; `normalize: phone@2(DE)` reads numbers without + as from there",
                ..self.identifier("phone")
            },
            "user.unique_id" => self.identifier(""),
            "user.unique_id.pseudonymous" => self.identifier("session"),
            "user.device.cookie_id" => self.identifier("cookie"),
            "user.device.device_id" => self.identifier("device"),
            "user.device.ip_address" if looks("ip_address") => Act::leaves(
                self.lenient(NETWORK),
                "a network of many households, not the machine",
                Invented::becomes("203.0.113.7", "203.0.0.0/16").never("203.0.113.7"),
            ),
            "user.demographic.date_of_birth" if looks("date") || looks("time") => Act::leaves(
                self.lenient("{ generalize: { date: year, bucket: 10, bottom: 1940, top: 2010 } }"),
                "ten years, the oldest and the youngest together",
                Invented::becomes("\"1984-05-17\"", "1980").never("05-17"),
            ),
            "user.demographic.date_of_birth" if self.integers && self.name.end_with("year") => {
                Act::leaves(
                    "{ generalize: { bucket: 10, bottom: 1940, top: 2010 } }",
                    "ten years, the oldest and the youngest together",
                    Invented::becomes("1984", "1980"),
                )
            }
            "user.demographic.age_range" if self.integers => Act::leaves(
                "{ generalize: { ranges: [0, 18, 25, 35, 50, 65], bottom: 0 } }",
                "an age group",
                Invented::becomes("41", "35"),
            ),
            "user.location.precise" if self.numbers || looks("coordinate") => Act::leaves(
                self.lenient("{ generalize: { decimals: 0 } }"),
                "about a hundred kilometres",
                match self.texts {
                    true => Invented::becomes("\"52.5234\"", "\"52\"").never("52.52"),
                    false => Invented::becomes("52.5234", "52").never("52.52"),
                },
            ),
            "user.contact.address.postal_code"
                if self.texts && self.found.stats.chars_max() >= 4 =>
            {
                Act::leaves(
                    "{ generalize: { prefix: 2 } }",
                    "the area, not the street",
                    Invented::becomes("\"10115\"", "\"10\"").never("10115"),
                )
            }
            "user.contact.address.country" if looks("country_code") => Act::leaves(
                self.lenient("{ keep: { matches: \"[A-Z]{2,3}\" } }"),
                "a country, and nothing that is no code",
                Invented::becomes("DE", "DE"),
            ),
            "user.demographic.language" if looks("language_tag") => Act::leaves(
                "{ generalize: { prefix: 2 } }",
                "the language without its region",
                Invented::becomes("\"de-DE\"", "de"),
            ),
            "user.behavior.purchase_history" => self.purchase(),
            "user.name" | "user.name.first" | "user.name.last" => Act::left_out(
                "{ mask: { keep_first: 1 } }",
                "nothing is counted by a name",
            ),
            "user.behavior.browsing_history" => Act::left_out(
                "{ keep: { matches: \"[a-z/-]{1,80}\" }, on_error: drop_field }",
                "an address or a title can carry anything",
            ),
            "user.content" => Act::left_out("drop", "text that somebody wrote can hold anything"),
            "user.authorization.password" | "user.authorization.credentials" => Act::left_out(
                "drop",
                "opens something: it should not be in the event at all",
            ),
            "user.contact.address.city" | "user.contact.address.state" => Act::left_out(
                "{ keep: { max_chars: 40 } }",
                "with other fields it singles persons out; small places more than large ones",
            ),
            _ => Act::left_out("drop", "personal, and no default makes it safe"),
        }
    }

    /// Amounts in steps, ids of purchases as codes.
    fn purchase(&self) -> Act {
        const NAMES_ONE: &[&str] = &[
            "id",
            "number",
            "name",
            "ref",
            "order",
            "order id",
            "orderid",
            "transaction id",
            "receipt id",
            "invoice id",
            "payment id",
            "checkout id",
            "cart id",
            "order number",
            "invoice number",
        ];
        if self.ends_with_one_of(NAMES_ONE) && (self.texts || self.integers) {
            return Act {
                why: "the same code for the same purchase",
                ..self.identifier("purchase")
            };
        }
        let (bottom, below) = match self.found.stats.has_negative() {
            true => (-500, "-500, -50, "),
            false => (0, ""),
        };
        let action = format!(
            "{{ generalize: {{ ranges: [{below}0, 20, 50, 100, 200, 500], bottom: {bottom}, top: 500 }} }}"
        );
        let why = "a few wide ranges, the largest together: a rare amount names its buyer";
        if self.numbers {
            Act::leaves(action, why, Invented::becomes("39.80", "20"))
        } else if self.texts && self.form == "decimal_text" {
            Act::leaves(
                self.lenient(&action),
                why,
                Invented::becomes("\"39.80\"", "\"20\""),
            )
        } else {
            Act::left_out("drop", "no amount in some records")
        }
    }

    /// What nothing personal was recognized in.
    fn other(&self) -> Act {
        if let Some(listed) = self.found.stats.words() {
            let list: Vec<String> = listed.words.iter().map(|w| yaml::scalar(w)).collect();
            let first = list[0].clone();
            return Act::leaves(
                match listed.others {
                    0 => format!("{{ keep: {{ one_of: [{}] }} }}", list.join(", ")),
                    // The others make the field absent, not the record refused.
                    _ => format!(
                        "{{ keep: {{ one_of: [{}] }}, on_error: drop_field }}",
                        list.join(", ")
                    ),
                },
                "says what kind of event it is; these words come again and again in the sample",
                Invented::becomes(&first.clone(), &first),
            );
        }
        if let Some(act) = self.time().filter(|_| self.is_time()) {
            return act;
        }
        if self.texts
            && self.form == "currency_code"
            && self.ends_with_one_of(&["currency", "currency code"])
        {
            return Act::leaves(
                self.lenient("{ keep: { matches: \"[A-Z]{3}\" } }"),
                "a currency, and nothing that is no code",
                Invented::becomes("EUR", "EUR"),
            );
        }
        let counts = self.ends_with_one_of(&["quantity", "qty", "count"]);
        if counts && self.integers && !self.found.stats.has_negative() {
            return Act::leaves(
                "{ generalize: { bucket: 1, bottom: 0, top: 10 } }",
                "a small number, the large ones together",
                Invented::becomes("2", "2"),
            );
        }
        let suggested = match () {
            () if self.kinds.booleans == self.found.stats.scalars() => "keep",
            () if self.numbers => "{ generalize: { bucket: 10, bottom: 0, top: 1000 } }",
            () if self.texts => "{ keep: { max_chars: 64 } }",
            () => "drop",
        };
        Act::left_out(suggested, "not known, look at it before it leaves")
    }

    /// The name says that it is a time; a number alone could be an id.
    fn is_time(&self) -> bool {
        const ENDS: &[&str] = &[
            "at",
            "time",
            "timestamp",
            "ts",
            "tstamp",
            "date",
            "datetime",
            "ts ms",
            "ts us",
            "ts ns",
            "nano",
            "nanos",
            "micros",
            "millis",
            "ms",
            "created",
            "updated",
            "on",
            "utc",
            // Without gaps too.
            "created at",
            "updated at",
            "sent at",
            "received at",
            "event time",
            "start time",
            "end time",
        ];
        self.ends_with_one_of(ENDS)
    }

    /// By whole words: `subscription` ends with no `on`.
    fn ends_with_one_of(&self, phrases: &[&str]) -> bool {
        phrases.iter().any(|phrase| self.name.end_with(phrase))
    }

    fn time(&self) -> Option<Act> {
        let hour = |unit: &str, given: &str, expected: &str, never: &str| {
            Act::leaves(
                self.lenient(&format!("{{ generalize: {{ time: 1h{unit} }} }}")),
                "the hour",
                Invented::becomes(given, expected).never(never),
            )
        };
        let act = match self.form {
            "time" if self.texts => hour(
                "",
                "\"2026-03-01T10:42:07Z\"",
                "\"2026-03-01T10:00:00Z\"",
                "42:07",
            ),
            "date" if self.texts => Act::leaves(
                self.lenient("{ generalize: { date: month } }"),
                "the month",
                Invented::becomes("\"2026-03-01\"", "2026-03").never("2026-03-01"),
            ),
            "epoch_s" if self.integers => {
                hour(", unit: s", "1772361727", "1772359200", "1772361727")
            }
            "epoch_ms" if self.integers => hour(
                ", unit: ms",
                "1772361727551",
                "1772359200000",
                "1772361727551",
            ),
            "epoch_us" if self.integers => hour(
                ", unit: us",
                "1772361727551000",
                "1772359200000000",
                "1772361727551",
            ),
            "epoch_ns" if self.integers => hour(
                ", unit: ns",
                "1772361727551000000",
                "1772359200000000000",
                "1772361727551",
            ),
            _ => return None,
        };
        Some(act)
    }
}

impl Proposal {
    /// What its values look like, in words; empty when nothing is known.
    pub fn form(&self) -> &'static str {
        self.judgement.form.map_or("", |at| DETECTORS[at].title)
    }
}
