//! The report for people, and the same for programs.

use serde_json::{Value, json};

use super::{Attack, Found};
use crate::document::{Bar, Document, Figure, Line, Look, Table, joined};
use crate::exposure::{counted, limits, rounded, share};

/// From which upper end of certain finds on it is said in red.
const BAD: f64 = 0.01;

/// What all attacks came to.
pub struct AttackReport {
    /// Each attack with what it came to; nothing where there is nothing that it fits.
    pub tried: Vec<(&'static Attack, Vec<Found>)>,
    /// Persons of the sample.
    pub persons: usize,
    /// Records of the sample that were looked at.
    pub records: usize,
    /// Records behind those.
    pub passed_over: u64,
    /// The policy says whose a record is.
    pub knows_persons: bool,
}

impl AttackReport {
    /// The report as a page.
    pub fn page(&self) -> Document {
        let mut page = Document::new("Attacks on what leaves");
        page.say(format!(
            "Tried on {} of {}, under keys that are made up. Success is the mean over persons of one in so many candidates, where the true one is among them; the guess is the same without the output; their difference, the advantage, is what the output gives away. Brackets hold 95 % of it. Certain are persons with one candidate, the true one.",
            counted(self.records, "record", "records"),
            counted(self.persons, "person", "persons"),
        ));
        page.say(Line::of(
            Look::Warning,
            "That an attack fails here says nothing of a better one, nor of who knows more. Codes stay personal data, whatever these figures are.",
        ));
        limits::warn(&mut page, self.knows_persons, self.passed_over);
        self.worst(&mut page);
        self.parts(&mut page);
        page
    }

    /// What each attack came to, as parts of a page.
    pub fn parts(&self, page: &mut Document) {
        for (attack, found) in &self.tried {
            page.part(format!("{} {}", attack.id, attack.name));
            page.say(Line::with_codes(&format!(
                "Has: {}. Succeeds when {}.",
                attack.has, attack.means
            )));
            match found.is_empty() {
                true => {
                    page.say(Line::of(Look::Faint, "There is nothing in these outputs that it fits, or there are too few persons."));
                }
                false => of_attack(found, page),
            }
        }
    }

    /// What succeeds most, first.
    fn worst(&self, page: &mut Document) {
        let mut all: Vec<&Found> = self.tried.iter().flat_map(|(_, found)| found).collect();
        all.sort_by(|a, b| b.score.advantage().total_cmp(&a.score.advantage()));
        let Some(first) = all.first() else {
            page.say("Nothing was tried: nothing of the sample left.");
            return;
        };
        page.say(
            Line::from("What gives away most: ")
                .and(Look::Strong, format!("{} ", first.attack))
                .then(on(first))
                .and(Look::Plain, ", advantage ")
                .then(advantage(first))
                .and(Look::Plain, "."),
        );
        page.figure(Figure {
            title: "success, its interval, and the guess (dashed)".to_owned(),
            bars: all.iter().take(20).map(|found| bar(found, &all)).collect(),
        });
    }

