//! The words of the page itself, in English and in German. What a category is called and
//! what it means are the policy's words.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// All words of one language.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Words {
    /// Its tag (RFC 5646).
    pub(super) tag: &'static str,
    pub(super) title: &'static str,
    pub(super) intro: &'static str,
    /// With a link that can only withdraw.
    pub(super) withdraw_only: &'static str,
    pub(super) yes: &'static str,
    pub(super) no: &'static str,
    pub(super) silent: &'static str,
    pub(super) ended: &'static str,
    pub(super) granted: &'static str,
    pub(super) denied: &'static str,
    /// Before the time at which a decision was made.
    pub(super) since: &'static str,
    /// Before the time at which a grant ends.
    pub(super) until: &'static str,
    pub(super) unknown: &'static str,
    pub(super) save: &'static str,
    /// Before the time at which the link ends.
    pub(super) link_until: &'static str,
    pub(super) pseudonymous: &'static str,
    pub(super) saved: &'static str,
    /// Before the place of a decision.
    pub(super) reference: &'static str,
    pub(super) unchanged: &'static str,
    pub(super) form_too_old: &'static str,
    pub(super) needs_newer_link: &'static str,
    pub(super) unreadable: &'static str,
    pub(super) not_written: &'static str,
    pub(super) no_link: &'static str,
    pub(super) too_many: &'static str,
    pub(super) withdrawn: &'static str,
    months: [&'static str; 12],
    /// What stands behind the day of the month.
    day: &'static str,
}

impl Words {
    /// All languages; the first is spoken where nobody asks for another one.
    pub(super) const ALL: [Words; 2] = [ENGLISH, GERMAN];

    /// A time in UTC, to the minute.
    pub(super) fn time(&self, at: Timestamp) -> String {
        let zoned = at.to_zoned(TimeZone::UTC);
        let month = self.months[usize::from(zoned.month().unsigned_abs()) - 1];
        let (day, year, hour, minute) = (zoned.day(), zoned.year(), zoned.hour(), zoned.minute());
        format!(
            "{day}{} {month} {year}, {hour:02}:{minute:02} UTC",
            self.day
        )
    }
}

const ENGLISH: Words = Words {
    tag: "en",
    title: "Your choices",
    intro: "Here you say what data about you may be used for. A no costs you nothing, and \
            you can change each answer at any time. Nothing changes before you save.",
    withdraw_only: "With this link you can withdraw consent. To give consent, ask for a new \
                    link: links that can do that last a day at most, so that nobody else \
                    agrees in your name.",
    yes: "Yes, I agree",
    no: "No, I do not agree",
    silent: "You have not decided yet. That counts as no.",
    ended: "Your consent has ended. That counts as no.",
    granted: "You agreed",
    denied: "You did not agree",
    since: "on",
    until: "It ends on",
    unknown: "What you decided before cannot be shown at the moment. You can decide all the \
              same.",
    save: "Save",
    link_until: "This link can be used until",
    pseudonymous: "Your choice is kept under a code in place of your name. The code is still \
                   data about you; it is not anonymous.",
    saved: "Your choice is saved.",
    reference: "Reference",
    unchanged: "Nothing was changed: all is as you chose before.",
    form_too_old: "This page was open for too long, and nothing was saved. Please choose again.",
    needs_newer_link: "Consent was not given: this link can only withdraw. Ask for a new link \
                       to agree.",
    unreadable: "Not every answer could be read, and of those nothing was saved. Please choose \
                 again.",
    not_written: "Your choice could not be saved for certain. Please try again in a few \
                  minutes; choosing twice does no harm.",
    no_link: "This link does not work, or does not work any more. Ask for a new one.",
    too_many: "There were too many requests. Please try again later.",
    withdrawn: "You have withdrawn your consent.",
    months: [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    day: "",
};

const GERMAN: Words = Words {
    tag: "de",
    title: "Ihre Entscheidungen",
    intro: "Hier sagen Sie, wofür Daten über Sie verwendet werden dürfen. Ein Nein kostet Sie \
            nichts, und Sie können jede Antwort jederzeit ändern. Es ändert sich nichts, bevor \
            Sie speichern.",
    withdraw_only: "Mit diesem Link können Sie Einwilligungen widerrufen. Um einzuwilligen, \
                    lassen Sie sich einen neuen Link geben: Links, mit denen das geht, gelten \
                    höchstens einen Tag, damit niemand in Ihrem Namen einwilligt.",
    yes: "Ja, ich willige ein",
    no: "Nein, ich willige nicht ein",
    silent: "Sie haben noch nicht entschieden. Das gilt als Nein.",
    ended: "Ihre Einwilligung ist abgelaufen. Das gilt als Nein.",
    granted: "Sie haben eingewilligt",
    denied: "Sie haben nicht eingewilligt",
    since: "am",
    until: "Die Einwilligung endet am",
    unknown: "Wie Sie bisher entschieden haben, kann gerade nicht angezeigt werden. Sie können \
              trotzdem entscheiden.",
    save: "Speichern",
    link_until: "Dieser Link gilt bis",
    pseudonymous: "Ihre Entscheidung wird unter einem Code statt unter Ihrem Namen \
                   gespeichert. Auch der Code gehört zu den Daten über Sie; anonym ist er \
                   nicht.",
    saved: "Ihre Entscheidung ist gespeichert.",
    reference: "Beleg",
    unchanged: "Es wurde nichts geändert: Alles ist so, wie Sie es schon gewählt hatten.",
    form_too_old: "Die Seite war zu lange offen, und es wurde nichts gespeichert. Bitte wählen \
                   Sie noch einmal.",
    needs_newer_link: "Es wurde nicht eingewilligt: Mit diesem Link kann man nur widerrufen. \
                       Lassen Sie sich zum Einwilligen einen neuen Link geben.",
    unreadable: "Nicht jede Antwort war lesbar; von diesen wurde nichts gespeichert. Bitte \
                 wählen Sie noch einmal.",
    not_written: "Es ist nicht sicher, dass Ihre Entscheidung gespeichert ist. Bitte versuchen \
                  Sie es in einigen Minuten noch einmal; zweimal zu wählen schadet nicht.",
    no_link: "Dieser Link gilt nicht oder nicht mehr. Lassen Sie sich einen neuen geben.",
    too_many: "Es waren zu viele Anfragen. Bitte versuchen Sie es später noch einmal.",
    withdrawn: "Sie haben Ihre Einwilligung widerrufen.",
    months: [
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ],
    day: ".",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_as_people_do() {
        let at: Timestamp = "2026-03-01T08:05:59Z".parse().unwrap();
        assert_eq!(ENGLISH.time(at), "1 March 2026, 08:05 UTC");
        assert_eq!(GERMAN.time(at), "1. März 2026, 08:05 UTC");
        for month in 1..=12 {
            let at: Timestamp = format!("2026-{month:02}-28T00:00:00Z").parse().unwrap();
            assert!(GERMAN.time(at).contains(GERMAN.months[month - 1]));
        }
    }
}
