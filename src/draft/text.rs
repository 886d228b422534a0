//! The draft as a text that a privacy officer reads from top to bottom.

use super::consent::{Consent, Signal};
use super::event::Built;
use super::named::Named;
use super::proposal::Proposal;
use super::{subject, yaml};
use crate::sample::Profile;
use std::fmt::Write as _;

/// A member that no event has.
const UNLISTED: &str = "invented_member_that_nobody_named";

/// Writes the policy.
pub(super) fn write(
    profile: &Profile,
    named: &Named,
    fields: &[Proposal],
    unlisted: usize,
    consent: &Consent,
    keys: &[&str],
) -> String {
    let mut draft = Text {
        out: String::new(),
        named,
        fields,
        consent,
    };
    draft.head(profile);
    draft.source(profile);
    draft.keys(keys);
    draft.classes();
    draft.consent();
    draft.output(unlisted);
    draft.tests(profile);
    draft.out
}

struct Text<'a> {
    out: String,
    named: &'a Named,
    fields: &'a [Proposal],
    consent: &'a Consent,
}

impl Text<'_> {
    fn line(&mut self, line: impl std::fmt::Display) {
        writeln!(self.out, "{line}").expect("a text takes all");
    }

    fn topic(&self, end: &str) -> String {
        format!("{}.{end}", self.named.policy)
    }

    fn head(&mut self, profile: &Profile) {
        self.line(format_args!(
            "# A draft, made from a sample of {} record(s). What it proposes was guessed from",
            profile.records()
        ));
        self.line(
            "# names and values: a person must read it. What is commented out does not leave,",
        );
        self.line(
            "# and what stands nowhere here does not either. FILL IN marks what nobody can guess.",
        );
        self.line("apiVersion: veil/v1");
        self.line("kind: Policy");
        self.line("metadata:");
        self.line(format_args!("  name: {}", yaml::scalar(&self.named.policy)));
        self.line("  version: 1");
        self.line("  owner: nobody yet          # FILL IN: who answers for this policy");
        self.line("  # dpo: dpo@example.com     # FILL IN: the privacy officer");
    }

    fn source(&mut self, profile: &Profile) {
        let topic = self
            .named
            .topic
            .clone()
            .unwrap_or_else(|| self.topic("raw"));
        let known = match self.named.topic {
            Some(_) => "",
            None => "   # FILL IN: the topic that is read",
        };
        self.line("source:");
        self.line(format_args!("  topic: {}{known}", yaml::scalar(&topic)));
        let types = subject::record_type(profile);
        if !types.is_empty() {
            let list: Vec<String> = types
                .iter()
                .map(|f| yaml::scalar(&yaml::path(&f.path)))
                .collect();
            self.line(format_args!(
                "  type: [{}]   # what kind of record it is; `types:` of an output lists those that leave",
                list.join(", ")
            ));
        }
        let persons = subject::persons(self.fields);
        if !persons.is_empty() {
            let list: Vec<&str> = persons.iter().map(|f| f.written.as_str()).collect();
            self.line(format_args!(
                "  subject: [{}]   # whose data it is",
                list.join(", ")
            ));
        }
    }

    fn keys(&mut self, keys: &[&str]) {
        self.line("keys:                         # references; `veil keys new` makes the keys");
        for key in keys {
            self.line(format_args!(
                "  {key}: {{ ref: \"file:keyring.json#{key}\" }}"
            ));
        }
    }

    fn classes(&mut self) {
        self.line("classes:                      # what each field is; lets nothing out");
        self.line("  fields:");
        let fields = self.fields;
        for field in fields.iter().filter(|f| f.can_be_named()) {
            let sign = match field.leaves() {
                true => "",
                false => "# ",
            };
            if field.leaves() || field.judgement.category.is_some() {
                self.line(format_args!(
                    "    {sign}{}: {}",
                    field.written,
                    field.class()
                ));
            }
        }
    }

    fn consent(&mut self) {
        let consent = self.consent;
        if let Some(signal) = &consent.signal {
            self.line("consent:");
            self.line("  signals:");
            self.line(format_args!("    - {}", Consent::yaml(signal)));
        } else {
            self.line("# No consent was recognized in the sample. Where events carry it:");
            self.line("# consent: { signals: [{ from: value, path: PATH }] }   # and `needs_consent:` below");
        }
        for path in &consent.unread {
            let path = yaml::scalar(&yaml::path(path));
            self.line(format_args!(
                "# {path} lists what is permitted; this version reads no lists: FILL IN another gate"
            ));
        }
    }

    fn output(&mut self, unlisted: usize) {
        let fields = self.fields;
        self.line("outputs:");
        self.line(format_args!(
            "  - topic: {}   # FILL IN: the topic that is written",
            self.topic("clean")
        ));
        self.line("    purpose: analytics.reporting   # FILL IN: what the data is for");
        self.line("    domain: analytics              # FILL IN: who can join with whom");
        if let Some(signal) = &self.consent.signal {
            let category = yaml::scalar(&signal.category);
            self.line(format_args!(
                "    needs_consent: {category}   # without it the record is withheld"
            ));
        }
        if let Some(person) = subject::persons(fields).first() {
            self.line(format_args!(
                "    key: {{ like: {} }}   # the same code as that column",
                person.written
            ));
        }
        self.line("    fields:   # the allowlist: a line without # leaves");
        for field in fields {
            self.line(format_args!("      # {}", said_of(field)));
            if field.unlisted > 0 && field.action().contains("one_of") {
                self.line(format_args!(
                    "      # {} value(s) of the sample are not in the list: too rare, or no name of a kind",
                    field.unlisted
                ));
            }
            let sign = match field.leaves() {
                true => "",
                false => "# ",
            };
            self.line(format_args!(
                "      {sign}{}: {}",
                field.written,
                field.action()
            ));
        }
        if unlisted > 0 {
            self.line(format_args!(
                "      # and {unlisted} more that are not listed here: they do not leave"
            ));
        }
        self.line(format_args!(
            "quarantine: {{ topic: {}, key: quarantine, retention: 7d }}   # refused records, sealed",
            self.topic("quarantine")
        ));
        if self.consent.signal.is_none() {
            self.line("dangerously:");
            self.line("  - allow: no_consent_no_basis");
            self.line(
                "    because: it is a draft   # FILL IN `basis` at the output, or `consent`, and take this out",
            );
        }
    }

    fn tests(&mut self, profile: &Profile) {
        let topic = self.topic("clean");
        let mut given = Built::event();
        let types: Vec<_> = subject::record_type(profile)
            .iter()
            .map(|f| f.path.clone())
            .collect();
        let (mut expected, mut never) = (Built::event(), Vec::new());
        let (mut shown, mut expects) = (0, false);
        // The types first: a record without one is refused.
        let order = |f: &&Proposal| !types.contains(&f.path);
        let mut leaving: Vec<&Proposal> = self.fields.iter().filter(|f| f.leaves()).collect();
        leaving.sort_by_key(order);
        // The other two tests need no more than what makes it a record.
        let mut small = Built::event();
        let mut few = types.len() + 1;
        for field in leaving.iter().take(40) {
            let Some(invented) = &field.act.invented else {
                continue;
            };
            if !given.put(&field.path, &invented.given) {
                continue;
            }
            shown += 1;
            if few > 0 && small.put(&field.path, &invented.given) {
                few -= 1;
            }
            never.extend(invented.never.clone());
            let is_plain = !field.written.contains("[*]") && !field.written.contains("[?");
            if let Some(value) = invented.expected.as_ref().filter(|_| is_plain) {
                expects |= expected.put(&field.path, value);
            }
        }
        let mut absent = Vec::new();
        let left_out = self
            .fields
            .iter()
            .filter(|f| !f.leaves() && f.can_be_named());
        for field in left_out.filter(|f| f.kinds.texts > 0).take(12) {
            // Of a pair that nothing else is named of, nobody could tell which is absent.
            let is_pair = field.written.contains("[?");
            if !is_pair && given.put(&field.path, "\"invented words that stay\"") {
                absent.push(field.written.as_str());
                never.push("words that stay".to_owned());
            }
        }
        never.sort();
        never.dedup();
        let granted = |event: &mut Built, signal: &Signal| {
            let value = signal.grants.map_or("true", |_| "\"Yes\"");
            event.put(&signal.granted, value)
        };
        let withheld = small.clone();
        if let Some(signal) = &self.consent.signal {
            granted(&mut given, signal);
            granted(&mut small, signal);
        }
        debug_assert!(shown > 0, "something leaves");
        self.line("tests:                        # with invented values; `veil test` runs them");
        self.line("  - name: what is listed leaves coarse or as a code, the rest stays behind");
        self.line(format_args!("    given: {}", given.yaml()));
        if expects {
            self.line(format_args!(
                "    expect: {{ {topic}: {} }}",
                expected.yaml()
            ));
        }
        if !absent.is_empty() {
            self.line(format_args!("    absent: [{}]", absent.join(", ")));
        }
        never.push("invented words".to_owned());
        let never: Vec<String> = never.iter().map(|text| yaml::quoted(text)).collect();
        self.line(format_args!("    never_contains: [{}]", never.join(", ")));
        let unlisted = crate::record::path::Selector {
            steps: vec![crate::record::path::Step::Name(UNLISTED.to_owned())],
        };
        small.put(&unlisted, "\"a secret that nobody named\"");
        self.line("  - name: a field that appears tomorrow stays behind");
        self.line(format_args!("    given: {}", small.yaml()));
        self.line(format_args!("    absent: [{UNLISTED}]"));
        self.line("    never_contains: [\"a secret that nobody named\"]");
        match &self.consent.signal {
            Some(_) => {
                self.line("  - name: without consent nothing leaves");
                self.line(format_args!("    given: {}", withheld.yaml()));
                self.line(format_args!("    withheld: [{topic}]"));
            }
            None => {
                self.line("  - name: what is no JSON is quarantined");
                self.line("    raw: '{\"cut\": \"off'");
                self.line("    quarantined: not_json");
            }
        }
    }
}

/// One line above a field: what it is, how sure, by what, and why that action.
fn said_of(field: &Proposal) -> String {
    let judged = &field.judgement;
    let by = match (judged.by_name, judged.by_value) {
        (true, true) => "by name and values",
        (true, false) => "by name",
        (false, true) => "by values",
        (false, false) => "",
    };
    let form = match field.form() {
        "" => String::new(),
        form => format!("; {form}"),
    };
    let what = match judged.category {
        Some(category) => format!("{category}, {} % {by}", judged.confidence),
        None => "nothing personal recognized".to_owned(),
    };
    let out = match field.leaves() {
        true => "",
        false => "left out, ",
    };
    format!("{what}{form}: {out}{}", field.why())
}
