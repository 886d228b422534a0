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
    /// What was counted in its window before is lost.
    StateLost,
}

/// How many records were left out, by why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeftOut([u64; WhyLeftOut::ALL.len()]);

impl WhyLeftOut {
    /// Each of them.
    pub const ALL: [WhyLeftOut; 12] = [
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
        WhyLeftOut::StateLost,
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
            WhyLeftOut::StateLost => "state_lost",
        }
    }

    /// The one of that word.
    pub fn from_word(word: &str) -> Option<WhyLeftOut> {
        WhyLeftOut::ALL.into_iter().find(|why| why.as_str() == word)
    }

    /// What causes it: a sentence about events in general, never of one.
    pub const fn cause(self) -> &'static str {
        match self {
            WhyLeftOut::Short => {
                "There were fewer persons than `k` or `subjects` ask for, or fewer records than `pool`; or no class could be made of all of them together that is what `l` and `t` demand."
            }
            WhyLeftOut::NoSubject => {
                "It is of nobody that is counted: where `subject` points, nothing is."
            }
            WhyLeftOut::OverCap => {
                "Its person has as many records in the release as `per_subject` lets leave."
            }
            WhyLeftOut::Remainder => {
                "The class with it would have said next to nothing, and `remainder` sets such records aside."
            }
            WhyLeftOut::AlreadyReleased => "Its person was in a release before, within `once_per`.",
            WhyLeftOut::Late => {
                "Its window was closed when it came: it is later than `late` allows; or its window ended longer ago than `oldest`."
            }
            WhyLeftOut::TimeOutOfRange => {
                "It does not say when it was where `time` points, or is more than five minutes ahead of the clock."
            }
            WhyLeftOut::NoValue => "What `sum` adds up is missing there, or no number.",
            WhyLeftOut::OtherCell => {
                "Its cell is none of those that `keys: list` or `keys: product` name."
            }
            WhyLeftOut::NotOver => {
                "Its window is not over: it ends, and `late` after it, behind the clock; or the input was not read to its end."
            }
            WhyLeftOut::NotReleased => {
                "Its window may not leave: the budget is spent, or it left before with other counts."
            }
            WhyLeftOut::StateLost => {
                "What was counted in its window before is lost: the state of counts cannot be read, or is of another policy. A window is never counted from half of it."
            }
        }
    }

    /// What to do about it.
    pub const fn remedy(self) -> &'static str {
        match self {
            WhyLeftOut::Short => {
                "Let more records wait for one release: a longer `max_delay`, a larger `max_records`. `short: hold` waits on in place of leaving them out."
            }
            WhyLeftOut::NoSubject => {
                "Nothing, where such records are of nobody; otherwise name with `subject` the kind that they are of."
            }
            WhyLeftOut::OverCap => {
                "Nothing, where one record says enough of a person; otherwise raise `per_subject`: a release then has more records of fewer persons."
            }
            WhyLeftOut::Remainder => {
                "Nothing, or a smaller `share`: all other records then say less. `then: star` lets them leave with `*` in place of every quasi-identifier."
            }
            WhyLeftOut::AlreadyReleased => {
                "Nothing: it is what `once_per` is for. Somebody in many releases can be found by what all of their classes have in common."
            }
            WhyLeftOut::Late => {
                "Raise `late`: windows then leave later. Of what is older than `oldest`, mend the producer's dates, or raise it."
            }
            WhyLeftOut::TimeOutOfRange => {
                "Mend the producer's clock, or name with `time` the path that says when it was, in its `unit`."
            }
            WhyLeftOut::NoValue => "Mend the producer, or sum what is always there.",
            WhyLeftOut::OtherCell => "Add the cell to `keys`, where it should be counted.",
            WhyLeftOut::NotOver => "Nothing: it counts once its window is over.",
            WhyLeftOut::NotReleased => {
                "`docs/counts.md` says what may leave again and what not; a larger budget says more of every person."
            }
            WhyLeftOut::StateLost => {
                "Nothing brings these windows back; the next ones count. Keep the topic of windows and the key `state`, and roll another version of the policy out when it costs least: the windows that are open then are lost."
            }
        }
    }
}

impl LeftOut {
    /// Counts so many more.
    pub(crate) fn add(&mut self, why: WhyLeftOut, records: u64) {
        self.0[why as usize] += records;
    }

    /// Counts those as well.
    pub fn add_all(&mut self, others: &LeftOut) {
        for (own, other) in self.0.iter_mut().zip(&others.0) {
            *own += other;
        }
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
