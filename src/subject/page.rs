//! The page on which a person decides: categories × standing × language, as HTML that
//! needs no script (WCAG 2.2 AA).
//!
//! Nothing on it says who the person is. A yes and a no are two radios beside each
//! other, so that withdrawing takes the same clicks as granting (GDPR article 7(3));
//! where nothing was decided neither is chosen.

use jiff::Timestamp;
use maud::{DOCTYPE, Markup, html};

use super::choices::FIELD;
use super::decisions::{Is, Place, Stand, Standings};
use super::language::Language;
use super::link::Claims;
use super::words::Words;
use crate::plan::live::{Category, Wording};

/// The page's style: the same for everybody.
pub const STYLE: &str = include_str!("style.css");

/// What is told above the choices, or in their place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Decisions are written; the last of them there.
    Saved(Timestamp, Place),
    /// Nothing differed.
    Unchanged,
    /// The form was made too long ago, or for another link.
    FormTooOld,
    /// The link can only withdraw.
    NeedsNewerLink,
    /// A choice could not be read.
    Unreadable,
    /// It is not known whether all is written.
    NotWritten,
    /// The link is none, or has ended.
    NoLink,
    /// Somebody asks too often.
    TooMany,
    /// Consent is withdrawn, by one click.
    Withdrawn,
}

impl Notice {
    fn is_good(&self) -> bool {
        matches!(
            self,
            Notice::Saved(..) | Notice::Unchanged | Notice::Withdrawn
        )
    }

    /// In one sentence or two.
    fn words(&self, words: &Words) -> &'static str {
        match self {
            Notice::Saved(..) => words.saved,
            Notice::Unchanged => words.unchanged,
            Notice::FormTooOld => words.form_too_old,
            Notice::NeedsNewerLink => words.needs_newer_link,
            Notice::Unreadable => words.unreadable,
            Notice::NotWritten => words.not_written,
            Notice::NoLink => words.no_link,
            Notice::TooMany => words.too_many,
            Notice::Withdrawn => words.withdrawn,
        }
    }

    fn html(&self, words: &Words) -> Markup {
        let (role, class) = match self.is_good() {
            true => ("status", "notice good"),
            false => ("alert", "notice"),
        };
        html! {
            div role=(role) class=(class) {
                p { (self.words(words)) }
                @if let Notice::Saved(at, place) = self {
                    p class="small" {
                        (words.time(*at)) ". " (words.reference) ": "
                        code { (place.topic) "/" (place.partition) "/" (place.offset) }
                    }
                }
            }
        }
    }
}

/// Everything that the page of one person is made of.
pub struct Page<'a> {
    /// In which language.
    pub language: &'a Language,
    /// What they are asked for.
    pub categories: &'a [Category],
    /// What the link says.
    pub claims: &'a Claims,
    /// The link itself.
    pub link: &'a str,
    /// The mark of the form.
    pub mark: &'a str,
    /// How they stand; `None`: that is not known now.
    pub standing: Option<&'a Standings>,
    /// How long a grant without an end of its own lasts, in milliseconds.
    pub expires_ms: Option<i64>,
    /// When it is looked at.
    pub now: Timestamp,
    /// What was done.
    pub notices: &'a [Notice],
}

impl Page<'_> {
    /// The page, whole.
    pub fn html(&self) -> String {
        let words = self.language.words();
        let asked = self.categories.iter();
        let asked = asked.filter(|c| self.claims.is_about(&c.name));
        let body = html! {
            @for notice in self.notices { (notice.html(words)) }
            p { (words.intro) }
            @if !self.claims.may_grant() { p { (words.withdraw_only) } }
            @if self.standing.is_none() { div role="alert" class="notice" { p { (words.unknown) } } }
            form method="post" action={ "../p/" (self.link) } accept-charset="utf-8" {
                input type="hidden" name="mark" value=(self.mark);
                @for (n, category) in asked.enumerate() { (self.asked(n, category, words)) }
                button type="submit" { (words.save) }
            }
            p class="small" { (words.link_until) " " (time(self.claims.until, words)) "." }
            p class="small" { (words.pseudonymous) }
        };
        whole(self.language, self.notices.first(), body)
    }

    fn asked(&self, n: usize, category: &Category, words: &Words) -> Markup {
        let stand = self.standing.and_then(|all| all.get(&category.name));
        let granted = stand.is_some_and(|s| s.is_granted(self.now, self.expires_ms));
        let denied = stand.is_some_and(|s| s.is == Is::Denied);
        let closed = !granted && !self.claims.may_grant();
        let (about, yes, no) = (format!("a{n}"), format!("y{n}"), format!("n{n}"));
        let field = format!("{FIELD}{}", category.name);
        html! {
            fieldset aria-describedby=(about) {
                legend { (self.text(&category.title).unwrap_or_else(|| html! { (category.name) })) }
                div id=(about) {
                    @if let Some(text) = self.text(&category.text) { p { (text) } }
                    @if self.standing.is_some() {
                        p class="stand" { (self.stand(stand, words)) }
                    }
                }
                div class="choice" {
                    input type="radio" id=(yes) name=(field) value="granted" checked[granted] disabled[closed];
                    label for=(yes) { (words.yes) }
                }
                div class="choice" {
                    input type="radio" id=(no) name=(field) value="denied" checked[denied];
                    label for=(no) { (words.no) }
                }
            }
        }
    }

    /// A text of the policy, with its language where that is not the page's.
    fn text(&self, wording: &Wording) -> Option<Markup> {
        let text = wording.text(&self.language.tag)?;
        if text.is_empty() {
            return None;
        }
        let tag = wording.tag(&self.language.tag).unwrap_or_default();
        let differs = !tag.is_empty() && tag != self.language.words().tag;
        Some(html! { span lang=[differs.then_some(tag)] { (text) } })
    }

    fn stand(&self, stand: Option<&Stand>, words: &Words) -> Markup {
        let Some(stand) = stand else {
            return html! { (words.silent) };
        };
        if stand.is == Is::Denied {
            return html! { (words.denied) ", " (words.since) " " (time(stand.at, words)) "." };
        }
        if !stand.is_granted(self.now, self.expires_ms) {
            return html! { (words.ended) };
        }
        let expires = |ms: i64| stand.at.as_millisecond().saturating_add(ms);
        let ends = stand.until_ms.or(self.expires_ms.map(expires));
        let ends = ends.and_then(|ms| Timestamp::from_millisecond(ms).ok());
        html! {
            (words.granted) ", " (words.since) " " (time(stand.at, words)) "."
            @if let Some(ends) = ends { " " (words.until) " " (time(ends, words)) "." }
        }
    }
}

/// A page that tells one thing: in the place of choices.
pub fn told(notice: &Notice, language: &Language) -> String {
    whole(language, Some(notice), notice.html(language.words()))
}

fn time(at: Timestamp, words: &Words) -> Markup {
    html! { time datetime=(format!("{at:.0}")) { (words.time(at)) } }
}

/// What was done stands in the title too: it is read out first.
fn whole(language: &Language, notice: Option<&Notice>, body: Markup) -> String {
    let words = language.words();
    let page = html! {
        (DOCTYPE)
        html lang=(words.tag) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex, nofollow";
                title {
                    @if let Some(notice) = notice { (notice.words(words)) " – " }
                    (words.title)
                }
                link rel="stylesheet" href="../style.css";
            }
            body { main { h1 { (words.title) } (body) } }
        }
    };
    let mut page = page.into_string();
    page.push('\n');
    page
}

#[cfg(test)]
#[path = "page_tests.rs"]
pub(super) mod tests;
