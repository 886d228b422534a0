//! Numbers on a line of steps, or in bands that lie in one another.

use std::sync::Arc;

use super::kind::{Ends, Kind, no_domain};
use crate::action::{Cx, Dial, NotBuilt, Setting, Site, Type, param};
use crate::anonymity::quasi::line::Line;
use crate::anonymity::quasi::{Domain, EndSpelling, Scale, Steps};
use crate::language::codes;
use crate::language::mapping::Mapping;
use crate::language::shape::{Shape, Takes, word};
use crate::record::Reason;
use crate::record::decimal::Decimal;
use crate::record::is_json_number;
use crate::record::value::{Applied, Out, View};

pub(super) const SHAPE: Shape = Shape {
    name: "number",
    words: &[
        word(
            "step",
            Takes::Number,
            "Classes end on multiples of it from `bottom`, of any width.",
        ),
        word(
            "steps",
            Takes::List(&Takes::Number),
            "Classes are bands of these widths and no others, the narrowest first, each a multiple of the one before it.",
        ),
        word(
            "bottom",
            Takes::Number,
            "What is below it is one class at the end.",
        )
        .required(),
        word(
            "top",
            Takes::Number,
            "What is at or above it is one class at the end.",
        )
        .required(),
    ],
};

/// Which classes of numbers there are.
#[derive(Clone)]
pub(super) struct Rule {
    domain: Arc<Domain>,
    /// Of bands.
    bands: Option<Arc<Steps>>,
    steps: Vec<Decimal>,
    bottom: Decimal,
    top: Decimal,
}

impl Rule {
    pub(super) fn parse(mapping: &mut Mapping<'_, '_>) -> Option<Rule> {
        let node = mapping.node("number")?;
        let mut inside = Mapping::open(node, &SHAPE, mapping.findings)?;
        let mut number = |name: &'static str| {
            let node = inside.node(name)?;
            param::decimal(node, name, inside.findings)
        };
        let (step, bottom, top) = (number("step"), number("bottom"), number("top"));
        let items = inside.items("steps");
        let bands: Vec<_> = items
            .iter()
            .map(|item| param::decimal(item, "steps", inside.findings))
            .collect();
        let bands = bands.into_iter().collect::<Option<Vec<_>>>()?;
        if inside.has("step") == inside.has("steps") {
            inside
                .findings
                .error(
                    codes::CHOOSE_ONE,
                    inside.span,
                    "`number` takes one of `step` and `steps`",
                )
                .help("write `step: 5` for classes of any width, `steps: [5, 10, 50]` for bands that are the same in every release");
            return None;
        }
        let (bottom, top) = (bottom?, top?);
        let made = match &step {
            Some(step) => Line::of_steps(step, &bottom, &top)
                .map(|line| (Domain::Closed(Scale::Line(line)), None)),
            None => Steps::new(&bands, &bottom, &top)
                .map(|(steps, tree)| (Domain::Closed(Scale::Tree(tree)), Some(Arc::new(steps)))),
        };
        match made {
            Ok((domain, bands_of)) => Some(Rule {
                domain: Arc::new(domain),
                bands: bands_of,
                steps: step.map_or(bands, |step| vec![step]),
                bottom,
                top,
            }),
            Err(why) => {
                let span = inside.span;
                no_domain(
                    why,
                    span,
                    mapping,
                    "write `number: { step: 5, bottom: 15, top: 90 }`",
                );
                None
            }
        }
    }

    fn code(&self, number: &Decimal) -> u32 {
        match (&self.bands, &*self.domain) {
            (Some(bands), _) => bands.code(number),
            (None, Domain::Closed(Scale::Line(line))) => line.code(number),
            _ => unreachable!("numbers lie on a line or in bands"),
        }
    }
}

impl Kind for Rule {
    fn dials(&self) -> Vec<Dial> {
        let steps: Vec<String> = self.steps.iter().map(param::digits).collect();
        let word = if self.bands.is_some() {
            "steps"
        } else {
            "step"
        };
        vec![
            Dial::new(
                "number",
                Setting::Choice(format!("{word}: {}", steps.join(", "))),
            ),
            Dial::new("bottom", Setting::Floor(Some(self.bottom))),
            Dial::new("top", Setting::Cap(Some(self.top))),
        ]
    }

    fn takes(&self, from: Type) -> bool {
        matches!(from, Type::Integer | Type::Number | Type::Text)
    }

    fn says(&self) -> String {
        let steps: Vec<String> = self.steps.iter().map(param::digits).collect();
        let (bottom, top) = (param::digits(&self.bottom), param::digits(&self.top));
        match self.bands {
            Some(_) => format!("bands of {} from {bottom} to {top}", steps.join(", ")),
            None => format!("ranges on multiples of {} from {bottom} to {top}", steps[0]),
        }
    }

    fn ends(&self) -> Option<Ends> {
        let mut all = self.steps.iter().chain([&self.bottom, &self.top]);
        Some(Ends {
            spelling: EndSpelling::Number,
            of: match all.all(|number| number.exponent() >= 0) {
                true => Type::Integer,
                false => Type::Number,
            },
        })
    }

    fn for_site(&self, _site: &Site<'_>) -> Result<(Rule, Arc<Domain>), NotBuilt> {
        Ok((self.clone(), Arc::clone(&self.domain)))
    }

    fn leaf(&self, scalar: View<'_>, out: &mut dyn Out, cx: &mut Cx<'_>) -> Applied {
        let text = match scalar {
            View::Number(number) => number.text_in(cx.text)?,
            View::Text(text) => text.chars_in(cx.text),
            _ => return Err(Reason::WrongType),
        };
        if !is_json_number(text) {
            return Err(Reason::WrongType);
        }
        let number = Decimal::read(text).ok_or(Reason::NumberOutOfRange)?;
        write_code(self.code(&number), out, cx);
        Ok(())
    }
}

/// Writes the code of a leaf.
pub(super) fn write_code(code: u32, out: &mut dyn Out, cx: &mut Cx<'_>) {
    use std::fmt::Write as _;
    cx.text.clear();
    write!(cx.text, "{code}").expect("writing to memory cannot fail");
    out.number(cx.text);
}
