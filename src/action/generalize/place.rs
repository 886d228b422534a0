//! Places to the cell of a grid that they lie in.

use crate::action::characters::Characters;
use crate::action::{Cx, Dial, Example, Facts, Gives, Grade, Growth, Says, Setting, Type, param};
use crate::language::codes;
use crate::language::finding::Span;
use crate::language::mapping::Mapping;
use crate::language::shape::{Takes, word};
use crate::record::decimal::Decimal;
use crate::record::value::{Applied, Out, View, Whole};
use crate::record::{Nothing, Reason, is_json_number};

use super::kind::{self, Coarsening, KindDef};

/// The definition.
pub(super) const PLACE: KindDef = KindDef {
    what: "a place",
    decides: &[word(
        "geohash",
        Takes::Integer(1, 9),
        "Place: characters of its geohash.",
    )],
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
    doc: "**Place** (`geohash`, with `order`, `from`): the cell of the geohash grid that a latitude and a longitude in degrees lie in, computed on their decimal digits, never through a float; a boundary belongs to the cell above it. Five characters are a cell of about 5 km, six one of 1.2 km by 0.6 km, nine one of 5 m. Taken are a text `52.5,13.4`, blanks around the comma allowed, an array of two numbers, and with `from: [lat, lon]` two siblings, each a number or a text that is one; `order: lon_lat` where the longitude stands first. A latitude beyond ±90 or a longitude beyond ±180 is `number_out_of_range`, so swapped ones are often found, but not always; what is no place, or half of one, is `bad_identifier`. Of an empty text, or a word for nothing, in both halves, nothing leaves. `0, 0` is a place.",
    leaks: "Whoever is in a cell alone is found by its `geohash`: where people live thinly even a large one holds few of them, and a place with a time says who it was.",
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
    ],
    parse: kind::spec::<Rule>,
};

/// Digits behind the point that are computed with. The boundaries of the finest
/// cells have 20, so what is cut behind them decides nothing.
const SCALE: i64 = 20;
/// A degree in halves of the last digit: what is cut counts as one half, so that
/// no angle between two digits is taken for one of them.
const DEGREE: i128 = 2 * 10_i128.pow(SCALE as u32);
/// Bits of the finest cell: the longitude has the first and one more.
const LAT_BITS: u32 = 22;
const LON_BITS: u32 = 23;

/// What happens to a place.
#[derive(Clone, Debug)]
struct Rule {
    chars: u8,
    lon_first: bool,
    from: Option<Vec<(String, Span)>>,
}

impl Coarsening for Rule {
    fn parse(mapping: &mut Mapping<'_, '_>) -> Option<Rule> {
        let before = mapping.findings.errors();
        if !mapping.has("geohash") {
            mapping
                .findings
                .error(
                    codes::CHOOSE_ONE,
                    mapping.span,
                    "`order` and `from` say where a place stands, not what happens to it",
                )
                .help("add `geohash: 4`");
            return None;
        }
        let chars = mapping.integer("geohash");
        let lon_first = mapping.one_of("order") == Some("lon_lat");
        let from = param::siblings(mapping, 2..=2, "name the latitude and the longitude");
        let chars = chars.filter(|_| mapping.findings.errors() == before)?;
        Some(Rule {
            chars: u8::try_from(chars).expect("the range ends at 9"),
            lon_first,
            from,
        })
    }

    fn facts(&self) -> Facts {
        Facts {
            writes: Characters::from_iter(('0'..='9').chain('a'..='z')),
            grade: (self.chars > 4).then_some(Grade::SmallCell),
            parts: Some(2..=2),
            ..Facts::default()
        }
    }

    fn grows(&self) -> Growth {
        // Between quotes.
        Growth::by(2 + usize::from(self.chars))
    }

