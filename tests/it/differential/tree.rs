//! Documents as trees, and changes that leave them JSON: members in another
//! order, dropped, added, named twice or almost alike; odd values; depth.

use veilstream::record::path::Step;

use super::random::Random;
use crate::corpus::targets::oracle::{Node, Value};

/// A value as spelled; names too are spelled, without their quotes.
#[derive(Clone)]
pub enum Tree {
    Leaf(String),
    Object(Vec<(String, Tree)>),
    Array(Vec<Tree>),
}

/// Scalars that JSON permits and readers stumble over.
const ODD: &[&str] = &[
    "null",
    "true",
    "false",
    "0",
    "-0",
    "-0.0",
    "1e5",
    "1E+5",
    "0.1e-7",
    "1e999",
    "-1e999",
    "1e-999",
    "18446744073709551615",
    "18446744073709551616",
    "-9223372036854775809",
    "39.80",
    "0e0",
    "12345678",
    "123456789",
    "1234567.12345678e12345678",
    r#""""#,
    r#""\u0000""#,
    r#""\ud83d\ude00""#,
    r#""\uD83D\uDE00x""#,
    r#""\ud7ff\ue000""#,
    r#""\"\\\/\b\f\n\r\t""#,
    r#""\\""#,
    r#""\\\"""#,
    r#""\\\\""#,
    r#""\u005c\u0022""#,
    r#""\uFFFF\uffff""#,
    "\"\u{7f}\u{80}\u{9f}\"",
    "\"\u{a0}\u{2028}\u{feff}\u{fffd}\u{ffff}\"",
    "\"\u{1f600}\u{10ffff}\"",
    "\"{\\\"a\\\":1,\\\"a\\\":2}\"",
    "\"a\\\":\"",
    "[]",
    "{}",
    "[[]]",
    "[{}]",
    "[null,[1,[2,{}]]]",
    "{\"\":{\"\":{}}}",
    " [ ] ",
    " { } ",
    "[0,1,2,3,4,5]",
];

/// Names that meet names: empty, of the lengths where compares change, with
/// escapes, with a quote and a colon inside.
const NAMES: &[&str] = &[
    "",
    "a",
    "b",
    "c",
    "x",
    "y",
    "id",
    "email",
    "emaim",
    "emai",
    "emaill",
    "em\\u0061il",
    "\\u0061",
    "A",
    " ",
    "a ",
    "\u{e9}",
    "e\u{301}",
    "\\u00e9",
    "\\n",
    "\\u000a",
    "\\\"",
    "\\u0022",
    "a\\\":",
    "\\\\",
    "\\u005c",
    "\\ud83d\\ude00",
    "\u{1f600}",
    "\u{7f}",
    "thirteen_byte",
    "fourteen_bytes",
    "fifteen_bytes_a",
    "fifteen_bytes_b",
    "sixteen_bytes_ab",
    "sixteen_bytes_ac",
    "seventeen_bytes_a",
    "seventeen_bytes_b",
];

impl Tree {
    pub fn of(node: &Node) -> Tree {
        match &node.value {
            Value::Scalar => Tree::Leaf(node.raw.into()),
            Value::Array(nodes) => Tree::Array(nodes.iter().map(Tree::of).collect()),
            Value::Object(members) => {
                let member = |m: &super::oracle::Member| {
                    let spelled = &m.spelled[1..m.spelled.len() - 1];
                    (spelled.to_owned(), Tree::of(&m.node))
                };
                Tree::Object(members.iter().map(member).collect())
            }
        }
    }

    /// A document that nobody wrote, of names from `names`.
    pub fn any(random: &mut Random, names: &[String], depth: usize) -> Tree {
        match random.below(if depth == 0 { 10 } else { 5 }) {
            0 | 5..=9 => {
                let mut members: Vec<(String, Tree)> = Vec::new();
                for _ in 0..random.below(9) {
                    let name = any_name(random, names);
                    if members.iter().all(|m| m.0 != name) {
                        members.push((name, Tree::any(random, names, depth + 1)));
                    }
                }
                Tree::Object(members)
            }
            1 if depth < 7 => {
                let one = Tree::any(random, names, depth + 1);
                let count = random.below(5);
                let mut list = vec![one; count];
                if random.one_in(2) {
                    list.push(Tree::any(random, names, depth + 1));
                }
                Tree::Array(list)
            }
            _ => Tree::Leaf(scalar(random)),
        }
    }

