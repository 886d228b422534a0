//! Waits on this thread for the one kind of answer that the client library
//! gives as a future.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Blocks until the answer is there. The library bounds the wait by the
/// request's own timeout.
pub(crate) fn for_answer<T>(answer: impl Future<Output = T>) -> T {
    let mut answer = pin!(answer);
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut cx = Context::from_waker(&waker);
    loop {
        match answer.as_mut().poll(&mut cx) {
            Poll::Ready(done) => return done,
            Poll::Pending => std::thread::park(),
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_answer_from_another_thread_arrives() {
        let (tx, rx) = std::sync::mpsc::channel::<std::task::Waker>();
        let mut asked = false;
        let answer = std::future::poll_fn(|cx| {
            if asked {
                return std::task::Poll::Ready(7);
            }
            asked = true;
            tx.send(cx.waker().clone()).unwrap();
            std::task::Poll::Pending
        });
        std::thread::scope(|s| {
            s.spawn(move || rx.recv().unwrap().wake());
            assert_eq!(super::for_answer(answer), 7);
        });
    }
}
