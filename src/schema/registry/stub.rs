//! A registry on the loopback that answers as a test says: what none that starts here can
//! show (ids of 16 bytes, 401, 429, 500, slow and wrong bodies).

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// What came in.
#[derive(Clone, Debug)]
pub(super) struct Request {
    /// Method and path.
    pub(super) line: String,
    pub(super) authorization: Option<String>,
    pub(super) content_type: Option<String>,
    pub(super) body: String,
}

/// What goes out.
#[derive(Clone, Debug)]
pub(super) struct Reply {
    status: u16,
    headers: String,
    body: Vec<u8>,
    /// The length that is said; `None`: that of the body.
    said: Option<usize>,
    after: Duration,
}

impl Reply {
    pub(super) fn new(status: u16, body: impl Into<Vec<u8>>) -> Reply {
        Reply {
            status,
            headers: String::new(),
            body: body.into(),
            said: None,
            after: Duration::ZERO,
        }
    }

    pub(super) fn header(mut self, line: &str) -> Reply {
        self.headers.push_str(line);
        self.headers.push_str("\r\n");
        self
    }

    /// Says another length than the body has.
    pub(super) fn says(self, length: usize) -> Reply {
        let said = Some(length);
        Reply { said, ..self }
    }

    pub(super) fn after(self, after: Duration) -> Reply {
        Reply { after, ..self }
    }
}

/// The server; it ends when it is dropped.
pub(super) struct Stub {
    pub(super) url: String,
    requests: Arc<Mutex<Vec<Request>>>,
    ends: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Stub {
    /// Answers each request as `answer` says.
    pub(super) fn start(answer: impl Fn(&Request) -> Reply + Send + 'static) -> Stub {
        let listener = TcpListener::bind("127.0.0.1:0").expect("there is a port");
        let url = format!("http://{}", listener.local_addr().expect("it is bound"));
        let requests = Arc::<Mutex<Vec<Request>>>::default();
        let ends = Arc::<AtomicBool>::default();
        let (seen, stop) = (requests.clone(), ends.clone());
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stop.load(Ordering::Relaxed) {
                    return;
                }
                // Who hangs up is no failure of the stub.
                let _ = stream.and_then(|stream| serve(stream, &seen, &answer));
            }
        });
        Stub {
            url,
            requests,
            ends,
            thread: Some(thread),
        }
    }

    /// What came in so far.
    pub(super) fn requests(&self) -> Vec<Request> {
        self.requests.lock().expect("nobody panicked").clone()
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
        let address = self.url.trim_start_matches("http://");
        let _ = TcpStream::connect(address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// One request a connection.
fn serve(
    stream: TcpStream,
    seen: &Mutex<Vec<Request>>,
    answer: &dyn Fn(&Request) -> Reply,
) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(2)))?;
    let mut input = BufReader::new(&stream);
    let mut line = String::new();
    input.read_line(&mut line)?;
    let mut request = Request {
        line: line.trim_end().trim_end_matches(" HTTP/1.1").to_owned(),
        authorization: None,
        content_type: None,
        body: String::new(),
    };
    let mut length = 0;
    loop {
        let mut header = String::new();
        input.read_line(&mut header)?;
        let Some((name, value)) = header.trim_end().split_once(": ") else {
            break;
        };
        match name.to_ascii_lowercase().as_str() {
            "authorization" => request.authorization = Some(value.to_owned()),
            "content-type" => request.content_type = Some(value.to_owned()),
            "content-length" => length = value.parse().unwrap_or(0),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    input.read_exact(&mut body)?;
    request.body = String::from_utf8_lossy(&body).into_owned();
    let reply = answer(&request);
    seen.lock().expect("nobody panicked").push(request);
    std::thread::sleep(reply.after);
    let length = reply.said.unwrap_or(reply.body.len());
    let mut out = &stream;
    write!(
        out,
        "HTTP/1.1 {} X\r\ncontent-length: {length}\r\nconnection: close\r\n{}\r\n",
        reply.status, reply.headers
    )?;
    out.write_all(&reply.body)?;
    out.flush()
}
