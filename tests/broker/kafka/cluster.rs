//! One Apache Kafka node (KRaft, broker and controller in one process).

use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use tempfile::TempDir;

use super::{Leash, Proxy, jars};

/// How long a broker may take from its start to its first answer.
const START: Duration = Duration::from_secs(60);

/// A running single-node broker on loopback with a storage directory of its
/// own. Dropping it kills the process and removes the directory.
pub struct Cluster {
    scratch: TempDir,
    jars: PathBuf,
    jvm: &'static [&'static str],
    ports: Ports,
    process: Mutex<Option<Process>>,
}

/// All on loopback.
#[derive(Clone, Copy)]
struct Ports {
    clients: u16,
    /// What it listens on behind a proxy, and where it says that this is.
    proxied: (u16, u16),
    controller: u16,
}

/// How a broker is run.
pub struct Flavour {
    /// Options of its virtual machine.
    pub jvm: &'static [&'static str],
    /// It writes down the requests about transactions that it answers, which slows it.
    pub requests_are_logged: bool,
}

/// Starts fast, needs little, and lets a case see what was asked of it.
const FOR_TESTS: Flavour = Flavour {
    jvm: &[
        "-Xms256m",
        "-Xmx512m",
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
    ],
    requests_are_logged: true,
};

struct Process {
    java: Child,
    leash: Leash,
}

/// The broker that all tests of the binary share, or `None` when the machine
/// cannot run one; then the skip has been announced.
///
/// # Panics
/// When a broker is required (`CI=true` or `VEIL_BROKER=required`) and cannot
/// be had.
pub fn shared() -> Option<&'static Cluster> {
    static SHARED: OnceLock<Option<Cluster>> = OnceLock::new();
    SHARED.get_or_init(Cluster::start).as_ref()
}

impl Cluster {
    /// Formats a storage directory and starts a broker on it; `None` as for
    /// [`shared`].
    pub fn start() -> Option<Cluster> {
        Self::start_as(&FOR_TESTS)
    }

    /// The same, as one chooses.
    pub fn start_as(flavour: &Flavour) -> Option<Cluster> {
        let jars = match jars::directory() {
            Ok(jars) => jars,
            Err(why) => {
                jars::skip("the real-broker suite", &why);
                return None;
            }
        };
        let began = Instant::now();
        let mut last = String::new();
        for _ in 0..3 {
            match Self::try_start(&jars, flavour) {
                Ok(cluster) => {
                    crate::say(&format!(
                        "broker suite: kafka on 127.0.0.1:{} answers after {:.1} s",
                        cluster.ports.clients,
                        began.elapsed().as_secs_f64()
                    ));
                    return Some(cluster);
                }
                Err(why) => last = why, // most likely a port that was taken meanwhile
            }
        }
        panic!("the broker did not start: {last}");
    }

    fn try_start(jars: &Path, flavour: &Flavour) -> Result<Cluster, String> {
        let scratch = tempfile::Builder::new()
            .prefix("veil-kafka-")
            .tempdir()
            .map_err(|e| format!("no scratch directory: {e}"))?;
        let ports = Ports {
            clients: free_port(),
            proxied: (free_port(), free_port()),
            controller: free_port(),
        };
        let dir = scratch.path();
        let write = |name: &str, text: &str| {
            fs::write(dir.join(name), text).map_err(|e| format!("cannot write {name}: {e}"))
        };
        write("server.properties", &properties(dir, ports))?;
        let requests = if flavour.requests_are_logged {
            REQUEST_LOGGING
        } else {
            ""
        };
        write("log4j2.properties", &[LOGGING, requests].concat())?;
        let cluster = Cluster {
            scratch,
            jars: jars.to_owned(),
            jvm: flavour.jvm,
            ports,
            process: Mutex::new(None),
        };
        cluster.format()?;
        cluster.launch()?;
        Ok(cluster)
    }

    /// `host:port` for `bootstrap.servers`.
    pub fn bootstrap(&self) -> String {
        format!("127.0.0.1:{}", self.ports.clients)
    }

    /// A proxy before the broker, for clients that shall find it slow or away; one at a
    /// time.
    pub fn proxy(&self) -> Proxy {
        let (broker, proxy) = self.ports.proxied;
        Proxy::start(proxy, broker)
    }

