//! Another policy while the stream runs: read, checked, held against the one in
//! force, looked at by the cluster, remembered, and only then put in force.

use super::super::{diff as differences, keyring};
use super::live_risk::Looking;
use super::policies::{Policy, count, log_weaker};
use super::remembered::StateDir;
use super::watched::{EVERY, SETTLED, Watched};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, TryLockError};
use veilstream::admin::Answer;
use veilstream::policy::diff::{Difference, Said, diff, is_weaker};
use veilstream::stream::{Groups, NotTaken};
use veilstream::telemetry::{Families, Readiness, Reload};

/// Takes other policies over.
pub(super) struct Reloader {
    pub(super) policy: PathBuf,
    pub(super) keys: keyring::Access,
    /// A weaker policy with this digest is wanted.
    pub(super) accepted: Option<String>,
    pub(super) state: Option<StateDir>,
    pub(super) families: Arc<Families>,
    pub(super) readiness: Arc<Readiness>,
    pub(super) stream: Arc<Groups>,
    /// Who looks how alone people are in what leaves.
    pub(super) looking: Option<Arc<Looking>>,
    pub(super) in_force: Mutex<InForce>,
}

/// The policy in force.
pub(super) struct InForce {
    pub(super) said: Said,
    pub(super) digest: String,
    /// What it was made from, and what a policy that was refused named.
    pub(super) files: Vec<PathBuf>,
}

/// What came of an attempt.
pub(super) struct Came {
    outcome: Reload,
    digest: Option<String>,
    /// One sentence.
    what: String,
    /// One line for each mistake of a policy that cannot run.
    mistakes: Vec<String>,
    differences: Vec<Difference>,
}

impl Came {
    fn of(outcome: Reload, what: impl Into<String>) -> Came {
        Came {
            outcome,
            digest: None,
            what: what.into(),
            mistakes: Vec::new(),
            differences: Vec::new(),
        }
    }

    /// As HTTP answers.
    pub(super) fn answer(&self) -> Answer {
        let json = serde_json::json!({
            "outcome": self.outcome.as_str(),
            "digest": self.digest,
            "message": self.what,
            "mistakes": self.mistakes,
            "differences": differences::rows(&self.differences),
        });
        Answer {
            status: match self.outcome {
                Reload::Applied => 200,
                Reload::Weaker => 409,
                Reload::Invalid => 422,
                Reload::Refused | Reload::Ignored => 503,
            },
            json: format!("{json:#}\n"),
        }
    }
}

impl Reloader {
    /// Reads the policy, and puts it in force if nothing speaks against it.
    /// `accepted`: a weaker one with that digest is wanted, too.
    pub(super) fn reload(&self, cause: &str, accepted: Option<&str>) -> Came {
        let mut in_force = self.in_force.lock().unwrap_or_else(PoisonError::into_inner);
        self.attempt(&mut in_force, cause, accepted)
    }

    /// The same; not when another one is under way.
    pub(super) fn reload_now(&self, cause: &str, accepted: Option<&str>) -> Came {
        let mut in_force = match self.in_force.try_lock() {
            Ok(in_force) => in_force,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => {
                return Came::of(Reload::Ignored, "another reload is under way: ask again");
            }
        };
        self.attempt(&mut in_force, cause, accepted)
    }

    fn attempt(
        &self,
        in_force: &mut MutexGuard<'_, InForce>,
        cause: &str,
        accepted: Option<&str>,
    ) -> Came {
        tracing::info!(cause, "reading the policy again");
        let came = self.try_to(in_force, accepted);
        self.families.count_reload(came.outcome);
        let digest = came.digest.as_deref().unwrap_or("(unknown)");
        match came.outcome {
            Reload::Applied => {
                self.readiness.note("policy", None);
                tracing::info!(digest, "{}", came.what);
            }
            Reload::Ignored => tracing::info!(cause, "{}", came.what),
            outcome => {
                let note = format!(
                    "the policy as it is now was refused ({}): {}; the one before runs on",
                    outcome.as_str(),
                    came.what
                );
                self.readiness.note("policy", Some(note));
                came.mistakes
                    .iter()
                    .for_each(|m| tracing::error!("policy: {m}"));
                log_weaker(&came.differences);
                tracing::error!(
                    outcome = outcome.as_str(),
                    digest,
                    in_force = in_force.digest,
                    "the policy is not taken over, the one before runs on: {}",
                    came.what
                );
            }
        }
        came
    }

