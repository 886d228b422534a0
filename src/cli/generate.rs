//! `veil generate`: made-up events, to try things on.

use super::{Exit, Failure, Format, Outcome, screen};
use std::io::{BufWriter, Write as _};
use veilstream::synthetic::{self, Shape};

/// Print made-up events of a well-known shape, one JSON document a line
///
/// Nobody's data: names, addresses and numbers are made up. The same shape and seed
/// give the same events, in every build, and the first N of them are the same for
/// every N. People come back: in one seed, the same person is in all eight shapes.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  veil generate segment > events.ndjson
  veil generate shopify -n 5 --seed 7
  veil generate ga4 -n 0 | head -n 3        without end, until nobody reads
  veil generate --list                      the shapes
  veil generate segment --truth             what in it is personal, as JSON

`--truth` prints one object: `shape`, and `paths`, a list of `path` (as a policy
writes it), `personal`, `category` (a fideslang key, or null) and `direct`: true
when values there name, reach or single out a person by themselves.")]
pub(crate) struct Args {
    /// The shape of the events
    #[arg(value_parser = shape(), required_unless_present = "list")]
    shape: Option<Shape>,
    /// How many events; 0 for no end
    #[arg(short = 'n', long, value_name = "N", default_value_t = 1_000)]
    number: u64,
    /// Another seed makes other people and other events
    #[arg(long, value_name = "S", default_value_t = 0)]
    seed: u64,
    /// Print what in the shape is personal, instead of events
    #[arg(long, conflicts_with_all = ["number", "seed"])]
    truth: bool,
    /// List the shapes, and end
    #[arg(long, conflicts_with_all = ["shape", "number", "seed", "truth"])]
    list: bool,
    /// How the list is written
    #[arg(long, value_enum, default_value = "text", conflicts_with = "shape")]
    format: Format,
}

fn shape() -> impl clap::builder::TypedValueParser<Value = Shape> {
    use clap::builder::TypedValueParser as _;
    clap::builder::PossibleValuesParser::new(Shape::ALL.map(Shape::name)).map(|name| {
        let named = Shape::ALL.into_iter().find(|s| s.name() == name);
        named.expect("one of the names")
    })
}

impl Args {
    pub(crate) fn run(self) -> Outcome {
        let Some(shape) = self.shape.filter(|_| !self.list) else {
            match self.format {
                Format::Json => screen::put_json(&list(self.format))?,
                Format::Text => screen::show_folded(&list(self.format))?,
            }
            return Ok(Exit::Ok);
        };
        if self.truth {
            screen::put(truth(shape).as_bytes())?;
            return Ok(Exit::Ok);
        }
        let count = match self.number {
            0 => usize::MAX,
            n => usize::try_from(n).unwrap_or(usize::MAX),
        };
        print(synthetic::events(shape, self.seed).take(count)).map_err(|e| Failure::stdout(&e))?;
        Ok(Exit::Ok)
    }
}

fn print(events: impl Iterator<Item = String>) -> std::io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 16, std::io::stdout().lock());
    for event in events {
        out.write_all(event.as_bytes())?;
        out.write_all(b"\n")?;
    }
    out.flush()
}

fn list(format: Format) -> String {
    match format {
        Format::Text => Shape::ALL
            .map(|s| format!("{:12} {}\n", s.name(), s.about()))
            .concat(),
        Format::Json => {
            let shapes =
                Shape::ALL.map(|s| serde_json::json!({"shape": s.name(), "about": s.about()}));
            format!("{}\n", serde_json::Value::from(shapes.to_vec()))
        }
    }
}

fn truth(shape: Shape) -> String {
    let paths: Vec<_> = shape
        .truth()
        .iter()
        .map(|t| {
            serde_json::json!({
                "path": t.path,
                "personal": t.is_personal(),
                "category": t.category,
                "direct": t.direct,
            })
        })
        .collect();
    let whole = serde_json::json!({"shape": shape.name(), "paths": paths});
    let text = serde_json::to_string_pretty(&whole).expect("a JSON value is JSON");
    format!("{text}\n")
}
