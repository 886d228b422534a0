//! An opened quarantined record, as it is shown.

use veilstream::crypto::quarantine::Opened;
use veilstream::plan::PolicyDigest;
use zeroize::Zeroizing;

/// A quarantined record as one JSON object. Its parts are bytes of any kind, so
/// each is text, or `{"base64": …}` where it is none.
pub fn json(opened: &Opened) -> Zeroizing<String> {
    let part = |bytes: &[u8]| match std::str::from_utf8(bytes) {
        Ok(text) => serde_json::Value::from(text),
        Err(_) => serde_json::json!({ "base64": data_encoding::BASE64.encode(bytes) }),
    };
    let headers: Vec<serde_json::Value> = opened
        .headers
        .iter()
        .map(|(name, value)| {
            serde_json::json!({
                "name": part(name),
                "value": value.as_ref().map(|v| part(v)),
            })
        })
        .collect();
    let mut json = serde_json::json!({
        "topic": opened.topic,
        "partition": opened.partition,
        "offset": opened.offset,
        "timestamp": opened.timestamp.millis(),
        "key": opened.key.as_ref().map(|k| part(k)),
        "headers": headers,
        "value": opened.value.as_ref().map(|v| part(v)),
        "policy": PolicyDigest(opened.policy_digest).to_string(),
    });
    if let Some(element) = opened.element {
        json["element"] = element.into();
    }
    Zeroizing::new(json.to_string())
}
