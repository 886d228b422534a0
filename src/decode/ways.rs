//! What is read of lists whose elements are told apart, and of the JSON in texts: looked
//! for on the tape, once all of the record was read.

use crate::plan::ReadId;
use crate::plan::automaton::Automaton;
use crate::plan::way::Way;
use crate::record::Reason;
use crate::record::format::{JsonText, Reader};
use crate::record::path::{Filter, Step};
use crate::record::tape::{Document, Entry, Kind, Tape};
use crate::record::value::View;

/// What a way leads to: the values, in the order of the record, or why a text on the way
/// to one could not be read.
pub(super) struct Found {
    read: ReadId,
    places: Vec<u32>,
    unreadable: Option<Reason>,
}

/// Looks for it in a record that was read under `automaton`.
pub(super) fn find<R: Reader>(
    way: &Way,
    automaton: &Automaton,
    document: &Document<'_, R>,
) -> Found {
    let mut search = Search {
        automaton,
        characters: String::new(),
        found: Vec::new(),
        unreadable: None,
    };
    search.look(document, 0, &way.steps);
    Found {
        read: way.read,
        places: search.found,
        unreadable: search.unreadable,
    }
}

impl Found {
    /// Sets the read on the tape that it was found on.
    pub(super) fn set(self, tape: &mut Tape) {
        let read = self.read;
        let mut found = self.places.into_iter();
        let first = found.next();
        tape.reads[usize::from(read)] = first.unwrap_or(Tape::ABSENT);
        tape.more.extend(found.map(|at| (read, at)));
        let reason = self.unreadable.filter(|_| first.is_none());
        tape.unreadable.extend(reason.map(|reason| (read, reason)));
    }
}

struct Search<'p> {
    automaton: &'p Automaton,
    /// Of a value that decides, where escapes spell them.
    characters: String,
    found: Vec<u32>,
    unreadable: Option<Reason>,
}

impl Search<'_> {
    fn look<R: Reader>(&mut self, document: &Document<'_, R>, at: u32, steps: &[Step]) {
        let tape = document.tape;
        let entry = &tape.entries[at as usize];
        let Some((step, rest)) = steps.split_first() else {
            self.found.push(at);
            return;
        };
        match (step, entry.kind) {
            (Step::Name(name), Kind::Object) => {
                if let Some(at) = self.member(document, at, name) {
                    self.look(document, at, rest);
                }
            }
            (Step::Element(n), Kind::Array) => {
                let array = R::state(document.input, entry.slot);
                let state = self.automaton.element(array, *n);
                let is_it = |slot| R::state(document.input, slot) == state;
                let element = children(tape, at).find(|(_, entry)| is_it(entry.slot));
                if let Some((at, _)) = element {
                    self.look(document, at, rest);
                }
            }
            (Step::Filter(filter), Kind::Array) => {
                for (at, _) in children(tape, at) {
                    if self.is_chosen(document, at, filter) {
                        self.look(document, at, rest);
                    }
                }
            }
            (Step::Json, Kind::Null) => {}
            (Step::Json, Kind::Text) => {
                // Of what is empty, or a word for nothing, there is nothing.
                if let Some(opened) = tape.opened(at) {
                    match opened.refused {
                        None => self.look::<JsonText>(&tape.inside(opened), opened.root, rest),
                        Some(reason) => self.unreadable = Some(reason),
                    }
                }
            }
            (Step::Json, _) => self.unreadable = Some(Reason::WrongType),
            _ => {}
        }
    }

    fn member<R: Reader>(
        &self,
        document: &Document<'_, R>,
        object: u32,
        name: &str,
    ) -> Option<u32> {
        let state = |slot| R::state(document.input, slot);
        let around = state(document.tape.entries[object as usize].slot);
        let wanted = self.automaton.member(around, name.as_bytes());
        let mut members = children(document.tape, object);
        let found = members.find(|(_, entry)| state(entry.slot) == wanted);
        found.map(|(at, _)| at)
    }

    /// True when the element holds what the filter asks for.
    fn is_chosen<R: Reader>(
        &mut self,
        document: &Document<'_, R>,
        at: u32,
        filter: &Filter,
    ) -> bool {
        let tape = document.tape;
        let decides = filter.path.iter().try_fold(at, |at, name| {
            let is_object = tape.entries[at as usize].kind == Kind::Object;
            self.member(document, at, name).filter(|_| is_object)
        });
        let Some(decides) = decides else {
            return false;
        };
        match document.view(&tape.entries[decides as usize]) {
            View::Text(text) => filter.is.is_text(text.chars_in(&mut self.characters)),
            View::Number(number) => {
                let spelled = number.text_in(&mut self.characters);
                spelled.is_ok_and(|spelled| filter.is.is_number(spelled))
            }
            View::Bool(value) => filter.is.is_bool(value),
            View::Null | View::Time(_) | View::Bytes(_) | View::Whole(_) => false,
        }
    }
}

/// The children of a container, in order, with their places.
fn children(tape: &Tape, parent: u32) -> impl Iterator<Item = (u32, &Entry)> {
    let end = tape.entries[parent as usize].next;
    let next = move |at: &u32| Some(tape.entries[*at as usize].next).filter(|at| *at < end);
    let first = Some(parent + 1).filter(|at| *at < end);
    std::iter::successors(first, next).map(|at| (at, &tape.entries[at as usize]))
}
