//! `drop`: nothing leaves, said aloud.

use super::Cx;
use super::{
    Action, ActionDef, Degree, Example, Facts, Gives, IsoClass, Kinds, NotBuilt, Passing, Reveals,
    Says, Site, Spec, Type,
};
use crate::language::mapping::Mapping;
use crate::language::shape::Shape;
use crate::record::value::{Applied, Out, View};

/// The definition.
pub(crate) const DROP: ActionDef = ActionDef {
    name: "drop",
    summary: "Lets nothing leave: the field is absent from the output.",
    doc: "Takes every value. What no output names is dropped as well; writing it says that it was thought of, and carves an exception out of a wider selector.",
    iso: IsoClass::Suppression,
    leaks: "Nothing.",
    reversible: "no",
    examples: &[Example {
        policy: "drop",
        input: r#""078-05-1120""#,
        output: None,
    }],
    shape: &Shape {
        name: "drop",
        words: &[],
    },
    parse: |_: &mut Mapping<'_, '_>| Some(Box::new(Nothing)),
    bare: Some(|| Box::new(Nothing)),
};

#[derive(Clone, Copy)]
struct Nothing;

impl Spec for Nothing {
    fn facts(&self) -> Facts {
        Facts {
            drops: true,
            ..Facts::default()
        }
    }

    fn reveals(&self) -> Reveals {
        Reveals::of(Degree::Nothing).of_values(Passing::exactly(Kinds::All))
    }

    fn gives(&self, _from: Type) -> Option<Gives> {
        Gives::NOTHING
    }

    fn says(&self, _domain: &str) -> Says {
        Says::of("nothing")
    }

    fn build(&self, _site: &Site<'_>) -> Result<Box<dyn Action>, NotBuilt> {
        Ok(Box::new(*self))
    }
}

impl Action for Nothing {
    fn looks(&self) -> bool {
        false
    }

    fn apply(&self, _view: View<'_>, _out: &mut dyn Out, _cx: &mut Cx<'_>) -> Applied {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::run;

    #[test]
    fn nothing_leaves_whatever_the_value() {
        for json in ["null", "1", "true", r#""x""#, "[1]", r#"{"a":{}}"#] {
            assert_eq!(run("drop", json), Ok(None));
            assert_eq!(run("{ drop: {} }", json), Ok(None));
        }
    }
}
