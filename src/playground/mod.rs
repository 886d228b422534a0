//! HTTP: the page of `veil try`, for one person on this machine.
//!
//! **In**: whoever answers what the page asks. **Out**: a group of pages: the page with
//! its scripts and its style, and two that answer: what there is, and what a policy makes of it.
//! **Promises**: what holds a value asks for a token that is drawn at each start and
//! travels in no request line; a request by another name than this machine's own is
//! refused, so no site can have its name point here; the page loads nothing from
//! elsewhere and is told so by its headers; a request has a size, and few wait.
//! **Does not know**: policies, samples, what the answers mean.

mod asked;
mod assets;
mod host;
mod secrets;

pub use asked::{Asked, BODY_BYTES_MAX, Question, Waiting};
pub use host::is_this_machine;
pub use secrets::Secrets;

use std::sync::Arc;

use axum::routing::{get, post};

use crate::admin::Routes;

/// The pages. Each question is handed to `waiting`, to be answered elsewhere, one at a
/// time; there, `None` means that too many wait already.
pub fn playground(
    secrets: &Secrets,
    waiting: impl Fn(Asked) -> Option<()> + Send + Sync + 'static,
) -> Routes {
    let waiting: Waiting = Arc::new(waiting);
    let (token, waits) = (secrets.token(), Arc::clone(&waiting));
    let start = get(move |headers| asked::start(token.clone(), headers, Arc::clone(&waits)));
    let token = secrets.token();
    let tried =
        post(move |headers, body| asked::tried(token.clone(), headers, body, Arc::clone(&waiting)));
    let routes = assets::all(secrets).into_iter();
    routes
        .fold(Routes::new(), |routes, asset| {
            routes.at(asset.path, get(move || async move { asset.answer() }))
        })
        .at("/start", start)
        .at("/try", tried)
        .guarded(host::refused)
}
