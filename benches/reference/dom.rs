//! The baseline: a `serde_json::Value` is parsed, changed and serialized.

use serde_json::{Map, Value};

/// What leaves as it is.
const KEPT: &[&str] = &[
    "event_id", "type", "ts", "sid", "url", "campaign", "items", "value", "cur", "consent", "os",
    "lang", "tags", "ab",
];

/// What leaves changed.
const CHANGED: &[&str] = &[
    "user_id",
    "email",
    "phone",
    "ip",
    "birthdate",
    "geo",
    "address",
];

/// The three cryptographic actions of the workload.
pub trait Crypto {
    /// The pseudonym of a text, 128 bits, base64url.
    fn pseudonym(&mut self, value: &str) -> String;
    /// The token of a telephone number: its digits enciphered in place.
    fn token(&mut self, phone: &str) -> String;
    /// A JSON text, sealed, as text.
    fn seal(&mut self, json: &[u8]) -> String;
}

/// One event in, one sanitized event out, as JSON text.
pub fn sanitize(event: &str, crypto: &mut impl Crypto) -> Vec<u8> {
    let Value::Object(mut o) = serde_json::from_str(event).expect("the workload is JSON") else {
        unreachable!("the workload is objects");
    };
    o.retain(|name, _| KEPT.contains(&name.as_str()) || CHANGED.contains(&name.as_str()));
    let user = crypto.pseudonym(text(&o, "user_id"));
    o.insert("user_id".into(), user.into());
    let email = text(&o, "email");
    let (_, domain) = email.split_once('@').expect("an address has one");
    let (domain, email) = (domain.to_owned(), crypto.pseudonym(email));
    o.insert("email_domain".into(), domain.into());
    o.insert("email".into(), email.into());
    let phone = crypto.token(text(&o, "phone"));
    o.insert("phone".into(), phone.into());
    let ip: std::net::Ipv4Addr = text(&o, "ip").parse().expect("the workload is IPv4");
    let [a, b, c, _] = ip.octets();
    o.insert("ip".into(), format!("{a}.{b}.{c}.0/24").into());
    let year: u32 = text(&o, "birthdate")[..4].parse().expect("a date");
    o.insert("birthdate".into(), year.into());
    let geo = o["geo"].as_object_mut().expect("an object");
    for axis in ["lat", "lon"] {
        let coarse = (geo[axis].as_f64().expect("a number") * 100.0).trunc() / 100.0;
        geo.insert(axis.into(), coarse.into());
    }
    let address = serde_json::to_vec(&o["address"]).expect("a value is serializable");
    o.insert("address".into(), crypto.seal(&address).into());
    serde_json::to_vec(&Value::Object(o)).expect("a value is serializable")
}

fn text<'o>(o: &'o Map<String, Value>, name: &str) -> &'o str {
    o[name].as_str().expect("a text")
}
