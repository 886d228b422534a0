//! Every code of `veil check` has a folder with a policy that shows it and the
//! exact report (`policy.yaml`, `expected.txt`), and more of them where the code
//! has several causes (`NAME.yaml`, `NAME.txt`). `VEIL_UPDATE=1` writes the
//! reports anew.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use veilstream::anonymity::seeded::Seeded;
use veilstream::crypto::salted::Salt;
use veilstream::exposure::{Settings, Tables};
use veilstream::keys::{KeyEntry, KeyError, KeyRef, KeySource, TestKeys};
use veilstream::language::{codes, report};
use veilstream::pipeline::{InBatch, Worker, elements, sanitize};
use veilstream::policy::{Compiled, PolicyFile, across, compile, named};
use veilstream::record::lane::Lane;
use veilstream::record::timestamp::Timestamp;
use veilstream::trial::explain::Evidence;

use crate::tables::Beside;

/// The keys of policy tests; one entry that no keyring has, and keyrings that
/// cannot be used.
struct Keys;

impl KeySource for Keys {
    fn entry(&self, key_ref: &KeyRef) -> Result<Arc<KeyEntry>, KeyError> {
        let path = key_ref.file.clone();
        let entry = key_ref.entry.to_string();
        let keyring = path.file_name().and_then(|n| n.to_str());
        Err(match (keyring, &*entry) {
            (_, "nowhere") => KeyError::NoEntry {
                path,
                entry,
                known: "people, contact, quarantine".to_owned(),
            },
            (Some("missing.json"), _) => KeyError::Io {
                path,
                doing: "read the keyring",
                source: std::io::ErrorKind::NotFound.into(),
            },
            (Some("open.json"), _) => KeyError::Access {
                path,
                why: "others can reach the keyring (mode 0644)".to_owned(),
                fix: "run `chmod 600 open.json`".to_owned(),
            },
            (Some("wrapped.json"), _) => KeyError::NoPassphrase { path },
            _ => return TestKeys.entry(key_ref),
        })
    }

    /// One that is short, and those of policy tests.
    fn salt(&self, key_ref: &KeyRef) -> Result<Salt, KeyError> {
        match key_ref.entry.as_str() {
            "pepper" => Ok(Salt::new(b"pepper123".to_vec().into()).expect("a salt")),
            "people" => Err(KeyError::NotASalt {
                name: key_ref.entry.to_string(),
            }),
            _ => TestKeys.salt(key_ref),
        }
    }

    fn is_in_clear(&self, key_ref: &KeyRef) -> bool {
        key_ref.file.ends_with("clear.json")
    }
}

fn folders() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics")
}

/// The policies of a code, `policy.yaml` among them.
fn cases(code: &str) -> Vec<PathBuf> {
    let folder = folders().join(code);
    let mut cases: Vec<PathBuf> = std::fs::read_dir(&folder)
        .unwrap_or_else(|e| panic!("{code}: {e}"))
        .map(|entry| entry.expect("a file").path())
        .filter(|path| path.extension().is_some_and(|e| e == "yaml"))
        .collect();
    cases.sort();
    assert!(cases.contains(&folder.join("policy.yaml")), "{code}");
    cases
}

/// With the tables that lie in `folder`.
fn compiled(text: &str, folder: &Path) -> Compiled {
    let file = PolicyFile {
        path: "policy.yaml".into(),
        text: text.to_owned(),
    };
    compile(&file, &Keys, &Beside(folder.to_owned()), now())
}

fn now() -> jiff::Timestamp {
    "2026-11-22T12:00:00Z".parse().expect("a time")
}

