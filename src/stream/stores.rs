//! What answers the look-ups of a stream.

use std::sync::Arc;

use crate::record::lookups::Lookups;

/// Opens for each worker what answers its look-ups.
#[derive(Clone)]
pub struct Stores(Arc<dyn Fn() -> Box<dyn Lookups> + Send + Sync>);

impl Stores {
    /// `open` is called once for each worker. It does not wait: a store that
    /// cannot be reached is an outage of each look-up.
    pub fn new(open: impl Fn() -> Box<dyn Lookups> + Send + Sync + 'static) -> Stores {
        Stores(Arc::new(open))
    }

    /// One for one worker.
    pub(super) fn open(&self) -> Box<dyn Lookups> {
        (self.0)()
    }
}

impl std::fmt::Debug for Stores {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Stores(..)")
    }
}
