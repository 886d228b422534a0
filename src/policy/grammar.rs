//! Every word of the language outside the actions: the reader, the JSON Schema
//! and the reference page all come from these lists.

use crate::language::shape::{Shape, Takes, Word, word};

const NAME: Takes = Takes::TextLike("^[a-z0-9-]{1,63}$");
const TOPIC: Takes = Takes::TextLike("^[A-Za-z0-9._-]{1,249}$");
const SPACE_NAME: Takes = Takes::TextLike("^[a-z0-9][a-z0-9._-]{0,127}$");
const DURATION: Takes = Takes::TextLike("^[1-9][0-9]*(ms|s|m|h|d|w)$");
const DURATION_OR_NONE: Takes = Takes::TextLike("^(0|[1-9][0-9]*)(ms|s|m|h|d|w)$");
const CLASS: Takes = Takes::TextLike("^[a-z][a-z0-9_-]*(\\.[a-z][a-z0-9_-]*)*$");
const DAY: Takes = Takes::TextLike("^[0-9]{4}-[0-9]{2}-[0-9]{2}$");
const TEXTS: Takes = Takes::OneOrMany(&Takes::Text);
const FIELDS: Takes = Takes::MapOf(&Takes::FieldValue);
const CLASS_MAP: Takes = Takes::MapOf(&TEXTS);
const PURPOSES: Takes = Takes::OneOrMany(&SPACE_NAME);
/// Text for people: one, or one for each language.
const WORDING: Takes = Takes::Either(&Takes::Prose, &Takes::MapOf(&Takes::Prose));

const fn shape(name: &'static str, words: &'static [Word]) -> Shape {
    Shape { name, words }
}

/// The whole file.
pub(crate) static POLICY: Shape = shape(
    "policy",
    &[
        word("apiVersion", Takes::OneOf(&["veil/v1"]), "The version of the language. It grows only by words that were refused before; a default never changes.").required(),
        word("kind", Takes::OneOf(&["Policy"]), "What this file is.").required(),
        word("metadata", Takes::Object(&METADATA), "Name, version and who answers for the policy.").required(),
        word("source", Takes::Object(&SOURCE), "Where records come from and how they are read.").required(),
        word("keys", Takes::MapOf(&Takes::Object(&KEY)), "Names for keys: references only, never key material."),
        word("nothing", Takes::Either(&Takes::List(&Takes::Scalar), &Takes::Object(&NOTHING)), "Texts that stand for no value where an identifier should: `pseudonymize`, `tokenize`, every `generalize` but `prefix`, and the subject leave nothing of them, as of an empty text. They come to those that always do: null, undefined, none, nan, n/a, unknown, 00000000-0000-0000-0000-000000000000. At most 256, ASCII case ignored; compared after `normalize`, so `\"0\"` is the number 0 too under `text`. No part of any key."),
        word("classes", Takes::Object(&CLASSES), "What each field is. Lets nothing out; the linter and the reports read it."),
        word("actions", FIELDS, "Names for actions; outputs use them as bare words. No parameters, no nesting, no `as`."),
        word("purposes", Takes::Object(&COLLECTED), "What the data was collected for. Once it is written, every output must serve such a purpose, and every purpose must be known."),
        word("recipients", Takes::MapOf(&Takes::Object(&RECIPIENT)), "NAME → who gets data. Once it is written, every `recipient` of an output must be one of these names, and its country and contract must allow it (V0229, V0230, V0231)."),
        word("consent", Takes::Object(&CONSENT), "Where it is said what people permit: in the record, and in a topic of decisions."),
        word("rights", Takes::Object(&RIGHTS), "By which key people are found again where their consent is kept, and how long evidence of it is."),
        word("sensitive", Takes::List(&Takes::Object(&SENSITIVE)), "Why data of special categories may leave. Once it is written (`[]`: none may), every field of such a class that leaves other than coarser, or decides what leaves, needs an entry (V0233), an unknown class is an error (V0225), and V0215 is silent.").may_be_empty(),
        word("regions", Takes::Object(&REGIONS), "Where the people of a record are: what `region` of an output asks."),
        word("minors", Takes::Object(&MINORS), "Who counts as a child: of a child, and of whom nothing says how old they are, no record leaves to any output (`minor`)."),
        word("outputs", Takes::List(&Takes::Object(&OUTPUT)), "What leaves, where to and for which purpose. At most 64.").required(),
        word("quarantine", Takes::Object(&QUARANTINE), "Where records go that could not be protected, sealed. `veil run` requires it."),
        word("dangerously", Takes::List(&Takes::Object(&ALLOWANCE)), "What is refused otherwise and allowed here, each with its reason. Listed at every check and start.").may_be_empty(),
        word("tests", Takes::List(&Takes::Object(&TEST)), "Events and what must become of them; run by `veil test` with fixed test keys.").may_be_empty(),
    ],
);

/// `metadata`
pub(crate) static METADATA: Shape = shape(
    "metadata",
    &[
        word(
            "name",
            NAME,
            "Makes the consumer group `veil-NAME`: renaming it reads everything again.",
        )
        .required(),
        word(
            "version",
            Takes::Integer(1, i64::MAX),
            "Number of this version of the policy.",
        )
        .required(),
        word("owner", Takes::Prose, "Who answers for the policy.").required(),
        word("dpo", Takes::Prose, "Address of the privacy officer."),
    ],
);

