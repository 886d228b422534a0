//! Who gets data, as the register says it.

use jiff::civil::Date;

use super::check::accountability::{Mechanism, Recipient};
use crate::countries::{self, Standing};

/// Who gets data, as the register says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecipientMeaning {
    /// The policy's name for it.
    pub alias: String,
    /// As people would look it up.
    pub name: String,
    /// Where the data is read, by its code of two letters.
    pub country: String,
    /// What that country is to who sends data from the European Economic Area.
    standing: Standing,
    /// `processor`, `controller` or `joint`.
    pub role: &'static str,
    /// The word by which data may go there, as the policy writes it.
    pub mechanism: Option<&'static str>,
    /// The last day of its contract.
    pub contract_until: Option<Date>,
    /// Its number in the Global Vendor List.
    pub tcf_vendor: Option<u16>,
    /// Whom to ask there.
    pub contact: Option<String>,
}

/// Of the register.
pub(super) fn meaning(recipient: &Recipient) -> RecipientMeaning {
    RecipientMeaning {
        alias: recipient.alias.value.clone(),
        name: recipient.name.clone(),
        country: recipient.country.value.to_string(),
        standing: recipient.country.value.standing(),
        role: recipient.role,
        mechanism: recipient.mechanism.as_ref().map(|m| m.value.word()),
        contract_until: recipient.contract_until.as_ref().map(|day| day.value),
        tcf_vendor: recipient.tcf_vendor,
        contact: recipient.contact.clone(),
    }
}

impl RecipientMeaning {
    /// Who it is, in one line.
    pub fn says(&self) -> String {
        let role = match self.role {
            "joint" => "joint controller",
            role => role,
        };
        let contract = self
            .contract_until
            .map_or_else(String::new, |until| format!(", contract until {until}"));
        format!("{} in {}, {role}{contract}", self.name, self.country)
    }

    /// True where data may go only on a ground that somebody names.
    pub fn needs_ground(&self) -> bool {
        !matches!(self.standing, Standing::Eea | Standing::Adequate)
    }

    /// By what data may go there, in one line.
    pub fn transfer(&self) -> String {
        let ground = match self.mechanism.and_then(Mechanism::of_word) {
            Some(Mechanism::Adequacy) => Some("an adequacy decision that covers it (article 45)"),
            Some(Mechanism::Clauses) => Some("standard contractual clauses (article 46)"),
            Some(Mechanism::CorporateRules) => Some("binding corporate rules (article 47)"),
            Some(Mechanism::Derogation) => {
                Some("a derogation for a specific situation (article 49)")
            }
            None => None,
        };
        let list = countries::AS_OF;
        match (self.standing, ground) {
            (Standing::Eea, _) => {
                format!("none: {} is in the European Economic Area", self.country)
            }
            (Standing::Adequate, None) => format!(
                "to {}, which the Commission found adequate (article 45, list as of {list})",
                self.country
            ),
            (_, Some(ground)) => format!("to {}, by {ground}", self.country),
            (_, None) => format!("to {}, and nothing says by what", self.country),
        }
    }
}
