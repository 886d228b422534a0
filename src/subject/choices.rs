//! What was chosen on a page, and what of it is written.

use jiff::Timestamp;

use super::decisions::{Is, Standings};
use super::form::Fields;
use super::link::Claims;
use crate::plan::live::Category;

/// What stands before the name of a category in the name of its field.
pub(super) const FIELD: &str = "c.";

/// What was chosen in one category.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice<'c> {
    /// In which.
    pub category: &'c Category,
    /// What.
    pub is: Is,
    /// It ends a grant, or may: how the person stood is not known.
    pub had: bool,
}

/// What of a form is written.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Chosen<'c> {
    /// The decisions.
    pub decisions: Vec<Choice<'c>>,
    /// Consent was given that this link cannot give; nothing is written of that.
    pub needs_newer_link: bool,
    /// A choice could not be read; nothing is written of it.
    pub unreadable: bool,
}

/// What of a form is written. Denials always: what is known of how the person stands
/// may be behind a grant that is under way, after which the denial has to stand. Grants
/// need a link that can give them, and one that stands already is not written again.
/// `standing`: how the person stands, `None` where that is not known, so that nothing is
/// taken for standing already.
pub fn chosen<'c>(
    fields: &Fields,
    categories: &'c [Category],
    claims: &Claims,
    standing: Option<&Standings>,
    (now, expires_ms): (Timestamp, Option<i64>),
) -> Chosen<'c> {
    let mut chosen = Chosen::default();
    for category in categories.iter().filter(|c| claims.is_about(&c.name)) {
        let field = format!("{FIELD}{}", category.name);
        if !fields.has(&field) {
            continue;
        }
        let Some(is) = fields.one(&field).and_then(Is::read) else {
            chosen.unreadable = true;
            continue;
        };
        let stand = standing.map(|all| all.get(&category.name));
        let is_granted = stand.map(|s| s.is_some_and(|s| s.is_granted(now, expires_ms)));
        match is {
            Is::Granted if is_granted == Some(true) => continue,
            Is::Granted if !claims.may_grant() => chosen.needs_newer_link = true,
            _ => chosen.decisions.push(Choice {
                category,
                is,
                had: is == Is::Denied && is_granted != Some(false),
            }),
        }
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::super::decisions::Stand;
    use super::super::link::tests::claims;
    use super::super::link::{GRANT_LIFE_MAX, May, PREFS_LIFE, WITHDRAW_LIFE};
    use super::super::page::tests::category;
    use super::*;

    fn now() -> Timestamp {
        "2026-03-01T12:01:00Z".parse().unwrap()
    }

    fn stands(all: &[(&str, Is)]) -> Standings {
        let stand = |&(name, is): &(&str, Is)| {
            let (at, until_ms) = (now(), None);
            (name.to_owned(), Stand { is, at, until_ms })
        };
        all.iter().map(stand).collect()
    }

    /// Category and decision of each, and what else is told.
    fn of(
        form: &str,
        claims: &Claims,
        standing: Option<&Standings>,
    ) -> (Vec<(String, Is, bool)>, bool, bool) {
        let categories = [category("Ads"), category("Stats")];
        let fields = Fields::read(form.as_bytes()).unwrap();
        let chosen = chosen(&fields, &categories, claims, standing, (now(), None));
        let decisions = chosen.decisions.iter();
        (
            decisions
                .map(|c| (c.category.name.clone(), c.is, c.had))
                .collect(),
            chosen.needs_newer_link,
            chosen.unreadable,
        )
    }

    #[test]
    fn denials_are_written_and_grants_that_differ() {
        use Is::{Denied, Granted};
        let fresh = claims(May::Prefs, PREFS_LIFE);
        let silent = stands(&[]);
        let ads = |is, had| (vec![("Ads".to_owned(), is, had)], false, false);
        let nothing = (vec![], false, false);
        assert_eq!(
            of("c.Ads=granted", &fresh, Some(&silent)),
            ads(Granted, false)
        );
        assert_eq!(
            of("c.Ads=denied", &fresh, Some(&silent)),
            ads(Denied, false)
        );
        let granted = stands(&[("Ads", Granted)]);
        assert_eq!(of("c.Ads=granted", &fresh, Some(&granted)), nothing);
        assert_eq!(
            of("c.Ads=denied", &fresh, Some(&granted)),
            ads(Denied, true)
        );
        // What is known may be behind a grant that is under way.
        let denied = stands(&[("Ads", Denied)]);
        assert_eq!(
            of("c.Ads=denied", &fresh, Some(&denied)),
            ads(Denied, false)
        );
        assert_eq!(
            of("c.Ads=granted", &fresh, Some(&denied)),
            ads(Granted, false)
        );
        // What is not known is not taken for standing already.
        assert_eq!(of("c.Ads=denied", &fresh, None), ads(Denied, true));
        assert_eq!(of("c.Ads=granted", &fresh, None), ads(Granted, false));
        assert_eq!(of("c.Other=granted&x=1", &fresh, Some(&silent)), nothing);
    }

    #[test]
    fn withdrawing_works_with_every_link_and_granting_does_not() {
        use Is::{Denied, Granted};
        let second = jiff::SignedDuration::from_secs(1);
        let standing = stands(&[("Ads", Granted)]);
        for link in [
            claims(May::Withdraw, WITHDRAW_LIFE),
            claims(May::Withdraw, PREFS_LIFE),
            claims(May::Prefs, GRANT_LIFE_MAX + second),
        ] {
            let both = of("c.Ads=denied&c.Stats=granted", &link, Some(&standing));
            assert_eq!(both, (vec![("Ads".to_owned(), Denied, true)], true, false));
            // What is granted already may stay so.
            let same = of("c.Ads=granted", &link, Some(&standing));
            assert_eq!(same, (vec![], false, false));
            // Where it is not known, granting again would be granting.
            assert_eq!(of("c.Ads=granted", &link, None), (vec![], true, false));
        }
        let mut narrow = claims(May::Prefs, PREFS_LIFE);
        narrow.categories = vec!["Stats".into()];
        let outside = of("c.Ads=denied", &narrow, Some(&standing));
        assert_eq!(outside, (vec![], false, false));
    }

    #[test]
    fn what_cannot_be_read_decides_nothing() {
        let fresh = claims(May::Prefs, PREFS_LIFE);
        for form in [
            "c.Ads=yes",
            "c.Ads=",
            "c.Ads=granted&c.Ads=denied",
            "c.Ads=GRANTED",
        ] {
            assert_eq!(of(form, &fresh, None), (vec![], false, true), "{form}");
        }
    }
}
