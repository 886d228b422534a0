//! The reference pages of the language, made from the lists that the reader
//! uses.

use std::fmt::Write;

use super::grammar;
use crate::action::ACTIONS;
use crate::categories;
use crate::language::codes;
use crate::language::shape::{Shape, Takes, Word};

const NOTE: &str =
    "<!-- Generated from the source; `VEIL_UPDATE=1 cargo test` writes it anew. -->\n\n";

/// `docs/reference/policy.md`: every word of the language.
fn policy_page() -> String {
    let mut page = format!("# The words of a policy\n\n{NOTE}");
    page.push_str(
        "Words marked *later* are known to the language and refused by this version \
         (`V0001`), never ignored. A list that is written names something: an empty one is \
         refused (`V0007`) but where the table says that it may be `[]`. The words of the actions are in [actions.md](actions.md), \
         what `veil check` says in [findings.md](findings.md).\n",
    );
    page.push_str(PATHS);
    page.push_str(CONDITIONS);
    page.push_str(APART);
    for (path, shape) in grammar::ALL {
        let title = if path.is_empty() {
            "The whole file".to_owned()
        } else {
            format!("`{path}`")
        };
        let _ = write!(page, "\n## {title}\n\n");
        table(&mut page, shape);
    }
    page.push_str(&classes());
    page.push_str(&purposes());
    page.push_str(&countries());
    page.push_str("\n## Actions\n\n| action | in a field value | what it does |\n|---|---|---|\n");
    for def in ACTIONS {
        let bare = if def.bare.is_some() {
            format!("`{0}` or `{{ {0}: {{ … }} }}`", def.name)
        } else {
            format!("`{{ {}: {{ … }} }}`", def.name)
        };
        let _ = writeln!(
            page,
            "| [`{0}`](actions.md#{0}) | {bare} | {1} |",
            def.name,
            cell(def.summary)
        );
    }
    page
}

/// What countries are to a transfer, as `recipients` and `regions` know them.
fn countries() -> String {
    use crate::countries::{AS_OF, Standing, all};
    let of = |standing| {
        let some = all().filter(|country| country.standing() == standing);
        let codes: Vec<String> = some.map(|country| format!("`{country}`")).collect();
        codes.join(", ")
    };
    format!(
        "\n## Countries\n\n\
         What a country is to who sends personal data from the European Economic Area, as of \
         {AS_OF}: a decision that was made, ended or annulled since is not in this version. Codes \
         are those of ISO 3166-1; every other country is a third country, and a recipient there \
         needs a `mechanism` of its own (`V0230`).\n\n\
         | | |\n|---|---|\n\
         | `eea`: the states of the area, and their parts that have codes of their own | {} |\n\
         | adequate: a decision of the Commission covers every recipient (GDPR article 45) | {} |\n\
         | adequate in part: it covers some, and `mechanism: adequacy` says that the recipient is one | {} |\n",
        of(Standing::Eea),
        of(Standing::Adequate),
        of(Standing::AdequateInPart),
    )
}

/// The closed list of classes, with where it comes from.
fn classes() -> String {
    let quoted: Vec<String> = categories::categories().map(|c| format!("`{c}`")).collect();
    let earlier: Vec<String> = categories::EARLIER
        .iter()
        .map(|c| format!("`{c}`"))
        .collect();
    format!(
        "\n## Classes\n\n\
         What a field is, in `classes.fields` and `classes.types`: `none`, or a data category of \
         [fideslang](https://github.com/ethyca/fideslang) {} (copyright Ethyca, Inc., \
         [CC-BY-4.0](https://creativecommons.org/licenses/by/4.0/); the keys alone are taken over). \
         Another word draws a warning (`V0225`; an error once `sensitive` is written), since the linter knows nothing of it. Classes of \
         your own stand below a prefix that is declared: \
         `classes: {{ own: acme, fields: {{ tier: acme.loyalty.tier }} }}`.\n\n{}\n\n\
         Of earlier versions, known still: {}.\n",
        categories::VERSION,
        quoted.join(" · "),
        earlier.join(" · "),
    )
}

/// The closed list of purposes.
fn purposes() -> String {
    let quoted: Vec<String> = categories::uses().map(|u| format!("`{u}`")).collect();
    format!(
        "\n## Purposes\n\n\
         What data is used for: a data use of fideslang {}, from the same source under the same \
         licence. What stands below a use is part of it. Another word draws a warning (`V0226`), \
         and once `purposes` is written it is refused; purposes of your own stand below a prefix \
         that is declared: `purposes: {{ own: acme, collected_for: acme.loyalty }}`.\n\n{}\n",
        categories::VERSION,
        quoted.join(" · "),
    )
}