/// `source`
pub(crate) static SOURCE: Shape = shape(
    "source",
    &[
        word(
            "topic",
            TOPIC,
            "The topic that is read. One of `topic` and `topics` is required.",
        ),
        word(
            "topics",
            Takes::List(&TOPIC),
            "Several topics, all of one shape.",
        ),
        word("pattern", Takes::Text, "Topics by regular expression.").not_in_this_version(),
        word(
            "value",
            Takes::OneOf(&["json", "avro", "protobuf", "json_schema", "text", "bytes"]),
            "How the value is read, and what leaves written. `avro` and `protobuf`: under the schema that `schema` names, or else under those that records name by id, which `veil run` has from the registry of its settings (`registry.urls`). `json_schema`: JSON, that names its schema so; no record is held against it, and what leaves has a schema of its own. `text`, `bytes`: the whole value is one text in UTF-8, or any bytes, and the one path is `.`: `fields: { \".\": … }`, `from: value` where a place is named. What leaves is the bare text, or the bytes; where an action leaves nothing, an empty one.",
        )
        .default("json"),
        word(
            "schema",
            Takes::Object(&SOURCE_SCHEMA),
            "The schema that values were written under.",
        ),
        word(
            "key",
            Takes::OneOfSome(
                &["text", "json", "avro", "protobuf", "json_schema"],
                &["bytes"],
            ),
            "How the record key is read; `json` opens `record_key.PATH`. `avro`, `protobuf`, `json_schema`: under the schema that the key names by id, beside a value that does, of whichever of the three; it is read as the JSON that says the same.",
        )
        .default("text"),
        word(
            "split",
            Takes::Either(&Takes::Text, &Takes::Object(&SPLIT)),
            "The path of a list of which each element is a record by itself: all that is around the list, with the element in its place, so that `batch.userId` is read aloud as before. `\"[]\"`: the record is the list. Type, consent, subject, `where`, quarantine and figures are each element's. No list there, absent and `null` too: quarantined `wrong_type`; more elements than `limits.split_max`: `too_complex`. Key and headers are the record's; a key from inside the element is allowed.",
        )
        .default("each record is one"),
        word(
            "type",
            Takes::Either(&TEXTS, &Takes::Object(&TYPE_FROM)),
            "The path, or paths, that say which kind of record it is; the parts are joined by `/`, trailing absent parts fall away. First part absent or not text: quarantined `wrong_type`. Or `{ from: header.NAME }`, as CloudEvents has it (`header.ce_type`): the text of the last header of that name; absent or not text: quarantined `wrong_type`. Or `{ from: schema }`: the full name of the record or message that the schema of the writer declares (`shop.v1.Click`).",
        ),
        word(
            "subject",
            Takes::Either(&TEXTS, &Takes::MapOf(&Takes::Either(&TEXTS, &Takes::Object(&SUBJECT)))),
            "The path, or paths, of the person the record is about; the first present counts. Or KIND → path or paths, or an object: `{ customer: userId, email: { path: traits.email, normalize: email } }`. Kinds keep customer 42 and device 42 apart where consent is kept; all that are present are looked up there, the first present is the one that actions are bound to. A list is the kind `subject` under `text`. KIND: lower-case letters, digits and `-`, a letter first, at most 32.",
        ),
        word(
            "writers",
            Takes::OneOf(&["own", "outsiders"]),
            "Who can write an event: own services only, or anybody, as behind a public tracker or a form. Only the linter reads it (V0251).",
        ),
        word(
            "unnamed",
            Takes::OneOf(&["drop", "quarantine"]),
            "What happens to fields that nobody names.",
        )
        .not_in_this_version(),
    ],
);

/// `source.schema`
pub(crate) static SOURCE_SCHEMA: Shape = shape(
    "source.schema",
    &[
        word(
            "file",
            Takes::Text,
            "The file of the writer's schema, in the policy's folder or below it: `clicks.avsc`; `signups.json`; `purchases.proto`, or a set of descriptors (`purchases.desc`, as `protoc --include_imports -o` writes it). Every value is one record of it, with nothing around it. It is in the policy's digest.",
        )
        .default("records name their schemas by id"),
        word(
            "files",
            Takes::List(&Takes::Text),
            "The files of the schemas that records name by fingerprint, with `framing: single_object`. All are in the policy's digest.",
        ),
        word(
            "message",
            Takes::Text,
            "Protobuf: the full name of the message that values are (`shop.Order`). A file with one message needs none.",
        ),
        word(
            "imports",
            Takes::List(&Takes::Text),
            "Protobuf: the files that the file imports, by the names that it imports them by, in the policy's folder or below it. `google/protobuf/*.proto`, `confluent/meta.proto` and `confluent/type/decimal.proto` are known. JSON Schema: the files that it refers to (`$ref`), by the names that it does so by. Avro: the files that declare types which `file`, or `files`, name and do not declare, in any order.",
        ),
        word(
            "framing",
            Takes::OneOf(&["confluent", "apicurio", "none", "single_object"]),
            "What stands around a value. `confluent`: a zero byte and a registry's id of its schema, or that id in the header `__value_schema_id` instead; what leaves has the zero byte and the id of its own schema, and never that header. `apicurio`: the same with Apicurio's own ids, of 8 bytes: a zero byte and the global id, or the headers `apicurio.value.globalId` and `apicurio.value.contentId`. `none`: nothing, beside `file`. `single_object`: two bytes and the fingerprint (CRC-64-AVRO) of one of `files`; what leaves has that of its own schema.",
        )
        .default("`none` beside `file`, else `confluent`"),
    ],
);

/// `outputs[].schema`
pub(crate) static OUTPUT_SCHEMA: Shape = shape(
    "output's schema",
    &[
        word(
            "namespace",
            Takes::Text,
            "The namespace of the schema of what leaves, in place of the writer's.",
        )
        .default("that of the writer's"),
        word(
            "subject",
            Takes::OneOf(&[
                "TopicNameStrategy",
                "RecordNameStrategy",
                "TopicRecordNameStrategy",
            ]),
            "The subject of the registry that the schema of what leaves is registered under: `TOPIC-value`, the full name of the record, or `TOPIC-` and that name. `RecordNameStrategy` needs `namespace`: else what leaves would be the next version of what came in.",
        )
        .default("TopicNameStrategy"),
    ],
);

/// `source.split` as an object.
pub(crate) static SPLIT: Shape = shape(
    "source.split",
    &[
        word("at", Takes::Text, "The path of the list, names from the top.").required(),
        word(
            "lift",
            Takes::Boolean,
            "The members of an element are written beside what stands around the list, and not inside it: `batch.userId` leaves as `userId`.",
        )
        .default("false"),
    ],
);

/// `source.type` as an object.
pub(crate) static TYPE_FROM: Shape = shape(
    "type",
    &[word(
        "from",
        Takes::Text,
        "The place of the type: `header.NAME`, `value.PATH`, or `schema`: the full name of the writer's record (Avro) or message (Protobuf), as topics of several types have it (`RecordNameStrategy`).",
    )
    .required()],
);

/// `source.subject.KIND` as an object.
pub(crate) static SUBJECT: Shape = shape(
    "subject",
    &[
        word("path", TEXTS, "The path, or paths, of identifiers of this kind.").required(),
        word(
            "normalize",
            TEXTS,
            "What counts as one identifier, as in `pseudonymize`; not `raw`. Whoever writes decisions needs the same. With `rights`, `text` takes blanks around an identifier off.",
        )
        .default("text"),
    ],
);

/// `keys.NAME`
pub(crate) static KEY: Shape = shape(
    "key",
    &[
        word(
            "ref",
            Takes::TextLike("^file:.+#[a-z][a-z0-9-]{0,31}$"),
            "`file:FILE#ENTRY`: an entry of a keyring file, relative to the policy.",
        )
        .required(),
        word(
            "per_subject",
            Takes::Boolean,
            "A key for each person under this one.",
        )
        .not_in_this_version(),
    ],
);

/// `nothing` as an object.
pub(crate) static NOTHING: Shape = shape(
    "nothing",
    &[word(
        "only",
        Takes::List(&Takes::Scalar),
        "These and no others: with `[]` only `null` and the empty text stand for nothing, and a person called Null is one.",
    )
    .required()
    .may_be_empty()],
);

