//! A question before something that cannot be taken back.

use super::{Exit, Failure, screen};
use std::io::{BufRead, BufReader, Write};

/// Asks at the terminal, where `word` has to be typed. Standard input stays free
/// for data.
///
/// # Errors
/// Without a terminal, or when anything else is typed.
pub fn ask(question: &str, word: &str) -> Result<(), Failure> {
    let tty = std::fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open("/dev/tty");
    let mut tty = tty.map_err(|_| {
        Failure::new(
            Exit::Usage,
            "this needs a yes, and there is no terminal to ask at",
        )
        .why(question)
        .help("pass --yes")
    })?;
    let io = |e: std::io::Error| Failure::new(Exit::Io, "cannot ask at the terminal").why(e);
    let asked = format!("{question}\nType `{word}` to go on: ");
    tty.write_all(asked.as_bytes()).map_err(io)?;
    let mut answer = String::new();
    BufReader::new(tty).read_line(&mut answer).map_err(io)?;
    if answer.trim() == word {
        return Ok(());
    }
    screen::tell("nothing was changed\n");
    Err(Failure::said(Exit::Warnings))
}
