//! `docs/reference/actions.md`, made from the list of actions.

use std::fmt::Write as _;
use std::sync::Arc;

use super::reference::taken;
use super::{PolicyFile, compile};
use crate::action::testing::{NOW_MS, parse, tables};
use crate::action::{ACTIONS, ActionDef, Example, TableError, TableName, TableSource};
use crate::crypto::entropy::Entropy;
use crate::keys::TestKeys;
use crate::language::finding::Findings;
use crate::language::report;
use crate::language::shape::{Takes, Word};
use crate::pipeline::testing::value_of;
use crate::pipeline::{InBatch, Worker, sanitize};
use crate::record::lane::Lane;
use crate::record::timestamp::Timestamp;

const HEAD: &str = "# Actions

<!-- Generated from the list of actions; `VEIL_UPDATE=1 cargo test` writes it anew. -->

What may stand behind a field of an output: a bare word where the action has one (`keep`, `drop`, or a name of `actions:`), or a mapping with exactly one action and, beside it, `on_error`. A value that an action does not take is never passed and never emptied: the record is quarantined with the reason named here, or the field alone is dropped under `on_error: drop_field`. A field that is absent from the event stays absent.

Examples run with every test of this project, each as the field `field` of this policy (those of `match_hash` under a purpose of advertising and behind a consent gate, on which their hashes do not depend; those of `quasi` are what leaves where all members of a class have that value):

```yaml
";

const BEHIND_POLICY: &str = "```

The keys are the fixed test keys of `veil test`, which are made of the names of the entries. The record is that of offset 4294967296 of partition 3, its timestamp 2026-03-01T12:00:00Z, and its value `{\"user\": \"user-7\", \"at\": \"2026-03-01T12:00:00Z\", \"field\": IN}`. An envelope of randomized `encrypt` holds random bytes and is another one each time; here they count up from `a0`.
";