/// Adds what `sample.ndjson` beside the policy says against it.
fn on_sample(found: &mut Compiled, case: &Path) {
    let Ok(sample) = std::fs::read(case.with_file_name("sample.ndjson")) else {
        return;
    };
    let plan = Arc::new(found.plan.take().expect("it can be carried out"));
    let said = found.said.as_ref().expect("it can be read");
    let mut evidence = Evidence::new(Arc::clone(&plan), named(said), 7, i64::MAX);
    let lane = Lane {
        topic: Arc::from("raw"),
        partition: 0,
        claim: 0,
    };
    let mut batch = InBatch::new(lane, plan);
    for (line, value) in (0..).zip(sample.split(|b| *b == b'\n').filter(|l| !l.is_empty())) {
        batch.raw.push(line, Timestamp::None, None, Some(value), []);
    }
    // A sample is looked at as what its records are taken apart into.
    let mut worker = Worker::of_the_system();
    let batch = elements(batch, &worker);
    let out = sanitize(batch, &mut worker).expect("nothing is waited for");
    evidence.add(&out);
    let more = evidence.findings(said, now());
    found.findings.take(more);
    let names = named(said);
    let mut tables = Tables::new(&out.plan, &names);
    tables.add(&out);
    let mut settings = Settings {
        quasi: None,
        population: None,
        goes_on: &mut || true,
        words: &mut Seeded::new(0),
    };
    let more = tables.finish().findings(&names, said, now(), &mut settings);
    found.findings.take(more);
}

/// Adds what the policies of the folder `beside` say of this one.
fn beside(found: &mut Compiled, case: &Path) {
    let Ok(folder) = std::fs::read_dir(case.with_file_name("beside")) else {
        return;
    };
    let mut files: Vec<PathBuf> = folder.map(|e| e.expect("a file").path()).collect();
    files.sort();
    let texts: Vec<String> = files
        .iter()
        .map(|f| std::fs::read_to_string(f).expect("a policy"))
        .collect();
    let of = |text: &String| compiled(text, &case.with_file_name("beside"));
    let others: Vec<Compiled> = texts.iter().map(of).collect();
    let name = |f: &PathBuf| {
        f.file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned()
    };
    let names: Vec<String> = files.iter().map(name).collect();
    let said = |c: &'_ Compiled| c.said.is_some();
    assert!(others.iter().all(said), "{case:?}");
    let mut all: Vec<_> = names
        .iter()
        .zip(&others)
        .filter_map(|(name, other)| Some((name.as_str(), other.said.as_ref()?)))
        .collect();
    all.push(("policy.yaml", found.said.as_ref().expect("it can be read")));
    let more = across(&all, now()).pop().expect("one for each");
    found.findings.take(more);
}

/// `docs/reference/findings-shown.md`: one finding of each code, word for word.
fn shown(reports: &BTreeMap<&str, String>) -> String {
    let mut page = String::from(
        "# Each finding as `veil check` shows it\n\nGenerated from tests/diagnostics; do not edit. \
         `veil explain CODE` shows the same.\n",
    );
    for code in codes::ALL {
        page.push_str(&format!(
            "\n## {} `{}`\n\n{}\n",
            code.code, code.name, code.doc
        ));
        let wanted = format!("[{}]", code.code);
        let report = reports.get(code.code).map_or("", String::as_str);
        let mut blocks = report.split("\n\n");
        let block = blocks.find(|block| block.lines().next().is_some_and(|l| l.contains(&wanted)));
        if let Some(block) = block {
            let lines: Vec<&str> = block
                .trim_matches('\n')
                .lines()
                .map(str::trim_end)
                .collect();
            page.push_str(&format!("\n```text\n{}\n```\n", lines.join("\n")));
        }
    }
    page
}

