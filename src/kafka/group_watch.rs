//! Looks at the members of the group, before it is joined and while the stream
//! runs: another policy or another program in it divides the stream.
//!
//! **Who goes.** Whoever comes to a group in which somebody else is does not join,
//! and leaves at once when its first looks show that it joined beside somebody.
//! Members that were there first give such a newcomer time to go, and go
//! themselves when it stays: what divides a stream does not go on in silence. Two
//! that came together may both go; they look at different moments, so one of them
//! as a rule finds the other gone.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError};

use super::client::Clients;
use super::client_id;
use super::group_look::Unseen;
use super::group_members::{Members, Strangers};
use super::problem::Tools;
use crate::plan::PolicyDigest;

/// So often without a cause.
const EVERY: Duration = Duration::from_secs(60);
/// Until what was not seen is looked for again.
const SOON: Duration = Duration::from_secs(1);
/// So many looks that show nothing are told of.
const UNSEEN_MAX: u32 = 3;
/// What a newcomer may take to see that it is one, and to drain and leave.
const GOING: Duration = Duration::from_secs(30);
/// The broker may take so much longer than a session to forget a crashed member.
const LINGER_MORE: Duration = Duration::from_secs(2);
/// The first look after a change of the members comes so long after it, and up to
/// [`SCATTER`] later: two that joined together do not look together.
const SETTLED: Duration = Duration::from_secs(1);
const SCATTER: Duration = Duration::from_secs(4);

/// What is known of the group's members over time.
pub(crate) struct Company {
    rule: Rule,
    /// A look showed this policy in the group, and no stranger.
    first: bool,
    strangers_since: Option<Instant>,
    rollout: Option<Rollout>,
    unseen: u32,
}

/// What the looks are judged by.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    /// The consumer group.
    pub(crate) group: String,
    /// The digest that this instance's client id carries.
    pub(crate) digest: String,
    /// A crashed member stays in the group so long at most.
    pub(crate) linger: Duration,
    /// How long members may run under different texts of the policy.
    pub(crate) rollout_max: Duration,
    /// The command that gives the right to look.
    pub(crate) grant: String,
}

/// A time in which members started under other texts of the policy.
struct Rollout {
    since: Instant,
    told: BTreeSet<String>,
    is_overdue: bool,
}

/// What a look means.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Judgement {
    /// What to do.
    pub(crate) next: Next,
    /// What the log is told, now and not again.
    pub(crate) says: Vec<Says>,
    /// What is not as it should be, as long as it is so.
    pub(crate) note: Option<String>,
}

/// What to do after a look.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Nothing stands in the way; the next look in so long.
    Go(Duration),
    /// Not clear yet: look again in so long.
    Wait(Duration),
    /// This instance has no place in the group.
    Leave(Strangers),
}

/// A log line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Says {
    Info(String),
    Warn(String),
    Error(String),
}

impl Says {
    /// Into the log.
    pub(crate) fn log(&self) {
        match self {
            Says::Info(text) => tracing::info!("{text}"),
            Says::Warn(text) => tracing::warn!("{text}"),
            Says::Error(text) => tracing::error!("{text}"),
        }
    }
}

impl Rule {
    /// Of the instance whose clients these are.
    pub(crate) fn of(clients: &Clients, digest: &PolicyDigest, rollout_max: Duration) -> Rule {
        let group = clients.identity.group.clone();
        let tools = Tools::of(&clients.properties);
        Rule {
            grant: tools.grant(&["Describe"], &format!("--group {group}")),
            group,
            digest: client_id::prefix(digest),
            linger: Duration::from_millis(clients.timeouts.session_ms) + LINGER_MORE,
            rollout_max,
        }
    }
}

impl Company {
    pub(crate) fn new(rule: Rule) -> Company {
        Company {
            rule,
            first: false,
            strangers_since: None,
            rollout: None,
            unseen: 0,
        }
    }