    /// Grows what a selector looks for.
    pub fn grow(&mut self, steps: &[Step], random: &mut Random, names: &[String]) {
        let Some((step, below)) = steps.split_first() else {
            if let Tree::Leaf(_) = self {
                *self = Tree::Leaf(scalar(random));
            }
            return;
        };
        match step {
            Step::Name(name) => self.member(escaped(name)).grow(below, random, names),
            Step::Json | Step::Itself => {}
            Step::AnyDepth => {
                let mut tree = self;
                for _ in 0..random.below(4) {
                    tree = match random.one_in(3) {
                        true => &mut tree.elements(1)[0],
                        false => tree.member(any_name(random, names)),
                    };
                }
                tree.grow(below, random, names);
            }
            Step::AnyName => {
                for _ in 0..=random.below(3) {
                    let name = any_name(random, names);
                    self.member(name).grow(below, random, names);
                }
            }
            Step::Element(n) => {
                let list = self.elements(*n as usize + 1);
                list[*n as usize].grow(below, random, names);
            }
            Step::AnyElement | Step::Filter(_) => {
                let list = self.elements(random.below(4));
                list.iter_mut()
                    .for_each(|tree| tree.grow(below, random, names));
            }
        }
    }

    fn member(&mut self, name: String) -> &mut Tree {
        if !matches!(self, Tree::Object(_)) {
            *self = Tree::Object(Vec::new());
        }
        let Tree::Object(members) = self else {
            unreachable!("made one just now")
        };
        let at = members.iter().position(|m| m.0 == name);
        let at = at.unwrap_or_else(|| {
            members.push((name, Tree::Leaf("null".into())));
            members.len() - 1
        });
        &mut members[at].1
    }

    fn elements(&mut self, least: usize) -> &mut Vec<Tree> {
        if !matches!(self, Tree::Array(_)) {
            *self = Tree::Array(Vec::new());
        }
        let Tree::Array(list) = self else {
            unreachable!("made one just now")
        };
        if list.len() < least {
            list.resize(least, Tree::Leaf("0".into()));
        }
        list
    }

    /// One change at a random place.
    pub fn change(&mut self, random: &mut Random, names: &[String], depth_max: usize) {
        let count = self.containers();
        if count == 0 {
            *self = Tree::any(random, names, 0);
            return;
        }
        let mut at = random.below(count);
        // The top is where most names are.
        if random.one_in(3) {
            at = 0;
        }
        match self.container(&mut at).expect("there are that many") {
            Tree::Object(members) => change_members(members, random, names, depth_max),
            Tree::Array(list) => change_elements(list, random, names),
            Tree::Leaf(_) => unreachable!("a leaf is no container"),
        }
    }

    fn containers(&self) -> usize {
        match self {
            Tree::Leaf(_) => 0,
            Tree::Object(members) => 1 + members.iter().map(|m| m.1.containers()).sum::<usize>(),
            Tree::Array(list) => 1 + list.iter().map(Tree::containers).sum::<usize>(),
        }
    }

    fn container(&mut self, at: &mut usize) -> Option<&mut Tree> {
        if matches!(self, Tree::Leaf(_)) {
            return None;
        }
        if *at == 0 {
            return Some(self);
        }
        *at -= 1;
        match self {
            Tree::Leaf(_) => None,
            Tree::Object(members) => members.iter_mut().find_map(|m| m.1.container(at)),
            Tree::Array(list) => list.iter_mut().find_map(|tree| tree.container(at)),
        }
    }

    /// Members of random names, too many for any list of names.
    pub fn widen(&mut self, random: &mut Random) {
        if let Tree::Object(members) = self {
            let (count, from) = (random.below(2_500), random.next() as u32);
            members.extend((0..count).map(|n| {
                let name = format!("{:x}", from.wrapping_add(n as u32));
                (name, Tree::Leaf("0".into()))
            }));
            if random.one_in(3) && count > 0 {
                let at = random.below(members.len());
                members.push(members[at].clone());
            }
        }
    }
}

