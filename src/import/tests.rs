mod chain;
mod drafted;
mod exact;
mod rows;
mod templates;

use std::sync::Arc;

use super::{Beside, Foreign, Imported, NotRead, import};
use crate::draft::Named;
use crate::keys::TestKeys;
use crate::language::report;
use crate::plan::Plan;
use crate::policy::{NoTables, PolicyFile, compile};
use crate::sample::Profile;

fn made(
    foreign: Foreign,
    text: &str,
    sample: Option<&Profile>,
    compat: bool,
) -> Result<Imported, NotRead> {
    let named = Named::after("shop");
    let beside = Beside {
        named: &named,
        sample,
        compat,
        until: "2027-11-29",
    };
    import(foreign, text, &beside)
}

/// What was made; it compiles without an error.
fn policy(foreign: Foreign, text: &str, sample: Option<&Profile>) -> Imported {
    let made = made(foreign, text, sample, false).unwrap_or_else(|e| panic!("{e}"));
    compiles(&made.text);
    made
}

fn compiles(text: &str) -> Arc<Plan> {
    let file = PolicyFile {
        path: "policy.yaml".into(),
        text: text.to_owned(),
    };
    let now = "2026-11-29T12:00:00Z".parse().expect("a time");
    let compiled = compile(&file, &TestKeys, &NoTables, now);
    let said = report::text(&compiled.findings, "policy.yaml", text, false, None);
    let plan = compiled.plan;
    Arc::new(plan.unwrap_or_else(|| panic!("{said}\n{text}")))
}

/// Lines of the allowlist that leave.
fn lines(made: &Imported) -> Vec<&str> {
    let fields = made.text.split_once("    fields:").expect("fields").1;
    let fields = fields.split_once("quarantine:").expect("a quarantine").0;
    let lines = fields.lines().skip(1).map(str::trim);
    lines.filter(|l| !l.starts_with('#')).collect()
}

fn refused(made: &Imported) -> Vec<(usize, &str)> {
    let refused = made.refused.iter();
    refused.map(|r| (r.line, r.what.as_str())).collect()
}

fn sample(lines: &[&str]) -> Profile {
    let mut profile = Profile::new(7);
    for line in lines {
        profile.add(line.as_bytes()).expect("JSON");
    }
    profile
}

const PII: &str = r#"{
  "schema": "iglu:com.snowplowanalytics.snowplow.enrichments/pii_enrichment_config/jsonschema/2-0-0",
  "data": {
    "vendor": "com.snowplowanalytics.snowplow.enrichments",
    "name": "pii_enrichment_config",
    "emitEvent": true,
    "enabled": true,
    "parameters": {
      "pii": [
        { "pojo": { "field": "user_id" } },
        { "pojo": { "field": "user_ipaddress" } },
        { "json": { "field": "unstruct_event", "schemaCriterion": "iglu:com.mailchimp/subscribe/jsonschema/1-*-*", "jsonPath": "$.data.['email', 'ip_opt']" } },
        { "json": { "field": "contexts", "schemaCriterion": "iglu:com.acme/user/jsonschema/1-0-0", "jsonPath": "$.addresses[*].mail" } },
        { "json": { "field": "contexts", "schemaCriterion": "iglu:com.acme/user/jsonschema/1-*-*", "jsonPath": "$.addresses[?(@.main)].mail" } }
      ],
      "strategy": { "pseudonymize": { "hashFunction": "SHA-1", "salt": "pepper123" } }
    }
  }
}"#;

