//! The path of an address: segment by segment, or as one route of a closed list.

use super::escapes::{decoded, segment};
use super::id::is_id;
use crate::record::overwrite;

/// What stands where an id was.
const ID: &[u8] = b":id";
/// What stands where no route fits.
const OTHER: &[u8] = "/…".as_bytes();

/// How much of the path leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Path {
    /// All of it.
    Keep,
    /// Segments that look like ids become `:id`.
    MaskIds,
    /// Nothing.
    Drop,
    /// The route that it fits, by the most exact one first.
    Routes(Vec<Route>),
}

impl Path {
    /// Appends what leaves. `part` is room to work in. False: it fits no route.
    pub(super) fn write(&self, raw: &str, part: &mut Vec<u8>, out: &mut Vec<u8>) -> bool {
        match self {
            Path::Drop => {}
            Path::Routes(routes) => {
                let route = routes.iter().find(|route| route.fits(raw));
                out.extend_from_slice(route.map_or(OTHER, |r| r.written.as_bytes()));
                return route.is_some();
            }
            Path::Keep | Path::MaskIds => {
                let masks = *self == Path::MaskIds;
                for raw in raw.strip_prefix('/').unwrap_or(raw).split('/') {
                    overwrite::cut(part, 0);
                    part.extend(decoded(raw, false));
                    out.push(b'/');
                    match masks && is_id(part) {
                        true => out.extend_from_slice(ID),
                        false => segment(part, out),
                    }
                }
            }
        }
        true
    }

    /// Most bytes that it makes of nothing.
    pub(super) fn most(&self) -> usize {
        match self {
            Path::Drop => 0,
            Path::Keep | Path::MaskIds => 1 + ID.len(),
            Path::Routes(routes) => {
                let lengths = routes.iter().map(|r| r.written.len());
                lengths.max().unwrap_or(0).max(OTHER.len())
            }
        }
    }
}

/// One route: `/`, `/pricing`, `/p/{}`, `/blog/{}/**`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Route {
    written: String,
    steps: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    /// That segment, in order of what is more exact.
    Word(String),
    /// `{}`: one segment.
    One,
    /// `**`: all that follow, or none.
    Rest,
}

impl Route {
    /// Reads a route.
    ///
    /// # Errors
    /// What it should be.
    pub(super) fn parse(text: &str) -> Result<Route, &'static str> {
        let Some(rest) = text.strip_prefix('/') else {
            return Err("a route begins with `/`");
        };
        let segments: Vec<&str> = match rest {
            "" => Vec::new(),
            rest => rest.split('/').collect(),
        };
        let last = segments.len().saturating_sub(1);
        let mut steps = Vec::with_capacity(segments.len());
        for (at, segment) in segments.into_iter().enumerate() {
            steps.push(match segment {
                "{}" => Step::One,
                "**" if at == last => Step::Rest,
                // Matched as it stands it would fit no page of anybody.
                word if word.starts_with(':') => return Err("one segment is written `{}`"),
                "" => return Err("a route has no empty segment, and none behind its last `/`"),
                word if word.chars().all(is_of_a_word) => Step::Word(word.to_owned()),
                _ => return Err("a segment of a route is a word, `{}`, or `**` at the end"),
            });
        }
        Ok(Route {
            written: text.to_owned(),
            steps,
        })
    }

    /// As the policy spells it.
    pub(super) fn as_str(&self) -> &str {
        &self.written
    }

    /// What is tried first is less: words before `{}`, and `**` last.
    pub(super) fn exactness(&self) -> Vec<u8> {
        let ranks = self.steps.iter().map(|step| match step {
            Step::Word(_) => 0,
            Step::One => 1,
            Step::Rest => 2,
        });
        ranks.collect()
    }

    fn fits(&self, raw: &str) -> bool {
        let raw = raw.strip_prefix('/').unwrap_or(raw);
        // A `/` at the end names the same page.
        let raw = raw
            .strip_suffix('/')
            .filter(|r| !r.is_empty())
            .unwrap_or(raw);
        let mut segments = raw.split('/').filter(|_| !raw.is_empty());
        for step in &self.steps {
            let segment = segments.next();
            match (step, segment) {
                (Step::Rest, _) => return true,
                (Step::One, Some(segment)) if !segment.is_empty() => {}
                (Step::Word(word), Some(segment)) if decoded(segment, false).eq(word.bytes()) => {}
                _ => return false,
            }
        }
        segments.next().is_none()
    }
}

