//! The conditions of one output become tests and programs: which values are looked
//! at, each question once.

use std::sync::Arc;

use super::Paths;
use super::reached::reached;
use crate::language::codes;
use crate::language::finding::{Findings, Span};
use crate::plan::automaton::Built;
use crate::plan::condition::{
    Conditions, Guard, Of, Op, Program, TESTS_MAX, Test as Compiled, When,
};
use crate::plan::{ReadId, RecordKeyFrom};
use crate::policy::check::condition::{Condition, Test};
use crate::policy::check::model::Value;
use crate::policy::selector::PlaceName;
use crate::record::path::{Selector, Step};

/// Conditions of an output, before the automaton is made.
#[derive(Default)]
pub(crate) struct Making {
    /// At most [`TESTS_MAX`], each once.
    tests: Vec<(At, Arc<Test>)>,
    whens: Vec<When>,
    selects: Option<Program>,
    /// More were written than an output can hold, and that was said.
    is_full: bool,
}

/// Where the value stands that a test looks at.
#[derive(PartialEq)]
enum At {
    /// In the record, wherever the field is.
    Record(RecordKeyFrom),
    /// Below the element of the field that stands so many steps below the top.
    Element(usize, Selector),
}

/// What conditions are made with.
pub(crate) struct With<'w> {
    /// Selectors into the value.
    pub(crate) paths: &'w mut Paths,
    /// Selectors into a JSON record key.
    pub(crate) key_paths: &'w mut Paths,
    /// Where what is wrong goes.
    pub(crate) findings: &'w mut Findings,
    /// The topic of the output.
    pub(crate) topic: &'w str,
}

impl Making {
    /// The condition that selects records.
    pub(crate) fn selects(&mut self, condition: &Condition, with: &mut With<'_>) {
        let program = self.program(condition, &[], with);
        self.selects = Some(program);
    }

    /// The cases of a `when` for a field at `path`, from the top. Returns its number.
    pub(crate) fn when(
        &mut self,
        cases: &[Condition],
        path: &Selector,
        span: Span,
        with: &mut With<'_>,
    ) -> u16 {
        let programs = cases.iter().map(|c| self.program(c, &path.steps, with));
        let when = When(programs.collect());
        self.whens.push(when);
        u16::try_from(self.whens.len() - 1).unwrap_or_else(|_| {
            too_large(span, "more than 65,536 fields with `when`", with);
            0
        })
    }

    fn program(&mut self, of: &Condition, field: &[Step], with: &mut With<'_>) -> Program {
        let mut ops = Vec::new();
        self.add(of, field, &mut ops, with);
        Program(ops.into())
    }

    fn add(&mut self, of: &Condition, field: &[Step], ops: &mut Vec<Op>, with: &mut With<'_>) {
        let (each, joins): (_, fn(u16) -> Op) = match of {
            Condition::Test(test) => {
                ops.push(Op::Test(self.test(test, field, with)));
                return;
            }
            Condition::Not(of) => {
                ops.push(Op::Not);
                self.add(of, field, ops, with);
                return;
            }
            Condition::All(each) => (each, Op::All),
            Condition::Any(each) => (each, Op::Any),
        };
        let at = ops.len();
        ops.push(joins(0));
        for one in each {
            self.add(one, field, ops, with);
        }
        let len = u16::try_from(ops.len() - at - 1);
        ops[at] = joins(len.expect("the tests of a condition are capped"));
    }

    /// The number of a test; equal ones have one.
    fn test(&mut self, test: &Arc<Test>, field: &[Step], with: &mut With<'_>) -> u8 {
        let Some(at) = place(test, field, with) else {
            return 0;
        };
        let known = self.tests.iter();
        let mut known = known.map(|(other, of)| *other == at && of.says == test.says);
        let number = known.position(|same| same).unwrap_or_else(|| {
            if self.tests.len() == TESTS_MAX {
                if !self.is_full {
                    self.is_full = true;
                    too_large(test.span, "more than 64 tests in one output", with);
                }
                return 0;
            }
            self.tests.push((at, Arc::clone(test)));
            self.tests.len() - 1
        });
        u8::try_from(number).expect("at most 64 tests")
    }

