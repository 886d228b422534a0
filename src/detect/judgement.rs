//! Name and values together: what a member holds, and how sure that is.

use super::list::{COUNT, DETECTORS, place_of};
use super::name::{self, Tokens};
use super::name_rules::Takes;
use crate::categories::{is_at_or_below, is_direct};

/// How many values of each kind a member had.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kinds {
    /// Texts.
    pub texts: u64,
    /// Numbers without a fraction.
    pub integers: u64,
    /// Numbers with a fraction or an exponent.
    pub fractions: u64,
    /// Booleans.
    pub booleans: u64,
}

impl Kinds {
    /// Texts and numbers: what detectors look at.
    pub fn looked_at(&self) -> u64 {
        self.texts + self.integers + self.fractions
    }
}

/// What is known of the values of a member.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    /// How many there were of which kind.
    pub kinds: Kinds,
    /// How many passed each of [`DETECTORS`].
    pub hits: &'a [u64; COUNT],
}

/// What a member holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// A key of fideslang; `None`: nothing personal was recognized, which proves
    /// nothing.
    pub category: Option<&'static str>,
    /// How sure, percent.
    pub confidence: u8,
    /// Nearly all values look like this: a place in [`DETECTORS`].
    pub form: Option<usize>,
    /// The name spoke for the category.
    pub by_name: bool,
    /// The values spoke for it.
    pub by_value: bool,
    /// Only some of the values look so: the member holds several things.
    pub is_mixed: bool,
    /// Some of the values are addresses with a query, which can carry anything.
    pub has_queries: bool,
}

impl Judgement {
    /// True when what it holds names one person, device or account by itself.
    pub fn is_direct(&self) -> bool {
        self.category.is_some_and(is_direct)
    }

    /// True when some value by itself names or reaches a person, or may hold what
    /// does: a direct identifier, text that somebody wrote, an address with a query, a
    /// picture, a precise place.
    pub fn identifies(&self) -> bool {
        const HOLDS: &[&str] = &["user.content", "user.location.precise", "user.social"];
        let category = self.category.unwrap_or("");
        let holds = HOLDS.iter().any(|above| is_at_or_below(category, above));
        self.is_direct() || self.has_queries || holds
    }

    /// The name of the form that nearly all values have.
    pub fn form_name(&self) -> Option<&'static str> {
        self.form.map(|at| DETECTORS[at].name)
    }
}

/// Shares of all values, percent: nearly all, and so many that it is no accident.
const NEARLY_ALL: u64 = 90;
const MANY: u64 = 40;

/// Judges a member by the names that lead to it, array steps left out, and by its
/// values.
///
/// Where both speak, and of the same category, they strengthen each other. Where
/// they differ, values of a form with a check of its own win over the name. A few
/// values that identify somebody are enough to say so: a miss is a leak.
pub fn judge(names: &[Tokens], evidence: &Evidence<'_>) -> Judgement {
    let looked_at = evidence.kinds.looked_at();
    // Versions of four numbers look like addresses.
    let is_version = names.last().is_some_and(|last| last.end_with("version"));
    let ip = place_of("ip_address").filter(|_| is_version);
    let hits = |at: usize| match ip == Some(at) {
        true => 0,
        false => evidence.hits[at],
    };
    let share = |at: usize| hits(at) * 100 / looked_at.max(1);
    let named = name::rule(names).filter(|rule| goes_with(rule.takes, evidence));
    let form = (0..COUNT)
        .filter(|at| hits(*at) > 0 && share(*at) >= NEARLY_ALL)
        .max_by_key(|at| (DETECTORS[*at].confidence, std::cmp::Reverse(*at)));
    let by_name = named.and_then(|rule| Some((rule.category?, rule.confidence)));
    let value = |at: usize| Some((DETECTORS[at].category?, DETECTORS[at].confidence));
    let by_value = form.and_then(value);
    let mut judged = Judgement {
        category: None,
        confidence: 0,
        form,
        by_name: false,
        by_value: false,
        is_mixed: false,
        has_queries: place_of("url_query").is_some_and(|at| evidence.hits[at] > 0),
    };
    match (by_name, by_value) {
        (Some((name, sure)), Some((value, also))) if name == value => {
            judged = judged.of(name, sure.max(also).max(99), true, true);
        }
        // `contact: jane@example.com`, `userId: jane@example.com`.
        (Some((name, sure)), Some((value, also))) => {
            let value_wins = also > sure && (is_direct(value) || !is_direct(name));
            judged = match value_wins {
                true => judged.of(value, also, false, true),
                false => judged.of(name, sure, true, false),
            };
        }
        (Some((name, sure)), None) => {
            let sure = match agrees(name, form.map(|at| DETECTORS[at].name)) {
                true => sure.saturating_add(5).min(99),
                false => sure,
            };
            judged = judged.of(name, sure, true, false);
        }
        // The name of something else, `page.name`, silences what speaks softly.
        (None, Some((value, also))) if named.is_none() || also >= 80 => {
            judged = judged.of(value, also, false, true);
        }
        (None, _) => {}
    }
    if !judged.is_direct()
        && let Some(at) = identifying(hits, looked_at, form)
    {
        judged = judged.of(
            DETECTORS[at].category.unwrap_or_default(),
            u8::try_from(share(at).clamp(10, MANY)).unwrap_or(10) + 40,
            false,
            true,
        );
        judged.is_mixed = true;
    }
    judged
}

