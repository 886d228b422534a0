//! What people permit: where records say it, where decisions lie, what people are asked.

pub(in crate::policy) mod categories;
pub(in crate::policy) mod fits;
mod means;
mod signals;
pub(in crate::policy) mod state;

use super::Cx;
use crate::language::codes;
use crate::language::finding::Findings;
use crate::language::mapping::Mapping;
use crate::language::written::Node;
use crate::policy::grammar;
use categories::Category;
use signals::Signals;
use state::State;

/// What `consent` says.
#[derive(Default)]
pub(crate) struct Consent {
    pub(crate) signals: Signals,
    /// The topic of people's decisions.
    pub(crate) state: Option<State>,
    /// What people are asked.
    pub(crate) categories: Option<Vec<Category>>,
}

/// Reads `consent`.
pub(crate) fn consent(node: &Node, cx: &Cx<'_>, findings: &mut Findings) -> Consent {
    let Some(mut mapping) = Mapping::open(node, &grammar::CONSENT, findings) else {
        return Consent {
            signals: Signals {
                list: Vec::new(),
                lacks_some: true,
            },
            ..Consent::default()
        };
    };
    let says_nothing = !mapping.has("signals") && !mapping.has("state");
    if says_nothing {
        mapping
            .findings
            .error(
                codes::MISSING_WORD,
                node.span,
                "`consent` lacks `signals` or `state`",
            )
            .help("add `signals: […]` where events say what their subject permits, or `state: {}` where a topic of decisions does");
    }
    let mut signals = signals::signals(mapping.items("signals"), cx, mapping.findings);
    let state = mapping
        .member("state")
        .map(|m| state::read(m, cx, mapping.findings));
    signals.lacks_some |= says_nothing || matches!(state, Some(None));
    let categories = mapping.has("categories").then(|| {
        let members = mapping.map("categories");
        categories::read(members, mapping.findings)
    });
    Consent {
        signals,
        state: state.flatten(),
        categories,
    }
}
