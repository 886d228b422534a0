//! Texts by how they begin.

use std::sync::Arc;

use super::kind::{Kind, levels, no_domain};
use crate::action::{Cx, Dial, NotBuilt, Setting, Site, Type};
use crate::anonymity::quasi::{Domain, Prefixes};
use crate::language::mapping::Mapping;
use crate::record::Reason;
use crate::record::value::{Applied, Out, View};

/// Most characters of a prefix.
pub(super) const CHARS_MAX: u8 = 64;

/// Which prefixes there are.
#[derive(Clone)]
pub(super) struct Rule {
    domain: Arc<Domain>,
    levels: Vec<u8>,
}

impl Rule {
    pub(super) fn parse(mapping: &mut Mapping<'_, '_>) -> Option<Rule> {
        let levels = levels(mapping, "prefix", CHARS_MAX)?;
        match Prefixes::new(&levels) {
            Ok(prefixes) => Some(Rule {
                domain: Arc::new(Domain::Prefixes(prefixes)),
                levels,
            }),
            Err(why) => {
                let span = mapping.place("prefix");
                no_domain(
                    why,
                    span,
                    mapping,
                    "write the longest first: `prefix: [5, 3, 2, 1]`",
                );
                None
            }
        }
    }
}

impl Kind for Rule {
    const TAKES_ANY_TEXT: bool = true;

    fn dials(&self) -> Vec<Dial> {
        vec![Dial::new(
            "prefix",
            Setting::Choice(format!("{:?}", self.levels)),
        )]
    }

    fn takes(&self, from: Type) -> bool {
        from == Type::Text
    }

    fn says(&self) -> String {
        let levels: Vec<String> = self.levels.iter().map(u8::to_string).collect();
        format!("the first {} characters", levels.join(", "))
    }

    fn for_site(&self, _site: &Site<'_>) -> Result<(Rule, Arc<Domain>), NotBuilt> {
        Ok((self.clone(), Arc::clone(&self.domain)))
    }

    fn leaf(&self, scalar: View<'_>, out: &mut dyn Out, cx: &mut Cx<'_>) -> Applied {
        let View::Text(text) = scalar else {
            return Err(Reason::WrongType);
        };
        let text = text.chars_in(cx.text);
        let behind = text.char_indices().nth(self.levels[0].into());
        let start = &text[..behind.map_or(text.len(), |(at, _)| at)];
        if !start.is_empty() {
            out.text(start);
        }
        Ok(())
    }
}
