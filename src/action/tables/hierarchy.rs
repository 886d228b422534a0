//! A table of values and the classes they lie in, level by level: as ARX and anjana
//! write it, one value a row, its class at level 1 behind it, then that of each further
//! level, each coarser than the one before.

use std::borrow::Cow;
use std::collections::HashMap;

use foldhash::quality::FixedState;

use super::TableError;
use super::csv::Rows;

/// Most rows of a table.
pub const ROWS_MAX: usize = 1_000_000;
/// Most levels of a table.
pub const LEVELS_MAX: usize = 64;
/// Most bytes of the name of a class.
pub(crate) const CLASS_BYTES_MAX: usize = 256;

/// Which class of a level each value has.
pub struct Hierarchy {
    /// The place of a value's class in `classes`. Looked up with values of events, which
    /// never get in, so nobody chooses what collides.
    class_of: HashMap<Box<str>, u32, FixedState>,
    classes: Vec<Box<str>>,
    /// The line of the first value that is alone in its class, and how many there are.
    lone: Option<(usize, usize)>,
    /// The line of the first value that is its own class, and how many there are besides.
    unchanged: Option<(usize, usize)>,
}

impl Hierarchy {
    /// Reads the classes at `level`, from 1, of a table with or without a line of names
    /// before its rows.
    ///
    /// # Errors
    /// The row that is wrong: with another number of cells than the first, with an empty
    /// one, with a value that another row has, or with a class that lies in two classes of
    /// the next level; a table of more rows than `ROWS_MAX`, of fewer levels than
    /// `level`, or of more than `LEVELS_MAX`.
    pub fn read(text: &str, level: usize, has_names: bool) -> Result<Hierarchy, TableError> {
        let mut reading = Reading::default();
        let (mut rows, mut cells) = (Rows::of(text), Vec::new());
        while let Some(line) = rows.next(&mut cells)? {
            let is_first = reading.levels.is_empty();
            if is_first {
                reading.begin(line, cells.len(), level)?;
            }
            if !(is_first && has_names) {
                reading.row(line, &mut cells, level)?;
            }
        }
        reading.finish(level)
    }

    /// The class of a value; `None`: the table does not have it.
    #[inline]
    pub fn class(&self, value: &str) -> Option<&str> {
        let at = self.class_of.get(value)?;
        self.classes.get(*at as usize).map(|class| &**class)
    }

    /// The line of the first value that is alone in its class, from 1, and how many more
    /// such values there are.
    pub(crate) fn lone(&self) -> Option<(usize, usize)> {
        self.lone
    }

    /// The line of the first value whose class is that value again, from 1, and how many
    /// more such values there are.
    pub(crate) fn unchanged(&self) -> Option<(usize, usize)> {
        self.unchanged
    }
}

/// A table as far as it was read.
#[derive(Default)]
struct Reading<'t> {
    levels: Vec<Level<'t>>,
    class_of: HashMap<Box<str>, u32, FixedState>,
    /// Of each class of the level that is wanted: the line of its first value, and
    /// whether it has another.
    first: Vec<(usize, bool)>,
    unchanged: Option<(usize, usize)>,
}

/// The classes of one level.
#[derive(Default)]
struct Level<'t> {
    places: HashMap<Cow<'t, str>, u32, FixedState>,
    /// Of each class: its class at the next level, and the line that says so.
    next: Vec<(u32, usize)>,
}

impl<'t> Reading<'t> {
    /// The first row, which says how many levels there are.
    fn begin(&mut self, line: usize, cells: usize, level: usize) -> Result<(), TableError> {
        let levels = cells - 1;
        let wrong = |why: String, fix: &str| Err(TableError::of_line(line, why, fix));
        match levels {
            0 => wrong(
                "it has a value and no level".to_owned(),
                "write the classes of each value behind it, `;` or `,` between",
            ),
            more if more > LEVELS_MAX => wrong(
                format!("it has more than {LEVELS_MAX} levels"),
                "remove those that are not used",
            ),
            fewer if fewer < level => wrong(
                format!("it has {fewer} level(s), and `level: {level}` is asked for"),
                "choose a level that the table has, or add it",
            ),
            _ => {
                self.levels.resize_with(levels, Level::default);
                Ok(())
            }
        }
    }

