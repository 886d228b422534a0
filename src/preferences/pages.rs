//! The pages for people.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Bytes, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use jiff::Timestamp;
use tokio::time::timeout;

use super::answers::{notice, page, see_other};
use super::caller;
use super::centre::{Centre, Done};
use super::receipt::Receipt;
use crate::consent::state::{By, Statement};
use crate::crypto::digest::sha256;
use crate::crypto::link::{LinkKey, Marked};
use crate::plan::live::Category;
use crate::subject::{Claims, Fields, Is, Language, Notice, Page, chosen};

/// Longest form, in bytes.
pub(super) const BODY_BYTES_MAX: usize = 16 << 10;
/// Until the body of a request must be there.
pub(super) const BODY_TIME: Duration = Duration::from_secs(10);
/// What a mail program sends for one click (RFC 8058 section 3.1).
const ONE_CLICK: (&str, &str) = ("List-Unsubscribe", "One-Click");

/// A request whose link opened, from somebody who does not ask too often.
struct Opened {
    claims: Claims,
    link: String,
    /// What opened it.
    key: Arc<LinkKey>,
    query: String,
    language: Language,
    now: Timestamp,
}

/// `GET /p/LINK` and `GET /u/LINK`: the page. Changes nothing.
pub(super) async fn shown(centre: Arc<Centre>, request: Request) -> Response {
    let opened = match opened(&centre, &request) {
        Ok(opened) => opened,
        Err(refused) => return *refused,
    };
    let receipt = Receipt::read(&opened.query, &opened.link, &opened.key);
    let notices = receipt.map(|r| r.notices(&centre.decisions.topic()));
    choices(
        &centre,
        &opened,
        StatusCode::OK,
        &notices.unwrap_or_default(),
    )
}

/// `POST /p/LINK`: decisions. Answered when they cannot be lost; then the page again.
pub(super) async fn sent(centre: Arc<Centre>, request: Request) -> Response {
    let opened = match opened(&centre, &request) {
        Ok(opened) => opened,
        Err(refused) => return *refused,
    };
    let fields = match form(&opened, request).await {
        Ok(body) => Fields::read(&body),
        Err(refused) => return *refused,
    };
    let Ok(fields) = fields else {
        return choices(
            &centre,
            &opened,
            StatusCode::BAD_REQUEST,
            &[Notice::Unreadable],
        );
    };
    if !is_fresh(&opened, fields.one("mark").unwrap_or_default()) {
        return choices(
            &centre,
            &opened,
            StatusCode::BAD_REQUEST,
            &[Notice::FormTooOld],
        );
    }
    let standing = centre.decisions.standing(opened.claims.who);
    let clock = (opened.now, centre.expires_ms);
    let chosen = chosen(
        &fields,
        &centre.categories,
        &opened.claims,
        standing.as_ref(),
        clock,
    );
    let is_too_often = chosen.decisions.iter().any(|c| c.is == Is::Granted)
        && !centre.limits.form(&opened.link, opened.now);
    let decisions = chosen.decisions.iter();
    let decisions = decisions.filter(|choice| choice.is == Is::Denied || !is_too_often);
    let decisions = decisions.map(|choice| {
        let told = told_in(choice.category, &opened.language);
        let decision = decision(choice.is, &opened, told, choice.had);
        (choice.category.name.clone(), decision)
    });
    let places = match centre.write(opened.claims.who, decisions.collect()).await {
        Ok(places) => places,
        Err(_) => return not_written(&centre, &opened),
    };
    if is_too_often {
        // What was withdrawn is written.
        (centre.counted)(Done::Refused);
        return choices(
            &centre,
            &opened,
            StatusCode::TOO_MANY_REQUESTS,
            &[Notice::TooMany],
        );
    }
    let (needs_newer_link, unreadable) = (chosen.needs_newer_link, chosen.unreadable);
    let Some(place) = places.last() else {
        let mut notices = Vec::new();
        notices.extend(needs_newer_link.then_some(Notice::NeedsNewerLink));
        notices.extend(unreadable.then_some(Notice::Unreadable));
        if notices.is_empty() {
            notices.push(Notice::Unchanged);
        }
        return choices(&centre, &opened, StatusCode::OK, &notices);
    };
    let receipt = Receipt {
        at: opened.now,
        partition: place.partition,
        offset: place.offset,
        needs_newer_link,
        unreadable,
    };
    let query = receipt.query(&opened.link, &opened.key);
    see_other(&format!("../p/{}?{query}", opened.link))
}

