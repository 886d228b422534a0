//! Numbers to intervals and grids, computed on their decimal digits.

use std::fmt::Write as _;

use data_encoding::BASE64;

use crate::action::characters::{Characters, DIGITS};
use crate::action::{
    Cx, Dial, Example, Facts, Gives, Grade, Growth, Narrow, OpenEnd, Says, Setting, Type, param,
};
use crate::language::codes;
use crate::language::mapping::Mapping;
use crate::language::shape::{Takes, word};
use crate::record::decimal::{DIGITS_MAX, Decimal};
use crate::record::value::{Applied, Out, View};
use crate::record::{Nothing, Reason, is_json_number};

use super::fixed::{Fixed, Grid, MAGNITUDE_MAX};
use super::kind::{self, Coarsening, KindDef};

/// The definition.
pub(super) const NUMBER: KindDef = KindDef {
    what: "a number",
    decides: &[
        word(
            "bucket",
            Takes::Number,
            "Number: the lower bound of the interval of that width, towards −∞.",
        ),
        word(
            "ranges",
            Takes::List(&Takes::Number),
            "Number: ascending lower bounds; gives the one of the range it lies in.",
        ),
        word(
            "round",
            Takes::Number,
            "Number: the nearest multiple, half away from zero.",
        ),
        word(
            "decimals",
            Takes::Integer(0, 18),
            "Number: cut behind that many digits of the fraction.",
        ),
    ],
    is_one_of: true,
    further: &[
        word(
            "bottom",
            Takes::Number,
            "Number, or year: what is below becomes this.",
        ),
        word("top", Takes::Number, "Number: what is above becomes this."),
        word(
            "unscaled",
            Takes::Integer(0, 38),
            "Number: it comes as the base64 text of its digits without point, of which so many are the fraction.",
        ),
    ],
    borrows: kind::nothing,
    doc: "**Number** (`bucket`, `ranges`, `round`, `decimals`, `top`, `bottom`, `unscaled`): computed on the decimal digits, never through a float. Clamped to `bottom` and `top` first. A text that is wholly one JSON number is taken, and given back as text; of an empty one, or a word for nothing, nothing leaves; any other is `wrong_type`. Results are plain decimals without zeros at the end, so equal values leave equal texts. More than 64 significant digits, or more than 64 before the point, is `number_out_of_range`, and so is a value below the first of `ranges`. With `unscaled: 2` the value is a text as Kafka Connect and Debezium write decimals: the base64 of a two's-complement integer, the highest byte first, of up to 16 bytes, times 10^-2; it is given as a number; of an empty text, and of a word for nothing that cannot be base64, nothing leaves, and any other is `wrong_type`.",
    leaks: "`bucket` and `round` by steps of 1 or less leave whole numbers as they are, and `decimals` from 5 on a place to the metre. `top` or `bottom` without anything else leaves the values between them in clear.",
    examples: &[
        Example {
            policy: "{ generalize: { bucket: 10 } }",
            input: "39.80",
            output: Some("30"),
        },
        Example {
            policy: "{ generalize: { ranges: [0, 18, 25, 35, 50, 65] } }",
            input: "41",
            output: Some("35"),
        },
        Example {
            policy: "{ generalize: { round: 0.5, top: 90 } }",
            input: r#""17.25""#,
            output: Some(r#""17.5""#),
        },
        Example {
            policy: "{ generalize: { decimals: 1 } }",
            input: "52.5200",
            output: Some("52.5"),
        },
        Example {
            policy: "{ generalize: { bucket: 10, unscaled: 2 } }",
            input: r#""D4w=""#,
            output: Some("30"),
        },
    ],
    parse: kind::spec::<Rule>,
};

/// Decimals of degrees that tell a door from the next (1.1 m).
const WHOLE_DECIMALS: u32 = 5;

/// What happens to a number: clamped first, then coarsened.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    bottom: Option<Decimal>,
    top: Option<Decimal>,
    /// It comes as the base64 of an integer, of which so many digits are the fraction.
    unscaled: Option<u8>,
    coarsen: Coarsen,
}

#[derive(Clone, Debug)]
enum Coarsen {
    /// Clamped only.
    Nothing,
    /// The lower bound of the interval of that width, towards −∞.
    Bucket(Grid),
    /// The nearest multiple, half away from zero.
    Round(Grid),
    /// Cut behind that many digits.
    Decimals(u32),
    /// The lower bound of the range it lies in, ascending.
    Ranges(Vec<Decimal>),
}

