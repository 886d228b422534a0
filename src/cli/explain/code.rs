//! What a code of `veil check`, or a reason of a refusal, says.

use super::super::shown::{self, PageFormat};
use super::super::{Exit, Failure, Outcome};
use serde_json::json;
use veilstream::document::{Document, Line, Look};
use veilstream::language::codes::{self, Code};
use veilstream::record::Reason;
use veilstream::release::{Outcome as Became, WhyLeftOut};

/// One finding of each code, as `veil check` shows it.
const SHOWN: &str = include_str!("../../../docs/reference/findings-shown.md");

pub(super) fn explain(word: &str, format: PageFormat) -> Outcome {
    if let Some(reason) = Reason::from_word(word) {
        of_reason(reason, format)?;
    } else if let Some(why) = WhyLeftOut::from_word(word) {
        of_left_out(why, format)?;
    } else if let Some(became) = Became::from_word(word) {
        of_window(became, format)?;
    } else if let Some(code) = codes::of_word(word) {
        of_code(code, format)?;
    } else {
        let reasons = Reason::ALL.into_iter().map(Reason::as_str);
        let left_out = WhyLeftOut::ALL.into_iter().map(WhyLeftOut::as_str);
        let windows = Became::ALL.into_iter().map(Became::as_str);
        let names = codes::ALL.iter().flat_map(|c| [c.code, c.name]);
        let words = reasons.chain(left_out).chain(windows);
        let near = codes::nearest(word, words.chain(names));
        let failure = Failure::new(
            Exit::Usage,
            format!("`{word}` is no code, name of a code, or reason"),
        );
        return Err(match near {
            Some(near) => failure.help(format!("did you mean `{near}`?")),
            None => failure.help(
                "docs/reference/findings.md and reasons.md list them; a path is explained in a policy: -p POLICY",
            ),
        });
    }
    Ok(Exit::Ok)
}

fn of_code(code: &Code, format: PageFormat) -> Result<(), Failure> {
    let title = Line::from(code.code)
        .and(Look::Plain, " ")
        .and(Look::Code, code.name);
    let mut page = Document::new(title);
    page.say(code.doc);
    if let Some(example) = example(code) {
        page.part("as veil check shows it, with its cause and its fix");
        page.verbatim(example);
    }
    page.part("allowing it");
    match code.may_be_allowed {
        true => page.say("Where it is meant, the policy can say so, with a reason:").verbatim(format!(
            "dangerously:\n  - {{ allow: {}, output: TOPIC, field: PATH, because: …, until: \"YYYY-MM-DD\" }}",
            code.name
        )),
        false => page.say("It cannot be allowed: the policy is to be mended."),
    };
    let json = || {
        json!({
            "code": code.code,
            "name": code.name,
            "meaning": code.doc,
            "may_be_allowed": code.may_be_allowed,
            "example": example(code),
        })
    };
    shown::show(&page, json, format)
}

fn of_reason(reason: Reason, format: PageFormat) -> Result<(), Failure> {
    let title = Line::from("reason ").and(Look::Code, reason.as_str());
    let mut page = Document::new(title);
    page.say(reason.cause())
        .say(match reason.is_withheld() {
            true => "The record is withheld from this output; others may get it.",
            false => "The record is quarantined: no output gets it.",
        })
        .part("what to do")
        .say(reason.remedy());
    // One word for two things, told apart by where it stands.
    let left_out = WhyLeftOut::from_word(reason.as_str());
    if let Some(why) = left_out {
        page.part("of what is left out of releases and counts")
            .say(Line::with_codes(why.cause()))
            .say(Line::with_codes(why.remedy()));
    }
    let json = || {
        json!({
            "left_out": left_out.map(|why| json!({ "cause": why.cause(), "remedy": why.remedy() })),
            "reason": reason.as_str(),
            "cause": reason.cause(),
            "remedy": reason.remedy(),
            "withheld": reason.is_withheld(),
        })
    };
    shown::show(&page, json, format)
}

/// Why a record that waited for a release, or was to be counted, does not leave.
fn of_left_out(why: WhyLeftOut, format: PageFormat) -> Result<(), Failure> {
    let mut page = Document::new(Line::from("left out: ").and(Look::Code, why.as_str()));
    page.say(Line::with_codes(why.cause()))
        .say("The record is in no release and no count of this output, and is counted as left out; other outputs may get it.")
        .part("what to do")
        .say(Line::with_codes(why.remedy()));
    // One word for a record and for its window.
    let window = Became::from_word(why.as_str());
    if let Some(became) = window {
        page.part("of a window")
            .say(Line::with_codes(became.cause()))
            .say(Line::with_codes(became.remedy()));
    }
    let json = || {
        json!({
            "left_out": why.as_str(),
            "cause": why.cause(),
            "remedy": why.remedy(),
            "window": window.map(|of| json!({ "cause": of.cause(), "remedy": of.remedy() })),
        })
    };
    shown::show(&page, json, format)
}

/// What became of a window of an output that counts.
fn of_window(became: Became, format: PageFormat) -> Result<(), Failure> {
    let mut page = Document::new(Line::from("a window: ").and(Look::Code, became.as_str()));
    page.say(Line::with_codes(became.cause()))
        .part("what to do")
        .say(Line::with_codes(became.remedy()));
    let json = || {
        json!({
            "window": became.as_str(),
            "cause": became.cause(),
            "remedy": became.remedy(),
        })
    };
    shown::show(&page, json, format)
}

/// The text between the fences of its part of the page.
fn example(code: &Code) -> Option<&'static str> {
    let part = SHOWN
        .split("\n## ")
        .find(|part| part.starts_with(code.code))?;
    let (_, rest) = part.split_once("```text\n")?;
    Some(rest.split_once("\n```")?.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_an_example() {
        let without = codes::ALL.iter().filter(|c| example(c).is_none());
        let without: Vec<&str> = without.map(|c| c.code).collect();
        assert_eq!(without, [""; 0]);
    }
}