const PATHS: &str = "
## Paths

A path names values of the event, from the top, steps joined by `.`:

| step | names |
|---|---|
| `user.email` | the member `email` of the object `user` |
| `(email\\|phone)`, `geo.(lat\\|lon)` | each of them |
| `*`, `user.*` | every member that no other path of the same output names; only `drop` and `subtree: true` may stand there, or an action with `names` |
| `**.email`, `user.**.id` | every `email` at any depth, in members and elements alike; every `id` in `user`, at any depth, that of `user` itself too |
| `items[*].sku` | in every element of a list |
| `params[?key=='page'].value` | in the elements of a list that are objects with `key` `page` |
| `payload\\|json.email` | in the JSON that a text holds |
| `items[0].sku` | in one element, counted from 0 |
| `'user.name'`, `a.'b c'[*]` | a name with `.`, brackets, `\\|`, `*` or a quote in it, between single quotes; a quote inside is written `''` |

In YAML a path that begins with a quote or `*` is quoted once more: `\"'user.name'\": keep`, `\"*\": drop`. A path in the notation of another language (`$.a.b`, `/a/b`, `a.0.b`, `this.a`) is read as names of members and draws a warning (`V0132`) that says how it is written here; a member that is really called `0` or `$` stands in quotes. The more specific of two paths wins, from the left: a name before `*` before `**`, `[0]` before `[*]`; behind a `**`, what says more. A path that no event has is no mistake, so look at what `veil apply` leaves, or write it into `tests:`. In `types`, `track/Order Completed` is a type, `track/*` all that begin so, `com.example.*` too, `*` every other.

A list of keys and values is told apart by a filter: `event_params[?key=='page'].value.string_value`. Before `==` stands a member of the elements, or a path of members (`[?meta.kind=='x']`); behind it a text in `'…'` (`''` for a quote inside), the start of one (`'https://'*`), a number (compared by value), `true` or `false`, or several of them: `[?key==('a'|'b')]`. An element in which the member is missing, `null` or anything else is no such element. One output tells the elements of one list apart by one member (`V0122`). For elements that a filter chooses its paths hold, and beside them those through `[*]` and `[0]`; in rank a filter stands between these two, a whole literal before a start of it, a longer start before a shorter. For elements that no filter chooses the paths through `[*]` hold; without any, the element is left out, place and all: such a list is a map. What chose the element leaves with it, at its place, as the policy spells it, so that readers can tell the elements apart; a path that names it (`event_params[?key=='page'].key: drop`) says otherwise, and behind a start (`'…'*`) it leaves only when it is named. Two elements with one key are both written. Filters stand in paths of `fields`, `types` and `classes`; with one whole literal also in those of `source.type`, `source.subject`, `consent` and places (`from: value.meta[?key=='id'].value`). There one value is meant: of several elements that match, any denial of consent counts, and a type, a subject or a record key is refused with `duplicate_key`.

Names of members can be data: an e-mail address as the key of a map. So what stands on a path with `*` or `**` says beside its action what becomes of them: `\"recipients.*\": { names: { pseudonymize: { key: people, normalize: email, epoch: none } }, keep: { one_of: [sent, read] } }`. The action in `names` sees each name as text, once something that is named in the member is reached; one for all, or a list with one for each `*` and `**`, in order. Names that the policy spells out in the same object (`recipients.total`) leave as they are. A name of which nothing comes takes its member with it; one that is refused is, as the fields in it say by `on_error`; and when two names of one object come out alike the second is `duplicate_key`, since readers would take one for the other. Paths that lead through one member need the same `names` (`V0107`).

`**` goes through any kind of value, so nothing is `wrong_type` on the way; behind what it finds the path holds as any other. Objects and lists on the way are there when something in them is written; of a list that `**` alone goes through, elements in which nothing is written leave no place. A `drop` that is more exact leaves out all that is in it: `private: drop` beside `**.email`; then no other path may lead into it (`V0106`). A path has one `**`, a name or `*` stands behind it, and neither `[?…]` nor `|json`. `veil check` says how many states such paths need; above 65,536 they are refused (`V0008`).

