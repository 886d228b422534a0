//! A schema of what leaves as text. It speaks draft 7, which every registry knows.

use std::collections::HashMap;

use super::out::{Members, Out, OutId};
use super::types::Types;
use crate::schema::json::Json;
use crate::schema::shown::shown;

/// What stands at the top.
pub(super) struct Head<'h> {
    pub(super) title: Option<&'h str>,
    pub(super) policy: &'h str,
}

/// The schema of those places, of which `root` is that of whole values. What several
/// places lead to, or what leads to itself, stands once, under `definitions`.
pub(super) fn print(all: &[Out], root: OutId, head: &Head<'_>) -> String {
    let shared = shared(all, root);
    let mut printing = Printing {
        all,
        root,
        shared: shared.iter().enumerate().map(|(n, id)| (*id, n)).collect(),
    };
    let mut members = vec![(
        "$schema".into(),
        Json::text("http://json-schema.org/draft-07/schema#"),
    )];
    if let Some(title) = head.title {
        members.push(("title".into(), Json::text(title)));
    }
    members.extend(printing.said(&all[root.0 as usize]));
    let policy = vec![("policy".into(), Json::text(head.policy))];
    members.push(("veil".into(), Json::Object(policy)));
    let definitions = shared.iter().enumerate().map(|(n, id)| {
        let said = printing.said(&all[id.0 as usize]);
        (name(n).into(), Json::Object(said))
    });
    let definitions: Vec<(Box<str>, Json)> = definitions.collect();
    if !definitions.is_empty() {
        members.push(("definitions".into(), Json::Object(definitions)));
    }
    let mut text = Vec::new();
    Json::Object(members).write(&mut text);
    let text = String::from_utf8(text).expect("what is written of texts is text");
    // What acts stands in texts alone.
    shown(&text).into_owned()
}

fn name(n: usize) -> String {
    format!("part{}", n + 1)
}

/// The places with something inside that are led to from several, in the order in which
/// they are met.
fn shared(all: &[Out], root: OutId) -> Vec<OutId> {
    let mut met = vec![0_u32; all.len()];
    let mut order = Vec::new();
    let mut open = vec![root];
    while let Some(id) = open.pop() {
        let out = &all[id.0 as usize];
        let times = &mut met[id.0 as usize];
        *times += 1;
        if *times > 1 {
            let has_inside = out.inside.is_some() || !out.items.is_empty();
            if *times == 2 && has_inside && id != root {
                order.push(id);
            }
            continue;
        }
        let mut inner: Vec<OutId> = out.leads_to().collect();
        inner.reverse();
        open.extend(inner);
    }
    order
}

struct Printing<'p> {
    all: &'p [Out],
    root: OutId,
    /// What stands once, and where in that order.
    shared: HashMap<OutId, usize>,
}

impl Printing<'_> {
    fn place(&mut self, id: OutId) -> Json {
        let refer = |to: String| Json::Object(vec![("$ref".into(), Json::text(&to))]);
        if id == self.root {
            return refer("#".to_owned());
        }
        if let Some(n) = self.shared.get(&id) {
            return refer(format!("#/definitions/{}", name(*n)));
        }
        let out = &self.all[id.0 as usize];
        Json::Object(self.said(out))
    }

    /// One of those places.
    fn either(&mut self, all: &[OutId]) -> Json {
        match all {
            [one] => self.place(*one),
            several => {
                let each = several.iter().map(|id| self.place(*id)).collect();
                Json::Object(vec![("anyOf".into(), Json::List(each))])
            }
        }
    }

    fn said(&mut self, out: &Out) -> Vec<(Box<str>, Json)> {
        let mut members: Vec<(Box<str>, Json)> = Vec::new();
        let mut say = |name: &str, said: Json| members.push((name.into(), said));
        if out.types != Types::ALL {
            let words = out.types.words();
            say(
                "type",
                match words[..] {
                    [one] => Json::text(one),
                    _ => Json::List(words.into_iter().map(Json::text).collect()),
                },
            );
        }
        if let Some(format) = &out.format {
            say("format", Json::text(format));
        }
        if let Some(description) = &out.description {
            say("description", Json::text(description));
        }
        if let Some(Members { named, rest, .. }) = &out.inside {
            let named = named.iter();
            let named = named.map(|(name, id)| (name.clone(), self.place(*id)));
            say("properties", Json::Object(named.collect()));
            say(
                "additionalProperties",
                match &rest[..] {
                    [] => Json::Bool(false),
                    rest => self.either(rest),
                },
            );
        }
        if !out.items.is_empty() {
            say("items", self.either(&out.items));
        }
        if !out.any_of.is_empty() {
            let each = out.any_of.iter().map(|id| self.place(*id)).collect();
            say("anyOf", Json::List(each));
        }
        if !out.tags.is_empty() {
            let tags = out.tags.iter().map(|tag| Json::text(tag)).collect();
            say("confluent:tags", Json::List(tags));
        }
        if let Some(done) = &out.said {
            say("veil", done.clone());
        }
        members
    }
}