    /// What a look means; `joined`: this instance is a member itself.
    pub(crate) fn judge(
        &mut self,
        look: Result<&Members, Unseen>,
        joined: bool,
        now: Instant,
    ) -> Judgement {
        let mut says = Vec::new();
        let members = match look {
            Ok(members) => members,
            Err(unseen) => return self.unseen(&unseen, joined, now, says),
        };
        if let Some(strangers) = members.strangers(&self.rule.group) {
            return self.divided(strangers, joined, now, says);
        }
        if self.strangers_since.take().is_some() {
            let group = &self.rule.group;
            says.push(Says::Info(format!(
                "the group `{group}` is this policy's alone"
            )));
        }
        if joined && !members.have_own() {
            let unseen = Unseen::because("the answer does not hold this instance");
            return self.unseen(&unseen, joined, now, says);
        }
        if self.unseen >= UNSEEN_MAX {
            let group = &self.rule.group;
            says.push(Says::Info(format!(
                "the members of the group `{group}` are seen again"
            )));
        }
        self.unseen = 0;
        self.first |= members.have_kin();
        let (note, wait) = self.rolled_out(members, now, &mut says);
        Judgement {
            next: Next::Go(wait),
            says,
            note,
        }
    }

    /// Somebody is in the group who should not be.
    fn divided(
        &mut self,
        strangers: Strangers,
        joined: bool,
        now: Instant,
        mut says: Vec<Says>,
    ) -> Judgement {
        let is_new = self.strangers_since.is_none();
        let since = *self.strangers_since.get_or_insert(now);
        let patience = match (joined, self.first) {
            (false, _) => self.rule.linger,
            (true, true) => self.rule.linger.max(GOING),
            (true, false) => Duration::ZERO,
        };
        let left = (since + patience).saturating_duration_since(now);
        if left.is_zero() {
            return Judgement {
                next: Next::Leave(strangers),
                says,
                note: None,
            };
        }
        let Strangers { what, help } = &strangers;
        let note = match joined {
            false => format!(
                "{what}; joining waits up to {} s for them to be gone, as a crashed member would be; {help}",
                patience.as_secs()
            ),
            true => format!(
                "{what}; this instance was there first and waits up to {} s for them to go, then it ends; {help}",
                patience.as_secs()
            ),
        };
        // Before joining the condition of the start says it.
        if is_new && joined {
            says.push(Says::Warn(note.clone()));
        }
        let wait = if joined { left } else { left.min(SOON) };
        Judgement {
            next: Next::Wait(wait),
            says,
            note: Some(note),
        }
    }

    /// Nobody knows who is in the group.
    fn unseen(
        &mut self,
        unseen: &Unseen,
        joined: bool,
        now: Instant,
        mut says: Vec<Says>,
    ) -> Judgement {
        let told = self.unseen >= UNSEEN_MAX;
        self.unseen = match unseen.forbidden {
            true => UNSEEN_MAX,
            false => self.unseen.saturating_add(1),
        };
        if self.unseen < UNSEEN_MAX {
            return Judgement {
                next: Next::Wait(SOON),
                says,
                note: None,
            };
        }
        // A group that is ours alone is described. Before joining it may be an
        // empty one that somebody left.
        if joined && unseen.undescribed {
            let strangers = Strangers::undescribed(&self.rule.group);
            return self.divided(strangers, joined, now, says);
        }
        let Rule { group, grant, .. } = &self.rule;
        let note = format!(
            "who is in the group `{group}` cannot be seen ({}), so another policy in it would not be noticed; if a right is missing: `{grant}`",
            unseen.why
        );
        if !told {
            says.push(Says::Warn(note.clone()));
        }
        Judgement {
            next: Next::Go(EVERY),
            says,
            note: Some(note),
        }
    }

