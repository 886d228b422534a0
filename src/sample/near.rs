//! The path that was meant by one that no record has.

use super::found::names;
use crate::record::path::{Selector, Step};
use unicode_normalization::UnicodeNormalization;

/// A path that is there, and in what the other differs from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Near {
    /// The path.
    pub path: Selector,
    /// In what they differ.
    pub by: NearBy,
}

/// In what two paths differ, the least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NearBy {
    /// Capitals alone.
    Case,
    /// Spaces, and what stands between words: `user_id`, `userId`.
    Spaces,
    /// Letters of another script that look the same.
    LookAlike,
    /// An element or every element where the other has none: `items.sku`.
    Elements,
    /// One name where the other has several in each other: `page_url`, `page.url`.
    Steps,
    /// A letter or two.
    Spelling,
    /// What stands above: the same name elsewhere.
    Place,
}

impl NearBy {
    /// One word, for programs.
    pub fn as_str(self) -> &'static str {
        match self {
            NearBy::Case => "case",
            NearBy::Spaces => "spaces",
            NearBy::LookAlike => "look_alike",
            NearBy::Elements => "elements",
            NearBy::Steps => "steps",
            NearBy::Spelling => "spelling",
            NearBy::Place => "place",
        }
    }
}

/// The nearest of `paths` to `wanted`, if one is near; of those equally near the
/// first.
pub fn nearest(wanted: &Selector, paths: impl Iterator<Item = Selector>) -> Option<Near> {
    let mine = Spelled::of(wanted);
    let mut best: Option<((NearBy, usize), Selector)> = None;
    for path in paths {
        let Some(distance) = mine.distance(wanted, &path) else {
            continue;
        };
        if best.as_ref().is_none_or(|(least, _)| distance < *least) {
            best = Some((distance, path));
        }
    }
    best.map(|((by, _), path)| Near { path, by })
}

/// What a path looks like: two that differ in capitals, spaces or letters that look
/// alike have one, and so have elements and what is none.
pub fn skeleton_of(path: &Selector) -> Vec<String> {
    Spelled::of(path).skeleton
}

/// The names of a path, in less and less exact spellings.
struct Spelled {
    lower: Vec<String>,
    plain: Vec<String>,
    skeleton: Vec<String>,
}

impl Spelled {
    fn of(path: &Selector) -> Spelled {
        let lower: Vec<String> = names(path).map(str::to_lowercase).collect();
        let plain: Vec<String> = lower.iter().map(|name| plain(name)).collect();
        Spelled {
            skeleton: plain.iter().map(|name| skeleton(name)).collect(),
            plain,
            lower,
        }
    }

    fn distance(&self, wanted: &Selector, path: &Selector) -> Option<(NearBy, usize)> {
        if path.steps.last() == Some(&Step::AnyName) {
            return None;
        }
        let other = Spelled::of(path);
        let same_elements = elements(wanted) == elements(path);
        if self.lower == other.lower {
            return Some(match same_elements {
                true => (NearBy::Case, 0),
                false => (NearBy::Elements, 0),
            });
        }
        if self.plain == other.plain {
            return Some((NearBy::Spaces, usize::from(!same_elements)));
        }
        if self.skeleton == other.skeleton {
            return Some((NearBy::LookAlike, usize::from(!same_elements)));
        }
        if self.skeleton.len() != other.skeleton.len()
            && self.skeleton.concat() == other.skeleton.concat()
        {
            return Some((NearBy::Steps, usize::from(!same_elements)));
        }
        if let Some(letters) = misspelt(&self.skeleton, &other.skeleton) {
            return Some((NearBy::Spelling, 2 * letters + usize::from(!same_elements)));
        }
        let (mine, theirs) = (self.skeleton.last()?, other.skeleton.last()?);
        let moved = mine == theirs && !mine.is_empty();
        moved.then(|| {
            (
                NearBy::Place,
                self.skeleton.len().abs_diff(other.skeleton.len()),
            )
        })
    }
}

/// Which steps are elements, `[0]` as `[*]`.
fn elements(path: &Selector) -> Vec<bool> {
    let is_element = Step::is_element;
    path.steps.iter().map(is_element).collect()
}

