//! SIGTERM and SIGINT: the first one drains, the second one ends at once.

use crate::cli::Exit;
use crate::cli::screen;
use std::io;
use tokio::signal::unix::{SignalKind, signal};

/// Listens from now on, on a thread of its own: `drain` is called at the first
/// signal; at the second the process ends with code 1.
///
/// # Errors
/// When the system gives no thread or no signal handler.
pub(crate) fn listen(drain: impl FnOnce(&'static str) + Send + 'static) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let (mut term, mut int) = {
        let _inside = runtime.enter();
        (
            signal(SignalKind::terminate())?,
            signal(SignalKind::interrupt())?,
        )
    };
    std::thread::Builder::new()
        .name("veil-signals".to_owned())
        .spawn(move || {
            runtime.block_on(async move {
                let first = tokio::select! {
                    _ = term.recv() => "SIGTERM",
                    _ = int.recv() => "SIGINT",
                };
                drain(first);
                tokio::select! {
                    _ = term.recv() => {}
                    _ = int.recv() => {}
                }
                screen::tell(
                    "stopped by a second signal; what was not committed will be read again\n",
                );
                end(Exit::Warnings);
            });
        })?;
    Ok(())
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