#[test]
fn snowplow_fields_become_codes_and_the_salt_stays_behind() {
    let made = policy(Foreign::SnowplowPii, PII, None);
    let code = "{ pseudonymize: { key: people, normalize: text, epoch: none } }";
    let when = |member: &str| {
        format!(
            "\"unstruct_event|json.data.data.data.{member}\": {{ when: [{{ if: {{ \"unstruct_event|json.data.schema\": {{ matches: \"iglu:com[.]mailchimp/subscribe/jsonschema/1-[0-9-]+\" }} }}, then: {code} }}] }}"
        )
    };
    assert_eq!(
        lines(&made),
        [
            format!("user_id: {code}"),
            format!("user_ipaddress: {code}"),
            when("email"),
            when("ip_opt"),
            format!(
                "\"contexts|json.data[?schema=='iglu:com.acme/user/jsonschema/1-0-0'].data.addresses[*].mail\": {code}"
            ),
        ]
    );
    assert_eq!(refused(&made), [(9, "emitEvent"), (14, "json.contexts")]);
    assert!(!made.text.contains("pepper"), "{}", made.text);
    assert!(
        made.text.contains("# line 10: pojo.user_id"),
        "{}",
        made.text
    );
    assert_eq!(made.keys, ["people", "quarantine"]);
}

#[test]
fn codes_of_the_enrichment_are_kept_only_where_they_can_be() {
    let refused = made(Foreign::SnowplowPii, PII, None, true);
    let Err(NotRead::Nothing(_, refused)) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(refused.len(), 2, "{refused:?}");
    let sha256 = PII.replace("SHA-1", "SHA-256");
    let made = made(Foreign::SnowplowPii, &sha256, None, true).expect("it is read");
    assert!(
        made.text
            .contains("user_id: { pseudonymize: { compat: { snowplow: sha256, salt: salt } } }")
    );
    assert!(made.text.contains("until: \"2027-11-29\""), "{}", made.text);
    compiles(&made.text);
    assert_eq!(made.keys, ["salt", "quarantine"]);
}

fn field(name: &str, what: &str) -> String {
    format!(r#"{{"fields":[{{"name":"{name}"}}],"primitiveTransformation":{{{what}}}}}"#)
}

fn template(transformations: &[String], rest: &str) -> String {
    let list = transformations.join(",\n");
    format!(
        r#"{{"deidentifyConfig":{{"recordTransformations":{{"fieldTransformations":[
{list}
]{rest}}}}}}}"#
    )
}

const CONNECTOR: &str = "\
# a sink
name=crm
transforms=row,mask,zero,cut,key,route
transforms.row.type=io.debezium.transforms.ExtractNewRecordState
transforms.mask.type=org.apache.kafka.connect.transforms.MaskField$Value
transforms.mask.fields=ssn, card.no
transforms.mask.replacement=***
transforms.zero.type=org.apache.kafka.connect.transforms.MaskField$Value
transforms.zero.fields=salary
transforms.cut.type=org.apache.kafka.connect.transforms.ReplaceField$Value
transforms.cut.exclude=\\
    note,comment
transforms.cut.renames=mail:email
transforms.key.type=org.apache.kafka.connect.transforms.MaskField$Key
transforms.key.fields=id
transforms.route.type=org.apache.kafka.connect.transforms.RegexRouter
column.mask.with.12.chars=crm.customers.name
column.truncate.to.2.chars=crm\\\\.customers\\\\.zip
column.mask.hash.v2.SHA-256.with.salt.pepper123=crm.customers.(email|phone)
column.exclude.list=crm.customers.photo
";

