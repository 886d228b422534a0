//! What a value or a name looks like.
//!
//! **In**: one scalar, or the names from the top of an event down to a member.
//! **Out**: which detectors a whole value passes, which category a name speaks
//! for, and one judgement of both. **Promises**: pure, no allocation for a value;
//! a detector says what a value looks like, never what it is; nothing it says
//! holds a value. **Does not know**: policies, samples, what is done about it.

mod calendar;
mod code;
mod contact;
mod detector;
mod free_text;
mod identifier;
mod judgement;
mod list;
mod money;
mod name;
mod name_rules;
mod national;
mod network;
mod place;
mod web;

pub use detector::{Detector, Scalar};
pub use judgement::{Evidence, Judgement, Kinds, judge};
pub use list::{COUNT, DETECTORS, place_of};
pub use name::Tokens;

#[cfg(test)]
mod tests {
    use super::detector::Examples;
    use super::*;
    use proptest::prelude::*;

    /// Numbers as an event has them; anything else is text.
    fn scalar(text: &str) -> Scalar<'_> {
        match text.strip_prefix('#') {
            Some(number) => Scalar::Number(number),
            None => Scalar::Text(text),
        }
    }

    #[test]
    fn every_detector_takes_its_examples_and_refuses_what_is_almost_one() {
        for detector in DETECTORS {
            let Examples { takes, refuses } = &detector.examples;
            assert!(takes.len() > 1 && refuses.len() > 1, "{}", detector.name);
            for text in *takes {
                assert!((detector.matches)(scalar(text)), "{} {text}", detector.name);
            }
            for text in *refuses {
                let taken = (detector.matches)(scalar(text));
                assert!(!taken, "{} {text}", detector.name);
            }
        }
    }

    #[test]
    fn names_are_distinct_and_categories_are_known() {
        for (at, detector) in DETECTORS.iter().enumerate() {
            assert_eq!(place_of(detector.name), Some(at));
            let known = detector.category.is_none_or(crate::categories::is_known);
            assert!(known, "{}", detector.name);
            assert!(detector.confidence <= 100);
        }
    }

    proptest! {
        #[test]
        fn no_detector_panics(text in ".{0,80}", digits in "[-+0-9.:/eT ]{0,40}") {
            for text in [&text, &digits] {
                for detector in DETECTORS {
                    let _ = (detector.matches)(Scalar::Text(text));
                    let _ = (detector.matches)(Scalar::Number(text));
                }
            }
        }
    }
}
