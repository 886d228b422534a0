//! One memory budget, and the queues that follow from it.

/// Default budget: 256 MiB.
pub const BUDGET_DEFAULT: u64 = 256 << 20;

/// The client library refuses a smaller `fetch.max.bytes`.
const FETCH_MIN: u64 = 1 << 20;

/// Why a budget does not fit.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum MemoryError {
    /// More than 60 % of the container.
    #[error(
        "a memory budget of {budget} bytes is more than 60 % of the container's limit of {limit} bytes; at most {most} fit"
    )]
    OverContainer {
        /// The budget asked for.
        budget: u64,
        /// The container's limit.
        limit: u64,
        /// What fits.
        most: u64,
    },
    /// The role tables of the plan leave too little for records.
    #[error(
        "the policy's tables take {plan_bytes} bytes, more than half of a budget of {budget}; raise `memory`, or split the policy"
    )]
    Plan {
        /// What the tables take.
        plan_bytes: u64,
        /// The budget.
        budget: u64,
    },
    /// The tapes do not fit into their tenth.
    #[error(
        "{workers} workers need {needed} bytes for tapes, and a budget of {budget} bytes leaves {tenth}; lower `workers` or `limits.tape_entries_max`, or raise `memory`"
    )]
    Workers {
        /// Workers asked for.
        workers: usize,
        /// What their tapes need.
        needed: u64,
        /// The budget.
        budget: u64,
        /// A tenth of it.
        tenth: u64,
    },
    /// One record can be larger than everything that may be in flight.
    #[error(
        "a record of `limits.value_bytes_max` = {record} bytes does not fit into the {credit} bytes that may be in flight; raise `memory` or lower the limit"
    )]
    Record {
        /// The largest record the policy permits.
        record: u64,
        /// Bytes that may be in flight.
        credit: u64,
    },
}

/// Every queue of a stream, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    /// What the tables of the plan in force and of its successor may take, a
    /// sixty-fourth at least.
    pub(crate) tables: u64,
    /// Prefetched messages, an eighth: the client library counts what they hold,
    /// and keeps about as much again to hold it.
    pub(crate) consumer_queue: u64,
    /// One answer of a broker, a quarter of that queue.
    pub(crate) fetch_max: u64,
    /// Batches on their way, 36 %.
    pub(crate) credit: u64,
    /// Emptied vectors kept for the next batches, 4 %.
    pub(crate) spares: u64,
    /// Records not yet acknowledged, 25 %, in whole KiB as the client library
    /// counts it.
    pub(crate) producer_queue: u64,
    /// Worker threads.
    pub(crate) workers: usize,
}

impl Memory {
    /// The queues of a command that works beside a stream: 72 MiB.
    pub const fn of_a_command() -> Memory {
        Memory {
            consumer_queue: 32 << 20,
            fetch_max: 8 << 20,
            tables: 0,
            credit: 0,
            spares: 0,
            producer_queue: 32 << 20,
            workers: 1,
        }
    }

    /// Divides a budget (bytes; `None`: the default, or what fits the
    /// container) among the queues of one stream. `value_bytes_max`: bytes of the
    /// largest value; `plan_bytes`: what the role tables of the plan take, which
    /// all workers share; `tape_bytes`: what the tapes of one worker may take.
    ///
    /// # Errors
    /// When the parts do not fit.
    pub fn plan(
        budget: Option<u64>,
        container: Option<u64>,
        workers: Option<usize>,
        value_bytes_max: u32,
        plan_bytes: u64,
        tape_bytes: u64,
    ) -> Result<Memory, MemoryError> {
        let budget = self::budget(budget, container)?;
        if plan_bytes > budget / 2 {
            return Err(MemoryError::Plan { plan_bytes, budget });
        }
        // While one plan takes the place of another, both are there.
        let tables = (2 * plan_bytes).max(budget / 64).min(budget / 2);
        let budget = budget - tables;
        let tenth = budget / 10;
        let fit = usize::try_from(tenth / tape_bytes.max(1)).unwrap_or(usize::MAX);
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let workers = workers.unwrap_or(cores.min(fit)).max(1);
        if workers > fit {
            return Err(MemoryError::Workers {
                workers,
                needed: tape_bytes * workers as u64,
                budget,
                tenth,
            });
        }
        let credit = budget / 100 * 36;
        let record = u64::from(value_bytes_max);
        if record > credit {
            return Err(MemoryError::Record { record, credit });
        }
        let consumer_queue = budget / 8;
        Ok(Memory {
            tables,
            consumer_queue,
            fetch_max: (consumer_queue / 4).max(FETCH_MIN),
            credit,
            spares: budget / 100 * 4,
            producer_queue: budget / 4 / 1024 * 1024,
            workers,
        })
    }
}

