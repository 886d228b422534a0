//! Schemas by their numbers: what a scripted registry comes to say of each, and what may
//! become of their records. Who simulates lanes takes both from here.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use super::{Registry, Scene};
use crate::schema::frame::SchemaId;
use crate::schema::registry::call::{Call, Kind, Outcome};
use crate::schema::registry::desk::{ASKED_MAX, Next};
use crate::schema::registry::told::Rules;
use crate::schema::registry::trouble::Why;
use crate::schema::registry::{Binder, Refusal};

/// So long after the first look for it a late schema is registered. A lane meets all of
/// them, and waits for none that comes longer than it may.
const REGISTERED_AFTER: Duration = Duration::from_secs(4);
/// So long an outage is waited for, where that has an end.
const OUTAGE_WAIT: Duration = Duration::from_secs(40);

/// What comes of a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lot {
    /// It is there from the beginning.
    Known,
    /// It is registered later than its first records come.
    Late,
    /// It is no schema, or of another kind than the source's.
    Unusable,
    /// What leaves of it may not follow what left before: a check says so, or who would
    /// register it is refused.
    Incompatible,
    /// It is there, but for a time the registry answers 403, 429 or something else for it.
    Troubled,
    /// No registry ever has it.
    Invented,
}

impl Lot {
    pub(crate) fn of(id: u32) -> Lot {
        match id {
            0..200 => Lot::Known,
            200..300 => Lot::Late,
            300..400 => Lot::Unusable,
            400..500 => Lot::Incompatible,
            500..600 => Lot::Troubled,
            _ => Lot::Invented,
        }
    }

    /// A schema for the next record of a lane that has an enemy or has none.
    pub(crate) fn any(roll: &mut impl FnMut(u32) -> u32, has_enemy: bool, rules: &Rules) -> u32 {
        match roll(16) {
            0 | 1 => 200 + roll(6),
            2 => 300 + roll(4),
            // Where nothing is registered, nobody says that it may not be: it is an outage,
            // and one without end.
            3 if rules.registers || rules.outage_wait.is_some() => 400 + roll(4),
            4 => 500 + roll(3),
            5 if has_enemy => 10_000 + roll(5_000),
            _ => 1 + roll(12),
        }
    }

    /// What may become of a record of it; `None`: it is read.
    pub(crate) fn may_come_to(self, came: Option<Refusal>, has_enemy: bool, rules: &Rules) -> bool {
        // That the outage had lasted so long is looked at when it is said.
        if came == Some(Refusal::Unknown) && rules.outage_wait.is_some() {
            return true;
        }
        match self {
            Lot::Known | Lot::Troubled => came.is_none(),
            // An enemy uses up what its own lane may wait, and nothing of another.
            Lot::Late => came.is_none() || (has_enemy && came == Some(Refusal::Unknown)),
            Lot::Unusable => came == Some(Refusal::Unusable),
            Lot::Incompatible => came == Some(Refusal::Incompatible),
            Lot::Invented => came == Some(Refusal::Unknown),
        }
    }
}

/// What an operator may decide.
pub(crate) fn rules(roll: &mut impl FnMut(u32) -> u32) -> Rules {
    Rules {
        registers: roll(4) != 0,
        outage_wait: (roll(4) == 0).then_some(OUTAGE_WAIT),
        ..Rules::default()
    }
}

/// The text of a schema of that number: Avro whose record is named by it.
fn text(id: u32) -> String {
    let name = match Lot::of(id) {
        Lot::Unusable => return r#"{"type":"map","values":"unusable"}"#.to_owned(),
        Lot::Incompatible if id.is_multiple_of(2) => "Barred",
        Lot::Incompatible => "Contested",
        _ => "Click",
    };
    format!(
        r#"{{"type":"record","name":"shop.{name}_{id}","fields":[{{"name":"n","type":"long"}}]}}"#
    )
}

impl Registry {
    /// What leaves of a schema that may not follow what left before.
    pub(super) fn is_barred(text: &str) -> bool {
        text.contains("Barred_")
    }

