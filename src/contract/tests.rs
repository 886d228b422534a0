use super::page::page_of;
use super::*;
use crate::action::{TableError, TableName, TableSource};
use crate::keys::TestKeys;
use crate::policy::{self, PolicyFile};

pub(super) fn described(path: &str, text: &str) -> Described {
    let file = PolicyFile {
        path: path.into(),
        text: text.to_owned(),
    };
    let compiled = policy::compile(&file, &TestKeys, &Articles, jiff::Timestamp::UNIX_EPOCH);
    let said: Vec<_> = compiled.findings.list().iter().map(|f| f.code).collect();
    let meaning = policy::meaning(&compiled.said.unwrap_or_else(|| panic!("{said:?}")));
    Described {
        meaning,
        digest: compiled.digest,
    }
}

/// The one table of the examples, and their schemas.
struct Articles;

impl TableSource for Articles {
    fn read(&self, name: &TableName) -> Result<Vec<u8>, TableError> {
        Ok(match name.as_str() {
            "clicks.avsc" => include_bytes!("../../config/clicks.avsc").to_vec(),
            "purchases.proto" => include_bytes!("../../config/purchases.proto").to_vec(),
            _ => include_bytes!("../../config/skus.csv").to_vec(),
        })
    }
}

fn web() -> Described {
    described(
        "config/web-events.yaml",
        include_str!("../../config/web-events.yaml"),
    )
}

#[test]
fn a_column_is_said_in_plain_words() {
    let policies = [web()];
    let all = contracts(&policies);
    let column = |name: &str| all[0].columns.iter().find(|c| c.name == name).unwrap();
    let revenue = column("properties.revenue");
    assert_eq!(
        revenue.says.what,
        "the lower bound of the range that the number lies in: -500, 0, 50, 200; what is below -500 counts as -500; what is above 200 counts as 200"
    );
    assert_eq!(revenue.types.says(), "null, integer or text");
    assert_eq!(
        revenue.absence,
        "absent when the event has no such value, or the value stands for nothing; null where the event says null"
    );
    let user = column("userId");
    assert_eq!(user.types.says(), "text");
    assert_eq!(
        user.uniques.sql.as_deref(),
        Some(
            "SELECT MAX(n) AS at_least, SUM(n) AS at_most FROM (SELECT FLOOR(EXTRACT(EPOCH FROM CAST(\"timestamp\" AS TIMESTAMP)) / 2592000) AS epoch, COUNT(DISTINCT \"userId\") AS n FROM \"web.events.analytics\" GROUP BY 1) AS epochs"
        )
    );
    assert_eq!(user.joins.len(), 1, "its own record key: {:?}", user.joins);
    assert_eq!(
        column("properties.products[*].sku").uniques.sql.as_deref(),
        Some(
            "SELECT COUNT(DISTINCT e1.\"sku\") FROM \"web.events.analytics\" CROSS JOIN UNNEST((\"properties\").\"products\") AS e1"
        )
    );
}

/// How records are taken apart is said where a reader would take the record for one.
#[test]
fn records_that_are_taken_apart_are_said_to_be_so() {
    let plain = "apiVersion: veil/v1\nkind: Policy\nmetadata: { name: t, version: 1, owner: o }\n\
        source: { topic: raw }\noutputs:\n  - { topic: out, purpose: sales, domain: d, fields: { b.n: { keep: { one_of: [x] } } } }\n";
    for (split, said) in [
        ("source: { topic: raw }", None),
        (
            "source: { topic: raw, split: b }",
            Some(
                "reads raw (each element of the list b is a record of its own, with all that is around the list)",
            ),
        ),
        (
            "source: { topic: raw, split: { at: b, lift: true } }",
            Some("(each element of the list b is a record of its own"),
        ),
        (
            "source: { topic: raw, split: \"[]\" }",
            Some("reads raw (lists: each element is a record of its own)"),
        ),
    ] {
        let policies = [described(
            "t.yaml",
            &plain.replace("source: { topic: raw }", split),
        )];
        let all = contracts(&policies);
        let page = page_of(&all, &policies[0]).to_text(200, &|_, text| text.to_owned());
        match said {
            Some(said) => assert!(page.contains(said), "{split}: {page}"),
            None => assert!(!page.contains("record of its own"), "{page}"),
        }
    }
}