impl Rule {
    /// Clamps nothing and coarsens nothing.
    pub(super) fn nothing() -> Rule {
        Rule {
            bottom: None,
            top: None,
            unscaled: None,
            coarsen: Coarsen::Nothing,
        }
    }
}

impl Rule {
    /// The ends that are not written.
    fn open_end(&self) -> Option<OpenEnd> {
        let missing = match (&self.bottom, &self.top) {
            (Some(_), Some(_)) => return None,
            (Some(_), None) => "`top`",
            (None, Some(_)) => "`bottom`",
            (None, None) => "`bottom` and `top`",
        };
        Some(OpenEnd::Missing(missing))
    }

    /// Numbers from here down become one.
    pub(super) fn has_bottom(&self) -> bool {
        self.bottom.is_some()
    }

    /// Whole numbers that become one, at least; 1: none does.
    pub(super) fn width(&self) -> u32 {
        match &self.coarsen {
            Coarsen::Bucket(grid) => {
                let whole = grid.unit / 10_u128.pow(grid.scale);
                u32::try_from(whole).unwrap_or(u32::MAX).max(1)
            }
            _ => 1,
        }
    }
}

/// A number by its value, so that no two are alike.
fn exact(number: &Decimal) -> String {
    let sign = if number.is_negative() { "-" } else { "" };
    format!("{sign}{:?}e{}", number.digits(), number.exponent())
}

impl Coarsening for Rule {
    const LEAKS: &'static str = NUMBER.leaks;

    /// Bytes in base64 may spell a word, `None` for one.
    fn nothing(&self, of_policy: &Nothing) -> Nothing {
        let is_digit =
            |b| matches!(b, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'+' | b'/' | b'=');
        let is_base64 = |word: &str| word.len().is_multiple_of(4) && word.bytes().all(is_digit);
        match self.unscaled {
            Some(_) => Nothing::of(of_policy.words().filter(|word| !is_base64(word))),
            None => of_policy.clone(),
        }
    }

    fn parse(mapping: &mut Mapping<'_, '_>) -> Option<Rule> {
        let before = mapping.findings.errors();
        let mut decides = NUMBER.decides.iter().map(|w| w.name);
        let coarsen = match decides.find(|w| mapping.has(w)) {
            None => Some(Coarsen::Nothing),
            Some("ranges") => ranges(mapping).map(Coarsen::Ranges),
            Some("decimals") => mapping
                .integer("decimals")
                .map(|n| Coarsen::Decimals(u32::try_from(n).expect("the range is 0 to 18"))),
            Some("round") => grid(mapping, "round").map(Coarsen::Round),
            Some(_) => grid(mapping, "bucket").map(Coarsen::Bucket),
        };
        let bottom = bound(mapping, "bottom");
        let top = bound(mapping, "top");
        let unscaled = mapping
            .integer("unscaled")
            .map(|n| u8::try_from(n).expect("the range ends at 38"));
        let decides = matches!(coarsen, Some(Coarsen::Nothing));
        if mapping.has("unscaled") && decides && !mapping.has("bottom") && !mapping.has("top") {
            mapping
                .findings
                .error(
                    codes::CHOOSE_ONE,
                    mapping.span,
                    "`unscaled` says how a number is written, not what happens to it",
                )
                .help("add `bucket: 10`");
        }
        if let (Some(low), Some(high)) = (&bottom, &top)
            && low > high
        {
            let span = mapping.place("top");
            mapping
                .findings
                .error(codes::NOT_ASCENDING, span, "`top` is below `bottom`")
                .help("exchange them");
        }
        let coarsen = coarsen.filter(|_| mapping.findings.errors() == before)?;
        Some(Rule {
            bottom,
            top,
            unscaled,
            coarsen,
        })
    }

    fn facts(&self) -> Facts {
        let is_fine = |grid: &Grid| grid.unit <= 10_u128.pow(grid.scale);
        Facts {
            writes: Characters::of(DIGITS).with("-."),
            clear: match &self.coarsen {
                // Numbers between the bounds leave as they are.
                Coarsen::Nothing => true,
                // And whole numbers by steps of one.
                Coarsen::Bucket(grid) | Coarsen::Round(grid) => is_fine(grid),
                Coarsen::Decimals(n) => *n >= WHOLE_DECIMALS,
                Coarsen::Ranges(_) => false,
            },
            open_end: match &self.coarsen {
                Coarsen::Bucket(_) | Coarsen::Round(_) => self.open_end(),
                _ => None,
            },
            grade: match &self.coarsen {
                Coarsen::Nothing => None,
                Coarsen::Decimals(n) => Some(Grade::Decimals(*n)),
                Coarsen::Bucket(_) | Coarsen::Round(_) | Coarsen::Ranges(_) => Some(Grade::Amount),
            },
            ..Facts::default()
        }
    }

