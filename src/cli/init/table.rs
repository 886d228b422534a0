//! What a draft proposes, in a table; and what to do next.

use super::super::screen::{Tone, one_line, paint};
use std::path::Path;
use veilstream::draft::{Draft, Proposal};
use veilstream::sample::Profile;

/// Widest column, in characters; longer names are cut.
const WIDTH_MAX: usize = 44;

/// Path, category, confidence and action of each field, and the sums.
pub fn text(draft: &Draft, profile: &Profile) -> String {
    let rows: Vec<[String; 4]> = draft.fields.iter().map(row).collect();
    let head = ["field", "category", "sure", "proposed"].map(str::to_owned);
    let width = |column: usize| {
        let all = rows.iter().chain([&head]);
        all.map(|row| row[column].chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths = [width(0), width(1), width(2)];
    let line = |row: &[String; 4]| {
        let [path, category, sure, action] = row;
        format!(
            "{path:<a$}  {category:<b$}  {sure:>c$}  {action}",
            a = widths[0],
            b = widths[1],
            c = widths[2]
        )
    };
    let mut text = format!("{}\n", paint(Tone::Strong, &line(&head)));
    for (row, field) in rows.iter().zip(&draft.fields) {
        let line = line(row);
        text.push_str(&match field.leaves() {
            true => line,
            false => paint(Tone::Faint, &line),
        });
        text.push('\n');
    }
    let leave = draft.fields.iter().filter(|f| f.leaves()).count();
    let listed = draft.fields.len();
    text.push_str(&format!(
        "{} record(s) read; of {listed} field(s) {leave} leave, {} are left out\n",
        profile.records(),
        listed - leave
    ));
    if draft.unlisted > 0 {
        text.push_str(&format!(
            "{} more field(s) are not listed: they do not leave\n",
            draft.unlisted
        ));
    }
    if profile.overflow() > 0 {
        text.push_str(&format!(
            "{} value(s) stood at more paths than are kept apart: they do not leave\n",
            profile.overflow()
        ));
    }
    for (reason, count) in profile.refused() {
        text.push_str(&format!(
            "{count} record(s) would be quarantined: {reason}\n"
        ));
    }
    text
}

fn row(field: &Proposal) -> [String; 4] {
    let judged = &field.judgement;
    let sure = match judged.category {
        Some(_) => format!("{} %", judged.confidence),
        None => String::new(),
    };
    let action = match field.leaves() {
        true => plain(field.action()),
        false => format!("left out: {}", field.why()),
    };
    [
        cut(&field.written),
        judged.category.unwrap_or("–").to_owned(),
        sure,
        action,
    ]
}

/// An action without the braces around it, and without what all of them have.
fn plain(action: &str) -> String {
    let inside = action.strip_prefix("{ ").and_then(|a| a.strip_suffix(" }"));
    let inside = inside.unwrap_or(action);
    inside
        .replace("key: people, ", "")
        .replace(", epoch: none", "")
}

/// The end of a path that is too long for a column: there it differs from its siblings.
fn cut(text: &str) -> String {
    let chars = text.chars().count();
    match chars > WIDTH_MAX {
        true => ['…']
            .into_iter()
            .chain(text.chars().skip(chars + 1 - WIDTH_MAX))
            .collect(),
        false => text.to_owned(),
    }
}

/// The keyring beside a draft, as a command names it.
pub(super) fn keyring(policy: Option<&Path>) -> String {
    let folder = policy
        .and_then(Path::parent)
        .filter(|p| !p.as_os_str().is_empty());
    match folder {
        Some(folder) => quoted(&one_line(folder.join("keyring.json").display())),
        None => "keyring.json".to_owned(),
    }
}

/// The commands that follow.
pub fn next(draft: &Draft, policy: Option<&Path>, sample: Option<&Path>) -> String {
    let shown = |path: Option<&Path>, otherwise: &str| {
        path.map_or_else(|| otherwise.to_owned(), |p| quoted(&one_line(p.display())))
    };
    let keyring = keyring(policy);
    let sample = match sample {
        Some(path) if path != Path::new("-") => shown(Some(path), ""),
        _ => "EVENTS".to_owned(),
    };
    let policy = shown(policy, "policy.yaml");
    // What the sample says against the draft, refusals first of all.
    let on = match &*sample {
        "EVENTS" => String::new(),
        sample => format!(" --on {sample}"),
    };
    format!(
        "\nnext, read the draft; then:\n  \
         veil keys new --keyring {keyring} {}\n  \
         veil check {policy}{on} && veil test {policy}\n  \
         veil apply -p {policy} {sample} | head\n",
        draft.keys.join(" ")
    )
}

/// As a shell takes it, on one line.
fn quoted(path: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-+:@".contains(c);
    match !path.is_empty() && path.chars().all(plain) {
        true => path.to_owned(),
        false => {
            let shown: String = path
                .chars()
                .map(|c| if c.is_control() { '?' } else { c })
                .collect();
            format!("'{}'", shown.replace('\'', "'\\''"))
        }
    }
}
