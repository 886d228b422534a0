//! Why records that waited do not leave.

/// Why a record that waited for a release, or was to be counted, is in none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum WhyLeftOut {
    /// There were too few records or persons, or no class could be made of them.
    Short,
    /// It is of nobody that is counted.
    NoSubject,
    /// Its person has as many records in the release as the output allows.
    OverCap,
    /// Its class would have said next to nothing, and was set aside.
    Remainder,
    /// Its person was in a release before, within `once_per`.
    AlreadyReleased,
    /// Its window was closed when it came.
    Late,
    /// It does not say when it was, or lies ahead.
    TimeOutOfRange,
    /// What is summed is not there, or no number.
    NoValue,
    /// Its cell is none that the output lists.
    OtherCell,
    /// Its window was not over when the input ended.
    NotOver,
    /// Its window was not allowed to leave.
    NotReleased,
}

/// How many records were left out, by why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeftOut([u64; WhyLeftOut::ALL.len()]);

impl WhyLeftOut {
    /// Each of them.
    pub const ALL: [WhyLeftOut; 11] = [
        WhyLeftOut::Short,
        WhyLeftOut::NoSubject,
        WhyLeftOut::OverCap,
        WhyLeftOut::Remainder,
        WhyLeftOut::AlreadyReleased,
        WhyLeftOut::Late,
        WhyLeftOut::TimeOutOfRange,
        WhyLeftOut::NoValue,
        WhyLeftOut::OtherCell,
        WhyLeftOut::NotOver,
        WhyLeftOut::NotReleased,
    ];

    /// Its word, in summaries and figures.
    pub const fn as_str(self) -> &'static str {
        match self {
            WhyLeftOut::Short => "short",
            WhyLeftOut::NoSubject => "no_subject",
            WhyLeftOut::OverCap => "over_cap",
            WhyLeftOut::Remainder => "remainder",
            WhyLeftOut::AlreadyReleased => "already_released",
            WhyLeftOut::Late => "late",
            WhyLeftOut::TimeOutOfRange => "time_out_of_range",
            WhyLeftOut::NoValue => "no_value",
            WhyLeftOut::OtherCell => "other_cell",
            WhyLeftOut::NotOver => "not_over",
            WhyLeftOut::NotReleased => "not_released",
        }
    }
}

impl LeftOut {
    /// Counts so many more.
    pub(super) fn add(&mut self, why: WhyLeftOut, records: u64) {
        self.0[why as usize] += records;
    }

    /// How many were left out for that.
    pub fn of(&self, why: WhyLeftOut) -> u64 {
        self.0[why as usize]
    }

    /// All of them.
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// Those that there are, each with its word.
    pub fn each(&self) -> impl Iterator<Item = (WhyLeftOut, u64)> + '_ {
        let all = WhyLeftOut::ALL.into_iter();
        all.map(|why| (why, self.of(why))).filter(|(_, n)| *n > 0)
    }
}
