//! The calls for programs.

use std::sync::Arc;

use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::json;
use tokio::time::timeout;

use super::answers::{error, json as answer};
use super::caller;
use super::centre::{Centre, Done, Named};
use super::idempotency::Seen;
use super::pages::{BODY_BYTES_MAX, BODY_TIME};
use super::under_way::UnderWay;
use crate::admin::{NotPermitted, is_permitted};
use crate::consent::state::{By, Statement, instant};
use crate::crypto::entropy::{Entropy, OsEntropy};
use crate::record::SubjectId;
use crate::subject::{Claims, Event, Is, LIFE_MAX, May, PREFS_LIFE, WITHDRAW_LIFE, segment};

const DECISION: &str = "a decision is {\"kind\", \"id\", \"category\", \"is\": \"granted\" or \"denied\"}, each a text; \"until\", \"proof\" and \"by\" may stand beside them";
const LINK: &str = "a link is made of {\"kind\", \"id\", \"scope\": \"prefs\" or \"withdraw\"}; \"categories\" and \"lasts_s\" may stand beside them";
const UNAVAILABLE: &str = "not known to be written: make the same call again";
/// HTTP's number and a JSON value.
type Answered = (StatusCode, serde_json::Value);

/// A decision, as a program says it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Decision {
    kind: String,
    id: String,
    category: String,
    is: String,
    until: Option<String>,
    proof: Option<String>,
    by: Option<String>,
}

/// A link, as a program asks for it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Link {
    kind: String,
    id: String,
    scope: May,
    #[serde(default)]
    categories: Vec<String>,
    lasts_s: Option<u32>,
}

/// `POST /v1/consent`: a decision; 202 with its place, when it cannot be lost.
pub(super) async fn decides(centre: Arc<Centre>, request: Request) -> Response {
    if let Err(refused) = let_in(&centre, &request) {
        return *refused;
    }
    let key = request.headers().get("idempotency-key").cloned();
    let body = match body(request).await {
        Ok(body) => body,
        Err(refused) => return *refused,
    };
    let now = (centre.clock)();
    let Some(key) = key else {
        let call = UnderWay::new(&centre, None);
        let (status, told) = decide(&centre, &body, now, call).await;
        return answer(status, &told);
    };
    match centre.remembered.call(key.as_bytes(), &body, now) {
        Seen::New(kept) => {
            let call = UnderWay::new(&centre, Some(kept));
            let (status, told) = decide(&centre, &body, now, call).await;
            answer(status, &told)
        }
        Seen::Done(status, json) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::ACCEPTED);
            let told: serde_json::Value = serde_json::from_str(&json).unwrap_or_default();
            answer(status, &told)
        }
        Seen::UnderWay => error(
            StatusCode::CONFLICT,
            "the call with this idempotency-key is under way",
        ),
        Seen::Another => error(
            StatusCode::UNPROCESSABLE_ENTITY,
            "another call had this idempotency-key",
        ),
        Seen::NoKey => error(
            StatusCode::BAD_REQUEST,
            "an idempotency-key is 1 to 255 visible characters",
        ),
    }
}

/// Does what a call says, and tells the call how it ended: from the thread that writes,
/// so that it is told also when nobody waits for the answer any more.
async fn decide(centre: &Arc<Centre>, body: &[u8], now: Timestamp, call: UnderWay) -> Answered {
    let refused = |status, why: &str| (status, json!({ "error": why }));
    // What serde would say of a broken body is never told: it may hold some of it.
    let decision = serde_json::from_slice::<Decision>(body);
    let decision = decision.map_err(|_| (StatusCode::BAD_REQUEST, DECISION.to_owned()));
    let read = decision.and_then(|decision| match read(centre, &decision, now) {
        Ok((who, written)) => Ok((who, vec![(decision.category, written)])),
        Err(why) => Err((StatusCode::UNPROCESSABLE_ENTITY, why)),
    });
    let (who, decisions) = match read {
        Ok(read) => read,
        Err((status, why)) => {
            let (status, told) = refused(status, &why);
            call.answered(status, &told);
            return (status, told);
        }
    };
    let written = centre.write_and(who, decisions, move |written| {
        let (status, told) = match written.as_deref() {
            Ok([place, ..]) => (
                StatusCode::ACCEPTED,
                json!({ "topic": &*place.topic, "partition": place.partition, "offset": place.offset }),
            ),
            _ => refused(StatusCode::SERVICE_UNAVAILABLE, UNAVAILABLE),
        };
        call.answered(status, &told);
        (status, told)
    });
    let written = written.await;
    written.unwrap_or_else(|_| refused(StatusCode::SERVICE_UNAVAILABLE, UNAVAILABLE))
}

