//! What is forced into its callers says what that was measured to give: the
//! compiler knows better than a guess.

use super::source::Code;
use super::tree::Files;

const ATTRIBUTE: &str = "#[inline(always)]";
const REASON: &str = "// Forced: ";
const AT_THE_TOP: &str = "// Forced: see the top.";

/// Every attribute without a measured reason directly above it. A reason for
/// several stands once, at the top of their file.
pub fn faults(files: &Files) -> Vec<String> {
    let mut faults = Vec::new();
    for (file, text) in files {
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        let top: Vec<&str> = lines.iter().map_while(|l| l.strip_prefix("//!")).collect();
        let top = top.join(" ");
        let top = top.find("Forced").is_some_and(|at| is_measured(&top[at..]));
        for (at, code) in Code::read(text).text.lines().enumerate() {
            if !code.replace(' ', "").contains(ATTRIBUTE) {
                continue;
            }
            let above = lines[..at].iter().rev();
            let mut said: Vec<&str> = above.copied().take_while(|l| is_comment(l)).collect();
            said.reverse();
            let from = said.iter().position(|l| l.starts_with(REASON));
            let said = from.map(|from| said[from..].join(" "));
            let has_reason = said.is_some_and(|said| match said.as_str() {
                AT_THE_TOP => top,
                said => is_measured(said),
            });
            if !has_reason {
                let line = at + 1;
                faults.push(format!(
                    "src/{file}:{line}: `{ATTRIBUTE}` without its reason: say above it \
                     `{REASON}…` with the instructions that it saves in percent, or take \
                     `#[inline]` (`just bench counts`)"
                ));
            }
        }
    }
    faults
}

fn is_comment(line: &str) -> bool {
    line.starts_with("//") && !line.starts_with("///") && !line.starts_with("//!")
}

/// It holds a number of percent.
fn is_measured(text: &str) -> bool {
    text.match_indices('%').any(|(at, _)| {
        let before = text[..at].trim_end();
        before.ends_with(|c: char| c.is_ascii_digit())
    })
}

fn of(text: &str) -> usize {
    faults(&Files::from([("a.rs".to_owned(), text.to_owned())])).len()
}

#[test]
fn a_reason_has_a_number_and_stands_directly_above() {
    assert_eq!(of("#[inline]\nfn a() {}\n"), 0);
    assert_eq!(of("#[inline(always)]\nfn a() {}\n"), 1);
    assert_eq!(of("/// A.\n#[inline( always )]\nfn a() {}\n"), 1);
    let measured = "// Forced: without, +2.1 % instructions\n// on `keep`.\n#[inline(always)]\n";
    assert_eq!(of(&format!("{measured}fn a() {{}}\n")), 0);
    assert_eq!(
        of(&format!(
            "{measured}fn a() {{}}\n#[inline(always)]\nfn b() {{}}\n"
        )),
        1
    );
    assert_eq!(
        of("// Forced: it is hot.\n#[inline(always)]\nfn a() {}\n"),
        1
    );
    assert_eq!(of("// Forced: +2 %.\n\n#[inline(always)]\nfn a() {}\n"), 1);
    assert_eq!(of("// `#[inline(always)]` is not needed.\nfn a() {}\n"), 0);
}

#[test]
fn a_reason_at_the_top_has_a_number_too() {
    let see = "// Forced: see the top.\n#[inline(always)]\nfn a() {}\n";
    assert_eq!(of(see), 1);
    assert_eq!(of(&format!("//! What is forced here is hot.\n{see}")), 1);
    assert_eq!(of(&format!("//! Forced: +1.5 % without.\n{see}")), 0);
}
