//! Equal types are one, and different ones do not share a name.

use std::collections::{HashMap, HashSet};

use super::Unfit;
use crate::schema::derived::Head;
use crate::schema::protobuf::node::{
    Enum, EnumId, Field, Message, MessageId, Schema, Shape, googles_file, last,
};
use crate::schema::shown::shown;

/// The schema of those messages, the first of which is the root. A message that was
/// pruned in two ways is two: the first keeps the name, a later one is called after the
/// fields that lead there. Types of other files stand in the root, by their last names.
pub(super) fn shared(
    messages: Vec<Message>,
    writer: &Schema,
    head: Head<'_>,
) -> Result<Schema, Unfit> {
    let mut sharing = Sharing {
        classes: classes(&messages),
        messages: &messages,
        writer,
        package: head.namespace.unwrap_or(&writer.package).into(),
        root: "".into(),
        known: HashMap::new(),
        enums: HashMap::new(),
        names: HashSet::new(),
        out: Vec::new(),
        out_enums: Vec::new(),
        queue: Vec::new(),
    };
    let root = sharing.message(MessageId(0), None, &[]);
    while let Some(open) = sharing.queue.pop() {
        sharing.fields(open);
    }
    let Sharing {
        out: messages,
        out_enums: enums,
        package,
        ..
    } = sharing;
    let policy = head.policy.replace(char::is_control, " ");
    Ok(Schema {
        path: Vec::new(),
        messages,
        enums,
        root,
        syntax: writer.syntax,
        package,
        veil: Some(format!("policy={}", shown(&policy)).into()),
    })
}

/// A message whose fields are looked at next: where it is in what came in and in what
/// goes out, and the fields that led there.
struct Open {
    from: MessageId,
    to: MessageId,
    path: Vec<Box<str>>,
}

struct Sharing<'s> {
    messages: &'s [Message],
    classes: Vec<usize>,
    writer: &'s Schema,
    package: Box<str>,
    /// Full name of the root, once it is known.
    root: Box<str>,
    /// Messages by their class.
    known: HashMap<usize, MessageId>,
    enums: HashMap<EnumId, EnumId>,
    names: HashSet<Box<str>>,
    out: Vec<Message>,
    out_enums: Vec<Enum>,
    queue: Vec<Open>,
}

impl Sharing<'_> {
    /// The message of what goes out. `around`: of a group the message that it is in.
    fn message(&mut self, id: MessageId, around: Option<&str>, path: &[Box<str>]) -> MessageId {
        let class = self.classes[id.index()];
        if around.is_none()
            && let Some(known) = self.known.get(&class)
        {
            return *known;
        }
        let written = &self.messages[id.index()];
        let to = MessageId(u32::try_from(self.out.len()).expect("at most 16,384 types"));
        self.known.entry(class).or_insert(to);
        let name = match around {
            Some(around) => format!("{around}.{}", last(&written.name)).into(),
            None => self.name(&written.name, written.is_imported, path),
        };
        if self.out.is_empty() {
            self.root = name.clone();
        }
        self.out.push(Message {
            name,
            is_imported: googles_file(&written.name).is_some(),
            fields: Vec::new(),
            ..written.clone()
        });
        self.queue.push(Open {
            from: id,
            to,
            path: path.to_vec(),
        });
        to
    }

    fn fields(&mut self, open: Open) {
        let around = self.out[open.to.index()].name.clone();
        let written = &self.messages[open.from.index()];
        let mut fields = Vec::with_capacity(written.fields.len());
        for field in &written.fields {
            let mut path = open.path.clone();
            path.push(field.name.clone());
            let shape = self.shape(&field.shape, &around, &path);
            fields.push(Field {
                shape,
                ..field.clone()
            });
        }
        self.out[open.to.index()].fields = fields;
        tidy(&mut self.out[open.to.index()]);
    }

    fn shape(&mut self, shape: &Shape, around: &str, path: &[Box<str>]) -> Shape {
        match shape {
            Shape::Scalar(_) => shape.clone(),
            Shape::Enum(id) => Shape::Enum(self.symbols(*id, path)),
            Shape::Message(id) => Shape::Message(self.message(*id, None, path)),
            Shape::Group(id) => Shape::Group(self.message(*id, Some(around), path)),
            Shape::Map(key, value) => Shape::Map(*key, Box::new(self.shape(value, around, path))),
        }
    }

    fn symbols(&mut self, id: EnumId, path: &[Box<str>]) -> EnumId {
        if let Some(known) = self.enums.get(&id) {
            return *known;
        }
        let written = self.writer.symbols(id);
        let to = EnumId(u32::try_from(self.out_enums.len()).expect("at most 16,384 types"));
        self.enums.insert(id, to);
        let name = self.name(&written.name, written.is_imported, path);
        self.out_enums.push(Enum {
            name,
            is_imported: googles_file(&written.name).is_some(),
            ..written.clone()
        });
        to
    }

    fn name(&mut self, written: &str, is_imported: bool, path: &[Box<str>]) -> Box<str> {
        if googles_file(written).is_some() {
            return written.into();
        }
        let from = &*self.writer.package;
        let inside = match from.is_empty() {
            true => Some(written),
            false => written
                .strip_prefix(from)
                .and_then(|rest| rest.strip_prefix('.')),
        };
        let name = match inside.filter(|_| !is_imported) {
            Some(inside) if self.package.is_empty() => inside.to_owned(),
            Some(inside) => format!("{}.{inside}", self.package),
            None => format!("{}.{}", self.root, last(written)),
        };
        let mut free = name.clone();
        if self.names.contains(&*free) {
            free = format!("{name}_{}", path.join("_"));
        }
        let mut number = 2;
        while self.names.contains(&*free) {
            free = format!("{name}_{}_{number}", path.join("_"));
            number += 1;
        }
        self.names.insert(free.as_str().into());
        free.into()
    }
}

