//! Tells whoever writes at present that nothing is begun for a while.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crossbeam_channel::Sender;

use crate::kafka::messages::ToOutlet;

/// Whether nothing is begun, for the outlet of now and those after it.
#[derive(Default)]
pub(in crate::stream) struct Hold {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    held: bool,
    outlet: Option<Sender<ToOutlet>>,
}

impl Hold {
    /// From now on this outlet is told, and how it is at once.
    pub(in crate::stream) fn listen(&self, outlet: Sender<ToOutlet>) {
        let mut state = self.locked();
        // A closed outlet means that the stream ends.
        let _ = outlet.send(ToOutlet::Held(state.held));
        state.outlet = Some(outlet);
    }

    /// No outlet is there: the last one could not end as long as somebody may tell it
    /// something.
    pub(in crate::stream) fn deafen(&self) {
        self.locked().outlet = None;
    }

    /// Nothing is begun, or everything is as usual.
    pub(super) fn set(&self, held: bool) {
        let mut state = self.locked();
        if state.held != held {
            state.held = held;
            if let Some(outlet) = &state.outlet {
                let _ = outlet.send(ToOutlet::Held(held));
            }
        }
    }

    fn locked(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outlet_that_comes_later_is_told_how_it_is() {
        let hold = Hold::default();
        hold.set(true);
        let (outlet, inbox) = crossbeam_channel::unbounded();
        hold.listen(outlet);
        hold.set(true);
        hold.set(false);
        let told = inbox.try_iter().map(|m| matches!(m, ToOutlet::Held(true)));
        assert_eq!(told.collect::<Vec<_>>(), [true, false]);
        hold.deafen();
        assert!(inbox.recv().is_err(), "nobody can tell it anything");
        hold.set(true);
    }
}
