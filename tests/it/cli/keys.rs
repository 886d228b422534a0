use super::Home;
use std::os::unix::fs::PermissionsExt;

const NEW: &[&str] = &["keys", "new", "--keyring", "keyring.json"];
const LS: &[&str] = &["keys", "ls", "--keyring", "keyring.json"];
const VERIFY: &[&str] = &["keys", "verify", "--keyring", "keyring.json"];

fn new<'a>(names: &[&'a str]) -> Vec<&'a str> {
    let mut args: Vec<&str> = NEW.to_vec();
    args.extend(names);
    args
}

#[test]
fn new_creates_and_adds_with_mode_0600() {
    let home = Home::empty();
    assert_eq!(home.veil(&new(&["people", "contact"])).code, 0);
    assert_eq!(home.veil(&new(&["quarantine"])).code, 0);
    let file = home.path().join("keyring.json");
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let listed = home.veil(LS);
    assert_eq!(listed.code, 0);
    for name in ["people:1", "contact:1", "quarantine:1"] {
        assert!(listed.out.contains(name), "{}", listed.out);
    }
    let json: serde_json::Value = serde_json::from_str(&home.read("keyring.json")).unwrap();
    for key in json["keys"].as_array().unwrap() {
        let material = key["versions"][0]["material"].as_str().unwrap();
        assert!(!listed.out.contains(material));
    }
    assert_eq!(home.veil(VERIFY).code, 0);
    let mut args = LS.to_vec();
    args.extend(["--format", "json"]);
    let rows: Vec<serde_json::Value> = serde_json::from_str(&home.veil(&args).out).unwrap();
    assert_eq!(rows.len(), 3);
    assert_eq!(rows[2]["name"], "quarantine");
}

#[test]
fn a_salt_makes_the_codes_of_the_tool_that_it_came_from() {
    let policy = super::PLAIN
        .replace(
            "      n: { keep: { max_chars: 20 } }",
            "      n: { pseudonymize: { compat: { snowplow: sha256, salt: salt } } }",
        )
        .replace(
            "keys:\n",
            "keys:\n  salt: { ref: \"file:keyring.json#people\" }\n",
        )
        + "dangerously:\n  - { allow: compat_hash, because: old codes, until: \"2099-12-31\" }\n";
    let home = Home::with(&policy);
    std::fs::write(home.path().join("salt.txt"), "pepper123\n").unwrap();
    let apply = ["apply", "-p", "policy.yaml"];
    let line = "{\"n\":\"john@acme.com\"}\n";
    let is_key = home.veil_on(&apply, line);
    assert_eq!(is_key.code, 78, "{}", is_key.out);
    assert!(is_key.err.contains("holds no salt"), "{}", is_key.err);
    let made = home.veil(&new(&["--salt-file", "salt.txt", "pepper"]));
    assert_eq!(made.code, 0, "{}", made.err);
    assert!(
        made.said().contains("shorter than 16 bytes"),
        "{}",
        made.err
    );
    assert!(!home.read("keyring.json").contains("pepper123"));
    std::fs::write(
        home.path().join("policy.yaml"),
        policy.replace("#people", "#pepper"),
    )
    .unwrap();
    let ran = home.veil_on(&apply, line);
    assert_eq!(ran.code, 0, "{}", ran.err);
    // By Snowplow's own tests.
    assert!(ran.out.contains("\"7d8a4beae5"), "{}", ran.out);
    for args in [
        &["--salt-file", "nowhere", "a"][..],
        &["--salt-file", "salt.txt", "a", "b"],
    ] {
        assert_ne!(home.veil(&new(args)).code, 0, "{args:?}");
    }
    assert_eq!(home.veil(VERIFY).code, 0);
}

#[test]
fn an_existing_key_is_never_replaced() {
    let home = Home::empty();
    assert_eq!(home.veil(&new(&["people"])).code, 0);
    let before = home.read("keyring.json");
    let again = home.veil(&new(&["other", "people"]));
    assert_eq!(again.code, 78);
    assert!(again.err.contains("`people`"), "{}", again.err);
    assert_eq!(home.read("keyring.json"), before);
}

#[test]
fn names_that_are_none_are_a_usage_error() {
    let home = Home::empty();
    for names in [&["People"][..], &["a b"], &[]] {
        assert_eq!(home.veil(&new(names)).code, 64, "{names:?}");
    }
    assert!(!home.path().join("keyring.json").exists());
}

