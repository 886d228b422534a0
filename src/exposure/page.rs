//! The report for people, and the same for programs.

use serde_json::{Value, json};

use super::alone::{Alone, FieldAlone};
use super::limits;
use super::report::{OutputRisk, RiskReport};
use super::sensitive::SensitiveTold;
use super::spelled::{counted, rounded, share};
use crate::anonymity::measure::Classes;
use crate::document::{Bar, Document, Figure, Line, Look, Table, joined};

/// Thresholds of a prosecutor's risk that regulators use: 0.2 (a class of five), and
/// 0.09 (EMA policy 0070, Health Canada: a class of eleven).
const AT_RISK: [f64; 2] = [0.2, 0.09];
/// Classes are shown by sizes up to these.
const SIZES: [(u32, &str); 7] = [
    (1, "1: alone"),
    (2, "2"),
    (4, "3 to 4"),
    (9, "5 to 9"),
    (19, "10 to 19"),
    (99, "20 to 99"),
    (u32::MAX, "100 and more"),
];
/// From which share on it is said in red.
const BAD: f64 = 0.05;

impl RiskReport {
    /// The report as a page.
    pub fn page(&self) -> Document {
        let mut page = Document::new("How alone people are in what leaves");
        page.say(format!(
            "Measured on {} of {}, under keys that are made up. A figure of a sample: who knows more than these columns finds more, and in a sample more people are alone than in all data.",
            counted(self.records, "record", "records"),
            counted(self.persons, "person", "persons"),
        ));
        limits::warn(&mut page, self.knows_persons, self.passed_over);
        for output in &self.outputs {
            of_output(output, &mut page);
        }
        self.together(&mut page);
        page
    }

    fn together(&self, page: &mut Document) {
        if self.union.is_none() && self.pairs.is_empty() {
            return;
        }
        page.part("outputs side by side");
        if !self.pairs.is_empty() {
            page.say("Who reads two outputs has of a person what both say. The level is how the policy lets them be joined; rows that are alone in what both outputs say of them are found in the other one, whatever their codes.");
            let mut table = Table::new(&[
                "outputs",
                "joined",
                "said by both",
                "#records in both",
                "#rows alone",
                "#persons in both",
                "#alone, joined",
            ]);
            for pair in &self.pairs {
                table.row([
                    topics(&pair.topics),
                    Line::from(pair.level.as_str()),
                    codes(&pair.shared),
                    pair.records.to_string().into(),
                    figure(pair.rows_unique, 0.01),
                    pair.joined.rows().to_string().into(),
                    figure(pair.joined.share_below(2), BAD),
                ]);
            }
            page.table(table);
            let cheapest = self.pairs.iter().filter_map(|pair| {
                let (column, after) = pair.cheapest.as_ref()?;
                let line = topics(&pair.topics).and(Look::Plain, ": without ");
                Some(line.and(Look::Code, column).and(
                    Look::Plain,
                    format!(
                        " in one of them, rows alone: {} → {}",
                        share(pair.rows_unique),
                        share(*after)
                    ),
                ))
            });
            let cheapest: Vec<Line> = cheapest.collect();
            if !cheapest.is_empty() {
                page.list(cheapest);
            }
        }
        if let Some(union) = &self.union {
            page.say(
                Line::from("Who has every output finds ")
                    .then(figure(union.share_below(2), BAD))
                    .and(
                        Look::Plain,
                        format!(" of {} alone.", counted(union.rows(), "person", "persons")),
                    ),
            );
        }
    }