    /// A client configuration that knows only where the broker is.
    pub fn client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", self.bootstrap());
        // The log of a client under test would drown the figures.
        config.set_log_level(rdkafka::config::RDKafkaLogLevel::Emerg);
        config
    }

    /// Kills the broker as a power cut would (SIGKILL) and waits until the
    /// process is gone. Its storage stays.
    pub fn kill(&self) {
        if let Some(mut process) = self.process().take() {
            // The guard first: once reaped, the process id belongs to nobody.
            process.leash.let_go();
            let _ = process.java.kill();
            let _ = process.java.wait();
        }
    }

    /// Starts the killed broker again on the same port and storage.
    pub fn restart(&self) {
        assert!(
            self.process().is_none(),
            "a broker is restarted after a kill"
        );
        if let Err(why) = self.launch() {
            panic!("the broker did not start again: {why}");
        }
    }

    fn process(&self) -> std::sync::MutexGuard<'_, Option<Process>> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where the broker records every request about a transaction that it has answered.
    pub fn request_log(&self) -> PathBuf {
        self.scratch.path().join(REQUESTS)
    }

    /// The file of the first segment of partition 0 of a topic: all of it in a test.
    pub fn segment(&self, topic: &str) -> PathBuf {
        let folder = self.scratch.path().join("data").join(format!("{topic}-0"));
        folder.join("00000000000000000000.log")
    }

    /// A command of Kafka's own tools, its class path set.
    pub fn tool(&self, class: &str) -> Command {
        let mut java = self.java_command();
        java.args([
            "-Xmx128m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            class,
        ]);
        java
    }

    fn java_command(&self) -> Command {
        let mut java = Command::new("java");
        java.current_dir(self.scratch.path())
            .arg(format!(
                "-Dlog4j2.configurationFile={}",
                self.scratch.path().join("log4j2.properties").display()
            ))
            .arg("-cp")
            .arg(format!("{}/*", self.jars.display()))
            .stdin(Stdio::null());
        java
    }

    /// Formats the storage: once for all brokers of this process, since that takes as
    /// long as a broker's start, and depends on nothing in which they differ.
    fn format(&self) -> Result<(), String> {
        /// Names and bytes of the files.
        type Formatted = Vec<(PathBuf, Vec<u8>)>;
        static FORMATTED: Mutex<Option<Formatted>> = Mutex::new(None);
        let mut formatted = FORMATTED.lock().unwrap_or_else(PoisonError::into_inner);
        let data = self.scratch.path().join("data");
        let copied = |e: std::io::Error| format!("cannot format {}: {e}", data.display());
        if let Some(files) = &*formatted {
            fs::create_dir_all(&data).map_err(copied)?;
            return files
                .iter()
                .try_for_each(|(name, bytes)| fs::write(data.join(name), bytes))
                .map_err(copied);
        }
        self.format_by_its_tool()?;
        let files = fs::read_dir(&data).map_err(copied)?.map(|entry| {
            let entry = entry?;
            Ok((entry.file_name().into(), fs::read(entry.path())?))
        });
        *formatted = Some(files.collect::<Result<_, _>>().map_err(copied)?);
        Ok(())
    }

    fn format_by_its_tool(&self) -> Result<(), String> {
        // Any 16 bytes in URL-safe base64 are a cluster id.
        let id = data_encoding::BASE64URL_NOPAD.encode(b"veil-broker-test");
        let out = self
            .tool("kafka.tools.StorageTool")
            .args(["format", "-t", &id, "-c", "server.properties"])
            .output()
            .map_err(|e| format!("cannot run java: {e}"))?;
        if out.status.success() {
            return Ok(());
        }
        Err(format!(
            "formatting the storage failed:\n{}{}",
            String::from_utf8_lossy(&out.stdout),
            String::from_utf8_lossy(&out.stderr)
        ))
    }

    fn launch(&self) -> Result<(), String> {
        let dir = self.scratch.path().to_owned();
        let mut log = fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(dir.join("broker.log"))
            .map_err(|e| format!("cannot open the broker's log: {e}"))?;
        let _ = writeln!(log, "--- start");
        let again = log.try_clone().map_err(|e| e.to_string())?;
        let java = self
            .java_command()
            .args(self.jvm)
            .args(["kafka.Kafka", "server.properties"])
            .stdout(log)
            .stderr(again)
            .process_group(0) // an interrupt at the terminal reaches it through the leash only
            .spawn()
            .map_err(|e| format!("cannot run java: {e}"))?;
        let leash = Leash::on(java.id(), Some(&dir)).map_err(|e| e.to_string())?;
        *self.process() = Some(Process { java, leash });
        self.await_answer()
    }

    fn await_answer(&self) -> Result<(), String> {
        let probe: BaseConsumer = self.client().create().map_err(|e| e.to_string())?;
        let start = Instant::now();
        while start.elapsed() < START {
            let ended = self.process().as_mut().map(|p| p.java.try_wait());
            if let Some(Ok(Some(status))) = ended {
                return Err(format!("the broker ended ({status}):\n{}", self.log_tail()));
            }
            // Waits inside for the connection: this is no busy loop.
            if probe
                .fetch_metadata(None, Duration::from_millis(500))
                .is_ok_and(|m| !m.brokers().is_empty())
            {
                return Ok(());
            }
        }
        Err(format!("no answer within {START:?}:\n{}", self.log_tail()))
    }

    fn log_tail(&self) -> String {
        let text = fs::read_to_string(self.scratch.path().join("broker.log")).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(30)..].join("\n")
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A free loopback port below the ephemeral range. Inside that range a client
/// that keeps reconnecting to a killed broker may be given the broker's own
/// port as its source, connect to itself, and keep the broker from coming back.
pub fn free_port() -> u16 {
    (0..1000)
        .map(|_| {
            15_000 + (getrandom::u32().expect("the system gives random bytes") % 15_000) as u16
        })
        .find(|&port| TcpListener::bind(("127.0.0.1", port)).is_ok())
        .expect("one of a thousand loopback ports is free")
}