/// A page that promised more than the policy would be believed.
#[test]
fn what_a_star_takes_is_not_said_to_stay_behind() {
    let of = |field: &str| {
        let text = format!(
            "apiVersion: veil/v1\nkind: Policy\nmetadata: {{ name: t, version: 1, owner: o }}\nsource: {{ topic: raw }}\noutputs:\n  - {{ topic: out, purpose: sales, domain: d, fields: {{ {field} }} }}\n"
        );
        let policies = [described("t.yaml", &text)];
        let all = contracts(&policies);
        page_of(&all, &policies[0]).to_text(400, &|_, text| text.to_owned())
    };
    let but = "but for what * takes: every member that no other path names leaves with it";
    for wide in [
        "'*': { keep: { subtree: true } }",
        "a.*: { keep: { subtree: true } }",
    ] {
        assert!(of(wide).contains(but), "{}", of(wide));
    }
    assert!(!of("a: { keep: { one_of: [x] } }").contains("but for what"));
}

#[test]
fn columns_of_one_domain_and_key_join_across_policies() {
    let one = "apiVersion: veil/v1\nkind: Policy\nmetadata: { name: NAME, version: 1, owner: o }\nsource: { topic: NAME.raw }\nkeys: { k: { ref: \"file:FILE#people\" } }\noutputs:\n  - topic: NAME.out\n    purpose: sales\n    domain: DOMAIN\n    fields: { id: { pseudonymize: { key: k, epoch: none } } }\n";
    let of = |name: &str, file: &str, domain: &str| {
        let text = one
            .replace("NAME", name)
            .replace("FILE", file)
            .replace("DOMAIN", domain);
        described(&format!("{name}.yaml"), &text)
    };
    let joins = |policies: &[Described]| contracts(policies)[0].columns[0].joins.clone();
    let joined = joins(&[of("a", "keyring.json", "d"), of("b", "./keyring.json", "d")]);
    assert_eq!(joined.len(), 1);
    assert_eq!((&*joined[0].topic, joined[0].by_type), ("b.out", true));
    assert_eq!(
        joins(&[of("a", "keyring.json", "d"), of("b", "other.json", "d")]),
        []
    );
    assert_eq!(
        joins(&[of("a", "keyring.json", "d"), of("b", "keyring.json", "e")]),
        []
    );
}

/// A policy of one output with these fields.
fn of_fields(name: &str, fields: &str) -> Described {
    let text = format!(
        "apiVersion: veil/v1\nkind: Policy\nmetadata: {{ name: {name}, version: 1, owner: o }}\nsource: {{ topic: raw }}\nkeys: {{ k: {{ ref: \"file:k.json#k\" }} }}\noutputs:\n  - {{ topic: {name}.out, purpose: sales, domain: d, fields: {{ {fields} }} }}\n"
    );
    described(&format!("{name}.yaml"), &text)
}

#[test]
fn names_of_members_that_are_codes_are_told_everywhere() {
    let mail = "{ pseudonymize: { key: k, normalize: email, epoch: month } }";
    let names = format!("\"notify.*\": {{ keep: {{ one_of: [sent, read] }}, names: {mail} }}");
    let policies = [
        of_fields("a", &names),
        of_fields(
            "b",
            &format!("email: {mail}, note: {{ redact: {{ with: {mail} }} }}"),
        ),
    ];
    let all = contracts(&policies);
    let column = &all[0].columns[0];
    let [part] = &column.parts[..] else {
        panic!("one part: {}", column.parts.len());
    };
    assert_eq!(part.part.at.word(), "names");
    assert!(
        part.says
            .what
            .contains("the same in every output of domain `d`")
    );
    let says: Vec<String> = part.joins.iter().map(Join::says).collect();
    assert_eq!(
        says,
        ["b.out email", "b.out note, inside `redact` under `with`"]
    );
    assert_eq!(column.joins, []);
    let page = page(&all).to_markdown();
    assert!(
        page.contains("`notify.*`, in the names of members | a code that stands for the value"),
        "{page}"
    );
    let told = "in the names of members: a code that stands for the value";
    for tree in [
        dbt(&all),
        all[0].json_schema(),
        all[0].odcs(None),
        json(&all),
    ] {
        let said = tree.to_json();
        assert!(
            said.contains(told) || said.contains("\"part\": \"names\""),
            "{said}"
        );
    }
}