#[test]
fn a_keyring_open_to_others_is_refused() {
    let home = Home::empty();
    assert_eq!(home.veil(&new(&["people"])).code, 0);
    let file = home.path().join("keyring.json");
    for (mode, group_read, code) in [
        (0o644, false, 77),
        (0o640, false, 77),
        (0o640, true, 0),
        (0o660, true, 77),
        (0o600, false, 0),
    ] {
        std::fs::set_permissions(&file, PermissionsExt::from_mode(mode)).unwrap();
        let mut args = LS.to_vec();
        if group_read {
            args.push("--keyring-group-read");
        }
        let ran = home.veil(&args);
        assert_eq!(ran.code, code, "{mode:o}: {}", ran.err);
        assert_eq!(ran.err.contains("chmod"), code == 77, "{}", ran.err);
    }
    assert_eq!(
        home.veil(&["keys", "ls", "--keyring", "missing.json"]).code,
        66
    );
}

#[test]
fn a_wrapped_keyring_needs_its_passphrase() {
    let home = Home::empty();
    home.write_closed("pw", "correct horse\n");
    home.write_closed("other", "battery staple\n");
    let wrapped = new(&["people", "--wrap", "passphrase", "--passphrase-file", "pw"]);
    assert_eq!(home.veil(&wrapped).code, 0);
    assert_eq!(home.veil(LS).code, 0, "a list needs no passphrase");
    let verify = |file: &str| {
        let mut args = VERIFY.to_vec();
        args.extend(["--passphrase-file", file]);
        home.veil(&args)
    };
    assert_eq!(verify("pw").code, 0);
    let wrong = verify("other");
    assert_eq!(wrong.code, 78, "{}", wrong.err);
    assert!(!wrong.err.contains("battery"));
    assert_eq!(verify("missing").code, 66);
    std::fs::set_permissions(home.path().join("pw"), PermissionsExt::from_mode(0o644)).unwrap();
    let open = verify("pw");
    assert_eq!(open.code, 77, "{}", open.err);
    assert!(open.err.contains("chmod 600 pw"), "{}", open.err);
}

#[test]
fn what_stands_in_the_way_of_a_new_keyring_has_its_code() {
    let home = Home::empty();
    let add = |keyring: &str| home.veil(&["keys", "new", "--keyring", keyring, "people"]);
    let nowhere = add("no/such/folder/keyring.json");
    assert_eq!(nowhere.code, 73, "{}", nowhere.err);
    home.write("keyring.json.new", "");
    let locked = add("keyring.json");
    assert_eq!(locked.code, 77, "{}", locked.err);
    for part in ["keyring.json.new", "interrupted", "remove this file"] {
        assert!(locked.err.contains(part), "{part}: {}", locked.err);
    }
    std::fs::remove_file(home.path().join("keyring.json.new")).unwrap();
    std::os::unix::fs::symlink("keyring.json", home.path().join("link")).unwrap();
    let dangling = add("link");
    assert_eq!(dangling.code, 73, "{}", dangling.err);
    assert_eq!(add("keyring.json").code, 0);
    let again = add("link");
    assert_eq!(again.code, 78, "{}", again.err);
    assert!(
        again.err.contains("has a key `people` already"),
        "{}",
        again.err
    );
    assert_eq!(
        home.veil(&["keys", "new", "--keyring", "link", "contact"])
            .code,
        0
    );
    assert!(home.path().join("link").is_symlink());
    assert!(home.veil(LS).out.contains("contact:1"));
}

#[test]
fn what_does_not_open_is_said_without_showing_it() {
    let home = Home::empty();
    assert_eq!(home.veil(&new(&["people"])).code, 0);
    let decrypt = &["decrypt", "--any-context", "--keyring", "keyring.json"];
    let ran = home.veil_on(decrypt, "veil1.people:1.SECRETSECRET\n\nSECRET\nveil1.nobody:1.AW7ywKjENNq4oKGio6SlpqeoqaqrrK2urwAAAAAAAAAAAAAAAOTkglYcbJEYsfX-Wb11ahID0DmCFdSx_bZumqnCrwKa\n");
    assert_eq!((ran.code, ran.out.as_str()), (2, "\n\n\n\n"), "{}", ran.err);
    assert!(!ran.err.contains("SECRET"), "{}", ran.err);
    for line in ["line 1:", "line 3:", "line 4:", "`nobody`"] {
        assert!(ran.err.contains(line), "{line}: {}", ran.err);
    }
    let missing = home.veil_on(
        &["decrypt", "--any-context", "--keyring", "missing.json"],
        "x\n",
    );
    assert_eq!((missing.code, missing.out.as_str()), (66, ""));
}
