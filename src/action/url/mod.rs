//! `url`: an address cut down to the parts that are listed.

mod click_ids;
mod escapes;
mod host;
mod id;
mod parts;
mod path;
mod query;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use self::click_ids::is_click_id;
use self::host::Host;
use self::parts::{Parts, is_blank};
use self::path::{Path, Route};
use self::query::{NAMES_MAX, Parameter};
use super::aside::{Aside, Room};
use super::held::{self, Held, Inside, Nested};
use super::{
    Action, ActionDef, Cx, Degree, Example, Facts, Gives, Growth, IsoClass, Kinds, Narrow,
    NotBuilt, Passing, Reveals, Says, Setting, Site, Spec, Type, param,
};
use crate::action::characters::Characters;
use crate::language::codes;
use crate::language::finding::Span;
use crate::language::mapping::Mapping;
use crate::language::shape::{Shape, Takes, word};
use crate::language::written::{Kind, Node};
use crate::record::Reason;
use crate::record::overwrite;
use crate::record::value::{Applied, Out, View};
use crate::record::{Note, Notes};

/// The definition.
pub(crate) const URL: ActionDef = ActionDef {
    name: "url",
    summary: "Cuts an address down to the parts that are listed.",
    doc: DOC,
    iso: IsoClass::Generalization,
    leaks: "Which site was visited, and by page or route what was looked at there; with `path: keep` or `mask_ids` every word that stands in the path, names of persons too (`/u/jane-doe`). A registrable domain can be that of one person, or be one person's part of a shared host (`jane.github.io`). The parameters that are named, each as its action lets it out.",
    reversible: "no; with actions in `query`, these parameters as by their actions",
    examples: &[
        Example {
            policy: r#"{ url: { routes: [/, /pricing, "/p/{}"], query: [utm_source] } }"#,
            input: r#""https://jane:pw@shop.example.com:8443/p/mug-4711?utm_source=news&email=jane%40a.example#top""#,
            output: Some(r#""https://example.com/p/{}?utm_source=news""#),
        },
        Example {
            policy: "{ url: { host: keep, query: { utm_source: { keep: { one_of: [news, ads] } } } } }",
            input: r#""https://Shop.example/orders/4711?gclid=Cj0K&utm_source=ads""#,
            output: Some(r#""https://shop.example/orders/:id?utm_source=ads""#),
        },
        Example {
            policy: "{ url: { relative: true, path: drop, host: drop, query: [utm_campaign] } }",
            input: r#""/products/mug?utm_campaign=spring&ref=jane""#,
            output: Some(r#""?utm_campaign=spring""#),
        },
    ],
    shape: &Shape {
        name: "url",
        words: &[
            word(
                "host",
                Takes::OneOf(&["psl", "keep", "drop"]),
                "`psl`: the registrable domain by the Public Suffix List of this build, `example.co.uk`; `drop`: the address becomes a relative one.",
            )
            .default("psl"),
            word(
                "path",
                Takes::OneOf(&["mask_ids", "keep", "drop"]),
                "`mask_ids`: segments that look like ids become `:id`, words stay.",
            )
            .default("mask_ids"),
            word(
                "routes",
                Takes::List(&Takes::Text),
                "Instead of `path`: the closed list of what leaves, `/p/{}` with `{}` for one segment and `**` for all that follow; the most exact one that fits is written as it stands here, `/…` where none does.",
            ),
            word(
                "query",
                Takes::Either(&Takes::List(&Takes::Text), &Takes::MapOf(&Takes::FieldValue)),
                "The parameters that leave. A list: those whose values are short words and no ids; else NAME → field value, for the decoded value as text.",
            )
            .default("none"),
            word(
                "fragment",
                Takes::OneOf(&["drop", "keep"]),
                "`keep`: one that is a route (`#/cart`) is treated as the path is.",
            )
            .default("drop"),
            word(
                "port",
                Takes::OneOf(&["drop", "keep"]),
                "`keep`: the port leaves with the host.",
            )
            .default("drop"),
            word(
                "relative",
                Takes::Boolean,
                "Takes a path and a query without a host too: `/p/mug?ref=1`.",
            )
            .default("false"),
        ],
    },
    parse,
    bare: None,
};

const DOC: &str = "Takes text; anything else but `null`, which stays `null`, is refused with `wrong_type`. An address of `http` or `https`, with `relative: true` also a path (`/a?b`) or a query alone; blanks around it are dropped, and a text of nothing else is absent, as a page without a referrer has it. What leaves is put together anew from parts that were read, so nothing unread passes: another scheme, a control character, a blank inside, `\\`, a `%` without two hexadecimal digits, a host that is no name of 1 to 63 characters a label (in other scripts by UTS 46, and written `xn--…`), or that is an IP address in any spelling, is `bad_identifier`, also where the host does not leave. Under `host: psl` so is a host of one label or one that is a public suffix itself. Who the visitor says he is (`user:password@`) never leaves. A segment is an id, after decoding, when it is of digits alone, 4 or more; a UUID; 8 hexadecimal digits or more with a digit among them; 16 characters or more with letters and digits; 20 or more in capitals and small letters; longer than 64; when it holds `@`, `;`, `=` or `&`; when it holds `/`, `\\` or still an escape (`%2540`), so that it would be read as other segments than were looked at; when it is no text; or when it holds what a check digit or its syntax tells of persons and machines (card, IBAN, numbers of persons, telephone numbers with `+`, IP and MAC addresses). Of a parameter that comes twice the first counts. Names and values are decoded (`+` is a blank), and what leaves is encoded anew. In a list, a value leaves that is of 1 to 64 letters, digits, `.`, `_`, `~`, `-`, and no id; else the parameter is missing. An action inside may say `on_error: drop_field`: then the parameter is missing; such a one is not counted apart. A fragment leaves only with `fragment: keep`, when it begins with `/` or `!/`, up to its first `?`. Where nothing is left the field is absent.";

struct Url {
    cut: Cut,
    query: Vec<Named>,
}

/// What is left of an address, its query aside.
#[derive(Clone)]
struct Cut {
    host: Host,
    path: Path,
    fragment: bool,
    port: bool,
    relative: bool,
}

/// A parameter as the policy names it.
struct Named {
    name: String,
    /// Its field value; `None` in a list.
    node: Option<Node>,
    /// What was read of that.
    held: Option<Held>,
}

fn parse(mapping: &mut Mapping<'_, '_>) -> Option<Box<dyn Spec>> {
    let before = mapping.findings.errors();
    let host = match mapping.one_of("host") {
        Some("keep") => Host::Keep,
        Some("drop") => Host::Drop,
        _ => Host::Psl,
    };
    let routes = routes(mapping);
    let path = match (mapping.one_of("path"), routes) {
        (_, Some(routes)) => Path::Routes(routes),
        (Some("keep"), _) => Path::Keep,
        (Some("drop"), _) => Path::Drop,
        _ => Path::MaskIds,
    };
    param::not_together(
        mapping,
        "path",
        "routes",
        "`routes` says what becomes of the path",
    );
    let query = parameters(mapping);
    let cut = Cut {
        host,
        fragment: mapping.one_of("fragment") == Some("keep"),
        port: mapping.one_of("port") == Some("keep"),
        relative: mapping.boolean("relative").unwrap_or(false),
        path,
    };
    if cut.fragment && cut.path == Path::Drop {
        param::not_together(
            mapping,
            "path",
            "fragment",
            "a fragment is treated as the path is, which is dropped",
        );
    }
    if cut.port && cut.host == Host::Drop {
        param::not_together(mapping, "host", "port", "there is no port without a host");
    }
    if cut.host == Host::Drop && cut.path == Path::Drop && !mapping.has("query") {
        let span = mapping.span;
        mapping
            .findings
            .error(codes::NOT_TOGETHER, span, "nothing is left of the address")
            .help("write `drop`, or name a part that leaves");
    }
    (mapping.findings.errors() == before).then(|| Box::new(Url { cut, query }) as Box<dyn Spec>)
}

fn routes(mapping: &mut Mapping<'_, '_>) -> Option<Vec<Route>> {
    if !mapping.has("routes") {
        return None;
    }
    let mut routes: Vec<(Route, Span)> = Vec::new();
    for node in mapping.items("routes") {
        let (text, span) = (node.scalar().unwrap_or_default(), node.span);
        let found = &mut mapping.findings;
        match Route::parse(text) {
            Err(why) => {
                // What is no text begins with nothing.
                found
                    .error(codes::OUT_OF_RANGE, span, format!("`{text}`: {why}"))
                    .help("write `/`, `/pricing`, `/p/{}` or `/blog/**`");
            }
            Ok(route) if routes.iter().any(|(other, _)| *other == route) => {
                found
                    .error(
                        codes::DUPLICATE_NAME,
                        span,
                        format!("`{text}` stands twice in `routes`"),
                    )
                    .help("remove one");
            }
            Ok(route) => routes.push((route, span)),
        }
    }
    let mut routes: Vec<Route> = routes.into_iter().map(|(route, _)| route).collect();
    routes.sort_by_cached_key(Route::exactness);
    Some(routes)
}

fn parameters(mapping: &mut Mapping<'_, '_>) -> Vec<Named> {
    let Some(node) = mapping.node("query") else {
        return Vec::new();
    };
    let mut named: Vec<Named> = Vec::new();
    match &node.kind {
        Kind::Scalar { .. } => {
            mapping
                .findings
                .error(
                    codes::WRONG_KIND,
                    node.span,
                    format!(
                        "`query` must be a list or a mapping, found {}",
                        node.kind_name()
                    ),
                )
                .help("write `query: [utm_source]`, or `query: { utm_source: ACTION }`");
        }
        Kind::List(_) => {
            for (name, span) in mapping.texts("query") {
                if name.contains('*') {
                    mapping
                        .findings
                        .error(
                            codes::OUT_OF_RANGE,
                            span,
                            format!("`{name}` is the name of no parameter: a name stands whole"),
                        )
                        .help("write each name: `query: [utm_source, utm_medium]`");
                }
                if named.iter().any(|n| n.name == name) {
                    mapping.findings.error(
                        codes::DUPLICATE_NAME,
                        span,
                        format!("`{name}` stands twice in `query`"),
                    );
                }
                named.push(Named {
                    name: name.to_owned(),
                    node: None,
                    held: None,
                });
            }
        }
        Kind::Map(members) => {
            if members.is_empty() {
                mapping
                    .findings
                    .error(codes::OUT_OF_RANGE, node.span, "`query` names no parameter")
                    .help("name at least one, or remove the word");
            }
            named.extend(members.iter().map(|m| Named {
                name: m.name.clone(),
                node: Some(m.value.clone()),
                held: None,
            }));
        }
    }
    if named.len() > NAMES_MAX {
        mapping
            .findings
            .error(
                codes::OUT_OF_RANGE,
                node.span,
                format!("`query` names more than {NAMES_MAX} parameters"),
            )
            .help("name fewer");
    }
    named
}

impl Url {
    fn held(&self) -> impl Iterator<Item = (&str, &Held)> {
        let named = self.query.iter();
        named.filter_map(|n| Some((n.name.as_str(), n.held.as_ref()?)))
    }
}

impl Spec for Url {
    fn inside(&self) -> Vec<Inside<'_>> {
        let nodes = self.query.iter().filter_map(|n| n.node.as_ref());
        nodes.map(|node| Inside { node }).collect()
    }

    fn hold(&mut self, held: Vec<Held>) {
        let named = self.query.iter_mut().filter(|n| n.node.is_some());
        for (named, held) in named.zip(held) {
            named.held = Some(held);
        }
    }

    fn nested(&self) -> Vec<Nested<'_>> {
        self.held().map(|(name, held)| held.named(name)).collect()
    }

    fn facts(&self) -> Facts {
        let words = matches!(self.cut.path, Path::Keep | Path::MaskIds);
        let clicks = self.query.iter().filter(|n| {
            let keeps = n.held.as_ref().is_none_or(|h| h.spec.facts().clear);
            keeps && is_click_id(&n.name)
        });
        // Anything of which an address is put together anew, and what stands for its parts.
        let routes = match &self.cut.path {
            Path::Routes(routes) => routes.iter().map(Route::as_str).collect(),
            _ => String::new(),
        };
        let has_routes = matches!(self.cut.path, Path::Routes(_));
        let inner = self.held().map(|(_, held)| held.spec.facts().notes);
        let own = Characters::from_iter(('0'..='9').chain('A'..='Z').chain('a'..='z'));
        let own = own.with("-._~!$&'()*+,;=:@/?#%[]…").with(&routes);
        Facts {
            writes: own,
            clear: true,
            toothless: words
                .then_some("`routes: [/, \"/p/{}\"]`, the closed list of pages; or `path: drop`"),
            click_ids: clicks.map(|n| n.name.clone()).collect(),
            notes: inner.fold(Notes::other_if(has_routes), Notes::and),
            ..Facts::default()
        }
    }

    fn grows(&self) -> Growth {
        // Every byte may be written as an escape of three; a host in another script in
        // ASCII, of 253 characters at most.
        let inner = self.held().map(|(_, held)| {
            let grows = held.spec.grows();
            let constant = u32::try_from(held.if_refused.bytes()).unwrap_or(u32::MAX);
            (grows.for_three, grows.for_each.saturating_add(constant))
        });
        let (three, each) = inner.fold((0_u32, 0_u32), |(three, each), (t, e)| {
            (three.max(t), each.saturating_add(e))
        });
        let name = |n: &Named| 3 * n.name.len() + 2;
        let names: usize = self.query.iter().map(name).sum();
        let own = 253 + self.cut.path.most() * (1 + usize::from(self.cut.fragment)) + names;
        let own = Growth::by(own).for_each;
        Growth {
            for_three: three.saturating_mul(3).saturating_add(6),
            for_each: own.saturating_add(each.saturating_mul(3)),
        }
    }

    fn reveals(&self) -> Reveals {
        let host = match self.cut.host {
            Host::Drop => 0,
            Host::Psl => 1,
            Host::Keep => 2,
        };
        let set = |routes: &[Route]| {
            let texts = routes.iter().map(|r| r.as_str().to_owned());
            texts.collect::<BTreeSet<String>>()
        };
        let (path, routes) = match &self.cut.path {
            Path::Drop => (0, Some(BTreeSet::new())),
            Path::Routes(routes) => (1, Some(set(routes))),
            Path::MaskIds => (2, None),
            Path::Keep => (3, None),
        };
        let of = |listed: bool| {
            let named = self.query.iter().filter(|n| n.node.is_none() == listed);
            named.map(|n| n.name.clone()).collect::<BTreeSet<String>>()
        };
        let refused = self
            .held()
            .map(|(name, held)| format!("{name}: {}", held.if_refused.said()));
        Reveals::of(Degree::Portion)
            .of_values(Passing::some_of(Kinds::Texts))
            .with("host", Setting::Amount(Some(host)))
            .with("path", Setting::Amount(Some(path)))
            .with("routes", Setting::Only(routes))
            .spelled(&["query"], Setting::Also(of(true)))
            .with("query with actions", Setting::Also(of(false)))
            .with("fragment", Setting::Switch(self.cut.fragment))
            .with("port", Setting::Switch(self.cut.port))
            .with("relative", Setting::Switch(self.cut.relative))
            .with(
                "on_error inside",
                Setting::Choice(refused.collect::<Vec<_>>().join(", ")),
            )
    }

    fn narrow(&self) -> Narrow {
        Narrow::no_words()
    }

    fn gives(&self, from: Type) -> Option<Gives> {
        match from {
            Type::Null => Gives::one(from),
            Type::Text => Gives::maybe(from),
            _ => None,
        }
    }

    fn says(&self, domain: &str) -> Says {
        let host = match self.cut.host {
            Host::Psl => Some("the registrable domain"),
            Host::Keep => Some("the host"),
            Host::Drop => None,
        };
        let port = self.cut.port.then_some("the port");
        let path = match &self.cut.path {
            Path::Keep => Some("the path".to_owned()),
            Path::MaskIds => Some("the path, `:id` where a segment looks like an id".to_owned()),
            Path::Drop => None,
            Path::Routes(_) => {
                Some("the route that the path fits, `/…` where none does".to_owned())
            }
        };
        let fragment = self
            .cut
            .fragment
            .then_some("a fragment that is a route, treated so too");
        let query = self.query.iter().map(|n| match &n.held {
            None => format!("`{}` if it is a short word and no id", n.name),
            Some(held) => format!("`{}`: {}", n.name, held.spec.says(domain).what),
        });
        let query: Vec<String> = query.collect();
        let query = (!query.is_empty()).then(|| format!("of the query {}", query.join(", ")));
        let parts = host.into_iter().chain(port).map(str::to_owned);
        let parts = parts
            .chain(path)
            .chain(fragment.map(str::to_owned))
            .chain(query);
        let bins = match &self.cut.path {
            Path::Routes(routes) => {
                let mut list: Vec<&str> = routes.iter().map(Route::as_str).collect();
                list.sort_unstable();
                Some(list.join(", "))
            }
            _ => None,
        };
        Says {
            what: format!("of the address: {}", parts.collect::<Vec<_>>().join("; ")),
            bins,
            ..Says::default()
        }
    }

    fn build(&self, site: &Site<'_>) -> Result<Box<dyn Action>, NotBuilt> {
        let mut made = site.nested.take().into_iter();
        let parameters = self.query.iter().map(|n| Parameter {
            name: n.name.clone(),
            inner: n.held.as_ref().map(|held| {
                let action = made.next().expect("each that is held was built before");
                held.made(action)
            }),
        });
        Ok(Box::new(Made {
            query: parameters.collect(),
            cut: self.cut.clone(),
        }))
    }
}

struct Made {
    cut: Cut,
    query: Vec<Parameter>,
}

impl Made {
    fn write(
        &self,
        text: &str,
        aside: (&mut Vec<u8>, &mut Vec<u8>, &mut Room),
        cx: &mut Cx<'_>,
    ) -> Applied {
        let (out, part, room) = aside;
        overwrite::cut(out, 0);
        // A page without a referrer says so with an empty text.
        if is_blank(text) {
            return Ok(());
        }
        let parts = Parts::of(text, self.cut.relative).ok_or(Reason::BadIdentifier)?;
        if let Some(site) = &parts.site {
            let leaves = self.cut.host != Host::Drop;
            if leaves {
                out.extend_from_slice(site.scheme.as_bytes());
                out.extend_from_slice(b"://");
            }
            let host = self.cut.host.write(site.host, out);
            host.ok_or(Reason::BadIdentifier)?;
            if leaves && self.cut.port && !site.port.is_empty() {
                out.push(b':');
                out.extend_from_slice(site.port.as_bytes());
            }
        }
        // A query alone has no path.
        if parts.site.is_some() || !parts.path.is_empty() {
            self.path(parts.path, (part, out), cx);
        }
        query::write(&self.query, parts.query, out, (part, room), cx)?;
        // A fragment alone is no address.
        if self.cut.fragment && !out.is_empty() {
            self.fragment(parts.fragment, (part, out), cx);
        }
        Ok(())
    }

    fn path(&self, raw: &str, (part, out): (&mut Vec<u8>, &mut Vec<u8>), cx: &mut Cx<'_>) {
        if !self.cut.path.write(raw, part, out) {
            cx.note(Note::Other);
        }
    }

    fn fragment(&self, fragment: &str, (part, out): (&mut Vec<u8>, &mut Vec<u8>), cx: &mut Cx<'_>) {
        let (fragment, _) = fragment.split_once('?').unwrap_or((fragment, ""));
        let route = fragment.strip_prefix('!').unwrap_or(fragment);
        if route.starts_with('/') {
            out.push(b'#');
            self.path(route, (part, out), cx);
        }
    }
}

impl Action for Made {
    fn parts(&self) -> Vec<(String, &dyn Action)> {
        let named = self.query.iter();
        let inner = named.filter_map(|p| Some((format!("url.{}", p.name), p.inner.as_ref()?)));
        inner
            .flat_map(|(word, inner)| inner.parts_under(&word))
            .collect()
    }

    fn apply(&self, view: View<'_>, out: &mut dyn Out, cx: &mut Cx<'_>) -> Applied {
        match view {
            View::Null => {
                out.null();
                Ok(())
            }
            View::Text(text) => held::aside(cx, |cx, aside| {
                let Aside {
                    text: chars,
                    made,
                    part,
                    room,
                } = aside;
                self.write(text.chars_in(chars), (made, part, room), cx)?;
                if !made.is_empty() {
                    out.text(std::str::from_utf8(made).expect("put together from texts"));
                }
                Ok(())
            }),
            _ => Err(Reason::WrongType),
        }
    }
}
