//! E-mail addresses to their domain.

use crate::action::characters::{Characters, DOMAIN};
use crate::action::{Cx, Dial, Example, Facts, Gives, Grade, Growth, Narrow, Says, Setting, Type};
use crate::canon::{Canon, network};
use crate::language::mapping::Mapping;
use crate::language::shape::{Takes, word};
use crate::record::value::{Applied, Out, View};
use crate::record::{Nothing, Reason};

use super::kind::{self, Coarsening, KindDef};

/// The definition.
pub(super) const EMAIL: KindDef = KindDef {
    what: "an e-mail address",
    decides: &[word(
        "email",
        Takes::OneOf(&["domain"]),
        "E-mail: its domain.",
    )],
    is_one_of: true,
    further: &[],
    borrows: kind::nothing,
    doc: "**E-mail** (`email: domain`): the canonical domain, lower case, in its ASCII form. A text that is no address, or has a number such as `1.2.3.4` for its domain, is `bad_identifier`; an empty one, or a word for nothing such as `unknown`, leaves nothing.",
    leaks: "",
    examples: &[Example {
        policy: "{ generalize: { email: domain } }",
        input: r#""Jane.Doe@Bücher.example""#,
        output: Some(r#""xn--bcher-kva.example""#),
    }],
    parse: kind::spec::<Domain>,
};

/// The domain of the canonical address.
#[derive(Clone, Debug)]
struct Domain {
    canon: Canon,
}

impl Coarsening for Domain {
    const LEAKS: &'static str = EMAIL.leaks;

    fn parse(mapping: &mut Mapping<'_, '_>) -> Option<Domain> {
        mapping.one_of("email")?;
        let canon = Canon::from_words(["email"]).expect("`email` is a canonicaliser");
        Some(Domain { canon })
    }

    fn with_nothing(self, nothing: &Nothing) -> Domain {
        Domain {
            canon: self.canon.with_nothing(nothing),
        }
    }

    fn facts(&self) -> Facts {
        Facts {
            grade: Some(Grade::EmailDomain),
            writes: Characters::of(DOMAIN),
            ..Facts::default()
        }
    }

    fn grows(&self) -> Growth {
        // A name in another script is written in ASCII; a domain has 253 characters at most.
        Growth::by(253)
    }

    fn dials(&self) -> Vec<Dial> {
        vec![Dial::new(
            "email",
            Setting::Choice(self.canon.id().to_owned()),
        )]
    }

    fn gives(&self, from: Type) -> Option<Gives> {
        (from == Type::Text).then(|| Gives::maybe(from)).flatten()
    }

    fn narrow(&self) -> Narrow {
        Narrow::no_words()
    }

    fn says(&self) -> Says {
        Says::of("the domain of the e-mail address")
    }

    /// Writes the domain; nothing for an address that stands for none.
    fn apply(&self, view: View<'_>, out: &mut dyn Out, cx: &mut Cx<'_>) -> Applied {
        cx.bytes.clear();
        if !self.canon.value(view, cx.text, cx.bytes)? {
            return Ok(());
        }
        let at = memchr::memrchr(b'@', cx.bytes).ok_or(Reason::BadIdentifier)?;
        let domain = &cx.bytes[at + 1..];
        // The canonicaliser, which is frozen, refuses address literals in brackets only.
        if network::is_address(domain) {
            return Err(Reason::BadIdentifier);
        }
        out.ascii(domain);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{findings, run};
    use crate::record::Reason;

    const POLICY: &str = "{ generalize: { email: domain } }";

    #[test]
    fn the_domain_is_canonical() {
        for (json, expected) in [
            (r#""Jane.Doe+x@GMAIL.com""#, r#""gmail.com""#),
            (r#"" jane@bücher.example. ""#, r#""xn--bcher-kva.example""#),
            (r#""jane\u0040example.com""#, r#""example.com""#),
            ("null", "null"),
        ] {
            assert_eq!(run(POLICY, json), Ok(Some(expected.to_owned())));
        }
        for json in [r#""""#, r#""unknown""#] {
            assert_eq!(run(POLICY, json), Ok(None));
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for json in [
            r#""jane""#,
            r#""a@b""#,
            r#""a@b@example.com""#,
            r#""@example.com""#,
            r#""a@[1.2.3.4]""#,
            r#""a@1.2.3.4""#,
            r#""a@1.2.3.4.""#,
            r#""a@[IPv6:2001:db8::1]""#,
            r#""a@0x7f.1""#,
            r#""a@127.0.0.0x1""#,
            r#""a@１.２.３.４""#,
        ] {
            assert_eq!(run(POLICY, json), Err(Reason::BadIdentifier), "{json}");
        }
        for json in ["1", "true", "[]"] {
            assert_eq!(run(POLICY, json), Err(Reason::WrongType));
        }
        assert_eq!(findings("{ generalize: { email: local } }"), ["V0004"]);
    }
}