/// `classes`
pub(crate) static CLASSES: Shape = shape(
    "classes",
    &[
        word(
            "fields",
            CLASS_MAP,
            "PATH → class, or a list of classes; holds for everything below that has no class of its own. `none` = not personal. `record_key`, `record_key.PATH` and `header.NAME` say what stands there.",
        ),
        word(
            "types",
            Takes::MapOf(&CLASS_MAP),
            "TYPE → the same for its records; TYPE as in an output's `types`. Of the classes at or above a field the nearest one counts, and of those equally near that of the most exact entry, `fields` last.",
        ),
        word(
            "own",
            Takes::OneOrMany(&CLASS),
            "What classes of your own begin with: `acme` stands for `acme` and everything below, `acme.loyalty.tier`. Not at or above a class of the list.",
        ),
        word(
            "tags",
            CLASS_MAP,
            "TAG → class, or a list of classes: of fields that the schema files of the source (`source.schema`) tag so (`confluent:tags`; in Protobuf `confluent.field_meta`), and of everything below them. A path under `fields` at or above such a field wins. Of schemas that a registry has nothing is known when a policy is read.",
        ),
    ],
);

/// `consent`
pub(crate) static CONSENT: Shape = shape(
    "consent",
    &[
        word(
            "signals",
            Takes::List(&Takes::Object(&SIGNAL)),
            "Where consent stands in the record. Only an explicit grant permits; a denial by any signal wins. One of `signals` and `state` is required.",
        )
        .may_be_empty(),
        word(
            "state",
            Takes::Object(&STATE),
            "What people decided elsewhere: a compacted topic that holds the last decision of each person in each category, followed while the stream runs. A denial by it wins over any grant, and a denial by a signal over a grant by it. Needs `source.subject` and `rights.key`.",
        ),
        word(
            "categories",
            Takes::MapOf(&Takes::Object(&CATEGORY)),
            "NAME → what people are asked, for the page that asks them, and for contracts and reports. Once it is there, `needs_consent` takes names of it alone.",
        ),
    ],
);

/// `consent.state`
pub(crate) static STATE: Shape = shape(
    "consent.state",
    &[
        word("topic", TOPIC, "The topic of decisions.").default("`veil.NAME.consent`, of `metadata.name`"),
        word(
            "format",
            Takes::OneOf(&["veil", "json"]),
            "How it is written. `veil`: one record a person and category, as `veil` itself writes them. `json`: a topic that you have; its key is the identifier of a person, its value all that they decided, and a category left out is silent.",
        )
        .default("veil"),
        word(
            "subject",
            Takes::TextLike("^[a-z][a-z0-9-]{0,31}$"),
            "With `json`: the kind, of those of `source.subject`, whose identifiers the keys are.",
        )
        .default("the only kind"),
        word(
            "path",
            Takes::Text,
            "With `json`: where in the value an object of category → boolean stands. One of `path` and `signals`.",
        ),
        word(
            "signals",
            Takes::List(&Takes::Object(&SIGNAL)),
            "With `json`: how the value is read, as `consent.signals` with `from: value`.",
        ),
        word(
            "grants",
            Takes::OneOf(&["any", "state"]),
            "Who can grant. `any`: a signal in the event too, where this topic is silent. `state`: this topic alone; signals can still deny.",
        )
        .default("any"),
        word(
            "settle",
            DURATION_OR_NONE,
            "How long a batch waits before it is decided, for decisions that come after the events they belong to (sign-up, banner); at most `60s`. What waits counts against the memory budget.",
        )
        .default("0s"),
        word(
            "stale",
            Takes::Object(&STALE),
            "When what is known counts as old.",
        ),
        word(
            "expires",
            DURATION,
            "A grant without an end of its own ends so long after it was given, cut down to its week; after that the person is silent.",
        )
        .default("grants do not end by themselves"),
    ],
);

/// `consent.state.stale`
pub(crate) static STALE: Shape = shape(
    "consent.state.stale",
    &[
        word(
            "after",
            DURATION,
            "How long it may be unknown whether there are newer decisions, until the stream is held.",
        )
        .default("30s"),
        word(
            "hold",
            Takes::TextLike("^([1-9][0-9]*(ms|s|m|h|d|w)|forever)$"),
            "How long it is held then; after that gated outputs are denied (`consent_stale`) and the rest goes on. `forever`: held until the topic can be read again.",
        )
        .default("1h"),
    ],
);

/// `consent.categories.NAME`
pub(crate) static CATEGORY: Shape = shape(
    "category",
    &[
        word("title", WORDING, "What the category is called: a text, or language → text (`en`, `de-AT`).").default("its name"),
        word("text", WORDING, "What people are told before they decide: a text, or language → text."),
        word("purposes", PURPOSES, "The purposes, those below them included, that it permits."),
        word("explicit", Takes::Boolean, "It is an explicit consent, as special categories of data need it (GDPR article 9(2)(a)).").default("false"),
    ],
);

/// `rights`
pub(crate) static RIGHTS: Shape = shape(
    "rights",
    &[
        word(
            "key",
            Takes::KeyName(""),
            "A name under `keys:`. Under it people are called by 16 bytes where their consent is kept, made of kind, `normalize` and identifier; its first version for ever. An entry of its own: used for nothing else.",
        )
        .required(),
        word("erased", Takes::Object(&ERASED), "What is kept of people who were erased. Read and checked; nothing in this version erases anybody, so nothing is kept."),
        word("proof", DURATION, "How long the history of decisions is kept, as evidence of consent (GDPR article 7(1)).").default("1095d"),
    ],
);

/// `rights.erased`
pub(crate) static ERASED: Shape = shape(
    "rights.erased",
    &[word(
        "retain",
        DURATION,
        "How long the mark of an erased person is kept, so that what still comes of them is withheld. Nothing in this version sets a mark.",
    )
    .default("1095d")],
);

/// `consent.signals[]`
pub(crate) static SIGNAL: Shape = shape(
    "signal",
    &[
        word("from", Takes::OneOfSome(&["value", "header"], &["topic"]), "Where the signal stands.").required(),
        word("path", Takes::Text, "Where in the value; or the name of the header, upper and lower case the same. Without `shape` an object of category → boolean, of which only `true` permits; with `category`, a scalar.").required(),
        word("category", Takes::Text, "The one category that the scalar at `path` speaks for."),
        word("grants", Takes::OneOrMany(&Takes::Scalar), "The values that permit; null or absent is silent, anything else denies. With `[]` the signal can only deny.").default("[true]").may_be_empty(),
        word("shape", Takes::OneOf(&["lists", "pairs", "tcf", "gpp", "gpc", "consent_mode"]), "How the signal is written. `lists`: arrays of ids below `path`. `pairs`: text `C0001:1,C0002:0`. `tcf`: a TC string, 2.0 to 2.3. `gpp`: a GPP string; its section 2 as `tcf`, its sections 7 to 22 deny. `gpc`: `1` and `true` deny, all else is silent. `consent_mode`: `gcs`, `gcd`, an object of `granted` and `denied`, or `privacy_info`. What is there and cannot be read denies what the signal speaks for, and is counted."),
        word("means", Takes::Either(&Takes::List(&Takes::Text), &Takes::MapOf(&Takes::Either(&TEXTS, &Takes::Object(&SIGNAL_MEANS)))), "What the signal says for which category. `gpc`: a list of the categories that it denies. Else CATEGORY → ids, codes or consent types, of which all are needed; with `tcf` and `gpp` CATEGORY → what is asked of the string. Without `shape`: the members of the object, where they are called otherwise than the categories."),
        word("granted", Takes::Text, "With `lists`: the array, below `path`, of ids that are granted."),
        word("denied", Takes::Text, "With `lists`: the array, below `path`, of ids that are denied."),
        word("max_age", DURATION, "With `tcf` and `gpp`: how long ago the choices of a TC string may have been made; an older one is silent. By the clock of the instance; where events are only looked at, nothing is too old.").default("any age"),
    ],
);

