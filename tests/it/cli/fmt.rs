//! `veil fmt`: what the command adds to the layout.

use super::Home;

const TURNED: &str = "\
# Who signs up.
kind: Policy
apiVersion: veil/v1
metadata: { name: signups, version: 1, owner: team }
source: { topic: signups }
outputs:
  - purpose: analytics
    # where to
    domain: d
    topic: signups.clean
    fields: { plan: { keep: { one_of: [a] } } }   
";

const IN_ORDER: &str = "\
# Who signs up.
apiVersion: veil/v1
kind: Policy
metadata: { name: signups, version: 1, owner: team }
source: { topic: signups }
outputs:
  - topic: signups.clean
    purpose: analytics
    # where to
    domain: d
    fields: { plan: { keep: { one_of: [a] } } }
";

#[test]
fn a_file_is_put_in_order_in_its_place_and_then_stays() {
    let home = Home::with(TURNED);
    let ran = home.veil(&["fmt", "policy.yaml"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{ran:?}");
    assert_eq!(ran.err, "policy.yaml: put in order\n");
    assert_eq!(home.read("policy.yaml"), IN_ORDER);
    let again = home.veil(&["fmt", "policy.yaml"]);
    assert_eq!(
        (again.code, again.out.as_str(), again.err.as_str()),
        (0, "", "")
    );
    assert_eq!(home.veil(&["fmt", "--check", "."]).code, 0);
}

#[test]
fn check_shows_what_would_change_and_changes_nothing() {
    let home = Home::with(TURNED);
    let ran = home.veil(&["fmt", "--check", "policy.yaml"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(
        ran.out.starts_with("policy.yaml:2\n- kind: Policy\n"),
        "{}",
        ran.out
    );
    assert!(
        ran.out.contains("\n+   - topic: signups.clean\n"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("} }···\n"), "{}", ran.out);
    assert_eq!(home.read("policy.yaml"), TURNED);
}

#[test]
fn standard_input_goes_to_standard_output() {
    let home = Home::empty();
    let ran = home.veil_on(&["fmt", "-"], TURNED);
    assert_eq!(
        (ran.code, ran.out.as_str(), ran.err.as_str()),
        (0, IN_ORDER, "")
    );
    let ran = home.veil_on(&["fmt", "-"], IN_ORDER);
    assert_eq!((ran.code, ran.out.as_str()), (0, IN_ORDER));
}

#[test]
fn a_policy_with_mistakes_is_refused_and_left_alone() {
    let wrong = TURNED.replace("one_of", "on_of");
    let home = Home::with(&wrong);
    let ran = home.veil(&["fmt", "policy.yaml"]);
    assert_eq!(ran.code, 78, "{ran:?}");
    assert!(ran.err.contains("on_of"), "{ran:?}");
    assert_eq!(home.read("policy.yaml"), wrong);
}

/// What is shown to people is in the order that they are told to keep.
#[test]
fn the_examples_are_in_order() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut policies = Vec::new();
    let mut folders: Vec<_> = ["config", "src/demo", "benches", "deploy", "tests/golden"]
        .map(|folder| root.join(folder))
        .into();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("a file").path();
            let is_policy = |path: &std::path::PathBuf| {
                let text = std::fs::read_to_string(path).unwrap_or_default();
                text.lines().any(|line| line == "apiVersion: veil/v1")
            };
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "yaml") && is_policy(&path) {
                policies.push(path.to_str().expect("a name").to_owned());
            }
        }
    }
    assert!(policies.len() >= 10, "{policies:?}");
    let home = Home::empty();
    for policy in &policies {
        let ran = home.veil(&["fmt", "--check", policy]);
        assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{policy}: {ran:?}");
    }
}
