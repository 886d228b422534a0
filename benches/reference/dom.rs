//! A baseline: a `serde_json::Value` is parsed, changed in place and serialized.

use serde_json::{Map, Value};

use crate::crypto::Crypto;
use crate::fates::{Fate, Fates};

/// One event in, one sanitized event out, as JSON text. Bytes come in, as from
/// a broker, so that UTF-8 is checked here too.
///
/// # Panics
/// When the event is not of the workload that `fates` belong to.
pub fn sanitize(event: &[u8], fates: Fates, crypto: &mut impl Crypto) -> Vec<u8> {
    let mut event: Value = serde_json::from_slice(event).expect("the workload is JSON");
    members(object(&mut event), fates, crypto);
    serde_json::to_vec(&event).expect("a value is serializable")
}

fn members(o: &mut Map<String, Value>, fates: Fates, crypto: &mut impl Crypto) {
    let mut email_domain = None;
    o.retain(|name, value| {
        let Some((_, fate)) = fates.iter().find(|(known, _)| known == name) else {
            return false;
        };
        match fate {
            Fate::Kept => {}
            Fate::Pseudonym => *value = written(|out| crypto.pseudonym(text(value), out)),
            Fate::Email => {
                let (_, domain) = text(value).split_once('@').expect("an address has one");
                email_domain = Some(domain.to_owned());
                *value = written(|out| crypto.pseudonym(text(value), out));
            }
            Fate::Token => *value = written(|out| crypto.token(text(value), out)),
            Fate::Sealed => {
                let json = serde_json::to_vec(value).expect("a value is serializable");
                *value = written(|out| crypto.seal(&json, out));
            }
            Fate::Network => {
                let ip: std::net::Ipv4Addr = text(value).parse().expect("the workload is IPv4");
                let [a, b, c, _] = ip.octets();
                *value = format!("{a}.{b}.{c}.0/24").into();
            }
            Fate::Year => {
                let year: u32 = text(value)[..4].parse().expect("a date");
                *value = year.into();
            }
            Fate::TwoDecimals => {
                let number = value.as_f64().expect("a number");
                *value = ((number * 100.0).trunc() / 100.0).into();
            }
            Fate::Members(fates) => members(object(value), fates, crypto),
            Fate::Elements(fates) => {
                for element in value.as_array_mut().expect("an array") {
                    members(object(element), fates, crypto);
                }
            }
        }
        true
    });
    if let Some(domain) = email_domain {
        o.insert("email_domain".into(), domain.into());
    }
}

fn object(value: &mut Value) -> &mut Map<String, Value> {
    value.as_object_mut().expect("an object")
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

fn written(write: impl FnOnce(&mut Vec<u8>)) -> Value {
    let mut out = Vec::new();
    write(&mut out);
    Value::String(String::from_utf8(out).expect("ASCII"))
}