A text that holds JSON is opened by `|json`: `payload|json.email`, `contexts|json.data[*].plan`, `tags|json[*]`; up to 4 texts in one another. It is read once a record, as strictly as the record itself, and depth counts on. What is named in it leaves, as a text again; what is not, does not. A text that is no JSON object or array, or holds a name twice, is refused (`not_json`, `duplicate_key`, `bad_text`, `too_deep`) as the fields in it say by `on_error`. Empty, `null`, or a word for nothing: absent. A value that is no text is `wrong_type`, unless it is foreseen: `payload.email` beside `payload|json.email`, or `payload: drop`. Members of it that nobody names are not counted as unnamed. `|json` stands in paths of `fields`, `types` and `classes`, and in those of `source.type`, `source.subject`, `consent` and places: a text that cannot be read, or a value that is no text, denies consent, refuses the type and the record key, and is passed over as a subject. All that a text holds can be sealed: `payload|json: { encrypt: { key: NAME, subtree: true } }`.
";

const CONDITIONS: &str = "
## Conditions

`when` chooses what a field is made by, `where` which records an output gets:

```yaml
where: { test: { not: true }, status: [paid, refunded] }
fields:
  email:
    when:
      - { if: { contact.kind: person, contact.country: [DE, AT] }, then: { pseudonymize: { key: people, normalize: email, epoch: none } } }
      - { if: { contact.kind: company, contact.size: { min: 50 } }, then: { generalize: { email: domain } } }
      - { else: drop }
  items[*].price:
    when: [{ if: { \"items[*].kind\": book }, then: keep }]
```

| condition | holds when |
|---|---|
| `{ A: TEST, B: TEST }` | all of them do |
| `any: [CONDITION, …]`, `all: [CONDITION, …]`, `not: CONDITION` | one does, all do, it does not |
| `plan: free`, `plan: [free, 5, true]` | the value is that, or one of them; numbers by value, text character by character |
| `size: { min: 50, below: 100 }` | a number lies within; with a time as bound (`at: { above: 2026-01-01, unit: ms }`) a time does, as an instant |
| `code: { matches: \"[A-Z]{2}\" }` | all of a text matches |
| `email: { is: present }` | it is there: `present`, `absent`, `null`, `text`, `number`, `boolean`, `object`, `array` |
| `plan: { not: free }` | the test does not, also where there is no `plan` |
| `{ from: header.region, is: eu }` | of a header, the last of its name, `record_key`, or `record_key.PATH` |

A condition is true or false of every record and refuses none. Of what is absent, `null` or of another kind every test is false but `is`; so let the case that protects most be the one of `else` (`V0273`). The first case that holds counts; where none does and there is no `else`, nothing of the field leaves. PATH is written from the top, also inside of `encrypt: { fields }`. The `[*]` that it shares with the field's own path mean the element that the field lies in; any other `[*]` is an error (`V0127`). A path may go into a text that holds JSON (`payload|json.plan`), not through a filter, a list in a text, or a list around a text that is opened (`V0126`). An output asks at most 64 different questions.

Which case was taken can show in what leaves, and says whether the condition holds: a field that nobody keeps is known a little by the cases that ask for it. `veil diff` takes another condition for weaker, unless every case let out as much before. `where` is asked after consent; a record that it does not select is withheld as `not_selected`, leaves no tombstone, and a record without a value is not asked.
";

const APART: &str = "
## Records that are taken apart

`source.split` names a list of which each element is a record by itself: all that is around the list, with the element in its place.

```yaml
source:
  topic: web.raw
  split: batch                                 # { \"sentAt\": …, \"batch\": [{ … }, { … }] }
  type: batch.type
  subject: batch.userId
outputs:
  - topic: web.clean
    key: { from: value.batch.userId, pseudonymize: { key: people, normalize: text, epoch: none } }
    fields:
      sentAt: { generalize: { time: 1d } }       # in every element's record
      batch.userId: { pseudonymize: { key: people, normalize: text, epoch: none } }
```

| `split` | the list | written |
|---|---|---|
| `batch`, `data.events` | the member there, names from the top | `batch.userId` |
| `{ at: batch, lift: true }` | the same | `userId`: the members of an element stand beside what is around the list. No member may meet another there (`V0105`) |
| `\"[]\"` | the record itself | paths begin inside the element |

Of each element by itself: type, consent, subject, `where`, conditions, texts that are opened, all outputs or none, quarantine and figures. So one bad element goes to quarantine alone, and is sealed there as the record that it is; its number, counted from 0, stands in the header `veil-element`. A replay takes it as that element. `scope: record` and `memo: record` mean the element. Key and headers are those of the record that came; a key may be made from inside the element. Elements leave in their order, in one transaction with the offset of the record: none is lost or doubled.

