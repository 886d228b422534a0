//! An arena back to the text of a `.proto` file: one text for one schema. What is
//! printed reads back as what was printed.
//!
//! The message that values are stands first, the others where they are first met.
//! References are full names, so nothing depends on where they stand. Of options those
//! are printed that change what a reader does: `packed`, `json_name`, `deprecated`.

use std::collections::{BTreeSet, HashSet};

use super::node::{
    Enum, EnumId, Field, Label, Message, MessageId, Scalar, Schema, Shape, Syntax, googles_file,
    json_name_of, last,
};
use super::poses::poses;
use crate::document::acts;
use crate::schema::shown::shown;

/// What stands in front of what was done to a field.
pub(super) const VEIL: &str = "veil: ";

impl Schema {
    /// Its text.
    pub fn print(&self) -> String {
        let mut printer = Printer {
            schema: self,
            out: String::new(),
            depth: 0,
        };
        printer.file();
        printer.out
    }
}

/// A declaration, and those inside it.
#[derive(Default)]
struct Declared<'s> {
    name: &'s str,
    message: Option<&'s Message>,
    symbols: Option<&'s Enum>,
    inside: Vec<Declared<'s>>,
}

struct Printer<'s> {
    schema: &'s Schema,
    out: String,
    depth: usize,
}

impl<'s> Printer<'s> {
    fn line(&mut self, text: &str) {
        if !text.is_empty() {
            self.out.extend(std::iter::repeat_n("  ", self.depth));
            self.out.push_str(text);
        }
        self.out.push('\n');
    }

    fn file(&mut self) {
        let schema = self.schema;
        if let Some(said) = &schema.veil {
            self.line(&format!("// {VEIL}{said}"));
        }
        self.line(match schema.syntax {
            Syntax::Proto2 => "syntax = \"proto2\";",
            Syntax::Proto3 => "syntax = \"proto3\";",
        });
        if !schema.package.is_empty() {
            self.line("");
            self.line(&format!("package {};", schema.package));
        }
        let names = schema.messages.iter().map(|message| &message.name);
        let names = names.chain(schema.enums.iter().map(|symbols| &symbols.name));
        let imports: BTreeSet<_> = names.filter_map(|name| googles_file(name)).collect();
        if !imports.is_empty() {
            self.line("");
        }
        for import in imports {
            self.line(&format!("import \"{import}\";"));
        }
        for declared in self.declared().inside {
            self.line("");
            self.declaration(&declared);
        }
    }