/// `POST /u/LINK`: one click of a mail program withdraws what the link is about.
pub(super) async fn clicked(centre: Arc<Centre>, request: Request) -> Response {
    let opened = match opened(&centre, &request) {
        Ok(opened) => opened,
        Err(refused) => return *refused,
    };
    let kind = content_type(request.headers());
    let body = match form(&opened, request).await {
        Ok(body) => body,
        Err(refused) => return *refused,
    };
    if !is_one_click(&kind, &body) {
        return choices(
            &centre,
            &opened,
            StatusCode::BAD_REQUEST,
            &[Notice::Unreadable],
        );
    }
    let standing = centre.decisions.standing(opened.claims.who);
    let about = centre.categories.iter();
    let about = about.filter(|c| opened.claims.is_about(&c.name));
    let mut decisions = Vec::new();
    for category in about {
        let stand = standing.as_ref().map(|all| all.get(&category.name));
        let granted = stand.map(|s| s.is_some_and(|s| s.is_granted(opened.now, centre.expires_ms)));
        // Written whatever is known: a grant may be under way that is not seen yet.
        let decision = decision(Is::Denied, &opened, None, granted != Some(false));
        decisions.push((category.name.clone(), decision));
    }
    match centre.write(opened.claims.who, decisions).await {
        // RFC 8058 section 3.2: no redirect.
        Ok(_) => notice(StatusCode::OK, &Notice::Withdrawn, &opened.language),
        Err(_) => not_written(&centre, &opened),
    }
}

/// Lets in who has a link of ours and does not ask too often.
fn opened(centre: &Centre, request: &Request) -> Result<Opened, Box<Response>> {
    let now = (centre.clock)();
    let accept = request.headers().get(header::ACCEPT_LANGUAGE);
    let accept = accept.and_then(|v| v.to_str().ok());
    let language = Language::chosen(accept, &centre.categories);
    if !centre
        .limits
        .request(caller::of(request, &centre.proxies), now)
    {
        return Err(too_many(centre, &language));
    }
    // The last segment as it stands: a link needs no escapes.
    let path = request.uri().path();
    let link = path.rsplit('/').next().unwrap_or_default();
    let link = link.replace("%3A", ":").replace("%3a", ":");
    let key = (centre.links)();
    match Claims::open(&link, &key, now) {
        Ok(claims) => Ok(Opened {
            claims,
            link,
            key,
            query: request.uri().query().unwrap_or_default().to_owned(),
            language,
            now,
        }),
        Err(_) => Err(Box::new(notice(
            StatusCode::NOT_FOUND,
            &Notice::NoLink,
            &language,
        ))),
    }
}

/// The body of a form.
async fn form(opened: &Opened, request: Request) -> Result<Bytes, Box<Response>> {
    let refused = |status| {
        let refused = notice(status, &Notice::Unreadable, &opened.language);
        Err(Box::new(refused))
    };
    match timeout(BODY_TIME, to_bytes(request.into_body(), BODY_BYTES_MAX)).await {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(_)) => refused(StatusCode::PAYLOAD_TOO_LARGE),
        Err(_) => refused(StatusCode::REQUEST_TIMEOUT),
    }
}

fn too_many(centre: &Centre, language: &Language) -> Box<Response> {
    (centre.counted)(Done::Refused);
    let status = StatusCode::TOO_MANY_REQUESTS;
    Box::new(notice(status, &Notice::TooMany, language))
}

fn not_written(centre: &Arc<Centre>, opened: &Opened) -> Response {
    let status = StatusCode::SERVICE_UNAVAILABLE;
    choices(centre, opened, status, &[Notice::NotWritten])
}

fn choices(centre: &Centre, opened: &Opened, status: StatusCode, notices: &[Notice]) -> Response {
    let standing = centre.decisions.standing(opened.claims.who);
    let hour = hour(opened.now);
    let made = Page {
        language: &opened.language,
        categories: &centre.categories,
        claims: &opened.claims,
        link: &opened.link,
        mark: &opened.key.mark(&opened.link, Marked::Form { hour }),
        standing: standing.as_ref(),
        expires_ms: centre.expires_ms,
        now: opened.now,
        notices,
    };
    page(status, made.html())
}

fn hour(now: Timestamp) -> u64 {
    u64::try_from(now.as_second().div_euclid(3_600)).unwrap_or(0)
}

