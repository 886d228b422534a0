//! A schema registry as it is: what it answers is read as what it means, and the desk waits
//! for one that is not there yet, and for a schema that comes late. Asked of the library;
//! `registry_run.rs` runs on one.

use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;

use veilstream::record::lane::Lane;
use veilstream::schema::frame::{MessagePath, Part, SchemaId};
use veilstream::schema::registry::{
    Access, Binder, Bound, Call, Calls, Client, Counter, Derived, Desk, Drafted, How, Key, Kind,
    Outcome, Reference, Rules, Text, Version, Work, run,
};

use crate::kafka::registry::{self, Registry};
use crate::kafka::{await_some, free_port};

const ONE: &str = r#"{"type":"record","name":"A","fields":[{"name":"a","type":"int"}]}"#;
const TWO: &str = r#"{"type":"record","name":"A","fields":[{"name":"a","type":"int"},{"name":"b","type":"int"}]}"#;
const PROTO: &str = "syntax = \"proto3\";\nmessage M {\n  int32 a = 1;\n}\n";

fn client(url: String) -> Client {
    let access = Access {
        urls: vec![url],
        ..Access::default()
    };
    Client::new(&access).expect("it needs no file and no TLS")
}

fn schema(outcome: Outcome) -> (Kind, String, Vec<Reference>) {
    match outcome {
        Outcome::Schema(schema) => (schema.kind, schema.text.into(), schema.references),
        other => panic!("{other:?} is no schema"),
    }
}

#[test]
fn what_a_registry_answers_is_read_as_what_it_means() {
    let Some(program) = registry::program() else {
        return;
    };
    let registry = Registry::start(&program, free_port());
    let mut client = client(registry.url());
    let mut call = |call: Call<'_>| client.call(&call).0;
    let subject = "web.clean-value";

    assert_eq!(call(Call::Schema(SchemaId::Number(999))), Outcome::Missing);
    // This one knows no ids of 16 bytes, and says so as a wrong path would.
    assert_eq!(
        call(Call::Schema(SchemaId::Guid([7; 16]))),
        Outcome::Missing
    );
    assert_eq!(
        call(Call::Version(subject, Version::Latest)),
        Outcome::Missing
    );
    assert_eq!(
        call(Call::LookUp(subject, Kind::Avro, ONE)),
        Outcome::Missing
    );
    let Outcome::Id(id) = call(Call::Register(subject, Kind::Avro, ONE)) else {
        panic!("it takes a first schema");
    };
    assert_eq!(
        call(Call::Register(subject, Kind::Avro, ONE)),
        Outcome::Id(id)
    );
    assert_eq!(
        call(Call::LookUp(subject, Kind::Avro, ONE)),
        Outcome::Id(id)
    );
    assert_eq!(
        call(Call::LookUp(subject, Kind::Avro, TWO)),
        Outcome::Missing
    );
    let number = SchemaId::Number(u32::try_from(id).expect("ids of Confluent's API are small"));
    for read in [
        Call::Schema(number),
        Call::Version(subject, Version::Number(1)),
    ] {
        let wanted = (Kind::Avro, ONE.to_owned(), Vec::new());
        assert_eq!(schema(call(read)), wanted);
    }
    let strange = "a/b ..?value";
    assert_eq!(
        call(Call::Register(strange, Kind::Avro, ONE)),
        Outcome::Id(id)
    );

    let rule = r#"{"compatibility":"BACKWARD"}"#;
    let set = registry.ask("PUT", "/config/web.clean-value", rule);
    assert_eq!(set.map(|(status, _)| status), Some(200));
    assert_eq!(
        call(Call::Check(subject, Kind::Avro, TWO)),
        Outcome::Compatible(false)
    );
    assert_eq!(
        call(Call::Register(subject, Kind::Avro, TWO)),
        Outcome::Conflict
    );
    assert_eq!(
        call(Call::Check(subject, Kind::Avro, ONE)),
        Outcome::Compatible(true)
    );
    assert_eq!(
        call(Call::Register(subject, Kind::Avro, "no schema")),
        Outcome::NoSchema
    );

    assert!(matches!(
        call(Call::Register("p-value", Kind::Protobuf, PROTO)),
        Outcome::Id(_)
    ));
    let read = call(Call::Version("p-value", Version::Latest));
    assert_eq!(schema(read).0, Kind::Protobuf);
    let user = r#"{"schema":"{\"type\":\"record\",\"name\":\"B\",\"fields\":[{\"name\":\"a\",\"type\":\"A\"}]}","references":[{"name":"A","subject":"web.clean-value","version":1}]}"#;
    let made = registry.ask("POST", "/subjects/b-value/versions", user);
    assert_eq!(made.map(|(status, _)| status), Some(200));
    let (_, _, references) = schema(call(Call::Version("b-value", Version::Latest)));
    let [reference] = &references[..] else {
        panic!("it refers to one");
    };
    assert_eq!(
        (&*reference.name, &*reference.subject, reference.version),
        ("A", subject, 1)
    );
}