/// `purposes`
pub(crate) static COLLECTED: Shape = shape(
    "purposes",
    &[
        word("collected_for", Takes::OneOrMany(&SPACE_NAME), "The data uses that people were told of when the data was collected; each holds for everything below it. An output's `purpose` lies under one of them, or under `purposes` of every category that it needs, or is listed in `compatible`; else it is a secondary use and refused (V0227).").required(),
        word("compatible", Takes::List(&Takes::Object(&COMPATIBLE)), "Other purposes that go with those, each with its reason and its last day (GDPR article 6(4))."),
        word("own", Takes::OneOrMany(&CLASS), "What purposes of your own begin with: `acme` stands for `acme` and everything below. Not at or above a use of the list."),
    ],
);

/// `purposes.compatible[]`
pub(crate) static COMPATIBLE: Shape = shape(
    "compatible",
    &[
        word("use", SPACE_NAME, "The purpose, with everything below it.").required(),
        word(
            "because",
            Takes::Prose,
            "Why it is compatible with what the data was collected for.",
        )
        .required(),
        word(
            "until",
            DAY,
            "The last day, `2027-01-31`; after it the use is a secondary one.",
        )
        .required(),
    ],
);

/// `recipients.NAME`
pub(crate) static RECIPIENT: Shape = shape(
    "recipient",
    &[
        word("name", Takes::Prose, "As people would look it up.").required(),
        word(
            "country",
            Takes::TextLike("^[A-Z]{2}$"),
            "Where the data is read: a code of two letters (ISO 3166-1).",
        )
        .required(),
        word(
            "role",
            Takes::OneOf(&["processor", "controller", "joint"]),
            "What it is (GDPR articles 26 to 28).",
        )
        .required(),
        word(
            "mechanism",
            Takes::OneOf(&["adequacy", "scc", "bcr", "derogation"]),
            "By what data may go to that country: a decision of the Commission that covers it (for some countries it covers some recipients, and then this says that it is one), standard contractual clauses, binding corporate rules, or article 49. Needed outside of the European Economic Area, but where such a decision covers all of the country.",
        ),
        word(
            "contract_until",
            DAY,
            "The last day of the contract. A warning 30 days before; from the day after on the policy is refused, at start and at reload.",
        ),
        word(
            "tcf_vendor",
            Takes::Integer(1, 65_535),
            "Its number in the Global Vendor List: what `vendor: NAME` of a TC string means.",
        ),
        word("contact", Takes::Prose, "Whom to ask there."),
    ],
);

/// `sensitive[]`
pub(crate) static SENSITIVE: Shape = shape(
    "sensitive",
    &[
        word("class", CLASS, "The class, with everything below it: `user.health_and_medical`, `user.biometric`, `user.location.precise`, …").required(),
        word("condition", Takes::OneOf(CONDITIONS), "Which condition of GDPR article 9(2) holds, (a) to (j) in this order; `authorised_by_law` is article 10's, of offences. Required but for data of children and precise locations."),
        word("category", Takes::Text, "With `explicit_consent`: the category that people are asked for. It is declared `explicit: true`, `consent.state` says `grants: state`, and every output with such data needs it (V0234)."),
        word("because", Takes::Prose, "Why this data is needed.").required(),
    ],
);

/// Of article 9(2), and of article 10.
pub(crate) const CONDITIONS: &[&str] = &[
    "explicit_consent",
    "employment_and_social_security",
    "vital_interests",
    "not_for_profit_body",
    "made_public",
    "legal_claims",
    "substantial_public_interest",
    "health_or_social_care",
    "public_health",
    "research",
    "authorised_by_law",
];

/// `regions`
pub(crate) static REGIONS: Shape = shape(
    "regions",
    &[
        word("from", Takes::Text, "The place of the country, a code of two letters (ISO 3166-1): `value.PATH`, `record_key`, `record_key.PATH` or `header.NAME`.").required(),
        word("names", Takes::MapOf(&Takes::OneOrMany(&Takes::TextLike("^(eea|[A-Z]{2})$"))), "NAME → its countries, or `eea`, the European Economic Area as of the [list](#countries) of this version. A country may be of several regions; one that is of none goes to no output with `region`.").required(),
        word("unknown", Takes::Text, "The region of a record that says no country there is: a name, best the one that protects most, or `none`.").required(),
    ],
);

/// `minors`
pub(crate) static MINORS: Shape = shape(
    "minors",
    &[
        word("from", Takes::Text, "The place of the day of birth, a text `YYYY-MM-DD`, or of the age, a number of years: as in `regions`. A birthday counts once it is that day everywhere on earth.").required(),
        word("under", Takes::Integer(1, 25), "Who is younger, in years, is a child.").required(),
        word("then", Takes::OneOf(&["withhold"]), "What becomes of such a record.").required(),
    ],
);

/// What a GPP string can say that was opted out of.
pub(crate) const OPT_OUTS: &[&str] = &["sale", "sharing", "targeted", "sensitive"];

/// `consent.signals[].means.CATEGORY` of `tcf` and `gpp`
pub(crate) static SIGNAL_MEANS: Shape = shape(
    "means",
    &[
        word("purposes", Takes::OneOrMany(&Takes::Integer(1, 24)), "Purposes of the TC string that must all be granted."),
        word("special_features", Takes::OneOrMany(&Takes::Integer(1, 12)), "Special features that must all be opted in to."),
        word("vendor", Takes::Either(&Takes::Integer(1, 65_535), &Takes::Text), "Who must be allowed too, by its number in the Global Vendor List, or by its name under `recipients`, which has the number: with consent or interest of its own, no restriction of the publisher against it. A purpose that the publisher forbids it is a denial."),
        word("basis", Takes::OneOf(&["consent", "legitimate_interest"]), "By what. A legitimate interest needs `vendor`, and that the string says it was disclosed; the purposes 1 and 3 to 6 take consent alone.").default("consent"),
        word("opt_out", Takes::OneOrMany(&Takes::OneOf(OPT_OUTS)), "With `gpp`: what denies, once the person opted out of it in any section. A known child denies in every case, and so does Global Privacy Control in a section all but `sensitive`."),
    ],
);

