//! The files of a schema, read: that of the records, and those that it imports.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};

use protox::file::{File, FileResolver};

use super::described::Of;
use super::extent::{NAME_BYTES_MAX, words};
use super::said::{one_line, said};
use super::source::Source;
use super::unusable::Unusable;
use super::{described, imports};

/// Files by the names that they are imported by; each is asked for once.
pub(super) struct Read(RefCell<HashMap<String, File>>);

impl Read {
    /// Reads `main` and what it imports of the `others`, once all of them are known to hold
    /// no more than `words_max` words.
    ///
    /// # Errors
    /// [`Unusable`].
    pub(super) fn of(
        main: Source<'_>,
        others: &[Source<'_>],
        words_max: usize,
    ) -> Result<Read, Unusable> {
        let all = || others.iter().chain([&main]).copied();
        let mut count = 0;
        for file in all() {
            if file.name.len() > NAME_BYTES_MAX {
                return Err(Unusable::LongName("a file".into(), file.name.len()));
            }
            count += match described::bytes(file.text) {
                Some(bytes) => described::as_words(Of::File, &bytes),
                None => words(file)?,
            };
        }
        if count > words_max {
            return Err(Unusable::TooManyWords(count));
        }
        let given: HashMap<&str, Source<'_>> = all().map(|file| (file.name, file)).collect();
        let mut read = HashMap::new();
        let mut open = vec![main.name];
        while let Some(name) = open.pop() {
            let Some(source) = given.get(name).filter(|_| !imports::is_known(name)) else {
                continue;
            };
            if read.contains_key(name) {
                continue;
            }
            let file = file(*source, |error| said(&error, all()))?;
            let imported = &file.file_descriptor_proto().dependency;
            let mut seen = BTreeSet::new();
            for (n, import) in imported.iter().enumerate() {
                let there = given.get_key_value(&**import);
                let at = || imports::place(&file, n);
                match there {
                    None if !imports::is_known(import) => {
                        return Err(Unusable::NoImport(at(), one_line(import)));
                    }
                    _ if !seen.insert(import) => {
                        let import = one_line(import);
                        let twice = format!("{}: the import `{import}` stands twice", at());
                        return Err(Unusable::Unreadable(twice));
                    }
                    None => {}
                    Some((name, _)) => open.push(name),
                }
            }
            read.insert(name.to_owned(), file);
        }
        Ok(Read(RefCell::new(read)))
    }
}

impl FileResolver for Read {
    fn open_file(&self, name: &str) -> Result<File, protox::Error> {
        let file = self.0.borrow_mut().remove(name);
        file.ok_or_else(|| protox::Error::file_not_found(name))
    }
}

/// A file without its text: the compiler would go through the text for the place of each
/// fault, and the descriptor has the places.
fn file(
    Source { name, text }: Source<'_>,
    said: impl Fn(protox::Error) -> Unusable,
) -> Result<File, Unusable> {
    match described::bytes(text) {
        Some(bytes) => {
            let file = described::file(name, bytes).map_err(said)?;
            described::names(file.file_descriptor_proto())?;
            Ok(file)
        }
        None => {
            let file = File::from_source(name, text).map_err(said)?;
            Ok(File::from_file_descriptor_proto(file.into()))
        }
    }
}
