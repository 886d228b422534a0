//! SIGTERM and SIGINT: the first one asks for an end, the second one ends at once.
//! SIGHUP: the policy is read again.

use crate::cli::Exit;
use crate::cli::screen;
use std::io;
use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Listens from now on, on a thread of its own: `drain` is called at the first
/// signal; at the second the process ends with that code, saying so.
///
/// # Errors
/// When the system gives no thread or no signal handler.
pub(crate) fn listen(
    drain: impl FnOnce(&'static str) + Send + 'static,
    second: (Exit, &'static str),
) -> io::Result<()> {
    Signals::catch(false)?.heed(drain, |_| {}, second)
}

/// What a second signal says and ends with where records are committed.
#[cfg(feature = "kafka")]
pub(crate) const UNCOMMITTED: (Exit, &str) = (
    Exit::Warnings,
    "stopped by a second signal; what was not committed will be read again",
);

/// Signals that end the process no more, and wait for somebody to heed them.
pub(crate) struct Signals {
    runtime: Runtime,
    term: Signal,
    int: Signal,
    hup: Option<Signal>,
}

impl Signals {
    /// Catches them from now on, SIGHUP with `hup`.
    ///
    /// # Errors
    /// When the system gives no signal handler.
    pub(crate) fn catch(hup: bool) -> io::Result<Signals> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let _inside = runtime.enter();
        let term = signal(SignalKind::terminate())?;
        let int = signal(SignalKind::interrupt())?;
        let hup = hup.then(|| signal(SignalKind::hangup())).transpose()?;
        drop(_inside);
        Ok(Signals {
            runtime,
            term,
            int,
            hup,
        })
    }

    /// Calls `drain` at the first signal, and ends the process at the second;
    /// `reload` at each SIGHUP, with whether it drains.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(crate) fn heed(
        self,
        drain: impl FnOnce(&'static str) + Send + 'static,
        reload: impl Fn(bool) + Send + 'static,
        (exit, said): (Exit, &'static str),
    ) -> io::Result<()> {
        let Signals {
            runtime,
            mut term,
            mut int,
            mut hup,
        } = self;
        let mut drain = Some(drain);
        std::thread::Builder::new()
            .name("veil-signals".to_owned())
            .spawn(move || {
                runtime.block_on(async move {
                    loop {
                        let name = tokio::select! {
                            _ = term.recv() => "SIGTERM",
                            _ = int.recv() => "SIGINT",
                            () = heard(&mut hup) => {
                                reload(drain.is_none());
                                continue;
                            }
                        };
                        match drain.take() {
                            Some(drain) => drain(name),
                            None => break,
                        }
                    }
                    #[cfg(feature = "kafka")]
                    if veilstream::telemetry::log::is_json() {
                        tracing::error!("{said}");
                        end(exit);
                    }
                    screen::tell(&format!("{said}\n"));
                    end(exit);
                });
            })?;
        Ok(())
    }
}

async fn heard(signal: &mut Option<Signal>) {
    match signal {
        Some(signal) => {
            signal.recv().await;
        }
        None => std::future::pending().await,
    }
}

/// Nothing that a destructor would do is waited for: that is what a second
/// signal asks for. The system takes the memory back, keys included.
#[expect(
    clippy::disallowed_methods,
    reason = "a second signal waits for nothing"
)]
fn end(exit: Exit) -> ! {
    std::process::exit(exit as i32)
}
