//! One request to the sidecar on this machine.

use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// Longest answer that is read, in bytes.
const ANSWER_BYTES_MAX: usize = 4 << 20;

/// Where somebody on this machine reaches what listens at `address`.
pub(crate) fn reachable(address: SocketAddr) -> SocketAddr {
    let loopback = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        named => named,
    };
    SocketAddr::new(loopback, address.port())
}

/// An answer.
pub(crate) struct Answer {
    /// HTTP's number.
    pub(crate) status: u16,
    /// What stands behind the head.
    pub(crate) text: String,
}

/// What is asked for.
pub(crate) struct Request<'a> {
    /// `GET`, `POST`.
    pub(crate) method: &'a str,
    /// With its query.
    pub(crate) path: &'a str,
    /// The token that the page asks for.
    pub(crate) token: Option<&'a str>,
}

/// One request, one answer, one deadline for both.
///
/// # Errors
/// Nobody answers, or not in time, or not in HTTP.
pub(crate) fn ask(
    address: SocketAddr,
    request: &Request<'_>,
    timeout: Duration,
) -> io::Result<Answer> {
    let late = || io::Error::new(io::ErrorKind::TimedOut, "not within the time allowed");
    let deadline = Instant::now() + timeout;
    let mut stream = TcpStream::connect_timeout(&address, timeout)?;
    stream.set_write_timeout(Some(timeout))?;
    let Request {
        method,
        path,
        token,
    } = request;
    let bearer = token.map_or_else(String::new, |t| format!("authorization: Bearer {t}\r\n"));
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\n{bearer}content-length: 0\r\nconnection: close\r\n\r\n"
    )?;
    let mut bytes = Vec::new();
    let mut part = [0; 4096];
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(late());
        }
        // A server that drips its answer is bounded by the deadline, not by each read.
        stream.set_read_timeout(Some(left))?;
        match stream.read(&mut part) {
            Ok(0) => break,
            Ok(n) => bytes.extend_from_slice(&part[..n]),
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => return Err(late()),
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
        if bytes.len() > ANSWER_BYTES_MAX {
            break;
        }
    }
    parse(&bytes)
}

/// The status of an HTTP/1 answer and the text behind its head.
fn parse(bytes: &[u8]) -> io::Result<Answer> {
    let answer = String::from_utf8_lossy(bytes);
    let (head, text) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let mut words = head.split_whitespace();
    let is_http = words.next().is_some_and(|w| w.starts_with("HTTP/1."));
    match words.next().and_then(|w| w.parse().ok()) {
        Some(status) if is_http => Ok(Answer {
            status,
            text: text.to_owned(),
        }),
        _ => Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "the answer is not HTTP",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    const LIVEZ: Request<'_> = Request {
        method: "GET",
        path: "/livez",
        token: None,
    };

    #[test]
    fn an_address_of_all_interfaces_is_asked_on_the_loopback_one() {
        for (listened, asked) in [
            ("0.0.0.0:9464", "127.0.0.1:9464"),
            ("[::]:80", "[::1]:80"),
            ("127.0.0.1:1", "127.0.0.1:1"),
            ("10.1.2.3:1", "10.1.2.3:1"),
        ] {
            let listened = listened.parse().expect("an address");
            assert_eq!(reachable(listened).to_string(), asked);
        }
    }

    #[test]
    fn what_is_no_http_is_no_answer() {
        for bytes in [
            &b""[..],
            b"220 smtp ready\r\n",
            b"HTTP/1.1\r\n",
            b"\xff\xfe",
        ] {
            assert!(parse(bytes).is_err(), "{bytes:?}");
        }
        let answer = parse(b"HTTP/1.1 503 no\r\na: b\r\n\r\nnot ready: x\n").expect("it is HTTP");
        assert_eq!((answer.status, &*answer.text), (503, "not ready: x\n"));
    }

    #[test]
    fn a_server_that_says_nothing_or_drips_is_given_up_in_time() {
        for drip in [&b""[..], b"H"] {
            let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
            let address = listener.local_addr().expect("it is bound");
            let server = std::thread::spawn(move || {
                let (mut stream, _) = listener.accept().expect("a client");
                // Ends when the client has hung up.
                while drip.is_empty() || stream.write_all(drip).is_ok() {
                    std::thread::sleep(Duration::from_millis(20));
                    if drip.is_empty() && stream.read(&mut [0; 512]).is_ok_and(|n| n == 0) {
                        break;
                    }
                }
            });
            let asked = Instant::now();
            let error = ask(address, &LIVEZ, Duration::from_millis(200)).err();
            assert_eq!(error.map(|e| e.kind()), Some(io::ErrorKind::TimedOut));
            assert!(asked.elapsed() < Duration::from_secs(5));
            server.join().expect("the server ends");
        }
    }
}
