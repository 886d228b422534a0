//! Network addresses in the networks that they lie in.

use std::sync::Arc;

use super::kind::{Kind, levels, no_domain};
use crate::action::{Cx, Dial, NotBuilt, Setting, Site, Type};
use crate::anonymity::quasi::{Domain, Networks};
use crate::language::mapping::Mapping;
use crate::language::shape::{Shape, Takes, word};
use crate::record::Reason;
use crate::record::value::{Applied, Out, View};

pub(super) const SHAPE: Shape = Shape {
    name: "network",
    words: &[
        word(
            "ipv4",
            Takes::List(&Takes::Integer(1, 32)),
            "Bits of IPv4 networks, the smallest network first.",
        )
        .required(),
        word(
            "ipv6",
            Takes::List(&Takes::Integer(1, 128)),
            "Bits of IPv6 networks, the smallest network first.",
        )
        .required(),
    ],
};

/// Which networks there are.
#[derive(Clone)]
pub(super) struct Rule {
    domain: Arc<Domain>,
    ipv4: Vec<u8>,
    ipv6: Vec<u8>,
}

impl Rule {
    pub(super) fn parse(mapping: &mut Mapping<'_, '_>) -> Option<Rule> {
        let node = mapping.node("network")?;
        let mut inside = Mapping::open(node, &SHAPE, mapping.findings)?;
        let (ipv4, ipv6) = (
            levels(&mut inside, "ipv4", 32),
            levels(&mut inside, "ipv6", 128),
        );
        let (ipv4, ipv6) = ipv4.zip(ipv6)?;
        match Networks::new(&ipv4, &ipv6) {
            Ok(networks) => Some(Rule {
                domain: Arc::new(Domain::Networks(networks)),
                ipv4,
                ipv6,
            }),
            Err(why) => {
                let help = "write `network: { ipv4: [24, 20, 16, 12, 8], ipv6: [48, 40, 32] }`";
                no_domain(why, node.span, mapping, help);
                None
            }
        }
    }
}

impl Kind for Rule {
    fn dials(&self) -> Vec<Dial> {
        let networks = format!("ipv4: {:?}, ipv6: {:?}", self.ipv4, self.ipv6);
        vec![Dial::new("network", Setting::Choice(networks))]
    }

    fn takes(&self, from: Type) -> bool {
        from == Type::Text
    }

    fn says(&self) -> String {
        let bits = |bits: &[u8]| {
            let all: Vec<String> = bits.iter().map(|b| format!("/{b}")).collect();
            all.join(", ")
        };
        format!(
            "networks of {} (IPv4) or {} (IPv6)",
            bits(&self.ipv4),
            bits(&self.ipv6)
        )
    }

    fn for_site(&self, _site: &Site<'_>) -> Result<(Rule, Arc<Domain>), NotBuilt> {
        Ok((self.clone(), Arc::clone(&self.domain)))
    }

    fn leaf(&self, scalar: View<'_>, out: &mut dyn Out, cx: &mut Cx<'_>) -> Applied {
        let View::Text(text) = scalar else {
            return Err(Reason::WrongType);
        };
        let Domain::Networks(networks) = &*self.domain else {
            unreachable!("a network is of the domain of networks");
        };
        let address = text.chars_in(cx.text).parse();
        let key = address.ok().and_then(|address| networks.key(address));
        out.ascii(key.ok_or(Reason::BadIdentifier)?.as_bytes());
        Ok(())
    }
}