/// `outputs[]`
pub(crate) static OUTPUT: Shape = shape(
    "output",
    &[
        word("topic", TOPIC, "The topic that is written; one output a topic.").required(),
        word("purpose", SPACE_NAME, "What the data is for.").required(),
        word("domain", SPACE_NAME, "The pseudonymisation domain: who can join with whom.").required(),
        word("recipient", Takes::Prose, "Who reads it; where `recipients` is written, a name of it.").default("own house"),
        word("region", TEXTS, "The region, or the regions, whose records leave; those of others are withheld (`no_mechanism`).").default("every region"),
        word("needs_consent", TEXTS, "The category, or all the categories, that must be granted."),
        word("basis", Takes::OneOf(&["consent", "contract", "legal_obligation", "vital_interests", "public_interest", "legitimate_interests"]), "Why the output needs no consent gate."),
        word("on_withheld", Takes::Either(&Takes::OneOf(&["skip"]), &Takes::Object(&ON_WITHHELD)), "What a compacted topic sees when consent is gone: nothing, or a tombstone that clears the last permitted state. Required where `needs_consent` meets `tombstones: forward`."),
        word("key", Takes::RecordKey, "The record key: `like` an output path of `fields`, an action on a place, or `fields` of the record key.").default("a null key"),
        word("schema", Takes::Object(&OUTPUT_SCHEMA), "With `source.value: avro`, `protobuf` or `json_schema`: how the schema of what leaves is called."),
        word("headers", FIELDS, "Header name → field value, for each occurrence.").default("no headers"),
        word("policy_header", Takes::Boolean, "Every record of the output carries the header `veil-policy`: `NAME@VERSION#DIGEST` of the policy it was made under, of the digest the first eight digits.").default("false"),
        word("timestamp", Takes::Either(&Takes::OneOf(&["keep", "now", "release"]), &Takes::Object(&TIMESTAMP)), "The record timestamp. `release`: that of all records of a release, the second in which it was composed; in an output whose records wait for one nothing else stands there. A time that would be the first millisecond of 1970 leaves as the second: to the Kafka client 0 means the time of writing.").default("the hour of the event; `release` where records wait for one"),
        word("tombstones", Takes::OneOf(&["drop", "forward"]), "What happens to records without a value; `forward` needs a key made from that of the record: `key.from: record_key` or `record_key.PATH`, or `key.fields`.").default("drop"),
        word("where", Takes::Condition, "Which records leave: those of which the condition holds. The others are withheld (`not_selected`), after consent was asked. A record without a value has nothing to be asked: `tombstones` decides.").default("every record"),
        word("order", Takes::Either(&Takes::OneOf(&["source"]), &Takes::Object(&ORDER)), "In which order records leave. `shuffled`: they wait until there are enough of enough persons, and leave together, in an order that says nothing of the one they came in; a value is spelled anew, members in the order of `fields`.").default("source"),
        word("k_anonymous", Takes::Object(&K_ANONYMOUS), "Records wait and leave in releases, put into classes of at least `k` persons by their `quasi` fields, in an order that says nothing of the one they came in."),
        word("once_per", DURATION, "A person's first record in that time leaves, later ones are left out: whoever stands in many releases stands in many classes, and what they have in common is narrower than each. `1d` to `400d`; `veil apply` counts within its input alone, `veil run` remembers whom it released, under a key called `state` (V0325). Needs `k_anonymous` or `shuffled`; required beside `l` and `t` (V0244)."),
        word("fields", FIELDS, "PATH → field value: the allowlist. Nothing else leaves. `{}` only beside `types`.").required_unless("aggregate"),
        word("types", Takes::MapOf(&FIELDS), "TYPE → (PATH → field value): the types of record that leave, each with these fields more. TYPE may hold `(a|b)`, end in `/*` or `.*`, or be `\"*\"`; the most exact entry alone applies.").default("every type"),
        word("aggregate", Takes::Object(&AGGREGATE), "In place of `fields`: no record leaves, but counts or bounded sums of them, window by window, with noise that hides whether any one person is in them. `veil run` takes a key called `state` beside it (V0325)."),
        word("sample", Takes::Anything, "A share of the persons.").not_in_this_version(),
        word("add", Takes::Anything, "Constants.").not_in_this_version(),
        word("retention", Takes::Anything, "A promise that is checked against the topic.").not_in_this_version(),
    ],
);

/// `outputs[].aggregate`
pub(crate) static AGGREGATE: Shape = shape(
    "aggregate",
    &[
        word("window", DURATION, "How long a window is, `1m` to `31d`, whole seconds; windows are counted from 1970 in UTC, and do not overlap.").required(),
        word("time", Takes::Object(&AGGREGATE_TIME), "The time of a record, which says in which window it is. A record that says none, or one more than five minutes ahead of the clock, is left out.").default("the record's timestamp"),
        word("late", DURATION, "How long after its end a window waits for records of it.").default("1h"),
        word("oldest", DURATION, "A record is left out, as `late`, whose window ended so long ago by the clock: one wrong date then makes no window of its own, with all between. More than `late`; longer than what you mean to count is old, such as a source that is read from its beginning."),
        word("by", FIELDS, "PATH → field value: the parts of a cell, at most 4, each one value. They stand in every row, beside `window`, `from`, `to` and `value`."),
        word("count", Takes::OneOf(&["records", "subjects"]), "What is counted: records, or persons. One of `count` and `sum` is required."),
        word("sum", Takes::Object(&SUM), "What is summed."),
        word("subject", Takes::TextLike("^[a-z][a-z0-9-]{0,31}$"), "The kind of `source.subject` whose identifiers are persons; a record without one is left out.").default("the first kind"),
        word("unit", Takes::OneOf(&["subject"]), "What the noise hides: all that one person has in one window.").default("subject"),
        word("contribution", Takes::Object(&CONTRIBUTION), "The most that counts of one person in one window.").required(),
        word("epsilon", Takes::Number, "How much the rows of one window may say of one person: who sees them is at most e^epsilon times as sure of anything about her (Dwork et al., 2006). Kept exactly; above 10 a warning (V0329).").required(),
        word("delta", Takes::Number, "The probability with which that may not hold: of a selection of cells, and of Gaussian noise. Needed there; well below one by the number of persons."),
        word("noise", Takes::OneOf(&["auto", "laplace", "gaussian"]), "Discrete Laplace noise, discrete Gaussian noise (Canonne, Kamath and Steinke, 2020), or that of the two which is smaller.").default("auto"),
        word("key", Takes::KeyName(""), "The name under `keys:` of an entry that nothing else uses: who has it takes the noise off.").required(),
        word("keys", Takes::Either(&Takes::OneOf(&["select"]), &Takes::Object(&CELLS)), "Which cells leave. Cells that are named leave in every window, whether somebody is in them or not; records of others are left out. `select`: those leave of which the noisy count is large enough that no single person can bring them about.").required(),
        word("budget", Takes::Object(&BUDGET), "How much all windows of a period may say of one person.").required(),
    ],
);

/// `outputs[].aggregate.time`
pub(crate) static AGGREGATE_TIME: Shape = shape(
    "time",
    &[
        word("from", Takes::Text, "`value.PATH`.").required(),
        word(
            "unit",
            Takes::OneOf(&["iso", "s", "ms", "us", "ns", "d", "basic"]),
            "How the event writes it; as in `generalize`.",
        )
        .default("iso"),
    ],
);

