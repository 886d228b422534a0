//! Descriptors to the arena: what can be reached from one message.

use std::collections::HashMap;

use protox::prost_reflect::{
    Cardinality, EnumDescriptor, FieldDescriptor, FileDescriptor, Kind, MessageDescriptor,
    Syntax as Written, Value,
};

use super::said::one_line;
use super::unusable::Unusable;
use crate::schema::protobuf::node::{
    Enum, EnumId, Field, Known, Label, Message, MessageId, NODES_MAX, Scalar, Schema, Shape, Syntax,
};
use crate::schema::protobuf::print::VEIL;
use crate::schema::shown::shown;

/// The schema of values of that message.
pub(super) fn converted(root: &MessageDescriptor) -> Result<Schema, Unusable> {
    if Known::of(root.full_name()).is_some() {
        return Err(Unusable::NoRecord(root.full_name().into()));
    }
    let file = root.parent_file();
    let mut arena = Arena {
        file: file.name().into(),
        known: HashMap::new(),
        queue: Vec::new(),
        known_enums: HashMap::new(),
        enums: Vec::new(),
        comments: Comments::default(),
        nodes: 0,
    };
    let id = arena.message(root)?;
    let mut messages = Vec::new();
    while let Some(message) = arena.queue.get(messages.len()).cloned() {
        let message = arena.fields(&message)?;
        messages.push(message);
    }
    let veil = arena.comments.of(&file, &SYNTAX_PATH).0;
    let schema = Schema {
        messages,
        enums: arena.enums,
        root: id,
        syntax: match file.syntax() {
            Written::Proto2 => Syntax::Proto2,
            Written::Proto3 => Syntax::Proto3,
        },
        package: match file.package_name() {
            "" => "".into(),
            package => full_name(package)?,
        },
        veil: veil.and_then(|said| said.strip_prefix(VEIL).map(Into::into)),
        path: path(root),
    };
    match schema.messages.iter().find(|m| !is_googles(m, &schema)) {
        Some(other) => Err(Unusable::NotGoogles(other.name.to_string())),
        None => Ok(schema),
    }
}

/// Where the descriptor of a file has its syntax.
const SYNTAX_PATH: [i32; 1] = [12];

/// The place of a message among those of its file.
fn path(message: &MessageDescriptor) -> Vec<u32> {
    let mut path = Vec::new();
    let mut at = message.clone();
    loop {
        let around = at.parent_message();
        let is_it = |other: &MessageDescriptor| other.full_name() == at.full_name();
        let place = match &around {
            Some(around) => nested(around).position(|m| is_it(&m)),
            None => at.parent_file().messages().position(|m| is_it(&m)),
        };
        path.push(
            place
                .and_then(|n| u32::try_from(n).ok())
                .unwrap_or(u32::MAX),
        );
        match around {
            Some(around) => at = around,
            None => break,
        }
    }
    path.reverse();
    path
}

/// The messages that are declared in a message. Those that a map makes are not
/// (Confluent's message indexes count declarations).
pub(super) fn nested(message: &MessageDescriptor) -> impl Iterator<Item = MessageDescriptor> + '_ {
    message.child_messages().filter(|m| !m.is_map_entry())
}

struct Arena {
    /// Name of the root's.
    file: Box<str>,
    known: HashMap<String, MessageId>,
    /// By their numbers.
    queue: Vec<MessageDescriptor>,
    known_enums: HashMap<String, EnumId>,
    enums: Vec<Enum>,
    comments: Comments,
    /// Types, fields, symbols and reserved ranges so far.
    nodes: usize,
}

impl Arena {
    fn count(&mut self, more: usize) -> Result<(), Unusable> {
        self.nodes += more;
        match self.nodes > NODES_MAX {
            true => Err(Unusable::TooLarge),
            false => Ok(()),
        }
    }

    fn message(&mut self, message: &MessageDescriptor) -> Result<MessageId, Unusable> {
        if let Some(known) = self.known.get(message.full_name()) {
            return Ok(*known);
        }
        self.count(1)?;
        let id = MessageId(place(self.queue.len()));
        self.known.insert(message.full_name().into(), id);
        self.queue.push(message.clone());
        Ok(id)
    }

