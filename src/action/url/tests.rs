use std::cell::RefCell;

use proptest::prelude::*;

use super::super::Action;
use super::super::testing::{Bench, build, findings, run, view};
use crate::record::Reason;

/// What `{ url: { PARAMETERS } }` makes of a text.
fn of(parameters: &str, text: &str) -> Result<Option<String>, Reason> {
    let json = serde_json::to_string(text).unwrap();
    let out = run(&format!("{{ url: {{ {parameters} }} }}"), &json)?;
    Ok(out.map(|json| serde_json::from_str(&json).unwrap()))
}

#[track_caller]
fn gives(parameters: &str, text: &str, out: &str) {
    assert_eq!(of(parameters, text), Ok(Some(out.to_owned())), "{text}");
}

const ALL: &str = "https://jane:secret@www.Shop.example.co.uk:8443/u/jane-doe/4711?utm_source=news&email=jane%40a.example&gclid=Cj0K#/cart/4711?token=1";

#[test]
fn only_what_is_named_leaves() {
    gives("", ALL, "https://example.co.uk/u/jane-doe/:id");
    gives("path: drop", ALL, "https://example.co.uk");
    gives(
        "host: keep, port: keep, path: keep",
        ALL,
        "https://www.shop.example.co.uk:8443/u/jane-doe/4711",
    );
    gives("host: drop", ALL, "/u/jane-doe/:id");
    gives(
        "host: keep, fragment: keep",
        ALL,
        "https://www.shop.example.co.uk/u/jane-doe/:id#/cart/:id",
    );
    gives(
        r#"routes: ["/u/{}/{}", "/cart/{}"], fragment: keep"#,
        ALL,
        "https://example.co.uk/u/{}/{}#/cart/{}",
    );
    gives("routes: [/]", ALL, "https://example.co.uk/…");
    gives(
        "query: [utm_source, email, gclid, absent], path: drop",
        ALL,
        "https://example.co.uk?utm_source=news&gclid=Cj0K",
    );
    assert_eq!(of("host: drop, path: drop, query: [absent]", ALL), Ok(None));
}

#[test]
fn a_fragment_that_is_no_route_stays_behind() {
    for (fragment, left) in [
        ("top", ""),
        ("access_token=abc", ""),
        ("/", "#/"),
        ("!/cart", "#/cart"),
        ("/a?b=c", "#/a"),
        ("/token=abc", "#/:id"),
    ] {
        let text = format!("https://a.example/#{fragment}");
        gives(
            "fragment: keep",
            &text,
            &format!("https://a.example/{left}"),
        );
    }
}

#[test]
fn parameters_are_decoded_looked_at_and_encoded() {
    let listed = "path: drop, query: [q]";
    for (query, left) in [
        ("q=news", "?q=news"),
        ("%71=n%65ws", "?q=news"),
        ("q=first&q=second", "?q=first"),
        ("q=4711&q=second", ""),
        ("q=jane+doe", ""),
        ("q=jane%40a.example", ""),
        ("q=%ff", ""),
        ("q", ""),
        ("q=", ""),
        ("Q=news", ""),
        ("&&x=1&q=a~b", "?q=a~b"),
        ("", ""),
    ] {
        let text = format!("https://a.example/?{query}");
        gives(listed, &text, &format!("https://a.example{left}"));
    }
    let kept = "path: drop, query: { 'a b': keep, q: { generalize: { prefix: 3 } } }";
    gives(
        kept,
        "https://a.example/?a+b=%26%3D%23+%C3%A9&q=abcdef",
        "https://a.example?a%20b=%26%3D%23%20%C3%A9&q=abc",
    );
}

#[test]
fn an_action_inside_decides_over_its_parameter() {
    let one_of = "path: drop, query: { q: { keep: { one_of: [news] } } }";
    let text = "https://a.example/?q=other";
    assert_eq!(of(one_of, text), Err(Reason::NotForeseen));
    let dropped = "path: drop, query: { q: { keep: { one_of: [news] }, on_error: drop_field } }";
    gives(dropped, text, "https://a.example");
    gives(dropped, "https://a.example/?q=%ff", "https://a.example");
    let no_text = "https://a.example/?q=%ff";
    assert_eq!(of(one_of, no_text), Err(Reason::BadIdentifier));
    gives("path: drop, query: { q: drop }", text, "https://a.example");
    gives(
        "path: drop, query: { q: { replace: { with: true } } }",
        text,
        "https://a.example?q=true",
    );
    gives(
        "path: drop, query: { q: { replace: { with: null } } }",
        text,
        "https://a.example",
    );
}

