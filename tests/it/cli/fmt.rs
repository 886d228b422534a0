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
