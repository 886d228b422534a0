//! Apicurio's own ids, on its own API ("Registry API v3"): a version of a schema has a
//! global id, and its text another one, which is all that its API knows that speaks as
//! Confluent's does (`/apis/ccompat/v7`).

use super::answer::BYTES_MAX;
use super::call::{Outcome, escaped};
use super::trouble::Why;
use crate::schema::json::Json;

/// An id that is to be told from another one.
#[derive(Clone, Copy)]
pub(super) enum Wanted<'w> {
    /// That of the text, of the version with that global id.
    Text(u64),
    /// The global id of a version of that subject which has that text.
    Version(&'w str, u64),
}

impl Wanted<'_> {
    /// Where it is asked for, of a registry whose address that is: where its other API lies
    /// (`https://registry.example/apis/ccompat/v7`), or all of them do.
    pub(super) fn url(self, address: &str) -> String {
        let host = address.find("/apis/").map_or(address, |at| &address[..at]);
        let search = format!("{host}/apis/registry/v3/search/versions");
        match self {
            Wanted::Text(global) => format!("{search}?globalId={global}"),
            Wanted::Version(subject, text) => {
                let subject = escaped(subject);
                format!("{search}?groupId=default&artifactId={subject}&contentId={text}")
            }
        }
    }

    /// What an answer comes to. What it does not ask for may be answered all the same, by
    /// a registry that does not know how to search so: then it is none.
    pub(super) fn read(self, status: u16, body: &[u8]) -> Outcome {
        if status != 200 {
            return Outcome::Trouble(Why::Status(status));
        }
        let text = std::str::from_utf8(body).ok();
        let json = text.and_then(|text| Json::read(text, BYTES_MAX).ok());
        let Some(Json::List(versions)) = json.as_ref().and_then(|json| json.member("versions"))
        else {
            return Outcome::Trouble(Why::Unlike("no list of versions"));
        };
        if versions.is_empty() {
            return Outcome::Missing;
        }
        match versions.iter().find_map(|version| self.of(version)) {
            Some(id) => Outcome::Id(id),
            None => Outcome::Trouble(Why::Unlike("versions that were not asked for")),
        }
    }

    fn of(self, version: &Json) -> Option<u64> {
        let number = |word: &str| match version.member(word) {
            Some(Json::Number(text)) => text.parse::<u64>().ok(),
            _ => None,
        };
        let (global, text) = (number("globalId")?, number("contentId")?);
        match self {
            Wanted::Text(asked) => (global == asked).then_some(text),
            Wanted::Version(subject, asked) => {
                let is_its = version.member("artifactId")?.as_text()? == subject;
                (is_its && text == asked).then_some(global)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What version 3.0.9 answers.
    const FOUND: &str = r#"{"count":1,"versions":[{"createdOn":"2026-11-30T20:55:02Z","owner":"","artifactType":"JSON","state":"ENABLED","globalId":12,"version":"1","contentId":7,"artifactId":"b-value","modifiedBy":"","modifiedOn":"2026-11-30T20:55:02Z"}]}"#;

    #[test]
    fn one_id_is_told_from_the_other() {
        let read = |wanted: Wanted<'_>| wanted.read(200, FOUND.as_bytes());
        assert_eq!(read(Wanted::Text(12)), Outcome::Id(7));
        assert_eq!(read(Wanted::Version("b-value", 7)), Outcome::Id(12));
        let others = [
            Wanted::Text(7),
            Wanted::Version("a-value", 7),
            Wanted::Version("b-value", 12),
        ];
        for other in others {
            assert!(matches!(read(other), Outcome::Trouble(Why::Unlike(_))));
        }
        let none = br#"{"count":0,"versions":[]}"#;
        assert_eq!(Wanted::Text(1).read(200, none), Outcome::Missing);
    }

    #[test]
    fn what_is_no_answer_is_trouble() {
        for body in [
            "",
            "{}",
            "[]",
            r#"{"versions":7}"#,
            r#"{"versions":[{}]}"#,
            "\u{0}",
        ] {
            let found = Wanted::Text(1).read(200, body.as_bytes());
            assert!(matches!(found, Outcome::Trouble(Why::Unlike(_))), "{body}");
        }
        let found = Wanted::Text(1).read(404, b"{}");
        assert_eq!(found, Outcome::Trouble(Why::Status(404)));
    }

    #[test]
    fn its_own_api_lies_beside_the_other() {
        let search = "http://r:8080/apis/registry/v3/search/versions?";
        for address in ["http://r:8080/apis/ccompat/v7", "http://r:8080"] {
            assert_eq!(Wanted::Text(9).url(address), format!("{search}globalId=9"));
        }
        assert_eq!(
            Wanted::Version("a&b", 7).url("http://r:8080/apis/ccompat/v7"),
            format!("{search}groupId=default&artifactId=a%26b&contentId=7")
        );
    }
}
