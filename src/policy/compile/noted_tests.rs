//! What actions note of values is counted by field, as the record is.

use crate::pipeline::testing::{raw, run};
use crate::policy::compile::testing;
use crate::record::{Note, Notes};

const PLAN: &str = "{ generalize: { top_k: { of: [free, pro] } } }";

/// The counts of notes of those records: note, field, count; of fields that can note.
fn noted(key: &str, fields: &str, values: &[&str]) -> Vec<(Note, String, u64)> {
    let text = format!(
        "apiVersion: veil/v1\nkind: Policy\nmetadata: {{ name: t, version: 1, owner: o }}\nsource: {{ topic: raw }}\nconsent: {{ signals: [{{ from: value, path: ads, category: ads }}] }}\noutputs:\n  - topic: out\n    purpose: marketing.advertising\n    domain: d\n    needs_consent: ads\n    recipient: Meta\n    {key}\n    fields: {{ {fields} }}\n"
    );
    let plan = testing::plan_of(testing::compiled(text));
    let with_consent = |members: &&str| format!("{{\"ads\":true,{members}}}");
    let values: Vec<String> = values.iter().map(with_consent).collect();
    let records: Vec<_> = values.iter().map(raw).collect();
    let batch = run(&plan, &records);
    assert!(batch.counts.balances());
    let (mut list, output) = (Vec::new(), &batch.counts.outputs[0]);
    for (field, counts) in plan.outputs[0].fields.iter().zip(&output.fields) {
        for note in Notes::ALL {
            let count = match note {
                Note::Other => counts.other,
                Note::AcceptedHash => counts.accepted_hashed,
            };
            let can = field.notes.has(note);
            assert!(can || count == 0, "{}", field.path);
            assert!(count <= counts.written, "{}", field.path);
            if can {
                list.push((note, field.path.clone(), count));
            }
        }
    }
    list.sort_by(|(_, one, _), (_, other, _)| one.cmp(other));
    list
}

#[test]
fn a_value_that_nothing_lists_is_counted_once_and_only_where_it_can_be() {
    let fields = format!(
        "plan: {PLAN}, url: {{ url: {{ routes: [/, '/p/{{}}'], fragment: keep, query: {{ plan: {PLAN} }} }} }}, tags: {{ each: {{ split: ',', do: {PLAN} }} }}, note: {{ redact: {{ with: {PLAN} }} }}, id: keep"
    );
    let of = |field: &str, n| (Note::Other, field.to_owned(), n);
    assert_eq!(
        noted("", &fields, &[r#""id":0"#]),
        [of("note", 0), of("plan", 0), of("tags", 0), of("url", 0)]
    );
    let records = [
        r#""plan":"free","url":"https://a.example/p/1","tags":"pro,free","note":"no hit","id":1"#,
        r#""plan":"gold","url":"https://a.example/x#/y","tags":"a,b,free","note":"a@b.example, c@d.example","id":2"#,
        r#""plan":7,"url":"https://a.example/p/1?plan=gold","tags":"","id":3"#,
        r#""plan":"","id":4"#,
    ];
    assert_eq!(
        noted("", &fields, &records),
        [of("note", 1), of("plan", 2), of("tags", 1), of("url", 2)]
    );
}

#[test]
fn nothing_is_counted_of_what_is_refused_left_out_or_quarantined() {
    let of = |n| vec![(Note::Other, "tags".to_owned(), n)];
    // The second part of the text is refused, and with it the first.
    let tags = |on_error: &str| {
        format!("tags: {{ each: {{ split: ' ', do: {{ url: {{ routes: [/] }} }} }}{on_error} }}")
    };
    let address = "https://a.example/x";
    let refused = format!("\"tags\":\"{address} nowhere\"");
    let other = format!("\"tags\":\"{address} {address}\"");
    let known = r#""tags":"https://a.example/""#;
    for on_error in ["", ", on_error: drop_field", ", on_error: { replace: '-' }"] {
        let records = [&*refused, &*other, known];
        assert_eq!(noted("", &tags(on_error), &records), of(1), "{on_error}");
    }
    // Another field refuses the record.
    let refused = format!("tags: {PLAN}, n: {{ keep: {{ type: integer, min: 0, max: 9 }} }}");
    assert_eq!(noted("", &refused, &[r#""tags":"x","n":"no""#]), of(0));
    assert_eq!(noted("", &refused, &[r#""tags":"x","n":1"#]), of(1));
    // A part that is refused inside takes back what was said of it, and of no other.
    let parts = "tags: { url: { path: drop, query: { a: { each: { split: ' ', do: { url: { routes: [/] } } }, on_error: drop_field }, b: { generalize: { top_k: { of: [z] } } } } } }";
    let query = |query: &str| format!("\"tags\":\"https://a.example/?{query}\"");
    let refused = format!("a={address}+nowhere");
    assert_eq!(noted("", parts, &[&query(&refused)]), of(0));
    assert_eq!(
        noted("", parts, &[&query(&format!("b=q&{refused}"))]),
        of(1)
    );
    assert_eq!(noted("", parts, &[&query(&format!("a={address}"))]), of(1));
}

#[test]
fn keys_count_for_themselves_and_names_of_members_do_not() {
    let key = format!("key: {{ from: value.plan, {} }}", &PLAN[2..PLAN.len() - 2]);
    let (plan, record) = ("plan: keep", [r#""plan":"gold""#]);
    assert_eq!(
        noted(&key, plan, &record),
        [(Note::Other, "key".to_owned(), 1)]
    );
    let names = format!("m.*: {{ names: {PLAN}, generalize: {{ top_k: {{ of: [1] }} }} }}");
    let of = |n| [(Note::Other, "m.*".to_owned(), n)];
    assert_eq!(noted("", &names, &[r#""m":{"gold":1}"#]), of(0));
    assert_eq!(noted("", &names, &[r#""m":{"gold":2}"#]), of(1));
    assert_eq!(noted("", &names, &[r#""m":{"free":2}"#]), of(1));
}

#[test]
fn a_hash_that_the_event_has_is_counted() {
    let email = "email: { match_hash: { for: meta, what: email, accept_hashed: true } }";
    let hash = "62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f";
    let (hashed, clear) = (
        format!("\"email\":\"{hash}\""),
        r#""email":"jane@a.example""#,
    );
    let of = |n| [(Note::AcceptedHash, "email".to_owned(), n)];
    assert_eq!(noted("", email, &[&hashed, clear, &hashed]), of(2));
    let without = email.replace(", accept_hashed: true", "");
    assert_eq!(noted("", &without, &[clear]), []);
}