#[test]
fn one_value_of_several_codes_is_never_called_the_same_nor_counted() {
    let phone = |region: &str| {
        format!("{{ pseudonymize: {{ key: k, normalize: phone@2({region}), epoch: none }} }}")
    };
    let when = |a: String, b: String| {
        format!("u: {{ when: [{{ if: {{ c: DE }}, then: {a} }}, {{ else: {b} }}] }}")
    };
    let told = |a: String, b: String| {
        let policies = [of_fields("a", &when(a, b))];
        let all = contracts(&policies);
        let of = all[0].columns.iter();
        let of = of.map(|c| (c.says.what.clone(), c.uniques.sql.is_some()));
        of.collect::<Vec<_>>()
    };
    let apart = told(phone("DE"), phone("FR"));
    assert_eq!(apart.len(), 2);
    for (what, is_counted) in apart {
        assert!(!what.contains("the same in every output"), "{what}");
        assert!(what.contains("not the one that other cases"), "{what}");
        assert!(!is_counted, "{what}");
    }
    for (what, is_counted) in told(phone("DE"), phone("DE")) {
        assert!(
            what.contains("the same in every output") && is_counted,
            "{what}"
        );
    }
    // A domain is no person: the code is the same everywhere, and the column is not.
    let mixed = told(phone("DE"), "{ generalize: { email: domain } }".to_owned());
    assert!(mixed.iter().all(|(_, is_counted)| !is_counted), "{mixed:?}");
    assert!(mixed[0].0.contains("the same in every output"), "{mixed:?}");
}

#[test]
fn members_of_structures_are_asked_for_as_both_databases_take_it() {
    let code = "{ pseudonymize: { key: k, epoch: none } }";
    let policies = [of_fields(
        "a",
        &format!("a.b.c: {code}, \"l[*].m[*].n.o\": {code}"),
    )];
    let all = contracts(&policies);
    let sql: Vec<&str> = all[0]
        .columns
        .iter()
        .filter_map(|c| c.uniques.sql.as_deref())
        .collect();
    assert_eq!(
        sql,
        [
            "SELECT COUNT(DISTINCT ((\"a\").\"b\").\"c\") FROM \"a.out\"",
            "SELECT COUNT(DISTINCT (e2.\"n\").\"o\") FROM \"a.out\" CROSS JOIN UNNEST(\"l\") AS e1 CROSS JOIN UNNEST(e1.\"m\") AS e2",
        ]
    );
}