/// A form is good in the hour in which it was made and in the next.
fn is_fresh(opened: &Opened, mark: &str) -> bool {
    let this = hour(opened.now);
    [this, this.saturating_sub(1)].into_iter().any(|hour| {
        let form = Marked::Form { hour };
        opened.key.is_marked(&opened.link, form, mark)
    })
}

fn decision(is: Is, opened: &Opened, text: Option<String>, had: bool) -> Statement {
    Statement {
        text,
        had,
        ..Statement::new(is == Is::Granted, opened.now.as_millisecond(), By::Page)
    }
}

/// SHA-256 of what the person was told: title, line feed, text, in their language.
fn told_in(category: &Category, language: &Language) -> Option<String> {
    let (title, text) = language.of(category);
    let digest = sha256(format!("{title}\n{text}").as_bytes());
    let digest = data_encoding::HEXLOWER.encode(&digest);
    Some(format!("sha256:{digest}"))
}

fn content_type(headers: &HeaderMap) -> String {
    let kind = headers.get(header::CONTENT_TYPE);
    let kind = kind.and_then(|v| v.to_str().ok()).unwrap_or_default();
    kind.to_owned()
}

/// The pair that RFC 8058 asks for, as a form of either kind; the second as mail programs
/// spell it (RFC 7578: names of types and of headers have no case, quotes are left out by
/// some, and so is the carriage return).
fn is_one_click(kind: &str, body: &[u8]) -> bool {
    let (name, value) = ONE_CLICK;
    let mut words = kind.split(';').map(str::trim);
    let kind = words.next().unwrap_or_default();
    if !kind.eq_ignore_ascii_case("multipart/form-data") {
        return Fields::read(body).is_ok_and(|fields| fields.one(name) == Some(value));
    }
    let boundary = words.find_map(|word| parameter(word, "boundary"));
    let between = format!("--{}", boundary.unwrap_or_default());
    let body = String::from_utf8_lossy(body).replace("\r\n", "\n");
    let mut named = body.split(&between).filter_map(|part| {
        let (head, content) = part.split_once("\n\n")?;
        let is_it = head.lines().any(|line| is_named(line, name));
        is_it.then(|| content.trim())
    });
    named.next() == Some(value) && named.next().is_none()
}

/// True for the header of a part that gives it that name.
fn is_named(header: &str, name: &str) -> bool {
    let Some((of, rest)) = header.split_once(':') else {
        return false;
    };
    let mut words = rest.split(';').map(str::trim);
    of.trim().eq_ignore_ascii_case("content-disposition")
        && words.find_map(|word| parameter(word, "name")) == Some(name)
}

/// The value of that parameter, without its quotes.
fn parameter<'t>(word: &'t str, name: &str) -> Option<&'t str> {
    let (of, value) = word.split_once('=')?;
    let is_it = of.trim().eq_ignore_ascii_case(name);
    is_it.then(|| value.trim().trim_matches('"'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_click_is_the_pair_and_nothing_like_it() {
        let urlencoded = "application/x-www-form-urlencoded";
        assert!(is_one_click(urlencoded, b"List-Unsubscribe=One-Click"));
        assert!(is_one_click("", b"List-Unsubscribe=One-Click&x=1"));
        let multipart = "multipart/form-data; boundary=xyz";
        let part = |name: &str, value: &str| {
            format!(
                "--xyz\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n--xyz--\r\n"
            )
        };
        let good = part("List-Unsubscribe", "One-Click");
        assert!(is_one_click(multipart, good.as_bytes()));
        for spelled in [
            good.replace("name=\"List-Unsubscribe\"", "name=List-Unsubscribe"),
            good.replace("\r\n", "\n"),
            good.replace(
                "Content-Disposition: form-data; name",
                "content-disposition:form-data;NAME",
            ),
        ] {
            let quoted = "Multipart/Form-Data; charset=utf-8; Boundary=\"xyz\"";
            assert!(is_one_click(quoted, spelled.as_bytes()), "{spelled}");
        }
        let twice = [&*good, &part("List-Unsubscribe", "No")].concat();
        assert!(!is_one_click(multipart, twice.as_bytes()));
        for body in [
            &b""[..],
            b"List-Unsubscribe=",
            b"list-unsubscribe=One-Click",
            b"List-Unsubscribe=One-Click&List-Unsubscribe=x",
        ] {
            assert!(!is_one_click(urlencoded, body));
        }
        for (name, value) in [("List-Unsubscribe", "No"), ("Other", "One-Click")] {
            assert!(!is_one_click(multipart, part(name, value).as_bytes()));
        }
    }
}
