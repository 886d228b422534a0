//! A stream of documents: what a topic may carry, and what it should not.
//! Many in a row look alike, as in a topic, so that a decoder that learns is
//! right, half right and wrong about the next one.

use std::fs;
use std::path::{Path, PathBuf};

use super::edits::edit;
use super::random::Random;
use super::tree::{Tree, escaped};
use crate::corpus::targets::oracle;

/// What streams start from.
pub struct Corpus {
    trees: Vec<Tree>,
    /// What is no JSON from the start.
    broken: Vec<Vec<u8>>,
}

/// Texts at the limits of the grammar.
const WRITTEN: &[&str] = &[
    "{}",
    " {\r\n} ",
    r#"{"a":"h\u00e9llo \ud83d\ude00","b":{"c":[1,2.50,-3e+7,true,false,null],"x":{}},"l":[{"x":"p"},{"x":[]}],"m":{"k":{"y":"z"}}}"#,
    r#"{"a":{"a":{"a":{"a":{"a":{"a":1,"b":2},"b":2},"b":2},"b":2},"b":2},"b":{"a":1,"c":{"d":[{}]}}}"#,
    r#"{"l":[[[0,{"x":1}],[1,{"x":2}]],[[2]],3,{"x":4},[],{}],"m":[[{"x":5}]]}"#,
    r#"{"sixteen_bytes_ab":1,"sixteen_bytes_ac":2,"fifteen_bytes_a":3,"fifteen_bytes_b":4,"":5}"#,
    r#"{"k0":0,"k1":1,"k2":2,"k3":3,"k4":4,"k5":5,"k6":6,"k7":7,"k8":8,"k9":9,"k10":10,"k11":11,"k12":12,"k13":13,"k14":14,"k15":15,"k16":16,"k17":17,"k18":18,"k19":19,"k20":20,"k21":21,"k22":22,"k23":23,"k24":24,"k25":25,"k26":26,"k27":27,"k28":28,"k29":29,"k30":30,"k31":31,"k32":32,"k33":33,"k34":34,"k35":35}"#,
];

impl Corpus {
    /// The examples, the golden cases and the corpora of the fuzz targets.
    pub fn read() -> Corpus {
        let mut corpus = Corpus {
            trees: Vec::new(),
            broken: Vec::new(),
        };
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let golden = listed(&root.join("tests/golden"));
        let files = golden.iter().map(|case| case.join("input.ndjson"));
        // Those of other formats have none.
        let files = files.filter(|file| file.is_file());
        let folders = ["config", "fuzz/corpus/decode", "fuzz/corpus/events"];
        let others = folders.iter().flat_map(|folder| listed(&root.join(folder)));
        for file in files.chain(others) {
            if file.extension().is_none_or(|e| e == "ndjson") {
                let bytes = fs::read(&file).expect("it can be read");
                bytes
                    .split(|b| *b == b'\n')
                    .for_each(|line| corpus.add(line));
            }
        }
        WRITTEN.iter().for_each(|text| corpus.add(text.as_bytes()));
        assert!(corpus.trees.len() > 150, "{}", corpus.trees.len());
        assert!(corpus.broken.len() > 50, "{}", corpus.broken.len());
        corpus
    }

    fn add(&mut self, line: &[u8]) {
        let json = std::str::from_utf8(line).ok().and_then(oracle::read);
        match json {
            Some(json) => self.trees.push(Tree::of(&json.top)),
            None => self.broken.push(line.to_vec()),
        }
    }
}

fn listed(folder: &Path) -> Vec<PathBuf> {
    let list = fs::read_dir(folder).expect("the folder is there");
    let mut paths: Vec<PathBuf> = list
        .map(|entry| entry.expect("it is listed").path())
        .collect();
    paths.sort();
    paths
}

/// The documents of one stream, the same ones for the same seed.
pub struct Documents<'a> {
    corpus: &'a Corpus,
    named: &'a oracle::Named,
    names: Vec<String>,
    depth_max: usize,
    random: Random,
    /// What documents look like at present.
    present: Tree,
    last: Vec<u8>,
    /// Once in how many documents there are very many new names.
    wide: usize,
}