    fn dials(&self) -> Vec<Dial> {
        let from = self.from.iter().flatten().map(|(name, _)| name.as_str());
        let order = if self.lon_first { "lon_lat" } else { "lat_lon" };
        vec![
            Dial::new("geohash", Setting::Amount(Some(self.chars.into()))),
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
        let cell = match self.chars {
            1 => "5,000 km by 5,000 km",
            2 => "1,250 km by 625 km",
            3 => "156 km by 156 km",
            4 => "39 km by 20 km",
            5 => "4.9 km by 4.9 km",
            6 => "1.2 km by 0.6 km",
            7 => "153 m by 153 m",
            8 => "38 m by 19 m",
            _ => "4.8 m by 4.8 m",
        };
        Says {
            bins: Some(format!("cells of {cell} at the equator")),
            ..Says::of(format!("the geohash cell of {of}, {} long", self.chars))
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
        let pair = pair(text.chars_in(cx.text))?;
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
        let pair = pair(inside.ok_or(Reason::WrongType)?).map_err(|reason| match reason {
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
            View::Number(number) => angle(number.text_in(cx.text)?),
            View::Text(text) => angle(text.chars_in(cx.text)),
            View::Null => Err(Reason::BadIdentifier),
            _ => Err(Reason::WrongType),
        };
        let pair = [angle(first)?, angle(second)?];
        self.write(pair, out)
    }
}

impl Rule {
    fn write(&self, [first, second]: [i128; 2], out: &mut dyn Out) -> Applied {
        let (lat, lon) = match self.lon_first {
            false => (first, second),
            true => (second, first),
        };
        let lat = step(lat, 90, LAT_BITS)?;
        let lon = step(lon, 180, LON_BITS)?;
        let hash = geohash(lat, lon);
        out.ascii(&hash[..usize::from(self.chars)]);
        Ok(())
    }
}

/// The two numbers of a text, in its order.
fn pair(text: &str) -> Result<[i128; 2], Reason> {
    let blank = |c| matches!(c, ' ' | '\t' | '\n' | '\r');
    let (first, second) = text.split_once(',').ok_or(Reason::BadIdentifier)?;
    Ok([
        angle(first.trim_matches(blank))?,
        angle(second.trim_matches(blank))?,
    ])
}

/// An angle in parts of a [`DEGREE`].
fn angle(text: &str) -> Result<i128, Reason> {
    if !is_json_number(text) {
        return Err(Reason::BadIdentifier);
    }
    let number = Decimal::read(text).ok_or(Reason::NumberOutOfRange)?;
    if number.is_zero() {
        return Ok(0);
    }
    if number.magnitude() > 3 {
        return Err(Reason::NumberOutOfRange);
    }
    let digits = number.digits();
    let whole = usize::try_from(number.magnitude() + SCALE).unwrap_or(0);
    let size = (0..whole).fold(0_i128, |n, at| {
        n * 10 + i128::from(digits.get(at).copied().unwrap_or(0))
    });
    let size = 2 * size + i128::from(digits.len() > whole);
    Ok(if number.is_negative() { -size } else { size })
}

/// Which of the 2^`bits` steps between −`end` and `end` degrees an angle lies
/// in; `end` itself lies in the last.
fn step(angle: i128, end: i128, bits: u32) -> Result<u64, Reason> {
    let end = end * DEGREE;
    if !(-end..=end).contains(&angle) {
        return Err(Reason::NumberOutOfRange);
    }
    let steps = 1_i128 << bits;
    let step = (angle + end) * steps / (2 * end);
    Ok(u64::try_from(step.min(steps - 1)).expect("it lies between 0 and 2^23"))
}

/// The nine characters of the finest cell; those of a coarser one begin them.
fn geohash(lat: u64, lon: u64) -> [u8; 9] {
    const ALPHABET: &[u8; 32] = b"0123456789bcdefghjkmnpqrstuvwxyz";
    let mut bits: u64 = 0;
    for n in (0..LON_BITS).rev() {
        bits = bits << 1 | (lon >> n & 1);
        if n > 0 {
            bits = bits << 1 | (lat >> (n - 1) & 1);
        }
    }
    std::array::from_fn(|n| ALPHABET[(bits >> (40 - 5 * n) & 31) as usize])
}

#[cfg(test)]
#[path = "place_tests.rs"]
mod tests;
