//! The gate beside a plain reading of its rules, for random policies, people and records.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;

use super::state::{Decision, Mark, Narrowings, Snapshot, Table};
use super::told::{Beside, Told};
use crate::keys::TestKeys;
use crate::pipeline::{Destination, InBatch, OutBatch, Worker, sanitize};
use crate::plan::Plan;
use crate::policy::{NoTables, PolicyFile, compile};
use crate::record::lane::Lane;
use crate::record::timestamp::Timestamp;
use crate::record::{Reason, SubjectId};

/// Monday, 2 March 2026, noon.
const NOW_MS: i64 = 1_772_452_800_000;
const WEEK_MS: i64 = 7 * 86_400_000;

fn plan(text: &str) -> Arc<Plan> {
    let file = PolicyFile {
        path: "p.yaml".into(),
        text: text.to_owned(),
    };
    let now = jiff::Timestamp::from_millisecond(NOW_MS).unwrap();
    let compiled = compile(&file, &TestKeys, &NoTables, now);
    let said: Vec<_> = compiled
        .findings
        .list()
        .iter()
        .map(|f| &f.message)
        .collect();
    Arc::new(compiled.plan.unwrap_or_else(|| panic!("{said:?}\n{text}")))
}

fn run(plan: &Arc<Plan>, state: &Arc<Snapshot>, records: &[String]) -> OutBatch {
    let lane = Lane {
        topic: Arc::clone(&plan.source.topics[0]),
        partition: 0,
        claim: 0,
    };
    let mut batch = InBatch::new(lane, Arc::clone(plan));
    for (offset, value) in (0..).zip(records) {
        let value = Some(value.as_bytes()).filter(|v| *v != b"");
        batch
            .raw
            .push(offset, Timestamp::None, Some(b"k"), value, []);
    }
    let mut worker = Worker::of_the_system().at(NOW_MS);
    worker = worker.with_consent(Box::new(Arc::clone(state)));
    sanitize(batch, &mut worker).unwrap_or_else(|_| panic!("nothing is looked up"))
}

// ---- the plain reading

/// What may stand at each of three places of an identifier.
const PLACES: [(&str, &[&str]); 3] = [
    (
        "customer",
        &[
            "",
            "null",
            "\"\"",
            "\"unknown\"",
            "\"u1\"",
            "\"u2\"",
            "7",
            "\"7\"",
            "{}",
            "true",
        ],
    ),
    (
        "device",
        &["", "\"d1\"", "\"u1\"", "7", "[]", "\"\\u0007\""],
    ),
    (
        "email",
        &[
            "",
            "\"A@x.de\"",
            "\"a@X.de\"",
            "\"no mail\"",
            "\"NULL\"",
            "3",
        ],
    ),
];

/// The canonical identifier that stands for that JSON; `Ok(None)`: nobody; `Err`: it
/// cannot be read.
fn canonical(place: usize, json: &str) -> Result<Option<&'static str>, ()> {
    match (place, json) {
        (_, "" | "null" | "\"\"" | "\"unknown\"" | "\"NULL\"") => Ok(None),
        (0 | 1, "\"u1\"") => Ok(Some("u1")),
        (0, "\"u2\"") => Ok(Some("u2")),
        (0 | 1, "7" | "\"7\"") => Ok(Some("7")),
        (1, "\"d1\"") => Ok(Some("d1")),
        (2, "\"A@x.de\"" | "\"a@X.de\"") => Ok(Some("a@x.de")),
        _ => Err(()),
    }
}

