//! The files that others import.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use protox::file::{File, FileResolver, GoogleFileResolver};

use super::confluent;
use super::extent::{WORDS_MAX, words};
use super::source::{Source, TEXT_BYTES_MAX};

/// The names that those files import others by, which are neither among them nor known
/// anyway, each once. Of a file that cannot be read, or a set of descriptors, none.
pub fn lacking(files: &[(String, Arc<[u8]>)]) -> Vec<String> {
    let given: HashSet<&str> = files.iter().map(|(name, _)| &**name).collect();
    let mut found = BTreeSet::new();
    for (name, bytes) in files {
        let text = std::str::from_utf8(bytes).ok();
        let text = text.filter(|text| text.len() <= TEXT_BYTES_MAX);
        let few = |text: &&str| words(Source { name, text }).is_ok_and(|count| count <= WORDS_MAX);
        let Some(Ok(file)) = text.filter(few).map(|text| File::from_source(name, text)) else {
            continue;
        };
        let imports = file.file_descriptor_proto().dependency.iter();
        let new = imports.filter(|import| !given.contains(import.as_str()) && !is_known(import));
        found.extend(new.cloned());
    }
    found.into_iter().collect()
}

/// True of a file that nobody needs to give.
pub(super) fn is_known(name: &str) -> bool {
    let ours = confluent::FILES.iter().any(|(known, _)| *known == name);
    ours || GoogleFileResolver::new().open_file(name).is_ok()
}

/// Where a file imports its `n`-th, as `name:line:column`; of a descriptor its name.
pub(super) fn place(file: &File, n: usize) -> String {
    const IMPORTS: i32 = 3;
    let written = file.file_descriptor_proto();
    let info = written.source_code_info.as_ref();
    let mut locations = info.iter().flat_map(|info| &info.location);
    let is_it = |path: &[i32]| *path == [IMPORTS, i32::try_from(n).unwrap_or(i32::MAX)];
    match locations.find(|at| is_it(&at.path)).map(|at| &at.span[..]) {
        Some([line, column, ..]) => format!("{}:{}:{}", file.name(), line + 1, column + 1),
        _ => file.name().to_owned(),
    }
}
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_or_known_is_not_lacking() {
        let file = |name: &str, text: &str| (name.to_owned(), Arc::from(text.as_bytes()));
        let main = "syntax = \"proto3\"; import \"google/protobuf/any.proto\"; \
                    import \"confluent/meta.proto\"; import public \"a/b.proto\"; import \"c.proto\";";
        let main = file("main.proto", main);
        assert_eq!(
            lacking(std::slice::from_ref(&main)),
            ["a/b.proto", "c.proto"]
        );
        let b = file(
            "a/b.proto",
            "syntax = \"proto2\"; import \"d.proto\"; import \"main.proto\";",
        );
        assert_eq!(lacking(&[main, b]), ["c.proto", "d.proto"]);
        assert_eq!(
            lacking(&[file("x.desc", "\0\0"), file("y.proto", "messag")]),
            [""; 0]
        );
    }
}
