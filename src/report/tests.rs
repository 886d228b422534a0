use super::*;
use crate::contract::{Described, contracts};
use crate::document::Look;
use crate::keys::TestKeys;
use crate::policy::{self, NoTables, PolicyFile};

const POLICY: &str = "apiVersion: veil/v1\nkind: Policy\nmetadata: { name: shop, version: 3, owner: data }\nsource: { topic: raw }\nkeys: { k: { ref: \"file:keyring.json#people\" } }\nclasses: { fields: { id: user.unique_id, name: user.name, plan: none, note: user.content } }\noutputs:\n  - topic: clean\n    purpose: analytics.reporting\n    domain: d\n    fields:\n      id: { pseudonymize: { key: k, normalize: text, epoch: none } }\n      name: { replace: { with: x } }\n      plan: { keep: { one_of: [free, team] } }\n      note: keep\n";

fn described() -> Described {
    of("shop.yaml", POLICY)
}

const ORDERS: &str = include_str!("../../config/orders.yaml");

fn orders() -> Described {
    of("config/orders.yaml", ORDERS)
}

/// The same without `classes`.
fn unclassed_orders() -> Described {
    let (before, rest) = ORDERS.split_once("classes:\n").expect("it has classes");
    let (_, behind) = rest.split_once("actions:\n").expect("actions follow");
    // A column of two fields, too.
    let zip = "      shipping_address.zip:";
    let household = "      shipping_address.household: { pseudonymize: { key: people, from: [street, zip], normalize: lower, epoch: none } }\n";
    let behind = behind.replace(zip, &format!("{household}{zip}"));
    of("config/orders.yaml", &format!("{before}actions:\n{behind}"))
}