    fn try_to(&self, in_force: &mut InForce, accepted: Option<&str>) -> Came {
        let policy = match Policy::read(&self.policy, &self.keys, false) {
            Ok(policy) => policy,
            Err(unusable) => {
                let mistakes = unusable.lines();
                let what = match mistakes.len() {
                    1 => "it cannot be used; `veil check` shows the mistake".to_owned(),
                    n => format!("it cannot be used; `veil check` shows all {n} mistakes"),
                };
                return Came {
                    mistakes,
                    ..Came::of(Reload::Invalid, what)
                };
            }
        };
        let digest = policy.digest();
        for file in &policy.files {
            if !in_force.files.contains(file) {
                in_force.files.push(file.clone());
            }
        }
        let came = |outcome, what: String, differences| Came {
            digest: Some(digest.clone()),
            differences,
            ..Came::of(outcome, what)
        };
        let differences = diff(&in_force.said, &policy.said);
        let weaker = is_weaker(&differences);
        let named = [accepted, self.accepted.as_deref()];
        let wanted = named.contains(&Some(digest.as_str()));
        if weaker && !wanted {
            let what = format!(
                "it is {}; if that is wanted: --accept-weaker {digest}",
                count(&differences)
            );
            return came(Reload::Weaker, what, differences);
        }
        let successor = match self.stream.look_at(&policy.groups) {
            Ok(successor) => successor,
            Err(why) => return came(outcome(&why), why.to_string(), differences),
        };
        successor
            .warnings
            .iter()
            .for_each(|w| tracing::warn!("{w}"));
        // Before it is in force: what runs is never stronger than what is
        // remembered.
        if let Some(state) = &self.state
            && let Err(error) = state.write(&digest, &policy.said)
        {
            let what = format!("it cannot be remembered: {error}");
            return came(Reload::Refused, what, differences);
        }
        if let Err(why) = self.stream.replace(successor) {
            return came(outcome(&why), why.to_string(), differences);
        }
        if let Some(looking) = &self.looking {
            looking.replace(&policy.plan, &policy.said);
        }
        if weaker {
            log_weaker(&differences);
            tracing::warn!(digest, "a weaker policy is in force: its digest was named");
        }
        let what = format!("policy {} is in force", policy.plan.version);
        *in_force = InForce {
            said: policy.said,
            digest: digest.clone(),
            files: policy.files,
        };
        came(Reload::Applied, what, differences)
    }

    fn files(&self) -> Vec<PathBuf> {
        let in_force = self.in_force.lock().unwrap_or_else(PoisonError::into_inner);
        in_force.files.clone()
    }
}

fn outcome(why: &NotTaken) -> Reload {
    match why {
        NotTaken::Ending => Reload::Ignored,
        _ => Reload::Refused,
    }
}

/// Who asks for the policy to be read again, before and after there is a stream.
pub(super) struct Requests {
    send: SyncSender<()>,
    receive: Mutex<Option<Receiver<()>>>,
    reloader: OnceLock<Arc<Reloader>>,
}

impl Requests {
    pub(super) fn new() -> Requests {
        // One that waits stands for all that come meanwhile.
        let (send, receive) = sync_channel(1);
        Requests {
            send,
            receive: Mutex::new(Some(receive)),
            reloader: OnceLock::new(),
        }
    }

    /// The signal came.
    pub(super) fn signal(&self) {
        if self.reloader.get().is_none() {
            tracing::info!("SIGHUP: the policy is read again as soon as the stream has started");
        }
        // Full: one waits already. Gone: the process ends.
        let _ = self.send.try_send(());
    }

    /// Somebody asks by HTTP.
    pub(super) fn http(&self, accepted: Option<&str>) -> Answer {
        let came = match self.reloader.get() {
            Some(reloader) => reloader.reload_now("http", accepted),
            None => Came::of(Reload::Ignored, "the stream has not started yet: ask again"),
        };
        came.answer()
    }

    /// There is a stream: works through what was asked for and what is asked for,
    /// on a thread of its own, and with `watch` looks at the files too: as they were
    /// when the policy was read, and whether they have changed since.
    ///
    /// # Errors
    /// The system gives no thread.
    pub(super) fn begin(
        &self,
        reloader: Arc<Reloader>,
        watch: Option<(Watched, bool)>,
    ) -> std::io::Result<()> {
        let reloader = Arc::clone(self.reloader.get_or_init(|| reloader));
        let mut receiver = self.receive.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(asked) = receiver.take() else {
            return Ok(());
        };
        std::thread::Builder::new()
            .name("veil-reload".to_owned())
            .spawn(move || match watch {
                None => asked.iter().for_each(|()| {
                    reloader.reload("SIGHUP", None);
                }),
                Some((watched, changed)) => watch_and_work(&reloader, &asked, watched, changed),
            })?;
        Ok(())
    }
}

fn watch_and_work(reloader: &Reloader, asked: &Receiver<()>, mut watched: Watched, changed: bool) {
    let mut wait = if changed { SETTLED } else { EVERY };
    loop {
        match asked.recv_timeout(wait) {
            Ok(()) => {
                // What is read now is what is seen now, or comes after it.
                watched.look(&reloader.files());
                reloader.reload("SIGHUP", None);
                wait = EVERY;
                continue;
            }
            Err(RecvTimeoutError::Disconnected) => return,
            Err(RecvTimeoutError::Timeout) => {}
        }
        // A change is over when the next look sees none.
        match (watched.look(&reloader.files()), wait == SETTLED) {
            (true, _) => wait = SETTLED,
            (false, true) => {
                reloader.reload("a file changed", None);
                wait = EVERY;
            }
            (false, false) => {}
        }
    }
}
