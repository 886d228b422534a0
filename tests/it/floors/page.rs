//! What the architecture page says that a test can hold against the code.

use std::collections::BTreeMap;

/// The page's table of rooms and its list of circles.
pub struct Page {
    /// Each room, and the rooms it may use.
    pub rooms: BTreeMap<String, Uses>,
    pub circles: Vec<Back>,
    /// Lines of the table and of the list that cannot be read.
    pub faults: Vec<String>,
}

/// What a row allows.
pub enum Uses {
    These(Vec<String>),
    /// Everything: the word `all`.
    All,
}

/// An arrow that closes a circle of files inside a room.
pub struct Back {
    /// A file below `src/`; `*` stands for any part of a name.
    pub from: String,
    pub to: String,
}

impl Page {
    /// Reads the page that `lib.rs` opens with.
    pub fn read(lib: &str) -> Page {
        let mut page = Page {
            rooms: BTreeMap::new(),
            circles: Vec::new(),
            faults: Vec::new(),
        };
        for (line, row) in section(lib, "## The rooms") {
            if row.starts_with("| [`") || row.starts_with("| `") {
                page.room(line, row);
            }
        }
        let mut list: Vec<(usize, String)> = Vec::new();
        for (line, text) in section(lib, "## Circles left") {
            match list.last_mut() {
                _ if text.starts_with("- ") => list.push((line, text.to_owned())),
                Some((_, entry)) if !text.is_empty() => {
                    entry.push(' ');
                    entry.push_str(text);
                }
                _ => {}
            }
        }
        for (line, entry) in list {
            page.circle(line, &entry);
        }
        page
    }

    fn room(&mut self, line: usize, row: &str) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [room, sentence, uses] = cells[..] else {
            self.faults
                .push(format!("src/lib.rs:{line}: a room has three cells"));
            return;
        };
        let name = |cell: &str| cell.trim_matches(['[', ']', '`']).to_owned();
        if !sentence.ends_with(['.', '?']) {
            self.faults
                .push(format!("src/lib.rs:{line}: a room has one sentence"));
        }
        let uses = match uses {
            "–" => Uses::These(Vec::new()),
            "all" => Uses::All,
            list => Uses::These(list.split(", ").map(name).collect()),
        };
        if self.rooms.insert(name(room), uses).is_some() {
            self.faults
                .push(format!("src/lib.rs:{line}: {room} stands twice"));
        }
    }

    fn circle(&mut self, line: usize, entry: &str) {
        let read = || {
            let (arrow, reason) = entry.strip_prefix("- ")?.split_once(": ")?;
            let (from, to) = arrow.split_once(" → ")?;
            let file = |name: &str| Some(name.strip_prefix('`')?.strip_suffix('`')?.to_owned());
            (!reason.trim().is_empty()).then_some(Back {
                from: file(from)?,
                to: file(to)?,
            })
        };
        match read() {
            Some(back) => self.circles.push(back),
            None => self.faults.push(format!(
                "src/lib.rs:{line}: a circle is written - `from` → `to`: reason"
            )),
        }
    }

    /// The rooms that `room` may use.
    pub fn may_use(&self, room: &str) -> Vec<&str> {
        match self.rooms.get(room) {
            Some(Uses::These(list)) => list.iter().map(String::as_str).collect(),
            Some(Uses::All) => self
                .rooms
                .keys()
                .map(String::as_str)
                .filter(|r| *r != room)
                .collect(),
            None => Vec::new(),
        }
    }
}

impl Back {
    /// The arrow from one file to another is this one.
    pub fn is(&self, from: &str, to: &str) -> bool {
        fits(&self.from, from) && fits(&self.to, to)
    }
}

/// `name` is what `pattern` says, its one `*` aside.
fn fits(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        Some((start, end)) => {
            name.len() >= start.len() + end.len() && name.starts_with(start) && name.ends_with(end)
        }
        None => pattern == name,
    }
}

/// The lines of a section of the page, with their numbers.
fn section<'a>(lib: &'a str, heading: &str) -> Vec<(usize, &'a str)> {
    lib.lines()
        .enumerate()
        .map_while(|(at, line)| Some((at + 1, line.strip_prefix("//!")?.trim())))
        .skip_while(|(_, line)| *line != heading)
        .skip(1)
        .take_while(|(_, line)| !line.starts_with("## "))
        .collect()
}