    /// Members may start under different texts for a while.
    fn rolled_out(
        &mut self,
        members: &Members,
        now: Instant,
        says: &mut Vec<Says>,
    ) -> (Option<String>, Duration) {
        let Rule {
            group,
            digest,
            rollout_max,
            ..
        } = &self.rule;
        if members.other_digests().next().is_none() {
            if self.rollout.take().is_some() {
                says.push(Says::Info(format!(
                    "every member of the group `{group}` started under a text of the policy that this instance has had"
                )));
            }
            return (None, EVERY);
        }
        let rollout = self.rollout.get_or_insert_with(|| Rollout {
            since: now,
            told: BTreeSet::new(),
            is_overdue: false,
        });
        let others = members.others();
        let what = format!(
            "{others} of the group `{group}` started under another text of the policy than this instance (digest `{digest}`)"
        );
        let mut is_new = |digest: &String| rollout.told.insert(digest.clone());
        // All of them, so that each is told once.
        if members.other_digests().filter(|d| is_new(d)).count() > 0 {
            says.push(Says::Info(format!("{what}: a rolling update?")));
        }
        let left = (rollout.since + *rollout_max).saturating_duration_since(now);
        if !left.is_zero() {
            return (Some(what), left.min(EVERY));
        }
        let overdue = format!(
            "{what}, for longer than `rollout_max` ({} s): finish the rollout or roll it back; of members that were reloaded since, `veil_policy_info` says what is in force",
            rollout_max.as_secs()
        );
        if !std::mem::replace(&mut rollout.is_overdue, true) {
            says.push(Says::Error(overdue.clone()));
        }
        (Some(overdue), EVERY)
    }
}

/// The thread that looks while the stream runs.
pub(crate) struct GroupWatch<L> {
    /// Looks, and says when to look again; `None`: the stream must end.
    pub(crate) look: L,
    /// Causes to look soon: the group was rebalanced. Closed: the end.
    pub(crate) causes: Receiver<()>,
}

impl<L: FnMut() -> Option<Duration>> GroupWatch<L> {
    /// Looks until the stream has ended or must.
    pub(crate) fn run(mut self) {
        // Nothing is there to be seen before this instance is a member.
        let mut wait = match self.causes.recv() {
            Ok(()) => scattered(),
            Err(_) => return,
        };
        loop {
            let mut due = Instant::now() + wait;
            loop {
                match self.causes.recv_deadline(due) {
                    // What changed settles first.
                    Ok(()) => due = due.min(Instant::now() + scattered()),
                    Err(RecvTimeoutError::Timeout) => break,
                    Err(RecvTimeoutError::Disconnected) => return,
                }
            }
            match (self.look)() {
                Some(again) => wait = again.max(SOON),
                None => return,
            }
        }
    }
}

fn scattered() -> Duration {
    SETTLED + SCATTER.mul_f64(rand::random::<f64>())
}

#[cfg(test)]
mod tests {
    use super::super::group_members::Own;
    use super::*;

    const OWN: &str = "veil.clicks.aaaaaaaaaaaaaaaa";
    const NEXT: &str = "veil.clicks.bbbbbbbbbbbbbbbb";
    const MAIL: &str = "veil.mail.aaaaaaaaaaaaaaaa";

    fn sorted(client_ids: &[&str]) -> Members {
        let own = Own {
            name: "clicks".to_owned(),
            digests: vec!["a".repeat(16)],
        };
        Members::sort(client_ids.iter().copied(), &own)
    }

    struct Looks {
        company: Company,
        begun: Instant,
    }

    impl Looks {
        fn new() -> Looks {
            let rule = Rule {
                group: "g".to_owned(),
                digest: "a".repeat(16),
                linger: Duration::from_secs(12),
                rollout_max: Duration::from_secs(600),
                grant: "kafka-acls.sh".to_owned(),
            };
            Looks {
                company: Company::new(rule),
                begun: Instant::now(),
            }
        }

        /// A look so many seconds after the first.
        fn at(&mut self, seconds: u64, joined: bool, client_ids: &[&str]) -> Judgement {
            let now = self.begun + Duration::from_secs(seconds);
            self.company.judge(Ok(&sorted(client_ids)), joined, now)
        }

        fn unseen(&mut self, forbidden: bool) -> Judgement {
            let unseen = Unseen {
                why: "no answer".to_owned(),
                forbidden,
                undescribed: false,
            };
            self.company.judge(Err(unseen), true, self.begun)
        }
    }

