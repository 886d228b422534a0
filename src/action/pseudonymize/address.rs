//! `ip: prefix_preserving`: an address stands for the address.

use std::io::Write as _;
use std::net::IpAddr;

use super::super::{
    Action, Besides, CodedBy, Cx, Degree, Facts, Gives, Growth, KeyUse, Kinds, NotBuilt, Passing,
    Reveals, Reverse, Says, Setting, Site, Spec, TimeAt, Type, epoch, param,
};
use crate::action::characters::{Characters, HEX};
use crate::canon::network;
use crate::crypto::address::Addresses;
use crate::language::mapping::Mapping;
use crate::record::value::{Applied, Out, View};
use crate::record::{Nothing, Reason};

struct PrefixPreserving {
    key: param::Key,
    space: String,
    epoch: epoch::Said,
}

/// Words that say how a code is made, which an address does not have.
const OF_CODES: [(&str, &str); 5] = [
    ("normalize", "an address has one normal form"),
    ("encoding", "an address is written as an address"),
    ("bits", "an address has the bits that it has"),
    (
        "scope",
        "networks can be held together only within a whole domain",
    ),
    ("from", "one address is taken"),
];

pub(super) fn parse(mapping: &mut Mapping<'_, '_>) -> Option<Box<dyn Spec>> {
    let before = mapping.findings.errors();
    let (epoch, key) = epoch::read_with_key(mapping);
    mapping.one_of("ip");
    for (word, why) in OF_CODES {
        param::not_together(mapping, "ip", word, why);
    }
    let space = param::space(mapping);
    let (key, epoch) = (key?, epoch?);
    (mapping.findings.errors() == before)
        .then(|| Box::new(PrefixPreserving { key, space, epoch }) as Box<dyn Spec>)
}

impl Spec for PrefixPreserving {
    fn key(&self) -> Option<KeyUse<'_>> {
        Some(self.key.as_use())
    }

    fn facts(&self) -> Facts {
        let epochs = self.epoch.rule().map(epoch::EpochRule::epochs);
        let epoch = epochs.map(|e| e.length.to_string());
        Facts {
            linkable: true,
            linkable_unsaid: matches!(self.epoch, epoch::Said::Nothing),
            join_key: Some(
                CodedBy::default()
                    .with("space", self.space.as_str())
                    .with("ip", "prefix_preserving")
                    .with("epoch", epoch.unwrap_or_default()),
            ),
            epochs: epochs.cloned(),
            reversible: true,
            read_off: true,
            writes: Characters::of(HEX).with(".:"),
            ..Facts::default()
        }
    }

    fn grows(&self) -> Growth {
        // The longest way to write an address, between quotes.
        Growth::by(2 + 39)
    }

    fn reveals(&self) -> Reveals {
        let epochs = self.epoch.rule().map(epoch::EpochRule::epochs);
        let by = epochs.and_then(|e| e.by.clone()).unwrap_or_default();
        Reveals::of(Degree::ReversibleCode)
            .of_values(Passing::some_of(Kinds::Texts))
            .with("ip", Setting::Choice("prefix_preserving".to_owned()))
            .with("space", Setting::Choice(self.space.clone()))
            .with("epoch", Setting::Epoch(epochs.map(|e| e.length)))
            .with("epoch_by", Setting::Choice(by))
    }

    fn gives(&self, from: Type) -> Option<Gives> {
        match from {
            Type::Null => Gives::NOTHING,
            Type::Text => Gives::maybe(Type::Text),
            _ => None,
        }
    }

    fn says(&self, domain: &str) -> Says {
        let lasts = match self.epoch.rule() {
            Some(rule) => format!(", {}", rule.epochs().lasts()),
            None => String::new(),
        };
        let reach = format!("the same in every output of domain `{domain}`");
        Says::of(format!(
            "an address that stands for the address, {reach}{lasts}; those of one network stay together, and whoever holds the key `{}` can turn it back",
            self.key.as_use().alias
        ))
        .reaching(reach)
    }

    fn time_at(&self) -> Option<TimeAt<'_>> {
        self.epoch.rule()?.time_at()
    }

    fn build(&self, site: &Site<'_>) -> Result<Box<dyn Action>, NotBuilt> {
        let rule = self.epoch.rule();
        let addresses = match rule {
            None => Addresses::new(&param::handle(site).root, site.domain, &self.space)?,
            Some(rule) => {
                let versions = param::versions(site).clone();
                Addresses::changing(versions, rule.epochs().length, site.domain, &self.space)?
            }
        };
        Ok(Box::new(Made {
            addresses,
            window: rule.map(|rule| rule.window(site.time)),
            nothing: site.nothing.clone(),
        }))
    }
}

struct Made {
    addresses: Addresses,
    /// `None`: addresses never change.
    window: Option<epoch::Window>,
    nothing: Nothing,
}

impl Action for Made {
    fn apply(&self, view: View<'_>, out: &mut dyn Out, cx: &mut Cx<'_>) -> Applied {
        let text = match view {
            View::Null => return Ok(()),
            View::Text(text) => text.chars_in(cx.text),
            _ => return Err(Reason::WrongType),
        };
        if self.nothing.is(text.as_bytes()) {
            return Ok(());
        }
        let address: IpAddr = text.parse().map_err(|_| Reason::BadIdentifier)?;
        let (address, _) = network::plain(address);
        let event_ms = match &self.window {
            Some(window) => window.event_ms(&*cx)?,
            None => 0,
        };
        cx.bytes.clear();
        match self.addresses.encipher(address, event_ms)? {
            IpAddr::V4(made) => network::push_ipv4(cx.bytes, made),
            IpAddr::V6(made) => write!(cx.bytes, "{made}").expect("writing to memory cannot fail"),
        }
        out.ascii(cx.bytes);
        Ok(())
    }

