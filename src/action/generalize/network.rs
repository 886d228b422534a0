//! Network addresses to the network they lie in.

use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::action::characters::{Characters, HEX};
use crate::action::{
    Cx, Dial, Example, Facts, Gives, Grade, Growth, Narrow, OpenEnd, Says, Setting, Type,
};
use crate::canon::network;
use crate::language::codes;
use crate::language::mapping::Mapping;
use crate::language::shape::{Takes, word};
use crate::record::Reason;
use crate::record::value::{Applied, Out, View};

use super::kind::{self, Coarsening, KindDef};

/// The definition.
pub(super) const NETWORK: KindDef = KindDef {
    what: "a network address",
    decides: &[
        word(
            "ipv4",
            Takes::Integer(0, 32),
            "Network: bits kept of an IPv4 address.",
        ),
        word(
            "ipv6",
            Takes::Integer(0, 128),
            "Network: bits kept of an IPv6 address.",
        ),
    ],
    is_one_of: false,
    further: &[word(
        "port",
        Takes::OneOf(&["drop"]),
        "Network: an address with a port is taken, and its port dropped; without the word it is refused.",
    )],
    borrows: kind::nothing,
    doc: "**Network** (`ipv4`, `ipv6`): the network the address lies in, `203.0.113.0/24`. Of an empty text, or a word for nothing, nothing leaves. A family without a rule is `wrong_type`, a text that is no address (port, zone and brackets included) `bad_identifier`. With `port: drop` an address with a port is taken too, `203.0.113.7:443` and `[2001:db8::7]:443`, and the port dropped. An IPv6 address of a well-known form that is made from an IPv4 address (compatible, mapped, translated, NAT64 `64:ff9b::/96`, 6to4, Teredo, ISATAP) is taken as that IPv4 address, by the rule of `ipv4`. Of `64:ff9b:1::/48`, NAT64 inside a network, at most those 48 bits are kept. A network that makes such addresses under a prefix of its own (RFC 6052, 6rd) puts IPv4 addresses where nothing shows them: those are taken as any IPv6 address, and bits of `ipv6` beyond that prefix are bits of the IPv4 address.",
    leaks: "`ipv4: 32` and `ipv6: 128` leave whole addresses; from `ipv4: 29` and `ipv6: 125` on it is a network of eight or fewer, which counts as in clear.",
    examples: &[
        Example {
            policy: "{ generalize: { ipv4: 24, ipv6: 48 } }",
            input: r#""203.0.113.7""#,
            output: Some(r#""203.0.113.0/24""#),
        },
        Example {
            policy: "{ generalize: { ipv4: 24, port: drop } }",
            input: r#""203.0.113.7:443""#,
            output: Some(r#""203.0.113.0/24""#),
        },
    ],
    parse: kind::spec::<Rule>,
};

/// Prefix lengths by family; a family without one is refused.
#[derive(Clone, Copy, Debug)]
struct Rule {
    ipv4: Option<u8>,
    ipv6: Option<u8>,
    /// An address may have a port.
    drops_port: bool,
}

impl Coarsening for Rule {
    const LEAKS: &'static str = NETWORK.leaks;

    fn parse(mapping: &mut Mapping<'_, '_>) -> Option<Rule> {
        let before = mapping.findings.errors();
        let mut bits = |name| {
            mapping
                .integer(name)
                .map(|n| u8::try_from(n).expect("the range ends at 128"))
        };
        let (ipv4, ipv6) = (bits("ipv4"), bits("ipv6"));
        let drops_port = mapping.one_of("port").is_some();
        if !mapping.has("ipv4") && !mapping.has("ipv6") {
            mapping
                .findings
                .error(
                    codes::CHOOSE_ONE,
                    mapping.span,
                    "`port` says what becomes of a port, not of the address",
                )
                .help("add `ipv4: 24` or `ipv6: 48`");
        }
        (mapping.findings.errors() == before).then_some(Rule {
            ipv4,
            ipv6,
            drops_port,
        })
    }

    fn facts(&self) -> Facts {
        Facts {
            // A network of eight addresses or fewer is a household's or a person's.
            clear: self.ipv4 >= Some(29) || self.ipv6 >= Some(125),
            open_end: if self.ipv4 >= Some(25) {
                Some(OpenEnd::FinerThan("ipv4: 24"))
            } else {
                (self.ipv6 >= Some(57)).then_some(OpenEnd::FinerThan("ipv6: 56"))
            },
            // An address, its family's other spelling and the length of the network.
            writes: Characters::of(HEX).with(".:/"),
            grade: Some(Grade::Network {
                ipv4: self.ipv4.unwrap_or(0),
                ipv6: self.ipv6.unwrap_or(0),
            }),
            ..Facts::default()
        }
    }

    fn grows(&self) -> Growth {
        // The longest way to write an address.
        Growth::by(45)
    }

    fn dials(&self) -> Vec<Dial> {
        let dial = |word, bits: Option<u8>| Dial::new(word, Setting::Amount(bits.map(u64::from)));
        vec![
            dial("ipv4", self.ipv4),
            dial("ipv6", self.ipv6),
            // More addresses pass.
            Dial::new("port", Setting::Switch(self.drops_port)),
        ]
    }

    fn gives(&self, from: Type) -> Option<Gives> {
        (from == Type::Text).then(|| Gives::one(from)).flatten()
    }

    fn narrow(&self) -> Narrow {
        Narrow::no_words()
    }

    fn says(&self) -> Says {
        let family = |bits: Option<u8>, name| Some(format!("/{} of {name}", bits?));
        let families = [family(self.ipv4, "IPv4"), family(self.ipv6, "IPv6")];
        let families: Vec<String> = families.into_iter().flatten().collect();
        let families = families.join(", ");
        Says {
            what: format!("the network that the address lies in: {families}"),
            bins: Some(families),
            ..Says::default()
        }
    }

    /// Writes the network of an address in text form.
    fn apply(&self, view: View<'_>, out: &mut dyn Out, cx: &mut Cx<'_>) -> Applied {
        let View::Text(text) = view else {
            return Err(Reason::WrongType);
        };
        let address = self
            .address(text.chars_in(cx.text))
            .ok_or(Reason::BadIdentifier)?;
        cx.bytes.clear();
        let (address, most) = network::plain(address);
        let rule = match address {
            IpAddr::V4(_) => self.ipv4,
            IpAddr::V6(_) => self.ipv6,
        };
        let bits = rule.ok_or(Reason::WrongType)?.min(most);
        match address {
            IpAddr::V4(address) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0);
                let masked = Ipv4Addr::from_bits(address.to_bits() & mask);
                network::push_ipv4(cx.bytes, masked);
                cx.bytes.push(b'/');
                network::push_byte(cx.bytes, bits);
            }
            IpAddr::V6(address) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0);
                let network = Ipv6Addr::from_bits(address.to_bits() & mask);
                write!(cx.bytes, "{network}/{bits}").expect("writing to memory cannot fail");
            }
        }
        out.ascii(cx.bytes);
        Ok(())
    }
}