const PEOPLE: [(usize, &str); 7] = [
    (0, "u1"),
    (0, "u2"),
    (0, "7"),
    (1, "u1"),
    (1, "d1"),
    (1, "7"),
    (2, "a@x.de"),
];
const CATEGORIES: [&str; 3] = ["A", "B", "C"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Says {
    Grants,
    Ended,
    Denies,
    Withdrew,
}

#[derive(Default)]
struct Person {
    says: HashMap<&'static str, Says>,
    mark: Option<Mark>,
}

/// A policy: whether signals may grant, and what each output needs, takes and clears.
struct Rules {
    state_alone: bool,
    outputs: Vec<(Vec<&'static str>, bool, bool)>,
}

impl Rules {
    fn text(&self) -> String {
        let mut text = String::from(
            "apiVersion: veil/v1\nkind: Policy\nmetadata: { name: p, version: 1, owner: o }\n\
             source: { topic: raw, type: t, subject: { customer: u, device: d, email: { path: m, normalize: email } } }\n\
             keys: { subjects: { ref: \"file:k.json#subjects\" } }\nrights: { key: subjects }\n\
             consent:\n  signals: [{ from: value, path: c }]\n",
        );
        let grants = if self.state_alone { "state" } else { "any" };
        let _ = writeln!(text, "  state: {{ grants: {grants} }}\noutputs:");
        for (n, (needs, all_types, clears)) in self.outputs.iter().enumerate() {
            let _ = writeln!(
                text,
                "  - {{ topic: out{n}, purpose: p, domain: d{n}, basis: contract, key: {{ from: record_key, keep: {{ max_chars: 9 }} }},"
            );
            if !needs.is_empty() {
                let _ = writeln!(text, "      needs_consent: [{}],", needs.join(", "));
            }
            if *clears {
                text.push_str("      on_withheld: { tombstone: { when: state } },\n");
            }
            match all_types {
                true => text.push_str("      fields: { n: keep } }\n"),
                false => text.push_str("      fields: {}, types: { page: { n: keep } } }\n"),
            }
        }
        text
    }
}

struct Event {
    page: bool,
    ids: [&'static str; 3],
    /// For each category: absent, true, or something else.
    signal: [Option<bool>; 3],
}

impl Event {
    fn text(&self) -> String {
        let mut text = format!(
            "{{\"n\":1,\"t\":\"{}\"",
            if self.page { "page" } else { "x" }
        );
        for (name, json) in ["u", "d", "m"].iter().zip(self.ids) {
            if !json.is_empty() {
                let _ = write!(text, ",\"{name}\":{json}");
            }
        }
        text.push_str(",\"c\":{");
        let said = CATEGORIES.iter().zip(self.signal);
        let said = said.filter_map(|(c, s)| Some(format!("\"{c}\":{}", s?)));
        text.push_str(&said.collect::<Vec<_>>().join(","));
        text + "}}"
    }
}

/// A person: the place of the kind, the canonical identifier.
type Who = (usize, &'static str);

/// What an output gets of an event: a record, or a reason and whether a tombstone leaves.
type Fate = Result<(), (Reason, bool)>;

/// `Err`: the event is refused.
fn judge(
    rules: &Rules,
    people: &HashMap<(usize, &str), Person>,
    is_current: bool,
    event: &Event,
) -> Result<(Vec<Fate>, Vec<Who>), Reason> {
    let read: Vec<_> = (0..3).map(|n| canonical(n, event.ids[n])).collect();
    let named = read.iter().enumerate();
    let named = named.filter_map(|(n, id)| Some((n, id.as_ref().ok()?.as_ref().copied()?)));
    let named: Vec<(usize, &str)> = named.collect();
    let takes = |all_types: bool| all_types || event.page;
    let nobody_can_be_told = named.is_empty() && read.iter().any(Result::is_err);
    if nobody_can_be_told && rules.outputs.iter().any(|(_, all, _)| takes(*all)) {
        return Err(Reason::BadIdentifier);
    }
    let known: Vec<&Person> = named.iter().filter_map(|who| people.get(who)).collect();
    let says = |category: &str, wanted: &[Says]| {
        let said = known.iter().filter_map(|p| p.says.get(category));
        said.into_iter().any(|said| wanted.contains(said))
    };
    let mut fates = Vec::new();
    for (needs, all_types, clears) in &rules.outputs {
        let marked = |mark| known.iter().any(|p| p.mark == Some(mark));
        let granted = |category: &str| {
            let place = CATEGORIES.iter().position(|c| *c == category).unwrap();
            let signal = event.signal[place];
            let denied = signal == Some(false) || says(category, &[Says::Denies, Says::Withdrew]);
            let by_signal = signal == Some(true) && !rules.state_alone;
            !denied && (by_signal || says(category, &[Says::Grants]))
        };
        let missing: Vec<&str> = needs.iter().copied().filter(|c| !granted(c)).collect();
        let reason = if marked(Mark::Erased) {
            Some(Reason::Erased)
        } else if marked(Mark::Restricted) {
            Some(Reason::Restricted)
        } else if !takes(*all_types) {
            Some(Reason::NotSelected)
        } else if !needs.is_empty() && !is_current {
            Some(Reason::ConsentStale)
        } else if !missing.is_empty() {
            Some(Reason::NoConsent)
        } else {
            None
        };
        fates.push(match reason {
            None => Ok(()),
            Some(Reason::NoConsent) => {
                let withdrew = |c: &&str| says(c, &[Says::Withdrew]);
                let never = |c: &&str| says(c, &[Says::Denies]) && !withdrew(c);
                let may_have_left = missing.iter().any(withdrew)
                    && (!rules.state_alone || !missing.iter().any(never));
                Err((Reason::NoConsent, *clears && may_have_left))
            }
            Some(reason) => Err((reason, false)),
        });
    }
    let is_gated =
        |(fate, (needs, ..)): (&Fate, &(Vec<&str>, bool, bool))| fate.is_ok() && !needs.is_empty();
    let decided = fates.iter().zip(&rules.outputs).any(is_gated);
    Ok((fates, if decided { named } else { Vec::new() }))
}

/// Xorshift: the same run every time.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n as u64) as usize
    }

    fn of<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())]
    }
}