    /// The report for programs; shares are rounded to four digits.
    pub fn json(&self) -> Value {
        json!({
            "records": self.records,
            "passed_over": self.passed_over,
            "persons": self.persons,
            "knows_persons": self.knows_persons,
            "outputs": self.outputs.iter().map(|output| {
                let mut own = alone_json(&output.alone);
                own["topic"] = json!(output.topic);
                own["records"] = json!(output.records);
                own["sensitive"] = output.sensitive.iter().map(|told| json!({
                    "column": told.column,
                    "l": told.distinct,
                    "entropy_l": rounded(told.entropy),
                    "t": rounded(told.t),
                    "alpha": rounded(told.alpha),
                    "beta": rounded(told.beta),
                    "delta": rounded(told.delta),
                })).collect();
                own["counts"] = json!(output.counts.as_ref().map(|counts| json!({
                    "persons": counts.persons,
                    "windows": counts.windows,
                    "epsilon": rounded(counts.epsilon),
                })));
                own
            }).collect::<Vec<_>>(),
            "pairs": self.pairs.iter().map(|pair| json!({
                "topics": pair.topics,
                "level": pair.level.word(),
                "shared": pair.shared,
                "records": pair.records,
                "rows_unique": rounded(pair.rows_unique),
                "persons": pair.joined.rows(),
                "unique": rounded(pair.joined.share_below(2)),
            })).collect::<Vec<_>>(),
            "union": self.union.as_ref().map(|union| json!({
                "persons": union.rows(),
                "unique": rounded(union.share_below(2)),
                "average": rounded(union.prosecutor().average),
            })),
        })
    }
}

fn of_output(output: &OutputRisk, page: &mut Document) {
    let alone = &output.alone;
    page.part(Line::code(&*output.topic));
    let persons = counted(alone.persons, "person", "persons");
    if let Some(counts) = &output.counts {
        page.say(Line::with_codes(&format!(
            "No record leaves here, and no row is of a person: how alone somebody is cannot be asked of noisy counts. {} of the sample count, each in {} at most; noise hides whether any one of them is in a window (ε = {} for each), and what it hides in fact is measured by `veil attack --only D`.",
            counted(counts.persons, "person", "persons"),
            counted(counts.windows, "window", "windows"),
            counts.epsilon,
        )));
        return;
    }
    if alone.persons == 0 {
        page.say("Nothing of the sample left to it, or nothing that is somebody's.");
        return;
    }
    page.say(
        Line::from(format!(
            "{} of {persons}. Looked at: ",
            counted(output.records, "record", "records")
        ))
        .then(codes(&alone.columns))
        .and(Look::Plain, "."),
    );
    if !alone.codes.is_empty() {
        page.say(
            codes(&alone.codes).then(Line::with_codes(
                ": codes, not counted here. Who follows one has all records of a person beside each other: a code singles out by itself, whatever stands below. `--qi` counts them.",
            )),
        );
    }
    page.table(figures(alone));
    let (table, figure) = sizes(&alone.classes);
    page.deep_part("persons by how many look the same");
    page.figure(figure);
    page.table(table);
    told(&output.sensitive, page);
    if !alone.sets.is_empty() {
        page.deep_part("columns that single out");
        let mut table = Table::new(&["columns", "#alone in them", "#more than in the best part"]);
        for set in &alone.sets {
            table.row([
                codes(&set.columns),
                figure_plain(set.unique),
                figure_plain(set.gain),
            ]);
        }
        page.figure(Figure {
            title: "persons alone, by what is known of them".to_owned(),
            bars: alone
                .sets
                .iter()
                .map(|set| Bar::of(set.columns.join(" + "), set.unique))
                .collect(),
        });
        page.table(table);
        if !alone.is_whole {
            page.say(Line::of(
                Look::Warning,
                "Not every set was looked at: there are too many columns, rows, or too little time. These are a way from one column to more.",
            ));
        }
    }
    less(alone, page);
    if let Some((shares, people)) = alone.points {
        page.deep_part("points that suffice");
        page.say(format!(
            "Of {} with five records or more: the share whose records are the only ones that hold so many of their own, drawn at random.",
            counted(people, "person", "persons")
        ));
        let mut table = Table::new(&["#records known", "#share found"]);
        for (n, found) in shares.iter().enumerate() {
            table.row([(n + 1).to_string().into(), figure_plain(*found)]);
        }
        page.figure(Figure {
            title: "found by so many known records".to_owned(),
            bars: shares
                .iter()
                .enumerate()
                .map(|(n, found)| Bar::of((n + 1).to_string(), *found))
                .collect(),
        });
        page.table(table);
    }
}

