//! What people decided elsewhere: where it lies, by which names, and what they are asked.

use std::sync::Arc;

use super::consent::signals;
use super::keys::Ring;
use super::{Columns, Paths};
use crate::action::{Asks, KeyUse};
use crate::canon::Canon;
use crate::crypto::kdf::KeyHandle;
use crate::crypto::subject_index::SubjectIndex;
use crate::keys::Pick;
use crate::language::finding::Findings;
use crate::plan::live::{Candidate, Category, LiveConsent, Rights, StateFormat, SubjectKind};
use crate::plan::live::{Theirs, Wording};
use crate::plan::reading::Reading;
use crate::plan::{Plan, PlanId, PolicyDigest, Source};
use crate::policy::check::consent::state::{Format, State};
use crate::policy::check::model::Checked;
use crate::render::json::Json;

/// The key by which people are named. `None`: there is none, or it was reported.
pub(super) fn rights(policy: &Checked, ring: &Ring<'_>, findings: &mut Findings) -> Option<Rights> {
    let said = policy.rights.as_ref()?;
    let key = said.key.as_ref()?;
    let wanted = KeyUse {
        alias: &key.value,
        // Names must stay what they are: its first version for ever.
        pick: Pick::First,
        span: key.span,
    };
    Some(Rights {
        key: ring.handle(wanted, findings)?,
        retain_ms: said.retain_ms,
        proof_ms: said.proof_ms,
    })
}

/// The kinds of identifiers, and where they stand.
pub(super) fn subjects(
    policy: &Checked,
    key: Option<&KeyHandle>,
    paths: &mut Paths,
) -> (Vec<SubjectKind>, Vec<Candidate>) {
    let mut kinds = Vec::new();
    let mut candidates = Vec::new();
    for (kind, said) in (0..).zip(&policy.source.subject.kinds) {
        // Where people are found again by it, a blank beside an identifier must not make
        // another person of it, of whom no withdrawal is known.
        let canon = match key {
            Some(_) if said.canon.id() == "text@1" => {
                Canon::from_words(["text", "trim"]).expect("both are canonicalisers")
            }
            _ => said.canon.clone(),
        };
        let index = key.and_then(|key| {
            // Names of kinds and canonicalisers are short.
            SubjectIndex::new(&key.root, &said.name, canon.id()).ok()
        });
        kinds.push(SubjectKind {
            name: said.name.as_str().into(),
            canon: canon.with_nothing(&policy.nothing),
            index,
        });
        let reads = said.paths.iter().map(|path| paths.read(&path.value));
        candidates.extend(reads.map(|read| Candidate { read, kind }));
    }
    (kinds, candidates)
}

/// What people are asked.
pub(super) fn asked(policy: &Checked, categories: &[String]) -> Vec<Category> {
    let bit = |name: &str| {
        let at = categories.iter().position(|c| c == name)?;
        u8::try_from(at).ok()
    };
    match &policy.categories {
        Some(declared) => declared
            .iter()
            .map(|said| Category {
                name: said.name.value.clone(),
                bit: bit(&said.name.value),
                title: said.title.clone(),
                text: said.text.clone(),
                purposes: said.purposes.iter().map(|p| p.value.clone()).collect(),
                explicit: said.explicit.is_some(),
            })
            .collect(),
        None => categories
            .iter()
            .map(|name| Category {
                name: name.clone(),
                bit: bit(name),
                title: Wording::of(name),
                text: Wording::default(),
                purposes: Vec::new(),
                explicit: false,
            })
            .collect(),
    }
}

/// The topic of people's decisions. `None`: there is none, or it was reported.
pub(super) fn live(
    policy: &Checked,
    digest: PolicyDigest,
    categories: &[String],
    findings: &mut Findings,
) -> Option<LiveConsent> {
    let state = policy.state.as_ref()?;
    let name = &policy.name;
    let format = match &state.format {
        Format::Veil => StateFormat::Veil,
        Format::Json { .. } => StateFormat::Json(Box::new(theirs(
            policy, state, digest, categories, findings,
        )?)),
    };
    Some(LiveConsent {
        topic: state.topic_of(name).into(),
        history: format!("veil.{name}.consent.history").into(),
        control: format!("veil.{name}.control").into(),
        format,
        grants: state.grants,
        settle_ms: state.settle_ms,
        stale_after_ms: state.stale_after_ms,
        hold_ms: state.hold_ms,
        expires_ms: state.expires_ms,
    })
}

/// How somebody else's decisions are read: a plan of their signals, without outputs.
fn theirs(
    policy: &Checked,
    state: &State,
    digest: PolicyDigest,
    categories: &[String],
    findings: &mut Findings,
) -> Option<Theirs> {
    let Format::Json {
        subject,
        signals: said,
        ..
    } = &state.format
    else {
        return None;
    };
    let kinds = &policy.source.subject.kinds;
    let kind = match subject {
        Some(wanted) => kinds.iter().position(|k| k.name == wanted.value)?,
        None => 0,
    };
    let mut paths = Paths::default();
    let signals = signals(said.iter(), categories, &mut paths);
    let value = paths.build(findings)?.automaton;
    let reading = Reading::new(
        (&value, None),
        &[],
        &[],
        &[],
        <Json as crate::record::format::Format>::spell,
    );
    let topic: Arc<str> = state.topic_of(&policy.name).into();
    let reads = Plan {
        id: PlanId::draw(),
        name: policy.name.clone(),
        version: policy.version,
        digest,
        source: Source {
            topics: vec![topic],
            format: Default::default(),
            ids: Default::default(),
            key_is_json: false,
            key_format: None,
            type_parts: Vec::new(),
            type_header: None,
            type_schema: false,
            subject: Vec::new(),
        },
        value,
        split: None,
        record_key: None,
        key_records: None,
        ways: paths.ways,
        record_key_ways: Vec::new(),
        types: Columns::of(&[]).index,
        regions: None,
        minors: None,
        signals,
        categories: categories.to_vec(),
        asked: Vec::new(),
        live: None,
        rights: None,
        subjects: Vec::new(),
        outputs: Vec::new(),
        actions: Vec::new(),
        makes: Vec::new(),
        reading,
        quarantine: None,
        group: None,
        quarantines_unread: true,
        needs_subject: false,
        times: Vec::new(),
        asks: Asks::default(),
        nothing: policy.nothing.clone(),
        standing: Default::default(),
    };
    Some(Theirs {
        kind,
        reads: Arc::new(reads),
    })
}
