//! A keyring's versions as a table or as JSON.

use super::super::{Exit, Failure, Format, Outcome, clock, keyring, screen};
use super::uses::UsedBy;
use jiff::Timestamp;
use veilstream::keys::{KeyError, KeyState, Listed};

/// Prints them; with policies, who takes which.
pub fn show(
    listed: Result<Vec<Listed>, KeyError>,
    used_by: Option<&UsedBy>,
    format: Format,
    closing: &str,
) -> Outcome {
    let listed = listed.map_err(|e| keyring::failure(&e))?;
    let now = clock::now();
    match format {
        Format::Json => put_rows(&listed, used_by, now)?,
        Format::Text => {
            let mut text = table(&listed, now);
            if let Some(used_by) = used_by {
                text.push_str(&used_by.text());
            }
            screen::show_folded(&text)?;
            screen::tell_folded(closing);
        }
    }
    if let Some(used_by) = used_by {
        screen::tell_folded(&used_by.missing());
    }
    Ok(Exit::Ok)
}

/// Writes versions that were made as JSON.
///
/// # Errors
/// When standard output cannot be written.
pub fn put(made: &[Listed]) -> Result<(), Failure> {
    put_rows(made, None, clock::now())
}

fn put_rows(listed: &[Listed], used_by: Option<&UsedBy>, now: Timestamp) -> Result<(), Failure> {
    let rows: Vec<serde_json::Value> = listed.iter().map(|l| row(l, used_by, now)).collect();
    let text = serde_json::to_string_pretty(&rows).expect("a JSON value is JSON");
    screen::put_json(&format!("{text}\n"))
}

fn row(l: &Listed, used_by: Option<&UsedBy>, now: Timestamp) -> serde_json::Value {
    let mut row = serde_json::json!({
        "name": l.id.name().as_str(),
        "version": l.id.version(),
        "kind": l.kind.as_str(),
        "state": l.state.as_str(),
        "created": l.created,
        "use_from": l.use_from,
        "in_force": l.state == KeyState::Active && l.begins() <= now,
        "age_s": now.duration_since(l.made()).as_secs(),
        "kcv": l.kcv,
    });
    if let Some(used_by) = used_by {
        row["used_by"] = used_by.json(&l.id);
    }
    row
}

fn table(listed: &[Listed], now: Timestamp) -> String {
    let widths = listed.iter().map(|l| l.id.to_string().len());
    let width = widths.max().unwrap_or(0).max(3);
    let mut text = format!(
        "{:width$}  {:13}  {:9}  {:26}  {:>7}  check value\n",
        "key", "kind", "state", "seals", "age"
    );
    for l in listed {
        text.push_str(&format!(
            "{:width$}  {:13}  {:9}  {:26}  {:>7}  {}\n",
            l.id.to_string(),
            l.kind.as_str(),
            l.state.as_str(),
            in_force(l, now),
            age(now.duration_since(l.made()).as_secs()),
            l.kcv
        ));
    }
    text
}

/// From when on new envelopes may be made with it.
pub fn in_force(l: &Listed, now: Timestamp) -> String {
    match l.state {
        KeyState::Destroyed => "nothing, it is gone".to_owned(),
        KeyState::Retired => "nothing new".to_owned(),
        KeyState::Active if l.begins() == Timestamp::UNIX_EPOCH => "in force".to_owned(),
        KeyState::Active if l.begins() <= now => format!("since {}", l.use_from),
        KeyState::Active => format!("from {}", l.use_from),
    }
}

fn age(seconds: i64) -> String {
    match seconds {
        s if s < 0 => "–".to_owned(),
        s if s < 3_600 => format!("{} min", s / 60),
        s if s < 172_800 => format!("{} h", s / 3_600),
        s => format!("{} d", s / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::age;

    #[test]
    fn an_age_is_short() {
        for (seconds, shown) in [
            (-1, "–"),
            (59, "0 min"),
            (3_600, "1 h"),
            (172_799, "47 h"),
            (172_800, "2 d"),
        ] {
            assert_eq!(age(seconds), shown);
        }
    }
}
