//! Which partition of an output a record goes to.
//!
//! A partition number is a hash of a key that needs no secret, and it is the
//! same in every domain and every epoch. So the source partition is kept only while all
//! outputs of the source share one domain and the output's key does not change with
//! the epoch; otherwise the number is computed over the output's own key, which is a
//! pseudonym or absent.

use crate::plan::{Output, Plan, RecordKey};

/// The positive murmur2 hash of Kafka's default partitioner.
///
/// Source: `org.apache.kafka.common.utils.Utils#murmur2` (seed 0x9747b28c).
pub(crate) fn murmur2(data: &[u8]) -> u32 {
    const M: u32 = 0x5bd1_e995;
    let mut h: u32 = 0x9747_b28c ^ (data.len() as u32);
    let mut words = data.chunks_exact(4);
    for word in &mut words {
        let mut k = u32::from_le_bytes(word.try_into().expect("chunks of four bytes"));
        k = k.wrapping_mul(M);
        k ^= k >> 24;
        k = k.wrapping_mul(M);
        h = h.wrapping_mul(M) ^ k;
    }
    let rest = words.remainder();
    if !rest.is_empty() {
        for (i, byte) in rest.iter().enumerate() {
            h ^= u32::from(*byte) << (8 * i);
        }
        h = h.wrapping_mul(M);
    }
    h ^= h >> 13;
    h = h.wrapping_mul(M);
    h ^= h >> 15;
    h & 0x7fff_ffff
}

/// True when the outputs of a plan share one pseudonymisation domain.
pub(crate) fn one_domain(plan: &Plan) -> bool {
    plan.outputs.windows(2).all(|w| w[0].domain == w[1].domain)
}

/// True when the key of the output changes with every epoch: the source partition
/// would say that two of a person's codes are one person's.
pub(crate) fn changes(plan: &Plan, output: &Output) -> bool {
    // A key that is a record has codes that stay (V0135).
    let Some(RecordKey::Made(key)) = &output.key else {
        return false;
    };
    let made_from = plan.actions[key.action.index()].recomputed_from();
    made_from.is_some_and(|besides| besides.time)
}

/// The partition of a record in a topic of `partitions` partitions.
///
/// `source` is the source partition, when it may be kept; `keyless` is the one
/// random number of this batch and output, for records without a key.
pub(crate) fn choose(
    partitions: i32,
    source: Option<i32>,
    key: Option<&[u8]>,
    keyless: u32,
) -> i32 {
    let count = partitions.max(1);
    let spread = |n: u32| i32::try_from(n % count.unsigned_abs()).expect("below an i32 count");
    match (source, key) {
        (Some(partition), _) => partition,
        (None, Some(key)) => spread(murmur2(key)),
        (None, None) => spread(keyless),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::TestKeys;
    use crate::policy::{NoTables, PolicyFile, compile};

    /// Vectors of Kafka's own `UtilsTest#testMurmur2`, sign bit cleared.
    #[test]
    fn murmur2_is_kafkas() {
        let vectors: [(&[u8], i32); 7] = [
            (b"21", -973_932_308),
            (b"foobar", -790_332_482),
            (b"a-little-bit-long-string", -985_981_536),
            (b"a-little-bit-longer-string", -1_486_304_829),
            (
                b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8",
                -58_897_971,
            ),
            (b"abc", 479_470_107),
            (b"", 275_646_681),
        ];
        for (data, hash) in vectors {
            assert_eq!(murmur2(data), (hash & 0x7fff_ffff).cast_unsigned());
        }
    }

    #[test]
    fn a_kept_source_partition_wins_and_all_others_lie_in_range() {
        assert_eq!(choose(6, Some(4), Some(b"key"), 9), 4);
        assert_eq!(choose(6, None, None, 9), 3);
        for key in [&b"a"[..], b"b", b"", b"longer than four bytes"] {
            assert!((0..6).contains(&choose(6, None, Some(key), 0)));
        }
    }

    #[test]
    fn a_key_that_changes_with_the_epoch_leaves_no_partition_of_the_source() {
        let plan = |epoch: &str| {
            let text = format!(
                "apiVersion: veil/v1\nkind: Policy\nmetadata: {{ name: p, version: 1, owner: o }}\n\
                 source: {{ topic: raw }}\nkeys: {{ k: {{ ref: \"file:k.json#k\" }} }}\noutputs:\n  \
                 - {{ topic: out, purpose: sales, domain: d, key: {{ like: u }}, fields: {{ u: {{ pseudonymize: {{ key: k, epoch: {epoch} }} }} }} }}\n"
            );
            let file = PolicyFile {
                path: "p.yaml".into(),
                text,
            };
            let compiled = compile(&file, &TestKeys, &NoTables, jiff::Timestamp::UNIX_EPOCH);
            compiled.plan.expect("a good policy")
        };
        for (epoch, changing) in [("none", false), ("30d", true)] {
            let plan = plan(epoch);
            assert_eq!(changes(&plan, &plan.outputs[0]), changing, "{epoch}");
        }
    }
}