#[test]
fn transforms_and_columns_of_a_connector_become_fields() {
    let made = policy(Foreign::Connect, CONNECTOR, None);
    assert_eq!(
        lines(&made),
        [
            "name: { mask: { fixed_length: 12 } }",
            "zip: { generalize: { prefix: 2 } }",
            "photo: drop",
            "ssn: { replace: { with: \"***\" } }",
            "\"'card.no'\": { replace: { with: \"***\" } }",
            "salary: { replace: { with: null } }",
            "note: drop",
            "comment: drop",
        ]
    );
    let what: Vec<&str> = refused(&made).iter().map(|(_, what)| *what).collect();
    assert_eq!(
        what,
        [
            // Whatever the pattern stands for may be in clear or not.
            "transforms.cut.type (ReplaceField$Value)",
            "transforms.key.type (MaskField$Key)",
            "transforms.route.type (RegexRouter)",
            "column.mask.hash.….with.salt.…",
        ]
    );
    let all = format!("{made:?}");
    assert!(!all.contains("pepper"), "{all}");
    let columns =
        sample(&[r#"{"before":null,"after":{"email":"a@b.example","phone":"1","plan":"free"}}"#]);
    let pattern = CONNECTOR.replace("crm.customers.(email", "crm\\\\.customers\\\\.(email");
    let made = policy(Foreign::Connect, &pattern, Some(&columns));
    let code = "{ pseudonymize: { key: people, normalize: text, epoch: none } }";
    for path in ["email", "phone"] {
        assert!(
            lines(&made).contains(&format!("\"(before|after).{path}\": {code}").as_str()),
            "{}",
            made.text
        );
    }
    assert!(
        made.text.contains("      # after.plan: drop"),
        "{}",
        made.text
    );
    // The column `email` and the renamed `mail` have one name there.
    assert!(
        made.text
            .contains("      # \"(before|after).mail\": drop   # line 10: "),
        "{}",
        made.text
    );
    let json = r#"{"name":"crm","config":{"column.exclude.list":"crm.c.photo"}}"#;
    assert_eq!(
        lines(&policy(Foreign::Connect, json, None)),
        ["\"(before|after).photo\": drop"]
    );
}

#[test]
fn masking_rules_name_members_at_any_depth_of_the_sample() {
    let text = "\
kafka:
  clusters:
    - name: local
      masking:
        - { type: REMOVE, fields: [id], topicValuesPattern: '.*' }
        - { type: REPLACE, fieldsNamePattern: '.*mail', replacement: gone, topicValuesPattern: '.*' }
        - { type: MASK, fields: [name], maskingCharsReplacement: [A, a, '9', _], topicValuesPattern: '.*' }
        - { type: MASK, topicValuesPattern: '.*' }
        - { type: REMOVE, fields: [id], topicKeysPattern: '.*' }
";
    let events =
        sample(&[r#"{"id":1,"user":{"id":2,"name":"J","mail":"j@a.example"},"list":[{"id":3}]}"#]);
    let made = policy(Foreign::KafkaUi, text, Some(&events));
    assert_eq!(
        lines(&made),
        [
            "id: drop",
            "user.id: drop",
            "\"list[*].id\": drop",
            "user.mail: { replace: { with: gone } }",
            "user.name: { mask: { with: { upper: A, lower: a, digit: \"9\", other: _ } } }",
        ]
    );
    assert_eq!(made.refused.len(), 2, "{:?}", made.refused);
    let made = policy(Foreign::KafkaUi, text, None);
    assert_eq!(lines(&made), ["\"**.id\": drop"]);
    assert_eq!(made.refused.len(), 4, "{:?}", made.refused);
}

#[test]
fn what_is_no_configuration_is_told_by_line_and_nothing_of_it_is_shown() {
    let all = [
        Foreign::SnowplowPii,
        Foreign::Dlp,
        Foreign::Connect,
        Foreign::KafkaUi,
    ];
    for foreign in all {
        for text in [
            "",
            "secret",
            "[]",
            "{}",
            "{\"a\": secret",
            "a: &b secret\nc: *b",
            "\u{0}",
            "- - -",
            "{\"a\":1,\"a\":2}",
        ] {
            let said = made(foreign, text, None, false)
                .expect_err(text)
                .to_string();
            assert!(!said.contains("secret"), "{foreign:?} {text}: {said}");
        }
    }
    let huge = format!("[{}]", "{\"type\":\"REMOVE\"},".repeat(100_000));
    assert!(made(Foreign::KafkaUi, &huge, None, false).is_err());
    let deep = "[".repeat(10_000);
    assert!(made(Foreign::Dlp, &deep, None, false).is_err());
}

/// A name may hold anything, and stays one.
#[test]
fn hostile_names_stay_names() {
    for name in [
        "a: b",
        "x\\u000ay: keep",
        "'",
        "\\\"",
        "*",
        "a#b",
        "[0]",
        "|json",
    ] {
        let text = template(&[field(name, r#""redactConfig":{}"#)], "");
        let made = policy(Foreign::Dlp, &text, None);
        assert_eq!(lines(&made).len(), 1, "{}", made.text);
    }
}