/// Whose decision it is, and what is written of it.
fn read(
    centre: &Centre,
    decision: &Decision,
    now: Timestamp,
) -> Result<(SubjectId, Statement), String> {
    let is = Is::read(&decision.is).ok_or(DECISION)?;
    known(centre, &decision.category)?;
    let who = who(centre, &decision.kind, &decision.id)?;
    let until_ms = match &decision.until {
        Some(_) if is == Is::Denied => return Err("a denial has no `until`".to_owned()),
        Some(text) => match instant(text).ok_or("`until` is a day or a time of RFC 3339")? {
            over if over <= now.as_millisecond() => {
                return Err("`until` is over: nothing is granted by it".to_owned());
            }
            until => Some(until),
        },
        None => None,
    };
    let by = match decision.by.as_deref() {
        None | Some("api") => By::Api,
        Some("cmp") => By::Cmp,
        Some("other") => By::Other,
        Some(_) => return Err("`by` is `api`, `cmp` or `other`".to_owned()),
    };
    let standing = centre.decisions.standing(who);
    let stand = standing.as_ref().map(|all| all.get(&decision.category));
    let granted = stand.map(|s| s.is_some_and(|s| s.is_granted(now, centre.expires_ms)));
    let written = Statement {
        until_ms,
        proof: decision.proof.clone(),
        had: is == Is::Denied && granted != Some(false),
        ..Statement::new(is == Is::Granted, now.as_millisecond(), by)
    };
    written
        .value()
        .map_err(|unwritable| unwritable.to_string())?;
    Ok((who, written))
}

/// `GET /v1/consent/KIND/ID`: how somebody stands.
pub(super) async fn asks(centre: Arc<Centre>, request: Request) -> Response {
    if let Err(refused) = let_in(&centre, &request) {
        return *refused;
    }
    let mut segments = request.uri().path().rsplit('/').map(segment);
    let (Some(Some(id)), Some(Some(kind))) = (segments.next(), segments.next()) else {
        return error(StatusCode::BAD_REQUEST, "kind and id are text");
    };
    let who = match who(&centre, &kind, &id) {
        Ok(who) => who,
        Err(why) => return error(StatusCode::UNPROCESSABLE_ENTITY, &why),
    };
    let Some(standing) = centre.decisions.standing(who) else {
        let why = "not known to be current at the moment: ask again";
        return error(StatusCode::SERVICE_UNAVAILABLE, why);
    };
    (centre.counted)(Done::LookedUp);
    let now = (centre.clock)();
    let stands = centre.categories.iter().map(|category| {
        let stand = standing.get(&category.name);
        let told = stand.map(|stand| {
            json!({
                "is": stand.is.as_str(),
                "at": format!("{:.3}", stand.at),
                "until": stand.until_ms.and_then(time),
                "permits": stand.is_granted(now, centre.expires_ms),
            })
        });
        (category.name.clone(), json!(told))
    });
    let stands: serde_json::Map<_, _> = stands.collect();
    answer(StatusCode::OK, &json!({ "categories": stands }))
}

fn time(ms: i64) -> Option<String> {
    let time = Timestamp::from_millisecond(ms).ok()?;
    Some(time.to_string())
}