fn properties(dir: &Path, ports: Ports) -> String {
    let Ports {
        clients,
        proxied: (behind, proxy),
        controller,
    } = ports;
    format!(
        "process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:{clients},PROXIED://127.0.0.1:{behind},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{clients},PROXIED://127.0.0.1:{proxy}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
log.dirs={}
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=3
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=3
# Transactions that have timed out are looked for that often, and waited for as long.
transaction.abort.timed.out.transaction.cleanup.interval.ms=500
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
# A killed broker may register again as soon as its old registration is stale.
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
# Everybody may do everything that no rule speaks of, so that a test can forbid one thing.
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
allow.everyone.if.no.acl.found=true
super.users=User:admin
# Small machine: storage is thrown away, nothing needs to be on disk.
num.network.threads=2
num.io.threads=4
log.segment.bytes=67108864
log.cleaner.dedupe.buffer.size=4194304
# What can be compacted is, soon.
log.cleaner.backoff.ms=500
",
        dir.join("data").display()
    )
}

const REQUESTS: &str = "requests.log";

/// The broker's own log on its standard output.
const LOGGING: &str = "status=error
name=broker
appender.console.type=Console
appender.console.name=STDOUT
appender.console.layout.type=PatternLayout
appender.console.layout.pattern=[%d] %p %m (%c)%n
rootLogger.level=WARN
rootLogger.appenderRef.console.ref=STDOUT
";

/// Of each request about transactions what the client sent, so that a case can see what
/// was really asked of the broker. All requests would be a hundred times as much.
const REQUEST_LOGGING: &str = "appender.requests.type=File
appender.requests.name=REQUESTS
appender.requests.fileName=requests.log
appender.requests.layout.type=PatternLayout
appender.requests.layout.pattern=%d{UNIX_MILLIS} %m%n
appender.requests.filter.read.type=StringMatchFilter
appender.requests.filter.read.text=TXN
appender.requests.filter.read.onMatch=ACCEPT
appender.requests.filter.read.onMismatch=DENY
logger.requests.name=kafka.request.logger
logger.requests.level=DEBUG
logger.requests.additivity=false
logger.requests.appenderRef.requests.ref=REQUESTS
";
