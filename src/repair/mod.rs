//! Working with what was refused: listed, opened, replayed, purged.
//!
//! **In**: a quarantine topic, a choice among its records, the plan of today.
//! **Out**: what lies there, counted; chosen records replayed through that plan;
//! markers that say which are done with. **Promises**: a record is replayed at most
//! once, whatever ends the process: its marker is written in the transaction that
//! holds what it became; what is still refused comes back with its count of tries; it is fed
//! to the release group that refused it and to no other, and where it waits it leaves in a
//! release or stays where it is;
//! nothing is cut off before a record that is not done with.
//! **Does not know**: keyrings (a key is asked for by its id), the command line.

mod became;
mod choice;
mod done;
mod entry;
mod feed;
mod listing;
mod pool;
mod purge;
mod replay;
mod sealed;
mod survey;

pub use became::Item;
pub use choice::{Choice, OffsetRange};
pub use done::Done;
pub use entry::{Entry, Found, Unreadable};
pub use feed::Feed;
pub use listing::{Common, Row};
pub use purge::{Purged, purge};
pub use replay::{CameTo, Replay, Replayed, Schemas};
pub use sealed::{Keys, Unopened, open};
pub use survey::{Partition, Survey, survey};
