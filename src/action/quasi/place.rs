//! Places in the cells of geohash, that lie in one another.

use std::sync::Arc;

use super::kind::{Kind, levels, no_domain};
use crate::action::generalize::in_geohash;
use crate::action::{Action, Cx, Dial, NotBuilt, Setting, Site, Spec, Type, param};
use crate::anonymity::quasi::{Domain, Prefixes};
use crate::language::finding::Span;
use crate::language::mapping::Mapping;
use crate::record::Reason;
use crate::record::value::{Applied, Out, View, Whole};

/// Most characters of a geohash.
pub(super) const CHARS_MAX: u8 = 9;

/// Which cells there are.
#[derive(Clone)]
pub(super) struct Rule {
    domain: Arc<Domain>,
    levels: Vec<u8>,
    /// Which cell a place lies in is said there.
    finest: Arc<dyn Spec>,
    made: Option<Arc<dyn Action>>,
}

impl Rule {
    pub(super) fn parse(mapping: &mut Mapping<'_, '_>) -> Option<Rule> {
        let levels = levels(mapping, "geohash", CHARS_MAX);
        let from = param::siblings(mapping, 2..=2, "name the latitude and the longitude");
        let levels = levels?;
        match Prefixes::geohash(&levels) {
            Ok(prefixes) => Some(Rule {
                domain: Arc::new(Domain::Prefixes(prefixes)),
                finest: in_geohash(levels[0], from).into(),
                levels,
                made: None,
            }),
            Err(why) => {
                let span = mapping.place("geohash");
                no_domain(
                    why,
                    span,
                    mapping,
                    "write the finest first: `geohash: [5, 4, 3, 2]`",
                );
                None
            }
        }
    }

    fn cell(&self) -> &dyn Action {
        &**self.made.as_ref().expect("it was built for a place")
    }
}

impl Kind for Rule {
    fn dials(&self) -> Vec<Dial> {
        let levels = Setting::Choice(format!("{:?}", self.levels));
        let from = self.from().into_iter().flatten();
        let from: Vec<&str> = from.map(|(name, _)| name.as_str()).collect();
        vec![
            Dial::new("geohash", levels),
            Dial::new("from", Setting::Choice(from.join("\u{0}"))),
        ]
    }

    fn takes(&self, from: Type) -> bool {
        self.finest.gives(from).is_some()
    }

    fn says(&self) -> String {
        let levels: Vec<String> = self.levels.iter().map(u8::to_string).collect();
        format!("cells of a geohash of {} characters", levels.join(", "))
    }

    fn from(&self) -> Option<&[(String, Span)]> {
        self.finest.from()
    }

    fn for_site(&self, site: &Site<'_>) -> Result<(Rule, Arc<Domain>), NotBuilt> {
        let made = Some(self.finest.build(site)?.into());
        Ok((
            Rule {
                made,
                ..self.clone()
            },
            Arc::clone(&self.domain),
        ))
    }

    fn leaf(&self, scalar: View<'_>, out: &mut dyn Out, cx: &mut Cx<'_>) -> Applied {
        self.cell().apply(scalar, out, cx)
    }

    fn leaf_of_whole(&self, whole: Whole<'_>, out: &mut dyn Out, cx: &mut Cx<'_>) -> Applied {
        self.cell().apply(View::Whole(whole), out, cx)
    }

    fn leaf_of_parts(
        &self,
        parts: &[Option<View<'_>>],
        out: &mut dyn Out,
        cx: &mut Cx<'_>,
    ) -> Applied {
        // Without `from` its value is one.
        match self.from() {
            Some(_) => self.cell().apply_parts(parts, out, cx),
            None => Err(Reason::WrongType),
        }
    }
}