impl Rule {
    /// The address that a text is, without its port.
    fn address(&self, text: &str) -> Option<IpAddr> {
        match text.parse() {
            Ok(address) => Some(address),
            // A zone is refused with and without a port.
            Err(_) if self.drops_port && !text.contains('%') => text
                .parse()
                .ok()
                .map(|with_port: SocketAddr| with_port.ip()),
            Err(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{findings, run};
    use crate::record::Reason;

    const BOTH: &str = "{ generalize: { ipv4: 24, ipv6: 48 } }";

    fn network(policy: &str, address: &str) -> Result<String, Reason> {
        let out = run(policy, &format!("\"{address}\""))?.unwrap();
        Ok(out.trim_matches('"').to_owned())
    }

    #[test]
    fn an_address_becomes_its_network() {
        for (address, expected) in [
            ("203.0.113.7", "203.0.113.0/24"),
            ("255.255.255.255", "255.255.255.0/24"),
            ("2001:db8:1:2::7", "2001:db8:1::/48"),
            ("2001:DB8:0001:0002:0:0:0:7", "2001:db8:1::/48"),
            ("::ffff:203.0.113.7", "203.0.113.0/24"),
            ("::FFFF:cb00:7107", "203.0.113.0/24"),
            ("2002:cb00:7107::1", "203.0.113.0/24"),
        ] {
            assert_eq!(network(BOTH, address).as_deref(), Ok(expected));
        }
        assert_eq!(
            network("{ generalize: { ipv4: 0 } }", "203.0.113.7").as_deref(),
            Ok("0.0.0.0/0")
        );
        assert_eq!(
            network("{ generalize: { ipv6: 0 } }", "2001:db8::").as_deref(),
            Ok("::/0")
        );
        assert_eq!(
            network("{ generalize: { ipv4: 32 } }", "203.0.113.7").as_deref(),
            Ok("203.0.113.7/32")
        );
    }

    #[test]
    fn of_what_stands_for_no_address_nothing_leaves() {
        for json in [r#""""#, r#""unknown""#, r#""N\u002fA""#] {
            assert_eq!(run(BOTH, json), Ok(None), "{json}");
        }
    }

    #[test]
    fn an_embedded_ipv4_address_is_generalized_as_one() {
        let fine = "{ generalize: { ipv4: 16, ipv6: 128 } }";
        for address in [
            "::ffff:203.0.113.7",
            "::203.0.113.7",
            "::ffff:0:203.0.113.7",
            "64:ff9b::203.0.113.7",
            "2002:cb00:7107::1",
            "2001:0:c000:204:8000:63bf:34ff:8ef8",
            "2001:db8::5efe:203.0.113.7",
            "2001:db8::200:5efe:203.0.113.7",
        ] {
            assert_eq!(
                network(fine, address).as_deref(),
                Ok("203.0.0.0/16"),
                "{address}"
            );
        }
        // Where in it the IPv4 address stands, only the local network knows.
        assert_eq!(
            network(fine, "64:ff9b:1:cb00:71:700::").as_deref(),
            Ok("64:ff9b:1::/48")
        );
        assert_eq!(
            network("{ generalize: { ipv6: 32 } }", "64:ff9b:1:cb00::").as_deref(),
            Ok("64:ff9b::/32")
        );
        // These two are addresses of their own.
        assert_eq!(network(fine, "::1").as_deref(), Ok("::1/128"));
        assert_eq!(network(fine, "::").as_deref(), Ok("::/128"));
    }

    #[test]
    fn a_family_without_a_rule_is_refused() {
        let v4 = "{ generalize: { ipv4: 24 } }";
        let v6 = "{ generalize: { ipv6: 48 } }";
        assert_eq!(network(v4, "2001:db8::1"), Err(Reason::WrongType));
        assert_eq!(network(v6, "203.0.113.7"), Err(Reason::WrongType));
        assert_eq!(network(v6, "::ffff:203.0.113.7"), Err(Reason::WrongType));
        assert_eq!(network(v6, "2002:cb00:7107::1"), Err(Reason::WrongType));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "203.0.113",
            "203.0.113.256",
            "203.0.113.07",
            "203.0.113.7:80",
            "[2001:db8::1]",
            "fe80::1%eth0",
            "203.0.113.7 ",
            "203.0.113.0/24",
        ] {
            assert_eq!(network(BOTH, text), Err(Reason::BadIdentifier), "{text}");
        }
        assert_eq!(run(BOTH, "3405803783"), Err(Reason::WrongType));
        assert_eq!(run(BOTH, "null"), Ok(Some("null".into())));
    }

    #[test]
    fn a_port_is_dropped_where_the_policy_says_so() {
        let policy = "{ generalize: { ipv4: 24, ipv6: 48, port: drop } }";
        for (address, expected) in [
            ("203.0.113.7:443", "203.0.113.0/24"),
            ("203.0.113.7:0", "203.0.113.0/24"),
            ("203.0.113.7", "203.0.113.0/24"),
            ("[2001:db8:1:2::7]:65535", "2001:db8:1::/48"),
            ("2001:db8:1:2::7", "2001:db8:1::/48"),
            ("[::ffff:203.0.113.7]:80", "203.0.113.0/24"),
        ] {
            assert_eq!(network(policy, address).as_deref(), Ok(expected));
        }
        for text in [
            "203.0.113.7:65536",
            "203.0.113.7:",
            "203.0.113.7:-1",
            "203.0.113.7:８０",
            "203.0.113.7: 80",
            "203.0.113.7:80:80",
            "[203.0.113.7]:80",
            "[2001:db8::7]",
            "[2001:db8::7]:",
            "[fe80::1%3]:80",
            "[fe80::1%eth0]:80",
            ":80",
            "localhost:80",
        ] {
            assert_eq!(network(policy, text), Err(Reason::BadIdentifier), "{text}");
        }
    }

    #[test]
    fn wrong_parameters_are_findings() {
        assert_eq!(findings("{ generalize: { ipv4: 33 } }"), ["V0007"]);
        assert_eq!(findings("{ generalize: { port: drop } }"), ["V0301"]);
        assert_eq!(
            findings("{ generalize: { ipv4: 24, port: keep } }"),
            ["V0004"]
        );
        assert_eq!(
            findings("{ generalize: { ipv4: 24, bucket: 10 } }"),
            ["V0301"]
        );
    }
}