/// `outputs[].aggregate.sum`
pub(crate) static SUM: Shape = shape(
    "sum",
    &[
        word("path", Takes::Text, "The number, a path of the value; a record without one is left out.").required(),
        word("bottom", Takes::Number, "The least that a record adds; less is cut to it. A whole number of steps.").required(),
        word("top", Takes::Number, "The most; more is cut to it. One person changes a sum by the larger of the two, times `per_cell`.").required(),
        word("step", Takes::Number, "What is added is rounded to it, halves up; at most 12 digits behind the point.").default("1"),
    ],
);

/// `outputs[].aggregate.contribution`
pub(crate) static CONTRIBUTION: Shape = shape(
    "contribution",
    &[
        word("cells", Takes::Integer(1, 10_000), "In so many cells a person counts; in which, a keyed hash says. The noise grows with it.").required(),
        word("per_cell", Takes::Integer(1, 10_000), "So many records of a person count in one cell, or so many times `bottom` and `top`. The noise grows with it.").default("1"),
    ],
);

/// `outputs[].aggregate.keys`
pub(crate) static CELLS: Shape = shape(
    "keys",
    &[
        word(
            "list",
            Takes::List(&Takes::Either(
                &Takes::EventScalar,
                &Takes::List(&Takes::EventScalar),
            )),
            "Cells, each a list of values in the order of `by`: `[[DE, page], [DE, order]]`.",
        ),
        word(
            "product",
            Takes::MapOf(&Takes::List(&Takes::EventScalar)),
            "Every combination of the values of each field of `by`: `{ country: [DE, FR], type: [page, order] }`.",
        ),
    ],
);

/// `outputs[].aggregate.budget`
pub(crate) static BUDGET: Shape = shape(
    "budget",
    &[
        word("name", NAME, "Outputs and policies that spend of one budget have one name, and one ledger (`veil apply --ledger FILE`).").required(),
        word("epsilon", Takes::Number, "The most that all windows of a period spend together; kept exactly. When it is spent, no window leaves.").required(),
        word("per", DURATION, "The period: a window counts until one has ended so long after it.").required(),
    ],
);

/// What becomes of records that are too few.
const SHORT: Takes = Takes::OneOf(&["suppress", "hold"]);

/// `outputs[].order`
pub(crate) static ORDER: Shape = shape(
    "order",
    &[word(
        "shuffled",
        Takes::Object(&SHUFFLED),
        "Records leave together, shuffled.",
    )
    .required()],
);

/// `outputs[].order.shuffled`
pub(crate) static SHUFFLED: Shape = shape(
    "shuffled",
    &[
        word("pool", Takes::Integer(1, 10_000_000), "At least so many records leave together; 1,000 or more (V0247).").required(),
        word("subjects", Takes::Integer(1, 10_000_000), "At least of so many persons; 100 or more (V0247).").default("a tenth of `pool`"),
        word("max_delay", DURATION, "How long the first of them waits, `1s` to `24h`; files have no clock, and pass by it.").required(),
        word("max_records", Takes::Integer(1, 40_000_000), "So many leave at once, however short the first has waited.").default("four times `pool`"),
        word("short", SHORT, "What becomes of fewer than that at `max_delay`, or at the end of a file: they are left out and counted, or wait on (at the end of a file: the command fails, and nothing of them leaves).").default("hold"),
    ],
);

/// `outputs[].k_anonymous`
pub(crate) static K_ANONYMOUS: Shape = shape(
    "k_anonymous",
    &[
        word("k", Takes::Integer(2, 10_000), "Least persons of every class (L. Sweeney, \"k-anonymity\", 2002). Fewer than 5 is a warning.").required(),
        word("subject", Takes::TextLike("^[a-z][a-z0-9-]{0,31}$"), "The kind of `source.subject` whose identifiers are counted; a record without one is left out.").default("the first kind"),
        word("per_subject", Takes::Integer(1, 100), "Most records of one person in a release; which ones says chance.").default("1"),
        word("mode", Takes::OneOf(&["grid", "box"]), "Where classes of numbers with `step` end. `grid`: on steps. `box`: where the values of their members do, so that both ends are somebody's.").default("grid"),
        word("l", Takes::List(&Takes::Object(&L)), "Fields whose values must differ within every class, counted once a person."),
        word("t", Takes::List(&Takes::Object(&T)), "Fields whose values must be spread in every class as in the release, counted once a person."),
        word("free", TEXTS, "Output paths of fields that are neither known to others nor worth knowing, on the author's word: nothing is demanded of them."),
        word("max_delay", DURATION, "How long the first record of a release waits, `1s` to `24h`; files have no clock, and pass by it.").default("60s"),
        word("max_records", Takes::Integer(1, 100_000), "So many leave at once, however short the first has waited; 20 × `k` or more (V0247).").default("5000"),
        word("short", SHORT, "What becomes of a release that cannot be put into classes at `max_delay`, or at the end of a file: its records are left out and counted, or wait on (at the end of a file: the command fails, and nothing of them leaves).").default("suppress"),
        word("remainder", Takes::Object(&REMAINDER), "Outliers that may be set aside, since the classes with them would say next to nothing."),
    ],
);

/// `outputs[].k_anonymous.l[]`
pub(crate) static L: Shape = shape(
    "l",
    &[
        word("field", Takes::Text, "An output path.").required(),
        word(
            "distinct",
            Takes::Integer(2, 10_000),
            "At least so many different values (Machanavajjhala et al., \"l-diversity\", 2007).",
        ),
        word(
            "entropy",
            Takes::Integer(2, 10_000),
            "An entropy of at least that of so many equally frequent values.",
        ),
        word(
            "recursive",
            Takes::List(&Takes::Number),
            "`[c, l]`: the most frequent value counts less than `c` times all from the `l`-th most frequent on.",
        ),
    ],
);

/// `outputs[].k_anonymous.t[]`
pub(crate) static T: Shape = shape(
    "t",
    &[
        word("field", Takes::Text, "An output path.").required(),
        word("max", Takes::Number, "The most that a class may differ from its release, 0 to 1 (earth mover's distance; Li et al., \"t-closeness\", 2007).").required(),
        word("ordered", Takes::Boolean, "Values lie in an order, numbers by their size: a near one is moved for less.").default("false"),
    ],
);

/// `outputs[].k_anonymous.remainder`
pub(crate) static REMAINDER: Shape = shape(
    "remainder",
    &[
        word("then", Takes::OneOf(&["suppress", "star"]), "They are left out and counted, or leave as one class of which every `quasi` field says `*`, if that is a class.").default("suppress"),
        word("share", Takes::Number, "Most of a release that may be set aside, 0 to 0.05.").required(),
    ],
);

