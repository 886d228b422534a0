//! Places to the cell of a grid that they lie in.

use crate::action::characters::Characters;
use crate::action::{
    Cx, Dial, Example, Facts, Gives, Grade, Growth, OpenEnd, Says, Setting, Spec, Type, param,
};
use crate::language::codes;
use crate::language::finding::Span;
use crate::language::mapping::Mapping;
use crate::language::shape::{Takes, word};
use crate::record::decimal::Decimal;
use crate::record::value::{Applied, Out, View, Whole};
use crate::record::{Nothing, Reason, is_json_number};

use super::kind::{self, Coarsening, KindDef};

mod geohash;
mod h3;

/// The definition.
pub(super) const PLACE: KindDef = KindDef {
    what: "a place",
    decides: &[
        word(
            "geohash",
            Takes::Integer(1, 9),
            "Place: characters of its geohash.",
        ),
        word(
            "h3",
            Takes::Integer(0, 12),
            "Place: the resolution of its H3 cell.",
        ),
    ],
    is_one_of: true,
    further: &[
        word(
            "order",
            Takes::OneOf(&["lat_lon", "lon_lat"]),
            "Place: which of the two numbers stands first.",
        )
        .default("lat_lon"),
        word(
            "from",
            Takes::List(&Takes::Text),
            "Place: the two siblings that say it; the path that is written need not exist in the event.",
        ),
    ],
    borrows: kind::nothing,
    doc: "**Place** (`geohash` or `h3`, with `order`, `from`): the cell of a grid that a latitude and a longitude in degrees lie in. `geohash` is computed on their decimal digits, never through a float; a boundary belongs to the cell above it. Five characters are a cell of about 5 km, six one of 1.2 km by 0.6 km, nine one of 5 m. `h3` is the hexagon of H3 (`latLngToCell`), 15 hexadecimal digits, computed on the nearest floats by arithmetic that is the same on every platform; the cells of resolution 5 are about 250 km² large, those of 7 about 5 km², of 9 about 0.1 km², and each finer one is a seventh. Cells of two resolutions do not lie exactly in each other. Taken are a text `52.5,13.4`, blanks around the comma allowed, an array of two numbers, and with `from: [lat, lon]` two siblings, each a number or a text that is one; `order: lon_lat` where the longitude stands first. A latitude beyond ±90 or a longitude beyond ±180 is `number_out_of_range`, so swapped ones are often found, but not always; what is no place, or half of one, is `bad_identifier`. Of an empty text, or a word for nothing, in both halves, nothing leaves. `0, 0` is a place.",
    leaks: "Whoever is in a cell alone is found by its `geohash` or `h3`: where people live thinly even a large one holds few of them, and a place with a time says who it was.",
    examples: &[
        Example {
            policy: "{ generalize: { geohash: 5 } }",
            input: r#""52.5200,13.4050""#,
            output: Some(r#""u33dc""#),
        },
        Example {
            policy: "{ generalize: { geohash: 4, order: lon_lat } }",
            input: "[13.4050,52.5200]",
            output: Some(r#""u33d""#),
        },
        // H3 in the documentation of Snowflake: the Brandenburg Gate.
        Example {
            policy: "{ generalize: { h3: 8 } }",
            input: r#""52.516262,13.377704""#,
            output: Some(r#""881f1d4887fffff""#),
        },
    ],
    parse: kind::spec::<Rule>,
};

/// The grid and how fine it is.
#[derive(Clone, Copy, Debug)]
enum Grid {
    /// So many characters.
    Geohash(u8),
    /// A resolution.
    H3(u8),
}

/// What happens to a place.
#[derive(Clone, Debug)]
struct Rule {
    grid: Grid,
    lon_first: bool,
    from: Option<Vec<(String, Span)>>,
}

/// The cell of so many characters, of the value itself or of two siblings.
pub(in crate::action) fn in_geohash(chars: u8, from: Option<Vec<(String, Span)>>) -> Box<dyn Spec> {
    kind::of(Rule {
        grid: Grid::Geohash(chars),
        lon_first: false,
        from,
    })
}

impl Coarsening for Rule {
    const LEAKS: &'static str = PLACE.leaks;

    fn parse(mapping: &mut Mapping<'_, '_>) -> Option<Rule> {
        let before = mapping.findings.errors();
        if !mapping.has("geohash") && !mapping.has("h3") {
            mapping
                .findings
                .error(
                    codes::CHOOSE_ONE,
                    mapping.span,
                    "`order` and `from` say where a place stands, not what happens to it",
                )
                .help("add `geohash: 4` or `h3: 4`");
            return None;
        }
        let of = |n: i64| u8::try_from(n).expect("the range ends before 256");
        let grid = match mapping.has("h3") {
            true => mapping.integer("h3").map(|n| Grid::H3(of(n))),
            false => mapping.integer("geohash").map(|n| Grid::Geohash(of(n))),
        };
        let lon_first = mapping.one_of("order") == Some("lon_lat");
        let from = param::siblings(mapping, 2..=2, "name the latitude and the longitude");
        let grid = grid.filter(|_| mapping.findings.errors() == before)?;
        Some(Rule {
            grid,
            lon_first,
            from,
        })
    }

    fn facts(&self) -> Facts {
        Facts {
            writes: Characters::from_iter(('0'..='9').chain('a'..='z')),
            grade: self.grid.grade(),
            open_end: self.grid.coarser().map(OpenEnd::FinerThan),
            parts: Some(2..=2),
            ..Facts::default()
        }
    }

    fn grows(&self) -> Growth {
        // Between quotes.
        Growth::by(2 + self.grid.chars())
    }

    fn dials(&self) -> Vec<Dial> {
        let from = self.from.iter().flatten().map(|(name, _)| name.as_str());
        let order = if self.lon_first { "lon_lat" } else { "lat_lon" };
        vec![
            match self.grid {
                Grid::Geohash(chars) => Dial::new("geohash", Setting::Amount(Some(chars.into()))),
                // 0 is a resolution, and nothing at all is less.
                Grid::H3(resolution) => {
                    Dial::new("h3", Setting::Amount(Some(u64::from(resolution) + 1)))
                }
            },
            Dial::new("order", Setting::Choice(order.to_owned())),
            Dial::new(
                "from",
                Setting::Choice(from.collect::<Vec<_>>().join("\u{0}")),
            ),
        ]
    }

    fn gives(&self, from: Type) -> Option<Gives> {
        let takes = match self.from {
            Some(_) => matches!(from, Type::Text | Type::Integer | Type::Number),
            None => matches!(from, Type::Text | Type::Array),
        };
        takes.then(|| Gives::one(Type::Text)).flatten()
    }

    fn says(&self) -> Says {
        let of = match &self.from {
            Some(parts) => {
                let names: Vec<&str> = parts.iter().map(|(name, _)| name.as_str()).collect();
                format!("the place that {} say", names.join(" and "))
            }
            None => "the place".to_owned(),
        };
        let cell = self.grid.size();
        let (name, long) = match self.grid {
            Grid::Geohash(chars) => ("geohash", format!("{chars} long")),
            Grid::H3(resolution) => ("H3", format!("of resolution {resolution}")),
        };
        Says {
            bins: Some(format!("cells of {cell}")),
            ..Says::of(format!("the {name} cell of {of}, {long}"))
        }
    }

    fn from(&self) -> Option<&[(String, Span)]> {
        self.from.as_deref()
    }

    /// Writes the cell of a text of two numbers.
    fn apply(&self, view: View<'_>, out: &mut dyn Out, cx: &mut Cx<'_>) -> Applied {
        let View::Text(text) = view else {
            return Err(Reason::WrongType);
        };
        let pair = self.pair(text.chars_in(cx.text))?;
        self.write(pair, out)
    }

    /// Writes the cell of an array of two numbers.
    fn apply_whole(&self, whole: Whole<'_>, out: &mut dyn Out, cx: &mut Cx<'_>) -> Applied {
        if whole.holds_object() {
            return Err(Reason::WrongType);
        }
        cx.bytes.clear();
        whole.json_into(cx.bytes)?;
        let text = std::str::from_utf8(cx.bytes).map_err(|_| Reason::WrongType)?;
        let inside = text.strip_prefix('[').and_then(|t| t.strip_suffix(']'));
        let pair = self
            .pair(inside.ok_or(Reason::WrongType)?)
            .map_err(|reason| match reason {
                Reason::BadIdentifier => Reason::WrongType,
                other => other,
            })?;
        self.write(pair, out)
    }

    /// Writes the cell that two siblings say.
    fn apply_parts(
        &self,
        parts: &[Option<View<'_>>],
        nothing: &Nothing,
        out: &mut dyn Out,
        cx: &mut Cx<'_>,
    ) -> Applied {
        let is_nothing = |part: &Option<View<'_>>| matches!(part, None | Some(View::Null));
        if parts.iter().all(is_nothing) {
            out.null();
            return Ok(());
        }
        let mut is_word = |part: &Option<View<'_>>| matches!(part, Some(View::Text(text)) if nothing.is(text.chars_in(cx.text).as_bytes()));
        if parts.iter().all(|part| is_nothing(part) || is_word(part)) {
            return Ok(());
        }
        let [Some(first), Some(second)] = parts else {
            return Err(Reason::BadIdentifier);
        };
        let mut angle = |view: &View<'_>| match view {
            View::Number(number) => self.angle(number.text_in(cx.text)?),
            View::Text(text) => self.angle(text.chars_in(cx.text)),
            View::Null => Err(Reason::BadIdentifier),
            _ => Err(Reason::WrongType),
        };
        let pair = [angle(first)?, angle(second)?];
        self.write(pair, out)
    }
}

impl Rule {
    fn write(&self, [first, second]: [Angle; 2], out: &mut dyn Out) -> Applied {
        let (lat, lon) = match self.lon_first {
            false => (first, second),
            true => (second, first),
        };
        let (lat, lon) = (lat.within(90)?, lon.within(180)?);
        match self.grid {
            Grid::Geohash(chars) => {
                out.ascii(&geohash::cell(lat.exact, lon.exact)?[..usize::from(chars)]);
            }
            Grid::H3(resolution) => out.ascii(&h3::cell(lat.about, lon.about, resolution)?),
        }
        Ok(())
    }

    /// The two numbers of a text, in its order.
    fn pair(&self, text: &str) -> Result<[Angle; 2], Reason> {
        let blank = |c| matches!(c, ' ' | '\t' | '\n' | '\r');
        let (first, second) = text.split_once(',').ok_or(Reason::BadIdentifier)?;
        Ok([
            self.angle(first.trim_matches(blank))?,
            self.angle(second.trim_matches(blank))?,
        ])
    }

    fn angle(&self, text: &str) -> Result<Angle, Reason> {
        if !is_json_number(text) {
            return Err(Reason::BadIdentifier);
        }
        let number = Decimal::read(text).ok_or(Reason::NumberOutOfRange)?;
        let exact = geohash::parts(&number).ok_or(Reason::NumberOutOfRange)?;
        let about = match self.grid {
            Grid::Geohash(_) => 0.0,
            Grid::H3(_) => text.parse().map_err(|_| Reason::NumberOutOfRange)?,
        };
        Ok(Angle { exact, about })
    }
}

impl Grid {
    /// Characters that leave.
    fn chars(self) -> usize {
        match self {
            Grid::Geohash(chars) => chars.into(),
            Grid::H3(_) => 15,
        }
    }

    /// How coarse a cell is, where it is finer than some 40 km.
    fn grade(self) -> Option<Grade> {
        let is_fine = match self {
            Grid::Geohash(chars) => chars > 4,
            Grid::H3(resolution) => resolution > 4,
        };
        match self.coarser() {
            Some(_) => Some(Grade::TinyCell),
            None => is_fine.then_some(Grade::SmallCell),
        }
    }

    /// Where a cell is a street or a house, of less than 500 m, the finest that is more.
    fn coarser(self) -> Option<&'static str> {
        match self {
            Grid::Geohash(chars) => (chars > 6).then_some("geohash: 6"),
            Grid::H3(resolution) => (resolution > 8).then_some("h3: 8"),
        }
    }

    /// How large a cell is: a geohash at the equator, a hexagon on average (the table of
    /// H3's documentation).
    fn size(self) -> &'static str {
        match self {
            Grid::Geohash(1) => "5,000 km by 5,000 km at the equator",
            Grid::Geohash(2) => "1,250 km by 625 km at the equator",
            Grid::Geohash(3) => "156 km by 156 km at the equator",
            Grid::Geohash(4) => "39 km by 20 km at the equator",
            Grid::Geohash(5) => "4.9 km by 4.9 km at the equator",
            Grid::Geohash(6) => "1.2 km by 0.6 km at the equator",
            Grid::Geohash(7) => "153 m by 153 m at the equator",
            Grid::Geohash(8) => "38 m by 19 m at the equator",
            Grid::Geohash(_) => "4.8 m by 4.8 m at the equator",
            Grid::H3(0) => "4,357,000 km² on average",
            Grid::H3(1) => "610,000 km² on average",
            Grid::H3(2) => "87,000 km² on average",
            Grid::H3(3) => "12,400 km² on average",
            Grid::H3(4) => "1,770 km² on average",
            Grid::H3(5) => "253 km² on average",
            Grid::H3(6) => "36 km² on average",
            Grid::H3(7) => "5.2 km² on average",
            Grid::H3(8) => "0.74 km² on average",
            Grid::H3(9) => "0.105 km² on average",
            Grid::H3(10) => "15,000 m² on average",
            Grid::H3(11) => "2,150 m² on average",
            Grid::H3(_) => "307 m² on average",
        }
    }
}

/// An angle as the two grids want it.
#[derive(Clone, Copy)]
struct Angle {
    /// In parts of a degree.
    exact: i128,
    /// In degrees: the nearest float; 0 where no grid wants it.
    about: f64,
}

impl Angle {
    /// What lies beyond `end` degrees either way is refused.
    fn within(self, end: i128) -> Result<Angle, Reason> {
        match geohash::is_beyond(self.exact, end) {
            true => Err(Reason::NumberOutOfRange),
            false => Ok(self),
        }
    }
}

#[cfg(test)]
mod tests;
