//! HTTP: the page on which people decide, and the calls by which programs do.
//!
//! **In**: a [`Centre`]: categories, the key of links, a store of decisions, a log.
//! **Out**: two groups of pages: `/p`, `/u` and their style for people, `/v1` for
//! programs with a token. **Promises**: reading never changes anything, so that a
//! scanner of mails withdraws nobody's consent; what is changed is recorded before, and
//! answered when it cannot be lost, of one person in the order in which it came; links that are changed, ended or none are answered
//! alike; who asks too often is told so before anything is worked at, but a denial with a
//! link is never refused for that link's number of forms; nothing about a request is logged, and no answer repeats any of it. **Does not know**: topics, the
//! policy's text, who a person is.

mod answers;
mod api;
mod caller;
mod centre;
mod idempotency;
mod pages;
mod receipt;
#[cfg(test)]
mod tests;
mod turns;
mod under_way;

pub use caller::Proxies;
pub use centre::{Centre, Done, Named};
pub use idempotency::Remembered;
pub use turns::Turns;

use std::sync::Arc;

use axum::routing::{get, post};

use crate::admin::{Admin, AdminError, Routes, Strangers};
use crate::subject::Net;

/// Serves both groups at `address` to whoever comes, each network with its share of the
/// connections; a named proxy has no share, since all come by it.
///
/// # Errors
/// When the address cannot be listened at.
pub fn serve(centre: &Arc<Centre>, address: std::net::SocketAddr) -> Result<Admin, AdminError> {
    let proxies = centre.proxies.clone();
    let strangers = Strangers {
        network: Arc::new(move |peer| (!proxies.is_one(peer)).then(|| Net::of(peer).bytes())),
        not_found: || answers::error(axum::http::StatusCode::NOT_FOUND, "not found"),
        every: answers::closed,
    };
    let routes = vec![people(centre), programs(centre)];
    Admin::start_for_strangers(address, routes, strangers)
}

/// The pages for people: `GET` and `POST /p/LINK`, `GET` and `POST /u/LINK` (RFC 8058),
/// and their style.
pub fn people(centre: &Arc<Centre>) -> Routes {
    let (shown, sent) = (Arc::clone(centre), Arc::clone(centre));
    let (named, clicked) = (Arc::clone(centre), Arc::clone(centre));
    Routes::new()
        .at(
            "/p/{link}",
            get(move |asked| pages::shown(Arc::clone(&shown), asked))
                .post(move |asked| pages::sent(Arc::clone(&sent), asked)),
        )
        .at(
            "/u/{link}",
            get(move |asked| pages::shown(Arc::clone(&named), asked))
                .post(move |asked| pages::clicked(Arc::clone(&clicked), asked)),
        )
        .at("/style.css", get(|| async { answers::style() }))
}

/// The calls for programs, each with `Authorization: Bearer TOKEN`: `POST /v1/consent`,
/// `GET /v1/consent/KIND/ID`, `POST /v1/links`.
pub fn programs(centre: &Arc<Centre>) -> Routes {
    let (decides, asks, links) = (Arc::clone(centre), Arc::clone(centre), Arc::clone(centre));
    Routes::new()
        .at(
            "/v1/consent",
            post(move |asked| api::decides(Arc::clone(&decides), asked)),
        )
        .at(
            "/v1/consent/{kind}/{id}",
            get(move |asked| api::asks(Arc::clone(&asks), asked)),
        )
        .at(
            "/v1/links",
            post(move |asked| api::links(Arc::clone(&links), asked)),
        )
}
