//! With real sockets, and bounds of milliseconds.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use super::super::{Admin, Routes};
use super::*;
use axum::routing::get;

/// Longer than anything here may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// Longer than any test: a bound that must not be what ends it.
const NEVER: Duration = Duration::from_secs(600);

const UNBOUNDED: Bounds = Bounds {
    connections: 64,
    first: NEVER,
    head: NEVER,
    life: NEVER,
    answer: NEVER,
};

/// More than the sockets of both sides take unread.
const HUGE: usize = 64 << 20;

fn start(bounds: Bounds) -> Admin {
    start_shared(bounds, Share::default())
}

fn start_shared(bounds: Bounds, share: Share) -> Admin {
    let pages = Routes::new()
        .at("/hello", get(|| async { "hello" }))
        .at("/huge", get(|| async { "x".repeat(HUGE) }));
    let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
    Admin::start_app(any_port, Routes::merged(vec![pages]), (bounds, share)).unwrap()
}

fn connect(admin: &Admin) -> TcpStream {
    let stream = TcpStream::connect(admin.address()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// Asks, and reads the answer to its end; the connection is kept.
fn hello(stream: &mut TcpStream) {
    write!(stream, "GET /hello HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\nhello") {
        let mut part = [0; 512];
        let n = stream.read(&mut part).unwrap();
        assert_ne!(n, 0, "ended: {}", String::from_utf8_lossy(&answer));
        answer.extend_from_slice(&part[..n]);
    }
    assert!(answer.starts_with(b"HTTP/1.1 200"));
}

/// Waits until the other side has ended it, and says after which time.
fn ended(stream: &mut TcpStream) -> Duration {
    let since = Instant::now();
    let mut rest = vec![0; 1 << 16];
    loop {
        match stream.read(&mut rest) {
            Ok(0) => return since.elapsed(),
            Ok(_) => {}
            Err(e) if e.kind() == ErrorKind::ConnectionReset => return since.elapsed(),
            Err(e) => panic!("not ended after {:?}: {e}", since.elapsed()),
        }
    }
}

#[test]
fn a_head_that_never_ends_is_not_waited_for() {
    let admin = start(Bounds {
        head: Duration::from_millis(50),
        ..UNBOUNDED
    });
    let mut silent = connect(&admin);
    let mut slow = connect(&admin);
    slow.write_all(b"GET /hello HTTP/1.1\r\nhost:").unwrap();
    ended(&mut silent);
    ended(&mut slow);
    hello(&mut connect(&admin));
}

#[test]
fn a_head_that_comes_byte_by_byte_is_not_waited_for() {
    let admin = start(Bounds {
        head: Duration::from_millis(50),
        ..UNBOUNDED
    });
    let mut drip = connect(&admin);
    drip.write_all(b"GET /hello HTTP/1.1\r\nx: ").unwrap();
    let since = Instant::now();
    // Ended although something comes all the time.
    while drip.write_all(b"a").is_ok() {
        assert!(since.elapsed() < PATIENCE, "it goes on");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_connection_is_kept_and_an_idle_one_ended() {
    let admin = start(Bounds {
        head: Duration::from_millis(200),
        ..UNBOUNDED
    });
    let mut kept = connect(&admin);
    hello(&mut kept);
    hello(&mut kept);
    ended(&mut kept);
}

#[test]
fn no_connection_lives_for_ever() {
    let admin = start(Bounds {
        life: Duration::from_millis(100),
        ..UNBOUNDED
    });
    let mut kept = connect(&admin);
    hello(&mut kept);
    ended(&mut kept);
}

#[test]
fn an_answer_that_nobody_reads_is_cut_off() {
    let admin = start(Bounds {
        connections: 1,
        life: Duration::from_millis(20),
        answer: Duration::from_millis(50),
        ..UNBOUNDED
    });
    let mut deaf = connect(&admin);
    write!(deaf, "GET /huge HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    // It had the only place, and has read nothing.
    hello(&mut connect(&admin));
}

#[test]
fn an_answer_under_way_outlives_the_last_request() {
    let admin = start(Bounds {
        life: Duration::from_millis(20),
        ..UNBOUNDED
    });
    let mut slow = connect(&admin);
    write!(slow, "GET /huge HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    std::thread::sleep(Duration::from_millis(60));
    let mut answer = Vec::new();
    slow.read_to_end(&mut answer).unwrap();
    assert!(answer.len() > HUGE, "{}", answer.len());
}

#[test]
fn more_than_the_places_wait_and_are_served_when_one_is_free() {
    let admin = start(Bounds {
        connections: 2,
        ..UNBOUNDED
    });
    let mut holders = [connect(&admin), connect(&admin)];
    holders.iter_mut().for_each(hello);
    let mut third = connect(&admin);
    write!(third, "GET /hello HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    third
        .set_read_timeout(Some(Duration::from_millis(100)))
        .unwrap();
    let waits = third.read(&mut [0; 1]).unwrap_err().kind();
    assert!(
        matches!(waits, ErrorKind::WouldBlock | ErrorKind::TimedOut),
        "{waits}"
    );
    // Those who have a place are served on.
    holders.iter_mut().for_each(hello);
    let [gone, mut stays] = holders;
    drop(gone);
    third.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut answer = [0; 12];
    third.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200");
    hello(&mut stays);
}

#[test]
fn a_crowd_that_says_nothing_does_not_shut_others_out() {
    let bounds = Bounds {
        connections: 4,
        head: Duration::from_millis(50),
        ..UNBOUNDED
    };
    let admin = start(bounds);
    let _crowd: Vec<TcpStream> = (0..20).map(|_| connect(&admin)).collect();
    // Five rounds of silence, and then it is its turn.
    hello(&mut connect(&admin));
}

#[test]
fn whoever_connects_and_asks_nothing_is_let_go_before_those_who_asked() {
    let admin = start(Bounds {
        first: Duration::from_millis(50),
        ..UNBOUNDED
    });
    let mut asked = connect(&admin);
    hello(&mut asked);
    let mut slow = connect(&admin);
    slow.write_all(b"GET /h").unwrap();
    ended(&mut connect(&admin));
    ended(&mut slow);
    hello(&mut asked);
}

#[test]
fn one_network_takes_its_share_of_the_places_and_no_more() {
    // All come from one address here: the first of them are taken for one network.
    let come = std::sync::atomic::AtomicUsize::new(0);
    let network = move |_| {
        let n = come.fetch_add(1, Ordering::SeqCst);
        (n < 40).then_some([7; 16])
    };
    let admin = start_shared(UNBOUNDED, Share::new(Arc::new(network)));
    let mut crowd: Vec<TcpStream> = (0..40).map(|_| connect(&admin)).collect();
    for late in &mut crowd[OF_A_NETWORK..] {
        ended(late);
    }
    hello(&mut crowd[0]);
    // Somebody else, and one of those whose network is not told apart.
    hello(&mut connect(&admin));
}
