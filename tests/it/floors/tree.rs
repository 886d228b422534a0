//! The files of a crate, as its `mod` lines find them, and what each names.

use std::collections::{BTreeMap, BTreeSet};

use super::source::{Code, Token};

/// The files by their place below `src/`, and their text.
pub type Files = BTreeMap<String, String>;

/// A module that is a file.
pub struct Module {
    /// Its place below `src/`.
    pub file: String,
    /// Its names from the root.
    path: Vec<String>,
    pub code: Code,
    /// Modules below it.
    children: BTreeSet<String>,
    uses: Vec<Use>,
}

/// One name that a `use` brings.
struct Use {
    path: Vec<String>,
    name: String,
    line: usize,
    /// It only passes the name on: `pub use`, and named nowhere else in the file.
    passed_on: bool,
}

/// A path to something of the crate.
pub struct Named {
    /// From the root, so that the first name is the room.
    pub path: Vec<String>,
    pub line: usize,
    /// Where what it names is written, if it is a file of the crate.
    pub file: Option<String>,
    pub passed_on: bool,
}

/// All modules that are not tests', by their path.
pub struct Tree {
    pub modules: Vec<Module>,
    by_path: BTreeMap<Vec<String>, usize>,
}

impl Tree {
    /// Reads the library from `lib.rs`, and the program from `main.rs` if there is
    /// one; `Err` names what cannot be read.
    pub fn read(files: &Files) -> Result<Tree, String> {
        let mut tree = Tree {
            modules: Vec::new(),
            by_path: BTreeMap::new(),
        };
        tree.add(files, "lib.rs", Vec::new())?;
        if files.contains_key("main.rs") {
            tree.add(files, "main.rs", Vec::new())?;
        }
        Ok(tree)
    }

    fn add(&mut self, files: &Files, file: &str, path: Vec<String>) -> Result<(), String> {
        let code = Code::read(&files[file]);
        let (mut children, mut places) = (BTreeSet::new(), Vec::new());
        for token in code.tokens().windows(3) {
            if token[0].text != "mod" || !token[1].text.starts_with(char::is_alphabetic) {
                continue;
            }
            let (name, line) = (token[1].text, token[1].line);
            if token[2].text != ";" {
                return Err(format!("{file}:{line}: give `{name}` a file of its own"));
            }
            let folder = match file.rsplit_once('/') {
                _ if matches!(file, "lib.rs" | "main.rs") => String::new(),
                Some((folder, "mod.rs")) => format!("{folder}/"),
                _ => format!("{}/", file.trim_end_matches(".rs")),
            };
            let place = [
                format!("{folder}{name}.rs"),
                format!("{folder}{name}/mod.rs"),
            ]
            .into_iter()
            .find(|place| files.contains_key(place))
            .ok_or(format!("{file}:{line}: no file for `{name}`"))?;
            children.insert(name.to_owned());
            places.push((place, [&path[..], &[name.to_owned()]].concat()));
        }
        let uses = uses(&code.tokens());
        // The program's rooms stand beside the library's, which alone is a root.
        self.by_path
            .entry(path.clone())
            .or_insert(self.modules.len());
        self.modules.push(Module {
            file: file.to_owned(),
            path,
            code,
            children,
            uses,
        });
        for (place, below) in places {
            self.add(files, &place, below)?;
        }
        Ok(())
    }

    /// What `module` names of this crate, imports and other paths alike.
    pub fn named(&self, module: &Module) -> Vec<Named> {
        let tokens = module.code.tokens();
        let mut named = Vec::new();
        for import in &module.uses {
            if let Some(path) = self.absolute(module, &import.path) {
                named.push((path, import.line, import.passed_on));
            }
        }
        for (path, line) in paths(&tokens) {
            if let Some(path) = self.absolute(module, &path) {
                named.push((path, line, false));
            }
        }
        named
            .into_iter()
            .map(|(path, line, passed_on)| Named {
                file: self.file_of(&path, 0),
                path: self.spelled_out(path),
                line,
                passed_on,
            })
            .collect()
    }

    /// What `module` names of the standard library, and where.
    pub fn outside(&self, module: &Module) -> Vec<(String, usize)> {
        let imports = module
            .uses
            .iter()
            .map(|import| (import.path.clone(), import.line));
        imports
            .chain(paths(&module.code.tokens()))
            .filter(|(path, _)| path.first().is_some_and(|first| first == "std"))
            .map(|(path, line)| (path.join("::"), line))
            .collect()
    }

    /// The path from the root; `None` where it leads to another crate.
    fn absolute(&self, module: &Module, path: &[String]) -> Option<Vec<String>> {
        let (first, behind) = path.split_first()?;
        match first.as_str() {
            "crate" | "veilstream" => Some(behind.to_vec()),
            "self" | "super" => {
                let up = path
                    .iter()
                    .take_while(|name| *name == "self" || *name == "super");
                let (steps, supers) = (
                    up.clone().count(),
                    up.filter(|name| *name == "super").count(),
                );
                let base = &module.path[..module.path.len().saturating_sub(supers)];
                Some([base, &path[steps..]].concat())
            }
            name if module.children.contains(name) => Some([&module.path[..], path].concat()),
            name => {
                let import = module.uses.iter().find(|import| import.name == name)?;
                // `use fs::{self}`: the crate of that name.
                let known = import.path.first().is_some_and(|first| first != name);
                let target = self.absolute(module, known.then_some(&import.path)?)?;
                Some([&target[..], behind].concat())
            }
        }
    }