    fn grows(&self) -> Growth {
        // Plain digits of what is read in 38 of them, with sign, point and zeros.
        Growth::by(80)
    }

    fn dials(&self) -> Vec<Dial> {
        let step = |grid: &Grid| Some((grid.unit, grid.scale));
        let bucket = match &self.coarsen {
            Coarsen::Bucket(grid) => step(grid),
            _ => None,
        };
        let round = match &self.coarsen {
            Coarsen::Round(grid) => step(grid),
            _ => None,
        };
        let decimals = match &self.coarsen {
            Coarsen::Decimals(n) => Decimal::read(&n.to_string()),
            _ => None,
        };
        let ranges = match &self.coarsen {
            Coarsen::Ranges(list) => Some(list.iter().map(exact).collect()),
            _ => None,
        };
        let bottom = match (&self.coarsen, &self.bottom) {
            // It lifts into the first range what is refused without it.
            (Coarsen::Ranges(_), Some(bottom)) => Setting::Choice(exact(bottom)),
            _ => Setting::Floor(self.bottom),
        };
        let dial = Dial::new;
        vec![
            dial("bucket", Setting::Step(bucket)),
            dial("round", Setting::Nearest(round)),
            dial("decimals", Setting::Cap(decimals)),
            dial("ranges", Setting::Only(ranges)),
            dial("bottom", bottom),
            dial("top", Setting::Cap(self.top)),
            dial(
                "unscaled",
                Setting::Choice(self.unscaled.map(|n| n.to_string()).unwrap_or_default()),
            ),
        ]
    }

    fn is_bounded(&self) -> bool {
        matches!(self.coarsen, Coarsen::Ranges(_))
    }

    fn gives(&self, from: Type) -> Option<Gives> {
        match from {
            Type::Text if self.unscaled.is_some() => Gives::one(self.number_type(Type::Number)),
            _ if self.unscaled.is_some() => None,
            Type::Text => Gives::one(from),
            Type::Integer | Type::Number => self.gives_of_number(from),
            _ => None,
        }
    }

    fn narrow(&self) -> Narrow {
        let step = |grid: &Grid| grid.step().into_iter().collect();
        let bounds = || self.bottom.iter().chain(&self.top).copied().collect();
        Narrow {
            words: false,
            numbers: match &self.coarsen {
                Coarsen::Bucket(grid) | Coarsen::Round(grid) => step(grid),
                Coarsen::Ranges(all) => all.clone(),
                Coarsen::Decimals(0) => Vec::new(),
                Coarsen::Nothing | Coarsen::Decimals(_) => bounds(),
            },
            least: match &self.coarsen {
                Coarsen::Ranges(all) => all.first().copied(),
                _ => self.bottom,
            },
            ..Narrow::default()
        }
    }

    fn says(&self) -> Says {
        self.says_of("the number")
    }

    /// Takes a number, or a text that is wholly one.
    fn apply(&self, view: View<'_>, out: &mut dyn Out, cx: &mut Cx<'_>) -> Applied {
        let (number, as_text) = match view {
            View::Text(text) if let Some(scale) = self.unscaled => {
                let text = text.chars_in(cx.text).as_bytes();
                let whole = integer(text)?;
                cx.text.clear();
                write!(cx.text, "{whole}e-{scale}").expect("writing to a string cannot fail");
                (Decimal::read(cx.text), false)
            }
            _ if self.unscaled.is_some() => return Err(Reason::WrongType),
            View::Number(number) => {
                let text = number.text_in(cx.text)?;
                if let Some(cut) = self.cut_text(text) {
                    out.number(cut);
                    return Ok(());
                }
                (Decimal::read(text), false)
            }
            View::Text(text) => {
                let text = text.chars_in(cx.text);
                if !is_json_number(text) {
                    return Err(Reason::WrongType);
                }
                (Decimal::read(text), true)
            }
            _ => return Err(Reason::WrongType),
        };
        let number = number.ok_or(Reason::NumberOutOfRange)?;
        self.write(&number, cx.text)?;
        if as_text {
            out.ascii(cx.text.as_bytes());
        } else {
            out.number(cx.text);
        }
        Ok(())
    }
}

