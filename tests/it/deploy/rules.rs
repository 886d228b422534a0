//! The alert rules, read as they are written: a key a line.

/// One alert.
pub struct Alert {
    pub name: String,
    pub expr: String,
    lines: Vec<String>,
}

impl Alert {
    /// What stands behind a key of its labels or annotations.
    pub fn says(&self, key: &str) -> Option<String> {
        let key = format!("{key}: ");
        let line = self.lines.iter().find(|l| l.contains(&key))?;
        let value = line.split_once(&key)?.1;
        Some(
            value
                .trim_end_matches([' ', '}'])
                .trim_matches('"')
                .to_owned(),
        )
    }
}

/// Every alert of a file of rules.
pub fn of_alerts(text: &str) -> Vec<Alert> {
    let alerts: Vec<Alert> = text.split("\n      - alert: ").skip(1).map(one).collect();
    assert_eq!(alerts.len(), text.matches("alert:").count());
    alerts
}

fn one(text: &str) -> Alert {
    let (name, rest) = text.split_once('\n').expect("keys follow");
    let lines: Vec<String> = rest.lines().map(str::to_owned).collect();
    let at = lines
        .iter()
        .position(|l| l.trim_start().starts_with("expr: "));
    let at = at.unwrap_or_else(|| panic!("{name} has an expression"));
    let expr = match lines[at].trim_start().trim_start_matches("expr: ") {
        "|" => lines[at + 1..]
            .iter()
            .take_while(|l| l.starts_with("          "))
            .map(|l| l.trim())
            .collect::<Vec<_>>()
            .join("\n"),
        line => line.to_owned(),
    };
    assert!(!expr.is_empty(), "{name}");
    Alert {
        name: name.to_owned(),
        expr,
        lines,
    }
}