fn of(path: &str, policy: &str) -> Described {
    let file = PolicyFile {
        path: path.into(),
        text: policy.to_owned(),
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

/// A sample for policies that take each record as one.
fn whole() -> Samples {
    Samples::of(&contracts(&[described()]), 7)
}

#[test]
fn of_records_that_are_taken_apart_the_elements_are_counted() {
    let policy = POLICY
        .replace("source: { topic: raw", "source: { split: batch, topic: raw")
        .replace("id: {", "batch.id: {")
        .replace("plan: {", "batch.plan: {");
    assert!(
        policy.contains("split: batch") && policy.contains("batch.id"),
        "{policy}"
    );
    let policies = [of("apart.yaml", &policy)];
    let all = contracts(&policies);
    let mut sample = Samples::of(&all, 7);
    sample.add(br#"{"at":1,"batch":[{"id":1,"plan":"free","q":1},{"id":2,"plan":"team","q":2}]}"#);
    sample.add(br#"{"at":2,"batch":[]}"#);
    sample.add(br#"{"at":2,"batch":{"id":3}}"#);
    let report = minimisation(&all, Some(&sample));
    let (json, text) = (json(&report), text(&report));
    assert_eq!(json["records"], 2);
    let output = &json["outputs"][0];
    assert_eq!(
        (&output["fields_in"], &output["fields_used"]),
        (&4.into(), &2.into())
    );
    assert!(text.contains("stay behind: at, batch.q."), "{text}");
    assert!(
        text.contains("2 records, which are elements of batch,"),
        "{text}"
    );
    assert!(text.contains("counted nowhere: 1 (wrong_type)"), "{text}");
}

#[test]
fn minimisation_is_counted_from_the_sample() {
    let mut sample = whole();
    for n in 0..8 {
        let plan = if n % 2 == 0 { "free" } else { "team" };
        let event =
            format!("{{\"id\":{n},\"name\":\"n{n}\",\"plan\":\"{plan}\",\"ssn\":\"s{n}\"}}");
        sample.add(event.as_bytes());
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
    sample.add(b"no JSON");
    let report = minimisation(&contracts(&policies), Some(&sample));
    let text = self::text(&report);
    assert!(text.contains("counted nowhere: 1 (not_json)"), "{text}");
    assert!(!text.contains("s7"), "{text}");
    let none = json(&minimisation(&contracts(&policies), None));
    assert_eq!(none["outputs"][0].get("ratio"), None);
    assert_eq!(none["outputs"][0]["out"], 4);
}

#[test]
fn what_tells_only_whether_it_is_null_lets_no_bits_out() {
    let removed = |action: &str| {
        let text = POLICY.replace("replace: { with: x }", action);
        let file = PolicyFile {
            path: "shop.yaml".into(),
            text,
        };
        let compiled = policy::compile(&file, &TestKeys, &NoTables, jiff::Timestamp::UNIX_EPOCH);
        let policies = [Described {
            meaning: policy::meaning(&compiled.said.expect("it can be read")),
            digest: compiled.digest,
        }];
        let mut sample = whole();
        for n in 0..8 {
            let event = format!("{{\"name\":\"n{n}\"}}");
            sample.add(event.as_bytes());
        }
        let all = json(&minimisation(&contracts(&policies), Some(&sample)));
        all["outputs"][0]["bits_removed"].as_f64()
    };
    assert_eq!(removed("mask: {}"), Some(3.0));
    assert_eq!(removed("encrypt: { key: k }"), Some(3.0));
    assert_eq!(removed("mask: { keep_first: 1 }"), Some(0.0));
}

#[test]
fn of_a_sealed_object_only_the_fields_that_it_names_leave() {
    let mut sample = whole();
    let event = br#"{"id":1,"shipping_address":{"name":"n","city":"c","lat":1.5,"lon":2.5}}"#;
    sample.add(event);
    let policies = [orders()];
    let report = minimisation(&contracts(&policies), Some(&sample));
    let fulfilment = &json(&report)["outputs"][1];
    assert_eq!(fulfilment["topic"], "shop.orders.fulfilment");
    assert_eq!(
        (&fulfilment["fields_in"], &fulfilment["fields_used"]),
        (&5.into(), &3.into())
    );
    let text = text(&report);
    let behind = "stay behind: shipping_address.lat, shipping_address.lon.";
    assert!(text.contains(behind), "{text}");
}

#[test]
fn a_sample_of_other_events_is_no_success_of_the_policy() {
    let mut sample = whole();
    let event = br#"{"key":"k","value":{"id":1,"name":"n"}}"#;
    sample.add(event);
    let policies = [described(), orders()];
    let report = minimisation(&contracts(&policies), Some(&sample));
    let all = json(&report);
    assert_eq!(all["looks_enveloped"], true);
    for output in all["outputs"].as_array().unwrap() {
        assert_eq!(output["fits"], false, "{output}");
        assert!(output.get("ratio").is_none() && output.get("bits_removed").is_none());
    }
    let written = text(&report);
    assert!(written.contains("pass --envelope"), "{written}");
    let nothing = "No field of the sample makes a column of orders@1";
    assert_eq!(written.matches(nothing).count(), 2, "{written}");
    assert!(!written.contains("ratio: 1"), "{written}");
    // What one output of a policy takes, fits its others as well.
    let mut sample = whole();
    sample.add(br#"{"created_at":"2026-01-01T00:00:00Z"}"#);
    let all = json(&minimisation(&contracts(&policies), Some(&sample)));
    let outputs = all["outputs"].as_array().unwrap();
    let fits: Vec<_> = outputs
        .iter()
        .map(|o| (o["fits"] == true, o["ratio"].as_f64()))
        .collect();
    assert_eq!(fits, [(false, None), (true, Some(0.0)), (true, Some(1.0))]);
}

#[test]
fn an_empty_sample_and_hostile_names_are_no_trouble() {
    let policies = [described()];
    let all = contracts(&policies);
    let empty = json(&minimisation(&all, Some(&whole())));
    assert_eq!(empty["outputs"][0]["fields_in"], 0);
    assert_eq!(empty["outputs"][0].get("ratio"), None);
    let mut sample = whole();
    sample.add(b"{\"id\":1,\"<b>\\u001b[31m|`x`\":\"secret-7\"}");
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

#[test]
fn an_assessment_names_sources_and_what_nobody_classed_and_says_each_text_once() {
    let policies = [unclassed_orders()];
    let draft = assessment(&contracts(&policies));
    let written = text(&draft);
    let row = |name: &str| {
        let mut lines = written.lines();
        let line = lines.find(|l| l.trim_start().starts_with(name));
        line.unwrap_or_else(|| panic!("{name}: {written}"))
            .to_owned()
    };
    let household = row("shipping_address.household");
    assert!(
        household.contains("shipping_address.street, shipping_address.zip"),
        "{household}"
    );
    let id = row("customer.id");
    assert!(id.contains("⟦to fill in: no class is stated⟧"), "{id}");
    let nothing = "personal data by class: ⟦to fill in: the policy classes nothing";
    assert!(written.contains(nothing), "{written}");
    let markdown = draft.page.to_markdown();
    for column in &policies[0].meaning.outputs[0].columns {
        let plain = |c: &char| c.is_alphanumeric() || " ,;:".contains(*c);
        let begin: String = column.leaks()[0].chars().take_while(plain).collect();
        assert!(begin.len() > 10, "{begin}");
        assert_eq!(markdown.matches(&begin).count(), 1, "{begin}: {markdown}");
    }
    let risk = &json(&draft)["outputs"][0]["risks"][0];
    assert_eq!(
        (&risk["column"], &risk["made_from"]),
        (&"id".into(), &serde_json::json!(["id"]))
    );
}

#[test]
fn what_is_classed_as_no_personal_data_is_not_called_unclassed() {
    let all_none = POLICY.replace(
        "id: user.unique_id, name: user.name, plan: none, note: user.content",
        "id: none, name: none, plan: none, note: none",
    );
    let some = POLICY.replace(", note: user.content", "");
    for (policy, said) in [
        (&*all_none, "none: the class of every column says so"),
        (
            &some,
            "user.name, user.unique_id; ⟦to fill in: the policy does not class 1 column⟧",
        ),
    ] {
        let policies = [of("shop.yaml", policy)];
        let all = contracts(&policies);
        for report in [record_of_processing(&all), assessment(&all)] {
            let written = text(&report);
            assert!(written.contains(said), "{written}");
        }
    }
}

const SHARED: &str = "apiVersion: veil/v1\nkind: Policy\nmetadata: { name: ads, version: 1, owner: o }\nsource: { topic: raw }\nkeys: { k: { ref: \"file:keyring.json#people\" } }\nclasses: { fields: { id: user.unique_id, mail: user.contact.email, ill: user.health_and_medical } }\npurposes: { collected_for: marketing }\nrecipients:\n  partner: { name: Ad Partner Inc., country: US, role: controller, mechanism: scc, contract_until: 2027-06-30, tcf_vendor: 755 }\n  printer: { name: Print GmbH, country: DE, role: processor, contract_until: 2027-06-30, contact: dpo@print.example }\noutputs:\n  - topic: ads\n    purpose: marketing.advertising\n    domain: d\n    recipient: partner\n    basis: contract\n    fields:\n      id: { pseudonymize: { key: k, normalize: text, epoch: none } }\n      mail: keep\n      ill: { generalize: { prefix: 1 } }\n";

#[test]
fn every_point_of_a_score_is_explained() {
    let policies = [of("ads.yaml", SHARED)];
    let day = |text: &str| text.parse::<jiff::civil::Date>().unwrap();
    let report = vendors(&contracts(&policies), day("2026-11-30"));
    let all = json(&report);
    let [partner, printer] = &all["vendors"].as_array().unwrap()[..] else {
        panic!("{all}");
    };
    let points = |of: &serde_json::Value| -> Vec<(u64, String)> {
        let each = of["points"].as_array().unwrap().iter();
        each.map(|p| {
            assert!(!p["because"].as_str().unwrap().is_empty());
            (
                p["points"].as_u64().unwrap(),
                p["fact"].as_str().unwrap().to_owned(),
            )
        })
        .collect()
    };
    let fact = |points: u64, fact: &str| (points, fact.to_owned());
    assert_eq!(
        points(partner),
        [
            fact(5, "no contact"),
            fact(10, "in US, by `scc`"),
            fact(
                10,
                "identifies by itself, in clear or as a hash without a key: `mail` of `ads`"
            ),
            fact(2, "identifies by itself, coded or coarser: `id` of `ads`"),
            fact(10, "of a special category, or as sensitive: `ill` of `ads`"),
            fact(10, "the same code for longer than a quarter: `id` of `ads`"),
        ]
    );
    assert_eq!(partner["score"], 53);
    assert_eq!(partner["register"]["mechanism"], "scc");
    assert_eq!((&printer["score"], points(printer)), (&100.into(), vec![]));
    let text = text(&report);
    for said in [
        "53 of 100",
        "nothing under these policies",
        "no word for it",
    ] {
        assert!(text.contains(said), "{text}");
    }
    // The contract ends, and then it is over; the score never falls below nothing.
    for (today, points_of_contract) in [("2027-05-31", 5), ("2027-07-01", 30)] {
        let report = vendors(&contracts(&policies), day(today));
        let all = json(&report);
        assert_eq!(
            points(&all["vendors"][0])[0].0,
            points_of_contract,
            "{today}"
        );
    }
    let none = vendors(&contracts(&[described()]), day("2026-11-30"));
    assert_eq!(json(&none)["vendors"], serde_json::json!([]));
}

#[test]
fn who_is_in_no_register_is_unknown() {
    let (before, behind) = SHARED.split_once("recipients:\n").unwrap();
    let (_, behind) = behind.split_once("outputs:\n").unwrap();
    let policies = [of("ads.yaml", &format!("{before}outputs:\n{behind}"))];
    let day = "2026-11-30".parse().unwrap();
    let report = vendors(&contracts(&policies), day);
    let all = json(&report);
    assert_eq!(all["vendors"][0]["register"], serde_json::Value::Null);
    let first = &all["vendors"][0]["points"];
    assert_eq!(
        first[2]["fact"],
        "in no register: country and role are unknown"
    );
    assert!(
        text(&report).contains("⟦to fill in: in no register"),
        "{}",
        text(&report)
    );
}

#[test]
fn the_drafts_say_who_reads_where_and_what_for() {
    let policies = [of("ads.yaml", SHARED)];
    let contracts = contracts(&policies);
    let record = record_of_processing(&contracts);
    let all = &json(&record)["activities"][0];
    assert_eq!(all["purpose_serves"], "collected for `marketing`");
    assert_eq!(
        all["transfers"],
        "to US, by standard contractual clauses (article 46)"
    );
    assert_eq!(all["reader"]["name"], "Ad Partner Inc.");
    for report in [record, assessment(&contracts)] {
        let text = text(&report);
        for said in [
            "Ad Partner Inc. in US, controller",
            "standard contractual clauses",
            "collected for marketing",
        ] {
            assert!(text.contains(said), "{said}: {text}");
        }
    }
}

#[test]
fn the_drafts_say_which_data_is_special_and_of_whom_none_leaves() {
    let clinic = of(
        "config/clinic.yaml",
        include_str!("../../config/clinic.yaml"),
    );
    let ads = of("config/ads.yaml", include_str!("../../config/ads.yaml"));
    let special = [
        "user.health_and_medical",
        "explicit consent (article 9(2)(a)), asked for with Research",
        "because study 17 compares its two arms (ethics vote 2026/41)",
    ];
    let children = "records of people under 16, or of whom nothing at value.birthDate says how old they are, do not leave";
    let policies = [clinic, ads];
    let all = contracts(&policies);
    let mut topics = all.iter().map(|c| &*c.output.topic);
    let at = |topic: &str| {
        topics
            .clone()
            .position(|t| t == topic)
            .expect("it is there")
    };
    let (study, care) = (at("study17.vitals"), at("clinic.care"));
    let (partner, reach) = (at("ads.us.partner"), at("ads.eea.reach"));
    assert_eq!(topics.next(), Some("study17.vitals"));
    let (record, draft) = (record_of_processing(&all), assessment(&all));
    for (report, list) in [(&record, "activities"), (&draft, "outputs")] {
        let tree = json(report);
        let entry = &tree[list][study]["sensitive"][0];
        assert_eq!(
            (&entry["class"], &entry["condition"], &entry["category"]),
            (
                &"user.health_and_medical".into(),
                &"explicit consent (article 9(2)(a))".into(),
                &"Research".into()
            )
        );
        // What rests on a consent holds where it is asked for.
        assert_eq!(tree[list][care]["sensitive"], serde_json::json!([]));
        for (n, region) in [
            (study, serde_json::Value::Null),
            (partner, "`us` (US), by `value.geo.country`".into()),
        ] {
            assert_eq!(tree[list][n]["region"], region);
        }
        let of_eea = tree[list][reach]["region"].as_str().expect("a region");
        assert!(of_eea.starts_with("`eea` (AT AX BE "), "{of_eea}");
        let told = tree[list][care]["minors"].as_str().expect("children");
        assert!(told.starts_with("records of people under 16"), "{told}");
        assert_eq!(tree[list][partner]["minors"], serde_json::Value::Null);
    }
    for report in [record, draft] {
        let text = text(&report);
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for said in special {
            assert!(text.contains(said), "{said}: {text}");
        }
        assert_eq!(text.matches(children).count(), 2, "{text}");
        let people = "only records of people in us (US), by value.geo.country";
        assert_eq!(text.matches(people).count(), 1, "{text}");
    }
}

#[test]
fn the_drafts_say_in_which_classes_records_leave_and_that_counts_are_none() {
    const PUBLIC: &str = include_str!("../../config/signups-public.yaml");
    const STATS: &str = include_str!("../../config/web-stats.yaml");
    for (policy, safeguard, remains) in [
        (
            PUBLIC,
            "of at least 10 persons",
            "is one of at least 10 persons",
        ),
        (STATS, "ε = 0.25", "each window spends of the budget"),
    ] {
        let policies = [of("p.yaml", policy)];
        for report in [
            assessment(&contracts(&policies)),
            record_of_processing(&contracts(&policies)),
        ] {
            assert!(text(&report).contains(safeguard), "{}", text(&report));
            let all = json(&report);
            let part = all.get("outputs").or_else(|| all.get("activities"));
            let release = part.and_then(|p| p[0]["release"].as_str());
            assert!(release.is_some_and(|r| r.contains(safeguard)), "{all}");
        }
        let said = text(&assessment(&contracts(&policies)));
        assert!(said.contains(remains), "{said}");
        assert!(!said.contains("is pseudonymized personal data"), "{said}");
        // Neither makes a code, and nobody is singled out by what a class has in clear.
        for untrue in ["codes are those of domain", "may single a person out"] {
            assert!(!said.contains(untrue), "{untrue}: {said}");
        }
    }
    let coded = text(&assessment(&contracts(&[described()])));
    assert!(
        coded.contains("codes are those of domain d alone"),
        "{coded}"
    );
}

/// What noisy figures are made of has not stayed behind, and a cell is no record.
#[test]
fn of_counts_it_is_said_what_makes_their_figures_and_that_columns_name_cells() {
    const STATS: &str = include_str!("../../config/web-stats.yaml");
    let policies = [of("p.yaml", STATS)];
    let all = contracts(&policies);
    let mut sample = Samples::of(&all, 7);
    sample.add(
        br#"{"userId":"u","type":"order","timestamp":"2026-03-01T00:06:12Z","revenue":3,"page":"/"}"#,
    );
    let report = minimisation(&all, Some(&sample));
    let outputs = json(&report)["outputs"].clone();
    // People by type; the sum of revenue: each with when it was.
    assert_eq!(outputs[0]["fields_used"], 2, "{outputs}");
    assert_eq!(outputs[1]["fields_used"], 2, "{outputs}");
    let said = text(&report);
    assert!(
        said.contains("Fields that stay behind: page, type, userId."),
        "{said}"
    );
    assert!(
        said.contains("Of revenue, timestamp, and of all who count"),
        "{said}"
    );
    let said = text(&clear(&all));
    assert!(said.contains("They name cells: no record leaves"), "{said}");
}