#[test]
fn counts_and_classes_have_queries_that_say_how_far_they_may_be_off() {
    let counts = described(
        "config/web-stats.yaml",
        include_str!("../../config/web-stats.yaml"),
    );
    let all = sql(&contracts(std::slice::from_ref(&counts)));
    for part in [
        "SELECT \"from\", \"to\", \"type\", \"value\", \"value\" - 36 AS low, \"value\" + 36 AS high",
        "SUM(\"value\") - 33 * SQRT(COUNT(*)) AS low",
        "FROM \"web.stats.people\" GROUP BY 1;",
        "FROM \"web.stats.revenue\";",
    ] {
        assert!(all.contains(part), "{part} in {all}");
    }
    assert!(
        !all.contains("GROUP BY ()"),
        "not everywhere is that a group: {all}"
    );
    // What a page says and what a query computes is one thing.
    let says = counts.meaning.outputs[0].release.as_ref().map(|r| &r.says);
    assert!(says.is_some_and(|says| says.contains("36 or less") && says.contains("33 × √n")));

    let classes = described(
        "classes.yaml",
        "apiVersion: veil/v1\nkind: Policy\nmetadata: { name: t, version: 1, owner: o }\n\
         source: { topic: raw, subject: who }\noutputs:\n  - topic: out\n    purpose: sales\n    domain: d\n    \
         k_anonymous: { k: 5, max_records: 100, free: [plan] }\n    fields:\n      \
         debt: { quasi: { number: { step: 10, bottom: -50, top: 50 } } }\n      \
         zip: { quasi: { prefix: [3, 1] } }\n      plan: { keep: { one_of: [free, team] } }\n      \
         age: { quasi: { number: { step: 5, bottom: 15, top: 90 }, form: bounds } }\n      \
         born: { quasi: { time: [5y, 10y], bottom: \"1940-01-01\", top: \"2010-01-01\", form: bounds } }\n",
    );
    let all = sql(&contracts(std::slice::from_ref(&classes)));
    for part in [
        "n * 10.0 / (high - classes.low)",
        "GENERATE_SERIES(-50, 49, 10)",
        "NOT LIKE '<%'",
        "-- \"zip\" stands in",
        "SELECT \"age_from\" AS low, \"age_to\" AS high, COUNT(*) AS n",
        "GENERATE_SERIES(15, 89, 5)",
        "CAST(\"born_from\" AS TIMESTAMP) AS low",
        "CAST('1940-01-01' AS TIMESTAMP), CAST('2010-01-01' AS TIMESTAMP), INTERVAL '5 years'",
    ] {
        assert!(all.contains(part), "{part} in {all}");
    }
}

#[test]
fn hostile_names_stay_texts_in_every_form() {
    let name = "<b>\\u001b[31m\\\" `x` #\\n- a: b";
    let text = format!(
        "apiVersion: veil/v1\nkind: Policy\nmetadata: {{ name: n, version: 1, owner: \"{name}\" }}\nsource: {{ topic: raw }}\noutputs:\n  - topic: out\n    purpose: sales\n    domain: d\n    recipient: \"{name}\"\n    fields: {{ \"'{name}'\": {{ replace: {{ with: \"{name}\" }} }} }}\n"
    );
    let policies = [described("n.yaml", &text)];
    let all = contracts(&policies);
    let of: Vec<&Contract<'_>> = all.iter().collect();
    let trees = [
        json(&all),
        all[0].json_schema(),
        all[0].odcs(None),
        dbt(&all),
        fides(&all),
        openlineage(&policies[0], &of, None, "2026-03-01T10:42:07Z"),
    ];
    for tree in trees {
        let (json, yaml) = (tree.to_json(), tree.to_yaml());
        assert!(!yaml.contains('\u{1b}') && !json.contains('\u{1b}'));
        let read: serde_json::Value = serde_json::from_str(&json).expect("it is JSON");
        assert!(read.to_string().contains("<b>"), "{json}");
        let mut findings = crate::language::finding::Findings::default();
        assert!(
            crate::language::yaml::read(&yaml, &mut findings).is_some(),
            "{yaml}"
        );
    }
    let page = page(&all);
    assert!(!page.to_html().contains("<b>"));
}

/// What attacks find in the outputs of that example, by `tests/attacks/shipped.py`; empty:
/// nobody tried.
fn measured(name: &str) -> String {
    let all: serde_json::Value =
        serde_json::from_str(include_str!("../../tests/attacks/shipped.json")).expect("JSON");
    let Some(found) = all[name].as_array() else {
        return String::new();
    };
    let mut page = String::from(
        "\n## What attacks find\n\nOn the events of 2,000 made-up persons: real ones are less even. What each attack has, and when it\nsucceeds, is in [Measuring what leaves](../measuring.md); *at most* is the upper end of the interval that\nholds 95 % of it. That an attack fails here says nothing of a better one.\n\n| attack | outputs | tried | success | at most |\n| --- | --- | --- | --- | --- |\n",
    );
    for one in found {
        let text = |word: &str| one[word].as_str().expect("a text").replace('|', "&#124;");
        let number = |word: &str| one[word].as_f64().expect("a number");
        let outputs = one["outputs"].as_array().expect("a list").iter();
        let outputs: Vec<_> = outputs
            .map(|topic| format!("`{}`", topic.as_str().expect("a text")))
            .collect();
        page.push_str(&format!(
            "| {} | {} | {} | {:.3} | {:.3} |\n",
            text("attack"),
            outputs.join(", "),
            text("what"),
            number("success"),
            number("at_most"),
        ));
    }
    page
}

