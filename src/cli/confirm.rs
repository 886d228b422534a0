//! A question before something that cannot be taken back.

use super::{Exit, Failure, keyring, screen};

/// Asks at the terminal, where `word` has to be typed. Standard input stays free
/// for data.
///
/// # Errors
/// Without a terminal, or when anything else is typed.
pub fn ask(question: &str, word: &str) -> Result<(), Failure> {
    let answer = keyring::ask_in_clear(&format!("{question}\nType `{word}` to go on: "));
    let answer = answer.map_err(|_| {
        Failure::new(
            Exit::Usage,
            "this needs a yes, and there is no terminal to ask at",
        )
        .why(question)
        .help("pass --yes")
    })?;
    if answer.trim() == word {
        return Ok(());
    }
    screen::tell("nothing was changed\n");
    Err(Failure::said(Exit::Warnings))
}
