//! A number with discrete Laplace or Gaussian noise.

use std::fmt::Write as _;

use super::mechanism::{Mechanism, Source};
use super::parameters::{Budget, GAUSSIAN, LAPLACE, gcd, range, rough};
use crate::action::{Action, Cx, Dial, Gives, Growth, Setting, Site, Type, param};
use crate::canon::{canonical_number, raw};
use crate::language::mapping::Mapping;
use crate::record::decimal::Decimal;
use crate::record::value::{Applied, Out, View};
use crate::record::{Nothing, Reason};

/// Most steps of a range.
const LAPLACE_STEPS: i128 = 1 << 40;
const GAUSSIAN_STEPS: i128 = 1_000_000;
/// Most of the Gaussian's variance parameter, in steps.
const VARIANCE_MAX: u128 = 1 << 40;
/// Most digits behind the point of `bottom`, `top` and `step`, and what their digits
/// come to.
const PLACES_MAX: i64 = 12;
const UNITS_MAX: i128 = 1_000_000_000_000_000;

/// The range of a number and the noise that is added.
#[derive(Clone)]
pub(super) struct Scale {
    budget: Budget,
    /// Digits behind the point; all that follow are counted in units of the last.
    places: u32,
    bottom: i128,
    step: i128,
    /// Steps from `bottom` to `top`.
    steps: u64,
    /// Steps that ε is of, where that is not the whole range.
    per: Option<(u64, Decimal)>,
    is_laplace: bool,
    clamp: bool,
    draw: Draw,
}

/// The parameters of the sampler, in steps.
#[derive(Clone, Copy)]
enum Draw {
    /// Of scale `t`/`s`.
    Laplace(u64, u64),
    /// Of variance `a`/`b`.
    Gaussian(u64, u64),
}

impl Scale {
    /// `laplace: {...}` or `gaussian: {...}`, with `per` and `clamp`.
    pub(super) fn parse(mapping: &mut Mapping<'_, '_>, kind: &str) -> Option<Scale> {
        let is_laplace = kind == "laplace";
        let clamp = mapping.boolean("clamp").unwrap_or(false);
        if !is_laplace {
            let why = "the Gaussian's ρ is of the whole range";
            param::not_together(mapping, "gaussian", "per", why);
        }
        let per_node = mapping.node("per");
        let per = match per_node {
            Some(node) => Some(param::decimal(node, "per", mapping.findings)?),
            None => None,
        };
        let node = mapping.node(kind)?;
        let shape = if is_laplace { &LAPLACE } else { &GAUSSIAN };
        let mut inside = Mapping::open(node, shape, mapping.findings)?;
        let budget = match is_laplace {
            true => Budget::parse(&mut inside, "epsilon", 6),
            false => Budget::parse(&mut inside, "rho", 3),
        };
        let mut number = |word| {
            let node = inside.node(word)?;
            param::decimal(node, word, inside.findings)
        };
        let (bottom, top, step) = (number("bottom"), number("top"), number("step"));
        let (budget, bottom, top, step) = (budget?, bottom?, top?, step?);
        let all = [Some(bottom), Some(top), Some(step), per];
        let behind = all.iter().flatten().map(|n| -n.exponent()).max();
        let places = behind.unwrap_or(0).max(0);
        let units = |number: &Decimal| {
            let units = number.floored(places)?;
            (units.abs() <= UNITS_MAX).then_some(units)
        };
        let most = if is_laplace {
            LAPLACE_STEPS
        } else {
            GAUSSIAN_STEPS
        };
        let read = (places <= PLACES_MAX)
            .then(|| Some((units(&bottom)?, units(&top)?, units(&step)?)))
            .flatten();
        let whole = read.filter(|(bottom, top, step)| {
            *step > 0 && top > bottom && (top - bottom) % step == 0 && (top - bottom) / step <= most
        });
        let Some((bottom, top, step)) = whole else {
            range(
                &mut inside,
                node.span,
                &format!(
                    "`top` must be 1 to {most} whole steps above `bottom`, in numbers of at most 15 digits, 12 of them behind the point"
                ),
                "write for instance `bottom: 0, top: 100, step: 5`",
            );
            return None;
        };
        let steps = u64::try_from((top - bottom) / step).ok()?;
        let per = match (per, per_node) {
            (Some(per), Some(node)) => {
                let apart = units(&per)
                    .filter(|n| *n > 0 && n % step == 0)
                    .map(|n| n / step);
                let apart = apart.and_then(|n| u64::try_from(n).ok());
                let Some(apart) = apart.filter(|n| *n < steps) else {
                    range(
                        mapping,
                        node.span,
                        "`per` must be whole steps, and less than from `bottom` to `top`",
                        "without `per`, `epsilon` is that of any two values",
                    );
                    return None;
                };
                Some((apart, per))
            }
            _ => None,
        };
        let draw = match is_laplace {
            true => {
                let apart = per.map_or(steps, |(apart, _)| apart);
                let common = gcd(apart, budget.n);
                Draw::Laplace(apart / common * budget.d, budget.n / common)
            }
            false => {
                // R² / 2ρ.
                let squared = u128::from(steps) * u128::from(steps) * u128::from(budget.d);
                let double = 2 * budget.n;
                let common = gcd((squared % u128::from(double)) as u64, double);
                let (a, b) = (squared / u128::from(common), double / common);
                let Some(a) = u64::try_from(a)
                    .ok()
                    .filter(|a| u128::from(*a) / u128::from(b) < VARIANCE_MAX)
                else {
                    range(
                        mapping,
                        node.span,
                        "the noise would be wider than a million steps",
                        "write a larger `rho`, or a larger `step`",
                    );
                    return None;
                };
                Draw::Gaussian(a, b)
            }
        };
        Some(Scale {
            budget,
            places: u32::try_from(places).ok()?,
            bottom,
            step,
            steps,
            per,
            is_laplace,
            clamp,
            draw,
        })
    }

