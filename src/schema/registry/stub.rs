//! A registry on the loopback that answers as a test says: what none that starts here can
//! show (ids of 16 bytes, 401, 429, 500, slow and wrong bodies).

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use super::testing::Registry;
use super::{Call, Kind, Outcome, Version};
use crate::schema::frame::SchemaId;

/// What came in.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// Method and path.
    pub(crate) line: String,
    pub(crate) authorization: Option<String>,
    pub(crate) content_type: Option<String>,
    pub(crate) body: String,
}

/// What goes out.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    status: u16,
    headers: String,
    body: Vec<u8>,
    /// The length that is said; `None`: that of the body.
    said: Option<usize>,
    after: Duration,
}

impl Reply {
    pub(crate) fn new(status: u16, body: impl Into<Vec<u8>>) -> Reply {
        Reply {
            status,
            headers: String::new(),
            body: body.into(),
            said: None,
            after: Duration::ZERO,
        }
    }

    pub(crate) fn header(mut self, line: &str) -> Reply {
        self.headers.push_str(line);
        self.headers.push_str("\r\n");
        self
    }

    /// Says another length than the body has.
    pub(crate) fn says(self, length: usize) -> Reply {
        let said = Some(length);
        Reply { said, ..self }
    }

    pub(crate) fn after(self, after: Duration) -> Reply {
        Reply { after, ..self }
    }
}

/// The server; it ends when it is dropped.
pub(crate) struct Stub {
    pub(crate) url: String,
    requests: Arc<Mutex<Vec<Request>>>,
    ends: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Stub {
    /// Answers each request as `answer` says.
    pub(crate) fn start(answer: impl Fn(&Request) -> Reply + Send + 'static) -> Stub {
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
    pub(crate) fn requests(&self) -> Vec<Request> {
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

/// A registry that does what `registry` says, until it is dropped.
pub(crate) fn serving(registry: Arc<Mutex<Registry>>) -> Stub {
    Stub::start(move |request| {
        let mut registry = registry.lock().expect("nobody panicked");
        answered(&mut registry, request)
    })
}

fn answered(registry: &mut Registry, request: &Request) -> Reply {
    let body: serde_json::Value = serde_json::from_str(&request.body).unwrap_or_default();
    let text = body["schema"].as_str().unwrap_or_default();
    let (method, path) = request.line.split_once(' ').expect("method and path");
    let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    let call = match (method, &parts[..]) {
        ("GET", ["schemas", "ids", id]) => {
            Call::Schema(SchemaId::Number(id.parse().expect("a number")))
        }
        ("GET", ["schemas", "guids", guid]) => {
            let hex = guid.replace('-', "");
            let guid = data_encoding::HEXLOWER.decode(hex.as_bytes());
            let guid = guid.expect("they are hexadecimal").try_into();
            Call::Schema(SchemaId::Guid(guid.expect("16 bytes")))
        }
        ("GET", ["subjects", subject, "versions", "latest"]) => {
            Call::Version(subject, Version::Latest)
        }
        ("POST", ["subjects", subject]) => Call::LookUp(subject, Kind::Avro, text),
        ("POST", ["compatibility", "subjects", subject, ..]) => {
            Call::Check(subject, Kind::Avro, text)
        }
        ("POST", ["subjects", subject, "versions"]) => Call::Register(subject, Kind::Avro, text),
        other => panic!("{other:?} is not asked"),
    };
    let (status, said) = match registry.answer(&call) {
        Outcome::Schema(schema) => {
            let said = serde_json::json!({"id": schema.id, "schema": &*schema.text});
            (200, said)
        }
        Outcome::Id(id) => (200, serde_json::json!({"id": id})),
        Outcome::Compatible(is) => (200, serde_json::json!({"is_compatible": is})),
        Outcome::Missing => (404, serde_json::json!({"error_code": 40403})),
        Outcome::Conflict => (409, serde_json::json!({"error_code": 409})),
        Outcome::NoSchema => (422, serde_json::json!({"error_code": 42201})),
        Outcome::Trouble(_) => (503, serde_json::json!({})),
    };
    Reply::new(status, said.to_string())
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
