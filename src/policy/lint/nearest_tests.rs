//! The class of a field is the nearest one, whatever list it stands in.

use super::testing::Small;

/// Puts both classes under `fields`, then one of them there and one under its type.
fn ways(above: &str, near: &str) -> Vec<(String, String)> {
    let field = "user.profile.contact.email: keep";
    let by_type = format!("fields: {{}}\n    types: {{ signup: {{ {field} }} }}");
    vec![
        (format!("fields: {{ {above}, {near} }}"), by_type.clone()),
        (
            format!("fields: {{ {above} }}, types: {{ signup: {{ {near} }} }}"),
            by_type.clone(),
        ),
        (
            format!("fields: {{ {near} }}, types: {{ signup: {{ {above} }} }}"),
            by_type.clone(),
        ),
        (
            format!("types: {{ signup: {{ {above} }}, '*': {{ {near} }} }}"),
            by_type,
        ),
    ]
}

fn is_refused(classes: &str, output: &str) -> bool {
    let policy = Small {
        source: "writers: own, type: kind",
        classes,
        output: "basis: contract",
        ..Small::PLAIN
    };
    let text = policy.text().replace("fields: {  }", output);
    let found = super::testing::found(&text);
    found.iter().any(|f| f.code == "V0214")
}

#[test]
fn a_class_at_any_depth_is_as_near_as_where_it_ends() {
    for (above, near, refused) in [
        (
            "user.profile.contact: none",
            "'**.email': user.contact.email",
            true,
        ),
        ("user: none", "'**.email': user.contact.email", true),
        (
            "'**.contact': none",
            "user.profile.contact.email: user.contact.email",
            true,
        ),
        (
            "user.profile: user.contact.email",
            "'**.contact': none",
            false,
        ),
        (
            "'user.**.contact': user.contact.email",
            "'**.email': none",
            false,
        ),
    ] {
        for (classes, output) in ways(above, near) {
            assert_eq!(is_refused(&classes, &output), refused, "{classes}");
        }
    }
}
