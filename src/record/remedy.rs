//! What causes each reason, and what to do: the words of the reference page and of
//! every report that names reasons.

use super::Reason;

impl Reason {
    /// What causes it: a sentence about events in general, never of one.
    pub const fn cause(self) -> &'static str {
        match self {
            Reason::NotUtf8 => "The value, the key or a header that the policy names is not UTF-8.",
            Reason::NotJson => {
                "The value is not exactly one JSON text (RFC 8259): it is cut off, empty, or followed by something else."
            }
            Reason::NotAvro => {
                "The value is not one record of the schema that it was written under: it is cut off, followed by something else, or holds what the schema does not have. A number that takes more bytes than it need is refused too: it could carry what nobody named."
            }
            Reason::NotProtobuf => {
                "The value is not one message of the schema that it was written under: it is cut off inside a field, a field is of another type, a required one is missing, or the elements of a list that is taken whole, or the entries of a map, do not stand together."
            }
            Reason::BadFrame => {
                "What stands in front of the value, or in its headers, does not say which schema it was written under; or a header of an event says that the value is in another format than the policy reads (`content-type`, CloudEvents in binary mode)."
            }
            Reason::SchemaUnknown => {
                "Nobody knows the schema that the record says it was written under."
            }
            Reason::SchemaUnusable => {
                "The schema that the record was written under cannot be read, or the policy can make nothing of it: an action takes no value of a field's type."
            }
            Reason::SchemaIncompatible => {
                "The schema of what leaves, as it comes of a new schema of the writer, is not compatible with the one before it."
            }
            Reason::BadText => {
                "A text or a name of the value, also one that the policy does not name, spells half a character: one `\\ud83d` of the two that make it. Most often a text was cut in the middle of an emoji."
            }
            Reason::DuplicateKey => {
                "An object holds one name twice, also when one of the two is escaped; which one is meant cannot be decided. Or `names` makes one name of two of an object."
            }
            Reason::TooDeep => "The value nests deeper than `limits.depth_max`.",
            Reason::TooLarge => {
                "The value is longer than `limits.value_bytes_max`, a name is 64 KiB or longer, a text is longer than `max_chars`, or what the record became is larger than its topic takes."
            }
            Reason::TooComplex => {
                "More values that the policy names than `limits.tape_entries_max`; or more than 1,000 parts of a text, or elements of an array, for `each`."
            }
            Reason::NotAnObject => "The value is JSON, but no object.",
            Reason::KeyUnreadable => {
                "The record key cannot be read as `source.key` says; or the output forwards tombstones, and the key has nothing where the policy reads it, or a tombstone has none."
            }
            Reason::WrongType => {
                "The field's action does not take a value of this JSON type or shape; or a value of another kind stands where the field's path goes on: a text under `user` where the policy names `user.email`."
            }
            Reason::BadIdentifier => {
                "The value has not the form that the policy names: it is no e-mail or network address, no phone number, no text that `normalize` takes."
            }
            Reason::BadTime => "The value is no time in the form that `unit` names.",
            Reason::NotForeseen => {
                "The value is none of those that `one_of` lists, or does not match `matches`."
            }
            Reason::NumberOutOfRange => {
                "The number lies outside what the action represents or was told to take."
            }
            Reason::FormatDomain => {
                "The value does not fit the token's format, or too few values of its length exist to hide it among. Or what `each` makes of a part would be read as several: `split` stands in it."
            }
            Reason::NoSubject => {
                "The action is bound to a data subject, and the record names none at `source.subject`."
            }
            Reason::KeyDestroyed => "The key version that the record needs was destroyed.",
            Reason::EpochOutOfWindow => {
                "The code of a field changes with an epoch, and the event is older than `late_max`, lies more than ten minutes ahead, or has no time: no timestamp, nothing at `epoch_by`."
            }
            Reason::NotPrepared => {
                "An action wants random bytes or an answer of a store that it did not ask for before the batch: a mistake of the program."
            }
            Reason::RefusedByBroker => {
                "The broker refuses this one record for good, whatever it is sent with."
            }
            Reason::Minor => {
                "The person is younger than `minors.under` says, or nothing at `minors.from` says how old they are: no day of birth `YYYY-MM-DD`, no number of years."
            }
            Reason::NoMechanism => {
                "The output has a `region`, and what stands at `regions.from` is a country of none of them."
            }
            Reason::Erased => {
                "The person of the record was erased (GDPR article 17), and the mark is still kept. Nothing sets such marks in this version."
            }
            Reason::Restricted => {
                "Processing of the data of this person is restricted (GDPR article 18). Nothing sets such marks in this version."
            }
            Reason::ConsentStale => {
                "The output needs consent, and for longer than `stale.hold` nobody could tell whether there are newer decisions in the topic of `consent.state`."
            }
            Reason::NoConsent => "A category that the output needs is not granted.",
            Reason::NotSelected => {
                "The output does not list records of this type, or its `where` does not hold of this one."
            }
            Reason::TombstoneDropped => "A tombstone, and the output does not forward them.",
        }
    }

    /// What to do about it.
    pub const fn remedy(self) -> &'static str {
        match self {
            Reason::NotUtf8 => {
                "Mend the producer. Bytes that are no text have no place in a JSON event; a header that holds such by intent can be dropped by name (`drop`), or under `on_error: drop_field`."
            }
            Reason::NotJson => {
                "Mend the producer, or keep what is no JSON out of the topic; a message framed for a schema registry begins with a zero byte."
            }
            Reason::NotAvro => {
                "Name the schema that the records were written under, or mend the producer; what is framed for a schema registry has bytes of its own in front."
            }
            Reason::NotProtobuf => {
                "Name the schema and the message that the records were written under, or mend the producer; what is framed for a schema registry has bytes of its own in front."
            }
            Reason::BadFrame => {
                "Mend the producer, or say how values are framed or written; no second way to read them is tried."
            }
            Reason::SchemaUnknown => "Make the schema known where it is looked for, then replay.",
            Reason::SchemaUnusable => {
                "`veil check POLICY --schema FILE` says which field it is; choose an action that takes its type, then replay."
            }
            Reason::SchemaIncompatible => {
                "Let the output go on in a new topic, or choose actions that give what they gave before; then replay."
            }
            Reason::BadText => {
                "Mend the producer: have it cut texts between characters, not between their halves. What is no text cannot be written, nor told from others."
            }
            Reason::DuplicateKey => {
                "Mend the producer: no reader can be relied on to take the same one of the two. Where `names` makes them alike nothing is wrong with the producer: choose an action there that keeps names apart, such as `pseudonymize`, or write `on_error: drop_field` beside it; then replay."
            }
            Reason::TooDeep => {
                "Raise `limits.depth_max` if events really nest so deep, then replay."
            }
            Reason::TooLarge => {
                "Raise the limit that stops it: in the settings, `max_chars` in the policy, or `max.message.bytes` of the topic; then replay."
            }
            Reason::TooComplex => {
                "Raise `limits.tape_entries_max` with the memory for it, or name less: one `keep` of a whole object instead of all its members. What `each` takes apart has no setting: another `split`, another action in its place, or `on_error: drop_field`; then replay."
            }
            Reason::NotAnObject => "Mend the producer, or keep such records out of the topic.",
            Reason::KeyUnreadable => {
                "Say in `source.key` what the key is; a compacted topic needs a key on each tombstone."
            }
            Reason::WrongType => {
                "Choose an action that takes the type, name the members inside instead of the whole, foresee the other kind by naming its place too (`user: drop` beside `user.email`, `to` beside `to[*]`), or write `on_error: drop_field`; then replay."
            }
            Reason::BadIdentifier => {
                "Mend the producer, choose another `normalize` or form, or write `on_error: drop_field`; then replay."
            }
            Reason::BadTime => {
                "Mend the producer, choose the `unit` that the times have, or write `on_error: drop_field`; then replay."
            }
            Reason::NotForeseen => {
                "Add the value where it may leave, mend the producer, or write `on_error: drop_field`; then replay."
            }
            Reason::NumberOutOfRange => {
                "Widen the bounds of the action, or write `on_error: drop_field`; then replay."
            }
            Reason::FormatDomain => {
                "Pseudonymize the field instead of tokenizing it, or choose the format that the values have; in `each` an action that does not write what `split` is, or `take: first`; then replay."
            }
            Reason::NoSubject => {
                "Name every place where an event may hold its subject in `source.subject`, or use an action without one; then replay."
            }
            Reason::KeyDestroyed => {
                "What was made with that version is meant to be gone. Purge the record, or name another key for the field."
            }
            Reason::EpochOutOfWindow => {
                "Raise `late_max`; for a backfill, or to replay what has become too old, write `accept_from` with the day from which events are taken; where the record has no timestamp, name the time of the event with `epoch_by` (lines of `veil apply` have one with `--timestamp now` or `--envelope`); then replay."
            }
            Reason::NotPrepared => {
                "Report it with the action and the version; nothing of the record left. Replay with a version where it is mended."
            }
            Reason::RefusedByBroker => {
                "Look at the topic's settings (`max.message.bytes`, `message.timestamp.*`) and at the broker's log; then replay."
            }
            Reason::ConsentStale => {
                "Make the topic of decisions readable again: look at its brokers, at the rights of `veil` on it, and at transactions that hang there. What was withheld stays so; `stale: { hold: forever }` holds the stream instead."
            }
            Reason::Minor
            | Reason::NoMechanism
            | Reason::Erased
            | Reason::Restricted
            | Reason::NoConsent
            | Reason::NotSelected
            | Reason::TombstoneDropped => {
                "Nothing: the policy says so. It is counted, and no error."
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::{Outcome, WhyLeftOut};

    /// The reference page.
    fn page() -> String {
        let mut page = String::from(
            "# Reasons\n\n\
             Generated from the source; do not edit.\n\n\
             Why a record, or one output of it, did not go out. The same word stands in the header `veil-reason` of a\n\
             quarantined record, in the lines of `veil apply --quarantine`, in `veil quarantine ls`, in the label `reason` of\n\
             the [metrics](metrics.md), and behind `quarantined:` and `withheld:` in a policy's tests. Which field refused a\n\
             record say `veil-output`, `veil-field` and `veil-action`. Records in quarantine are put through a mended policy by\n\
             `veil quarantine replay`.\n",
        );
        for withheld in [false, true] {
            page.push_str(match withheld {
                false => {
                    "\n## Quarantined\n\nThe record goes to no output, and to the quarantine, sealed.\n"
                }
                true => "\n## Withheld\n\nOne output does not get the record; others may.\n",
            });
            page.push_str("\n| reason | cause | what to do |\n|---|---|---|\n");
            for reason in Reason::ALL.iter().filter(|r| r.is_withheld() == withheld) {
                let word = reason.as_str();
                let row = format!(
                    "| <a id=\"{word}\"></a>`{word}` | {} | {} |\n",
                    reason.cause(),
                    reason.remedy()
                );
                page.push_str(&row);
            }
        }
        let left_out = WhyLeftOut::ALL.map(|why| [why.as_str(), why.cause(), why.remedy()]);
        page.push_str(
            "\n## Left out of releases and counts\n\n\
             A record of an output with `k_anonymous`, `shuffled` or `aggregate` that is in none of its releases or windows.\n",
        );
        page.push_str(&table(&left_out, "left-out-"));
        let windows = Outcome::ALL.map(|of| [of.as_str(), of.cause(), of.remedy()]);
        page.push_str(
            "\n## Windows of counts\n\n\
             What became of a window of an output with `aggregate`: the label `outcome` of `veil_counts_windows_total`, and\n\
             what `veil apply` says of windows without rows.\n",
        );
        page.push_str(&table(&windows, "window-"));
        page
    }

    fn table(words: &[[&str; 3]], anchor: &str) -> String {
        let rows = words.iter().map(|[word, cause, remedy]| {
            format!("| <a id=\"{anchor}{word}\"></a>`{word}` | {cause} | {remedy} |\n")
        });
        let rows: String = rows.collect();
        format!("\n| word | cause | what to do |\n|---|---|---|\n{rows}")
    }

    /// A reason that has two causes says both, and a way out of each.
    #[test]
    fn what_each_and_names_refuse_has_its_cause_and_its_way_out() {
        for (reason, word, way_out) in [
            (Reason::TooComplex, "`each`", "`on_error: drop_field`"),
            (Reason::FormatDomain, "`each`", "`take: first`"),
            (Reason::DuplicateKey, "`names`", "`pseudonymize`"),
        ] {
            assert!(reason.cause().contains(word), "{reason}");
            assert!(reason.remedy().contains(word), "{reason}");
            assert!(reason.remedy().contains(way_out), "{reason}");
        }
    }

    #[test]
    fn the_page_of_reasons_is_up_to_date() {
        crate::pages::compare("docs/reference/reasons.md", &page());
    }
}
