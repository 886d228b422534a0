use super::*;
use crate::keys::TestKeys;
use crate::policy::diff::diff;
use crate::policy::{NoTables, PolicyFile, compile};
use std::path::{Path, PathBuf};

/// Every policy of the repository that is YAML.
fn policies() -> Vec<(PathBuf, String)> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = ["config", "tests", "src/demo", "deploy"]
        .map(|f| top.join(f))
        .to_vec();
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "yaml") {
                let text = std::fs::read_to_string(&path).unwrap_or_default();
                if text.contains("apiVersion: veil/v1") && read(&text).is_some() {
                    found.push((path, text));
                }
            }
        }
    }
    assert!(found.len() > 80, "{}", found.len());
    found
}

fn comments(text: &str) -> Vec<&str> {
    let mut found: Vec<_> = text
        .lines()
        .filter_map(|l| Some(l[l.find('#')?..].trim_end()))
        .collect();
    found.sort_unstable();
    found
}

/// Its members turned around wherever they stand on lines of their own.
fn turned(text: &str) -> Option<String> {
    let text = format!("{}\n", text.trim_end());
    let root = read(&text)?;
    let mut blocks = Vec::new();
    find(&text, &root, &Takes::Object(&grammar::POLICY), &mut blocks);
    fn turn(block: &mut Block) {
        block.order = (0..block.members.len()).rev().collect();
        block
            .members
            .iter_mut()
            .flat_map(|m| &mut m.inside)
            .for_each(turn);
    }
    blocks.iter_mut().for_each(turn);
    let mut out = String::new();
    write(&text, 0..text.len(), &blocks, &mut out);
    read(&out).map(|_| out)
}

fn holds(path: &Path, text: &str) {
    let shown = path.display();
    let laid = layout(text).unwrap_or_else(|| panic!("{shown}: not laid out"));
    assert_eq!(layout(&laid).as_deref(), Some(laid.as_str()), "{shown}");
    assert_eq!(comments(text), comments(&laid), "{shown}");
    let compiled = |text: &str| {
        let file = PolicyFile {
            path: path.to_owned(),
            text: text.to_owned(),
        };
        compile(&file, &TestKeys, &NoTables, jiff::Timestamp::UNIX_EPOCH)
    };
    let (was, is) = (compiled(text), compiled(&laid));
    assert_eq!(was.plan.is_some(), is.plan.is_some(), "{shown}");
    let codes = |c: &crate::policy::Compiled| {
        let mut codes: Vec<_> = c.findings.list().iter().map(|f| f.code).collect();
        codes.sort_unstable();
        codes
    };
    assert_eq!(codes(&was), codes(&is), "{shown}");
    let sound = !was.findings.has_errors();
    if let (true, Some(was), Some(is)) = (sound, &was.said, &is.said) {
        assert_eq!(diff(was, is).len(), 0, "{shown}");
    }
}

#[test]
fn what_is_laid_out_says_the_same_and_stays() {
    for (path, text) in policies() {
        holds(&path, &text);
    }
}

#[test]
fn whatever_the_order_was_it_comes_out_the_same() {
    let mut changed = 0;
    for (path, text) in policies() {
        let Some(other) = turned(&text) else { continue };
        changed += usize::from(other != text);
        holds(&path, &other);
    }
    assert!(changed > 80, "{changed}");
}

#[test]
fn blocks_move_with_their_comments_and_names_stay_where_the_author_put_them() {
    let text = "\
# the top stays
kind: Policy
apiVersion: veil/v1   # first

# what leaves
outputs:
  # the only one
  - fields:
      zip: keep
      age: keep
      # behind the fields
    # what for
    purpose: sales
    topic: t
keys:\x20\x20
  b: { ref: \"file:k#b\" }


  a: { ref: \"file:k#a\" }
# the end";
    let laid = "\
# the top stays
apiVersion: veil/v1   # first
kind: Policy
keys:
  b: { ref: \"file:k#b\" }

  a: { ref: \"file:k#a\" }

# what leaves
outputs:
  # the only one
  - topic: t
    # what for
    purpose: sales
    fields:
      zip: keep
      age: keep
      # behind the fields
# the end
";
    assert_eq!(layout(text).as_deref(), Some(laid));
    assert_eq!(layout(laid).as_deref(), Some(laid));
}

#[test]
fn texts_of_several_lines_keep_each_blank() {
    let text = "kind: Policy\ntests:\n  - raw: |+\n      a  \n\n\n      b\n\n\n    name: \"x  \n\n\n      y\"\n";
    let laid = layout(text).unwrap();
    assert!(
        says_the_same(&read(text).unwrap(), &read(&laid).unwrap()),
        "{laid}"
    );
    assert_eq!(layout(&laid).as_deref(), Some(laid.as_str()));
}

#[test]
fn what_is_no_yaml_is_not_laid_out() {
    for text in ["", "a: [", "a: 1\na: 2\n", "a: &x 1\n"] {
        assert_eq!(layout(text), None, "{text}");
    }
}