    /// The variance of the noise, in steps; for people.
    fn variance(&self) -> f64 {
        match self.draw {
            Draw::Laplace(t, s) => {
                let q = (-(s as f64) / t as f64).exp();
                2.0 * q / (1.0 - q).powi(2)
            }
            Draw::Gaussian(a, b) => a as f64 / b as f64,
        }
    }

    /// The step that a number is nearest to, within the range.
    fn place(&self, number: &Decimal) -> i128 {
        // ⌊10 x⌋ in units, from which ⌊2 x⌋ follows.
        let tenfold = number.floored(i64::from(self.places) + 1);
        let steps = i128::from(self.steps);
        let Some(tenfold) = tenfold else {
            return if number.is_negative() { 0 } else { steps };
        };
        let double = tenfold.div_euclid(5);
        let place = (double - 2 * self.bottom + self.step).div_euclid(2 * self.step);
        place.clamp(0, steps)
    }

    /// The number of so many steps, in plain digits.
    fn number(&self, steps: i128, text: &mut String) {
        let units = self.bottom + self.step * steps;
        let one = 10_u128.pow(self.places);
        let (whole, fraction) = (units.unsigned_abs() / one, units.unsigned_abs() % one);
        text.clear();
        let sign = if units < 0 { "-" } else { "" };
        let width = self.places as usize;
        let written = match fraction {
            0 => write!(text, "{sign}{whole}"),
            _ => write!(text, "{sign}{whole}.{fraction:0width$}"),
        };
        written.expect("writing to a string cannot fail");
        if fraction > 0 {
            text.truncate(text.trim_end_matches('0').len());
        }
    }

    fn written(&self, steps: u64) -> String {
        let mut text = String::new();
        self.number(i128::from(steps), &mut text);
        text
    }

    fn step_written(&self) -> String {
        let mut text = String::new();
        let alone = Scale {
            bottom: 0,
            ..self.clone()
        };
        alone.number(1, &mut text);
        text
    }
}

impl Mechanism for Scale {
    fn id(&self) -> String {
        let kind = if self.is_laplace { "dlap" } else { "dgauss" };
        let canonical_of =
            |text: String| Decimal::read(&text).map_or(text, |n| canonical_number(&n));
        let mut id = format!(
            "{kind}:{}:{}:{}:{}",
            canonical_of(self.steps.to_string()),
            canonical_number(&self.budget.number),
            canonical_of(self.written(0)),
            canonical_of(self.step_written()),
        );
        if let Some((_, per)) = &self.per {
            id.push_str(":per:");
            id.push_str(&canonical_number(per));
        }
        id
    }

