//! Actions that stand inside another one, each for a text that is a part of its
//! value: `url: { query: { plan: { keep: … } } }`.

use std::sync::Arc;

use super::{Action, Aside, Asking, Characters, Cx, Room, Spec, Types, type_of};
use crate::language::written::Node;
use crate::record::escape::escape_into;
use crate::record::ids::ActionId;
use crate::record::time::Time;
use crate::record::value::{Applied, Out, Target, Text, TextForm, View};
use crate::record::{Literal, Reason, literal, overwrite};

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
            IfRefused::Replace(Some(literal)) => format!("replace by {}", literal.as_plain()),
        }
    }

    /// Most bytes of the constant that stands in, in a text.
    pub(super) fn bytes(&self) -> usize {
        match self {
            IfRefused::Replace(Some(literal)) => literal.as_plain().len(),
            _ => 0,
        }
    }

    /// The same as JSON.
    pub(super) fn json_bytes_max(&self) -> usize {
        match self {
            IfRefused::Replace(constant) => literal::json_bytes_max(constant.as_ref()),
            // Nothing is `null`.
            IfRefused::Leave | IfRefused::Refuse => literal::json_bytes_max(None),
        }
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

/// What an action hands on to the one that it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandsOn {
    /// The parts of a text.
    Parts,
    /// A scalar as it stands, or each element of an array.
    Elements,
}

/// Parts that are written as one text, and cannot be told apart again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blurred {
    /// A character of what stands between two of them that stands in what is made of a part.
    pub(crate) shared: char,
    /// It stands in the constant that is written where a part is refused.
    pub(crate) in_constant: bool,
    /// What the policy would write in its place.
    pub(crate) fewer: Option<&'static str>,
}

impl Held {
    /// What it writes of a text besides characters of that text.
    pub(super) fn writes(&self) -> Characters {
        let writes = self.spec.facts().writes;
        match &self.if_refused {
            IfRefused::Replace(Some(literal)) => writes.with(literal.as_plain()),
            _ => writes,
        }
    }

    /// As one that is known by that name.
    pub(super) fn named<'a>(&'a self, name: &'a str) -> Nested<'a> {
        Nested {
            name,
            word: self.word,
            spec: &*self.spec,
        }
    }

    /// The type of the constant that stands where it refuses, if one does.
    pub(super) fn stand_in_type(&self) -> Types {
        match &self.if_refused {
            IfRefused::Replace(stand) => Types::of(type_of(stand.as_ref())),
            IfRefused::Refuse | IfRefused::Leave => Types::NONE,
        }
    }

    /// Made for its place; `action` is what [`Spec::build`] gave.
    pub(super) fn made(&self, action: Box<dyn Action>) -> Inner {
        let (mut as_text, mut as_json) = (None, None);
        match &self.if_refused {
            IfRefused::Refuse | IfRefused::Leave => {}
            IfRefused::Replace(None) => as_json = Some("null".to_owned()),
            IfRefused::Replace(Some(literal)) => {
                as_text = Some(literal.as_plain().to_owned());
                as_json = Some(json_of(literal));
            }
        }
        Inner {
            action,
            refuses: self.if_refused == IfRefused::Refuse,
            as_text,
            as_json,
        }
    }
}

fn json_of(literal: &Literal) -> String {
    let Literal::Text(text) = literal else {
        return literal.as_plain().to_owned();
    };
    let mut json = vec![b'"'];
    escape_into(text, &mut json);
    json.push(b'"');
    String::from_utf8(json).expect("text escaped is text")
}

/// A compiled action that another one holds.
pub(super) struct Inner {
    action: Box<dyn Action>,
    /// What it refuses is refused.
    refuses: bool,
    /// Else what stands there, in a text; `None`: nothing.
    as_text: Option<String>,
    /// The same as JSON.
    as_json: Option<String>,
}

impl Inner {
    /// Itself, without what stands where it refuses.
    pub(super) fn action(&self) -> &dyn Action {
        &*self.action
    }

    /// Itself under that word, and its own parts under theirs.
    pub(super) fn parts_under(&self, word: &str) -> Vec<(String, &dyn Action)> {
        let own = (word.to_owned(), self.action());
        let inner = self.action().parts().into_iter();
        let inner = inner.map(|(part, action)| (format!("{word}.{part}"), action));
        [own].into_iter().chain(inner).collect()
    }

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
        let view = View::Text(Text::new(text, TextForm::Plain));
        match self.run(view, Spelled::AsText, cx, room) {
            Ok(is_written) => Ok(is_written.then(|| written(room))),
            Err(reason) => self.refused(reason),
        }
    }

    /// What it makes of a value, as JSON; `None`: nothing.
    ///
    /// # Errors
    /// As [`Inner::apply`].
    pub(super) fn apply_as_json<'r>(
        &'r self,
        view: View<'_>,
        cx: &mut Cx<'_>,
        room: &'r mut Room,
    ) -> Result<Option<&'r str>, Reason> {
        match self.run(view, Spelled::AsJson, cx, room) {
            Ok(is_written) => Ok(is_written.then(|| written(room))),
            Err(reason) if self.refuses => Err(reason),
            Err(_) => Ok(self.as_json.as_deref()),
        }
    }

    /// What stands where a part is refused.
    ///
    /// # Errors
    /// The reason, where nothing may.
    pub(super) fn refused(&self, reason: Reason) -> Result<Option<&str>, Reason> {
        match self.refuses {
            true => Err(reason),
            false => Ok(self.as_text.as_deref()),
        }
    }

    /// Whether it makes something of a value, which then stands in `room.out`.
    fn run(
        &self,
        view: View<'_>,
        spelled: Spelled,
        cx: &mut Cx<'_>,
        room: &mut Room,
    ) -> Result<bool, Reason> {
        overwrite::cut(&mut room.out, 0);
        std::mem::swap(cx.jobs, &mut room.jobs);
        // Its jobs are its own, whichever action holds it, and if none does.
        let around = std::mem::replace(&mut cx.action, ActionId(0));
        let noted = cx.noted;
        let mut out = PartOut {
            buf: &mut room.out,
            spelled,
            written: Ok(false),
        };
        let applied = self.action.apply(view, &mut out, cx);
        let written = applied.and(out.written);
        if written.is_err() {
            cx.noted = noted;
        }
        cx.action = around;
        std::mem::swap(cx.jobs, &mut room.jobs);
        if written.is_ok() && !room.jobs.is_empty() {
            let (by_action, inputs) = room.jobs.by_action();
            for of_one in by_action {
                self.action.finish(of_one, inputs, &mut room.out, cx.seal);
            }
        }
        room.jobs.clear();
        written
    }
}