    fn recomputed_from(&self) -> Option<Besides> {
        Some(Besides {
            time: self.window.is_some(),
            ..Besides::default()
        })
    }

    fn as_reverse(&self) -> Option<&dyn Reverse> {
        Some(self)
    }
}

impl Reverse for Made {
    fn needs_time(&self) -> bool {
        self.addresses.change()
    }

    fn reverse(&self, made: &str, at_ms: i64, clear: &mut String) -> Applied {
        let made: IpAddr = made.parse().map_err(|_| Reason::BadIdentifier)?;
        let address = self.addresses.decipher(made, at_ms)?;
        clear.push_str(&zeroize::Zeroizing::new(address.to_string()));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::testing::{Bench, NOW_MS, build, findings, run, view};
    use crate::record::timestamp::Timestamp;

    const PLAIN: &str = "{ pseudonymize: { key: people, ip: prefix_preserving } }";
    const DAILY: &str = "{ pseudonymize: { key: people, ip: prefix_preserving, epoch: 1d } }";

    fn made(policy: &str, address: &str) -> IpAddr {
        let out = run(policy, &format!("{address:?}")).unwrap().unwrap();
        out.trim_matches('"').parse().unwrap()
    }

    fn back(policy: &str, made: &str, at_ms: i64) -> Result<String, Reason> {
        let mut clear = String::new();
        let action = build(policy);
        let reverse = action.as_reverse().unwrap();
        assert_eq!(reverse.needs_time(), policy == DAILY);
        reverse.reverse(made, at_ms, &mut clear)?;
        Ok(clear)
    }

    #[test]
    fn addresses_keep_their_family_and_come_back() {
        for policy in [PLAIN, DAILY] {
            for clear in ["203.0.113.7", "0.0.0.0", "2001:db8::7", "::1", "fe80::1"] {
                let made = made(policy, clear);
                assert_eq!(made.is_ipv4(), !clear.contains(':'), "{clear}");
                assert_ne!(made.to_string(), clear);
                let again = back(policy, &made.to_string(), NOW_MS);
                assert_eq!(again.as_deref(), Ok(clear));
            }
        }
    }

    #[test]
    fn forms_that_hold_an_ipv4_address_are_that_address() {
        let v4 = made(PLAIN, "203.0.113.7");
        for form in [
            "::ffff:203.0.113.7",
            "64:ff9b::203.0.113.7",
            "2002:cb00:7107::1",
        ] {
            assert_eq!(made(PLAIN, form), v4, "{form}");
        }
        assert_eq!(
            made(PLAIN, "2001:DB8:0:0:0:0:0:1"),
            made(PLAIN, "2001:db8::1")
        );
    }

    #[test]
    fn what_is_no_address_is_refused_and_what_is_nothing_leaves_nothing() {
        for nothing in ["null", r#""""#, r#""unknown""#] {
            assert_eq!(run(PLAIN, nothing), Ok(None), "{nothing}");
        }
        for bad in [
            r#""203.0.113""#,
            r#""203.0.113.7:443""#,
            r#""[2001:db8::1]""#,
            r#""fe80::1%eth0""#,
            r#""203.0.113.0/24""#,
            r#"" 203.0.113.7""#,
            r#""010.0.0.1""#,
            r#""jane""#,
        ] {
            assert_eq!(run(PLAIN, bad), Err(Reason::BadIdentifier), "{bad}");
        }
        for bad in ["42", "true", "[]", "{}"] {
            assert_eq!(run(PLAIN, bad), Err(Reason::WrongType), "{bad}");
        }
        let long = format!("\"{}\"", "1".repeat(1_000_000));
        assert_eq!(run(PLAIN, &long), Err(Reason::BadIdentifier));
        assert_eq!(back(PLAIN, "vYjqcPDV", 0), Err(Reason::BadIdentifier));
    }

    #[test]
    fn one_address_has_another_in_every_epoch() {
        let action = build(DAILY);
        let at = |ms| {
            let mut bench = Bench::default();
            bench.timestamp = Timestamp::Create(ms);
            bench.apply(action.as_ref(), view(r#""203.0.113.7""#))?;
            Ok(bench.take(action.as_ref()))
        };
        assert_eq!(at(NOW_MS), at(NOW_MS + 60_000));
        assert_ne!(at(NOW_MS), at(NOW_MS - 86_400_000));
        let long_ago = at(NOW_MS - 8 * 86_400_000);
        assert_eq!(long_ago, Err(Reason::EpochOutOfWindow));
        let of_the_day_before = back(DAILY, "203.0.113.7", NOW_MS - 86_400_000);
        assert_ne!(back(DAILY, "203.0.113.7", NOW_MS), of_the_day_before);
    }

    #[test]
    fn words_of_codes_do_not_go_with_it() {
        for words in [
            "normalize: text",
            "encoding: hex",
            "bits: 128",
            "scope: output",
            "from: [a, b]",
        ] {
            let policy =
                format!("{{ pseudonymize: {{ key: people, ip: prefix_preserving, {words} }} }}");
            assert_eq!(findings(&policy), ["V0302"], "{words}");
        }
        let unknown = "{ pseudonymize: { key: people, ip: whole } }";
        assert_eq!(findings(unknown), ["V0004"]);
        let keyless = "{ pseudonymize: { ip: prefix_preserving } }";
        assert_eq!(findings(keyless), ["V0005"]);
    }
}