/// `outputs[].key`, its own words; an action may stand beside `from`.
pub(crate) static RECORD_KEY: Shape = shape(
    "record key",
    &[
        word("from", Takes::OneOrMany(&Takes::Text), "The place that the key is made from: `value.PATH`, `record_key`, `record_key.PATH` or `header.NAME`. A list of 2 to 16 of them is protected as one value, by an action that takes several (`pseudonymize`; a `generalize` to a place takes two): a part that is absent is part of the value, one that is refused refuses all, and where all are absent the key is null.").default("`value.` and the input path of `like`"),
        word("like", Takes::Text, "An output path of `fields`: the key becomes what that field's own action makes."),
        word("fields", FIELDS, "The key leaves as a record, in the format of the key that comes in (`source.key: json`, `avro`, `protobuf` or `json_schema`): PATH of the record key → field value, for sinks that find rows by such a key. Where that has schemas its own is derived and registered as `<topic>-key`. A key of which nothing comes of a member is quarantined `key_unreadable`, unless the member says `on_error: drop_field`; one at least does not. Paths are of names alone; a code has `epoch: none`."),
    ],
);

/// `outputs[].timestamp` as an object.
pub(crate) static TIMESTAMP: Shape = shape(
    "timestamp",
    &[word(
        "generalize",
        Takes::Object(&TIMESTAMP_GENERALIZE),
        "A coarser time.",
    )
    .required()],
);

/// `outputs[].on_withheld`
pub(crate) static ON_WITHHELD: Shape = shape(
    "on_withheld",
    &[word("tombstone", Takes::Object(&CLEARING), "A tombstone in place of a record that is withheld for want of consent, where a permitted one of its key may have left before; never for who always refused: it would tell that there is somebody.").required()],
);

/// `outputs[].on_withheld.tombstone`
pub(crate) static CLEARING: Shape = shape(
    "on_withheld.tombstone",
    &[
        word("when", Takes::OneOf(&["before", "state"]), "`before`: the consent signals of the row as it was, which stands beside it at `at`, permitted it. `state`: the person withdrew in `consent.state` what was granted there before.").required(),
        word("at", Takes::Text, "With `before`: the row as it was, `before` in the events of Debezium. The steps of this path take the place of as many at the start of each signal's: `after.optin` is read at `before.optin`."),
    ],
);

/// `outputs[].timestamp.generalize`
pub(crate) static TIMESTAMP_GENERALIZE: Shape = shape(
    "timestamp.generalize",
    &[word(
        "time",
        DURATION,
        "The unit that the time is cut to, from 1970 in UTC: `1h`, `1d`.",
    )
    .required()],
);

/// Beside an action in a field value.
pub(crate) static FIELD_VALUE: Shape = shape(
    "field value",
    &[
        word("as", FIELDS, "NAME → field value: siblings in the place of the field, each with its own action; one name is a rename."),
        word("gaps", Takes::OneOf(&["null", "remove"]), "On a path that ends in `[*]`: what is left of an element of which nothing is written. `null` keeps its place, so that lists that belong together stay aligned; `remove` moves those behind it up.").default("null"),
        word("names", Takes::OneOrMany(&Takes::FieldValue), "On a path with `*` or `**`: what becomes of the names of the members that they stand for, which the action in it sees as texts. One field value for all, or a list with one for each, in order; no `as`, no `when`. A name of which nothing comes takes its member with it, counted as absent; one that is refused is, as the field's `on_error` says, and so is one that stands in its object already (`duplicate_key`)."),
        word("when", Takes::List(&Takes::Object(&CASE)), "Chooses the action by a condition: the first case that holds counts, and where none does the field is dropped. Beside it `on_error` and `gaps` hold for the cases that do not say them. Not in a record key or a header."),
        word("on_error", Takes::Either(&Takes::OneOf(&["quarantine", "drop_field"]), &Takes::Object(&ON_ERROR)), "What happens when the action refuses the value: the record goes to quarantine, or this field alone is missing and counted, or a constant stands in its place and is counted.").default("quarantine"),
    ],
);

/// A case of `when`.
pub(crate) static CASE: Shape = shape(
    "case",
    &[
        word(
            "if",
            Takes::Condition,
            "When the case holds. A mapping of which all must hold: `PATH: TEST`; `any: [CONDITION, …]`, `all: [CONDITION, …]`, `not: CONDITION`; `from: record_key`, `record_key.PATH` or `header.NAME` with `is: TEST`. PATH is written from the top; where it begins with the `items[*]` that the field lies in, it means the same element. A field called `any` is written `\"'any'\"`.",
        ),
        word(
            "then",
            Takes::FieldValue,
            "What the field is made by then; no `as`.",
        ),
        word(
            "else",
            Takes::FieldValue,
            "What it is made by where no case holds. It stands last, alone; without it nothing leaves.",
        ),
    ],
);

/// What a condition asks of a value, as an object.
pub(crate) static VALUE_TEST: Shape = shape(
    "condition's test",
    &[
        word(
            "is",
            Takes::OneOf(&[
                "present", "absent", "null", "text", "number", "boolean", "object", "array",
            ]),
            "What kind of value it is; `present` is `null` too. Every other test is false of what is absent, `null` or of another kind.",
        ),
        word(
            "min",
            Takes::Scalar,
            "A number, by value, or a time, as an instant: not below.",
        ),
        word("max", Takes::Scalar, "Not above."),
        word("above", Takes::Scalar, "Greater."),
        word("below", Takes::Scalar, "Less."),
        word(
            "unit",
            Takes::OneOf(&["iso", "s", "ms", "us", "ns", "d", "basic"]),
            "How the event writes the time that is compared with bounds; as in `generalize`.",
        )
        .default("iso"),
        word(
            "matches",
            Takes::Text,
            "A text of which this regular expression matches all.",
        ),
        word(
            "not",
            Takes::Test(&VALUE_TEST),
            "The other way round, true of what is absent too: a value, a list of values, or a test.",
        ),
    ],
);

/// `on_error` as an object.
pub(crate) static ON_ERROR: Shape = shape(
    "on_error mapping",
    &[word(
        "replace",
        Takes::Either(&Takes::Scalar, &Takes::Null),
        "The constant that stands where a value was refused: text, a number, a boolean or `null`; quote it to make it text. Not on a record key, on what is taken whole, or on a path with `*`.",
    )
    .required()],
);

/// `quarantine`
pub(crate) static QUARANTINE: Shape = shape(
    "quarantine",
    &[
        word("topic", TOPIC, "The topic that takes refused records.").required(),
        word(
            "key",
            Takes::KeyName(""),
            "The name under `keys:` that records are sealed to.",
        )
        .required(),
        word(
            "retention",
            DURATION,
            "How long the topic may keep records, `7d`; a topic that keeps them longer is refused at start.",
        ),
        word(
            "recipient",
            Takes::Text,
            "Who may open it: a name under `recipients`, or `own house`. Whoever also reads an output whose records wait learns there which records are in no release (V0243).",
        ),
    ],
);

/// `dangerously[]`
pub(crate) static ALLOWANCE: Shape = shape(
    "dangerously",
    &[
        word("allow", Takes::Text, "The name of a finding.").required(),
        word(
            "output",
            Takes::OneOrMany(&TOPIC),
            "The topic of the output it holds for, or a list.",
        )
        .default("every output"),
        word(
            "field",
            Takes::Text,
            "The field it holds for, as the policy writes it.",
        )
        .default("every field"),
        word("because", Takes::Prose, "The reason.").required(),
        word(
            "until",
            DAY,
            "The last day, `2027-01-31`; after it the finding is back.",
        ),
    ],
);