    fn fields(&mut self, message: &MessageDescriptor) -> Result<Message, Unusable> {
        let file = message.parent_file();
        let oneofs: Vec<_> = message.oneofs().filter(|one| !one.is_synthetic()).collect();
        let mut fields = Vec::new();
        // In the order of the text, so not as the reflection sorts them.
        for written in &message.descriptor_proto().field {
            let field = message.get_field_by_name(written.name());
            let Some(field) = field else {
                return Err(Unusable::Unreadable(format!(
                    "`{}` has a field without a name",
                    message.full_name()
                )));
            };
            self.count(1)?;
            let around = field.containing_oneof();
            let oneof = around.and_then(|around| {
                let same = |one: &_| *one == around;
                oneofs.iter().position(same).map(place)
            });
            let group = field.kind();
            let group = group.as_message().filter(|_| field.is_group());
            // What is said of a group is said of its message: the two are declared at once.
            let path = group.map_or(field.path(), MessageDescriptor::path);
            let (doc, behind) = self.comments.of(&file, path);
            let options = field.field_descriptor_proto().options.as_ref();
            fields.push(Field {
                name: name(field.name())?,
                json_name: field.json_name().into(),
                number: field.number(),
                label: label(&field),
                shape: self.shape(&field)?,
                oneof,
                is_deprecated: options.is_some_and(|options| options.deprecated()),
                tags: tags(&field),
                doc,
                veil: behind.and_then(|said| said.strip_prefix(VEIL).map(Into::into)),
            });
        }
        let reserved = message
            .reserved_ranges()
            .filter(|range| !range.is_empty())
            .map(|range| (range.start, range.end - 1));
        let reserved: Vec<(u32, u32)> = reserved.collect();
        self.count(reserved.len())?;
        Ok(Message {
            name: full_name(message.full_name())?,
            fields,
            oneofs: oneofs
                .iter()
                .map(|one| name(one.name()))
                .collect::<Result<_, _>>()?,
            known: Known::of(message.full_name()),
            reserved,
            is_imported: file.name() != &*self.file,
            doc: self.comments.of(&file, message.path()).0,
        })
    }

    fn shape(&mut self, field: &FieldDescriptor) -> Result<Shape, Unusable> {
        if let Kind::Message(entry) = field.kind()
            && field.is_map()
        {
            let Shape::Scalar(key) = self.of_kind(&entry.map_entry_key_field().kind())? else {
                return Err(Unusable::Unreadable("the key of a map is no scalar".into()));
            };
            let value = self.of_kind(&entry.map_entry_value_field().kind())?;
            return Ok(Shape::Map(key, Box::new(value)));
        }
        match self.of_kind(&field.kind())? {
            Shape::Message(message) if field.is_group() => Ok(Shape::Group(message)),
            shape => Ok(shape),
        }
    }

    fn of_kind(&mut self, kind: &Kind) -> Result<Shape, Unusable> {
        Ok(Shape::Scalar(match kind {
            Kind::Double => Scalar::Double,
            Kind::Float => Scalar::Float,
            Kind::Int32 => Scalar::Int32,
            Kind::Int64 => Scalar::Int64,
            Kind::Uint32 => Scalar::Uint32,
            Kind::Uint64 => Scalar::Uint64,
            Kind::Sint32 => Scalar::Sint32,
            Kind::Sint64 => Scalar::Sint64,
            Kind::Fixed32 => Scalar::Fixed32,
            Kind::Fixed64 => Scalar::Fixed64,
            Kind::Sfixed32 => Scalar::Sfixed32,
            Kind::Sfixed64 => Scalar::Sfixed64,
            Kind::Bool => Scalar::Bool,
            Kind::String => Scalar::Text,
            Kind::Bytes => Scalar::Bytes,
            Kind::Message(message) => return Ok(Shape::Message(self.message(message)?)),
            Kind::Enum(symbols) => return Ok(Shape::Enum(self.symbols(symbols)?)),
        }))
    }

    fn symbols(&mut self, written: &EnumDescriptor) -> Result<EnumId, Unusable> {
        if let Some(known) = self.known_enums.get(written.full_name()) {
            return Ok(*known);
        }
        let symbols = &written.enum_descriptor_proto().value;
        self.count(1 + symbols.len())?;
        let id = EnumId(place(self.enums.len()));
        self.known_enums.insert(written.full_name().into(), id);
        let symbols = symbols.iter().map(|s| Ok((name(s.name())?, s.number())));
        self.enums.push(Enum {
            name: full_name(written.full_name())?,
            symbols: symbols.collect::<Result<_, _>>()?,
            is_imported: written.parent_file().name() != &*self.file,
            doc: self.comments.of(&written.parent_file(), written.path()).0,
        });
        Ok(id)
    }
}

fn label(field: &FieldDescriptor) -> Label {
    match field.cardinality() {
        Cardinality::Repeated => Label::Repeated,
        Cardinality::Required => Label::Required,
        Cardinality::Optional if field.supports_presence() => Label::Optional,
        Cardinality::Optional => Label::Implicit,
    }
}

/// A name as the language has it: it stands in what is printed as it is. A text has no
/// others, and a descriptor may.
fn name(name: &str) -> Result<Box<str>, Unusable> {
    let mut bytes = name.bytes();
    let starts = bytes
        .next()
        .is_some_and(|b| b.is_ascii_alphabetic() || b == b'_');
    match starts && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        true => Ok(name.into()),
        false => Err(Unusable::Unreadable(format!(
            "`{}` is no name",
            shown(&one_line(name))
        ))),
    }
}