/// The page is what `veil explain CODE` reads: each code has its part, with a report of
/// its own.
#[test]
fn the_page_shows_every_finding() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference/findings-shown.md");
    let page = std::fs::read_to_string(file).expect("the page");
    let parts: Vec<&str> = page.split("\n## ").skip(1).collect();
    assert_eq!(parts.len(), codes::ALL.len());
    for (part, code) in parts.iter().zip(codes::ALL) {
        assert!(
            part.starts_with(&format!("{} `{}`\n", code.code, code.name)),
            "{part}"
        );
        assert!(part.contains(code.doc), "{part}");
        let shows = part.contains(&format!("[{}]: ", code.code));
        assert!(shows, "{part}");
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test asks its environment")]
fn every_code_has_its_report() {
    let update = std::env::var_os("VEIL_UPDATE").is_some();
    let mut wrong = Vec::new();
    let mut reports: BTreeMap<&str, String> = BTreeMap::new();
    for (code, case) in codes::ALL
        .iter()
        .flat_map(|code| cases(code.code).into_iter().map(move |case| (code, case)))
    {
        let name = format!(
            "{}/{}",
            code.code,
            case.file_stem().expect("a name").display()
        );
        let text = std::fs::read_to_string(&case).unwrap_or_else(|e| panic!("{name}: {e}"));
        let mut found = compiled(&text, case.parent().expect("a folder"));
        assert_eq!(found.plan.is_some(), !found.findings.has_errors());
        on_sample(&mut found, &case);
        beside(&mut found, &case);
        let report = report::text(&found.findings, "policy.yaml", &text, false, None);
        if found.findings.list().iter().all(|f| f.code != code.code) {
            wrong.push(format!("{name} does not show its code:\n{report}"));
            continue;
        }
        for f in found.findings.list() {
            let fix = f.help.trim_end() == f.help && !f.help.is_empty();
            let fix = fix || f.code == codes::ALLOWED;
            assert!(fix, "{} in {name} has no fix", f.code);
        }
        if case.ends_with("policy.yaml") {
            reports.insert(code.code, report.clone());
        }
        let expected = match case.ends_with("policy.yaml") {
            true => case.with_file_name("expected.txt"),
            false => case.with_extension("txt"),
        };
        if update {
            std::fs::write(&expected, &report).expect("the report can be written");
        }
        if std::fs::read_to_string(&expected).unwrap_or_default() != report {
            wrong.push(format!("{name}:\n{report}"));
        }
    }
    let page = shown(&reports);
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference/findings-shown.md");
    if update {
        std::fs::write(&file, &page).expect("the page can be written");
    }
    if std::fs::read_to_string(&file).unwrap_or_default() != page {
        wrong.push("docs/reference/findings-shown.md".to_owned());
    }
    assert!(
        wrong.is_empty(),
        "reports changed; VEIL_UPDATE=1 writes them:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn every_folder_is_of_a_code() {
    let known: BTreeSet<&str> = codes::ALL.iter().map(|c| c.code).collect();
    for entry in std::fs::read_dir(folders()).expect("tests/diagnostics") {
        let name = entry.expect("a folder").file_name();
        let name = name.to_str().expect("a code");
        assert!(known.contains(name) || name == "ten-mistakes", "{name}");
    }
}

/// Ten different mistakes in one policy, each with its line, its column and a
/// fix, in the order of their places.
#[test]
fn ten_mistakes_are_reported_at_once() {
    let text = std::fs::read_to_string(folders().join("ten-mistakes/policy.yaml"))
        .expect("tests/diagnostics/ten-mistakes/policy.yaml");
    let found = compiled(&text, &folders());
    assert!(found.plan.is_none());
    let errors: Vec<_> = found
        .findings
        .list()
        .iter()
        .filter(|f| f.severity == veilstream::language::finding::Severity::Error)
        .map(|f| {
            assert!(!f.help.is_empty(), "{} has no fix", f.code);
            let at = report::line_column(&text, f.span.expect("a place").start);
            (f.code, at.line, at.column)
        })
        .collect();
    let marked: Vec<(&str, usize, usize)> = text
        .lines()
        .enumerate()
        .filter_map(|(i, line)| {
            let (code, column) = line.split_once("# ")?.1.split_once(" at ")?;
            Some((code, i + 1, column.parse().ok()?))
        })
        .collect();
    assert_eq!(marked.len(), 10);
    assert_eq!(errors, marked);
}
