//! A baseline: sonic-rs looks at the members one by one, checked, and what is
//! kept is copied as it stands. The fastest JSON library that was found.

use sonic_rs::{JsonValueTrait, LazyValue, to_object_iter};

use crate::crypto::Crypto;

/// Overwrites `out` with one event, sanitized, as JSON text.
///
/// # Panics
/// When the event is not of the reference workload.
pub fn sanitize(event: &[u8], crypto: &mut impl Crypto, out: &mut Vec<u8>) {
    out.clear();
    out.push(b'{');
    for member in to_object_iter(event) {
        let (name, value) = member.expect("the workload is objects");
        match &*name {
            "event_id" | "type" | "ts" | "sid" | "url" | "campaign" | "items" | "value" | "cur"
            | "consent" | "os" | "lang" | "tags" | "ab" => {
                open(&name, out);
                out.extend_from_slice(value.as_raw_str().as_bytes());
            }
            "user_id" => quoted(&name, out, |out| crypto.pseudonym(text(&value), out)),
            "email" => {
                let email = text(&value);
                let (_, domain) = email.split_once('@').expect("an address has one");
                quoted(&name, out, |out| crypto.pseudonym(email, out));
                quoted("email_domain", out, |out| {
                    out.extend_from_slice(domain.as_bytes());
                });
            }
            "phone" => quoted(&name, out, |out| crypto.token(text(&value), out)),
            "ip" => quoted(&name, out, |out| network(text(&value), out)),
            "birthdate" => {
                open(&name, out);
                out.extend_from_slice(&text(&value).as_bytes()[..4]);
            }
            "geo" => place(&value, out),
            "address" => quoted(&name, out, |out| {
                crypto.seal(value.as_raw_str().as_bytes(), out);
            }),
            _ => {}
        }
    }
    out.push(b'}');
}

/// The first three numbers of an address.
fn network(ip: &str, out: &mut Vec<u8>) {
    let (network, _) = ip.rsplit_once('.').expect("the workload is IPv4");
    out.extend_from_slice(network.as_bytes());
    out.extend_from_slice(b".0/24");
}

/// Latitude and longitude to two decimals, the accuracy as it is.
fn place(geo: &LazyValue<'_>, out: &mut Vec<u8>) {
    open("geo", out);
    out.push(b'{');
    for member in to_object_iter(geo.as_raw_str()) {
        let (name, value) = member.expect("an object");
        let number = value.as_raw_str();
        let kept = match &*name {
            "lat" | "lon" => {
                let point = number.find('.').expect("the workload has decimals");
                &number[..number.len().min(point + 3)]
            }
            "acc" => number,
            _ => continue,
        };
        open(&name, out);
        out.extend_from_slice(kept.as_bytes());
    }
    out.push(b'}');
}

fn text<'v>(value: &'v LazyValue<'_>) -> &'v str {
    value.as_str().expect("a text")
}

/// Comma where one is due, name, colon. The names need no escape.
fn open(name: &str, out: &mut Vec<u8>) {
    if out.last() != Some(&b'{') {
        out.push(b',');
    }
    out.push(b'"');
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\":");
}

fn quoted(name: &str, out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    open(name, out);
    out.push(b'"');
    write(out);
    out.push(b'"');
}