/// `POST /v1/links`: a link that leads somebody to their page.
pub(super) async fn links(centre: Arc<Centre>, request: Request) -> Response {
    if let Err(refused) = let_in(&centre, &request) {
        return *refused;
    }
    let body = match body(request).await {
        Ok(body) => body,
        Err(refused) => return *refused,
    };
    let Ok(asked) = serde_json::from_slice::<Link>(&body) else {
        return error(StatusCode::BAD_REQUEST, LINK);
    };
    let unprocessable = |why: &str| error(StatusCode::UNPROCESSABLE_ENTITY, why);
    for category in &asked.categories {
        if let Err(why) = known(&centre, category) {
            return unprocessable(&why);
        }
    }
    let who = match who(&centre, &asked.kind, &asked.id) {
        Ok(who) => who,
        Err(why) => return unprocessable(&why),
    };
    let life = match (asked.lasts_s, asked.scope) {
        (Some(s), _) => SignedDuration::from_secs(s.into()),
        (None, May::Prefs) => PREFS_LIFE,
        (None, May::Withdraw) => WITHDRAW_LIFE,
    };
    if life.is_zero() || life > LIFE_MAX {
        return unprocessable("a link lasts from a second to 400 days");
    }
    let made = (centre.clock)();
    let claims = Claims {
        who,
        may: asked.scope,
        categories: asked.categories,
        made,
        until: made + life,
    };
    let event = Event::Link {
        who,
        may: claims.may,
    };
    let recorded = Arc::clone(&centre);
    let recorded = tokio::task::spawn_blocking(move || {
        let recorded = recorded.record(&event);
        // It is made at once, from what is here.
        recorded.map(|ended| ended(true)).is_ok()
    });
    if !recorded.await.unwrap_or(false) {
        (centre.counted)(Done::Failed);
        return error(StatusCode::SERVICE_UNAVAILABLE, UNAVAILABLE);
    }
    // A source that gives nothing must not end the thread that serves.
    if OsEntropy.try_fill(&mut [0; 16]).is_err() {
        return error(StatusCode::SERVICE_UNAVAILABLE, UNAVAILABLE);
    }
    let Ok(link) = claims.seal(&(centre.links)(), &mut OsEntropy) else {
        return unprocessable("the categories do not fit into a link");
    };
    let folder = match claims.may {
        May::Prefs => "p",
        May::Withdraw => "u",
    };
    answer(
        StatusCode::CREATED,
        &json!({
            "link": format!("{}/{folder}/{link}", centre.address),
            "until": claims.until.to_string(),
            "may_grant": claims.may_grant(),
        }),
    )
}

/// Who has the token; whoever has not is counted, and told of once a minute and network.
fn let_in(centre: &Centre, request: &Request) -> Result<(), Box<Response>> {
    let refused = match is_permitted(centre.token.as_ref(), request.headers()) {
        Ok(()) => return Ok(()),
        Err(refused) => refused,
    };
    let now = (centre.clock)();
    let net = caller::of(request, &centre.proxies);
    if !centre.limits.request(net, now) {
        (centre.counted)(Done::Refused);
        let status = StatusCode::TOO_MANY_REQUESTS;
        return Err(Box::new(error(status, "too many calls without the token")));
    }
    if refused == NotPermitted::Another && centre.limits.warning(net, now) {
        tracing::warn!(
            "a call came with a wrong token; of its network nothing more is said for a minute"
        );
    }
    let mut answer = error(refused.status(), &refused.why("serve.token_file"));
    if refused.status() == StatusCode::UNAUTHORIZED {
        let scheme = HeaderValue::from_static("Bearer");
        answer
            .headers_mut()
            .insert(header::WWW_AUTHENTICATE, scheme);
    }
    Err(Box::new(answer))
}

async fn body(request: Request) -> Result<Vec<u8>, Box<Response>> {
    let kind = request.headers().get(header::CONTENT_TYPE);
    let kind = kind.and_then(|v| v.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let refused = |status, why| Err(Box::new(error(status, why)));
    if !kind.eq_ignore_ascii_case("application/json") {
        let why = "send application/json";
        return refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, why);
    }
    match timeout(BODY_TIME, to_bytes(request.into_body(), BODY_BYTES_MAX)).await {
        Ok(Ok(body)) => Ok(body.into()),
        Ok(Err(_)) => refused(
            StatusCode::PAYLOAD_TOO_LARGE,
            "a call has at most 16384 bytes",
        ),
        Err(_) => refused(
            StatusCode::REQUEST_TIMEOUT,
            "the call did not come to its end",
        ),
    }
}

/// That is a category of the policy.
fn known(centre: &Centre, category: &str) -> Result<(), String> {
    if centre.category(category).is_some() {
        return Ok(());
    }
    let names: Vec<&str> = centre.categories.iter().map(|c| c.name.as_str()).collect();
    Err(format!(
        "`category` is none of the policy's: {}",
        names.join(", ")
    ))
}

fn who(centre: &Centre, kind: &str, id: &str) -> Result<SubjectId, String> {
    match (centre.named)(kind, id) {
        Named::Who(who) => Ok(who),
        Named::Nobody => Err("`id` stands for nobody".to_owned()),
        Named::NoKind => Err("`kind` is none of the policy's".to_owned()),
        Named::Bad(reason) => Err(format!("`id` is no identifier of this kind: {reason}")),
    }
}