fn rules(random: &mut Random) -> Rules {
    let outputs = 1 + random.below(3);
    let mut output = || {
        let needs = CATEGORIES.into_iter().filter(|_| random.below(3) == 0);
        let needs: Vec<_> = needs.collect();
        let clears = !needs.is_empty() && random.below(2) == 0;
        (needs, random.below(3) > 0, clears)
    };
    let outputs = (0..outputs).map(|_| output()).collect();
    Rules {
        state_alone: random.below(2) == 0,
        outputs,
    }
}

fn who(plan: &Plan, (kind, id): (usize, &str)) -> SubjectId {
    plan.subjects[kind].named(id).unwrap().unwrap()
}

/// The same people, as a table and as a plain map.
fn people(
    plan: &Plan,
    random: &mut Random,
) -> (Arc<Snapshot>, HashMap<(usize, &'static str), Person>, bool) {
    let (mut table, mut plain) = (Table::default(), HashMap::new());
    for person in PEOPLE {
        let mut of = Person::default();
        for category in CATEGORIES {
            let (said, decision) = match random.below(8) {
                0 => (Says::Denies, Decision::Denied),
                1 => (Says::Withdrew, Decision::Withdrawn),
                2 => {
                    let until_ms = Some(NOW_MS - WEEK_MS);
                    (Says::Ended, Decision::Granted { until_ms })
                }
                3 => {
                    let until_ms = Some(NOW_MS + WEEK_MS);
                    (Says::Grants, Decision::Granted { until_ms })
                }
                4 | 5 => (Says::Grants, Decision::Granted { until_ms: None }),
                _ => continue,
            };
            // Another one before it does not count.
            let before = Decision::Granted { until_ms: None };
            table
                .decide(who(plan, person), category, Some(before))
                .unwrap();
            table
                .decide(who(plan, person), category, Some(decision))
                .unwrap();
            of.says.insert(category, said);
        }
        if random.below(6) == 0 {
            of.mark = Some(random.of(&[Mark::Erased, Mark::Restricted]));
            table.mark(who(plan, person), of.mark).unwrap();
        }
        plain.insert(person, of);
    }
    let is_current = random.below(8) > 0;
    table.set_current(is_current);
    (table.publish(NOW_MS), plain, is_current)
}

fn event(random: &mut Random) -> Event {
    Event {
        page: random.below(2) == 0,
        ids: PLACES.map(|(_, texts)| random.of(texts)),
        signal: [(); 3].map(|()| random.of(&[None, Some(true), Some(true), Some(false)])),
    }
}

#[test]
fn a_plain_reading_of_the_rules_comes_to_the_same() {
    let mut random = Random(0x5eed_5eed);
    let mut seen: HashMap<&str, u32> = HashMap::new();
    for _ in 0..60 {
        let rules = rules(&mut random);
        let plan = plan(&rules.text());
        for _ in 0..8 {
            let (state, people, is_current) = people(&plan, &mut random);
            for _ in 0..24 {
                let event = event(&mut random);
                let out = run(&plan, &state, &[event.text()]);
                let at = || format!("{}\n{}", event.text(), rules.text());
                match judge(&rules, &people, is_current, &event) {
                    Err(reason) => {
                        *seen.entry("refused").or_default() += 1;
                        assert_eq!(out.counts.quarantined[reason.index()], 1, "{}", at());
                        assert!(out.decided.who.is_empty());
                    }
                    Ok((fates, named)) => {
                        assert_eq!(out.counts.quarantined_total(), 0, "{}", at());
                        for (counts, fate) in out.counts.outputs.iter().zip(fates) {
                            let (word, cleared) = match fate {
                                Ok(()) => ("written", false),
                                Err((reason, cleared)) => {
                                    assert_eq!(counts.withheld[reason.index()], 1, "{}", at());
                                    (reason.as_str(), cleared)
                                }
                            };
                            *seen
                                .entry(if cleared { "cleared" } else { word })
                                .or_default() += 1;
                            assert_eq!(counts.written, u64::from(fate.is_ok()), "{}", at());
                            assert_eq!(counts.clearing_tombstones, u64::from(cleared), "{}", at());
                        }
                        let ids = named.into_iter().map(|p| Narrowings::short(who(&plan, p)));
                        assert_eq!(out.decided.who, ids.collect::<Vec<_>>(), "{}", at());
                        assert_eq!(out.decided.version, state.version());
                    }
                }
            }
        }
    }
    // Everything that can become of a record was tried often.
    for word in [
        "written",
        "refused",
        "cleared",
        "erased",
        "restricted",
        "not_selected",
        "consent_stale",
        "no_consent",
    ] {
        assert!(seen.get(word).is_some_and(|n| *n > 50), "{word}: {seen:?}");
    }
}

// ---- one by one

const SHOP: &str = "apiVersion: veil/v1\nkind: Policy\nmetadata: { name: p, version: 1, owner: o }\n\
    source: { topic: raw, subject: { customer: u, email: { path: [m, n], normalize: email } } }\n\
    keys: { subjects: { ref: \"file:k.json#subjects\" }, people: { ref: \"file:k.json#people\" } }\nrights: { key: subjects }\n\
    consent: { state: { expires: 30d } }\n\
    outputs:\n\
    - { topic: gated, purpose: p, domain: d, needs_consent: A, fields: { v: { pseudonymize: { key: people, normalize: text, scope: subject, epoch: none } } } }\n\
    - { topic: open, purpose: p, domain: e, basis: contract, fields: { v: keep } }\n";

fn told(plan: &Plan, lines: &[&str]) -> Arc<Snapshot> {
    let mut table = Table::default();
    for line in lines {
        let told = Told::read(line.as_bytes(), NOW_MS).unwrap();
        told.put(&mut table, plan, NOW_MS).unwrap();
    }
    table.publish(NOW_MS)
}

/// How many records the gated output got.
fn gated(out: &OutBatch) -> u64 {
    out.counts.outputs[0].written
}

#[test]
fn the_last_line_of_a_person_in_a_category_counts_and_grants_end() {
    let plan = plan(SHOP);
    let line = |id: &str, is: &str, at: &str| {
        format!(r#"{{"kind":"customer","id":"{id}","category":"A","is":"{is}","at":"{at}"}}"#)
    };
    let lines = [
        line("u1", "denied", "2026-03-01T00:00:00Z"),
        line("u1", "granted", "2026-02-28T00:00:00Z"),
        line("u2", "granted", "2026-03-01T00:00:00Z"),
        line("u2", "denied", "2020-01-01T00:00:00Z"),
        line("u3", "granted", "2026-01-01T00:00:00Z"),
    ];
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let state = told(&plan, &lines);
    let written = |id: &str| {
        gated(&run(
            &plan,
            &state,
            &[format!("{{\"u\":\"{id}\",\"v\":1}}")],
        ))
    };
    assert_eq!(
        [written("u1"), written("u2"), written("u3"), written("u4")],
        [1, 0, 0, 0]
    );
}

#[test]
fn who_is_not_known_to_be_current_gets_nothing_gated() {
    let plan = plan(SHOP);
    let event = ["{\"u\":\"u1\",\"v\":1}".to_owned()];
    let out = run(&plan, &Arc::new(Snapshot::unknown()), &event);
    let stale = Reason::ConsentStale.index();
    assert_eq!(out.counts.outputs[0].withheld[stale], 1);
    assert_eq!(out.counts.outputs[1].written, 1);
    // A worker that was told of no source knows as little.
    let mut batch = InBatch::new(out.lane.clone(), Arc::clone(&plan));
    batch
        .raw
        .push(0, Timestamp::None, None, Some(event[0].as_bytes()), []);
    let out = sanitize(batch, &mut Worker::of_the_system()).unwrap_or_else(|_| panic!());
    assert_eq!(out.counts.outputs[0].withheld[stale], 1);
}

#[test]
fn the_first_that_can_be_read_is_the_one_that_actions_are_bound_to() {
    let plan = plan(SHOP);
    let grant = |kind: &str, id: &str| {
        format!(
            r#"{{"kind":"{kind}","id":"{id}","category":"A","is":"granted","at":"2026-03-01T00:00:00Z"}}"#
        )
    };
    let state = told(
        &plan,
        &[&grant("customer", "u1"), &grant("email", "a@x.de")],
    );
    let value = |event: &str| {
        let out = run(&plan, &state, &[event.to_owned()]);
        let record = out
            .records()
            .iter()
            .find(|r| r.destination == Destination::Output(0));
        let value = record.and_then(|r| r.value).map(|v| out.bytes(v).to_vec());
        (value, out.decided.who.len())
    };
    let mail = value(r#"{"m":"A@x.de","v":1}"#);
    assert!(mail.0.is_some());
    assert_eq!(mail.1, 1);
    // An identifier that cannot be read is passed over, at whichever place.
    assert_eq!(value(r#"{"u":{},"m":"a@X.de","v":1}"#), mail);
    assert_eq!(value(r#"{"m":"no mail","n":"a@x.de","v":1}"#), mail);
    let customer = value(r#"{"u":"u1","m":"no mail","v":1}"#);
    assert!(customer.0.is_some() && customer.0 != mail.0);
    // Every person of a record is asked again for, not the first alone.
    assert_eq!(value(r#"{"u":"u1","m":"a@x.de","v":1}"#), (customer.0, 2));
    // A record that cannot be the fence's business leaves nobody's name.
    assert_eq!(value(r#"{"u":"u9","v":1}"#), (None, 0));
}

#[test]
fn a_tombstone_is_nobodys() {
    let plan = plan(SHOP);
    let out = run(&plan, &Arc::default(), &[String::new()]);
    let dropped = Reason::TombstoneDropped.index();
    assert!(out.counts.outputs.iter().all(|o| o.withheld[dropped] == 1));
    assert!(out.decided.who.is_empty());
}

/// `expires: 30d`.
#[test]
fn a_grant_that_is_told_of_the_future_ends_as_one_of_now() {
    let plan = plan(SHOP);
    let line = r#"{"kind":"customer","id":"u1","category":"A","is":"granted","at":"2099-01-01T00:00:00Z"}"#;
    let known = told(&plan, &[line]);
    let who = Told::read(line.as_bytes(), NOW_MS)
        .unwrap()
        .who(&plan)
        .unwrap();
    let granted = |at_ms| {
        known
            .bits(known.of(who).profile, &["A".to_owned()], at_ms)
            .0
    };
    let ends = NOW_MS + 30 * 86_400_000;
    // Grants end with the week before the one of their end.
    assert_eq!((granted(ends - WEEK_MS), granted(ends)), (1, 0));
}

#[test]
fn what_tells_of_nobody_the_policy_knows_is_said() {
    use super::told::NotTold;
    let plan = plan(SHOP);
    let line = |kind: &str, id: &str, category: &str| {
        let told = Told {
            kind: kind.to_owned(),
            id: id.to_owned(),
            category: category.to_owned(),
            decision: Decision::Denied,
            at_ms: None,
            beside: Beside::default(),
        };
        told.put(&mut Table::default(), &plan, NOW_MS)
    };
    assert_eq!(line("customer", "u1", "A"), Ok(()));
    assert_eq!(line("device", "u1", "A"), Err(NotTold::Kind));
    assert_eq!(line("customer", "u1", "B"), Err(NotTold::Category));
    assert_eq!(line("customer", "unknown", "A"), Err(NotTold::Nobody));
    let bad = NotTold::Id(Reason::BadIdentifier);
    assert_eq!(line("email", "no mail", "A"), Err(bad));
}
