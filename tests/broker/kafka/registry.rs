//! One Apicurio Registry, which speaks Confluent's API, without a broker: its schemas are
//! in memory and gone with it.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::{Leash, jars};

const VERSION: &str = "3.0.9";
/// How long it may take from its start to its first answer.
const START: Duration = Duration::from_secs(60);

/// A running registry on loopback; dropped, its process is gone.
pub struct Registry {
    java: Child,
    leash: Leash,
    port: u16,
}

/// Where the program lies, or `None`, and then the skip has been announced.
///
/// # Panics
/// Where the suite is required and it cannot be had.
pub fn program() -> Option<PathBuf> {
    match fetched() {
        Ok(folder) => Some(folder),
        Err(why) => {
            jars::skip("the tests on a schema registry", &why);
            None
        }
    }
}

impl Registry {
    /// Starts the program in `folder` at `port`, and waits for its first answer.
    pub fn start(folder: &Path, port: u16) -> Registry {
        let began = Instant::now();
        let java = Command::new("java")
            .args(["-Xmx400m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"])
            .arg("-Dquarkus.http.host=127.0.0.1")
            .arg(format!("-Dquarkus.http.port={port}"))
            .arg("-jar")
            .arg(format!("apicurio-registry-app-{VERSION}-runner.jar"))
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .expect("java was there a moment ago");
        let leash = Leash::on(java.id(), None).expect("a shell can be started");
        let registry = Registry { java, leash, port };
        while registry
            .ask("GET", "/subjects", "")
            .is_none_or(|(status, _)| status != 200)
        {
            assert!(began.elapsed() < START, "the registry does not answer");
            std::thread::sleep(Duration::from_millis(50));
        }
        let took = began.elapsed().as_secs_f64();
        crate::say(&format!(
            "broker suite: a registry at {} answers after {took:.1} s",
            registry.url()
        ));
        registry
    }

    /// What stands in `registry.urls`.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/apis/ccompat/v7", self.port)
    }

    /// Asks it with nothing of ours in between: status and body. A path that begins with
    /// `/apis/` is that of another of its APIs.
    pub fn ask(&self, method: &str, path: &str, body: &str) -> Option<(u16, String)> {
        let api = match path.starts_with("/apis/") {
            true => "",
            false => "/apis/ccompat/v7",
        };
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        stream
            .set_read_timeout(Some(Duration::from_secs(10)))
            .ok()?;
        write!(
            stream,
            "{method} {api}{path} HTTP/1.0\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
        .ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        let status = head.split(' ').nth(1)?.parse().ok()?;
        Some((status, body.to_owned()))
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        self.leash.let_go();
        let _ = self.java.kill();
        let _ = self.java.wait();
    }
}

/// Fetched once into the cache of the broker's jars, in a folder of its own.
fn fetched() -> Result<PathBuf, String> {
    let target = jars::cache()?.join(format!("apicurio-{VERSION}"));
    if target.is_dir() {
        return Ok(target);
    }
    let parent = target.parent().ok_or("the cache has no parent")?;
    let failed = |what: &str, error: std::io::Error| format!("{what}: {error}");
    fs::create_dir_all(parent).map_err(|e| failed("cannot create the cache", e))?;
    let scratch = tempfile::Builder::new()
        .prefix(".fetching-")
        .tempdir_in(parent);
    let scratch = scratch.map_err(|e| failed("cannot create the cache", e))?;
    crate::say("broker suite: fetching a schema registry with Maven, once (about 109 MB)");
    run(Command::new("mvn")
        .args(["-q", "-B", "dependency:copy"])
        .arg(format!(
            "-Dartifact=io.apicurio:apicurio-registry-app:{VERSION}:tar.gz:all"
        ))
        .arg(format!("-DoutputDirectory={}", scratch.path().display())))?;
    let program = scratch.path().join("program");
    fs::create_dir(&program).map_err(|e| failed("cannot create a folder", e))?;
    run(Command::new("tar")
        .arg("-xzf")
        .arg(
            scratch
                .path()
                .join(format!("apicurio-registry-app-{VERSION}-all.tar.gz")),
        )
        .arg("-C")
        .arg(&program))?;
    match fs::rename(&program, &target) {
        Ok(()) => Ok(target),
        // Another run was faster.
        Err(_) if target.is_dir() => Ok(target),
        Err(error) => Err(failed("cannot move the program into the cache", error)),
    }
}

fn run(command: &mut Command) -> Result<(), String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output();
    let output = output.map_err(|_| format!("no `{name}` on the path"))?;
    match output.status.success() {
        true => Ok(()),
        false => Err(format!(
            "`{name}` failed ({}):\n{}{}",
            output.status,
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        )),
    }
}
