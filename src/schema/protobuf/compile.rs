//! Texts of `.proto` files, or a set of descriptors, to a schema: the only place that
//! knows protox and its descriptors.
//!
//! Source: Protocol Buffers Language Specification (proto2, proto3). Editions are not
//! read. Imports are looked for among the files that are given; `google/protobuf/*.proto`
//! and Confluent's `confluent/meta.proto` and `confluent/type/decimal.proto` are known.

mod confluent;
mod converted;
mod described;
mod extent;
mod imports;
mod read;
mod said;
mod source;
mod unusable;

use std::sync::Arc;

use protox::Compiler;
use protox::file::{ChainFileResolver, File, FileResolver, GoogleFileResolver};
use protox::prost_reflect::prost::Message;
use protox::prost_reflect::prost_types::FileDescriptorSet;
use protox::prost_reflect::{DescriptorPool, FileDescriptor, MessageDescriptor};

use converted::{converted, nested};
pub use imports::lacking;
use read::Read;
use said::{one_line, said};
pub use source::{FILES_MAX, Source, TEXT_BYTES_MAX};
pub use unusable::Unusable;

use super::node::Schema;
use crate::schema::frame::MessagePath;

/// Most messages that an error names.
const NAMED_MAX: usize = 8;

/// Which message of a file values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which<'n> {
    /// The only one of the file that is not inside another.
    Only,
    /// The one of that full name.
    Named(&'n str),
    /// The one at those positions: what a frame says.
    At(MessagePath),
}

impl Schema {
    /// The schema of values of one message of `main`, which may import the `others`.
    ///
    /// # Errors
    /// [`Unusable`].
    pub fn compile(
        main: Source<'_>,
        others: &[Source<'_>],
        which: Which<'_>,
    ) -> Result<Schema, Unusable> {
        Schema::compile_within(extent::WORDS_MAX, (main, others), which)
    }

    /// The same of a text that was printed of a schema.
    ///
    /// # Errors
    /// [`Unusable`].
    pub(super) fn read_back(text: &str, message: &str) -> Result<Schema, Unusable> {
        let main = Source {
            name: "derived.proto",
            text,
        };
        Schema::compile_within(extent::OWN_WORDS_MAX, (main, &[]), Which::Named(message))
    }

    fn compile_within(
        words_max: usize,
        (main, others): (Source<'_>, &[Source<'_>]),
        which: Which<'_>,
    ) -> Result<Schema, Unusable> {
        let all = || others.iter().chain([&main]).copied();
        let bytes = all().fold(0, |sum: usize, file| sum.saturating_add(file.text.len()));
        if others.len() >= FILES_MAX {
            return Err(Unusable::TooManyFiles(others.len() + 1));
        }
        if bytes > TEXT_BYTES_MAX {
            return Err(Unusable::TooManyBytes(bytes));
        }
        let or_edition = |unusable: Unusable| match all().find(|file| has_edition(file.text)) {
            Some(file) if matches!(unusable, Unusable::Unreadable(_)) => {
                Unusable::Edition(file.name.into())
            }
            _ => unusable,
        };
        let mut resolver = ChainFileResolver::new();
        resolver.add(GoogleFileResolver::new());
        resolver.add(Confluents);
        resolver.add(Read::of(main, others, words_max).map_err(or_edition)?);
        let mut compiler = Compiler::with_file_resolver(resolver);
        compiler.include_imports(true).include_source_info(true);
        let unreadable = |error: protox::Error| or_edition(said(&error, all()));
        compiler.open_file(main.name).map_err(unreadable)?;
        let pool = compiler.descriptor_pool();
        let file = pool.get_file_by_name(main.name);
        let file = file.ok_or_else(|| Unusable::Unreadable(format!("no file `{}`", main.name)))?;
        of_file(&file, which)
    }

    /// The same of a `FileDescriptorSet`, as `protoc --include_imports -o` writes it. The
    /// file meant is the last one.
    ///
    /// # Errors
    /// [`Unusable`].
    pub fn of_descriptors(bytes: &[u8], which: Which<'_>) -> Result<Schema, Unusable> {
        if bytes.len() > TEXT_BYTES_MAX {
            return Err(Unusable::TooManyBytes(bytes.len()));
        }
        let words = described::as_words(described::Of::Set, bytes);
        if words > extent::WORDS_MAX {
            return Err(Unusable::TooManyWords(words));
        }
        let set = FileDescriptorSet::decode(bytes)
            .map_err(|error| Unusable::Unreadable(one_line(&error.to_string())))?;
        set.file.iter().try_for_each(described::syntax)?;
        set.file.iter().try_for_each(described::names)?;
        let pool = DescriptorPool::decode(bytes)
            .map_err(|error| Unusable::Unreadable(one_line(&error.to_string())))?;
        let file = pool.files().last();
        let file = file.ok_or_else(|| Unusable::Unreadable("it has no file".into()))?;
        of_file(&file, which)
    }
}