    /// The report for programs; shares are rounded to four digits.
    pub fn json(&self) -> Value {
        let found = |found: &Found| {
            let score = &found.score;
            json!({
                "attack": found.attack,
                "topics": found.topics,
                "what": found.what,
                "persons": score.persons,
                "success": rounded(score.success),
                "guess": rounded(score.guess),
                "advantage": rounded(score.advantage()),
                "between": [rounded(score.between.0), rounded(score.between.1)],
                "certain": rounded(score.certain),
                "certain_between": [rounded(score.certain_between.0), rounded(score.certain_between.1)],
                "control": score.control.map(|c| json!({
                    "main": rounded(c.main), "control": rounded(c.control), "risk": rounded(c.risk),
                    "between": [rounded(c.between.0), rounded(c.between.1)],
                })),
                "is_cut": found.is_cut,
            })
        };
        json!({
            "records": self.records,
            "passed_over": self.passed_over,
            "persons": self.persons,
            "knows_persons": self.knows_persons,
            "attacks": self.tried.iter().map(|(attack, all)| json!({
                "id": attack.id,
                "name": attack.name,
                "found": all.iter().map(found).collect::<Vec<_>>(),
            })).collect::<Vec<_>>(),
        })
    }
}

fn of_attack(all: &[Found], page: &mut Document) {
    let beside: Vec<&Found> = all.iter().collect();
    let has_control = all.iter().any(|found| found.score.control.is_some());
    let mut names = vec![
        "outputs",
        "tried",
        "#persons",
        "#success",
        "#guess",
        "#advantage",
        "#certain",
    ];
    if has_control {
        names.push("#risk beside others");
    }
    let mut table = Table::new(&names);
    for found in all {
        let score = &found.score;
        let mut row = vec![
            on(found),
            Line::of(Look::Plain, format!("{}: ", found.attack))
                .then(Line::with_codes(&found.what)),
            score.persons.to_string().into(),
            share(score.success).into(),
            share(score.guess).into(),
            advantage(found),
            certain(found),
        ];
        if let Some(control) = score.control {
            let (low, high) = control.between;
            row.push(match control.control < 1.0 {
                true => format!(
                    "{} [{}, {}]",
                    signed(control.risk),
                    signed(low),
                    signed(high)
                )
                .into(),
                // Of others all is told: the output cannot tell more.
                false => Line::of(Look::Faint, "–"),
            });
        }
        table.row(row);
    }
    page.figure(Figure {
        title: "success, its interval, and the guess (dashed)".to_owned(),
        bars: all.iter().map(|found| bar(found, &beside)).collect(),
    });
    page.table(table);
    if all.iter().any(|found| found.is_cut) {
        page.say(Line::of(
            Look::Warning,
            "It reached its bound before all was tried: the figures are of what was.",
        ));
    }
}

/// `beside`: what is drawn with it.
fn bar(found: &Found, beside: &[&Found]) -> Bar {
    let score = &found.score;
    let topics = found.topics.join(", ");
    let is_like = |other: &&&Found| other.attack == found.attack && other.topics == found.topics;
    // What it was tried on tells it from another; the end of a long name is cut.
    let on = found.what.split('`').nth(1);
    let name = match on.filter(|_| beside.iter().filter(is_like).count() > 1) {
        Some(on) => format!("{} {on}, {topics}", found.attack),
        None => format!("{} {topics}", found.attack),
    };
    let mut bar = Bar::of(name, score.success);
    bar.between = Some((score.between.0 + score.guess, score.between.1 + score.guess));
    bar.beside = Some(score.guess);
    bar
}

fn on(found: &Found) -> Line {
    joined(
        found.topics.iter().map(|topic| Line::code(&**topic)),
        " and ",
    )
}

fn advantage(found: &Found) -> Line {
    let score = &found.score;
    let (low, high) = score.between;
    let text = format!(
        "{} [{}, {}]",
        signed(score.advantage()),
        signed(low),
        signed(high)
    );
    match low > BAD {
        true => Line::of(Look::Bad, text),
        false => text.into(),
    }
}

fn certain(found: &Found) -> Line {
    let score = &found.score;
    let (_, high) = score.certain_between;
    let most = match share(high) {
        // It says so itself that it is less.
        less if less.starts_with('<') => less,
        most => format!("≤ {most}"),
    };
    let text = format!("{} ({most})", share(score.certain));
    match (high > BAD, score.advantage() > 0.0) {
        (true, true) => Line::of(Look::Bad, text),
        // Without the output as many are certain.
        (true, false) => text.into(),
        (false, _) => Line::of(Look::Good, text),
    }
}

/// A difference: below nothing the guess did better.
fn signed(of: f64) -> String {
    match of < 0.0 {
        true => format!("−{}", share(-of)),
        false => share(of),
    }
}