#[test]
fn the_examples_are_described_and_up_to_date() {
    let texts = [
        ("minimal", include_str!("../../config/minimal.yaml")),
        ("access-log", include_str!("../../config/access-log.yaml")),
        (
            "signups-public",
            include_str!("../../config/signups-public.yaml"),
        ),
        ("web-events", include_str!("../../config/web-events.yaml")),
        ("web-stats", include_str!("../../config/web-stats.yaml")),
        ("shop", include_str!("../../config/shop.yaml")),
        ("clinic", include_str!("../../config/clinic.yaml")),
        ("ads", include_str!("../../config/ads.yaml")),
        ("app-events", include_str!("../../config/app-events.yaml")),
        (
            "customers-cdc",
            include_str!("../../config/customers-cdc.yaml"),
        ),
        ("orders", include_str!("../../config/orders.yaml")),
        ("ga4", include_str!("../../config/ga4.yaml")),
        ("shopify", include_str!("../../config/shopify.yaml")),
        ("otlp", include_str!("../../config/otlp.yaml")),
        ("snowplow", include_str!("../../config/snowplow.yaml")),
        ("cloudevents", include_str!("../../config/cloudevents.yaml")),
        (
            "cloudevents-binary",
            include_str!("../../config/cloudevents-binary.yaml"),
        ),
        ("clicks", include_str!("../../config/clicks.yaml")),
        (
            "clicks-by-id",
            include_str!("../../config/clicks-by-id.yaml"),
        ),
        #[cfg(feature = "protobuf")]
        ("purchases", include_str!("../../config/purchases.yaml")),
    ];
    let of = |(name, text): (&str, &str)| described(&format!("config/{name}.yaml"), text);
    let policies = texts.map(of);
    let all = contracts(&policies);
    let mut index = String::from(
        "# The example policies, described\n\nWhat `veil describe` writes of the policies of `config/`, joins looked for among all of\nthem. Generated; do not edit.\n\n| policy | outputs |\n|---|---|\n",
    );
    for (n, (name, _)) in texts.iter().enumerate() {
        let is_its = |c: &&Contract<'_>| std::ptr::eq(c.policy, &policies[n]);
        let topics: Vec<String> = all
            .iter()
            .filter(is_its)
            .map(|c| format!("`{}`", c.output.topic))
            .collect();
        index.push_str(&format!(
            "| [{name}]({name}.md) | {} |\n",
            topics.join(", ")
        ));
        let mut page = page_of(&all, &policies[n]).to_markdown();
        page.push_str(&measured(name));
        crate::pages::compare(&format!("docs/examples/{name}.md"), &page);
    }
    crate::pages::compare("docs/examples/README.md", &index);
}

