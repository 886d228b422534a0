//! What it takes for something to leave where records do not leave as they come.

use crate::plan::Output;

/// Said of one record; `None`: it takes nothing but the record.
pub(super) fn of_a_record(output: &Output) -> Option<String> {
    if let Some(counting) = &output.counting {
        return Some(format!(
            "The record does not leave: it counts in one cell of a window of {}, whose rows leave once it is over, with noise. Below stands the cell.",
            counting.window
        ));
    }
    let held = output.held.as_ref()?;
    Some(match &held.classes {
        Some(classes) => format!(
            "The record leaves in a release alone, in a class of at least {} persons whose records say the same in every `quasi` field. Below stands the finest class that it can be in: the one that leaves is as wide as the others of its release make it.",
            classes.demand.k
        ),
        None => format!(
            "The record leaves in a release alone, of at least {} records of {} persons, in an order that says nothing of theirs.",
            held.records_min, held.people_min
        ),
    })
}

/// Said of all records of a sample, as [`of_a_record`].
pub(super) fn of_a_sample(output: &Output) -> Option<String> {
    if let Some(counting) = &output.counting {
        return Some(format!(
            "No record leaves here: they are counted, of each person no more than `contribution` allows, and rows leave with noise, window of {} by window. What is missing or stands for nothing is `null` in its cell.",
            counting.window
        ));
    }
    let held = output.held.as_ref()?;
    Some(match &held.classes {
        Some(classes) => format!(
            "Records wait here, and leave in releases alone, in classes of at least {} persons: what of them leaves is known once they are together, so no example is shown. What is missing or stands for nothing is a value of its own.",
            classes.demand.k
        ),
        None => format!(
            "Records wait here, and leave in releases alone, of at least {} records of {} persons: no example is shown.",
            held.records_min, held.people_min
        ),
    })
}
