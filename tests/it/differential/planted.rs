//! Proof that the comparison can fail.

use serde::de::IgnoredAny;
use veilstream::record::Reason;
use veilstream::record::tape::{ELEMENT, ESCAPED, HOLDS_OBJECT, KEY_ESCAPED, Kind, Tape};

use super::documents::Corpus;
use super::tally::Tally;
use super::{Between, plans, run};

/// What a fault does to a tape.
type Spoil = fn(&mut Tape);

/// Each planted fault is found, and for what it is.
#[test]
fn planted_faults_are_found() {
    let (corpus, plans) = (Corpus::read(), plans());
    let found = |expected: &str, fault: Between| {
        let failure = run(
            &corpus,
            &plans[0],
            (0, 100_000),
            fault,
            &mut Tally::default(),
        );
        let failure = failure.expect_err(expected);
        let explained = failure.explained(&corpus, &plans[0], fault);
        // A document may have several faults; which comes first is the corpus's.
        let hit = expected.split(" .. ").all(|part| explained.contains(part));
        assert!(hit, "{explained}, not {expected}");
    };
    let is_json = |document: &[u8]| serde_json::from_slice::<IgnoredAny>(document).is_ok();

    for (reason, expected) in [
        (Reason::NotJson, "accepted what serde_json refuses"),
        (Reason::NotUtf8, "but it is not UTF-8"),
        (
            Reason::DuplicateKey,
            "accepted in spite of [ .. DuplicateKey",
        ),
        (Reason::TooDeep, "accepted in spite of [ .. TooDeep"),
        (Reason::TooLarge, "accepted in spite of [ .. TooLarge"),
        (Reason::NotAnObject, "accepted in spite of [ .. NotAnObject"),
    ] {
        let broken = matches!(reason, Reason::NotJson | Reason::NotUtf8);
        found(expected, &|document, answer, _| match answer {
            Err(r) if r == reason && (broken || is_json(document)) => Ok(()),
            other => other,
        });
    }
    found(
        "refused as not_json, true are: []",
        &|document, answer, _| {
            let hit = answer.is_ok() && document.contains(&0x7f);
            if hit { Err(Reason::NotJson) } else { answer }
        },
    );
    found(
        "refused as too_deep, true are: [DuplicateKey]",
        &|_, answer, _| match answer {
            Err(Reason::DuplicateKey) => Err(Reason::TooDeep),
            other => other,
        },
    );

    found("a panic", &|document, answer, _| {
        assert!(!document.contains(&0x7f), "planted");
        answer
    });

    // Tapes: each field of an entry, an entry too few, and what is beside them.
    let tapes: [(&str, Spoil); 13] = [
        ("must be", |tape| {
            tape.entries.iter_mut().skip(1).for_each(|e| e.start += 1)
        }),
        ("must be", |tape| {
            tape.entries.iter_mut().skip(1).for_each(|e| e.end -= 1)
        }),
        ("must be", |tape| {
            tape.entries.iter_mut().skip(1).for_each(|e| e.next += 1)
        }),
        ("must be", |tape| {
            tape.entries.iter_mut().for_each(|e| e.key_at = 0)
        }),
        ("must be", |tape| {
            tape.entries.iter_mut().for_each(|e| e.key_len &= 7)
        }),
        ("must be", |tape| {
            tape.entries.iter_mut().for_each(|e| e.flags &= !ESCAPED)
        }),
        ("must be", |tape| {
            tape.entries
                .iter_mut()
                .for_each(|e| e.flags &= !KEY_ESCAPED)
        }),
        ("must be", |tape| {
            tape.entries.iter_mut().for_each(|e| e.flags &= !ELEMENT)
        }),
        ("must be", |tape| {
            let arrays = tape.entries.iter_mut().filter(|e| e.kind == Kind::Array);
            arrays.for_each(|e| e.flags &= !HOLDS_OBJECT);
        }),
        ("must be", |tape| {
            if let [_, first, second, ..] = &mut *tape.entries {
                std::mem::swap(&mut first.slot, &mut second.slot);
            }
        }),
        ("entries, must be", |tape| {
            if let [top, _] = &mut *tape.entries {
                top.next = 2;
                tape.entries.pop();
            }
        }),
        ("reads", |tape| tape.reads.fill(Tape::ABSENT)),
        ("unnamed, must be", |tape| tape.unnamed = 0),
    ];
    for (expected, spoil) in tapes {
        found(expected, &|_, answer, tape| {
            spoil(tape);
            answer
        });
    }
}

/// A fault that shows only behind another document is told with that document.
#[test]
fn what_was_learned_is_part_of_the_explanation() {
    let fault: Between = &|_, answer, tape| {
        // What the tape once held stays allocated: it stands for a memory.
        match answer {
            Ok(()) if tape.entries.len() == 1 && tape.entries.capacity() > 8 => {
                Err(Reason::NotJson)
            }
            other => other,
        }
    };
    let (corpus, plans) = (Corpus::read(), plans());
    let failure = run(
        &corpus,
        &plans[0],
        (0, 10_000),
        fault,
        &mut Tally::default(),
    );
    let explained = failure
        .expect_err("found")
        .explained(&corpus, &plans[0], fault);
    assert!(explained.contains("after 1 document"), "{explained}");
}