/// What the reader of an opened value finds there, nested ones too, and never what is
/// dropped.
#[test]
fn the_inside_of_what_is_sealed_is_told() {
    let text = "apiVersion: veil/v1\nkind: Policy\nmetadata: { name: p, version: 1, owner: o }\n\
        source: { topic: raw }\nkeys: { k: { ref: \"file:k.json#k\" } }\noutputs:\n  \
        - topic: x\n    purpose: analytics.reporting\n    domain: d\n    fields:\n      address: { encrypt: { key: k, fields: { city: { keep: { max_chars: 20 } }, street: drop, born: { as: { year: { generalize: { date: year } } } }, doors: { encrypt: { key: k, fields: { code: { mask: {} } } } } } } }\n";
    let policies = [described("p.yaml", text)];
    let all = contracts(&policies);
    let address = all[0].columns.iter().find(|c| c.name == "address").unwrap();
    let told = address.inside.iter().map(|i| {
        let (path, from) = (i.field.path.to_string(), i.field.from.to_string());
        format!(
            "{path} < {from}: {} ({})",
            i.field.action.name,
            i.types.says()
        )
    });
    assert_eq!(
        told.collect::<Vec<_>>(),
        [
            "city < city: keep (null, boolean, number or text)",
            "year < born: generalize (null or integer)",
            "doors < doors: encrypt (null or text)",
            "doors.code < doors.code: mask (null or text)",
        ]
    );
    let shown = page(&all).to_markdown();
    assert!(shown.contains("### Inside of what is sealed"), "{shown}");
    assert!(shown.contains("| `address` | `year` |"), "{shown}");
    assert!(!shown.contains("street"), "{shown}");
    let json: serde_json::Value = serde_json::from_str(&json(&all).to_json()).unwrap();
    assert_eq!(json[0]["columns"][0]["inside"][1]["from"], "born");
}

#[test]
fn tables_of_dbt_have_a_name_each() {
    let of = |name: &str, topics: &[&str]| {
        let outputs: String = topics
            .iter()
            .map(|t| {
                format!("  - {{ topic: {t}, purpose: sales, domain: d, fields: {{ id: keep }} }}\n")
            })
            .collect();
        described(
            "p.yaml",
            &format!(
                "apiVersion: veil/v1\nkind: Policy\nmetadata: {{ name: {name}, version: 1, owner: o }}\nsource: {{ topic: raw }}\noutputs:\n{outputs}"
            ),
        )
    };
    let policies = [
        of("a-b", &["a.b", "a_b", "a-b", "a_b_2", "c.d"]),
        of("a.b", &["a.b"]),
        of("a_b", &["e"]),
    ];
    let text = dbt(&contracts(&policies)).to_json();
    let read: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let names = |list: &serde_json::Value| -> Vec<String> {
        let all = list.as_array().expect("a list").iter();
        all.map(|one| one["name"].as_str().expect("text").to_owned())
            .collect()
    };
    assert_eq!(names(&read["sources"]), ["a_b_2", "a_b_3", "a_b"]);
    let tables = &read["sources"][0]["tables"];
    assert_eq!(names(tables), ["a_b_4", "a_b", "a_b_3", "a_b_2", "c_d"]);
    assert_eq!(tables[0]["identifier"], "a.b");
}

#[test]
fn texts_of_both_forms_read_back() {
    for text in [
        "a",
        "no",
        "a/b",
        "_id",
        "\"\\",
        "a\nb",
        "\u{e0041}\u{202e}",
        "🙂",
        "\u{85}",
    ] {
        let tree = Tree::map().with(text, text);
        let json: serde_json::Value = serde_json::from_str(&tree.to_json()).expect("JSON");
        assert_eq!(json[text], text);
        let mut findings = crate::language::finding::Findings::default();
        let yaml = crate::language::yaml::read(&tree.to_yaml(), &mut findings);
        let yaml = yaml.unwrap_or_else(|| panic!("{}", tree.to_yaml()));
        let member = &yaml.members().expect("a mapping")[0];
        assert_eq!((&*member.name, member.value.scalar()), (text, Some(text)));
    }
}

