use super::*;
use crate::contract::{Described, contracts};
use crate::document::Look;
use crate::keys::TestKeys;
use crate::policy::{self, NoTables, PolicyFile};
use crate::sample::Profile;

const POLICY: &str = "apiVersion: veil/v1\nkind: Policy\nmetadata: { name: shop, version: 3, owner: data }\nsource: { topic: raw }\nkeys: { k: { ref: \"file:keyring.json#people\" } }\nclasses: { fields: { id: user.unique_id, name: user.name, plan: none, note: user.content } }\noutputs:\n  - topic: clean\n    purpose: analytics.reporting\n    domain: d\n    fields:\n      id: { pseudonymize: { key: k, normalize: text, epoch: none } }\n      name: { replace: { with: x } }\n      plan: { keep: { one_of: [free, team] } }\n      note: keep\n";

fn described() -> Described {
    let file = PolicyFile {
        path: "shop.yaml".into(),
        text: POLICY.to_owned(),
    };
    let compiled = policy::compile(&file, &TestKeys, &NoTables, jiff::Timestamp::UNIX_EPOCH);
    Described {
        meaning: policy::meaning(&compiled.said.expect("it can be read")),
        digest: compiled.digest,
    }
}

fn json(report: &Report) -> serde_json::Value {
    serde_json::from_str(&report.json.to_json()).expect("it is JSON")
}

fn text(report: &Report) -> String {
    report.page.to_text(400, &|look, text| match look {
        Look::ToFill => format!("⟦{text}⟧"),
        _ => text.to_owned(),
    })
}

#[test]
fn what_leaves_in_clear_is_listed_with_its_reason() {
    let policies = [described()];
    let report = clear(&contracts(&policies));
    let all = json(&report);
    let clear = all["outputs"][0]["clear"].as_array().unwrap();
    let columns: Vec<&str> = clear
        .iter()
        .map(|c| c["column"].as_str().unwrap())
        .collect();
    assert_eq!(columns, ["plan", "note"]);
    assert_eq!(
        (&clear[0]["unbounded"], &clear[1]["unbounded"]),
        (&false.into(), &true.into())
    );
    let text = text(&report);
    assert!(
        text.contains("2 of 4 columns, for analytics.reporting."),
        "{text}"
    );
    assert!(text.contains("not personal by its class"), "{text}");
    assert!(
        text.contains("⟦to fill in: why the purpose needs it⟧"),
        "{text}"
    );
}

#[test]
fn minimisation_is_counted_from_the_sample() {
    let mut sample = Profile::new(7);
    for n in 0..8 {
        let plan = if n % 2 == 0 { "free" } else { "team" };
        let event =
            format!("{{\"id\":{n},\"name\":\"n{n}\",\"plan\":\"{plan}\",\"ssn\":\"s{n}\"}}");
        sample.add(event.as_bytes()).unwrap();
    }
    let policies = [described()];
    let report = minimisation(&contracts(&policies), Some(&sample));
    let all = json(&report);
    let output = &all["outputs"][0];
    // id, name, plan and ssn come in with 3, 3, 1 and 3 bits; a constant has none.
    assert_eq!(output["fields_in"], 4);
    assert_eq!(output["fields_used"], 3);
    assert_eq!(output["ratio"].as_f64(), Some(0.25));
    assert_eq!(output["bits_in"].as_f64(), Some(10.0));
    assert_eq!(output["bits_removed"].as_f64(), Some(6.0));
    let text = text(&report);
    assert!(text.contains("Fields that stay behind: ssn."), "{text}");
    assert!(text.contains("All of its records could be read."), "{text}");
    sample.add(b"no JSON").expect_err("it is refused");
    let report = minimisation(&contracts(&policies), Some(&sample));
    let text = self::text(&report);
    assert!(text.contains("counted nowhere: 1 (not_json)"), "{text}");
    assert!(!text.contains("s7"), "{text}");
    let none = json(&minimisation(&contracts(&policies), None));
    assert_eq!(none["outputs"][0].get("ratio"), None);
    assert_eq!(none["outputs"][0]["out"], 4);
}

#[test]
fn an_empty_sample_and_hostile_names_are_no_trouble() {
    let policies = [described()];
    let all = contracts(&policies);
    let empty = json(&minimisation(&all, Some(&Profile::new(7))));
    assert_eq!(empty["outputs"][0]["fields_in"], 0);
    assert_eq!(empty["outputs"][0].get("ratio"), None);
    let mut sample = Profile::new(7);
    sample
        .add(b"{\"<b>\\u001b[31m|`x`\":\"secret-7\"}")
        .unwrap();
    let report = minimisation(&all, Some(&sample));
    for spelled in [
        text(&report),
        report.page.to_markdown(),
        report.page.to_html(),
        report.json.to_json(),
    ] {
        assert!(
            !spelled.contains('\u{1b}') && !spelled.contains("secret-7"),
            "{spelled}"
        );
    }
    assert!(!report.page.to_html().contains("<b>"));
}

#[test]
fn drafts_state_what_the_policy_says_and_mark_the_rest() {
    let policies = [described()];
    let all = contracts(&policies);
    let record = record_of_processing(&all);
    let written = text(&record);
    for marked in [
        "⟦to fill in: the policy names none⟧",
        "⟦to fill in: the policy states neither consent nor basis⟧",
        "transfers to third countries",
        "⟦to fill in: not stated in the policy: where",
    ] {
        assert!(written.contains(marked), "{marked}: {written}");
    }
    let entry = &json(&record)["activities"][0];
    assert_eq!(
        entry["data_categories"],
        serde_json::json!(["user.content", "user.name", "user.unique_id"])
    );
    assert!(entry["transfers"].is_null() && entry["retention"].is_null());
    let draft = assessment(&all);
    let written = text(&draft);
    assert!(
        written.contains("in clear: note, plan; together"),
        "{written}"
    );
    assert!(written.contains("not anonymous"), "{written}");
    assert!(
        json(&draft)["outputs"][0]["risks"]
            .as_array()
            .unwrap()
            .len()
            == 4
    );
}
