//! What an output says that counts people, and lets no record out.

use crate::anonymity::counts::Mechanism;
use crate::plan::counting::Cells;
use crate::release::Windows;

/// Noisy counts of one output, by the persons who are in them: the truth, which who reads
/// the output does not have.
pub struct OfCounts {
    /// Its topic.
    pub topic: String,
    /// The noise of each cell; and that of its count of persons, where it has one.
    pub noise: (Mechanism, Option<Mechanism>),
    /// What one window says of a person at most: ε.
    pub epsilon: f64,
    /// Of each person, window by window what they add to their cells.
    pub people: Vec<Vec<Vec<i64>>>,
}

impl OfCounts {
    pub(super) fn of(topic: &str, windows: &Windows) -> OfCounts {
        let counting = windows.counting();
        let of_people = match &counting.cells {
            Cells::Selected(selected) => selected.people.as_ref().map(|(noise, _)| *noise),
            Cells::Listed(_) => None,
        };
        OfCounts {
            topic: topic.to_owned(),
            noise: (counting.noise, of_people),
            epsilon: counting.spends.epsilon.about(),
            people: windows.of_people().into_values().collect(),
        }
    }
}
