use super::super::link::tests::claims;
use super::super::link::{May, PREFS_LIFE, WITHDRAW_LIFE};
use super::*;
use crate::consent::state::instant;

/// A category with one text for every language.
pub(crate) fn category(name: &str) -> Category {
    Category {
        name: name.to_owned(),
        bit: Some(0),
        title: Wording::of(name),
        text: Wording::of("What it is for."),
        purposes: Vec::new(),
        explicit: false,
    }
}

fn now() -> Timestamp {
    "2026-03-01T12:01:00Z".parse().unwrap()
}

fn stand(is: Is, until: Option<&str>) -> Stand {
    Stand {
        is,
        at: "2026-02-01T08:00:00Z".parse().unwrap(),
        until_ms: until.map(|u| instant(u).unwrap()),
    }
}

struct Made {
    categories: Vec<Category>,
    claims: Claims,
    standing: Option<Standings>,
    language: Language,
    notices: Vec<Notice>,
}

impl Made {
    fn new() -> Made {
        Made {
            categories: vec![category("Ads"), category("Stats")],
            claims: claims(May::Prefs, PREFS_LIFE),
            standing: Some(Standings::new()),
            language: Language::chosen(None, &[]),
            notices: Vec::new(),
        }
    }

    fn html(&self) -> String {
        let page = Page {
            language: &self.language,
            categories: &self.categories,
            claims: &self.claims,
            link: "vl1.k:1.x",
            mark: "MARK",
            standing: self.standing.as_ref(),
            expires_ms: None,
            now: now(),
            notices: &self.notices,
        };
        page.html()
    }

    fn stands(mut self, name: &str, stand: Stand) -> Made {
        let standing = self.standing.get_or_insert_default();
        standing.insert(name.to_owned(), stand);
        self
    }
}

/// The radio of that number and answer.
fn radio<'p>(page: &'p str, id: &str) -> &'p str {
    let at = page.find(&format!("id=\"{id}\"")).expect("it is there");
    let start = page[..at].rfind('<').expect("it is an element");
    &page[start..start + page[start..].find('>').expect("it ends")]
}

#[test]
fn nothing_is_chosen_for_who_has_not_decided() {
    let page = Made::new().html();
    for id in ["y0", "n0", "y1", "n1"] {
        let radio = radio(&page, id);
        assert!(
            !radio.contains("checked") && !radio.contains("disabled"),
            "{radio}"
        );
    }
    assert!(page.contains("You have not decided yet. That counts as no."));
    assert!(page.contains("<form method=\"post\" action=\"../p/vl1.k:1.x\""));
    assert!(page.contains("name=\"mark\" value=\"MARK\""));
    assert!(page.contains("<html lang=\"en\">"));
    assert_eq!(page.matches("<fieldset").count(), 2);
    assert_eq!(page.matches("<script").count(), 0);
    assert!(page.contains("until <time datetime=\"2026-03-01T12:15:00Z\">1 March 2026, 12:15 UTC"));
}

#[test]
fn the_last_decision_is_chosen_and_told() {
    let made = Made::new()
        .stands("Ads", stand(Is::Granted, Some("2027-01-01")))
        .stands("Stats", stand(Is::Denied, None));
    let page = made.html();
    for (id, is_chosen) in [("y0", true), ("n0", false), ("y1", false), ("n1", true)] {
        assert_eq!(radio(&page, id).contains("checked"), is_chosen, "{id}");
    }
    assert!(page.contains("You agreed, on "));
    assert!(page.contains("It ends on <time datetime=\"2027-01-01T00:00:00Z\">"));
    assert!(page.contains("You did not agree, on <time datetime=\"2026-02-01T08:00:00Z\">"));
    let ended = Made::new().stands("Ads", stand(Is::Granted, Some("2026-03-01")));
    let page = ended.html();
    assert!(page.contains("Your consent has ended."));
    assert!(!radio(&page, "y0").contains("checked"));
}

#[test]
fn a_link_to_withdraw_offers_no_yes_that_is_not_there() {
    let mut made = Made::new().stands("Ads", stand(Is::Granted, None));
    made.claims = claims(May::Withdraw, WITHDRAW_LIFE);
    let page = made.html();
    assert!(!radio(&page, "y0").contains("disabled"));
    assert!(radio(&page, "y1").contains("disabled"));
    for id in ["n0", "n1"] {
        assert!(!radio(&page, id).contains("disabled"), "{id}");
    }
    assert!(page.contains("With this link you can withdraw consent."));
    made.claims.categories = vec!["Stats".into()];
    let page = made.html();
    assert_eq!(page.matches("<fieldset").count(), 1);
}

#[test]
fn what_is_not_known_is_not_made_up() {
    let mut made = Made::new();
    made.standing = None;
    let page = made.html();
    assert!(page.contains("cannot be shown at the moment"));
    assert!(!page.contains("You have not decided"));
    assert_eq!(page.matches("type=\"radio\"").count(), 4);
}

#[test]
fn it_speaks_the_reader_s_language_and_marks_what_does_not() {
    let text = |tag: &str, text: &str| (tag.to_owned(), text.to_owned());
    let mut made = Made::new();
    made.categories[0].title =
        Wording::in_languages(vec![text("en", "Ads"), text("de", "Werbung")]);
    made.categories[1].title = Wording::in_languages(vec![text("fr", "Mesures")]);
    made.language = Language::chosen(Some("de"), &made.categories);
    made.notices = vec![Notice::Unchanged];
    let page = made.html();
    assert!(page.contains("<html lang=\"de\">"));
    assert!(page.contains("<legend><span>Werbung</span></legend>"));
    assert!(page.contains("<legend><span lang=\"fr\">Mesures</span></legend>"));
    assert!(page.contains("Ihre Entscheidungen</title>"));
    assert!(page.contains("role=\"status\""));
    assert!(page.contains("Es wurde nichts geändert"));
}

#[test]
fn hostile_words_stay_words() {
    let mut made = Made::new();
    let hostile = "\"><script>alert(1)</script>\u{202e}";
    made.categories[0] = Category {
        title: Wording::of(hostile),
        text: Wording::of(hostile),
        ..category(hostile)
    };
    let page = made.html();
    assert!(!page.contains("<script"), "{page}");
    assert!(page.contains("&lt;script&gt;"));
}

#[test]
fn every_notice_has_words_in_every_language() {
    let place = Place {
        topic: "veil.shop.consent".into(),
        partition: 3,
        offset: 42,
    };
    let saved = Notice::Saved(now(), place);
    let all = [
        saved.clone(),
        Notice::Unchanged,
        Notice::FormTooOld,
        Notice::NeedsNewerLink,
        Notice::Unreadable,
        Notice::NotWritten,
        Notice::NoLink,
        Notice::TooMany,
        Notice::Withdrawn,
    ];
    let mut seen = std::collections::BTreeSet::new();
    for accept in ["en", "de"] {
        let language = Language::chosen(Some(accept), &[]);
        for notice in &all {
            let page = told(notice, &language);
            assert!(page.contains(&format!("<html lang=\"{accept}\">")));
            assert!(seen.insert(notice.words(language.words())), "{notice:?}");
        }
    }
    let page = told(&saved, &Language::chosen(None, &[]));
    assert!(page.contains("1 March 2026, 12:01 UTC"), "{page}");
    assert!(
        page.contains("<code>veil.shop.consent/3/42</code>"),
        "{page}"
    );
}