impl<'a> Documents<'a> {
    pub fn new(corpus: &'a Corpus, named: &'a oracle::Named, seed: u64) -> Documents<'a> {
        let mut random = Random::new(seed);
        let mut names: Vec<String> = named.names().map(escaped).collect();
        names.push("other".into());
        Documents {
            corpus,
            named,
            names,
            depth_max: named.limits.depth_max as usize,
            present: Tree::Object(Vec::new()),
            last: Vec::new(),
            wide: [150, 5_000][usize::from(random.below(4) > 0)],
            random,
        }
    }

    pub fn next(&mut self) -> &[u8] {
        let Documents { random, names, .. } = self;
        if random.one_in(12) {
            self.present = match random.below(6) {
                0 => Tree::any(random, names, 0),
                1..4 => {
                    let mut tree = Tree::Object(Vec::new());
                    let selectors = &self.named.selectors;
                    for _ in 0..selectors.len() {
                        let selector = &selectors[random.below(selectors.len())];
                        tree.grow(&selector.steps, random, names);
                    }
                    tree
                }
                _ => self.corpus.trees[random.below(self.corpus.trees.len())].clone(),
            };
        }
        let mut tree = self.present.clone();
        for _ in 0..[0, 0, 0, 1, 1, 2, 4][random.below(7)] {
            tree.change(random, names, self.depth_max);
        }
        if random.one_in(self.wide) {
            tree.widen(random);
        }
        if random.one_in(60) {
            tree = match random.below(3) {
                0 => Tree::Array(vec![tree]),
                1 => Tree::Array(vec![tree.clone(), tree]),
                _ => Tree::Leaf(["1", "null", "\"{}\"", "true", "-0.5e1"][random.below(5)].into()),
            };
        }
        let mut text = Vec::new();
        let space = match random.below(8) {
            0..4 => Space::None,
            4 => Space::Behind,
            5..7 => Space::Anywhere,
            _ => Space::Wrong,
        };
        write(&tree, space, random, &mut text);
        if random.one_in(15) && text.len() < 4_000 {
            self.present = tree;
        }
        if random.one_in(50) {
            text.clone_from(&self.corpus.broken[random.below(self.corpus.broken.len())]);
        }
        if random.below(5) < 2 {
            for _ in 0..[1, 1, 1, 2, 3, 8][random.below(6)] {
                edit(&mut text, &self.last, random);
            }
        }
        self.last = text;
        &self.last
    }
}

/// Where white space goes.
#[derive(Clone, Copy, PartialEq)]
enum Space {
    None,
    /// Behind colons and commas, as many writers have it.
    Behind,
    Anywhere,
    /// Anywhere, and sometimes it is no white space of JSON's.
    Wrong,
}

impl Space {
    fn write(self, behind: bool, random: &mut Random, out: &mut Vec<u8>) {
        match self {
            Space::None => {}
            Space::Behind if behind => out.push(b' '),
            Space::Behind => {}
            Space::Wrong if random.one_in(40) => {
                let wrong: [&[u8]; 6] = [
                    b"\x0b",
                    b"\x0c",
                    b"\xc2\xa0",
                    b"\x00",
                    b"\xe2\x80\xa8",
                    b"\x85",
                ];
                out.extend_from_slice(random.of(&wrong));
            }
            Space::Anywhere | Space::Wrong => {
                let some: [&[u8]; 8] = [
                    b"",
                    b"",
                    b"",
                    b" ",
                    b"\t",
                    b"\n",
                    b"\r\n",
                    b"                  ",
                ];
                out.extend_from_slice(random.of(&some));
            }
        }
    }
}

fn write(tree: &Tree, space: Space, random: &mut Random, out: &mut Vec<u8>) {
    space.write(false, random, out);
    match tree {
        Tree::Leaf(text) => out.extend_from_slice(text.as_bytes()),
        Tree::Array(list) => {
            out.push(b'[');
            for (n, tree) in list.iter().enumerate() {
                if n > 0 {
                    out.push(b',');
                    space.write(true, random, out);
                }
                write(tree, space, random, out);
            }
            space.write(false, random, out);
            out.push(b']');
        }
        Tree::Object(members) => {
            out.push(b'{');
            for (n, (name, tree)) in members.iter().enumerate() {
                if n > 0 {
                    out.push(b',');
                }
                space.write(n > 0, random, out);
                out.push(b'"');
                out.extend_from_slice(name.as_bytes());
                out.push(b'"');
                space.write(false, random, out);
                out.push(b':');
                space.write(true, random, out);
                write(tree, space, random, out);
            }
            space.write(false, random, out);
            out.push(b'}');
        }
    }
    space.write(false, random, out);
}