/// Such names with dots between.
fn full_name(full: &str) -> Result<Box<str>, Unusable> {
    full.split('.').try_for_each(|part| name(part).map(drop))?;
    Ok(full.into())
}

/// `[(confluent.field_meta).tags = "PII"]`.
fn tags(field: &FieldDescriptor) -> Vec<Box<str>> {
    let pool = field.parent_pool();
    let Some(meta) = pool.get_extension_by_name("confluent.field_meta") else {
        return Vec::new();
    };
    let options = field.options();
    let Value::Message(meta) = &*options.get_extension(&meta) else {
        return Vec::new();
    };
    match meta.get_field_by_name("tags").as_deref() {
        Some(Value::List(tags)) => {
            let tags = tags.iter().filter_map(Value::as_str);
            tags.map(Into::into).collect()
        }
        _ => Vec::new(),
    }
}

/// What stands before and behind a declaration, by file and place.
#[derive(Default)]
struct Comments(HashMap<String, HashMap<Vec<i32>, Around>>);

/// What stands before a declaration, and behind it.
type Around = (Option<Box<str>>, Option<Box<str>>);

impl Comments {
    fn of(&mut self, file: &FileDescriptor, path: &[i32]) -> Around {
        let of_file = self.0.entry(file.name().into()).or_insert_with(|| {
            let info = file.file_descriptor_proto().source_code_info.as_ref();
            let locations = info.map_or(&[][..], |info| &info.location);
            let said = |text: &Option<String>| {
                let line = |line: &str| line.replace(char::is_control, " ").trim().to_owned();
                let lines: Vec<String> = text.as_deref()?.lines().map(line).collect();
                let text = lines.join("\n");
                let text = text.trim();
                (!text.is_empty()).then(|| text.into())
            };
            let commented = locations.iter().filter_map(|at| {
                let both = (said(&at.leading_comments), said(&at.trailing_comments));
                let is_any = both.0.is_some() || both.1.is_some();
                is_any.then(|| (at.path.clone(), both))
            });
            commented.collect()
        });
        of_file.get(path).cloned().unwrap_or_default()
    }
}

/// True unless it has the name of one of Google's and other fields.
fn is_googles(message: &Message, schema: &Schema) -> bool {
    let field = |n: usize| message.fields.get(n);
    let is = |n: usize, number: u32, label: Label, shape: &Shape| {
        field(n).is_some_and(|f| f.number == number && f.label == label && f.shape == *shape)
    };
    let is_known = |id: MessageId, known: Known| schema.message(id).known == Some(known);
    let Some(known) = message.known else {
        return true;
    };
    let scalar = Shape::Scalar;
    let count = match known {
        Known::Timestamp | Known::Any => 2,
        Known::Wrapper | Known::Struct | Known::List => 1,
        Known::Value => 6,
    };
    message.fields.len() == count
        && match known {
            Known::Timestamp => {
                is(0, 1, Label::Implicit, &scalar(Scalar::Int64))
                    && is(1, 2, Label::Implicit, &scalar(Scalar::Int32))
            }
            Known::Any => {
                is(0, 1, Label::Implicit, &scalar(Scalar::Text))
                    && is(1, 2, Label::Implicit, &scalar(Scalar::Bytes))
            }
            Known::Wrapper => field(0).is_some_and(|f| {
                let word = match f.shape {
                    Shape::Scalar(scalar) => scalar.word(),
                    _ => "",
                };
                let name = message.name.trim_end_matches("Value").to_ascii_lowercase();
                (f.number, f.label) == (1, Label::Implicit) && name.ends_with(&format!(".{word}"))
            }),
            Known::Struct => field(0).is_some_and(|f| match &f.shape {
                Shape::Map(Scalar::Text, value) => {
                    f.number == 1 && value.message().is_some_and(|id| is_known(id, Known::Value))
                }
                _ => false,
            }),
            Known::List => field(0).is_some_and(|f| {
                let of = f.shape.message();
                (f.number, f.label) == (1, Label::Repeated)
                    && of.is_some_and(|id| is_known(id, Known::Value))
            }),
            Known::Value => {
                let inner = |n: usize, known| {
                    let of = field(n).and_then(|f| f.shape.message());
                    of.is_some_and(|id| is_known(id, known))
                };
                let numbers = message.fields.iter().map(|f| f.number);
                numbers.eq(1..=6)
                    && message.fields.iter().all(|f| f.oneof == Some(0))
                    && matches!(message.fields[0].shape, Shape::Enum(_))
                    && message.fields[1].shape == scalar(Scalar::Double)
                    && message.fields[2].shape == scalar(Scalar::Text)
                    && message.fields[3].shape == scalar(Scalar::Bool)
                    && inner(4, Known::Struct)
                    && inner(5, Known::List)
            }
        }
}

fn place(n: usize) -> u32 {
    u32::try_from(n).expect("at most 16,384 types and fields")
}
