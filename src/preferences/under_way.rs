//! A call that is being done, from when its key is taken until it is answered or given up.

use std::sync::Arc;

use axum::http::StatusCode;

use super::centre::Centre;
use super::idempotency::Kept;

/// A call that is being done. Its key is given back when this is dropped before the call
/// was answered: whoever hung up may make it again.
pub(super) struct UnderWay {
    centre: Arc<Centre>,
    key: Option<Kept>,
}

impl UnderWay {
    /// With the key that [`Remembered::call`](super::Remembered::call) gave; `None`: it came with none.
    pub(super) fn new(centre: &Arc<Centre>, key: Option<Kept>) -> UnderWay {
        let centre = Arc::clone(centre);
        UnderWay { centre, key }
    }

    /// It ended with that answer: one of this side's failures may be tried again.
    pub(super) fn answered(mut self, status: StatusCode, told: &serde_json::Value) {
        if status.is_server_error() {
            return;
        }
        if let Some(key) = self.key.take() {
            let (status, json) = (status.as_u16(), told.to_string());
            self.centre.remembered.done(key, status, json);
        }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        if let Some(key) = self.key.take() {
            self.centre.remembered.failed(key);
        }
    }
}
