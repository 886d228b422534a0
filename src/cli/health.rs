//! `veil health`: asks a running sidecar how it is, for images without a shell.

use super::{Exit, Outcome, screen};
use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// Longest answer that is read; the pages asked for are some lines.
const ANSWER_BYTES_MAX: usize = 1 << 16;

/// Ask the sidecar on this machine whether it is ready: 0 yes, 1 no
///
/// For health checks where there is neither a shell nor curl. It asks `/readyz`,
/// and prints what that says when the sidecar is not ready; an address of all
/// interfaces (0.0.0.0, ::) is asked on the loopback interface.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  veil health
  veil health --live
  veil health --http 127.0.0.1:9464 --timeout-ms 1000

Exits 0 when the answer is 200, 1 when it is another one or none comes in time.")]
pub struct Args {
    /// Where `veil run` serves metrics and health
    #[arg(
        long,
        value_name = "ADDR:PORT",
        env = "VEIL__HTTP",
        default_value = "127.0.0.1:9464"
    )]
    http: SocketAddr,
    /// Ask whether the process answers at all (`/livez`), ready or not
    #[arg(long)]
    live: bool,
    /// Longest wait for the whole answer, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 2000, value_parser = clap::value_parser!(u64).range(1..=60_000))]
    timeout_ms: u64,
}

impl Args {
    pub fn run(self) -> Outcome {
        let path = if self.live { "/livez" } else { "/readyz" };
        let address = reachable(self.http);
        match ask(address, path, Duration::from_millis(self.timeout_ms)) {
            Ok(Answer { status: 200, .. }) => Ok(Exit::Ok),
            Ok(answer) => {
                screen::tell(&format!(
                    "{address}{path} answers {}\n{}",
                    answer.status, answer.text
                ));
                Ok(Exit::Warnings)
            }
            Err(error) => {
                screen::tell(&format!("{address}{path} does not answer: {error}\n"));
                Ok(Exit::Warnings)
            }
        }
    }
}

/// Where somebody on this machine reaches what listens at `address`.
fn reachable(address: SocketAddr) -> SocketAddr {
    let loopback = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        named => named,
    };
    SocketAddr::new(loopback, address.port())
}

struct Answer {
    status: u16,
    text: String,
}

/// One request, one answer, one deadline for both.
fn ask(address: SocketAddr, path: &str, timeout: Duration) -> io::Result<Answer> {
    let late = || io::Error::new(io::ErrorKind::TimedOut, "not within the time allowed");
    let deadline = Instant::now() + timeout;
    let mut stream = TcpStream::connect_timeout(&address, timeout)?;
    stream.set_write_timeout(Some(timeout))?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n"
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
            let error = ask(address, "/livez", Duration::from_millis(200)).err();
            assert_eq!(error.map(|e| e.kind()), Some(io::ErrorKind::TimedOut));
            assert!(asked.elapsed() < Duration::from_secs(5));
            server.join().expect("the server ends");
        }
    }
}