/// Members of a oneof stand together, and oneofs without members are none.
fn tidy(message: &mut Message) {
    let mut left: Vec<Option<Field>> = std::mem::take(&mut message.fields)
        .into_iter()
        .map(Some)
        .collect();
    let mut oneofs = Vec::new();
    for at in 0..left.len() {
        let Some(field) = left[at].take() else {
            continue;
        };
        let Some(oneof) = field.oneof else {
            message.fields.push(field);
            continue;
        };
        let to = u32::try_from(oneofs.len()).expect("at most 16,384 fields");
        oneofs.push(message.oneofs[oneof as usize].clone());
        let others = left.iter_mut().filter_map(|other| match other {
            Some(next) if next.oneof == Some(oneof) => other.take(),
            _ => None,
        });
        let all: Vec<Field> = [field].into_iter().chain(others).collect();
        for member in all {
            message.fields.push(Field {
                oneof: Some(to),
                ..member
            });
        }
    }
    message.oneofs = oneofs;
}

/// For each message the number of its class: messages of one class are equal, all that
/// is inside included. Classes are split until what is inside of two is in the same ones
/// (Moore's partition refinement), so circles are no trouble.
fn classes(messages: &[Message]) -> Vec<usize> {
    let mut labels = HashMap::new();
    let mut classes: Vec<usize> = messages
        .iter()
        .map(|message| {
            let next = labels.len();
            *labels.entry(label(message)).or_insert(next)
        })
        .collect();
    let mut count = labels.len();
    loop {
        let mut split = HashMap::new();
        let next: Vec<usize> = messages
            .iter()
            .zip(&classes)
            .map(|(message, class)| {
                let inside = message.fields.iter().filter_map(|field| of(&field.shape));
                let inside: Vec<usize> = inside.map(|id| classes[id.index()]).collect();
                let next = split.len();
                *split.entry((*class, inside)).or_insert(next)
            })
            .collect();
        classes = next;
        if split.len() == count {
            return classes;
        }
        count = split.len();
    }
}

fn of(shape: &Shape) -> Option<MessageId> {
    match shape {
        Shape::Map(_, value) => value.message(),
        shape => shape.message(),
    }
}

/// All of a message but what is inside.
fn label(message: &Message) -> String {
    let mut message = message.clone();
    for field in &mut message.fields {
        let inner = match &mut field.shape {
            Shape::Map(_, value) => &mut **value,
            shape => shape,
        };
        if let Shape::Message(id) | Shape::Group(id) = inner {
            *id = MessageId(0);
        }
    }
    format!("{message:?}")
}
