//! `compat: { snowplow: … }`: the code that Snowplow's enrichment made, for as long as
//! what it made is still joined.

use super::super::{
    Action, CodedBy, Cx, Degree, Facts, Gives, Growth, KeyUse, Kinds, NotBuilt, Passing, Reveals,
    Says, Setting, Site, Spec, Type, param,
};
use crate::action::characters::{Characters, HEX};
use crate::crypto::salted::{Function, Salt};
use crate::language::mapping::Mapping;
use crate::language::shape::{Shape, Takes, word};
use crate::record::value::{Applied, Out, View};
use crate::record::{Nothing, Reason};

/// `compat` as an object.
pub(super) static COMPAT: Shape = Shape {
    name: "compat",
    words: &[
        word(
            "snowplow",
            Takes::OneOf(Function::WORDS),
            "The hash that the enrichment was configured with.",
        )
        .required(),
        word(
            "salt",
            Takes::KeyName(""),
            "A name under `keys:` whose entry holds its salt.",
        )
        .required(),
    ],
};

/// Words that say how a code is made, which is said by the other tool.
const OF_CODES: [&str; 12] = [
    "key",
    "normalize",
    "encoding",
    "bits",
    "scope",
    "space",
    "from",
    "ip",
    "epoch",
    "epoch_by",
    "late_max",
    "accept_from",
];

struct Compat {
    salt: param::Key,
    function: Function,
    word: &'static str,
}

pub(super) fn parse(mapping: &mut Mapping<'_, '_>) -> Option<Box<dyn Spec>> {
    let before = mapping.findings.errors();
    for word in OF_CODES {
        let why = "the code must be the one that the other tool made";
        param::not_together(mapping, "compat", word, why);
    }
    let node = mapping.node("compat")?;
    let mut inner = Mapping::open(node, &COMPAT, mapping.findings)?;
    let word = inner.one_of("snowplow");
    let salt = param::salt(&mut inner);
    let function = word.and_then(|word| Some((word, Function::of_word(word)?)));
    let ((word, function), salt) = function.zip(salt)?;
    (mapping.findings.errors() == before).then(|| {
        Box::new(Compat {
            salt,
            function,
            word,
        }) as Box<dyn Spec>
    })
}

impl Spec for Compat {
    fn key(&self) -> Option<KeyUse<'_>> {
        Some(self.salt.as_use())
    }

    fn takes_salt(&self) -> bool {
        true
    }

    fn facts(&self) -> Facts {
        Facts {
            linkable: true,
            // That it stays for ever is part of what is said of it anyway.
            join_key: Some(CodedBy::default().with("compat", format!("snowplow {}", self.word))),
            salted: true,
            writes: Characters::of(HEX),
            ..Facts::default()
        }
    }

    fn grows(&self) -> Growth {
        // Between quotes.
        Growth::by(2 + self.function.text_len())
    }

    fn reveals(&self) -> Reveals {
        Reveals::of(Degree::Code)
            .of_values(Passing::some_of(Kinds::Texts))
            .with("compat", Setting::Choice(format!("snowplow {}", self.word)))
    }

    fn gives(&self, from: Type) -> Option<Gives> {
        match from {
            Type::Null => Gives::NOTHING,
            Type::Text => Gives::maybe(Type::Text),
            _ => None,
        }
    }

    fn says(&self, _domain: &str) -> Says {
        Says::of(format!(
            "the code that Snowplow's enrichment makes of the value, {} with a salt, the same in every output: whoever has the salt `{}`, or guesses it, tries values",
            self.word,
            self.salt.as_use().alias
        ))
        .reaching("the same in every output")
    }

    fn build(&self, site: &Site<'_>) -> Result<Box<dyn Action>, NotBuilt> {
        Ok(Box::new(Made {
            function: self.function,
            salt: param::salt_of(site).clone(),
            nothing: site.nothing.clone(),
        }))
    }
}

struct Made {
    function: Function,
    salt: Salt,
    nothing: Nothing,
}

impl Action for Made {
    fn apply(&self, view: View<'_>, out: &mut dyn Out, cx: &mut Cx<'_>) -> Applied {
        let text = match view {
            View::Null => return Ok(()),
            View::Text(text) => text.chars_in(cx.text),
            // The enrichment leaves them as they are: there is no code to go on with.
            _ => return Err(Reason::WrongType),
        };
        if self.nothing.is(text.as_bytes()) {
            return Ok(());
        }
        let mut code = [0; 128];
        let code = &mut code[..self.function.text_len()];
        self.function.write(text.as_bytes(), &self.salt, code);
        out.ascii(code);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::testing::{findings, run};

    fn code(function: &str, json: &str) -> Result<Option<String>, Reason> {
        let policy =
            format!("{{ pseudonymize: {{ compat: {{ snowplow: {function}, salt: salt }} }} }}");
        run(&policy, json)
    }

    /// By Python's hashlib: the salt of policy tests is `veil test salt NAME`.
    #[test]
    fn the_text_comes_first_and_the_salt_behind_it() {
        let sha256 = r#""ca87fbb1c0bf69b8f70fbd015d235981d3b89b088b8acd4734ef92906a411349""#;
        assert_eq!(
            code("sha256", r#""john@acme.com""#),
            Ok(Some(sha256.to_owned()))
        );
        assert_eq!(
            code("sha256", r#""john\u0040acme.com""#),
            Ok(Some(sha256.to_owned()))
        );
        let long = code("sha512", r#""john@acme.com""#).unwrap().unwrap();
        assert_eq!(long.len(), 2 + 128);
        // Nothing is made one: as there.
        assert_ne!(code("sha256", r#"" a""#), code("sha256", r#""a""#));
        assert_ne!(code("sha256", r#""A""#), code("sha256", r#""a""#));
    }

    #[test]
    fn what_is_nothing_leaves_nothing_and_what_is_no_text_is_refused() {
        for nothing in ["null", r#""""#, r#""unknown""#] {
            assert_eq!(code("sha256", nothing), Ok(None), "{nothing}");
        }
        for bad in ["true", "42", "1.5", "[]", "{}"] {
            assert_eq!(code("sha256", bad), Err(Reason::WrongType), "{bad}");
        }
    }

    #[test]
    fn words_of_codes_do_not_go_with_it() {
        for (words, codes) in [
            ("key: people", &["V0302"][..]),
            ("normalize: text", &["V0302"]),
            ("epoch: none", &["V0302"]),
            ("ip: prefix_preserving", &["V0302"]),
        ] {
            let policy = format!(
                "{{ pseudonymize: {{ compat: {{ snowplow: sha256, salt: salt }}, {words} }} }}"
            );
            assert_eq!(findings(&policy), codes, "{words}");
        }
        for (compat, codes) in [
            ("{ snowplow: md5, salt: salt }", &["V0004"][..]),
            ("{ snowplow: sha1, salt: salt }", &["V0004"]),
            ("{ snowplow: sha256 }", &["V0005"]),
            ("{ salt: salt }", &["V0005"]),
            ("{ snowplow: sha256, salt: salt@2 }", &["V0306"]),
            ("sha256", &["V0006"]),
        ] {
            let policy = format!("{{ pseudonymize: {{ compat: {compat} }} }}");
            assert_eq!(findings(&policy), codes, "{compat}");
        }
    }
}
