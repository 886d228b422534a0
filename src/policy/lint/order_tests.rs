//! What is found does not depend on what stands first.

use std::collections::BTreeSet;

use crate::action::NoTables;
use crate::keys::TestKeys;
use crate::policy::{PolicyFile, compile};

const OUTPUTS: [&str; 4] = [
    "  - topic: a\n    purpose: sales\n    domain: shared\n    recipient: one\n    fields: { user: { pseudonymize: { key: people, epoch: none } } }\n",
    "  - topic: b\n    purpose: finance\n    domain: shared\n    recipient: two\n    fields: { order: { pseudonymize: { key: people, epoch: none } }, card: { tokenize: { key: people@1, format: digits } } }\n",
    "  - topic: c\n    purpose: sales\n    domain: shared\n    recipient: one\n    fields: { user: { pseudonymize: { key: people, epoch: none } }, FIELDS }\n",
    "  - topic: d\n    purpose: collect\n    domain: other\n    fields: { user: { encrypt: { key: people } }, order: { encrypt: { key: people } } }\n",
];

const FIELDS: [&str; 3] = [
    "order: { pseudonymize: { key: people, epoch: none } }",
    "device: { pseudonymize: { key: same, epoch: none } }",
    "card: { tokenize: { key: same@1, format: digits } }",
];

const KEYS: [&str; 2] = [
    "  people: { ref: \"file:keyring.json#people\" }\n",
    "  same: { ref: \"file:keyring.json#people\" }\n",
];

/// Every order of a few things.
fn orders<T: Copy>(of: &[T]) -> Vec<Vec<T>> {
    let Some((first, rest)) = of.split_first() else {
        return vec![Vec::new()];
    };
    let mut all = Vec::new();
    for order in orders(rest) {
        for at in 0..=order.len() {
            let mut order = order.clone();
            order.insert(at, *first);
            all.push(order);
        }
    }
    all
}

/// What is found, wherever it stands: code, what it says, outputs, field.
type Said = BTreeSet<(&'static str, String, Vec<String>, Option<String>)>;

fn found(outputs: &[&str], fields: &[&str], keys: &[&str]) -> Said {
    let outputs = outputs.concat().replace("FIELDS", &fields.join(", "));
    let text = format!(
        "apiVersion: veil/v1\nkind: Policy\nmetadata: {{ name: t, version: 1, owner: o }}\n\
         source: {{ topic: raw, subject: [user] }}\nkeys:\n  sealed: {{ ref: \"file:keyring.json#quarantine\" }}\n{}\
         classes: {{ fields: {{ user: user.unique_id, order: user.transaction, device: user.device, card: user.financial }} }}\n\
         quarantine: {{ topic: refused, key: sealed, retention: 7d }}\noutputs:\n{outputs}",
        keys.concat()
    );
    let file = PolicyFile {
        path: "policy.yaml".into(),
        text,
    };
    let compiled = compile(&file, &TestKeys, &NoTables, jiff::Timestamp::UNIX_EPOCH);
    let mut all = Said::new();
    for f in compiled.findings.list() {
        assert!(f.code.starts_with("V02"), "{f:?}");
        let new = all.insert((
            f.code,
            f.message.clone(),
            f.about.outputs.clone(),
            f.about.field.clone(),
        ));
        assert!(new, "said twice: {f:?}");
    }
    all
}

#[test]
fn findings_are_the_same_in_every_order_of_outputs_fields_and_keys() {
    let want = found(&OUTPUTS, &FIELDS, &KEYS);
    let codes: BTreeSet<&str> = want.iter().map(|(code, ..)| *code).collect();
    for code in ["V0211", "V0212", "V0213"] {
        assert!(codes.contains(code), "{code} is not tried: {codes:?}");
    }
    for outputs in orders(&OUTPUTS) {
        for fields in orders(&FIELDS) {
            for keys in orders(&KEYS) {
                let found = found(&outputs, &fields, &keys);
                assert_eq!(found, want, "{outputs:#?} {fields:#?} {keys:?}");
            }
        }
    }
}