impl Rule {
    /// What is written of a number of that type: one of that type, but for an integer
    /// that becomes a fraction.
    fn gives_of_number(&self, from: Type) -> Option<Gives> {
        let made = self.number_type(from);
        let gives = Gives::one(made);
        match (from, made) {
            (Type::Integer, Type::Number) => gives,
            _ => gives.map(Gives::keeping_type),
        }
    }

    /// The type of what becomes of a number of that type.
    pub(super) fn number_type(&self, from: Type) -> Type {
        let grid = |grid: &Grid| match grid.scale {
            0 => Type::Integer,
            _ => Type::Number,
        };
        let widest = |all: &mut dyn Iterator<Item = Type>| all.max().unwrap_or(Type::Number);
        let of = |number: &Decimal| param::number_type(Some(number));
        match &self.coarsen {
            Coarsen::Bucket(step) | Coarsen::Round(step) => grid(step),
            Coarsen::Decimals(0) => Type::Integer,
            Coarsen::Decimals(_) if from == Type::Number => Type::Number,
            Coarsen::Ranges(bounds) => widest(&mut bounds.iter().map(of)),
            // What is clamped is the number or a bound.
            Coarsen::Nothing | Coarsen::Decimals(_) => {
                let bounds = self.bottom.iter().chain(&self.top).map(of);
                widest(&mut bounds.chain([from]))
            }
        }
    }

    /// What leaves of `what`, in plain words.
    pub(super) fn says_of(&self, what: &str) -> Says {
        let step = |grid: &Grid| grid.step().as_ref().map(param::digits).unwrap_or_default();
        let (mut said, bins) = match &self.coarsen {
            Coarsen::Nothing => (what.to_owned(), None),
            Coarsen::Bucket(grid) => {
                let step = step(grid);
                let said = format!("{what} rounded down to a multiple of {step}");
                (said, Some(format!("{step} wide, each by its lower bound")))
            }
            Coarsen::Round(grid) => {
                let step = step(grid);
                let said = format!("{what} rounded to the nearest multiple of {step}");
                (said, Some(format!("{step} wide, each by its middle")))
            }
            Coarsen::Decimals(n) => (format!("{what} cut after {n} decimals"), None),
            Coarsen::Ranges(bounds) => {
                let bounds: Vec<String> = bounds.iter().map(param::digits).collect();
                let bounds = bounds.join(", ");
                let said = format!("the lower bound of the range that {what} lies in: {bounds}");
                (said, Some(format!("from {bounds}")))
            }
        };
        if let Some(bottom) = &self.bottom {
            said.push_str(&format!(
                "; what is below {0} counts as {0}",
                param::digits(bottom)
            ));
        }
        if let Some(top) = &self.top {
            said.push_str(&format!(
                "; what is above {0} counts as {0}",
                param::digits(top)
            ));
        }
        Says {
            what: said,
            bins,
            ..Says::default()
        }
    }

    /// What [`Rule::write`] would make of a number, where that is the start of
    /// its own text: the usual case of `decimals`, without any arithmetic.
    fn cut_text<'t>(&self, number: &'t str) -> Option<&'t str> {
        let Coarsen::Decimals(scale) = self.coarsen else {
            return None;
        };
        let is_bounded = self.bottom.is_some() || self.top.is_some();
        let is_exponent = |b: &u8| matches!(b, b'e' | b'E');
        let bytes = number.as_bytes();
        if is_bounded || bytes.len() > DIGITS_MAX || bytes.iter().any(is_exponent) {
            return None;
        }
        let mut end = bytes.len();
        if let Some(point) = bytes.iter().position(|b| *b == b'.') {
            end = end.min(point + 1 + scale as usize);
            while bytes[end - 1] == b'0' {
                end -= 1;
            }
            end -= usize::from(end == point + 1);
        }
        Some(match &number[..end] {
            "-0" => "0",
            cut => cut,
        })
    }

    /// Writes the coarsened number in plain decimal, without exponent, without
    /// zeros at the end of a fraction, and zero without sign: equal values
    /// leave equal texts.
    pub(super) fn write(&self, number: &Decimal, text: &mut String) -> Applied {
        text.clear();
        let mut number = *number;
        if let Some(bottom) = self.bottom {
            number = number.max(bottom);
        }
        if let Some(top) = self.top {
            number = number.min(top);
        }
        match &self.coarsen {
            Coarsen::Nothing => {
                if number.exponent() < -MAGNITUDE_MAX || number.magnitude() > MAGNITUDE_MAX {
                    return Err(Reason::NumberOutOfRange);
                }
                number.plain_in(text);
            }
            Coarsen::Decimals(scale) => {
                Fixed::cut(&number, *scale)?.write(text);
            }
            // The usual steps are whole, and 64 bits hold what they divide.
            Coarsen::Bucket(Grid { unit, scale: 0 })
                if let Some(bound) = lower_bound(&number, *unit) =>
            {
                write!(text, "{bound}").expect("writing to a string cannot fail");
            }
            Coarsen::Bucket(grid) => {
                let mut fixed = Fixed::cut(&number, grid.scale)?;
                let over = fixed.modulo(grid.unit);
                let on_the_grid = over == 0 && !fixed.has_rest;
                fixed.subtract(over);
                if number.is_negative() && !on_the_grid {
                    fixed.add(grid.unit);
                }
                fixed.write(text);
            }
            Coarsen::Round(grid) => {
                let mut fixed = Fixed::cut(&number, grid.scale)?;
                let over = fixed.modulo(grid.unit);
                // What was cut counts only where the unit is odd and its half
                // lies between two digits of the grid.
                let twice = 2 * over;
                let up = twice >= grid.unit || (twice + 1 == grid.unit && fixed.rest_digit >= 5);
                fixed.subtract(over);
                if up {
                    fixed.add(grid.unit);
                }
                fixed.write(text);
            }
            Coarsen::Ranges(bounds) => {
                let at = bounds.partition_point(|bound| *bound <= number);
                let bound = at.checked_sub(1).ok_or(Reason::NumberOutOfRange)?;
                bounds[bound].plain_in(text);
            }
        }
        Ok(())
    }
}

