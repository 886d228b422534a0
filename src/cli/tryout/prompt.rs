//! On the terminal: a record is asked for, and shown.

use super::super::{Exit, Failure, Outcome, policy, screen, shown};
use super::held::{LINE_BYTES_MAX, Sample};
use super::session::{Made, Session};
use std::io::{BufRead, Error, ErrorKind, IsTerminal, Read};
use veilstream::document::Document;

const COMMANDS: &str = "N, Enter for the next, {…}, explain, check, quit";

/// Shows records as they are asked for; all of them where nobody is there to ask.
/// `from_stdin`: the sample came by standard input, where nobody can type any more.
pub(super) fn prompt(session: &mut Session, from_stdin: bool) -> Outcome {
    beginning(&session.sample);
    if from_stdin || !std::io::stdin().is_terminal() && !has_words()? {
        return all(session);
    }
    let interactive = std::io::stdin().is_terminal();
    let mut next = 1;
    if interactive {
        show(session, "1", &mut next)?;
    }
    while let Some(line) = asked(interactive, next) {
        let line = line.map_err(|e| Failure::new(Exit::Io, "cannot read standard input").why(e))?;
        match &line {
            Typed::TooLong => too_long(),
            Typed::Words(words) => match words.trim() {
                "quit" | "q" | "exit" => break,
                words => show(session, words, &mut next)?,
            },
        }
    }
    Ok(Exit::Ok)
}

/// Says what of the sample is not tried.
fn beginning(sample: &Sample) {
    let records = sample.records;
    if sample.has_more {
        screen::tell_folded(&format!(
            "only the first {records} records are tried; `veil explain --on` reads all\n"
        ));
    }
    if sample.too_long > 0 {
        let lines = sample.too_long;
        screen::tell_folded(&format!("{lines} line(s) are too long to be shown\n"));
    }
}

/// True when something is to be read: not where standard input is empty.
fn has_words() -> Result<bool, Failure> {
    let mut stdin = std::io::stdin().lock();
    let read = stdin.fill_buf().map(|buffer| !buffer.is_empty());
    read.map_err(|e| Failure::new(Exit::Io, "cannot read standard input").why(e))
}

/// A line that was typed.
enum Typed {
    Words(String),
    /// It is not held.
    TooLong,
}

fn asked(interactive: bool, next: usize) -> Option<std::io::Result<Typed>> {
    if interactive {
        screen::tell(&format!("\n[{next}] {COMMANDS}: "));
    }
    line(&mut std::io::stdin().lock()).transpose()
}

/// The next line; of one that is too long the rest is passed over.
fn line(from: &mut impl BufRead) -> std::io::Result<Option<Typed>> {
    let mut line = Vec::new();
    // And a line break of two bytes.
    let bytes_max = LINE_BYTES_MAX + 2;
    let mut start = from.by_ref().take(bytes_max as u64);
    let read = start.read_until(b'\n', &mut line)?;
    if read == bytes_max && !line.ends_with(b"\n") {
        from.skip_until(b'\n')?;
        return Ok(Some(Typed::TooLong));
    }
    let text = String::from_utf8(line).map_err(|e| Error::new(ErrorKind::InvalidData, e))?;
    Ok((read > 0).then_some(Typed::Words(text)))
}

fn too_long() {
    screen::tell_folded(&format!(
        "a line longer than {LINE_BYTES_MAX} bytes is not shown; {COMMANDS}\n"
    ));
}

/// One command. The policy is read again: it may have been edited.
fn show(session: &mut Session, words: &str, next: &mut usize) -> Result<(), Failure> {
    session.policy = policy::read(&session.policy.path)?;
    let text = session.policy.text.clone();
    let typed = words
        .starts_with('{')
        .then(|| Sample::typed(words, session.sample.enveloped));
    let tried = session.tried(&text, typed.as_ref().unwrap_or(&session.sample))?;
    let color = screen::stdout_has_color();
    let findings = || {
        policy::report(
            &session.policy,
            &tried.compiled,
            color,
            screen::stdout_columns(),
        )
    };
    let Some(made) = &tried.made else {
        return screen::show(&findings());
    };
    match words {
        "check" | "c" => match tried.compiled.findings.list() {
            [] => screen::show("no findings\n"),
            _ => screen::show(&findings()),
        },
        "explain" | "e" => put(&made.evidence.explained().page()),
        _ if typed.is_some() && made.records.is_empty() => {
            too_long();
            Ok(())
        }
        _ if typed.is_some() => record(made, 0),
        words => {
            let number = match words {
                "" => Some(*next),
                words => words.parse().ok(),
            };
            let Some(number) = number.filter(|n| (1..=made.records.len()).contains(n)) else {
                let there = match made.records.len() {
                    0 => "the sample holds no record".to_owned(),
                    n => format!("there are records 1 to {n}"),
                };
                screen::tell(&format!("{there}; {COMMANDS}\n"));
                return Ok(());
            };
            *next = number + 1;
            record(made, number - 1)
        }
    }
}

fn all(session: &Session) -> Outcome {
    let tried = session.tried(&session.policy.text, &session.sample)?;
    let Some(made) = &tried.made else {
        return Err(policy::refuse(&session.policy, &tried.compiled));
    };
    if made.records.is_empty() {
        screen::show("the sample holds no record: nothing can be said of the policy\n")?;
    }
    for at in 0..made.records.len() {
        record(made, at)?;
    }
    Ok(Exit::Ok)
}

/// A record beside what left of it to each output.
fn record(made: &Made, at: usize) -> Result<(), Failure> {
    let one = &made.records[at];
    for output in 0..one.out.plan.outputs.len() {
        if let Some(beside) = made.beside(one, output) {
            put(&beside.page())?;
        }
    }
    Ok(())
}

fn put(page: &Document) -> Result<(), Failure> {
    screen::show(&format!("{}\n", shown::text(page)))
}