/// Letters in which two paths differ, when they are few in every name.
fn misspelt(a: &[String], b: &[String]) -> Option<usize> {
    if a.len() != b.len() {
        return None;
    }
    let mut letters = 0;
    for (a, b) in a.iter().zip(b) {
        let chars = a.chars().count();
        // A name of 64 KiB is not compared letter by letter.
        if a != b && (chars > 256 || b.len() > 1_024) {
            return None;
        }
        let differ = if a == b {
            0
        } else {
            strsim::osa_distance(a, b)
        };
        if differ
            > match chars {
                0..=2 => 0,
                3..=5 => 1,
                _ => 2,
            }
        {
            return None;
        }
        letters += differ;
    }
    Some(letters)
}

/// Without what stands between words.
fn plain(name: &str) -> String {
    let between = |c: &char| c.is_whitespace() || matches!(c, '_' | '-' | '.') || is_unseen(*c);
    name.chars().filter(|c| !between(c)).collect()
}

/// Characters that nobody sees.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
}

/// What a name looks like: compatibility forms and accents away, letters that look
/// like Latin ones as those. Of Unicode's confusables (UTS 39) the letters that
/// keyboards of other scripts have.
fn skeleton(name: &str) -> String {
    name.nfkd()
        .filter(|c| !unicode_normalization::char::is_combining_mark(*c))
        .map(|c| match c {
            'а' | 'α' => 'a',
            'в' | 'β' => 'b',
            'с' | 'ϲ' => 'c',
            'ԁ' => 'd',
            'е' | 'ε' => 'e',
            'ɡ' => 'g',
            'һ' | 'н' => 'h',
            'і' | 'ι' | 'ı' | '1' | 'l' | '|' => 'i',
            'ј' => 'j',
            'к' | 'κ' => 'k',
            'м' | 'μ' => 'm',
            'η' => 'n',
            'о' | 'ο' | 'σ' | '0' => 'o',
            'р' | 'ρ' => 'p',
            'ԛ' => 'q',
            'ѕ' | '5' => 's',
            'т' | 'τ' => 't',
            'υ' | 'ц' => 'u',
            'ν' | 'ѵ' => 'v',
            'ԝ' | 'ω' => 'w',
            'х' | 'χ' => 'x',
            'у' | 'γ' => 'y',
            'ζ' => 'z',
            c => c,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selector(text: &str) -> Selector {
        crate::policy::selector::selectors(text)
            .expect("a path")
            .remove(0)
    }

    fn near(wanted: &str, paths: &[&str]) -> Option<(String, NearBy)> {
        let near = nearest(&selector(wanted), paths.iter().map(|p| selector(p)))?;
        Some((near.path.to_string(), near.by))
    }

    #[test]
    fn the_least_difference_wins() {
        let paths = [
            "userId",
            "context.ip",
            "traits.email",
            "items[*].sku",
            "properties.revenue",
            "note",
        ];
        for (wanted, found, by) in [
            ("userid", "userId", NearBy::Case),
            ("user_id", "userId", NearBy::Spaces),
            ("'user id'", "userId", NearBy::Spaces),
            ("usеrId", "userId", NearBy::LookAlike),
            ("traits.e-mаil", "traits.email", NearBy::LookAlike),
            ("items.sku", "items[*].sku", NearBy::Elements),
            ("items_sku", "items[*].sku", NearBy::Steps),
            ("traits_email", "traits.email", NearBy::Steps),
            ("user.id", "userId", NearBy::Steps),
            ("properties.revenu", "properties.revenue", NearBy::Spelling),
            ("properties.reveneu", "properties.revenue", NearBy::Spelling),
            ("user.email", "traits.email", NearBy::Place),
            ("ip", "context.ip", NearBy::Place),
        ] {
            assert_eq!(
                near(wanted, &paths),
                Some((found.to_owned(), by)),
                "{wanted}"
            );
        }
        assert_eq!(near("flavour", &paths), None);
        assert_eq!(near("nope", &[]), None);
    }
}
