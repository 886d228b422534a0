//! What the policy says of why data leaves and who answers for it.

use jiff::civil::Date;

use super::spelled::Spelled;
use crate::categories;
use crate::countries::Country;
use crate::language::finding::Span;
use crate::policy::grammar::CONDITIONS;
use crate::policy::selector::PlaceName;

/// What the data was collected for.
pub(crate) struct Purposes {
    /// Where it stands.
    pub(crate) collected_for: Vec<Spelled>,
    pub(crate) compatible: Vec<Compatible>,
    /// What purposes of somebody's own begin with.
    pub(crate) own: Vec<String>,
}

/// A purpose that goes with those.
pub(crate) struct Compatible {
    pub(crate) purpose: Spelled,
    pub(crate) because: String,
    /// Its last day.
    pub(crate) until: Date,
}

impl Purposes {
    /// The one of those collected for that `purpose` lies under.
    pub(crate) fn collected(&self, purpose: &str) -> Option<&Spelled> {
        let mut all = self.collected_for.iter();
        all.find(|c| categories::is_at_or_below(purpose, &c.value))
    }

    /// What says that `purpose` is compatible; the entry that lasts longest.
    pub(crate) fn compatible(&self, purpose: &str) -> Option<&Compatible> {
        let all = self.compatible.iter();
        let of = all.filter(|c| categories::is_at_or_below(purpose, &c.purpose.value));
        of.max_by_key(|c| c.until)
    }
}

/// Everybody who gets data.
pub(crate) struct Register {
    pub(crate) all: Vec<Recipient>,
    /// Another one could not be read, and was reported.
    pub(crate) lacks_some: bool,
}

/// Who gets data.
pub(crate) struct Recipient {
    /// The policy's name for it.
    pub(crate) alias: Spelled,
    pub(crate) name: String,
    pub(crate) country: Spelled<Country>,
    pub(crate) role: &'static str,
    pub(crate) mechanism: Option<Spelled<Mechanism>>,
    /// The last day of its contract.
    pub(crate) contract_until: Option<Spelled<Date>>,
    pub(crate) tcf_vendor: Option<u16>,
    pub(crate) contact: Option<String>,
}

/// By what data may go to a third country.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mechanism {
    /// A decision of the Commission (article 45).
    Adequacy,
    /// Standard contractual clauses (article 46(2)(c)).
    Clauses,
    /// Binding corporate rules (article 47).
    CorporateRules,
    /// For specific situations (article 49).
    Derogation,
}

impl Mechanism {
    /// As the policy writes it.
    pub(crate) fn of_word(word: &str) -> Option<Mechanism> {
        Some(match word {
            "adequacy" => Mechanism::Adequacy,
            "scc" => Mechanism::Clauses,
            "bcr" => Mechanism::CorporateRules,
            "derogation" => Mechanism::Derogation,
            _ => return None,
        })
    }

    /// The word of the policy.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Mechanism::Adequacy => "adequacy",
            Mechanism::Clauses => "scc",
            Mechanism::CorporateRules => "bcr",
            Mechanism::Derogation => "derogation",
        }
    }
}

/// Why data of a special category may leave.
pub(crate) struct Sensitive {
    pub(crate) span: Span,
    pub(crate) class: Spelled,
    /// `None`: the class is none of article 9 or 10.
    pub(crate) condition: Option<Condition>,
    /// The category of an explicit consent.
    pub(crate) category: Option<Spelled>,
    pub(crate) because: String,
}

/// When data of special categories may be processed: article 9(2), and article 10.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Condition {
    /// Article 9(2)(a).
    ExplicitConsent,
    /// Another one, by its place in the list of the language.
    Other(usize),
}

impl Condition {
    /// As the policy writes it.
    pub(crate) fn of_word(word: &str) -> Option<Condition> {
        let mut all = CONDITIONS.iter();
        match all.position(|known| *known == word)? {
            0 => Some(Condition::ExplicitConsent),
            at => Some(Condition::Other(at)),
        }
    }

    /// In words, with its article.
    pub(crate) fn says(self) -> String {
        let at = match self {
            Condition::ExplicitConsent => 0,
            Condition::Other(at) => at,
        };
        let words = CONDITIONS[at].replace('_', " ");
        match b"abcdefghij".get(at) {
            Some(letter) => format!("{words} (article 9(2)({}))", char::from(*letter)),
            None => format!("{words} (article 10)"),
        }
    }
}

/// Where the people of a record are.
pub(crate) struct Regions {
    pub(crate) from: Spelled<PlaceName>,
    pub(crate) list: Vec<Region>,
    /// Another one could not be read, and was reported.
    pub(crate) lacks_some: bool,
    /// The region of who is nowhere; `none`: of none.
    pub(crate) unknown: Spelled,
}

/// Countries that are treated alike.
pub(crate) struct Region {
    pub(crate) name: Spelled,
    /// Each once, by code.
    pub(crate) countries: Vec<Country>,
}

impl Regions {
    /// True when no record is of a region of `a` and of one of `b` at once. Of none: of
    /// every one.
    pub(crate) fn are_apart(&self, a: &[Spelled], b: &[Spelled]) -> bool {
        let of = |names: &[Spelled]| {
            let list = self.list.iter();
            let named = list.filter(|r| names.iter().any(|n| n.value == r.name.value));
            named
                .flat_map(|r| r.countries.iter().copied())
                .collect::<Vec<_>>()
        };
        let by_name = a.iter().any(|a| b.iter().any(|b| a.value == b.value));
        let (of_a, of_b) = (of(a), of(b));
        let by_country = of_a.iter().any(|country| of_b.contains(country));
        !a.is_empty() && !b.is_empty() && !by_name && !by_country
    }

    /// The bit of a region; none: there is no such.
    pub(crate) fn bit(&self, name: &str) -> u64 {
        let at = self.list.iter().position(|r| r.name.value == name);
        at.map_or(0, |at| 1 << at)
    }
}

/// Who counts as a child.
pub(crate) struct Minors {
    pub(crate) span: Span,
    pub(crate) from: Spelled<PlaceName>,
    /// In years.
    pub(crate) under: i64,
}
