//! The broker's jars, fetched once into a cache outside the source tree.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const POM: &str = include_str!("../pom.xml");

/// Where the jars lie, fetching them if need be, or why there are none.
///
/// Two runs at once do not clash: each fetches into a directory of its own and
/// moves it into place in one step.
pub fn directory() -> Result<PathBuf, String> {
    let java = Command::new("java")
        .arg("-version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    if !java.is_ok_and(|s| s.success()) {
        return Err("no `java` on the path (17 or later is needed)".into());
    }
    let target = target()?;
    if target.is_dir() {
        return Ok(target);
    }
    fetch(&target)?;
    Ok(target)
}

fn target() -> Result<PathBuf, String> {
    if let Some(dir) = env::var_os("VEIL_KAFKA_JARS") {
        return Ok(dir.into());
    }
    Ok(cache()?.join(format!("kafka-{}", pinned("kafka.version"))))
}

/// Where what is fetched lies.
pub fn cache() -> Result<PathBuf, String> {
    let cache = env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| env::var_os("HOME").map(|home| Path::new(&home).join(".cache")))
        .ok_or("neither HOME nor XDG_CACHE_HOME nor VEIL_KAFKA_JARS is set")?;
    Ok(cache.join("veilstream"))
}

/// Says loudly that something is not run.
///
/// # Panics
/// Where it must run.
pub fn skip(what: &str, why: &str) {
    let required = env::var("CI").is_ok_and(|v| v == "true")
        || env::var("VEIL_BROKER").is_ok_and(|v| v == "required");
    assert!(!required, "{what} must run here: {why}");
    crate::say(&format!("SKIPPED: {what} did not run: {why}"));
}

/// A version as the pom pins it: one place for it.
fn pinned(property: &str) -> &'static str {
    let (_, rest) = POM
        .split_once(&format!("<{property}>"))
        .expect("the pom names the version");
    rest.split_once('<').expect("the element is closed").0
}

fn fetch(target: &Path) -> Result<(), String> {
    let parent = target.parent().ok_or("the jar directory has no parent")?;
    fs::create_dir_all(parent).map_err(|e| format!("cannot create the jar cache: {e}"))?;
    let scratch = tempfile::Builder::new()
        .prefix(".fetching-")
        .tempdir_in(parent)
        .map_err(|e| format!("cannot create the jar cache: {e}"))?;
    let pom = scratch.path().join("pom.xml");
    let jars = scratch.path().join("jars");
    fs::write(&pom, POM).map_err(|e| format!("cannot write the pom: {e}"))?;
    crate::say("broker suite: fetching the broker's jars with Maven, once (about 55 MB)");
    let maven = Command::new("mvn")
        .args(["-q", "-B", "-f"])
        .arg(&pom)
        .args(["dependency:copy-dependencies", "-DincludeScope=runtime"])
        .arg(format!("-DoutputDirectory={}", jars.display()))
        .stdin(Stdio::null())
        .output()
        .map_err(|e| format!("no `mvn` on the path: {e}"))?;
    if !maven.status.success() {
        return Err(format!(
            "maven could not fetch the broker's jars ({}):\n{}{}",
            maven.status,
            String::from_utf8_lossy(&maven.stdout),
            String::from_utf8_lossy(&maven.stderr)
        ));
    }
    match fs::rename(&jars, target) {
        Ok(()) => Ok(()),
        Err(_) if target.is_dir() => Ok(()), // another run was faster
        Err(e) => Err(format!("cannot move the jars into the cache: {e}")),
    }
}
