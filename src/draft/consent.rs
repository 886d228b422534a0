//! Where a sample says what its persons permit.

use super::yaml;
use crate::record::path::{Selector, Step};
use crate::sample::{Found, Profile};

/// What was found.
#[derive(Default)]
pub(super) struct Consent {
    pub(super) signal: Option<Signal>,
    /// Objects of consent that this version of the language cannot read.
    pub(super) unread: Vec<Selector>,
}

/// A signal of the policy.
pub(super) struct Signal {
    /// An object of category → boolean, or a scalar.
    pub(super) path: Selector,
    /// The category that is asked for.
    pub(super) category: String,
    /// Where it stands, in an event that grants it.
    pub(super) granted: Selector,
    /// The value that grants, as YAML spells it; `None`: true.
    pub(super) grants: Option<&'static str>,
}

impl Consent {
    /// True for what the signal reads: it is no field of an output.
    pub(super) fn reads(&self, path: &Selector) -> bool {
        self.signal
            .as_ref()
            .is_some_and(|s| path.steps.starts_with(&s.path.steps))
    }

    /// The signal as the policy writes it.
    pub(super) fn yaml(signal: &Signal) -> String {
        let path = yaml::scalar(&yaml::path(&signal.path));
        match signal.grants {
            None => format!("{{ from: value, path: {path} }}"),
            Some(grants) => format!(
                "{{ from: value, path: {path}, category: {}, grants: [{grants}] }}",
                yaml::scalar(&signal.category)
            ),
        }
    }
}

/// Looks for the consent objects of Segment and of Google's consent mode, and for
/// RudderStack's, which is no object of category → boolean.
pub(super) fn find(profile: &Profile) -> Consent {
    let paths = profile.paths();
    let mut consent = Consent::default();
    for found in &paths {
        let Some(Step::Name(name)) = found.path.steps.last() else {
            continue;
        };
        let is_plain = found.path.steps.iter().all(|s| matches!(s, Step::Name(_)));
        if !is_plain {
            continue;
        }
        match name.as_str() {
            "categoryPreferences" if consent.signal.is_none() => {
                consent.signal = categories(found, &paths);
            }
            "analytics_storage" if consent.signal.is_none() => {
                consent.signal = Some(Signal {
                    path: found.path.clone(),
                    category: "Analytics".to_owned(),
                    granted: found.path.clone(),
                    grants: Some("\"Yes\", granted"),
                });
            }
            "allowedConsentIds" => consent.unread.push(found.path.clone()),
            _ => {}
        }
    }
    consent
}

/// The categories of an object: the one for analytics, else the first.
fn categories(object: &Found<'_>, paths: &[Found<'_>]) -> Option<Signal> {
    let depth = object.path.steps.len();
    let inside = paths.iter().filter(|found| {
        found.path.steps.len() == depth + 1 && found.path.steps.starts_with(&object.path.steps)
    });
    let mut names = Vec::new();
    for found in inside {
        let Some(Step::Name(name)) = found.path.steps.last() else {
            return None;
        };
        let booleans = found.stats.kinds().booleans;
        if booleans + found.stats.nulls() != found.stats.values() {
            return None;
        }
        names.push((name, found));
    }
    let analytics = |(name, _): &&(&String, &Found<'_>)| name.to_lowercase().contains("analytic");
    let (name, found) = names.iter().find(analytics).or(names.first())?;
    // A category that cannot be written down is none that a person chose.
    (name.len() <= 64 && !name.is_empty() && yaml::scalar(name).len() <= 80).then(|| Signal {
        path: object.path.clone(),
        category: (*name).clone(),
        granted: found.path.clone(),
        grants: None,
    })
}
