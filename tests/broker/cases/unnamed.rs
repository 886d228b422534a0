//! Which members nobody names: told to whoever has the token, and to nobody else;
//! paths only, and no name that holds a value.

use crate::kafka::{self, Outgoing};
use crate::traffic::{MARK, Traffic};

use super::stage::{SETTLE, Stage};

const TOKEN: &str = "a-token-of-the-broker-suite";

/// The same record with one more member, whose name is somebody's address.
fn with_a_name_that_is_a_value(mut record: Outgoing) -> Outgoing {
    if let Some(value) = &mut record.value
        && value.pop_if(|last| *last == b'}').is_some()
    {
        value.extend_from_slice(format!(r#","{MARK}@example.org":{{"x":1}}}}"#).as_bytes());
    }
    record
}

#[test]
fn unnamed_members_are_listed_for_the_token_and_hold_no_value() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let stage = Stage::new(cluster, "unnamed", 2);
    stage.secret("token", TOKEN);
    stage.settings("admin: { token_file: token }\nrisk: { window: 1d }\n");
    stage.produce(
        Traffic::new(31, 2)
            .take(3_000)
            .map(with_a_name_that_is_a_value),
    );
    let mut veil = stage.veil(&["-c", "veil.yaml"]);
    veil.await_ready(SETTLE);
    stage.settle();

    let (status, body) = veil.page_for("/unnamed", TOKEN).expect("it answers");
    assert_eq!(status, 200, "{body}");
    let found: serde_json::Value = serde_json::from_str(&body).expect("it is JSON");
    assert_eq!(found["sampled"], 256);
    let paths = found["paths"].as_array().expect("a list");
    let mut names: Vec<&str> = paths.iter().filter_map(|p| p["path"].as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["*", "ssn", "traits.name"]);
    for path in paths {
        let records = path["records"].as_u64().expect("a count");
        assert!((256..=6_000).contains(&records), "{body}");
    }

    assert_eq!(veil.page("/unnamed").expect("it answers").0, 401);
    let wrong = veil.page_for("/unnamed", "a-token-of-another-suite");
    assert_eq!(wrong.expect("it answers").0, 401);
    let (_, metrics) = veil.page("/metrics").expect("it answers");
    // How alone people are is measured while records pass.
    let shares: Vec<f64> = metrics
        .lines()
        .filter(|line| line.starts_with("veil_risk_average_ratio{"))
        .filter_map(|line| line.rsplit(' ').next()?.parse().ok())
        .collect();
    let is_share = |share: &f64| (0.0..=1.0).contains(share) && *share > 0.0;
    assert!(
        shares.len() == 2 && shares.iter().all(is_share),
        "{metrics}"
    );
    assert!(
        veil.metrics().sum("veil_risk_persons", &[]) > 0,
        "{metrics}"
    );
    let log = veil.log();
    for (what, text) in [("list", &body), ("metrics", &metrics), ("log", &log)] {
        assert!(!text.contains(MARK), "a name that is a value: {what}");
    }
    for (what, text) in [("metrics", &metrics), ("log", &log)] {
        assert!(!text.contains("ssn"), "a name of an event: {what}\n{text}");
    }
    assert_eq!(veil.terminate().code, Some(0));
    stage.verdict(3_000);

    stage.settings("admin: { token_file: token }\nunnamed: off\n");
    let mut off = stage.veil(&["-c", "veil.yaml"]);
    off.await_ready(SETTLE);
    let (status, body) = off.page_for("/unnamed", TOKEN).expect("it answers");
    assert_eq!(
        (status, body.contains("unnamed: off")),
        (404, true),
        "{body}"
    );
    assert_eq!(off.metrics().sum("veil_risk_persons", &[]), 0);
    assert_eq!(off.terminate().code, Some(0));

    stage.settings("unnamed: on\n");
    let mut closed = stage.veil(&["-c", "veil.yaml"]);
    closed.await_ready(SETTLE);
    let (status, body) = closed.page_for("/unnamed", TOKEN).expect("it answers");
    assert_eq!((status, body.contains("token_file")), (403, true), "{body}");
    assert_eq!(closed.terminate().code, Some(0));
}