    /// The declarations of the file as they lie in each other.
    fn declared(&self) -> Declared<'s> {
        let schema = self.schema;
        let mut top = Declared::default();
        let groups: BTreeSet<_> = schema
            .messages
            .iter()
            .flat_map(|message| &message.fields)
            .filter_map(|field| match field.shape {
                Shape::Group(id) => Some(id),
                _ => None,
            })
            .collect();
        let (messages, symbols) = self.met();
        for id in messages {
            let message = schema.message(id);
            if googles_file(&message.name).is_none() && !groups.contains(&id) {
                self.place(&message.name, &mut top).message = Some(message);
            }
        }
        for id in symbols {
            let symbols = schema.symbols(id);
            if googles_file(&symbols.name).is_none() {
                self.place(&symbols.name, &mut top).symbols = Some(symbols);
            }
        }
        top
    }

    /// All types in the order in which they are met, so that it does not depend on how
    /// the arena was made.
    fn met(&self) -> (Vec<MessageId>, Vec<EnumId>) {
        let mut messages = vec![self.schema.root];
        let (mut symbols, mut seen) = (Vec::new(), HashSet::from([self.schema.root]));
        let mut seen_symbols = HashSet::new();
        let mut at = 0;
        while let Some(id) = messages.get(at) {
            for field in &self.schema.message(*id).fields {
                match value_of(&field.shape) {
                    Shape::Enum(id) if seen_symbols.insert(*id) => symbols.push(*id),
                    Shape::Message(id) | Shape::Group(id) if seen.insert(*id) => messages.push(*id),
                    _ => {}
                }
            }
            at += 1;
        }
        (messages, symbols)
    }

    fn place<'d>(&self, name: &'s str, top: &'d mut Declared<'s>) -> &'d mut Declared<'s> {
        let package = &*self.schema.package;
        let inside = match package.is_empty() {
            true => name,
            false => name
                .strip_prefix(package)
                .and_then(|rest| rest.strip_prefix('.'))
                .unwrap_or(name),
        };
        let mut at = top;
        for part in inside.split('.') {
            let known = at.inside.iter().position(|inside| inside.name == part);
            let known = known.unwrap_or_else(|| {
                at.inside.push(Declared {
                    name: part,
                    ..Declared::default()
                });
                at.inside.len() - 1
            });
            at = &mut at.inside[known];
        }
        at
    }

    fn declaration(&mut self, declared: &Declared<'s>) {
        if let Some(symbols) = declared.symbols {
            return self.symbols(declared.name, symbols);
        }
        let doc = declared.message.and_then(|message| message.doc.as_deref());
        self.doc(doc);
        let is_empty = declared.inside.is_empty()
            && declared
                .message
                .is_none_or(|message| message.fields.is_empty() && message.reserved.is_empty());
        if is_empty {
            return self.line(&format!("message {} {{}}", declared.name));
        }
        self.line(&format!("message {} {{", declared.name));
        self.depth += 1;
        if let Some(message) = declared.message {
            self.inside(message, &declared.inside);
        } else {
            for inside in &declared.inside {
                self.declaration(inside);
            }
        }
        self.depth -= 1;
        self.line("}");
    }

    fn inside(&mut self, message: &'s Message, inside: &[Declared<'s>]) {
        if !message.reserved.is_empty() {
            let ranges = message.reserved.iter().map(|(from, to)| match from == to {
                true => from.to_string(),
                false => format!("{from} to {to}"),
            });
            let ranges: Vec<String> = ranges.collect();
            self.line(&format!("reserved {};", ranges.join(", ")));
        }
        // What is declared in a group stands in the group.
        let groups = message.fields.iter().filter_map(|field| match field.shape {
            Shape::Group(id) => Some(last(&self.schema.message(id).name)),
            _ => None,
        });
        let groups: HashSet<&str> = groups.collect();
        for inside in inside.iter().filter(|inside| !groups.contains(inside.name)) {
            self.declaration(inside);
        }
        let mut open = None;
        for field in &message.fields {
            if open != field.oneof {
                self.close_oneof(open);
                if let Some(oneof) = field.oneof {
                    self.line(&format!("oneof {} {{", message.oneofs[oneof as usize]));
                    self.depth += 1;
                }
                open = field.oneof;
            }
            self.field(field, inside);
        }
        self.close_oneof(open);
    }

    fn close_oneof(&mut self, open: Option<u32>) {
        if open.is_some() {
            self.depth -= 1;
            self.line("}");
        }
    }

    fn field(&mut self, field: &Field, inside: &[Declared<'s>]) {
        self.doc(field.doc.as_deref());
        let label = match (field.label, &field.shape) {
            _ if field.oneof.is_some() => "",
            (_, Shape::Map(..)) => "",
            (Label::Repeated, _) => "repeated ",
            (Label::Required, _) => "required ",
            (Label::Implicit, _) => "",
            // In proto3 a message has presence by itself.
            (Label::Optional, Shape::Message(_)) if self.schema.syntax == Syntax::Proto3 => "",
            (Label::Optional, _) => "optional ",
        };
        let options = self.options(field);
        let veil = match &field.veil {
            Some(said) => format!(" // {VEIL}{said}"),
            None => String::new(),
        };
        if let Shape::Group(id) = field.shape {
            let message = self.schema.message(id);
            let name = last(&message.name);
            let open = format!("{label}group {name} = {}{options} {{{veil}", field.number);
            self.line(&open);
            self.depth += 1;
            let of_group = inside.iter().find(|inside| inside.name == name);
            self.inside(message, of_group.map_or(&[], |group| &group.inside));
            self.depth -= 1;
            return self.line("}");
        }
        let (word, name, number) = (self.word(&field.shape), &field.name, field.number);
        self.line(&format!("{label}{word} {name} = {number}{options};{veil}"));
    }

    fn options(&self, field: &Field) -> String {
        let mut options = Vec::new();
        let is_packed = self.schema.syntax == Syntax::Proto3;
        if is_packed && field.label == Label::Repeated && field.shape.is_packable() {
            options.push("packed = false".to_owned());
        }
        if field.json_name != json_name_of(&field.name) {
            options.push(format!("json_name = {}", quoted(&field.json_name)));
        }
        if field.is_deprecated {
            options.push("deprecated = true".to_owned());
        }
        match options.is_empty() {
            true => String::new(),
            false => format!(" [{}]", options.join(", ")),
        }
    }

    fn word(&self, shape: &Shape) -> String {
        match shape {
            Shape::Scalar(scalar) => scalar.word().to_owned(),
            Shape::Enum(id) => format!(".{}", self.schema.symbols(*id).name),
            Shape::Message(id) | Shape::Group(id) => format!(".{}", self.schema.message(*id).name),
            Shape::Map(key, value) => format!("map<{}, {}>", Scalar::word(*key), self.word(value)),
        }
    }

    fn symbols(&mut self, name: &str, symbols: &Enum) {
        self.doc(symbols.doc.as_deref());
        self.line(&format!("enum {name} {{"));
        self.depth += 1;
        let mut numbers = BTreeSet::new();
        if !symbols.symbols.iter().all(|(_, n)| numbers.insert(*n)) {
            self.line("option allow_alias = true;");
        }
        for (name, number) in &symbols.symbols {
            self.line(&format!("{name} = {number};"));
        }
        self.depth -= 1;
        self.line("}");
    }

    fn doc(&mut self, doc: Option<&str>) {
        let lines = doc.into_iter().flat_map(str::lines);
        for line in lines.filter(|line| !poses(line)) {
            self.line(format!("// {}", shown(line)).trim_end());
        }
    }
}

/// The type of a value: of a map that of its values.
fn value_of(shape: &Shape) -> &Shape {
    match shape {
        Shape::Map(_, value) => value,
        shape => shape,
    }
}

/// A text between quotes, as the language has it ("String literals").
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => {
                out.push('\\');
                out.push(letter);
            }
            letter if acts(letter) => {
                let mut bytes = [0; 4];
                for byte in letter.encode_utf8(&mut bytes).bytes() {
                    out.push_str(&format!("\\{byte:03o}"));
                }
            }
            letter => out.push(letter),
        }
    }
    out.push('"');
    out
}