    fn leaves(judgement: &Judgement) -> bool {
        matches!(judgement.next, Next::Leave(_))
    }

    fn goes(judgement: &Judgement) -> bool {
        matches!(judgement.next, Next::Go(_))
    }

    fn secs(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_group_of_nobody_or_of_ones_own_is_joined() {
        for client_ids in [&[][..], &[OWN], &[OWN, OWN]] {
            let well = Looks::new().at(0, false, client_ids);
            assert_eq!((well.says, well.note), (vec![], None));
            assert_eq!(well.next, Next::Go(EVERY));
        }
    }

    #[test]
    fn a_newcomer_waits_for_strangers_to_vanish_and_then_does_not_join() {
        for strangers in [&[MAIL][..], &["rdkafka"], &[OWN, MAIL]] {
            let mut looks = Looks::new();
            let first = looks.at(0, false, strangers);
            assert_eq!(first.next, Next::Wait(SOON));
            assert!(first.note.unwrap().contains("12 s"));
            assert!(matches!(looks.at(11, false, strangers).next, Next::Wait(_)));
            assert!(leaves(&looks.at(12, false, strangers)));
        }
        let mut looks = Looks::new();
        looks.at(0, false, &[MAIL]);
        let gone = looks.at(9, false, &[]);
        assert!(goes(&gone));
        assert_eq!(gone.says.len(), 1);
        // One that comes later is waited for anew.
        assert!(!leaves(&looks.at(20, false, &[MAIL])));
    }

    #[test]
    fn of_two_that_came_together_each_goes_at_its_first_look() {
        let mut looks = Looks::new();
        assert!(goes(&looks.at(0, false, &[])));
        assert!(leaves(&looks.at(5, true, &[OWN, MAIL])));
    }

    #[test]
    fn who_was_there_first_gives_a_newcomer_time_to_go_and_goes_if_it_stays() {
        // It saw itself alone, or its kin before it joined.
        for (joined, kin) in [(true, OWN), (false, OWN), (false, NEXT)] {
            let mut looks = Looks::new();
            assert!(goes(&looks.at(0, joined, &[kin])));
            let seen = looks.at(60, true, &[OWN, MAIL]);
            assert_eq!(seen.next, Next::Wait(secs(30)));
            assert!(matches!(&seen.says[..], [Says::Warn(_)]), "{seen:?}");
            let still = looks.at(80, true, &[OWN, MAIL]);
            assert_eq!((still.next, still.says), (Next::Wait(secs(10)), vec![]));
            assert!(leaves(&looks.at(90, true, &[OWN, "rdkafka"])));
        }
        let mut looks = Looks::new();
        looks.at(0, true, &[OWN]);
        looks.at(60, true, &[OWN, MAIL]);
        let gone = looks.at(70, true, &[OWN]);
        assert!(goes(&gone) && gone.note.is_none());
        assert!(!leaves(&looks.at(100, true, &[OWN, MAIL])));
    }

    #[test]
    fn a_rolling_update_is_told_once_and_an_error_once_when_it_lasts() {
        let mut looks = Looks::new();
        looks.at(0, true, &[OWN]);
        let begun = looks.at(60, true, &[OWN, NEXT]);
        assert_eq!(begun.next, Next::Go(EVERY));
        let [Says::Info(told)] = &begun.says[..] else {
            panic!("{begun:?}");
        };
        assert!(told.contains(&"a".repeat(16)) && told.contains(&"b".repeat(16)));
        assert!(begun.note.is_some());
        let more = looks.at(630, true, &[OWN, NEXT]);
        assert_eq!((more.says, more.next), (vec![], Next::Go(secs(30))));
        let overdue = looks.at(660, true, &[OWN, NEXT]);
        assert!(goes(&overdue), "it serves on: {overdue:?}");
        assert!(matches!(&overdue.says[..], [Says::Error(e)] if e.contains("`rollout_max`")));
        assert!(overdue.note.unwrap().contains("rollout_max"));
        let later = looks.at(720, true, &[OWN, NEXT]);
        assert_eq!(later.says, []);
        assert!(later.note.is_some());
        let over = looks.at(780, true, &[OWN]);
        assert!(matches!(&over.says[..], [Says::Info(_)]) && over.note.is_none());
        // The next one has its own time.
        let next = looks.at(800, true, &[OWN, NEXT]);
        assert!(matches!(&next.says[..], [Says::Info(_)]), "{next:?}");
    }

    #[test]
    fn what_cannot_be_seen_is_told_once_and_stops_nothing() {
        let mut looks = Looks::new();
        for _ in 1..UNSEEN_MAX {
            let judged = looks.unseen(false);
            assert_eq!((judged.next, judged.says), (Next::Wait(SOON), vec![]));
        }
        let told = looks.unseen(false);
        assert_eq!(told.next, Next::Go(EVERY));
        assert!(matches!(&told.says[..], [Says::Warn(w)] if w.contains("kafka-acls.sh")));
        assert_eq!(looks.unseen(false).says, []);
        assert_eq!(looks.at(1, true, &[OWN]).says.len(), 1);

        let mut looks = Looks::new();
        assert_eq!(looks.unseen(true).says.len(), 1);
        assert_eq!(looks.unseen(true).says, []);
    }

    #[test]
    fn a_member_that_is_not_among_the_members_sees_nothing() {
        let mut looks = Looks::new();
        for _ in 1..UNSEEN_MAX {
            assert_eq!(looks.at(0, true, &[]).next, Next::Wait(SOON));
        }
        assert!(looks.at(0, true, &[]).note.is_some());
        // And what it does not see says nothing about who was first.
        assert!(leaves(&looks.at(5, true, &[OWN, MAIL])));
    }

    #[test]
    fn a_group_of_a_kind_that_no_veil_makes_is_a_strangers_once_it_was_joined() {
        let unseen = Unseen {
            undescribed: true,
            ..Unseen::because("not described")
        };
        // Somebody may have left it empty.
        let mut looks = Looks::new();
        for _ in 0..UNSEEN_MAX {
            looks.company.judge(Err(unseen.clone()), false, looks.begun);
        }
        let entered = looks.company.judge(Err(unseen.clone()), false, looks.begun);
        assert!(goes(&entered) && entered.note.is_some());
        let joined = looks.company.judge(Err(unseen.clone()), true, looks.begun);
        assert!(leaves(&joined), "{joined:?}");
        // Who was there first waits for it to go.
        let mut looks = Looks::new();
        looks.at(0, true, &[OWN]);
        for _ in 1..UNSEEN_MAX {
            let judged = looks.company.judge(Err(unseen.clone()), true, looks.begun);
            assert_eq!(judged.next, Next::Wait(SOON));
        }
        let judged = looks.company.judge(Err(unseen), true, looks.begun);
        assert_eq!(judged.next, Next::Wait(GOING));
        assert!(goes(&looks.at(20, true, &[OWN])));
    }

    #[test]
    fn a_failed_look_takes_back_nothing() {
        let mut looks = Looks::new();
        looks.at(0, true, &[OWN]);
        looks.at(60, true, &[OWN, MAIL]);
        looks.unseen(false);
        assert!(leaves(&looks.at(90, true, &[OWN, MAIL])));
    }

    #[test]
    fn the_thread_looks_after_a_rebalance_and_ends_with_the_stream() {
        let (rebalanced, causes) = crossbeam_channel::bounded(1);
        let (looked, seen) = crossbeam_channel::bounded(1);
        let watch = GroupWatch {
            look: move || {
                looked.send(()).unwrap();
                Some(EVERY)
            },
            causes,
        };
        let thread = std::thread::spawn(move || watch.run());
        for _ in 0..2 {
            rebalanced.send(()).unwrap();
            seen.recv_timeout(secs(20)).unwrap();
        }
        drop(rebalanced);
        thread.join().unwrap();
    }
}