    fn row(
        &mut self,
        line: usize,
        cells: &mut Vec<Cow<'t, str>>,
        level: usize,
    ) -> Result<(), TableError> {
        let wrong = |why: String, fix: &str| Err(TableError::of_line(line, why, fix));
        let levels = self.levels.len();
        if cells.len() != levels + 1 {
            return wrong(
                format!(
                    "it has {} cell(s), and the first row {}",
                    cells.len(),
                    levels + 1
                ),
                "give each row a value and as many levels as the first has",
            );
        }
        if cells.iter().any(|cell| cell.is_empty()) {
            return wrong(
                "it has an empty cell".to_owned(),
                "fill it in, or remove the row",
            );
        }
        if cells[1..].iter().any(|class| class.len() > CLASS_BYTES_MAX) {
            return wrong(
                format!("a class is longer than {CLASS_BYTES_MAX} bytes"),
                "give it a shorter name",
            );
        }
        if self.class_of.len() == ROWS_MAX {
            return wrong(
                "there are more than 1,000,000 rows".to_owned(),
                "drop the rows that are not needed: `else` takes their place",
            );
        }
        // From the coarsest, so that each finds its next one there.
        let mut cells = cells.drain(..);
        let value = cells.next().unwrap_or_default();
        let mut next = None;
        let mut is_unchanged = false;
        for (at, class) in (1..levels + 1).zip(cells).rev() {
            is_unchanged |= at == level && class == value;
            let here = self.levels[at - 1].place(class, next, line);
            let here = here.map_err(|earlier| {
                let why = format!(
                    "its class at level {at} lies in another class of level {} on line {earlier}",
                    at + 1
                );
                TableError::of_line(
                    line,
                    why,
                    "put each class into one of the next level, or give the two other names",
                )
            })?;
            next = Some(here);
            if at == level {
                self.seen(here, line);
                if is_unchanged {
                    let (first, more) = self.unchanged.map_or((line, 0), |(l, n)| (l, n + 1));
                    self.unchanged = Some((first, more));
                }
                let value: Box<str> = value.as_ref().into();
                if self.class_of.insert(value, here).is_some() {
                    return wrong(
                        "its value stands on an earlier line too".to_owned(),
                        "keep one of the two rows",
                    );
                }
            }
        }
        Ok(())
    }

    /// A class of the wanted level has one value more.
    fn seen(&mut self, class: u32, line: usize) {
        match self.first.get_mut(class as usize) {
            Some((_, has_more)) => *has_more = true,
            None => self.first.push((line, false)),
        }
    }

    fn finish(mut self, level: usize) -> Result<Hierarchy, TableError> {
        if self.class_of.is_empty() {
            return Err(TableError::of_line(
                1,
                "the table has no row",
                "write a value a line, its classes behind it, `;` or `,` between",
            ));
        }
        let wanted = std::mem::take(&mut self.levels[level - 1]);
        let mut classes = vec![Box::default(); wanted.places.len()];
        for (class, at) in wanted.places {
            classes[at as usize] = class.into_owned().into_boxed_str();
        }
        let mut lone = self.first.iter().filter(|(_, has_more)| !has_more);
        let lone = lone.next().map(|(line, _)| (*line, lone.count()));
        self.class_of.shrink_to_fit();
        Ok(Hierarchy {
            class_of: self.class_of,
            classes,
            lone,
            unchanged: self.unchanged,
        })
    }
}