/// What the examples are fields of.
const POLICY: &str = "\
apiVersion: veil/v1
kind: Policy
metadata: { name: web, version: 1, owner: docs }
source: { topic: web.raw, subject: user }
keys:
  people: { ref: \"file:keyring.json#people\" }
  numbers: { ref: \"file:keyring.json#numbers\" }
  contact: { ref: \"file:keyring.json#contact\" }
  salt: { ref: \"file:keyring.json#salt\" }
  quarantine: { ref: \"file:keyring.json#quarantine\" }
outputs:
  - topic: web.clean
    purpose: analytics.reporting.campaign_insights
    domain: analytics
    fields:
      field: EXAMPLE
quarantine: { topic: web.quarantine, key: quarantine, retention: 7d }
dangerously:
  - { allow: compat_hash, because: an example, until: \"2026-12-31\" }
";

#[test]
fn the_page_is_up_to_date() {
    crate::pages::compare("docs/reference/actions.md", &page());
}

/// Salts that examples can be written down with: `a0 a1 a2 …`.
#[derive(Clone)]
struct Counted;

impl Entropy for Counted {
    fn fill(&mut self, out: &mut [u8]) {
        for (byte, value) in out.iter_mut().zip(0xa0..) {
            *byte = value;
        }
    }
}

/// The tables of examples.
struct OfExample<'e>(&'e str);

impl TableSource for OfExample<'_> {
    fn read(&self, name: &TableName) -> Result<Vec<u8>, TableError> {
        let spec = parse(self.0, &mut Findings::default()).expect("an example is read");
        let tables = tables(&*spec);
        let table = tables.0.get(name.as_str());
        Ok(table.ok_or(TableError::Missing)?.text().into())
    }
}

/// Whoever writes the policy of the page and feeds the record of the page gets the page.
#[test]
fn every_example_can_be_run_again() {
    let now = "2026-03-01T12:00:00Z";
    let mut wrong = Vec::new();
    // What leaves of a `quasi` says the release: `every_example_gives_exactly_what_it_says`.
    let needs_more = |def: &&ActionDef| matches!(def.name, "match_hash" | "quasi");
    for def in ACTIONS.iter().filter(|def| !needs_more(def)) {
        for example in def.examples {
            let file = PolicyFile {
                path: "policy.yaml".into(),
                text: POLICY.replace("EXAMPLE", example.policy),
            };
            let at = now.parse().expect("a time");
            let compiled = compile(&file, &TestKeys, &OfExample(example.policy), at);
            let said = report::text(&compiled.findings, "policy.yaml", &file.text, false, None);
            let Some(plan) = compiled.plan else {
                wrong.push(said);
                continue;
            };
            let plan = Arc::new(plan);
            let lane = Lane {
                topic: "web.raw".into(),
                partition: 3,
                claim: 1,
            };
            let mut batch = InBatch::new(lane, Arc::clone(&plan));
            let value = format!(
                r#"{{"user":"user-7","at":"{now}","field":{}}}"#,
                example.input
            );
            let timestamp = Timestamp::Create(NOW_MS);
            let value = Some(value.as_bytes());
            batch.raw.push(1 << 32, timestamp, None, value, []);
            let mut worker = Worker::new(Counted, || NOW_MS);
            let out = sanitize(batch, &mut worker).expect("nothing is looked up");
            let found = out.records().first().and_then(|r| value_of(&out, r));
            let wanted = match example.output {
                Some(output) => format!(r#"{{"field":{output}}}"#),
                None => "{}".to_owned(),
            };
            if found.as_deref() != Some(wanted.as_str()) {
                wrong.push(format!("{}: {found:?}, not {wanted}", example.policy));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn page() -> String {
    let mut page = [HEAD, POLICY, BEHIND_POLICY].concat();
    page.push_str("\n| action | what it does | ISO/IEC 20889 | reversible |\n|---|---|---|---|\n");
    for def in ACTIONS {
        row(
            &mut page,
            &[
                &format!("[`{0}`](#{0})", def.name),
                def.summary,
                def.iso.as_str(),
                def.reversible,
            ],
        );
    }
    for def in ACTIONS {
        section(&mut page, def);
    }
    page
}

fn section(page: &mut String, def: &ActionDef) {
    let name = def.name;
    write!(page, "\n## {name}\n\n{}\n\n{}\n", def.summary, def.doc).expect("a string takes it");
    let built: Vec<&Word> = def.shape.words.iter().filter(|w| w.built).collect();
    if built.is_empty() {
        page.push_str("\nNo parameters.\n");
    } else {
        page.push_str("\n| parameter | takes | default | meaning |\n|---|---|---|---|\n");
        for (word, of) in built.into_iter().flat_map(with_inside) {
            let default = match (word.required, word.default) {
                (true, _) => "required".to_owned(),
                (false, "") => String::new(),
                (false, default) => format!("`{default}`"),
            };
            row(
                page,
                &[
                    &format!("`{of}{}`", word.name),
                    &taken(word),
                    &default,
                    word.doc,
                ],
            );
        }
    }
    let later: Vec<String> = def
        .shape
        .words
        .iter()
        .filter(|w| !w.built)
        .map(|w| format!("`{}`", w.name))
        .collect();
    if !later.is_empty() {
        writeln!(
            page,
            "\nKnown to the language, not in this version: {}.",
            later.join(", ")
        )
        .expect("a string takes it");
    }
    page.push_str("\n| policy | in | out |\n|---|---|---|\n");
    for Example {
        policy,
        input,
        output,
    } in def.examples
    {
        let out = output.map_or_else(|| "absent".to_owned(), |o| format!("`{o}`"));
        row(page, &[&format!("`{policy}`"), &format!("`{input}`"), &out]);
    }
    writeln!(
        page,
        "\n**What it leaks.** {}\n\n**ISO/IEC 20889.** {}. **Reversible.** {}.",
        def.leaks,
        capital(def.iso.as_str()),
        capital(def.reversible)
    )
    .expect("a string takes it");
}

/// A word, then those of the mapping behind it, each with what stands before its name.
fn with_inside(word: &'static Word) -> Vec<(&'static Word, String)> {
    let mut words = vec![(word, String::new())];
    if let Takes::Object(shape) = word.takes {
        let inside = shape.words.iter().filter(|w| w.built);
        words.extend(inside.map(|w| (w, format!("{}.", word.name))));
    }
    words
}

fn row(page: &mut String, cells: &[&str]) {
    for cell in cells {
        write!(page, "| {} ", cell.replace('|', "\\|")).expect("a string takes it");
    }
    page.push_str("|\n");
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .map(|c| c.to_uppercase().chain(chars).collect())
        .unwrap_or_default()
}