#[test]
fn where_people_are_how_old_and_what_is_special_is_told() {
    let policies = [
        described(
            "config/clinic.yaml",
            include_str!("../../config/clinic.yaml"),
        ),
        described("config/ads.yaml", include_str!("../../config/ads.yaml")),
    ];
    let all = contracts(&policies);
    let read: serde_json::Value = serde_json::from_str(&json(&all).to_json()).expect("it is JSON");
    let of = |topic: &str| {
        let mut list = read.as_array().expect("a list").iter();
        list.find(|c| c["topic"] == topic).expect("it is there")
    };
    let study = of("study17.vitals");
    assert_eq!(
        study["sensitive"],
        serde_json::json!([{
            "class": "user.health_and_medical",
            "condition": "explicit consent (article 9(2)(a))",
            "category": "Research",
            "because": "study 17 compares its two arms (ethics vote 2026/41)",
        }])
    );
    assert_eq!(of("clinic.care")["sensitive"], serde_json::json!([]));
    assert_eq!(of("clinic.care")["minors"], study["minors"]);
    assert_eq!(study["region"], serde_json::Value::Null);
    assert_eq!(
        of("ads.us.partner")["region"],
        "`us` (US), by `value.geo.country`"
    );
    assert_eq!(of("ads.us.partner")["minors"], serde_json::Value::Null);
    for (policy, said) in policies.iter().zip([
        &[
            "records of people under 16, or of whom nothing at `value.birthDate` says how old they are, do not leave",
            "`user.health_and_medical`: explicit consent (article 9(2)(a)), asked for with `Research`, because study 17",
            "a denial in the record counts too",
        ][..],
        &["only records of people in `us` (US), by `value.geo.country`"][..],
    ]) {
        let page = page_of(&all, policy).to_markdown();
        for said in said {
            assert!(page.contains(said), "{said}: {page}");
        }
    }
}

/// Of records in classes and of counts nothing is absent: a missing value is a class, or a
/// cell, like others.
#[test]
fn what_a_missing_value_becomes_is_said_of_classes_and_of_counts() {
    let base = "apiVersion: veil/v1\nkind: Policy\nmetadata: { name: t, version: 1, owner: o }\n\
        source: { topic: raw, subject: { person: id }, writers: own }\n\
        keys: { n: { ref: \"file:k.json#n\" }, state: { ref: \"file:k.json#state\" } }\noutputs:\n  \
        - topic: out\n    purpose: sales\n    domain: d\n";
    let of = |output: &str, name: &str| {
        let policies = [described("t.yaml", &format!("{base}{output}"))];
        let all = contracts(&policies);
        let column = all[0].columns.iter().find(|c| c.name == name).unwrap();
        (column.absence.clone(), column.types.says())
    };
    let classes = "    k_anonymous: { k: 5 }\n    fields:\n      \
        age: { quasi: { number: { step: 5, bottom: 15, top: 90 } } }\n      \
        born: { quasi: { number: { step: 5, bottom: 1900, top: 2010 }, form: bounds }, on_error: drop_field }\n";
    let (label, _) = of(classes, "age");
    assert_eq!(
        label,
        "always there: a missing value counts as one more value, null where all in the class have it, `*` where some do"
    );
    let (from, types) = of(classes, "born_from");
    assert_eq!(
        from,
        "always there: a missing value, and what its action refuses, counts as one more value; null where some in the class have it, and where that end is open"
    );
    assert_eq!(types, "null or integer");
    let counts = |keys: &str| {
        format!(
            "    aggregate:\n      window: 1d\n      time: {{ from: value.at }}\n      \
             by: {{ kind: {{ keep: {{ one_of: [a, b] }} }}, born: {{ generalize: {{ date: year, bucket: 10, bottom: 1900, top: 2010 }} }} }}\n      \
             count: records\n      contribution: {{ cells: 1, per_cell: 1 }}\n      epsilon: 1\n      key: n\n      \
             keys: {keys}\n      budget: {{ name: b, epsilon: 30, per: 30d }}\n"
        )
    };
    let listed = counts("{ list: [[a, 1980], [a, null]] }");
    let (never, types) = of(&listed, "kind");
    assert!(never.starts_with("always there, never null"), "{never}");
    assert_eq!(types, "text");
    let (null, types) = of(&listed, "born");
    assert_eq!(
        null,
        "always there: null in the rows of events that have no such value, or say null, or hold what stands for nothing"
    );
    assert_eq!(types, "null or integer");
    let selected = counts("select\n      delta: 1e-6");
    assert!(of(&selected, "kind").0.starts_with("always there: null in"));
}
