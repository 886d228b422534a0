//! Actions that stand inside another one, each for a text that is a part of its
//! value: `url: { query: { plan: { keep: … } } }`.

use std::sync::Arc;

use super::{Action, Aside, Cx, Room, Spec};
use crate::language::written::Node;
use crate::record::time::Time;
use crate::record::value::{Applied, Out, Target, Text, TextForm, View};
use crate::record::{Literal, Reason};

/// A field value that the policy writes inside the parameters of an action.
#[derive(Clone, Copy)]
pub struct Inside<'a> {
    /// As the policy writes it.
    pub(crate) node: &'a Node,
}

/// An action that was read inside another one.
pub struct Held {
    /// Its word.
    pub(crate) word: &'static str,
    /// Its parameters.
    pub(crate) spec: Arc<dyn Spec>,
    /// What becomes of a part that it refuses.
    pub(crate) if_refused: IfRefused,
}

/// What becomes of a part that its action refuses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum IfRefused {
    /// The whole value is refused.
    #[default]
    Refuse,
    /// The part alone is missing.
    Leave,
    /// That constant stands in its place; `None` is nothing.
    Replace(Option<Literal>),
}

impl IfRefused {
    /// In one word or two, so that two policies can be compared.
    pub(super) fn said(&self) -> String {
        match self {
            IfRefused::Refuse => "quarantine".to_owned(),
            IfRefused::Leave => "drop_field".to_owned(),
            IfRefused::Replace(None) => "replace by nothing".to_owned(),
            IfRefused::Replace(Some(literal)) => format!("replace by {}", text_of(literal)),
        }
    }

    /// Most bytes of the constant that stands in.
    pub(super) fn bytes(&self) -> usize {
        match self {
            IfRefused::Replace(Some(literal)) => text_of(literal).len(),
            _ => 0,
        }
    }
}

fn text_of(literal: &Literal) -> String {
    match literal {
        Literal::Bool(value) => value.to_string(),
        Literal::Number(text) | Literal::Text(text) => text.clone(),
    }
}

/// An action that another one holds.
#[derive(Clone, Copy)]
pub struct Nested<'a> {
    /// By which it is known again in another policy.
    pub(crate) name: &'a str,
    /// Its word.
    pub(crate) word: &'static str,
    /// Its parameters.
    pub(crate) spec: &'a dyn Spec,
}

impl Held {
    /// As one that is known by that name.
    pub(super) fn named<'a>(&'a self, name: &'a str) -> Nested<'a> {
        Nested {
            name,
            word: self.word,
            spec: &*self.spec,
        }
    }

    /// Made for its place; `action` is what [`Spec::build`] gave.
    pub(super) fn made(&self, action: Box<dyn Action>) -> Inner {
        let stand_in = match &self.if_refused {
            IfRefused::Refuse => None,
            IfRefused::Leave | IfRefused::Replace(None) => Some(String::new()),
            IfRefused::Replace(Some(literal)) => Some(text_of(literal)),
        };
        Inner {
            action,
            leaves_nothing: !matches!(self.if_refused, IfRefused::Replace(Some(_))),
            stand_in,
        }
    }
}

/// A compiled action that another one holds.
pub(super) struct Inner {
    action: Box<dyn Action>,
    /// What stands where it refuses; `None`: the refusal is handed on.
    stand_in: Option<String>,
    /// Nothing stands there.
    leaves_nothing: bool,
}