impl<'t> Level<'t> {
    /// The place of a class whose class at the next level is `next`, none at the last.
    ///
    /// # Errors
    /// The line that puts it into another class of the next level.
    fn place(&mut self, class: Cow<'t, str>, next: Option<u32>, line: usize) -> Result<u32, usize> {
        let new = u32::try_from(self.places.len()).expect("there are fewer classes than rows");
        let at = *self.places.entry(class).or_insert(new);
        let next = next.unwrap_or(0);
        match self.next.get(at as usize) {
            None => self.next.push((next, line)),
            Some((known, earlier)) if *known != next => return Err(*earlier),
            Some(_) => {}
        }
        Ok(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The beginning of a hierarchy as ARX's `Hierarchy` API writes it: `;`, no names.
    const MARITAL: &str = "Married-civ-spouse;spouse present;*\nDivorced;spouse not present;*\nNever-married;spouse not present;*\nMarried-AF-spouse;spouse present;*\n";

    fn wrong(text: &str, level: usize) -> (usize, String) {
        match Hierarchy::read(text, level, false) {
            Err(TableError::Content { line, why, fix }) => {
                assert!(!fix.is_empty());
                (line, why)
            }
            Err(other) => panic!("{other}"),
            Ok(_) => panic!("it was read: {text:?}"),
        }
    }

    #[test]
    fn a_value_has_its_class_at_the_level_that_is_wanted() {
        let one = Hierarchy::read(MARITAL, 1, false).unwrap();
        assert_eq!(one.class("Divorced"), Some("spouse not present"));
        assert_eq!(one.class("Married-AF-spouse"), Some("spouse present"));
        assert_eq!(one.class("divorced"), None);
        assert!(one.lone().is_none());
        let two = Hierarchy::read(MARITAL, 2, false).unwrap();
        assert_eq!(two.class("Never-married"), Some("*"));
        // As anjana writes it: `,`, a line of names.
        let named = "age,level1,level2\n17,\"[15, 20)\",\"[0, 50)\"\n18,\"[15, 20)\",\"[0, 50)\"\n51,\"[50, 55)\",\"[50, 100)\"\n";
        let ages = Hierarchy::read(named, 2, true).unwrap();
        assert_eq!(ages.class("18"), Some("[0, 50)"));
        assert_eq!(ages.class("age"), None);
        assert_eq!(ages.lone(), Some((4, 0)));
    }

    #[test]
    fn values_that_are_their_own_class_at_the_level_are_counted() {
        let text = "hiv,hiv,body\naids,hiv,body\nflu,flu,flu\n";
        let unchanged = |level| Hierarchy::read(text, level, false).unwrap().unchanged();
        assert_eq!(unchanged(1), Some((1, 1)));
        assert_eq!(unchanged(2), Some((3, 0)));
        let with_names = Hierarchy::read("flu;flu\nflu;cold\n", 1, true).unwrap();
        assert_eq!(with_names.unchanged(), None);
    }

    #[test]
    fn values_that_are_alone_in_their_class_are_counted() {
        let lone = |text: &str| Hierarchy::read(text, 1, false).unwrap().lone();
        assert_eq!(lone("a;x\nb;x\n"), None);
        assert_eq!(lone("a;x\nb;y\nc;x\nd;z\n"), Some((2, 1)));
        assert_eq!(lone("a;x"), Some((1, 0)));
    }

    #[test]
    fn a_table_that_is_no_hierarchy_is_refused_with_its_row() {
        for (text, level, line, part) in [
            ("", 1, 1, "no row"),
            ("secret", 1, 1, "no level"),
            ("secret;x\nb;x;y", 1, 2, "3 cell(s), and the first row 2"),
            ("a;x;y\nsecret;x", 1, 2, "2 cell(s)"),
            ("a;x\n;x", 1, 2, "an empty cell"),
            ("a;x\nsecret;", 1, 2, "an empty cell"),
            ("a;x\nb;x\na;x", 1, 3, "an earlier line"),
            ("a;x\nb;x\na;secret", 1, 3, "an earlier line"),
            (
                "a;x;1\nb;x;2",
                1,
                2,
                "class at level 1 lies in another class of level 2 on line 1",
            ),
            (
                "a;x;1;p\nb;y;1;q",
                1,
                2,
                "class at level 2 lies in another class of level 3 on line 1",
            ),
            ("a;x;y", 3, 1, "has 2 level(s), and `level: 3`"),
            ("a;x\n\nb;x", 1, 2, "empty"),
        ] {
            let (at, why) = wrong(text, level);
            assert_eq!(at, line, "{text:?}: {why}");
            assert!(why.contains(part), "{text:?}: {why}");
            assert!(!why.contains("secret"), "{why}");
        }
        let names = match Hierarchy::read("value;level", 1, true) {
            Err(TableError::Content { why, .. }) => why,
            _ => panic!("a line of names is no row"),
        };
        assert_eq!(names, "the table has no row");
        let wide = format!("a{}", ";x".repeat(LEVELS_MAX + 1));
        assert!(wrong(&wide, 1).1.contains("more than 64 levels"));
        let long = format!("a;{}", "x".repeat(CLASS_BYTES_MAX + 1));
        assert!(wrong(&long, 1).1.contains("longer than 256 bytes"));
    }

    #[test]
    fn a_million_rows_are_read_and_no_more() {
        let row = |n: usize| format!("v{n};{}\n", n % 1000);
        let mut text: String = (0..ROWS_MAX).map(row).collect();
        let table = Hierarchy::read(&text, 1, false).unwrap();
        assert_eq!(table.class("v999999"), Some("999"));
        text.push_str(&row(ROWS_MAX));
        assert_eq!(wrong(&text, 1).0, ROWS_MAX + 1);
    }
}