/// The code in a query is the code of the same text in a field of its own, however
/// many stand in one address and however often the buffers are used again.
#[test]
fn a_code_inside_is_the_code_of_the_text() {
    let code = |text: &str| {
        let json = run(
            "{ pseudonymize: { key: people, normalize: text, epoch: none } }",
            &format!("{text:?}"),
        );
        serde_json::from_str::<String>(&json.unwrap().unwrap()).unwrap()
    };
    let inner = "{ pseudonymize: { key: people, normalize: text, epoch: none } }";
    let action = build(&format!(
        "{{ url: {{ host: drop, path: drop, query: {{ a: {inner}, b: {inner} }} }} }}"
    ));
    let mut bench = Bench::default();
    for (a, b) in [("u-1", "u-2"), ("u-2", "u-1"), ("x", "x")] {
        let json = format!("\"http://a.example/?a={a}&b={b}\"");
        bench.apply(action.as_ref(), view(&json)).unwrap();
        assert!(bench.jobs.is_empty(), "nothing is put off");
        let made = bench.take(action.as_ref()).unwrap();
        assert_eq!(made, format!("\"?a={}&b={}\"", code(a), code(b)));
    }
}

#[test]
fn an_action_may_stand_in_an_action_in_an_action() {
    let inner = "{ url: { host: drop, path: drop, query: { q: { replace: { with: x } } } } }";
    let parameters = format!("host: drop, path: drop, query: {{ next: {inner} }}");
    gives(
        &parameters,
        "http://a.example/?next=http%3A%2F%2Fb.example%2F%3Fq%3Djane%26p%3Ddoe",
        "?next=%3Fq%3Dx",
    );
}

