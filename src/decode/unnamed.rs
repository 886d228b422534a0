//! Which members of a record nobody names: a second, unhurried walk over a value
//! that was decoded, for the few records that are looked at so.

use std::ops::ControlFlow;

use super::scan::{blank, byte, string_end};
use crate::plan::Split;
use crate::plan::automaton::{Automaton, DEAD, ROOT, WHOLE};
use crate::record::escape::unescape_into;
use crate::record::tape::Slot;

/// Told where the walk is.
pub(crate) trait Trail {
    /// How deep it is, to come back to.
    type Depth: Copy;

    /// How deep it is now.
    fn depth(&self) -> Self::Depth;

    /// It goes back up to there.
    fn back(&mut self, depth: Self::Depth);

    /// It goes down to the member of that name, unescaped.
    fn member(&mut self, name: &str);

    /// It goes down to an element.
    fn element(&mut self);

    /// Where it is now, nobody names the value, nor anything inside. Whether the
    /// walk goes on.
    fn unnamed(&mut self) -> ControlFlow<()>;
}

/// An object or array whose members somebody may name.
struct Open<P> {
    state: Slot,
    /// Of the next element; `None`: an object.
    position: Option<u32>,
    depth: P,
}

/// What a value was decoded under.
#[derive(Clone, Copy)]
pub(crate) struct Under<'p> {
    automaton: &'p Automaton,
    /// State of a list whose elements are told of as records, which each of them is.
    list: Option<Slot>,
    /// The value is that list.
    is_list: bool,
}

impl<'p> Under<'p> {
    /// A record.
    pub(crate) fn one(automaton: &'p Automaton) -> Self {
        Under {
            automaton,
            list: None,
            is_list: false,
        }
    }

    /// A record that was taken apart.
    pub(crate) fn apart(split: &'p Split) -> Self {
        Under {
            automaton: &split.automaton,
            list: Some(split.list),
            is_list: split.around.is_none(),
        }
    }
}

/// Walks over `value`, which was decoded under that, and tells of each
/// member that the decoder counted as unnamed, in document order. What stands
/// below such a member is passed over.
pub(crate) fn walk<T: Trail>(value: &[u8], under: Under<'_>, trail: &mut T) {
    // Of what was decoded, none of this can fail; if it did, the rest is not told.
    let _ = told(value, under, trail);
}

fn told<T: Trail>(input: &[u8], under: Under<'_>, trail: &mut T) -> Option<()> {
    let Under {
        automaton, list, ..
    } = under;
    let mut unescaped = String::new();
    let mut open = vec![Open {
        state: list.filter(|_| under.is_list).unwrap_or(ROOT),
        position: under.is_list.then_some(0),
        depth: trail.depth(),
    }];
    let mut pos = blank(input, 0) + 1;
    while let Some(around) = open.last_mut() {
        pos = blank(input, pos);
        match byte(input, pos) {
            b',' => pos += 1,
            b'}' | b']' => {
                pos += 1;
                open.pop();
            }
            _ => {
                trail.back(around.depth);
                let child = match &mut around.position {
                    Some(position) => {
                        if Some(around.state) != list {
                            trail.element();
                        }
                        let child = automaton.element(around.state, *position);
                        *position += 1;
                        child
                    }
                    None => {
                        let (end, escaped) = string_end(input, pos + 1)?;
                        let name = input.get(pos as usize + 1..end as usize)?;
                        let mut name = std::str::from_utf8(name).ok()?;
                        if escaped {
                            unescaped.clear();
                            unescape_into(name, &mut unescaped);
                            name = &unescaped;
                        }
                        trail.member(name);
                        pos = blank(input, end + 1) + 1;
                        let child = automaton.member(around.state, name.as_bytes());
                        if child == DEAD && trail.unnamed().is_break() {
                            return None;
                        }
                        child
                    }
                };
                pos = blank(input, pos);
                let position = match byte(input, pos) {
                    b'{' if child > WHOLE => None,
                    b'[' if child > WHOLE => Some(0),
                    _ => {
                        pos = behind(input, pos)?;
                        continue;
                    }
                };
                open.push(Open {
                    state: child,
                    position,
                    depth: trail.depth(),
                });
                pos += 1;
            }
        }
    }
    Some(())
}

/// The place behind the value at `pos`.
fn behind(input: &[u8], mut pos: u32) -> Option<u32> {
    let mut depth = 0_u32;
    loop {
        match byte(input, pos) {
            b'"' => pos = string_end(input, pos + 1)?.0 + 1,
            b'{' | b'[' => {
                depth += 1;
                pos += 1;
            }
            b'}' | b']' => {
                depth = depth.checked_sub(1)?;
                pos += 1;
            }
            // Numbers and literals, and what stands between values.
            _ => {
                let rest = input.get(pos as usize..)?;
                let ends = |b: &u8| matches!(b, b'"' | b'{' | b'[' | b'}' | b']' | b',');
                let len = rest.iter().position(ends)?;
                pos += u32::try_from(len).ok()?;
                if byte(input, pos) == b',' && depth > 0 {
                    pos += 1;
                }
            }
        }
        if depth == 0 {
            return Some(pos);
        }
    }
}

#[cfg(test)]
#[path = "unnamed_tests.rs"]
mod tests;
