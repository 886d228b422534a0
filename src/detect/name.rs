//! What the name of a member says: its words, and the rule they speak for.

use super::name_rules::{RULES, Rule};

/// The words of a member's name, lower case: `shippingAddress2` is `shipping
/// address`, `IPAddress` is `ip address`, `e-mail` is `e mail`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tokens {
    words: Vec<String>,
    joined: String,
}

impl Tokens {
    /// The words of `name`. Numbers at its end say nothing.
    pub fn of(name: &str) -> Tokens {
        let chars: Vec<char> = name.chars().take(128).collect();
        let mut words = vec![String::new()];
        for (at, c) in chars.iter().enumerate() {
            let before = at.checked_sub(1).map(|at| chars[at]);
            let after = chars.get(at + 1);
            if !c.is_alphanumeric() {
                words.push(String::new());
                continue;
            }
            // `userId`, and the last capital of `IPAddress`.
            let begins = c.is_uppercase()
                && (before.is_some_and(|b| b.is_lowercase() || b.is_numeric())
                    || (before.is_some_and(char::is_uppercase)
                        && after.is_some_and(|a| a.is_lowercase())));
            if begins {
                words.push(String::new());
            }
            words
                .last_mut()
                .expect("never empty")
                .extend(c.to_lowercase());
        }
        words.retain(|word| !word.is_empty());
        while words.len() > 1
            && words
                .last()
                .is_some_and(|w| w.chars().all(char::is_numeric))
        {
            words.pop();
        }
        if let Some(last) = words.last_mut() {
            let kept = last.trim_end_matches(|c: char| c.is_ascii_digit()).len();
            // `address1`, but `sha256` and `ip4` are words.
            if kept > 3 && !matches!(last.as_str(), "sha256" | "base64") {
                last.truncate(kept);
            }
        }
        let joined = words.concat();
        Tokens { words, joined }
    }

    /// True when the name ends with the words of `phrase`, or is them without gaps.
    pub fn end_with(&self, phrase: &str) -> bool {
        let count = phrase.split(' ').count();
        let ends = self.words.len() >= count
            && self.words[self.words.len() - count..]
                .iter()
                .zip(phrase.split(' '))
                .all(|(word, said)| word == said);
        ends || (count > 1
            && self.joined.len() == phrase.len() + 1 - count
            && phrase
                .split(' ')
                .flat_map(str::bytes)
                .eq(self.joined.bytes()))
    }
}

/// The rule that speaks for the last of `names`, which lead from the top of the
/// event to a member: the longest phrase, then the one that asks for what stands
/// nearest above, then the first.
pub(super) fn rule(names: &[Tokens]) -> Option<&'static Rule> {
    let (last, above) = names.split_last()?;
    let near = &above[above.len().saturating_sub(3)..];
    // How near the nearest of them stands; 0: none does.
    let stands_under = |list: &[&str]| {
        let ends = |tokens: &Tokens| list.iter().any(|phrase| tokens.end_with(phrase));
        near.iter().rposition(ends).map_or(0, |at| at + 1)
    };
    let mut best: Option<((usize, usize), &Rule)> = None;
    for rule in RULES {
        let phrase = rule.phrases.iter().filter(|phrase| last.end_with(phrase));
        let Some(words) = phrase.map(|p| p.split(' ').count()).max() else {
            continue;
        };
        let under = stands_under(rule.under);
        if under == 0 && !rule.under.is_empty() {
            continue;
        }
        if best.is_none_or(|(best, _)| (words, under) > best) {
            best = Some(((words, under), rule));
        }
    }
    best.map(|(_, rule)| rule)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(name: &str) -> String {
        Tokens::of(name).words.join(" ")
    }

    #[test]
    fn names_fall_into_words() {
        for (name, expected) in [
            ("userId", "user id"),
            ("user_id", "user id"),
            ("USER-ID", "user id"),
            ("IPAddress", "ip address"),
            ("shippingAddress2", "shipping address"),
            ("address_1", "address"),
            ("address1", "address"),
            ("email_sha256", "email sha256"),
            ("data_base64", "data base64"),
            ("$email", "email"),
            ("e-mail", "e mail"),
            ("first name", "first name"),
            ("GÄSTE_NAME", "gäste name"),
            ("", ""),
            ("42", "42"),
            ("🙂", ""),
        ] {
            assert_eq!(words(name), expected, "{name}");
        }
    }

    #[test]
    fn a_phrase_stands_at_the_end_or_is_the_whole_without_gaps() {
        assert!(Tokens::of("billingFirstName").end_with("first name"));
        assert!(Tokens::of("firstname").end_with("first name"));
        assert!(!Tokens::of("email_verified").end_with("email"));
        assert!(!Tokens::of("zip").end_with("ip"));
    }

    fn category(path: &str) -> Option<&'static str> {
        let names: Vec<Tokens> = path.split('.').map(Tokens::of).collect();
        rule(&names).and_then(|rule| rule.category)
    }

    #[test]
    fn what_stands_above_a_name_counts() {
        for (path, expected) in [
            ("traits.name", Some("user.name")),
            ("products.name", None),
            ("traits.company.name", Some("user.workplace")),
            ("context.app.name", None),
            ("customer.id", Some("user.unique_id")),
            ("product.id", None),
            ("context.device.id", Some("user.device.device_id")),
            ("userId", Some("user.unique_id")),
            ("anonymous_id", Some("user.device.cookie_id")),
            ("context.ip", Some("user.device.ip_address")),
            ("email", Some("user.contact.email")),
            ("customer.email_verified", None),
            (
                "billing_address.address1",
                Some("user.contact.address.street"),
            ),
            ("geo.lat", Some("user.location.precise")),
            ("diagnosis", Some("user.health_and_medical")),
            ("dob", Some("user.demographic.date_of_birth")),
            ("person_birth", Some("user.demographic.date_of_birth")),
            ("placeOfBirth", Some("user.location.imprecise")),
            ("birthplace", Some("user.location.imprecise")),
        ] {
            assert_eq!(category(path), expected, "{path}");
        }
    }
}