/// The schema of a message of the first of those files, which may import the others, or is
/// a set of descriptors (`.desc`). Files have the names that they are imported by.
///
/// # Errors
/// [`Unusable`].
pub fn of_files(files: &[(String, Arc<[u8]>)], message: Option<&str>) -> Result<Schema, Unusable> {
    let which = message.map_or(Which::Only, Which::Named);
    let Some(((name, bytes), others)) = files.split_first() else {
        return Err(Unusable::Unreadable("there is no file".into()));
    };
    if name.ends_with(".desc") {
        return Schema::of_descriptors(bytes, which);
    }
    let main = source(inside(name), bytes)?;
    let others = others.iter().map(|(name, bytes)| source(name, bytes));
    Schema::compile(main, &others.collect::<Result<Vec<_>, _>>()?, which)
}

/// The name of the file meant, which no import path has where it begins at the root or
/// steps up and down folders: its last part then.
fn inside(name: &str) -> &str {
    let mut parts = name.split(['/', '\\']);
    match parts.any(|part| ["", ".", ".."].contains(&part) || part.ends_with(':')) {
        true => name.rsplit(['/', '\\']).next().unwrap_or(name),
        false => name,
    }
}

fn source<'t>(name: &'t str, bytes: &'t [u8]) -> Result<Source<'t>, Unusable> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Source { name, text }),
        Err(_) => Err(Unusable::Unreadable(format!("`{name}` is no text"))),
    }
}

fn of_file(file: &FileDescriptor, which: Which<'_>) -> Result<Schema, Unusable> {
    converted(&message(file, which)?)
}

fn message(file: &FileDescriptor, which: Which<'_>) -> Result<MessageDescriptor, Unusable> {
    let mut top = file.messages();
    match which {
        Which::Only => match (top.len(), top.next()) {
            (1, Some(message)) => Ok(message),
            (count, _) => {
                let first = file.messages().take(NAMED_MAX);
                let first: Vec<_> = first.map(|m| format!("`{}`", m.full_name())).collect();
                let more = if count > NAMED_MAX { ", …" } else { "" };
                let listed = match first.is_empty() {
                    true => String::new(),
                    false => format!(" ({}{more})", first.join(", ")),
                };
                Err(Unusable::NotOne(count, listed))
            }
        },
        Which::Named(name) => {
            let found = file.parent_pool().get_message_by_name(name);
            let found = found.filter(|message| !message.is_map_entry());
            found.ok_or_else(|| Unusable::NoSuchMessage(name.into()))
        }
        Which::At(path) => {
            let (first, inside) = path.steps().split_first().ok_or(Unusable::NoSuchPath)?;
            let mut found = top.nth(*first as usize).ok_or(Unusable::NoSuchPath)?;
            for step in inside {
                let nested = nested(&found).nth(*step as usize);
                found = nested.ok_or(Unusable::NoSuchPath)?;
            }
            Ok(found)
        }
    }
}

/// The files of Confluent.
struct Confluents;

impl FileResolver for Confluents {
    fn open_file(&self, name: &str) -> Result<File, protox::Error> {
        match confluent::FILES.iter().find(|(known, _)| *known == name) {
            Some((name, text)) => File::from_source(name, text),
            None => Err(protox::Error::file_not_found(name)),
        }
    }
}

/// True of a text whose first word, behind comments, is `edition`.
fn has_edition(text: &str) -> bool {
    let mut rest = text.trim_start();
    loop {
        let behind = match rest.strip_prefix("//") {
            Some(comment) => comment.split_once('\n'),
            None => (rest.strip_prefix("/*")).and_then(|comment| comment.split_once("*/")),
        };
        match behind {
            Some((_, behind)) => rest = behind.trim_start(),
            None => break,
        }
    }
    (rest.strip_prefix("edition"))
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_whitespace() || c == '='))
}

#[cfg(test)]
#[path = "compile_tests.rs"]
mod tests;
