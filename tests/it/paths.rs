//! The files and folders that the documents name are there.

use std::fs;
use std::path::{Path, PathBuf};

/// The folders that a path in a document may begin with.
const FOLDERS: &[&str] = &[
    ".ci/", "benches/", "config/", "deploy/", "docs/", "fuzz/", "src/", "tests/",
];

#[test]
fn every_path_in_the_documents_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut documents: Vec<PathBuf> = Vec::new();
    let mut folders = vec![root.join("docs")];
    while let Some(folder) = folders.pop() {
        for path in listed(&folder) {
            if path.is_dir() {
                folders.push(path);
            } else {
                documents.push(path);
            }
        }
    }
    documents.extend(listed(root));
    documents.retain(|path| path.extension().is_some_and(|end| end == "md"));
    let (mut gone, mut found) = (Vec::new(), 0);
    for document in documents {
        let text = fs::read_to_string(&document).expect("documents are text");
        let folder = document.parent().expect("it lies in a folder");
        let places = code_spans(&text)
            .map(|path| root.join(path))
            .chain(links(&text).map(|path| folder.join(path)));
        for place in places {
            found += 1;
            if !place.exists() {
                gone.push(format!("{}: {}", document.display(), place.display()));
            }
        }
    }
    assert!(gone.is_empty(), "{}", gone.join("\n"));
    assert!(found > 40, "only {found} paths were found");
}

fn listed(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder)
        .expect("the folder can be listed")
        .map(|entry| entry.expect("it can be listed").path())
        .collect()
}

/// What stands between single backquotes and begins like a path; up to a part
/// that stands for any (`NAME`, `*`).
fn code_spans(text: &str) -> impl Iterator<Item = String> {
    // Every second part lies in a fenced block, which is no prose.
    text.split("```")
        .step_by(2)
        .flat_map(|prose| prose.split('`').skip(1).step_by(2))
        .filter(|span| FOLDERS.iter().any(|folder| span.starts_with(folder)))
        .filter_map(|span| span.split_whitespace().next())
        .map(|path| {
            let any =
                |part: &&str| part.contains('*') || part.bytes().any(|b| b.is_ascii_uppercase());
            let fixed = |part: &&str| !any(part) || part.ends_with(".md");
            path.split('/')
                .take_while(fixed)
                .collect::<Vec<_>>()
                .join("/")
        })
}

/// The targets of links that lie in the repository.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](")
        .skip(1)
        .filter_map(|rest| rest.split([')', '#']).next())
        .filter(|target| !target.is_empty() && !target.contains("://"))
}

#[test]
fn spans_and_links_are_read() {
    let text = "`src/gone.rs`\n```sh\ncat src/`x\n```\n[a](b/c.md#d) `tests/golden/CASE/` \
        [e](https://f) `docs/A.md`";
    let spans: Vec<String> = code_spans(text).collect();
    assert_eq!(spans, ["src/gone.rs", "tests/golden", "docs/A.md"]);
    assert_eq!(links(text).collect::<Vec<_>>(), ["b/c.md"]);
}