fn change_members(
    members: &mut Vec<(String, Tree)>,
    random: &mut Random,
    names: &[String],
    depth_max: usize,
) {
    let count = members.len();
    if count == 0 {
        return members.push((any_name(random, names), Tree::Leaf(scalar(random))));
    }
    let (at, to) = (random.below(count), random.below(count));
    match random.below(48) {
        0..6 => members.swap(at, to),
        6..8 => members.rotate_left(at),
        8 => (1..count).for_each(|n| members.swap(n, random.below(n + 1))),
        9..15 => drop(members.remove(at)),
        15..17 => members.truncate(at),
        17..23 => {
            let value = match random.one_in(3) {
                true => Tree::any(random, names, 4),
                false => Tree::Leaf(scalar(random)),
            };
            let name = any_name(random, names);
            // A name that is there already has its own change, below.
            if members.iter().all(|m| m.0 != name) {
                members.insert(to, (name, value));
            }
        }
        23..25 => {
            let mut twin = members[at].clone();
            if random.one_in(2) {
                twin.0 = spelled_otherwise(&twin.0, random);
            }
            if random.one_in(2) {
                twin.1 = Tree::Leaf(scalar(random));
            }
            members.insert(random.below(count + 1), twin);
        }
        25..29 => {
            let mut twin = members[at].clone();
            twin.0 = almost(&twin.0, random);
            match random.one_in(2) {
                true => members[at] = twin,
                false => members.insert(to, twin),
            }
        }
        29..32 => members[at].0 = spelled_otherwise(&members[at].0, random),
        32..38 => members[at].1 = Tree::Leaf(scalar(random)),
        38..41 => members[at].1 = Tree::any(random, names, 4),
        41..43 => members[at].1 = members[to].1.clone(),
        43 => {
            let len = [14, 15, 63, 64, 65, 300][random.below(6)];
            members[at].0 = "n".repeat(len);
        }
        44 if random.one_in(20) => {
            let len = 65_534 + random.below(4);
            members[at].0 = "n".repeat(len);
        }
        45 | 46 => {
            let value = members[at].1.clone();
            let wrap = |tree, _| match random.one_in(3) {
                true => Tree::Object(vec![(any_name(random, names), tree)]),
                false => Tree::Array(vec![tree]),
            };
            members[at].1 = (0..random_depth(depth_max, to)).fold(value, wrap);
        }
        _ => members.push((any_name(random, names), Tree::Leaf(scalar(random)))),
    }
}

/// About as many as are permitted: a little more or less, by `salt`.
fn random_depth(depth_max: usize, salt: usize) -> usize {
    (depth_max + salt % 5).saturating_sub(4)
}

fn change_elements(list: &mut Vec<Tree>, random: &mut Random, names: &[String]) {
    if list.is_empty() {
        return list.push(Tree::any(random, names, 4));
    }
    let (at, to) = (random.below(list.len()), random.below(list.len()));
    match random.below(8) {
        0 => list.swap(at, to),
        1 => drop(list.remove(at)),
        2 | 3 => list.insert(to, list[at].clone()),
        4 => (0..random.below(20)).for_each(|_| list.push(list[at].clone())),
        5 => list[at] = Tree::Leaf(scalar(random)),
        6 => list.insert(to, Tree::any(random, names, 4)),
        _ => list.truncate(at),
    }
    // Otherwise the copies of copies have no end.
    list.truncate(60);
}

fn any_name(random: &mut Random, names: &[String]) -> String {
    match random.below(4) {
        0 => random.of(NAMES).to_owned(),
        1 => format!("k{}", random.below(300)),
        _ => names[random.below(names.len())].clone(),
    }
}

/// The name as the inside of a JSON string.
pub fn escaped(name: &str) -> String {
    let text = serde_json::to_string(name).expect("a text can be written");
    text[1..text.len() - 1].to_owned()
}

/// The same name spelled with an escape, where it has none.
fn spelled_otherwise(name: &str, random: &mut Random) -> String {
    if name.is_empty() || name.contains('\\') {
        return name.to_owned();
    }
    let at = random.below(name.chars().count());
    let mut spelled = String::new();
    for (n, c) in name.chars().enumerate() {
        if n != at {
            spelled.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            spelled += &match random.one_in(2) {
                true => format!("\\u{unit:04x}"),
                false => format!("\\u{unit:04X}"),
            };
        }
    }
    spelled
}

/// Another name that differs in its last byte, or is a byte longer or shorter.
fn almost(name: &str, random: &mut Random) -> String {
    let mut other = name.to_owned();
    if !name.contains('\\') && random.below(3) > 0 {
        other.pop();
    }
    if random.below(3) > 0 {
        other.push(char::from(b"abcz019_ \x7f"[random.below(10)]));
    }
    other
}

fn scalar(random: &mut Random) -> String {
    match random.below(6) {
        0 => {
            let mut digits: String = (0..random.below(30))
                .map(|_| char::from(b'0' + random.below(10) as u8))
                .collect();
            digits.insert(0, '7');
            digits
        }
        // A text with something in it at every distance from its quotes.
        1 => {
            let something = [
                "",
                "\\n",
                "\\\"",
                "\\\\",
                "\u{e9}",
                "\u{1f600}",
                "\u{7f}",
                "\\ud83d\\ude00",
            ];
            format!(
                "\"{}{}{}\"",
                "x".repeat(random.below(40)),
                random.of(&something),
                "y".repeat(random.below(40))
            )
        }
        _ => random.of(ODD).to_owned(),
    }
}