/// `tests[]`
pub(crate) static TEST: Shape = shape(
    "test",
    &[
        word("name", Takes::Prose, "What is tested, as a sentence.").required(),
        word(
            "given",
            Takes::Anything,
            "The value of the record. Numbers are passed as written (39.80).",
        ),
        word("raw", Takes::EventText, "The value, byte for byte."),
        word(
            "schema",
            Takes::Text,
            "With `value: avro`, `protobuf` or `json_schema`: the file of the schema that the value is written under, beside the policy. Values are written in the test as `veil` shows them: times as ISO 8601 text, bytes as Base64.",
        )
        .default("that of the source"),
        word(
            "record",
            Takes::Object(&RECORD),
            "The whole record. One of `given`, `raw`, `record` and `stream` is required.",
        ),
        word(
            "stream",
            Takes::List(&Takes::Anything),
            "The values of several records, one behind the other and then no more: for outputs whose records wait for a release. Beside it stand `released`, `suppressed`, `absent` and `never_contains`.",
        ),
        word(
            "now",
            Takes::EventScalar,
            "What time it is when the record comes, as `timestamp`: then it can be too late for its epoch (`epoch_out_of_window`).",
        )
        .default("events of any time are taken"),
        word(
            "consent",
            Takes::MapOf(&Takes::MapOf(&Takes::MapOf(&Takes::Either(&Takes::Boolean, &Takes::OneOf(&["withdrawn"]))))),
            "KIND → identifier → category → what that person decided in `consent.state`: granted (`true`), denied (`false`), or denied where it was granted before (`withdrawn`).",
        )
        .default("nobody has decided anything"),
        word(
            "expect",
            Takes::MapOf(&Takes::Anything),
            "TOPIC → what the output must hold, among other things; with `source.split` a list: what leaves of each element, in order.",
        ),
        word(
            "exactly",
            Takes::MapOf(&Takes::Anything),
            "TOPIC → the whole output and nothing else; with `source.split` a list of them.",
        ),
        word(
            "record_keys",
            Takes::MapOf(&Takes::Anything),
            "TOPIC → the record key of what leaves there, a tombstone's too: text; where keys leave as records (`key: { fields: … }`) the whole one, as JSON; `null`: none. With `source.split` a list: those of the elements, in order.",
        ),
        word("withheld", TEXTS, "Topics that do not get the record; with `source.split`, nor any element of it."),
        word(
            "held",
            TEXTS,
            "Topics whose release the record waits for.",
        ),
        word(
            "released",
            Takes::MapOf(&Takes::List(&Takes::Anything)),
            "With `stream`: TOPIC → all that leaves there, in any order. `[]`: nothing does.",
        ),
        word(
            "suppressed",
            Takes::MapOf(&Takes::Integer(0, i64::MAX)),
            "With `stream`: TOPIC → how many records waited there and are left out.",
        ),
        word(
            "quarantined",
            Takes::Text,
            "The reason why the record is refused; with `source.split` why one of its elements is, or several.",
        ),
        word("absent", TEXTS, "Paths that no output may hold."),
        word(
            "never_contains",
            Takes::OneOrMany(&Takes::EventScalar),
            "Texts that occur in no output's value, key or headers, ASCII case ignored.",
        ),
    ],
);

/// `tests[].record`
pub(crate) static RECORD: Shape = shape(
    "record",
    &[
        word(
            "key",
            Takes::Anything,
            "The record key: text; or a value where `source.key` is `json`, `avro`, `protobuf` or `json_schema`: no frame stands around it here.",
        ),
        word(
            "headers",
            Takes::MapOf(&Takes::OneOrMany(&Takes::EventText)),
            "Header name → text, or several texts.",
        ),
        word(
            "timestamp",
            Takes::EventScalar,
            "Milliseconds since 1970, or a time such as 2026-03-01T10:42:07Z.",
        ),
        word(
            "value",
            Takes::Anything,
            "The value; `null` is a tombstone.",
        ),
        word("raw", Takes::EventText, "The value, byte for byte."),
    ],
);

/// Every shape of the language outside the actions: the path in the policy and
/// its words.
pub(crate) static ALL: &[(&str, &Shape)] = &[
    ("", &POLICY),
    ("metadata", &METADATA),
    ("source", &SOURCE),
    ("source.schema", &SOURCE_SCHEMA),
    ("source.split", &SPLIT),
    ("source.subject.KIND", &SUBJECT),
    ("source.type", &TYPE_FROM),
    ("keys.NAME", &KEY),
    ("nothing", &NOTHING),
    ("classes", &CLASSES),
    ("consent", &CONSENT),
    ("consent.signals[]", &SIGNAL),
    ("consent.signals[].means.CATEGORY", &SIGNAL_MEANS),
    ("purposes", &COLLECTED),
    ("purposes.compatible[]", &COMPATIBLE),
    ("recipients.NAME", &RECIPIENT),
    ("sensitive[]", &SENSITIVE),
    ("regions", &REGIONS),
    ("minors", &MINORS),
    ("consent.state", &STATE),
    ("consent.state.stale", &STALE),
    ("consent.categories.NAME", &CATEGORY),
    ("rights", &RIGHTS),
    ("rights.erased", &ERASED),
    ("outputs[]", &OUTPUT),
    ("outputs[].aggregate", &AGGREGATE),
    ("outputs[].aggregate.time", &AGGREGATE_TIME),
    ("outputs[].aggregate.sum", &SUM),
    ("outputs[].aggregate.contribution", &CONTRIBUTION),
    ("outputs[].aggregate.keys", &CELLS),
    ("outputs[].aggregate.budget", &BUDGET),
    ("outputs[].order", &ORDER),
    ("outputs[].order.shuffled", &SHUFFLED),
    ("outputs[].k_anonymous", &K_ANONYMOUS),
    ("outputs[].k_anonymous.l[]", &L),
    ("outputs[].k_anonymous.t[]", &T),
    ("outputs[].k_anonymous.remainder", &REMAINDER),
    ("outputs[].key", &RECORD_KEY),
    ("outputs[].schema", &OUTPUT_SCHEMA),
    ("outputs[].on_withheld", &ON_WITHHELD),
    ("outputs[].on_withheld.tombstone", &CLEARING),
    ("outputs[].timestamp", &TIMESTAMP),
    ("outputs[].timestamp.generalize", &TIMESTAMP_GENERALIZE),
    ("a field value", &FIELD_VALUE),
    ("a field value: when[]", &CASE),
    ("a condition's test", &VALUE_TEST),
    ("a field value: on_error", &ON_ERROR),
    ("quarantine", &QUARANTINE),
    ("dangerously[]", &ALLOWANCE),
    ("tests[]", &TEST),
    ("tests[].record", &RECORD),
];