/// An action that makes the names of members.
pub struct NameAction(Inner);

impl NameAction {
    /// Whatever it refuses is refused.
    pub(crate) fn new(action: Box<dyn Action>) -> NameAction {
        NameAction(Inner {
            action,
            refuses: true,
            as_text: None,
            as_json: None,
        })
    }

    /// The actions that make a name and parts of it, as [`Action::parts`].
    pub fn parts(&self) -> Vec<(String, &dyn Action)> {
        self.0.parts_under("names")
    }

    /// Appends to `made` what it makes of a name. False: nothing. Its jobs are done at
    /// once: names of one object are compared.
    ///
    /// # Errors
    /// The reason why it refuses.
    pub(crate) fn make(
        &self,
        name: Text<'_>,
        made: &mut Vec<u8>,
        cx: &mut Cx<'_>,
    ) -> Result<bool, Reason> {
        let mut aside = cx.asides.pop().unwrap_or_default();
        let name = name.chars_in(&mut aside.text);
        // Names are no field's, so nothing that is said of them is counted.
        let noted = cx.noted;
        let written = self.0.apply(name, cx, &mut aside.room);
        cx.noted = noted;
        let written = written.map(|name| {
            name.map(|name| made.extend_from_slice(name.as_bytes()))
                .is_some()
        });
        cx.asides.push(aside);
        written
    }

    /// What it asks for, before the batch is walked.
    ///
    /// # Errors
    /// As [`Action::ask`].
    pub(crate) fn ask(&self, name: Text<'_>, asking: &mut Asking<'_>) -> Applied {
        self.0.action.ask(Some(View::Text(name)), asking)
    }
}

fn written(room: &Room) -> &str {
    std::str::from_utf8(&room.out).expect("texts were written")
}

/// How a value is spelled that an action inside another one writes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Spelled {
    /// As a part of a text: scalars as they stand, no quotes; `null` is nothing.
    AsText,
    /// As JSON.
    AsJson,
}

/// Takes what an action inside another one writes.
struct PartOut<'b> {
    buf: &'b mut Vec<u8>,
    spelled: Spelled,
    written: Result<bool, Reason>,
}

impl PartOut<'_> {
    fn append(&mut self, text: &str) {
        self.written = self.written.map(|_| true);
        self.buf.extend_from_slice(text.as_bytes());
    }

    /// A text whose characters those are.
    fn characters(&mut self, text: &str) {
        match self.spelled {
            Spelled::AsText => self.append(text),
            Spelled::AsJson => {
                self.append("\"");
                escape_into(text, self.buf);
                self.append("\"");
            }
        }
    }
}

impl Out for PartOut<'_> {
    fn null(&mut self) {
        if self.spelled == Spelled::AsJson {
            self.append("null");
        }
    }

    fn bool(&mut self, value: bool) {
        self.append(if value { "true" } else { "false" });
    }

    fn number(&mut self, text: &str) {
        self.append(text);
    }

    fn text(&mut self, text: &str) {
        self.characters(text);
    }

    fn ascii(&mut self, text: &[u8]) {
        self.characters(std::str::from_utf8(text).expect("ASCII"));
    }

    fn time(&mut self, time: Time) {
        match time.text_in(&mut String::new()) {
            Ok(text) => self.characters(text),
            Err(reason) => self.written = Err(reason),
        }
    }

    fn bytes(&mut self, _: &[u8]) {
        // A part of a text is text, and JSON has no type for them.
        self.written = Err(Reason::WrongType);
    }

    fn copy(&mut self, view: View<'_>) {
        match view {
            View::Null => self.null(),
            View::Bool(value) => self.bool(value),
            View::Text(text)
                if self.spelled == Spelled::AsJson
                    && matches!(text.form(), TextForm::Json | TextForm::JsonEscaped) =>
            {
                self.append("\"");
                self.append(text.raw());
                self.append("\"");
            }
            View::Text(text) => self.characters(text.chars_in(&mut String::new())),
            View::Number(number) => match number.text_in(&mut String::new()) {
                Ok(text) => self.append(text),
                Err(reason) => self.written = Err(reason),
            },
            View::Time(time) => self.time(time),
            View::Bytes(_) | View::Whole(_) => self.written = Err(Reason::WrongType),
        }
    }

    fn reserve_text(&mut self, len: usize) -> Target {
        let quote = match self.spelled {
            Spelled::AsText => "",
            Spelled::AsJson => "\"",
        };
        self.append(quote);
        let at = u32::try_from(self.buf.len()).expect("a part of a text is short");
        self.buf.resize(self.buf.len() + len, b'0');
        self.append(quote);
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