Refused as a whole is what cannot be taken apart: a record that cannot be read; one without a list there, absent and `null` too (`wrong_type`: a single event there would be lost unseen); more elements than `limits.split_max` (`too_complex`); elements that come, each with what is around the list, key and headers too, to more bytes than one record may have (`limits.value_bytes_max`) or than 64 times the record (`too_large`). An empty list is counted and nothing comes of it. A record without a value is withheld as ever, so `tombstones: forward` is refused, as are a list on a way that is not names from the top, and a field that takes whole what is around the list (`V0129`). A record whose output the broker refuses for good is quarantined with all of its elements.

In `tests`, `expect` and `exactly` take a list for each topic, what leaves of the elements in order, and `quarantined` may stand beside them.
";

fn table(page: &mut String, shape: &Shape) {
    page.push_str("| word | takes | default | meaning |\n|---|---|---|---|\n");
    for w in shape.words {
        let _ = writeln!(
            page,
            "| `{}` | {} | {} | {} |",
            w.name,
            cell(&taken(w)),
            cell(&default(w)),
            cell(w.doc)
        );
    }
}

pub(crate) fn taken(w: &Word) -> String {
    let empty = if w.may_be_empty { ", may be `[]`" } else { "" };
    format!("{}{empty}", takes(&w.takes))
}

fn default(w: &Word) -> String {
    if !w.built {
        "*later*".to_owned()
    } else if let Some(other) = w.unless {
        format!("**required** without `{other}`")
    } else if w.required {
        "**required**".to_owned()
    } else if w.default.is_empty() {
        "none".to_owned()
    } else {
        w.default.to_owned()
    }
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

fn takes(what: &Takes) -> String {
    let list = |words: &[&str]| {
        let quoted: Vec<String> = words.iter().map(|w| format!("`{w}`")).collect();
        quoted.join(", ")
    };
    match what {
        Takes::Text | Takes::Prose | Takes::EventText | Takes::KeyName("") => "text".to_owned(),
        Takes::TextLike(pattern) | Takes::KeyName(pattern) => {
            let inner = pattern.trim_start_matches('^').trim_end_matches('$');
            format!("`{inner}`")
        }
        Takes::Integer(min, i64::MAX) => format!("integer from {min}"),
        Takes::Integer(min, max) => format!("integer from {min} to {max}"),
        Takes::Number => "number".to_owned(),
        Takes::Boolean => "`true` or `false`".to_owned(),
        Takes::OneOf(words) => list(words),
        Takes::OneOfSome(words, later) => format!("{}; *later* {}", list(words), list(later)),
        Takes::List(item) => format!("list of {}", takes(item)),
        Takes::OneOrMany(item) => format!("{}, or a list", takes(item)),
        Takes::MapOf(item) => format!("mapping to {}", takes(item)),
        Takes::Object(shape) => format!("mapping ({})", shape.name),
        Takes::FieldValue => "field value".to_owned(),
        Takes::Condition => "condition".to_owned(),
        Takes::Test(_) => "test".to_owned(),
        Takes::RecordKey => "record key".to_owned(),
        Takes::Scalar | Takes::EventScalar => "text, number or boolean".to_owned(),
        Takes::Null => "`null`".to_owned(),
        Takes::Anything => "any value".to_owned(),
        Takes::Either(a, b) => format!("{} or {}", takes(a), takes(b)),
    }
}

/// `docs/reference/findings.md`: every code.
fn findings_page() -> String {
    let mut page = format!("# What `veil check` says\n\n{NOTE}");
    page.push_str(
        "Codes are stable and never reused. A finding that may be allowed is allowed by its \
         name: `dangerously: [{ allow: NAME, output: TOPIC, field: PATH, because: …, until: … }]`. \
         Notes never change the exit code; warnings give 1, errors 78.\n\n\
         | code | name | may be allowed | meaning |\n|---|---|---|---|\n",
    );
    for code in codes::ALL {
        let allowed = if code.may_be_allowed { "yes" } else { "no" };
        let _ = writeln!(
            page,
            "| {} | `{}` | {allowed} | {} |",
            code.code,
            code.name,
            cell(code.doc)
        );
    }
    page
}

#[test]
fn the_pages_are_up_to_date() {
    crate::pages::compare("docs/reference/policy.md", &policy_page());
    crate::pages::compare("docs/reference/findings.md", &findings_page());
}
