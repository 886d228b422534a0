//! The generated reference pages are up to date; `VEIL_UPDATE=1` writes them.

use std::path::Path;

use veilstream::policy::reference::{findings_page, policy_page};

fn up_to_date(name: &str, page: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("docs/reference")
        .join(name);
    if std::env::var_os("VEIL_UPDATE").is_some() {
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("docs/reference");
        std::fs::write(&path, page).expect("the page can be written");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == page,
        "docs/reference/{name} is stale: run VEIL_UPDATE=1 cargo test --test it"
    );
}

#[test]
fn policy_words() {
    up_to_date("policy.md", &policy_page());
}

#[test]
fn findings() {
    up_to_date("findings.md", &findings_page());
}