    /// The same, and only who registers it is told.
    pub(super) fn is_contested(text: &str) -> bool {
        text.contains("Contested_")
    }
}

/// How often each thing was seen to happen.
pub(crate) type Seen = BTreeMap<&'static str, u32>;

/// What a simulation says has happened somewhere in it.
pub(crate) const HAPPENS: [&str; 12] = [
    "a call fails",
    "a lane gives up",
    "an outage lasts too long",
    "what leaves is not registered",
    "another answer comes",
    "incompatible",
    "no registry has it",
    "registration is refused",
    "registered by hand",
    "unusable",
    "the check says no",
    "403 or 429",
];

/// A registry whose schemas come to those lots, and what was seen of it.
pub(crate) struct Script {
    pub(crate) rules: Rules,
    pub(crate) seen: Seen,
    /// Since when each schema meets nothing but trouble.
    since: HashMap<u32, Instant>,
    /// When each late schema was first looked for.
    missed: HashMap<u32, Instant>,
}

impl Script {
    /// Of a scene whose registry knows nothing yet.
    pub(crate) fn new<B: Binder>(rules: Rules, scene: &mut Scene<B>) -> Script {
        let script = Script {
            rules,
            seen: Seen::new(),
            since: HashMap::new(),
            missed: HashMap::new(),
        };
        for ids in [1..13, 300..303, 400..404, 500..503] {
            ids.for_each(|id| scene.registry.has(id, &text(id)));
        }
        scene
            .registry
            .has_of(Kind::Protobuf, 303, "syntax = \"proto3\";");
        let whys = [
            Why::Status(403),
            Why::Status(429),
            Why::Unlike("an answer to another call"),
        ];
        scene.registry.down_for.extend((500..).zip(whys));
        script
    }

    pub(crate) fn saw(&mut self, what: &'static str) {
        assert!(HAPPENS.contains(&what), "{what}");
        *self.seen.entry(what).or_default() += 1;
    }

    /// Something happens to the registry.
    pub(crate) fn disturb(&mut self, registry: &mut Registry, roll: &mut impl FnMut(u32) -> u32) {
        let all = [
            Why::Status(401),
            Why::Status(403),
            Why::Status(429),
            Why::Status(500),
            Why::TimedOut,
            Why::TooLarge,
            Why::Unreachable,
            Why::Unlike("no JSON"),
        ];
        match roll(8) {
            0..3 => registry.down = Some(all[roll(8) as usize]),
            3..6 => registry.down = None,
            6 => {
                registry.down_for.remove(&(500 + roll(3)));
            }
            _ => self.register(registry),
        }
    }

    /// An operator registers what leaves, where the program does not.
    fn register(&mut self, registry: &mut Registry) {
        if !self.rules.registers && registry.register_what_was_looked_up() > 0 {
            self.saw("registered by hand");
        }
    }

    /// From now on the registry is well.
    pub(crate) fn calm(&mut self, registry: &mut Registry) {
        registry.down = None;
        registry.down_for.clear();
        self.register(registry);
    }