/// What is told of everybody in a class, whoever it is.
fn told(sensitive: &[SensitiveTold], page: &mut Document) {
    if sensitive.is_empty() {
        return;
    }
    page.deep_part("what a class tells of all in it");
    page.say("The worst class of all releases: l, its different values, and as many as say as much; t, how far it is from its release; α, the share of its most frequent value; β and δ, how much likelier, or unlikelier, a value is in it than in its release.");
    let head = ["column", "#l", "#entropy l", "#t", "#α", "#β", "#δ"];
    let mut table = Table::new(&head);
    for told in sensitive {
        table.row([
            Line::code(&*told.column),
            told.distinct.to_string().into(),
            figure_plain(told.entropy),
            figure_plain(told.t),
            figure_plain(told.alpha),
            figure_plain(told.beta),
            figure_plain(told.delta),
        ]);
    }
    page.table(table);
}

fn figures(alone: &Alone) -> Table {
    let classes = &alone.classes;
    let prosecutor = classes.prosecutor();
    let mut table = Table::new(&["figure", "#is", "means"]);
    let mut row = |name: &str, is: Line, means: &str| {
        table.row([name.into(), is, Line::with_codes(means)]);
    };
    row(
        "alone",
        figure(alone.unique(), BAD),
        "persons like nobody else, by what most of their records say",
    );
    row(
        "alone, all records",
        figure(alone.unique_of_all, BAD),
        "the same for who has seen every record of a person",
    );
    for size in [5, 10, 20] {
        row(
            &format!("fewer than {size}"),
            figure_plain(classes.share_below(size)),
            "persons whom fewer than so many, themselves counted, look like",
        );
    }
    row(
        "k",
        classes.k().to_string().into(),
        "the fewest who look the same",
    );
    row(
        "prosecutor, highest",
        figure_plain(prosecutor.highest),
        "who knows that a person is in it: of the easiest to find",
    );
    row(
        "prosecutor, average",
        figure_plain(prosecutor.average),
        "of all: classes / persons. So many a marketer matches rightly, if nobody else is in the population",
    );
    for threshold in AT_RISK {
        row(
            &format!("above {threshold}"),
            figure_plain(classes.at_risk(threshold)),
            "persons whose risk for the prosecutor is higher than that",
        );
    }
    match alone.journalist {
        Some(risk) => {
            row(
                "journalist, highest",
                figure_plain(risk.highest),
                "who knows only the population: an estimate, each class taken for as many times larger as the population is",
            );
            row(
                "journalist, average",
                figure_plain(risk.average),
                "of all; the same estimate",
            );
        }
        None => row(
            "journalist",
            Line::of(Look::Faint, "–"),
            "needs `--population`: of how many people the sample is",
        ),
    }
    table
}

fn sizes(classes: &Classes) -> (Table, Figure) {
    let mut table = Table::new(&["look the same", "#persons", "#share"]);
    let all = classes.rows().max(1) as f64;
    let mut from = 0;
    let mut bars = Vec::new();
    for (to, name) in SIZES {
        let own = classes.histogram().into_iter();
        let own = own.filter(|(size, _)| *size > from && *size <= to);
        let persons: u64 = own.map(|(_, persons)| persons).sum();
        from = to;
        let of_all = persons as f64 / all;
        table.row([
            name.into(),
            persons.to_string().into(),
            figure_plain(of_all),
        ]);
        bars.push(Bar::of(name, of_all));
    }
    let title = "share of persons, by how many look the same".to_owned();
    (table, Figure { title, bars })
}

