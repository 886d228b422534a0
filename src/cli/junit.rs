//! Results of tests in JUnit's XML, as build servers read it.

use std::fmt::Write;
use veilstream::trial::Verdict;

/// The suites so far: one for each policy.
#[derive(Default)]
pub struct Suites(String);

impl Suites {
    /// The tests of a policy.
    pub fn add(&mut self, file: &str, verdicts: &[Verdict]) {
        let failures = verdicts.iter().filter(|v| !v.differences.is_empty());
        let failures = failures.count();
        let file = escaped(file);
        let _ = writeln!(
            self.0,
            "  <testsuite name=\"{file}\" tests=\"{}\" failures=\"{failures}\" errors=\"0\">",
            verdicts.len()
        );
        for verdict in verdicts {
            let name = escaped(&verdict.name);
            let case = format!("    <testcase classname=\"{file}\" name=\"{name}\"");
            let _ = match verdict.differences.first() {
                None => writeln!(self.0, "{case}/>"),
                Some(first) => writeln!(
                    self.0,
                    "{case}>\n      <failure message=\"{}\">{}</failure>\n    </testcase>",
                    escaped(first),
                    escaped(&verdict.differences.join("\n"))
                ),
            };
        }
        self.0.push_str("  </testsuite>\n");
    }

    /// A policy that cannot be used: an error, so that nobody takes its tests for
    /// passed.
    pub fn refused(&mut self, file: &str) {
        let file = escaped(file);
        let _ = write!(
            self.0,
            "  <testsuite name=\"{file}\" tests=\"1\" failures=\"0\" errors=\"1\">\n    \
             <testcase classname=\"{file}\" name=\"the policy can be used\">\n      \
             <error message=\"see `veil check`\"/>\n    </testcase>\n  </testsuite>\n"
        );
    }

    /// The whole document.
    pub fn into_text(self) -> String {
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n{}</testsuites>\n",
            self.0
        )
    }
}

/// Characters that mean something in XML by reference, those that it cannot hold
/// as U+FFFD.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => {
                let _ = write!(out, "&#{};", u32::from(c));
            }
            c if c < ' ' || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_test_is_called_it_stays_text() {
        let verdict = |name: &str, differences: &[&str]| Verdict {
            name: name.to_owned(),
            differences: differences.iter().map(|d| (*d).to_owned()).collect(),
        };
        let mut suites = Suites::default();
        suites.add(
            "a&b.yaml",
            &[
                verdict("fine", &[]),
                verdict("\"/><x>\u{1b}]]>\n", &["one <", "two"]),
            ],
        );
        suites.refused("c.yaml");
        assert_eq!(
            suites.into_text(),
            r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
  <testsuite name="a&amp;b.yaml" tests="2" failures="1" errors="0">
    <testcase classname="a&amp;b.yaml" name="fine"/>
    <testcase classname="a&amp;b.yaml" name="&quot;/&gt;&lt;x&gt;�]]&gt;&#10;">
      <failure message="one &lt;">one &lt;&#10;two</failure>
    </testcase>
  </testsuite>
  <testsuite name="c.yaml" tests="1" failures="0" errors="1">
    <testcase classname="c.yaml" name="the policy can be used">
      <error message="see `veil check`"/>
    </testcase>
  </testsuite>
</testsuites>
"#
        );
    }
}
