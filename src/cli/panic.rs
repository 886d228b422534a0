//! A panic says where, never what: its message could hold a value from an event.

use super::exit::Exit;
use super::screen;

/// Installs the hook. A panic in any thread, but over a schema of a registry, ends the
/// process with code 70: whatever a transaction held open is not committed.
#[expect(
    clippy::disallowed_methods,
    reason = "no destructor may run on a broken invariant"
)]
pub(crate) fn print_location_only() {
    std::panic::set_hook(Box::new(|info| {
        #[cfg(feature = "kafka")]
        if veilstream::kafka::library_text::reads_library_text() {
            return;
        }
        // Over a schema that somebody registered: it is told, caught, and no stream ends of it.
        let end = || {
            if !veilstream::schema::registry::catches_faults() {
                std::process::exit(Exit::Software as i32);
            }
        };
        let place = info.location().map_or_else(
            || "an unknown place".to_owned(),
            |l| format!("{}:{}", l.file(), l.line()),
        );
        #[cfg(feature = "kafka")]
        if veilstream::telemetry::log::is_json() {
            // By hand: the log may be what panicked.
            let line = serde_json::json!({
                "timestamp": super::clock::now().to_string(),
                "level": "ERROR",
                "message": format!("internal error at {place}"),
                "why": "the message is withheld, it could hold a value from an event",
                "help": "report this place and the version (`veil version`)",
            });
            screen::tell(&format!("{line}\n"));
            return end();
        }
        screen::tell(&format!(
            "error: internal error at {place}\n  = why:  the message is withheld, it could hold a value from an event\n  = help: report this place and the version (`veil version`)\n"
        ));
        end();
    }));
}
