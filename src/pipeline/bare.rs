//! One record whose value has no parts.

use super::pass::Pass;
use super::rest::Reading;
use super::worker::Serving;
use crate::decode;
use crate::decode::bare::OneLeaf;
use crate::record::bare::Bare;
use crate::record::{Fetched, Refusal};
use crate::render::bare::BareOf;
use crate::transform::stage::Under;

/// Reads a record and does what a pass does with it.
///
/// # Errors
/// The reason why it is not written.
#[inline(never)]
pub(super) fn one(
    fetched: Fetched<'_>,
    bare: Bare,
    pass: Pass,
    serving: &mut Serving,
) -> Result<(), Refusal> {
    let (Reading { plan, decoder }, _, rest) = serving.parts();
    let decoded = decode::decode_bare(fetched, bare, plan, decoder)?;
    rest.go_on(decoded, &Under::<BareOf<OneLeaf>>::plan(plan), pass)
}