/// What each column does, and what less of it would.
fn less(alone: &Alone, page: &mut Document) {
    if alone.fields.is_empty() {
        return;
    }
    page.deep_part("one step less");
    let now = share(alone.unique());
    let mut table = Table::new(&[
        "column",
        "#in what singles out",
        "one step coarser",
        "#alone then",
        "#alone without it",
    ]);
    for field in &alone.fields {
        let (says, then) = match &field.coarser {
            Some((says, then)) => (Line::from(says.as_str()), figure_plain(*then)),
            None if alone.in_classes => (
                Line::with_codes("as wide as a greater `k` makes it"),
                Line::default(),
            ),
            None => (
                Line::of(Look::Faint, "none but to leave it out"),
                Line::default(),
            ),
        };
        table.row([
            Line::code(&*field.column),
            figure_plain(field.share),
            says,
            then,
            figure_plain(field.without),
        ]);
    }
    page.table(table);
    let sentences: Vec<Line> = alone
        .fields
        .iter()
        .filter_map(|f| sentence(f, &now))
        .collect();
    if !sentences.is_empty() {
        page.list(sentences);
    }
    if let Some((column, says, then)) = alone.cheapest(BAD).filter(|_| alone.unique() > BAD) {
        let reaches = match then <= BAD {
            true => "The cheapest step that leaves at most one of twenty alone: ",
            false => "No single step leaves at most one of twenty alone; the one that does most: ",
        };
        page.say(
            Line::from(reaches)
                .and(Look::Code, column)
                .and(Look::Plain, format!(" {says}: {now} → {}.", share(then))),
        );
    }
}

fn sentence(field: &FieldAlone, now: &str) -> Option<Line> {
    let (says, then) = field.coarser.as_ref()?;
    Some(Line::code(&*field.column).and(Look::Plain, format!(" {says}: {now} → {}", share(*then))))
}

fn alone_json(alone: &Alone) -> Value {
    let classes = &alone.classes;
    let prosecutor = classes.prosecutor();
    json!({
        "persons": alone.persons,
        "columns": alone.columns,
        "codes": alone.codes,
        "unique": rounded(alone.unique()),
        "unique_of_all": rounded(alone.unique_of_all),
        "below": ([5, 10, 20].map(|size| json!({ "size": size, "share": rounded(classes.share_below(size)) }))),
        "k": classes.k(),
        "classes": classes.count(),
        "histogram": classes.histogram().into_iter().map(|(size, persons)| json!([size, persons])).collect::<Vec<_>>(),
        "prosecutor": { "highest": rounded(prosecutor.highest), "average": rounded(prosecutor.average) },
        "at_risk": AT_RISK.map(|threshold| json!({ "above": threshold, "share": rounded(classes.at_risk(threshold)) })),
        "journalist": alone.journalist.map(|risk| json!({ "highest": rounded(risk.highest), "average": rounded(risk.average), "is_estimate": true })),
        "marketer": rounded(prosecutor.average),
        "is_whole": alone.is_whole,
        "sets": alone.sets.iter().map(|set| json!({
            "columns": set.columns, "unique": rounded(set.unique), "gain": rounded(set.gain),
        })).collect::<Vec<_>>(),
        "fields": alone.fields.iter().map(|field| json!({
            "column": field.column,
            "share": rounded(field.share),
            "coarser": field.coarser.as_ref().map(|(says, unique)| json!({ "step": says, "unique": rounded(*unique) })),
            "without": rounded(field.without),
        })).collect::<Vec<_>>(),
        "points": alone.points.map(|(shares, people)| json!({ "persons": people, "found": shares.map(rounded) })),
    })
}

/// Red above what should be looked at.
fn figure(is: f64, bad: f64) -> Line {
    match is > bad {
        true => Line::of(Look::Bad, share(is)),
        false => Line::of(Look::Good, share(is)),
    }
}

fn figure_plain(is: f64) -> Line {
    share(is).into()
}

fn codes(names: &[String]) -> Line {
    match names {
        [] => Line::of(Look::Faint, "nothing"),
        names => joined(names.iter().map(|name| Line::code(&**name)), ", "),
    }
}

fn topics([a, b]: &[String; 2]) -> Line {
    Line::code(&**a)
        .and(Look::Plain, " and ")
        .and(Look::Code, &**b)
}