    fn is_clear(&self) -> bool {
        // Nine answers of ten are the value itself.
        match self.draw {
            Draw::Laplace(t, s) => {
                let q = (-(s as f64) / t as f64).exp();
                (1.0 - q) / (1.0 + q) > 0.9
            }
            Draw::Gaussian(a, b) => {
                1.0 / (1.0 + 2.0 * (-(b as f64) / (2.0 * a as f64)).exp()) > 0.9
            }
        }
    }

    fn values(&self) -> Option<usize> {
        None
    }

    fn dials(&self) -> Vec<Dial> {
        let choice = |word, at: String| Dial::new(word, Setting::Choice(at));
        let kind = if self.is_laplace {
            "laplace"
        } else {
            "gaussian"
        };
        let per = self
            .per
            .map_or(String::new(), |(_, per)| canonical_number(&per));
        let millionths = self.budget.n * (1_000_000 / self.budget.d);
        vec![
            choice(
                kind,
                format!(
                    "{} {} {}",
                    self.written(0),
                    self.written(self.steps),
                    self.step_written()
                ),
            ),
            Dial::new(
                if self.is_laplace { "epsilon" } else { "rho" },
                Setting::Amount(Some(millionths)),
            ),
            choice("per", per),
            choice("clamp", self.clamp.to_string()),
        ]
    }

    fn is_bounded(&self) -> bool {
        false
    }

    fn gives(&self, from: Type) -> Option<Gives> {
        match from {
            Type::Null => Gives::one(Type::Null),
            Type::Text => Gives::NOTHING,
            Type::Integer | Type::Number if self.places == 0 => Gives::one(Type::Integer),
            Type::Integer | Type::Number => Gives::one(Type::Number),
            _ => None,
        }
    }

    fn grows(&self) -> Growth {
        // A sign, 39 digits and a point.
        Growth::by(42)
    }

    fn says(&self, spent: &str) -> String {
        let step = self.step_written();
        let wide: f64 = step.parse().unwrap_or(f64::NAN);
        let (bottom, top) = (self.written(0), self.written(self.steps));
        let budget = param::digits(&self.budget.number);
        let what = match (self.is_laplace, &self.per) {
            (true, None) => {
                format!("discrete Laplace noise, ε = {budget} for any two values of the range")
            }
            (true, Some((_, per))) => format!(
                "discrete Laplace noise, ε = {budget} for two values {} apart and in proportion for others (metric privacy: not an ε over the range)",
                param::digits(per)
            ),
            (false, _) => format!(
                "discrete Gaussian noise, ρ = {budget} (zCDP) for any two values of the range"
            ),
        };
        let mean = match self.clamp {
            true => "answers beyond the range are cut to it, so their mean is biased",
            false => {
                "the mean of the answers to different persons or values estimates that of the cut and rounded values without bias"
            }
        };
        format!(
            "the value, cut to {bottom} to {top}, rounded to steps of {step}, with {what}, {spent}; noise of variance {}; {mean}",
            rough(self.variance() * wide * wide)
        )
    }

    fn build(&self, site: &Site<'_>, source: Source) -> Box<dyn Action> {
        Box::new(Made {
            scale: self.clone(),
            source,
            nothing: site.nothing.clone(),
        })
    }
}

struct Made {
    scale: Scale,
    source: Source,
    nothing: Nothing,
}

impl Action for Made {
    fn apply(&self, view: View<'_>, out: &mut dyn Out, cx: &mut Cx<'_>) -> Applied {
        let number = match view {
            View::Null => {
                out.null();
                return Ok(());
            }
            View::Text(text) if self.nothing.is(text.chars_in(cx.text).as_bytes()) => return Ok(()),
            View::Number(number) => Decimal::read(number.text_in(cx.text)?),
            _ => return Err(Reason::WrongType),
        };
        let number = number.ok_or(Reason::NumberOutOfRange)?;
        let place = self.scale.place(&number);
        self.scale.number(place, cx.text);
        cx.bytes.clear();
        raw::number(cx.text, cx.bytes)?;
        let mut draws = self.source.draws(cx)?;
        let noise = match self.scale.draw {
            Draw::Laplace(t, s) => draws.laplace(t, s),
            Draw::Gaussian(a, b) => draws.gaussian(a, b),
        };
        let mut answer = place + noise;
        if self.scale.clamp {
            answer = answer.clamp(0, self.scale.steps.into());
        }
        self.scale.number(answer, cx.text);
        out.number(cx.text);
        Ok(())
    }
}