/// A detector of something that identifies, which some of the values pass: `hits` by
/// detector.
fn identifying(hits: impl Fn(usize) -> u64, looked_at: u64, form: Option<usize>) -> Option<usize> {
    // Forms that other things have by accident need more than one value in ten.
    let accidental = ["phone", "cookie_id", "card"];
    let passed = |at: &usize| {
        let detector = &DETECTORS[*at];
        let enough = match accidental.contains(&detector.name) {
            true => hits(*at) * 10 >= looked_at,
            false => true,
        };
        Some(*at) != form && hits(*at) > 0 && enough && detector.category.is_some_and(is_direct)
    };
    (0..COUNT).filter(passed).max_by_key(|at| hits(*at))
}

/// True when the values are of a kind that a name goes with.
fn goes_with(takes: Takes, evidence: &Evidence<'_>) -> bool {
    let Kinds {
        texts,
        integers,
        fractions,
        booleans,
    } = evidence.kinds;
    let none = texts + integers + fractions + booleans == 0;
    let some = |names: &[&str]| {
        let hits = names.iter().filter_map(|name| place_of(name));
        hits.map(|at| evidence.hits[at]).max().unwrap_or(0)
    };
    none || match takes {
        Takes::Any => texts + integers + fractions > 0,
        Takes::Text => texts > 0,
        Takes::Number => integers + fractions > 0 || 2 * some(&["decimal_text"]) >= texts.max(1),
        // `born: true`, `birthday: 17`.
        Takes::Time => texts > 0 || integers > 0,
    }
}

/// True when values have the form that their category has.
fn agrees(category: &str, form: Option<&str>) -> bool {
    let Some(form) = form else { return false };
    match category {
        "user.unique_id" | "user.device.cookie_id" | "user.device.device_id" => {
            matches!(form, "uuid" | "opaque_id" | "cookie_id")
        }
        "user.contact.address.country" => form == "country_code",
        "user.demographic.language" => form == "language_tag",
        "user.demographic.date_of_birth" => matches!(form, "date" | "time"),
        "user.location.precise" => form == "coordinate",
        "user.behavior.browsing_history" => form == "url",
        "user.content" => form == "free_text",
        _ => false,
    }
}

impl Judgement {
    fn of(self, category: &'static str, confidence: u8, by_name: bool, by_value: bool) -> Self {
        Judgement {
            category: Some(category),
            confidence,
            by_name,
            by_value,
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::Scalar;

    fn judged(path: &str, values: &[&str]) -> Judgement {
        let names: Vec<Tokens> = path.split('.').map(Tokens::of).collect();
        let mut hits = [0; COUNT];
        for value in values {
            for (at, detector) in DETECTORS.iter().enumerate() {
                hits[at] += u64::from((detector.matches)(Scalar::Text(value)));
            }
        }
        let kinds = Kinds {
            texts: values.len() as u64,
            ..Kinds::default()
        };
        judge(&names, &Evidence { kinds, hits: &hits })
    }

    #[test]
    fn name_and_value_strengthen_each_other() {
        let both = judged("traits.email", &["jane@example.com"]);
        assert_eq!(both.category, Some("user.contact.email"));
        assert!(both.confidence >= 99 && both.by_name && both.by_value);
        let name = judged("traits.email", &["a hashed thing"]);
        assert!(name.by_name && !name.by_value && name.confidence < both.confidence);
    }

    #[test]
    fn a_form_with_a_check_of_its_own_wins_over_the_name() {
        let found = judged("userId", &["jane@example.com", "joe@example.com"]);
        assert_eq!(found.category, Some("user.contact.email"));
        let found = judged("page.name", &["DE89370400440532013000"]);
        assert_eq!(found.category, Some("user.financial.bank_account"));
    }

    #[test]
    fn a_few_identifying_values_are_enough() {
        let mut values = vec!["blue mug"; 99];
        values.push("jane@example.com");
        let found = judged("label", &values);
        assert!(found.is_direct() && found.is_mixed, "{found:?}");
    }

    #[test]
    fn what_says_nothing_is_not_known() {
        assert_eq!(judged("flavour", &["mint", "lemon"]).category, None);
        assert_eq!(judged("product.name", &["blue mug"]).category, None);
    }

    #[test]
    fn a_version_of_four_numbers_is_no_address() {
        assert_eq!(
            judged("browser_version", &["126.0.6478.61", "17.5.1.2"]).category,
            None
        );
        assert!(judged("browser", &["17.5.1.2"]).is_direct());
    }

    #[test]
    fn an_identifier_among_versions_of_four_numbers_is_found() {
        let mut values = vec!["17.5.1.2"; 99];
        values.push("jane@example.com");
        let found = judged("browser_version", &values);
        assert_eq!(found.category, Some("user.contact.email"), "{found:?}");
        assert!(found.is_mixed);
    }

    #[test]
    fn an_address_with_a_query_can_carry_anything() {
        assert!(judged("page.url", &["https://shop.example/?email=x"]).identifies());
        assert!(!judged("page.url", &["https://shop.example/"]).identifies());
    }

    #[test]
    fn a_flag_beside_a_name_is_no_identifier() {
        let names = [Tokens::of("email")];
        let kinds = Kinds {
            booleans: 9,
            ..Kinds::default()
        };
        let evidence = Evidence {
            kinds,
            hits: &[0; COUNT],
        };
        assert_eq!(judge(&names, &evidence).category, None);
    }
}
