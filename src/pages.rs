//! Generated pages of `docs/reference/`: tests compare them with what the
//! source says, or rewrite them when `VEIL_UPDATE=1` is set.
#![expect(clippy::disallowed_methods, reason = "a test asks its environment")]

use std::path::Path;

/// Compares the page at `path`, from the top of the repository, with `text`.
pub(crate) fn compare(path: &str, text: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("VEIL_UPDATE").is_some_and(|v| v == "1") {
        let folder = file.parent().expect("a page lies in a folder");
        std::fs::create_dir_all(folder).expect("the folder of the pages can be made");
        std::fs::write(&file, text).expect("the page can be written");
        return;
    }
    let found = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        found == text,
        "{path} is not what the source says; run the tests with VEIL_UPDATE=1 and commit the page"
    );
}