    /// Everything, with the states of the automaton. `None`: nothing is asked.
    pub(crate) fn finish(self, built: &Built, paths: &Paths) -> Option<Box<Conditions>> {
        if self.whens.is_empty() && self.selects.is_none() {
            return None;
        }
        let of_fields = self.whens.iter().flat_map(|when| &when.0);
        let asked = of_fields.flat_map(|program| &program.0);
        let asked = asked.fold(0, |bits, op| match op {
            Op::Test(n) => bits | 1 << n,
            Op::Not | Op::All(_) | Op::Any(_) => bits,
        });
        let mut of_record = 0;
        let mut tests = Vec::with_capacity(self.tests.len());
        for (n, (at, test)) in self.tests.into_iter().enumerate() {
            let of = match at {
                At::Record(from) => {
                    of_record |= asked & 1 << n;
                    Of::Record(from)
                }
                At::Element(depth, path) => {
                    let ends = depth + 1..=path.steps.len();
                    let hops = ends.map(|end| {
                        let steps = &path.steps[..end];
                        let states = reached(&built.automaton, steps, &paths.positions);
                        states.into_iter().collect()
                    });
                    // What is lifted lies in one container less.
                    let around = depth - usize::from(paths.is_lifted(&path));
                    Of::Element(around, hops.collect())
                }
            };
            let asks = test.asks.clone();
            tests.push(Compiled { of, asks });
        }
        Some(Box::new(Conditions {
            tests: tests.into(),
            of_record,
            whens: self.whens.into(),
            selects: self.selects,
        }))
    }
}

/// The guard of a field value, in its `when` of that number.
pub(crate) fn guard(value: &Value, when: Option<u16>) -> Option<Guard> {
    let case = value.guard.as_ref()?.case;
    Some(Guard {
        when: when?,
        case: u16::try_from(case).expect("cases are capped"),
    })
}

/// Where the value of a test stands; `None`: in several places, and that is reported.
fn place(test: &Test, field: &[Step], with: &mut With<'_>) -> Option<At> {
    let read = |path: &Selector, paths: &mut Paths| -> ReadId { paths.read(path) };
    Some(At::Record(match &test.of {
        PlaceName::RecordKey => RecordKeyFrom::RecordKey,
        PlaceName::RecordKeyPath(path) => RecordKeyFrom::RecordKeyValue(read(path, with.key_paths)),
        PlaceName::Header(name) => RecordKeyFrom::Header(name.clone()),
        PlaceName::Value(path) if !path.steps.contains(&Step::AnyElement) => {
            RecordKeyFrom::Value(read(path, with.paths))
        }
        PlaceName::Value(path) if field.contains(&Step::Json) => {
            with.findings
                .error(
                    codes::BAD_CONDITION,
                    test.span,
                    format!("`{path}` asks an element of a list around a text that is opened"),
                )
                .why("in this version what is in a text is not asked of the list around it")
                .help("ask a value outside of lists, or one element: `items[0].kind`")
                .output(with.topic);
            return None;
        }
        PlaceName::Value(path) => {
            let shared = path.steps.iter().zip(field);
            let shared = shared.take_while(|(a, b)| a == b).count();
            let last = path.steps.iter().rposition(|s| *s == Step::AnyElement)?;
            if last >= shared {
                several(path, field, test.span, with);
                return None;
            }
            with.paths.add(path);
            return Some(At::Element(last + 1, path.clone()));
        }
    }))
}

fn several(path: &Selector, field: &[Step], span: Span, with: &mut With<'_>) {
    let named = Selector {
        steps: field.to_vec(),
    };
    let message = format!("`{path}` names several values, and a condition asks one");
    let error = with.findings.error(codes::ASKS_SEVERAL, span, message);
    match field.is_empty() {
        true => error
            .why("a record is selected whole, whatever its lists hold")
            .help("ask a value outside of lists, or one element: `items[0].kind`"),
        false => error
            .why(format!("`{named}` lies in no element that would say which one is meant"))
            .help("ask a value of the element that the field lies in, one outside of lists, or one element: `items[0].kind`")
            .field(named.to_string()),
    }
    .output(with.topic);
}

fn too_large(span: Span, message: &str, with: &mut With<'_>) {
    with.findings
        .error(codes::TOO_LARGE, span, message)
        .help("split the output, or say several values as a list: `PATH: [a, b, c]`")
        .output(with.topic);
}