/// The least budget, in whole MiB, of which that many bytes may be on their way. `plan_bytes` as of
/// [`Memory::plan`].
pub(crate) fn that_gives(credit: u64, plan_bytes: u64) -> u64 {
    let queues = credit.div_ceil(36) * 100;
    let tables = (2 * plan_bytes).max(queues.div_ceil(63));
    // Tables may not be more than half.
    let budget = (queues + tables).max(4 * plan_bytes);
    budget.div_ceil(1 << 20) << 20
}

/// The budget of a process (bytes; `None`: the default, or what fits the container).
///
/// # Errors
/// It does not fit the container.
pub(crate) fn budget(budget: Option<u64>, container: Option<u64>) -> Result<u64, MemoryError> {
    let most = container.map_or(u64::MAX, |limit| limit / 10 * 6);
    match (budget, container) {
        (Some(budget), Some(limit)) if budget > most => Err(MemoryError::OverContainer {
            budget,
            limit,
            most,
        }),
        (Some(budget), _) => Ok(budget),
        (None, _) => Ok(BUDGET_DEFAULT.min(most)),
    }
}

/// The memory limit of the container this process runs in, in bytes (cgroup
/// v2, then v1); `None` when there is none.
pub(crate) fn container_limit() -> Option<u64> {
    // A limit nobody set is a number near 2^63.
    const NONE: u64 = 1 << 60;
    [
        "/sys/fs/cgroup/memory.max",
        "/sys/fs/cgroup/memory/memory.limit_in_bytes",
    ]
    .iter()
    .filter_map(|path| std::fs::read_to_string(path).ok())
    .filter_map(|text| text.trim().parse::<u64>().ok())
    .find(|limit| *limit < NONE)
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUE_MAX: u32 = 16 << 20;
    const TAPE_BYTES: u64 = 6 << 20;

    #[test]
    fn the_parts_never_exceed_the_budget() {
        for budget in [64 << 20, BUDGET_DEFAULT, 1 << 30, 1 << 34] {
            let m = Memory::plan(Some(budget), None, None, VALUE_MAX, 0, TAPE_BYTES).unwrap();
            let tapes = TAPE_BYTES * m.workers as u64;
            assert!(
                m.consumer_queue + m.credit + m.spares + m.producer_queue + tapes <= budget,
                "{m:?}"
            );
            assert!(m.fetch_max <= m.consumer_queue / 4);
            assert!(m.workers >= 1);
        }
    }

    #[test]
    fn what_does_not_fit_is_refused_and_says_what_would() {
        let limit = 256 << 20;
        assert!(matches!(
            Memory::plan(Some(200 << 20), Some(limit), None, VALUE_MAX, 0, TAPE_BYTES),
            Err(MemoryError::OverContainer { most, .. }) if most < 154 << 20
        ));
        assert!(matches!(
            Memory::plan(
                Some(BUDGET_DEFAULT),
                None,
                Some(9),
                VALUE_MAX,
                0,
                TAPE_BYTES
            ),
            Err(MemoryError::Workers { workers: 9, .. })
        ));
        assert!(matches!(
            Memory::plan(Some(32 << 20), None, None, VALUE_MAX, 0, 1 << 20),
            Err(MemoryError::Record { .. })
        ));
        // One tape that is larger than all tapes may be.
        assert!(matches!(
            Memory::plan(None, None, None, VALUE_MAX, 0, 384 << 20),
            Err(MemoryError::Workers { workers: 1, .. })
        ));
        // Tables come off the top, and may not be most of it.
        let budget = 512 << 20;
        let plan = |tables| Memory::plan(Some(budget), None, None, VALUE_MAX, tables, TAPE_BYTES);
        let (without, with) = (plan(0).unwrap(), plan(100 << 20).unwrap());
        // Twice: while one plan takes the place of another, both are there.
        assert_eq!((without.tables, with.tables), (8 << 20, 200 << 20));
        assert_eq!(
            without.credit - with.credit,
            (504 << 20) / 100 * 36 - (312 << 20) / 100 * 36
        );
        assert!(matches!(plan(300 << 20), Err(MemoryError::Plan { .. })));
        let small = Memory::plan(None, Some(limit), None, 1 << 20, 0, TAPE_BYTES).unwrap();
        assert!(small.credit < limit / 10 * 6);
    }
}
