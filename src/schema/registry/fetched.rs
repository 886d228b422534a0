//! A schema with all that it refers to, as it is brought together call by call.

use std::sync::Arc;

use super::call::{Kind, Reference, Schema};

/// Deepest chain of references.
const DEPTH_MAX: usize = 16;
/// Most schemas, the first among them.
const SCHEMAS_MAX: usize = 64;
/// Most bytes of all texts.
const BYTES_MAX: usize = 4 << 20;

/// A schema, and what it refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// What it is, and all of the others too.
    pub kind: Kind,
    /// Its text.
    pub text: Box<str>,
    /// What it refers to, each behind those that it refers to itself.
    pub references: Vec<Named>,
}

/// A schema by the name that another refers to it by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Its name there: that of a type, or of a file.
    pub name: Box<str>,
    /// Its text.
    pub text: Arc<str>,
}

impl Text {
    /// Bytes of its texts.
    pub(super) fn len(&self) -> usize {
        let others = self.references.iter().map(|named| named.text.len());
        self.text.len() + others.sum::<usize>()
    }
}

/// A schema that is not whole yet.
#[derive(Debug)]
pub(super) struct Gathering {
    kind: Kind,
    text: Box<str>,
    /// From the first schema to the one whose references are looked at.
    open: Vec<Open>,
    done: Vec<(Reference, Named)>,
    schemas: usize,
    bytes: usize,
}

/// A schema whose references are not all there.
#[derive(Debug)]
struct Open {
    /// As what it was referred to; `None`: it is the first.
    by: Option<Reference>,
    text: Arc<str>,
    references: std::vec::IntoIter<Reference>,
    /// The one that is asked for.
    asked: Option<Reference>,
}

impl Gathering {
    /// Begins with the schema that was asked for.
    pub(super) fn new(schema: Schema) -> Self {
        Gathering {
            kind: schema.kind,
            schemas: 1,
            bytes: schema.text.len(),
            open: vec![Open {
                by: None,
                text: Arc::from(""),
                references: schema.references.into_iter(),
                asked: None,
            }],
            text: schema.text,
            done: Vec::new(),
        }
    }

