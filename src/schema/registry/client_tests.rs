use super::*;
use crate::schema::registry::call::{Kind, Version};
use crate::schema::registry::stub::{Reply, Request, Stub};

const BY_ID: Call<'_> = Call::Schema(SchemaId::Number(7));
const SCHEMA: &str = r#"{"schema":"\"string\""}"#;
const MISSING: &str = r#"{"error_code":40403,"message":"Schema not found"}"#;
const SECRET: &str = "hunter2-is-the-secret";

fn client(urls: &[&str], auth: Option<Auth>) -> Client {
    let access = Access {
        urls: urls.iter().map(|url| (*url).to_owned()).collect(),
        auth,
        ca_file: None,
    };
    let limit = Duration::from_millis(400);
    Client::within(&access, limit, limit).expect("it can be made")
}

/// What a call comes to where everything is answered so.
fn answered(reply: Reply) -> Outcome {
    let stub = Stub::start(move |_| reply.clone());
    client(&[&stub.url], None).call(&BY_ID).0
}

fn is_schema(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Schema(schema) if &*schema.text == "\"string\"")
}

#[test]
fn calls_are_those_of_the_registry() {
    let stub = Stub::start(|request: &Request| match request.line.as_str() {
        "GET /base/schemas/ids/7" => Reply::new(200, SCHEMA),
        "GET /base/schemas/guids/00000000-0000-0000-0000-000000000001" => {
            Reply::new(200, r#"{"schema":"\"string\"","guid":"x"}"#)
        }
        "GET /base/subjects/a%2Fb/versions/latest" => Reply::new(
            200,
            r#"{"subject":"a/b","version":1,"id":9,"schema":"\"string\""}"#,
        ),
        "POST /base/subjects/s" | "POST /base/subjects/s/versions" => {
            Reply::new(200, r#"{"id":9}"#)
        }
        "POST /base/compatibility/subjects/s/versions/latest" => {
            Reply::new(200, r#"{"is_compatible":true}"#)
        }
        _ => Reply::new(500, ""),
    });
    let base = format!("{}/base/", stub.url);
    let mut client = client(&[&base], None);
    let guid = SchemaId::Guid(
        [0; 15]
            .iter()
            .copied()
            .chain([1])
            .collect::<Vec<_>>()
            .try_into()
            .unwrap(),
    );
    assert!(is_schema(&client.call(&BY_ID).0));
    assert!(is_schema(&client.call(&Call::Schema(guid)).0));
    assert!(is_schema(
        &client.call(&Call::Version("a/b", Version::Latest)).0
    ));
    let text = "{\"type\":\"string\"}";
    let calls = [
        (Call::LookUp("s", Kind::Avro, text), Outcome::Id(9)),
        (
            Call::Check("s", Kind::Avro, text),
            Outcome::Compatible(true),
        ),
        (Call::Register("s", Kind::Avro, text), Outcome::Id(9)),
    ];
    for (call, outcome) in calls {
        let (came, url) = client.call(&call);
        assert_eq!((came, &*url), (outcome, base.trim_end_matches('/')));
    }
    let last = stub.requests().pop().expect("it was asked");
    assert_eq!(last.content_type.as_deref(), Some(CONTENT));
    assert_eq!(last.authorization, None);
    assert_eq!(
        last.body,
        r#"{"schemaType":"AVRO","schema":"{\"type\":\"string\"}"}"#
    );
    let wide = client.call(&Call::Schema(SchemaId::Wide(7))).0;
    assert_eq!(wide, Outcome::Trouble(Why::NoSuchIds));
}

#[test]
fn what_is_no_answer_is_trouble_of_its_kind() {
    for status in [400, 401, 403, 429, 500, 502, 503] {
        let outcome = answered(Reply::new(status, SCHEMA));
        assert_eq!(outcome, Outcome::Trouble(Why::Status(status)));
    }
    let elsewhere = Reply::new(302, "").header("location: http://127.0.0.1:1/x");
    assert_eq!(answered(elsewhere), Outcome::Trouble(Why::Status(302)));
    let html = answered(Reply::new(200, "<html>"));
    assert_eq!(html, Outcome::Trouble(Why::Unlike("no JSON")));
    let slow = Reply::new(200, SCHEMA).after(Duration::from_millis(700));
    assert_eq!(answered(slow), Outcome::Trouble(Why::TimedOut));
    let large = Reply::new(200, vec![b' '; answer::BYTES_MAX + 1]);
    assert_eq!(answered(large), Outcome::Trouble(Why::TooLarge));
    // More is said than comes.
    let cut = answered(Reply::new(200, SCHEMA).says(1_000));
    assert!(matches!(cut, Outcome::Trouble(_)), "{cut:?}");
    let nowhere = client(&["http://127.0.0.1:1"], None).call(&BY_ID).0;
    assert_eq!(nowhere, Outcome::Trouble(Why::Unreachable));
    let no_host = client(&["http://registry.invalid"], None).call(&BY_ID).0;
    assert!(matches!(
        no_host,
        Outcome::Trouble(Why::NoHost | Why::TimedOut | Why::Unreachable)
    ));
    assert!(is_schema(&answered(Reply::new(200, SCHEMA))));
}

#[test]
fn only_a_registry_says_that_there_is_none() {
    assert_eq!(answered(Reply::new(404, MISSING)), Outcome::Missing);
    // A wrong path, or a proxy that has lost what is behind it.
    let all = answered(Reply::new(404, "default backend"));
    assert_eq!(all, Outcome::Trouble(Why::Status(404)));
    // A registry without this call: whoever sends such ids must not stop a lane.
    let stub = Stub::start(|request: &Request| match request.line.as_str() {
        "GET /schemas/types" => Reply::new(200, r#"["JSON","PROTOBUF","AVRO"]"#),
        _ => Reply::new(404, "no such resource"),
    });
    let guid = Call::Schema(SchemaId::Guid([7; 16]));
    assert_eq!(client(&[&stub.url], None).call(&guid).0, Outcome::Missing);
}

#[test]
fn of_several_addresses_the_last_good_one_comes_first_and_all_must_say_that_there_is_none() {
    let bad = Stub::start(|_| Reply::new(503, ""));
    let none = Stub::start(|_| Reply::new(404, MISSING));
    let good = Stub::start(|_| Reply::new(200, SCHEMA));
    let mut three = client(&[&bad.url, &none.url, &good.url], None);
    let (outcome, url) = three.call(&BY_ID);
    assert!(is_schema(&outcome) && *url == *good.url);
    assert!(is_schema(&three.call(&BY_ID).0));
    let asked = [&bad, &none, &good].map(|stub| stub.requests().len());
    assert_eq!(asked, [1, 1, 2]);
    let (outcome, url) = client(&[&none.url, &bad.url], None).call(&BY_ID);
    assert_eq!(
        (outcome, &*url),
        (Outcome::Trouble(Why::Status(503)), &*bad.url)
    );
    let twice = client(&[&none.url, &none.url], None).call(&BY_ID).0;
    assert_eq!(twice, Outcome::Missing);
}

#[test]
fn a_secret_comes_from_its_file_is_read_again_when_refused_and_never_shown() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("token");
    std::fs::write(&file, format!("{SECRET}\n")).expect("it is written");
    let stub = Stub::start(|request: &Request| match request.authorization.as_deref() {
        Some("Bearer new") | Some("Basic dmVpbDpuZXc=") => Reply::new(200, SCHEMA),
        _ => Reply::new(401, SECRET),
    });
    let bearer = Auth::Bearer {
        token_file: file.clone(),
    };
    let basic = Auth::Basic {
        user: "veil".to_owned(),
        password_file: file.clone(),
    };
    for auth in [bearer, basic] {
        std::fs::write(&file, format!("{SECRET}\r\n")).expect("it is written");
        let mut client = client(&[&stub.url], Some(auth));
        let before = stub.requests().len();
        let (outcome, _) = client.call(&BY_ID);
        assert_eq!(outcome, Outcome::Trouble(Why::Status(401)));
        assert_eq!(
            stub.requests().len(),
            before + 1,
            "the same secret is not sent again"
        );
        std::fs::write(&file, "new\n").expect("it is written");
        assert!(is_schema(&client.call(&BY_ID).0));
        assert!(!format!("{outcome:?}").contains(SECRET));
        std::fs::write(&file, "\n").expect("it is written");
        client.secret = None;
        assert_eq!(client.call(&BY_ID).0, Outcome::Trouble(Why::NoSecret));
    }
    let sent = stub.requests();
    let first = sent[0].authorization.as_deref();
    assert_eq!(first, Some(&*format!("Bearer {SECRET}")));
    std::fs::remove_file(&file).expect("it is there");
    let mut client = client(&[&stub.url], Some(Auth::Bearer { token_file: file }));
    assert_eq!(client.call(&BY_ID).0, Outcome::Trouble(Why::NoSecret));
}

#[test]
#[cfg(not(feature = "tls"))]
fn without_tls_no_address_may_want_it() {
    let access = Access {
        urls: vec!["https://registry".to_owned()],
        ..Access::default()
    };
    assert!(matches!(Client::new(&access), Err(NotUsable::NoTls)));
}

#[test]
#[cfg(feature = "tls")]
fn certificates_are_read_at_once_and_who_has_none_is_not_trusted() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("ca.pem");
    let access = |ca_file| Access {
        urls: vec!["https://registry".to_owned()],
        auth: None,
        ca_file,
    };
    assert!(Client::new(&access(None)).is_ok());
    let nowhere = Client::new(&access(Some(file.clone())));
    assert!(matches!(nowhere, Err(NotUsable::CaFile(_))));
    std::fs::write(&file, "no certificate").expect("it is written");
    let empty = Client::new(&access(Some(file)));
    assert!(matches!(empty, Err(NotUsable::NoCertificate)));
    // What answers there does not speak TLS.
    let stub = Stub::start(|_| Reply::new(200, SCHEMA));
    let url = stub.url.replace("http://", "https://");
    let outcome = client(&[&url], None).call(&BY_ID).0;
    assert!(matches!(
        outcome,
        Outcome::Trouble(Why::Tls | Why::Unreachable | Why::TimedOut)
    ));
}

/// Its ids of two kinds are told from each other on its other API.
#[test]
fn apicurios_own_ids_are_told_from_those_of_texts() {
    const VERSION: &str = r#"{"versions":[{"globalId":12,"contentId":7,"artifactId":"s"}]}"#;
    let stub = Stub::start(|request: &Request| match request.line.as_str() {
        "GET /apis/registry/v3/search/versions?globalId=12"
        | "GET /apis/registry/v3/search/versions?groupId=default&artifactId=s&contentId=7" => {
            Reply::new(200, VERSION)
        }
        "GET /apis/registry/v3/search/versions?globalId=13" => {
            Reply::new(200, r#"{"count":0,"versions":[]}"#)
        }
        "GET /apis/ccompat/v7/schemas/ids/7" => Reply::new(200, SCHEMA),
        "POST /apis/ccompat/v7/subjects/s" => Reply::new(200, r#"{"id":7}"#),
        "POST /apis/ccompat/v7/subjects/t" => Reply::new(200, r#"{"id":8}"#),
        "POST /apis/ccompat/v7/subjects/s/versions" => Reply::new(409, "{}"),
        "GET /apis/registry/v3/search/versions?groupId=default&artifactId=t&contentId=8" => {
            Reply::new(200, r#"{"versions":[]}"#)
        }
        _ => Reply::new(500, ""),
    });
    let base = format!("{}/apis/ccompat/v7", stub.url);
    let mut client = client(&[&base], None).by(SchemaIds::Apicurio);
    let mut call = |call: Call<'_>| client.call(&call).0;
    assert!(is_schema(&call(Call::Schema(SchemaId::Wide(12)))));
    assert!(is_schema(&call(Call::Schema(SchemaId::Content(7)))));
    assert_eq!(call(Call::Schema(SchemaId::Wide(13))), Outcome::Missing);
    assert_eq!(
        call(Call::LookUp("s", Kind::Avro, "\"string\"")),
        Outcome::Id(12)
    );
    assert_eq!(
        call(Call::Register("s", Kind::Avro, "\"string\"")),
        Outcome::Conflict
    );
    // That it has a schema, and no version of it, is no answer.
    let strange = call(Call::LookUp("t", Kind::Avro, "\"string\""));
    assert!(
        matches!(strange, Outcome::Trouble(Why::Unlike(_))),
        "{strange:?}"
    );
}
