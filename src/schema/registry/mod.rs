//! A schema registry: who asks it, what is asked, and what is remembered of its
//! answers.
//!
//! **In**: which schemas records name, by lane; how to reach the registry; what makes a
//! binding of a schema. **Out**: bindings and refusals by schema, who is told of them,
//! what is wrong with the registry. **Promises**: nothing is guessed: a schema is known,
//! refused, or waited for; what cannot be reached is never taken for what is not there;
//! no more than [`ASKED_MAX`] schemas are asked for at a time; no body and no secret is
//! ever shown. **Does not know**: records, and what a binding is.
//!
//! The desk is a machine without a clock, a thread or a socket of its own; the thread that
//! runs it is the only one of the process that talks to the registry. Only the client needs
//! the feature `registry`.

mod answer;
#[cfg(feature = "registry")]
mod apicurio;
mod asking;
mod backoff;
mod binder;
mod cache;
mod call;
#[cfg(feature = "registry")]
mod client;
mod desk;
mod faults;
mod fetched;
mod newest;
mod plan_binder;
mod ration;
mod task;
mod texts;
mod thread;
mod told;
mod trouble;

pub use answer::read as read_answer;
pub use asking::{Asking, NotKnown, Unregistered};
pub use binder::{Binder, Derived, Drafted, Key, Refusal};
pub use cache::{Bindings, Bound, REFUSALS_MAX};
pub use call::{Call, CallKind, Kind, Outcome, Reference, Schema, Version};
#[cfg(feature = "registry")]
pub use client::{Access, Auth, Client, NotUsable};
pub use desk::{ASKED_MAX, Desk, Next};
pub use faults::catches as catches_faults;
pub use fetched::{Named, Text};
pub use newest::{NotAsked, is_registered, may_follow, newest};
pub use plan_binder::{PlanBinder, framings, kind_of, subject_of};
pub use thread::{Calls, Counter, Figures, Published, Work, run};
pub use told::{How, Rules, Subject, Told, Warmed};
pub use trouble::{Trouble, Why};

#[cfg(test)]
mod changes_tests;
#[cfg(test)]
mod simulation;
#[cfg(all(test, feature = "registry"))]
pub(crate) mod stub;
#[cfg(test)]
pub(crate) mod testing;