/// Binds every schema; what leaves is the same.
struct Same;

impl Binder for Same {
    type Binding = (String, Vec<u64>);
    type Draft = String;

    fn kind(&self, _: Part) -> Kind {
        Kind::Avro
    }

    fn bind(&self, _: &Key, text: &Text) -> Result<Drafted<String>, String> {
        let derived = vec![Derived {
            subject: "clean-value".into(),
            kind: Kind::Avro,
            text: text.text.clone(),
        }];
        let draft = text.text.to_string();
        Ok(Drafted { draft, derived })
    }

    fn finish(&self, draft: String, ids: &[u64]) -> Result<(String, Vec<u64>), String> {
        Ok((draft, ids.to_vec()))
    }

    fn weight(&self, (text, _): &(String, Vec<u64>)) -> usize {
        text.len()
    }
}

#[test]
fn a_registry_that_is_not_there_yet_and_a_schema_that_comes_late_are_waited_for() {
    let Some(program) = registry::program() else {
        return;
    };
    let port = free_port();
    let client = client(format!("http://127.0.0.1:{port}/apis/ccompat/v7"));
    let (work, asked) = channel();
    let counter = Counter::<Same> {
        work,
        published: Arc::default(),
    };
    let published = counter.published.clone();
    let thread = std::thread::spawn(move || {
        let desk = Desk::new(Same, Rules::default(), 7);
        run((desk, 0), client, &asked, &published, &|_| {});
    });
    let wait = |what: &str, is: &dyn Fn() -> bool| {
        await_some(what, Duration::from_secs(60), || is().then_some(()));
    };
    let key = Key {
        part: Part::Value,
        id: SchemaId::Number(1),
        message: MessagePath::FIRST,
    };
    let lane = Lane {
        topic: "raw".into(),
        partition: 0,
        claim: 1,
    };
    let published = &counter.published;
    counter
        .work
        .send(Work::Ask(lane, key))
        .expect("the desk is there");
    wait("the outage is told", &|| {
        let trouble = published.figures().trouble;
        trouble.is_some_and(|what| what.contains("cannot be reached"))
    });
    let registry = Registry::start(&program, port);
    wait("the registry is reached", &|| {
        published.figures().trouble.is_none()
    });
    assert_eq!(published.told(), [], "it waits for the schema");
    let body = format!("{{\"schema\":{}}}", serde_json::Value::from(ONE));
    let made = registry.ask("POST", "/subjects/raw-value/versions", &body);
    assert_eq!(made, Some((200, "{\"id\":1}".to_owned())));
    wait("the lane is told", &|| {
        published
            .told()
            .first()
            .is_some_and(|told| told.key == key && told.how == How::Known)
    });
    let (_, bindings) = published.bindings();
    let Some(Bound::Ready((text, ids))) = bindings.get(&key) else {
        panic!("who is told that it is known finds it");
    };
    assert_eq!((&**text, &ids[..]), (ONE, &[1][..]), "one text has one id");
    let there = registry.ask("GET", "/subjects/clean-value/versions", "");
    assert_eq!(there, Some((200, "[1]".to_owned())));
    counter.work.send(Work::Stop).expect("the desk is there");
    thread.join().expect("it ends by itself");
}