    /// What is to be asked for next, subject and version; `None`: it is whole.
    ///
    /// # Errors
    /// Why it never will be.
    pub(super) fn wanted(&mut self) -> Result<Option<(&str, u32)>, &'static str> {
        while let Some(top) = self.open.last_mut() {
            if top.asked.is_none() {
                let Some(reference) = top.references.next() else {
                    self.close();
                    continue;
                };
                match self.stands(&reference)? {
                    true => continue,
                    false => self.open.last_mut().expect("looked at").asked = Some(reference),
                }
            }
            break;
        }
        let asked = self.open.last().and_then(|top| top.asked.as_ref());
        Ok(asked.map(|reference| (&*reference.subject, reference.version)))
    }

    /// What was asked for.
    ///
    /// # Errors
    /// Why it cannot be used.
    pub(super) fn got(&mut self, schema: Schema) -> Result<(), &'static str> {
        let asked = self.open.last_mut().and_then(|top| top.asked.take());
        let by = asked.expect("something was asked for");
        self.schemas += 1;
        self.bytes += schema.text.len();
        if schema.kind != self.kind {
            return Err("it refers to a schema of another kind");
        }
        if self.schemas > SCHEMAS_MAX {
            return Err("it refers to more than 64 schemas");
        }
        if self.bytes > BYTES_MAX {
            return Err("it and what it refers to have more than 4 MiB");
        }
        if self.open.len() > DEPTH_MAX {
            return Err("its references nest deeper than 16");
        }
        self.open.push(Open {
            by: Some(by),
            text: schema.text.into(),
            references: schema.references.into_iter(),
            asked: None,
        });
        Ok(())
    }

    /// The whole schema, once nothing is wanted any more.
    pub(super) fn whole(&self) -> Text {
        Text {
            kind: self.kind,
            text: self.text.clone(),
            references: self.done.iter().map(|(_, named)| named.clone()).collect(),
        }
    }

    /// The references of the last schema are all there.
    fn close(&mut self) {
        let Some(Open { by, text, .. }) = self.open.pop() else {
            return;
        };
        if let Some(by) = by {
            let name = by.name.clone();
            self.done.push((by, Named { name, text }));
        }
    }

    /// True when what is referred to is there already.
    fn stands(&mut self, reference: &Reference) -> Result<bool, &'static str> {
        let is_same =
            |r: &Reference| r.subject == reference.subject && r.version == reference.version;
        if self.open.iter().any(|o| o.by.as_ref().is_some_and(is_same)) {
            return Err("its references lead back to one of them");
        }
        if let Some((other, _)) = self.done.iter().find(|(r, _)| r.name == reference.name) {
            return match is_same(other) {
                true => Ok(true),
                false => Err("it refers to two schemas by one name"),
            };
        }
        let same = self.done.iter().find(|(r, _)| is_same(r));
        let Some(text) = same.map(|(_, named)| named.text.clone()) else {
            return Ok(false);
        };
        // One schema by two names; the first name was counted.
        if self.done.len() >= SCHEMAS_MAX {
            return Err("it refers to more than 64 schemas");
        }
        let name = reference.name.clone();
        self.done.push((reference.clone(), Named { name, text }));
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    /// Schemas by subject, each with the subjects that it refers to.
    type Subjects<'s> = HashMap<&'s str, Vec<&'s str>>;

    fn schema(subject: &str, all: &Subjects<'_>) -> Schema {
        let reference = |subject: &&str| Reference {
            name: subject.split('@').next().expect("a name").into(),
            subject: (*subject).into(),
            version: 1,
        };
        Schema {
            id: None,
            kind: if subject.starts_with('x') {
                Kind::Json
            } else {
                Kind::Avro
            },
            text: format!("text of {subject}").into(),
            references: all[subject].iter().map(reference).collect(),
        }
    }

    /// What comes of the first, and how many calls it took.
    fn gathered(all: &Subjects<'_>) -> Result<(Vec<String>, usize), &'static str> {
        let mut gathering = Gathering::new(schema("first", all));
        let mut calls = 0;
        loop {
            let Some((subject, 1)) = gathering.wanted()? else {
                let text = gathering.whole();
                assert_eq!(&*text.text, "text of first");
                let names = text.references.iter().map(|n| n.name.to_string());
                return Ok((names.collect(), calls));
            };
            let schema = schema(subject, all);
            calls += 1;
            gathering.got(schema)?;
        }
    }

    #[test]
    fn each_schema_stands_behind_those_that_it_refers_to_and_once() {
        let all = HashMap::from([
            ("first", vec!["a", "b"]),
            ("a", vec!["c"]),
            ("b", vec!["c", "a"]),
            ("c", vec![]),
        ]);
        let names = ["c", "a", "b"].map(str::to_owned).to_vec();
        assert_eq!(gathered(&all), Ok((names, 3)));
        assert_eq!(
            gathered(&HashMap::from([("first", vec![])])),
            Ok((vec![], 0))
        );
    }

    #[test]
    fn circles_and_two_meanings_of_a_name_are_refused() {
        let circle = HashMap::from([("first", vec!["a"]), ("a", vec!["b"]), ("b", vec!["a"])]);
        let lead_back = Err("its references lead back to one of them");
        assert_eq!(gathered(&circle), lead_back);
        let itself = HashMap::from([("first", vec!["a"]), ("a", vec!["a"])]);
        assert_eq!(gathered(&itself), lead_back);
        let two = HashMap::from([("first", vec!["a", "a@2"]), ("a", vec![]), ("a@2", vec![])]);
        assert_eq!(gathered(&two), Err("it refers to two schemas by one name"));
        let kinds = HashMap::from([("first", vec!["x"]), ("x", vec![])]);
        assert_eq!(
            gathered(&kinds),
            Err("it refers to a schema of another kind")
        );
    }

    #[test]
    fn depth_number_and_bytes_are_bounded() {
        let names: Vec<String> = (0..70).map(|n| format!("s{n}")).collect();
        let chain = |length: usize| {
            let mut all = HashMap::from([("first", vec![&*names[0]])]);
            for n in 0..length {
                let next = if n + 1 < length {
                    vec![&*names[n + 1]]
                } else {
                    vec![]
                };
                all.insert(&*names[n], next);
            }
            all
        };
        assert!(gathered(&chain(16)).is_ok());
        assert_eq!(
            gathered(&chain(17)),
            Err("its references nest deeper than 16")
        );
        let wide = |width: usize| {
            let mut all: Subjects<'_> = names[..width].iter().map(|n| (&**n, vec![])).collect();
            all.insert("first", names[..width].iter().map(|n| &**n).collect());
            all
        };
        assert!(gathered(&wide(63)).is_ok());
        assert_eq!(
            gathered(&wide(64)),
            Err("it refers to more than 64 schemas")
        );

        let mut gathering = Gathering::new(schema("first", &wide(2)));
        assert!(gathering.wanted().is_ok());
        let large = Schema {
            text: "x".repeat(BYTES_MAX).into(),
            ..schema("s0", &wide(2))
        };
        let more = Err("it and what it refers to have more than 4 MiB");
        assert_eq!(gathering.got(large), more);
    }
}
