//! What the page asks, and who answers.

use std::sync::Arc;

use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::sync::oneshot;

use crate::admin::{Answer, Token, permitted, text};

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

pub(super) async fn tried(
    token: Token,
    headers: HeaderMap,
    body: Bytes,
    waiting: Waiting,
) -> Response {
    match permitted(Some(&token), &headers, "/try") {
        Ok(()) => answered(Question::Try(body.into()), &waiting).await,
        Err(refused) => *refused,
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
