//! What the page asks, and who answers.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::admin::{Answer, Token, permitted, text};

/// Most bytes of a request: a policy is smaller.
pub const BODY_BYTES_MAX: usize = 4 << 20;
/// Until the body of a request must be there: it comes from this machine.
const BODY_TIME: Duration = Duration::from_secs(15);

/// A question of the page.
pub enum Question {
    /// What there is: the policy as it was read, and how much of a sample.
    Start,
    /// Something is tried: the body of the request.
    Try(Vec<u8>),
}

/// A question that waits for its answer.
pub struct Asked {
    /// What is asked.
    pub question: Question,
    tell: oneshot::Sender<Answer>,
}

impl Asked {
    /// False when nobody waits for the answer any more.
    pub fn is_awaited(&self) -> bool {
        !self.tell.is_closed()
    }

    /// Answers it. Whoever asked may be gone.
    pub fn answer(self, answer: Answer) {
        let _ = self.tell.send(answer);
    }
}

/// Takes a question; `None`: too many wait already.
pub type Waiting = Arc<dyn Fn(Asked) -> Option<()> + Send + Sync>;

pub(super) async fn start(token: Token, headers: HeaderMap, waiting: Waiting) -> Response {
    match permitted(Some(&token), &headers, "/start") {
        Ok(()) => answered(Question::Start, &waiting).await,
        Err(refused) => *refused,
    }
}

/// Who has no token is answered before any of the body is waited for: a connection that
/// only says that more will come would hold a place.
pub(super) async fn tried(
    token: Token,
    headers: HeaderMap,
    body: Body,
    waiting: Waiting,
) -> Response {
    if let Err(refused) = permitted(Some(&token), &headers, "/try") {
        return *refused;
    }
    match timeout(BODY_TIME, to_bytes(body, BODY_BYTES_MAX)).await {
        Ok(Ok(body)) => answered(Question::Try(body.into()), &waiting).await,
        Ok(Err(_)) => text(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("a request has at most {BODY_BYTES_MAX} bytes\n"),
        ),
        Err(_) => text(
            StatusCode::REQUEST_TIMEOUT,
            "the request did not come to its end\n".to_owned(),
        ),
    }
}

async fn answered(question: Question, waiting: &Waiting) -> Response {
    let (tell, told) = oneshot::channel();
    if waiting(Asked { question, tell }).is_none() {
        let words = "too many questions wait already: ask again\n";
        return text(StatusCode::SERVICE_UNAVAILABLE, words.to_owned());
    }
    let Ok(Answer { status, json }) = told.await else {
        let words = "veil try has ended\n";
        return text(StatusCode::SERVICE_UNAVAILABLE, words.to_owned());
    };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (status, headers, json).into_response()
}