fn is_of_a_word(c: char) -> bool {
    c.is_alphanumeric() || "-._~!$&'()+,;=:@".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(path: &Path, raw: &str) -> String {
        let mut out = Vec::new();
        path.write(raw, &mut Vec::new(), &mut out);
        String::from_utf8(out).unwrap()
    }

    fn routes(list: &[&str]) -> Path {
        let mut routes: Vec<Route> = list.iter().map(|r| Route::parse(r).unwrap()).collect();
        routes.sort_by_cached_key(Route::exactness);
        Path::Routes(routes)
    }

    #[test]
    fn segments_are_decoded_looked_at_and_encoded() {
        for (raw, kept, masked) in [
            ("", "/", "/"),
            ("/", "/", "/"),
            ("/a/b/", "/a/b/", "/a/b/"),
            ("/orders/4711/x", "/orders/4711/x", "/orders/:id/x"),
            ("/%34%37%31%31", "/4711", "/:id"),
            ("/jane%40a.example", "/jane@a.example", "/:id"),
            ("/a%2Fb", "/a%2Fb", "/:id"),
            ("/x/orders%2F4711", "/x/orders%2F4711", "/x/:id"),
            ("/orders%5C4711", "/orders%5C4711", "/:id"),
            ("/u/jo%2540ab.de", "/u/jo%2540ab.de", "/u/:id"),
            ("/%2534%2537%2531%2531", "/%2534%2537%2531%2531", "/:id"),
            ("/100%25", "/100%25", "/100%25"),
            ("/größe", "/gr%C3%B6%C3%9Fe", "/gr%C3%B6%C3%9Fe"),
            ("/%ff", "/%FF", "/:id"),
            ("/a\"b{", "/a%22b%7B", "/a%22b%7B"),
        ] {
            assert_eq!(written(&Path::Keep, raw), kept, "{raw}");
            assert_eq!(written(&Path::MaskIds, raw), masked, "{raw}");
            assert_eq!(written(&Path::Drop, raw), "", "{raw}");
        }
    }

    #[test]
    fn the_most_exact_route_is_written() {
        let path = routes(&[
            "/blog/**",
            "/p/{}",
            "/",
            "/p/new",
            "/blog/{}/comments",
            "/größe",
        ]);
        for (raw, route) in [
            ("", "/"),
            ("/", "/"),
            ("/p/new", "/p/new"),
            ("/p/new/", "/p/new"),
            ("/p/mug", "/p/{}"),
            ("/p/%6eew", "/p/new"),
            ("/p/", "/…"),
            ("/p//", "/…"),
            ("/p/a/b", "/…"),
            ("/blog", "/blog/**"),
            ("/blog/a/b/c", "/blog/**"),
            ("/blog/a/comments", "/blog/{}/comments"),
            ("/gr%C3%B6%C3%9Fe", "/größe"),
            ("/u/jane-doe", "/…"),
            ("/P/mug", "/…"),
            ("//", "/…"),
        ] {
            assert_eq!(written(&path, raw), route, "{raw}");
        }
    }

    #[test]
    fn a_route_that_cannot_be_meant_is_refused() {
        for text in [
            "", "p", "p/{}", "//", "/a/", "/a//b", "/**/a", "/a b", "/{id}", "/a*", "/a?b", "/a#",
            "/a%20", "/{}x",
        ] {
            assert!(Route::parse(text).is_err(), "{text}");
        }
    }
}