impl Inner {
    /// What it makes of a text; `None`: nothing. Its jobs are done at once: the
    /// action around it needs the text.
    ///
    /// # Errors
    /// The reason why it refuses, where nothing may stand in.
    pub(super) fn apply<'r>(
        &'r self,
        text: &str,
        cx: &mut Cx<'_>,
        room: &'r mut Room,
    ) -> Result<Option<&'r str>, Reason> {
        room.out.clear();
        std::mem::swap(cx.jobs, &mut room.jobs);
        let mut out = PartOut {
            buf: &mut room.out,
            written: Ok(false),
        };
        let view = View::Text(Text::new(text, TextForm::Plain));
        let applied = self.action.apply(view, &mut out, cx);
        let written = applied.and(out.written);
        std::mem::swap(cx.jobs, &mut room.jobs);
        if written.is_ok() && !room.jobs.is_empty() {
            let (by_action, inputs) = room.jobs.by_action();
            for of_one in by_action {
                self.action.finish(of_one, inputs, &mut room.out, cx.seal);
            }
        }
        room.jobs.clear();
        match written {
            Ok(true) => Ok(Some(
                std::str::from_utf8(&room.out).expect("texts were written"),
            )),
            Ok(false) => Ok(None),
            Err(reason) => self.refused(reason),
        }
    }

    /// What stands where a part is refused.
    ///
    /// # Errors
    /// The reason, where nothing may.
    pub(super) fn refused(&self, reason: Reason) -> Result<Option<&str>, Reason> {
        match &self.stand_in {
            None => Err(reason),
            Some(_) if self.leaves_nothing => Ok(None),
            Some(constant) => Ok(Some(constant)),
        }
    }
}

/// Takes a part of a text: scalars as they stand, no quotes; `null` is nothing.
struct PartOut<'b> {
    buf: &'b mut Vec<u8>,
    written: Result<bool, Reason>,
}

impl PartOut<'_> {
    fn append(&mut self, text: &str) {
        self.written = self.written.map(|_| true);
        self.buf.extend_from_slice(text.as_bytes());
    }
}

impl Out for PartOut<'_> {
    fn null(&mut self) {}

    fn bool(&mut self, value: bool) {
        self.append(if value { "true" } else { "false" });
    }

    fn number(&mut self, text: &str) {
        self.append(text);
    }

    fn text(&mut self, text: &str) {
        self.append(text);
    }

    fn ascii(&mut self, text: &[u8]) {
        self.append(std::str::from_utf8(text).expect("ASCII"));
    }

    fn time(&mut self, time: Time) {
        match time.text_in(&mut String::new()) {
            Ok(text) => self.append(text),
            Err(reason) => self.written = Err(reason),
        }
    }

    fn bytes(&mut self, _: &[u8]) {
        // A part of a text is text.
        self.written = Err(Reason::WrongType);
    }

    fn copy(&mut self, view: View<'_>) {
        match view {
            View::Null => {}
            View::Bool(value) => self.bool(value),
            View::Text(text) => self.append(text.chars_in(&mut String::new())),
            View::Number(number) => match number.text_in(&mut String::new()) {
                Ok(text) => self.append(text),
                Err(reason) => self.written = Err(reason),
            },
            View::Time(time) => self.time(time),
            View::Bytes(_) | View::Whole(_) => self.written = Err(Reason::WrongType),
        }
    }

    fn reserve_text(&mut self, len: usize) -> Target {
        self.written = self.written.map(|_| true);
        let at = u32::try_from(self.buf.len()).expect("a part of a text is short");
        self.buf.resize(self.buf.len() + len, b'0');
        let len = u32::try_from(len).expect("a part of a text is short");
        Target { at, len }
    }
}

/// Reads what stands inside an action and hands it over; `read` says what a field
/// value comes to. `None`: one of them holds a mistake, which is reported.
pub(crate) fn hold(
    spec: &mut Box<dyn Spec>,
    mut read: impl FnMut(&Node) -> Option<Held>,
) -> Option<()> {
    let nodes: Vec<Node> = spec.inside().iter().map(|i| i.node.clone()).collect();
    if nodes.is_empty() {
        return Some(());
    }
    let held: Vec<Option<Held>> = nodes.iter().map(&mut read).collect();
    spec.hold(held.into_iter().collect::<Option<Vec<Held>>>()?);
    Some(())
}

/// What `apply` of an action that works aside does: the next free room, which is
/// given back whatever comes of it.
pub(super) fn aside(
    cx: &mut Cx<'_>,
    work: impl FnOnce(&mut Cx<'_>, &mut Aside) -> Applied,
) -> Applied {
    let mut aside = cx.asides.pop().unwrap_or_default();
    let worked = work(cx, &mut aside);
    cx.asides.push(aside);
    worked
}