#[test]
fn what_is_no_address_is_refused() {
    assert_eq!(run("{ url: {} }", "null"), Ok(Some("null".into())));
    for json in [
        "1",
        "true",
        "[]",
        "{}",
        r#"["https://a.example"]"#,
        "-0",
        "1e5",
    ] {
        assert_eq!(run("{ url: {} }", json), Err(Reason::WrongType), "{json}");
    }
    let long = format!("https://a.example/{}", "a".repeat(1 << 20));
    gives("", &long, "https://a.example/:id");
    for blank in ["", " ", "\t\r\n"] {
        assert_eq!(of("", blank), Ok(None), "{blank:?}");
    }
    for text in [
        "\u{a0}",
        "unknown",
        "0",
        "-0",
        "2026-02-31",
        "https://",
        "https://a.example/😀 x",
        "https://\u{200f}a.example/",
        "https://٣.example.٤/",
        "https://a.example/\u{2028}",
        "https://203.0.113.7/a",
        "https://[2001:db8::1]/a",
        "https://localhost/a",
        "https://co.uk/a",
        "//a.example/a",
        "/a",
        "javascript:alert(1)",
        "ftp://a.example",
    ] {
        assert_eq!(of("", text), Err(Reason::BadIdentifier), "{text:?}");
    }
    // Half an emoji never comes so far; a whole one is a word of a path.
    gives("", "https://a.example/😀", "https://a.example/%F0%9F%98%80");
    gives(
        "",
        "https://a.example/\u{200f}x",
        "https://a.example/%E2%80%8Fx",
    );
    assert_eq!(
        run("{ url: {} }", r#""https:\/\/a.example\/a""#),
        Ok(Some(r#""https://a.example/a""#.into()))
    );
}

#[test]
fn a_relative_address_is_taken_where_it_is_said() {
    let relative = "relative: true, query: [ref]";
    gives(relative, "/p/4711?ref=ad#x", "/p/:id?ref=ad");
    gives(relative, "?ref=ad", "?ref=ad");
    gives(relative, "https://www.a.example/p", "https://a.example/p");
    for text in ["//a.example/p", "p/4711", "#/p"] {
        assert_eq!(of(relative, text), Err(Reason::BadIdentifier), "{text}");
    }
}

#[test]
fn wrong_parameters_are_findings() {
    for (parameters, codes) in [
        ("host: all", &["V0004"][..]),
        ("path: some", &["V0004"]),
        ("path: keep, routes: [/]", &["V0302"]),
        ("routes: []", &["V0007"]),
        ("routes: [p, /a/]", &["V0007", "V0007"]),
        ("routes: [\"/p/:id\"]", &["V0007"]),
        ("routes: [/a, /a]", &["V0003"]),
        ("routes: /a", &["V0006"]),
        ("routes: [[/a]]", &["V0007"]),
        ("query: utm_source", &["V0006"]),
        ("query: []", &["V0007"]),
        ("query: {}", &["V0007"]),
        ("query: [utm_*]", &["V0007"]),
        ("query: [a, a]", &["V0003"]),
        ("path: drop, fragment: keep", &["V0302"]),
        ("host: drop, port: keep", &["V0302"]),
        ("host: drop, path: drop", &["V0302"]),
        ("relative: yes", &["V0006"]),
        ("query: { a: { keep: { max_chars: 0 } } }", &["V0007"]),
    ] {
        let policy = format!("{{ url: {{ {parameters} }} }}");
        assert_eq!(findings(&policy), codes, "{parameters}");
    }
    let many: Vec<String> = (0..65).map(|n| format!("p{n}")).collect();
    let many = format!("{{ url: {{ query: [{}] }} }}", many.join(", "));
    assert_eq!(findings(&many), ["V0007"]);
}

/// Addresses as they come, and almost addresses.
fn address() -> impl Strategy<Value = String> {
    let host = "(www[.])?[a-z]{1,6}([.][a-z]{1,4}){0,2}([.]example|[.]com|[.]co[.]uk)";
    let segment = "[a-z0-9@%é_.~-]{0,9}";
    let path = proptest::collection::vec(segment, 0..4).prop_map(|s| s.join("/"));
    let query = proptest::collection::vec("[a-cq]{1,2}=[A-Za-z0-9+@:/ü.-]{0,6}", 0..4)
        .prop_map(|p| p.join("&"));
    let user = "([a-z]{1,3}(:[a-z]{0,3})?@)?";
    (
        user,
        host,
        "(:[0-9]{1,4})?",
        path,
        query,
        "(#[/a-z?=]{0,6})?",
    )
        .prop_map(|(user, host, port, path, query, fragment)| {
            let path = path.replace('%', "%2f");
            format!("https://{user}{host}{port}/{path}?{query}{fragment}")
        })
}

/// An action that is built once, for many texts.
struct Cutter(Box<dyn Action>, Bench);

impl Cutter {
    fn new(parameters: &str) -> Cutter {
        let action = build(&format!("{{ url: {{ {parameters} }} }}"));
        Cutter(action, Bench::default())
    }

    fn of(&mut self, text: &str) -> Result<Option<String>, Reason> {
        let json = serde_json::to_string(text).unwrap();
        let applied = self.1.apply(self.0.as_ref(), view(&json));
        let made = self.1.take(self.0.as_ref());
        applied.map(|()| made.map(|json| serde_json::from_str(&json).unwrap()))
    }
}

thread_local! {
    static UNNAMED: RefCell<Cutter> = RefCell::new(Cutter::new("host: keep, query: [q]"));
    static ANY: RefCell<Cutter> = RefCell::new(Cutter::new(
        "host: keep, relative: true, query: { q: keep }, fragment: keep",
    ));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    /// What leaves has no part that the policy does not name, as another parser
    /// reads it; and cut down once more it stays.
    #[test]
    fn what_leaves_holds_nothing_unnamed(text in address()) {
        let of = |text: &str| UNNAMED.with_borrow_mut(|cutter| cutter.of(text));
        let Ok(Some(made)) = of(&text) else {
            return Err(TestCaseError::fail(text));
        };
        let (before, after) = (::url::Url::parse(&text).unwrap(), ::url::Url::parse(&made).unwrap());
        prop_assert_eq!(after.host_str(), before.host_str());
        prop_assert_eq!((after.username(), after.password()), ("", None));
        prop_assert_eq!((after.port(), after.fragment()), (None, None));
        let first = before.query_pairs().find(|(name, _)| name == "q");
        let pairs: Vec<_> = after.query_pairs().collect();
        prop_assert!(pairs.len() <= 1);
        if let [(name, value)] = &pairs[..] {
            prop_assert_eq!(name, "q");
            let first = first.map(|(_, v)| v.into_owned());
            prop_assert_eq!(Some(&**value), first.as_deref());
        }
        prop_assert_eq!(of(&made), Ok(Some(made.clone())), "{}", made);
    }

    #[test]
    fn any_text_is_an_address_or_refused(text in "\\PC{0,40}", more in "(https?://)?[a-z@:/?#%&.=0-9\\[\\]]{0,30}") {
        for text in [&text, &more] {
            let of = |text: &str| ANY.with_borrow_mut(|cutter| cutter.of(text));
            if let Ok(Some(made)) = of(text) {
                prop_assert_eq!(of(&made), Ok(Some(made)));
            }
        }
    }
}