/// The multiple of `unit` that a number lies at or next above; `None`: 64 bits do not hold
/// both.
fn lower_bound(number: &Decimal, unit: u128) -> Option<i64> {
    let unit = i64::try_from(unit).ok()?;
    let whole = i64::try_from(number.floored(0)?).ok()?;
    whole.checked_sub(whole.rem_euclid(unit))
}

/// The integer that is written in base64: two's complement, the highest byte first.
fn integer(text: &[u8]) -> Result<i128, Reason> {
    /// Base64 of 16 bytes, to which 38 digits fit, and padding.
    const LONGEST: usize = 24;
    if text.len() > LONGEST {
        return Err(Reason::NumberOutOfRange);
    }
    let mut room = [0; LONGEST / 4 * 3];
    let len = BASE64
        .decode_len(text.len())
        .map_err(|_| Reason::WrongType)?;
    let len = BASE64
        .decode_mut(text, &mut room[..len])
        .map_err(|_| Reason::WrongType)?;
    let bytes = &room[..len];
    let sign = match bytes.first() {
        None => return Err(Reason::WrongType),
        Some(first) if first & 0x80 != 0 => 0xff,
        Some(_) => 0,
    };
    let mut whole = [sign; 16];
    let from = whole
        .len()
        .checked_sub(len)
        .ok_or(Reason::NumberOutOfRange)?;
    whole[from..].copy_from_slice(bytes);
    Ok(i128::from_be_bytes(whole))
}

fn bound(mapping: &mut Mapping<'_, '_>, name: &str) -> Option<Decimal> {
    param::decimal(mapping.node(name)?, name, mapping.findings)
}

fn grid(mapping: &mut Mapping<'_, '_>, name: &str) -> Option<Grid> {
    let number = bound(mapping, name)?;
    let grid = Grid::new(&number);
    if grid.is_none() {
        let span = mapping.place(name);
        mapping
            .findings
            .error(
                codes::OUT_OF_RANGE,
                span,
                format!("`{name}` must be above 0, of at most 18 digits, from 1e-18 to 1e18"),
            )
            .help(format!("write `{name}: 10`"));
    }
    grid
}

fn ranges(mapping: &mut Mapping<'_, '_>) -> Option<Vec<Decimal>> {
    let items = param::items(mapping, "ranges")?;
    let mut bounds: Vec<Decimal> = Vec::with_capacity(items.len());
    for node in items {
        let bound = param::decimal(node, "ranges", mapping.findings)?;
        if bounds.last().is_some_and(|last| *last >= bound) {
            mapping
                .findings
                .error(
                    codes::NOT_ASCENDING,
                    node.span,
                    "`ranges` must be lower bounds that ascend",
                )
                .help("sort them and name each once");
            return None;
        }
        bounds.push(bound);
    }
    Some(bounds)
}

#[cfg(test)]
#[path = "number_tests.rs"]
mod tests;
