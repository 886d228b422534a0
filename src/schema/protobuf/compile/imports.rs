//! The files that others import.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use protox::file::{File, FileResolver, GoogleFileResolver};

use super::{TEXT_BYTES_MAX, confluent, nesting};

/// The names that those files import others by, which are neither among them nor known
/// anyway, each once. Of a file that cannot be read, or a set of descriptors, none.
pub fn lacking(files: &[(String, Arc<[u8]>)]) -> Vec<String> {
    let given: HashSet<&str> = files.iter().map(|(name, _)| &**name).collect();
    let google = GoogleFileResolver::new();
    let is_known = |name: &str| {
        let ours = confluent::FILES.iter().any(|(known, _)| *known == name);
        ours || google.open_file(name).is_ok()
    };
    let mut found = BTreeSet::new();
    for (name, bytes) in files {
        let text = std::str::from_utf8(bytes).ok();
        let text = text.filter(|text| text.len() <= TEXT_BYTES_MAX && !nesting::is_too_deep(text));
        let Some(Ok(file)) = text.map(|text| File::from_source(name, text)) else {
            continue;
        };
        let imports = file.file_descriptor_proto().dependency.iter();
        let new = imports.filter(|import| !given.contains(import.as_str()) && !is_known(import));
        found.extend(new.cloned());
    }
    found.into_iter().collect()
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