    /// A name that the root passes on, as the room's own.
    fn spelled_out(&self, path: Vec<String>) -> Vec<String> {
        let root = &self.modules[0];
        match path.first() {
            Some(first) if !root.children.contains(first) => root
                .uses
                .iter()
                .find(|import| import.name == *first)
                .map_or(path.clone(), |import| import.path.clone()),
            _ => path,
        }
    }

    /// The file that holds what the path names, through what is passed on.
    fn file_of(&self, path: &[String], depth: usize) -> Option<String> {
        let known = (0..=path.len())
            .rev()
            .find(|&length| self.by_path.contains_key(&path[..length]))?;
        let module = &self.modules[self.by_path[&path[..known]]];
        let next = path.get(known);
        let import = module.uses.iter().find(|import| next == Some(&import.name));
        if let Some(import) = import.filter(|_| depth < 8) {
            let target = self.absolute(module, &import.path)?;
            return self.file_of(&[&target, &path[known + 1..]].concat(), depth + 1);
        }
        Some(module.file.clone())
    }
}

/// What the `use` lines bring.
fn uses(tokens: &[Token]) -> Vec<Use> {
    let (mut found, mut elsewhere) = (Vec::new(), BTreeSet::new());
    let mut public = false;
    let mut at = 0;
    while at < tokens.len() {
        match tokens[at].text {
            // Not the `use<…>` of a type.
            "use" if tokens.get(at + 1).is_none_or(|t| t.text != "<") => {
                let end = at
                    + tokens[at..]
                        .iter()
                        .position(|t| t.text == ";")
                        .expect("`use` ends");
                let mut rest = &tokens[at + 1..end];
                tree(&mut rest, &[], public, &mut found);
                at = end;
                public = false;
            }
            "pub" => public = true,
            "mod" => at += 1,
            // The scope of a `pub(…)`.
            "(" | ")" | "crate" | "in" | "super" if public => {}
            text => {
                public = false;
                elsewhere.insert(text);
            }
        }
        at += 1;
    }
    for import in &mut found {
        import.passed_on &= !elsewhere.contains(import.name.as_str());
    }
    found
}

/// One tree of a `use`: a path, and perhaps names in braces behind it.
fn tree(rest: &mut &[Token], before: &[String], public: bool, found: &mut Vec<Use>) {
    let mut path = before.to_vec();
    let mut line = 0;
    while let Some((token, behind)) = rest.split_first() {
        match token.text {
            "{" => {
                *rest = behind;
                while rest.first().is_some_and(|t| t.text != "}") {
                    tree(rest, &path, public, found);
                    if rest.first().is_some_and(|t| t.text == ",") {
                        *rest = &rest[1..];
                    }
                }
                *rest = &rest[rest.len().min(1)..];
                return;
            }
            "," | "}" => break,
            "as" => {
                let name = behind[0].text.to_owned();
                *rest = &behind[1..];
                found.push(Use {
                    path,
                    name,
                    line,
                    passed_on: public,
                });
                return;
            }
            "::" => {}
            // `a::{self}` is `a` itself.
            "self" if !path.is_empty() => line = token.line,
            name => {
                line = token.line;
                path.push(name.to_owned());
            }
        }
        *rest = behind;
    }
    let name = path.last().cloned().unwrap_or_default();
    found.push(Use {
        path,
        name,
        line,
        passed_on: public,
    });
}

/// Paths outside `use`: names with `::` between them.
fn paths(tokens: &[Token]) -> Vec<(Vec<String>, usize)> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let text = tokens[at].text;
        let follows = |i: usize, what: &str| tokens.get(i).is_some_and(|t| t.text == what);
        if text == "use" && !follows(at + 1, "<") {
            while !follows(at, ";") {
                at += 1;
            }
        } else if text == "pub" && follows(at + 1, "(") {
            // Who may see it is not what it names.
            while !follows(at, ")") {
                at += 1;
            }
        } else if text.starts_with(|c: char| c.is_alphabetic() || c == '_')
            && follows(at + 1, "::")
            && (at == 0 || !matches!(tokens[at - 1].text, "::" | "."))
        {
            let line = tokens[at].line;
            let mut path = vec![text.to_owned()];
            while follows(at + 1, "::")
                && tokens
                    .get(at + 2)
                    .is_some_and(|t| t.text.starts_with(|c: char| c.is_alphabetic() || c == '_'))
            {
                path.push(tokens[at + 2].text.to_owned());
                at += 2;
            }
            found.push((path, line));
        }
        at += 1;
    }
    found
}