    /// The desk goes a step on: it calls, or time passes. What it refuses then it has a
    /// cause for.
    pub(crate) fn step<B: Binder>(&mut self, scene: &mut Scene<B>) {
        for (id, _) in (self.missed).extract_if(|_, at| scene.now - *at >= REGISTERED_AFTER) {
            scene.registry.has(id, &text(id));
        }
        let before = scene.desk.refused();
        let was_bound = match scene.desk.next(scene.now) {
            Next::Call(call) => {
                let is_slow = matches!(scene.registry.down, Some(Why::TimedOut));
                let takes = match is_slow {
                    true => Duration::from_secs(10),
                    false => scene.takes,
                };
                scene.now += takes;
                let (id, outcome) = (id_of(&call), scene.registry.answer(&call));
                let trouble = self.heard(id, &call, &outcome, scene.now);
                let is_missing = outcome == Outcome::Missing;
                scene.desk.answered(outcome, &scene.url, scene.now);
                let said = scene.desk.refused();
                let is_said = |which: Refusal| said[which as usize] > before[which as usize];
                if is_said(Refusal::Incompatible) {
                    assert_eq!(Lot::of(id), Lot::Incompatible, "{id}");
                    self.saw("incompatible");
                }
                match (is_said(Refusal::Unknown), trouble) {
                    (false, _) => {}
                    (true, None) => {
                        assert!(is_missing && !scene.registry.schemas.contains_key(&id));
                        self.saw("no registry has it");
                    }
                    (true, Some(lasted)) => {
                        let wait = self.rules.outage_wait;
                        let is_over = wait.is_some_and(|wait| lasted >= wait);
                        assert!(is_over, "{id}: an outage of {lasted:?} says nothing");
                        self.saw("an outage lasts too long");
                    }
                }
                false
            }
            Next::More => true,
            Next::Wait(until) => {
                let most = scene.now + Duration::from_millis(700);
                let until = until.map_or(most, |until| until.min(most));
                scene.now = until.max(scene.now);
                false
            }
        };
        if was_bound && scene.desk.refused() != before {
            self.saw("unusable");
        }
        assert!(scene.desk.asked_for() <= ASKED_MAX);
    }

    /// A call came to that: so long now there has been nothing but trouble with the schema;
    /// `None`: there is none.
    fn heard(
        &mut self,
        id: u32,
        call: &Call<'_>,
        outcome: &Outcome,
        now: Instant,
    ) -> Option<Duration> {
        match (call, outcome) {
            (Call::Check(..), Outcome::Compatible(false)) => self.saw("the check says no"),
            (Call::Register(..), Outcome::Conflict) => self.saw("registration is refused"),
            (_, Outcome::Trouble(Why::Status(403 | 429))) => self.saw("403 or 429"),
            (_, Outcome::Trouble(Why::Unlike(_))) => self.saw("another answer comes"),
            (_, Outcome::Trouble(_)) => self.saw("a call fails"),
            (Call::LookUp(..), Outcome::Missing) if !self.rules.registers => {
                self.saw("what leaves is not registered");
            }
            (Call::Schema(_), Outcome::Missing) if Lot::of(id) == Lot::Late => {
                self.missed.entry(id).or_insert(now);
            }
            _ => {}
        }
        let is_trouble = matches!(outcome, Outcome::Trouble(_))
            || matches!(call, Call::LookUp(..))
                && !self.rules.registers
                && *outcome == Outcome::Missing;
        if !is_trouble {
            self.since.remove(&id);
            return None;
        }
        Some(now - *self.since.entry(id).or_insert(now))
    }
}

/// The writer's schema that a call is about: by its number, or by the name of the record
/// in what leaves of it.
fn id_of(call: &Call<'_>) -> u32 {
    match call {
        Call::Schema(SchemaId::Number(id)) => *id,
        Call::LookUp(_, _, text) | Call::Check(_, _, text) | Call::Register(_, _, text) => {
            let names = ["Click_", "Barred_", "Contested_"];
            let behind = names.iter().find_map(|name| text.split_once(name));
            let (_, behind) = behind.unwrap_or_else(|| panic!("of no schema: {text}"));
            let digits = behind.find(|c: char| !c.is_ascii_digit());
            behind[..digits.unwrap_or(behind.len())]
                .parse()
                .expect("its number")
        }
        _ => panic!("nothing else is asked for: {call:?}"),
    }
}

/// All that a simulation is of happens in it.
pub(crate) fn assert_all_seen(seen: &Seen) {
    for what in HAPPENS {
        assert!(seen.get(what).is_some_and(|n| *n > 2), "{what}: {seen:?}");
    }
}

/// How many houses are simulated: `VEIL_SEEDS`, or so many.
#[expect(
    clippy::disallowed_methods,
    reason = "a switch of the tests, not of the program"
)]
pub(crate) fn seeds(few: u64) -> u64 {
    let said = std::env::var("VEIL_SEEDS").ok();
    said.map_or(few, |n| n.parse().expect("VEIL_SEEDS is a number"))
}
