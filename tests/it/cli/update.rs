//! `veil test --update`: expected outputs, brought to what leaves now.

use super::Home;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

/// Two outputs, one sealed at random; tests of every kind, some out of date.
const POLICY: &str = "\
apiVersion: veil/v1
kind: Policy
metadata: { name: shop, version: 1, owner: tests }
source: { topic: raw }
keys:
  people: { ref: \"file:keyring.json#people\" }
  contact: { ref: \"file:keyring.json#contact\" }
  quarantine: { ref: \"file:keyring.json#quarantine\" }
outputs:
  - topic: clean
    purpose: analytics.reporting
    domain: analytics
    policy_header: true
    fields:
      n: { generalize: { bucket: 10 } }
      user: { pseudonymize: { key: people, normalize: text, epoch: none } }
      name: { keep: { max_chars: 20 } }
  - topic: mail
    purpose: marketing.advertising.first_party.targeted
    domain: mail
    fields: { n: { keep: {} }, mail: { encrypt: { key: contact } } }
quarantine: { topic: refused, key: quarantine, retention: 7d }
tests:
  # What matters most.
  - name: old   # of last year
    given: { n: 39, user: u, name: blue }
    exactly:
      clean:
        n: 40          # was rounded
        # a person
        user: someone
        gone: 1
    expect: { mail: { n: 39.0 } }
  - name: a part stays a part
    given: { n: 39, name: blue }
    expect: { clean: { n: 3e1, name: red } }
  - name: as it was
    given: { n: 1 }
    exactly: { clean: { n: 0 } }
  - name: it must not leave
    given: { n: 12, name: jane }
    exactly: { clean: { n: 0 } }
    never_contains: [jane]
  - name: refused now
    given: { n: x }
    expect: { clean: { n: 0 } }
  - name: another code every time
    given: { n: 1, mail: a@example.com }
    exactly: { mail: { n: 2, mail: veil1.contact } }
";

/// The same when it was updated: what the tests say besides outputs stays.
fn next(user: &str) -> String {
    POLICY
        .replace("n: 40 ", "n: 30 ")
        .replace(
            "user: someone\n        gone: 1\n",
            &format!("user: {user}\n        name: blue\n"),
        )
        .replace("name: red", "name: blue")
}

/// Without the tests that fail whatever is written.
fn passing(policy: &str) -> String {
    let failing = policy.find("  - name: it must not leave").unwrap();
    policy[..failing].to_owned()
}

#[test]
fn what_leaves_is_written_and_what_is_promised_stays() {
    let home = Home::with(POLICY);
    let path = home.path().join("policy.yaml");
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o640)).unwrap();
    let dry = home.veil(&["test", "policy.yaml", "--update", "--dry-run"]);
    assert_eq!(dry.code, 2, "{dry:?}");
    assert!(
        dry.out
            .ends_with("2 to update, 3 left as they fail, 1 as they were\n"),
        "{}",
        dry.out
    );
    assert_eq!(home.read("policy.yaml"), POLICY, "nothing is written");

    let ran = home.veil(&["test", "policy.yaml", "--update"]);
    assert_eq!((ran.code, ran.err.as_str()), (2, ""), "{}", ran.out);
    for told in [
        "  updated  old\n      `clean`: `n` is 30, expected 40\n",
        "`clean`: `gone` is missing, expected 1\n",
        "  updated  a part stays a part\n      `clean`: `name` is \"blue\", expected \"red\"\n",
        "  FAILED  it must not leave\n      `clean` contains \"jane\", which must never leave\n",
        "  FAILED  refused now\n      quarantined `wrong_type`",
        "  FAILED  another code every time\n      `mail` comes out otherwise in every run",
        "2 updated, 3 left as they fail, 1 as they were\n",
    ] {
        assert!(ran.out.contains(told), "{told}: {}", ran.out);
    }
    assert!(!ran.out.contains("as it was"), "{}", ran.out);
    let text = home.read("policy.yaml");
    let user = text.split("        user: ").nth(1).unwrap();
    let user = user.split('\n').next().unwrap();
    assert_eq!(text, next(user));
    let mode = std::fs::metadata(&path).unwrap().mode() & 0o7777;
    assert_eq!(mode, 0o640);
    let left = std::fs::read_dir(home.path()).unwrap().count();
    assert_eq!(left, 2, "policy and keyring, and no draft");

    // Once more changes nothing, and what it could not update still fails.
    let again = home.veil(&["test", "policy.yaml", "--update"]);
    assert_eq!(again.code, 2);
    assert!(
        again
            .out
            .ends_with("0 updated, 3 left as they fail, 3 as they were\n"),
        "{}",
        again.out
    );
    assert_eq!(home.read("policy.yaml"), text);
    let tested = home.veil(&["test", "policy.yaml"]);
    assert!(
        tested.out.ends_with("3 passed, 3 failed\n"),
        "{}",
        tested.out
    );
}

#[test]
fn afterwards_the_tests_pass_and_a_link_stays_a_link() {
    let home = Home::with(&passing(POLICY));
    std::fs::create_dir(home.path().join("real")).unwrap();
    let (path, real) = (
        home.path().join("policy.yaml"),
        home.path().join("real/p.yaml"),
    );
    std::fs::rename(&path, &real).unwrap();
    std::os::unix::fs::symlink("real/p.yaml", &path).unwrap();
    assert_eq!(home.veil(&["test", "policy.yaml"]).code, 2);
    let ran = home.veil(&["test", "policy.yaml", "--update"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(home.veil(&["test", "policy.yaml"]).code, 0);
    assert!(path.is_symlink() && real.is_file());
    let text = home.read("policy.yaml");
    let again = home.veil(&["test", ".", "--update", "--dry-run"]);
    assert_eq!(again.code, 0, "{again:?}");
    assert_eq!(home.read("policy.yaml"), text);
}

#[test]
fn a_policy_with_errors_is_refused_and_no_other_is_written_either() {
    let home = Home::with(&passing(POLICY));
    home.write("wrong.yaml", POLICY.replace("domain: mail", "domian: mail"));
    let ran = home.veil(&["test", "policy.yaml", "wrong.yaml", "--update"]);
    assert_eq!(ran.code, 78, "{ran:?}");
    assert!(ran.err.contains("did you mean `domain`"), "{}", ran.err);
    assert_eq!(home.read("policy.yaml"), passing(POLICY));
    let ran = home.veil_on(&["test", "-", "--update"], POLICY);
    assert_eq!(ran.code, 64, "{ran:?}");
    // What an interrupted one left is not taken for anything.
    home.write(".policy.yaml.veil-new", "half of a pol");
    let ran = home.veil(&["test", "policy.yaml", "--update"]);
    assert_eq!(ran.code, 73, "{ran:?}");
    assert!(
        ran.said()
            .contains("another `veil` writes it, or one was interrupted"),
        "{}",
        ran.err
    );
    assert_eq!(home.read("policy.yaml"), passing(POLICY));
    assert_eq!(home.read(".policy.yaml.veil-new"), "half of a pol");
}

/// The policies of the repository say what they do already.
#[test]
fn tests_that_pass_are_left_as_they_are_written() {
    let config = concat!(env!("CARGO_MANIFEST_DIR"), "/config");
    let home = Home::empty();
    let ran = home.veil(&["test", config, "--update", "--dry-run"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.out.contains("\n0 to update, 0 left as they fail, "),
        "{}",
        ran.out
    );
}
