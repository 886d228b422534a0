//! What happened to the records of a batch. Summed up per transaction and
//! published only when it commits.

use super::{BadSignals, Reason, SignalShape};

/// What happened to one named field of one output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FieldCounts {
    /// The action wrote a value.
    pub written: u64,
    /// The action yielded nothing: `drop`, or an absent identifier.
    pub absent: u64,
    /// `on_error: drop_field` left the field out.
    pub dropped_on_error: u64,
    /// `on_error: { replace: … }` put a constant in its place.
    pub replaced_on_error: u64,
    /// It refused its value: the record went to quarantine.
    pub refused: u64,
    /// Of those written: no list or table of the policy knew the value, and its
    /// constant for all others left.
    pub other: u64,
    /// Of those written: the value was a hash already, and left as one.
    pub accepted_hashed: u64,
}

impl FieldCounts {
    /// How often records that were not quarantined held something for it, whatever came of
    /// that.
    pub fn met(&self) -> u64 {
        self.written + self.absent + self.dropped_on_error + self.replaced_on_error
    }
}

/// What happened at one output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputCounts {
    /// Records written.
    pub written: u64,
    /// Records that waited for a release, and are in none.
    pub left_out: u64,
    /// Records that are counted in a window, of which noisy counts leave, and nothing else.
    pub counted: u64,
    /// Bytes of value, key and headers written.
    pub bytes: u64,
    /// Records withheld, by [`Reason::index`].
    pub withheld: [u64; Reason::COUNT],
    /// Tombstones written because a consent is gone (`on_withheld: tombstone`);
    /// such a record counts as withheld, never as written.
    pub clearing_tombstones: u64,
    /// By field, in the order of `Output::fields` of the plan.
    pub fields: Vec<FieldCounts>,
}

/// What happened to a batch, or to several. For each output:
/// `received = written + left out + counted + withheld + quarantined + elsewhere`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Records read; of one that was taken apart (`source.split`) its elements.
    pub received: u64,
    /// Records that were taken apart, empty ones too.
    pub split: u64,
    /// Those of them whose list was empty: nothing came of them.
    pub split_empty: u64,
    /// Bytes of value, key and headers read.
    pub(crate) received_bytes: u64,
    /// Records quarantined, by [`Reason::index`].
    pub quarantined: [u64; Reason::COUNT],
    /// Records that cannot be read, which another release group of the policy sends to
    /// quarantine.
    pub elsewhere: u64,
    /// Members that no output, consent, type or subject names, in records that
    /// were not quarantined: one that was keeps them, and may be read again.
    pub unnamed: u64,
    /// Consent signals that were there and could not be read, by
    /// [`SignalShape::index`].
    pub bad_signals: BadSignals,
    /// By output, in the order of the plan.
    pub outputs: Vec<OutputCounts>,
}

impl Default for OutputCounts {
    fn default() -> OutputCounts {
        OutputCounts {
            written: 0,
            left_out: 0,
            counted: 0,
            bytes: 0,
            withheld: [0; Reason::COUNT],
            clearing_tombstones: 0,
            fields: Vec::new(),
        }
    }
}

impl Default for Counts {
    fn default() -> Counts {
        Counts {
            received: 0,
            split: 0,
            split_empty: 0,
            received_bytes: 0,
            quarantined: [0; Reason::COUNT],
            elsewhere: 0,
            unnamed: 0,
            bad_signals: BadSignals::default(),
            outputs: Vec::new(),
        }
    }
}

impl Counts {
    /// Zero, with room for so many fields at each output.
    pub(crate) fn with_room(fields: impl Iterator<Item = usize>) -> Counts {
        Counts {
            outputs: fields
                .map(|fields| OutputCounts {
                    fields: vec![FieldCounts::default(); fields],
                    ..OutputCounts::default()
                })
                .collect(),
            ..Counts::default()
        }
    }

    /// Bytes of memory that room for so many fields at each output takes.
    pub fn held_with_room(fields: impl Iterator<Item = usize>) -> u64 {
        let output = |fields| size_of::<OutputCounts>() + fields * size_of::<FieldCounts>();
        fields.map(output).sum::<usize>() as u64
    }

    /// True when it has room for just so many fields at each output.
    pub(crate) fn has_room(&self, fields: impl Iterator<Item = usize>) -> bool {
        fields.eq(self.outputs.iter().map(|counts| counts.fields.len()))
    }

    /// Back to zero, keeping the room.
    pub(crate) fn clear(&mut self) {
        self.received = 0;
        self.split = 0;
        self.split_empty = 0;
        self.received_bytes = 0;
        self.quarantined = [0; Reason::COUNT];
        self.elsewhere = 0;
        self.unnamed = 0;
        self.bad_signals = [0; SignalShape::COUNT];
        for o in &mut self.outputs {
            o.written = 0;
            o.left_out = 0;
            o.counted = 0;
            o.bytes = 0;
            o.withheld = [0; Reason::COUNT];
            o.clearing_tombstones = 0;
            o.fields.fill(FieldCounts::default());
        }
    }

    /// Adds what happened to another batch of the same plan.
    pub fn add(&mut self, other: &Counts) {
        self.received += other.received;
        self.split += other.split;
        self.split_empty += other.split_empty;
        self.received_bytes += other.received_bytes;
        self.elsewhere += other.elsewhere;
        self.unnamed += other.unnamed;
        add_all(&mut self.quarantined, &other.quarantined);
        add_all(&mut self.bad_signals, &other.bad_signals);
        debug_assert_eq!(self.outputs.len(), other.outputs.len(), "one plan");
        for (a, b) in self.outputs.iter_mut().zip(&other.outputs) {
            a.written += b.written;
            a.left_out += b.left_out;
            a.counted += b.counted;
            a.bytes += b.bytes;
            a.clearing_tombstones += b.clearing_tombstones;
            add_all(&mut a.withheld, &b.withheld);
            for (x, y) in a.fields.iter_mut().zip(&b.fields) {
                x.written += y.written;
                x.absent += y.absent;
                x.dropped_on_error += y.dropped_on_error;
                x.replaced_on_error += y.replaced_on_error;
                x.refused += y.refused;
                x.other += y.other;
                x.accepted_hashed += y.accepted_hashed;
            }
        }
    }

    /// All quarantined records.
    pub fn quarantined_total(&self) -> u64 {
        self.quarantined.iter().sum()
    }

    /// True when nothing was lost at any output: received = written + left out +
    /// counted + withheld + quarantined, here or by another group.
    pub fn balances(&self) -> bool {
        let aside = self.quarantined_total() + self.elsewhere;
        self.outputs.iter().all(|o| {
            let withheld: u64 = o.withheld.iter().sum();
            self.received == o.written + o.left_out + o.counted + withheld + aside
        })
    }
}

fn add_all<const N: usize>(a: &mut [u64; N], b: &[u64; N]) {
    for (x, y) in a.iter_mut().zip(b) {
        *x += y;
    }
}
