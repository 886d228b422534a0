//! `docs/reference/actions.md`, made from the list of actions.

use std::fmt::Write as _;

use super::reference::taken;
use crate::action::{ACTIONS, ActionDef, Example};
use crate::language::shape::{Takes, Word};

const HEAD: &str = "# Actions

<!-- Generated from the list of actions; `VEIL_UPDATE=1 cargo test` writes it anew. -->

What may stand behind a field of an output: a bare word where the action has one (`keep`, `drop`, or a name of `actions:`), or a mapping with exactly one action and, beside it, `on_error`. A value that an action does not take is never passed and never emptied: the record is quarantined with the reason named here, or the field alone is dropped under `on_error: drop_field`. A field that is absent from the event stays absent.

Examples run with every test of this project. They are written for the output path `field` in the domain `analytics`; keys are the fixed test keys of `veil test`.
";

#[test]
fn the_page_is_up_to_date() {
    crate::pages::compare("docs/reference/actions.md", &page());
}

fn page() -> String {
    let mut page = HEAD.to_owned();
    page.push_str("\n| action | what it does | ISO/IEC 20889 | reversible |\n|---|---|---|---|\n");
    for def in ACTIONS {
        row(
            &mut page,
            &[
                &format!("[`{0}`](#{0})", def.name),
                def.summary,
                def.iso.as_str(),
                def.reversible,
            ],
        );
    }
    for def in ACTIONS {
        section(&mut page, def);
    }
    page
}

fn section(page: &mut String, def: &ActionDef) {
    let name = def.name;
    write!(page, "\n## {name}\n\n{}\n\n{}\n", def.summary, def.doc).expect("a string takes it");
    let built: Vec<&Word> = def.shape.words.iter().filter(|w| w.built).collect();
    if built.is_empty() {
        page.push_str("\nNo parameters.\n");
    } else {
        page.push_str("\n| parameter | takes | default | meaning |\n|---|---|---|---|\n");
        for (word, of) in built.into_iter().flat_map(with_inside) {
            let default = match (word.required, word.default) {
                (true, _) => "required".to_owned(),
                (false, "") => String::new(),
                (false, default) => format!("`{default}`"),
            };
            row(
                page,
                &[
                    &format!("`{of}{}`", word.name),
                    &taken(word),
                    &default,
                    word.doc,
                ],
            );
        }
    }
    let later: Vec<String> = def
        .shape
        .words
        .iter()
        .filter(|w| !w.built)
        .map(|w| format!("`{}`", w.name))
        .collect();
    if !later.is_empty() {
        writeln!(
            page,
            "\nKnown to the language, not in this version: {}.",
            later.join(", ")
        )
        .expect("a string takes it");
    }
    page.push_str("\n| policy | in | out |\n|---|---|---|\n");
    for Example {
        policy,
        input,
        output,
    } in def.examples
    {
        let out = output.map_or_else(|| "absent".to_owned(), |o| format!("`{o}`"));
        row(page, &[&format!("`{policy}`"), &format!("`{input}`"), &out]);
    }
    writeln!(
        page,
        "\n**What it leaks.** {}\n\n**ISO/IEC 20889.** {}. **Reversible.** {}.",
        def.leaks,
        capital(def.iso.as_str()),
        capital(def.reversible)
    )
    .expect("a string takes it");
}

/// A word, then those of the mapping behind it, each with what stands before its name.
fn with_inside(word: &'static Word) -> Vec<(&'static Word, String)> {
    let mut words = vec![(word, String::new())];
    if let Takes::Object(shape) = word.takes {
        let inside = shape.words.iter().filter(|w| w.built);
        words.extend(inside.map(|w| (w, format!("{}.", word.name))));
    }
    words
}

fn row(page: &mut String, cells: &[&str]) {
    for cell in cells {
        write!(page, "| {} ", cell.replace('|', "\\|")).expect("a string takes it");
    }
    page.push_str("|\n");
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .map(|c| c.to_uppercase().chain(chars).collect())
        .unwrap_or_default()
}
