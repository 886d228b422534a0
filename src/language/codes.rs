//! The finding codes, each with what it means and why: `veil check` prints
//! them, the reference lists them, tests hold one example of each.

use super::brought;
use super::finding::{Findings, Span};

/// One code of the list.
#[derive(Debug)]
pub struct Code {
    /// `V` and four digits; never reused.
    pub code: &'static str,
    /// Short name, the word `dangerously: allow:` takes.
    pub name: &'static str,
    /// What it means.
    pub doc: &'static str,
    /// May be allowed under `dangerously:`.
    pub may_be_allowed: bool,
}

macro_rules! codes {
    ($($ident:ident = $code:literal, $name:literal, $allow:literal, $doc:literal;)*) => {
        $(#[doc = $doc] pub const $ident: &str = $code;)*
        /// Every code, in order.
        pub const ALL: &[Code] = &[$(Code { code: $code, name: $name, doc: $doc, may_be_allowed: $allow }),*];
    };
}

codes! {
    NOT_IN_THIS_VERSION = "V0001", "not_in_this_version", false, "A word of the language that this version lacks. A word that is read but not obeyed would promise what does not happen.";
    YAML = "V0002", "yaml", false, "The text is not YAML, or uses what a policy may not: several documents, anchors, aliases, tags, merge keys.";
    DUPLICATE_NAME = "V0003", "duplicate_name", false, "One name stands twice in one mapping.";
    UNKNOWN_WORD = "V0004", "unknown_word", false, "A word the language does not have.";
    MISSING_WORD = "V0005", "missing_word", false, "A required word is missing.";
    WRONG_KIND = "V0006", "wrong_kind", false, "Text, a number, a list or a mapping stands where something else belongs.";
    OUT_OF_RANGE = "V0007", "out_of_range", false, "A number or length outside its range.";
    TOO_LARGE = "V0008", "too_large", false, "The policy is longer, deeper or has more parts than a policy may have.";
    BAD_NAME = "V0009", "bad_name", false, "A name that breaks the rules for names of its kind.";
    BAD_SELECTOR = "V0101", "bad_selector", false, "A path that cannot be read.";
    BAD_TYPE_NAME = "V0102", "bad_type_name", false, "The name of a record type that cannot be read.";
    BAD_PLACE = "V0103", "bad_place", false, "A place that cannot be read: `value.PATH`, `record_key`, `record_key.PATH` or `header.NAME` is meant.";
    SAME_PATH = "V0104", "same_path", false, "One output names one path twice, for one type of record.";
    SAME_OUTPUT_PATH = "V0105", "same_output_path", false, "Two fields of one output can meet on one path of what is written.";
    INSIDE_A_VALUE = "V0106", "inside_a_value", false, "A path lies inside a value that the same output takes whole, drops by a more exact path, or makes a field of with its siblings. Beside an action that takes scalars it may stand: the kind of the value decides.";
    WILDCARD_NAMES = "V0107", "wildcard_names", false, "`*` copies member names, which can be data; so it stands only with `drop` or `subtree: true`.";
    ONE_ACTION = "V0108", "one_action", false, "A field value is one bare word, or an object with exactly one action, beside it `on_error` and `gaps` only.";
    UNKNOWN_ACTION = "V0109", "unknown_action", false, "Neither an action of the language nor a name under `actions:`.";
    MISPLACED = "V0110", "misplaced", false, "`as:`, `from:` or `fields:` where it cannot be: `as` on an element of an array, on `*`, beside another action, in a named action; any of them in a record key or a header. `gaps` on what is no `[*]`; `on_error: { replace: … }` on a record key, or on what is taken whole.";
    SAME_TOPIC = "V0111", "same_topic", false, "Two outputs write to one topic.";
    TOPIC_CYCLE = "V0112", "topic_cycle", false, "A topic that is written is also read, or the quarantine shares a topic with the data.";
    LIKE_TARGET = "V0113", "like_target", false, "`like` must name an output path of `fields`.";
    TOMBSTONE_KEY = "V0114", "tombstone_key", false, "A tombstone has no value, so `tombstones: forward` needs a key made from that of the record: `key.from: record_key` or `record_key.PATH`, or `key.fields`.";
    ON_WITHHELD = "V0115", "on_withheld", false, "Consent gate and forwarded tombstones together: what happens to the last permitted state when consent is gone must be said, and a tombstone must tell of nobody who never consented.";
    TYPES_WITHOUT_SOURCE = "V0116", "types_without_source", false, "`types:` is used, but `source.type` does not say where the type of a record stands.";
    SAME_TYPE = "V0117", "same_type", false, "Two entries of `types:` are equally exact for one type.";
    BAD_FROM = "V0118", "bad_from", false, "`from:` names siblings of the field that is written, or the places that a record key is made of; these cannot be used so.";
    NO_FIELDS = "V0119", "no_fields", false, "An output without any field: `fields: {}` stands only beside `types`.";
    HEADERS_FORM = "V0120", "headers_form", false, "`headers: { keep: [NAME] }` is the old form; each header has its own field value.";
    BAD_FILTER = "V0121", "bad_filter", false, "A filter `[?path==literal]` that cannot be read, or cannot choose anything: it stands on elements that are objects, and compares one member of theirs with a text, a start of a text, a number or a boolean.";
    TWO_DISCRIMINANTS = "V0122", "two_discriminants", false, "One output chooses the elements of one list by two different members: which of the two decides cannot be told.";
    JSON_IN_TEXT = "V0123", "json_in_text", false, "`|json` opens a text, and what is named in it leaves; so nothing else is done to that text, and something in it is named.";
    BAD_CONDITION = "V0126", "bad_condition", false, "A condition that cannot be one: it asks nothing, or two things at once, of a value that cannot be named so; or a case of `when` that is none.";
    ASKS_SEVERAL = "V0127", "asks_several", false, "A condition names several values, `[*]`, and asks of one. It may name the element that the field itself lies in: `items[*].kind` for a field `items[*].price`.";
    NESTED_TOO_DEEP = "V0128", "nested_too_deep", false, "Field values in each other more than four levels deep (`when`, `each`, `url`, `redact`, `names`, `encrypt: { fields }`), or a condition of more than sixteen.";
    SPLIT_PLACE = "V0129", "split_place", false, "`source.split` where no list can be taken apart: on a way that is not names from the top, inside what a field takes whole, or where tombstones are forwarded; or `lift` where the members of an element cannot stand beside the list.";
    TABLE_FILE = "V0130", "table_file", false, "A file beside the policy that an action reads, and that cannot be used: it is missing, too long, no UTF-8 text, or not what the action takes: then the line is named.";
    NOTHING_WORD = "V0131", "nothing_word", false, "A word under `nothing:` that cannot be one: no text, empty, too long, or one of too many.";
    FOREIGN_PATH = "V0132", "foreign_path", true, "A path in the notation of another language (`$.a.b`, `/a/b`, `a.0.b`, `this.a`), or in quotes that only YAML sees: it can be read, and then names what hardly any event has.";
    KEY_OF_AN_EPOCH = "V0135", "key_of_an_epoch", false, "A record key that changes with every epoch, where tombstones clear records, or sinks find rows by its `fields`: one clears those of its own epoch only, and the rest of a person would stay.";
    SCHEMA_FILE = "V0139", "schema_file", false, "A file of a schema beside the policy that cannot be used: it is missing, no text, no schema, or the policy can make nothing of it: an action takes no value of the type that a field has, or what leaves would have no one type.";
    SCHEMA_LACKS = "V0140", "schema_lacks", true, "A path that leads nowhere in the schema of the writer: of a field that is not there nothing leaves.";
    CUT_OFF_DENIAL = "V0141", "cut_off_denial", true, "Two signals in a Protobuf message for one category of consent: a message that is cut off at the border of two fields is a message, so that one of them may be there and the other, which denied, cut off.";
    KEY_WITHOUT_FIELDS = "V0145", "key_without_fields", false, "A record key of `fields` of which no member is always there: records of several keys would have one.";
    UNBOUNDED_KEEP = "V0201", "unbounded_keep", true, "A bare `keep` on text lets out whatever a producer puts there.";
    KEEPS_WHOLE = "V0202", "keeps_whole", true, "`subtree: true` lets out everything that grows inside an object. A note; of `*` in clear, which lets out every member that nobody names, a warning.";
    UNCLASSIFIED_KEEP = "V0203", "unclassified_keep", true, "`classes:` exists, and a field that leaves in clear has no class. A warning, and an error once `sensitive` is written.";
    CLASS_UNUSED = "V0204", "class_unused", true, "A field with a class that no output uses: it could be dropped at the source. Not said while the policy has errors: what is misspelt is used.";
    NOTHING_LEAVES = "V0205", "nothing_leaves", true, "Every field of an output is dropped, and it has no key and no headers: each record leaves as an empty object.";
    LINKABLE_FOR_EVER = "V0210", "linkable_for_ever", true, "A pseudonym without an epoch stays the same as long as its key lives: all events of a person can be linked, for ever. Said aloud (`epoch: none`) it is no longer noted.";
    SHARED_DOMAIN = "V0211", "shared_domain", true, "Two outputs share a pseudonymisation domain, so their pseudonyms join by design.";
    LINKABLE_OUTPUTS = "V0212", "linkable_outputs", true, "Two outputs of one source in different domains: who reads both can join them, by key, by row, by content or by behaviour.";
    SAME_SPACE = "V0213", "same_space", true, "Fields of different classes share one pseudonym space: user 42 and order 42 get one pseudonym.";
    DIRECT_IDENTIFIER = "V0214", "direct_identifier", true, "A field whose class identifies a person directly leaves in clear.";
    SPECIAL_CATEGORY = "V0215", "special_category", true, "Biometric or health data, data of children or a precise location leaves in clear or merely pseudonymized.";
    TRACING_HEADER = "V0216", "tracing_header", true, "A header that is unique to one event leaves so that copies of the event can be joined.";
    RAW_RECORD_KEY = "V0217", "raw_record_key", true, "A record key is text: `like` of a field under `raw` gives another pseudonym than a JSON number in that field.";
    RAW_IDENTIFIER = "V0218", "raw_identifier", true, "An identifier is pseudonymized as `raw`: the number 42 and the text \"42\" become two persons.";
    REVERSIBLE_FOR_OTHERS = "V0219", "reversible_for_others", true, "A reversible action towards a recipient outside the own house.";
    DOMAIN_OF_TWO_RECIPIENTS = "V0220", "domain_of_two_recipients", true, "One pseudonymisation domain is used by outputs of two recipients.";
    KEY_OF_TWO_PURPOSES = "V0221", "key_of_two_purposes", true, "One key of a reversible action is used for two purposes.";
    FINE_TIMESTAMP = "V0222", "fine_timestamp", true, "The record timestamp is finer than a time that the same output makes coarser.";
    NO_GATE_NO_BASIS = "V0223", "no_gate_no_basis", true, "The policy gates on consent, but this output names neither `needs_consent` nor a `basis`.";
    RETENTION_MISSING = "V0224", "retention_missing", true, "Nothing says how long the quarantine keeps records.";
    UNKNOWN_CLASS = "V0225", "unknown_class", true, "A class that is not in the list and not below a prefix of `classes.own`: the linter knows nothing of it, so a misspelt class would switch it off. A warning, and an error once `sensitive` is written.";
    UNKNOWN_PURPOSE = "V0226", "unknown_purpose", true, "A purpose that is no data use of the list and not below a prefix of `purposes.own`. A warning, and an error once `purposes` is written: a misspelt purpose lies under nothing.";
    SECONDARY_USE = "V0227", "secondary_use", false, "An output serves a purpose that the data was not collected for: not below `purposes.collected_for`, not below the purposes of every category that it needs, and not compatible until today by `purposes.compatible`.";
    CONSENT_WITHOUT_GATE = "V0228", "consent_without_gate", true, "An output rests on consent (`basis: consent`) and asks for none. A warning, and an error once `purposes` is written.";
    UNKNOWN_RECIPIENT = "V0229", "unknown_recipient", false, "A recipient that `recipients` does not have, where it is written: of an output, or a `vendor` of a TC string without its number there.";
    NO_MECHANISM = "V0230", "no_mechanism", false, "A recipient in a country outside of the European Economic Area, for which the Commission has no decision that covers it, and no mechanism (GDPR articles 44 to 49) is named, or one that cannot be it.";
    CONTRACT_ENDS = "V0231", "contract_ends", false, "The contract with a recipient of an output is over; in its last 30 days a warning. Asked at start and at reload: what runs goes on.";
    BAD_COUNTRY = "V0232", "bad_country", false, "What should be a country is no code of two letters of ISO 3166-1.";
    SENSITIVE_UNEXPLAINED = "V0233", "sensitive_unexplained", false, "`sensitive` is written, and a field of a special category, of offences, of children or of a precise location leaves other than coarser, or decides what leaves (`when`, `where`, `types`, `region`, a filter of a path), without an entry for its class. A precise location is coarse with `decimals: 1` or `geohash: 4`; a `hierarchy` where no value is its own class or alone in one; at most 32 `ranges`; `randomized_response` with an `epsilon` of at most 1 and `memo: subject`.";
    EXPLICIT_CONSENT = "V0234", "explicit_consent", false, "An entry of `sensitive` rests on explicit consent, and its category is not declared `explicit: true`, an event can grant it, or an output with such data does not need it.";
    SENSITIVE_ENTRY = "V0235", "sensitive_entry", false, "An entry of `sensitive` that says nothing that counts: a class that needs none, no condition of article 9(2), or a category without explicit consent.";
    UNKNOWN_REGION = "V0236", "unknown_region", false, "A region that `regions.names` does not have, or one where no `regions` are written.";
    UNDECIDED_TOMBSTONES = "V0237", "undecided_tombstones", false, "`tombstones: forward` where the value of a record decides whether it may leave (`region`, `minors`): a tombstone has none, so that of anybody would leave.";
    UNKNOWN_REGION_SENDS = "V0238", "unknown_region_sends", true, "An output to a recipient in a third country takes a region that is that of people of whom nothing says where they are (`regions.unknown`): a country that cannot be read sends them there.";
    MADE_UP_PERSONS = "V0239", "made_up_persons", true, "A `k_anonymous` output of what outsiders can write: who sends events as people of their own making fills the class of somebody, and reads them in it.";
    HELD_LENGTH = "V0240", "held_length", false, "A value is sealed without padding in an output whose records wait for a release: its length tells which record of the source it was.";
    HELD_TIME = "V0241", "held_time", false, "The timestamp of records that wait for a release is their own, be it coarse: it tells one from another, and in which order they came.";
    HELD_CODE = "V0242", "held_code", false, "A code, a token or a sealed value in a `k_anonymous` output: whoever knows it, or its length, tells one person of a class from another.";
    QUARANTINE_READER = "V0243", "quarantine_reader", true, "One reader has an output whose records wait and the quarantine (`quarantine.recipient`): offsets there tell which record is in no release.";
    REPEATS = "V0244", "repeats", true, "A field in `l` or `t`, and no `once_per`: a person in many releases stands in many classes, and what their values have in common is soon one. If no person comes twice, the allowance says so.";
    SINGLES_OUT = "V0245", "singles_out", true, "Of the persons of a sample more than one of twenty are alone in an output: nobody else looks like them by what leaves. Asked of a sample of at least 100 persons (`veil check --on`).";
    JOINED_ROWS = "V0246", "joined_rows", true, "Of the records of a sample that leave to two outputs more than one of a hundred are alone in what both say of them: who reads both finds the row of one in the other, whatever the codes. Asked of a sample of at least 100 persons (`veil check --on`).";
    SMALL_POOL = "V0247", "small_pool", false, "Too few records leave together: `pool` below 1,000, `subjects` below 100, or `max_records` below `pool`, or below 20 × `k`, where classes would say next to nothing.";
    NOW_IS_FINE = "V0248", "now_is_fine", true, "`timestamp: now` beside a time that is made coarser: it is the millisecond of writing, which follows the event's.";
    OPEN_END = "V0249", "open_end", true, "Steps without both ends, or so fine that they hide little: the rarest values leave nearly as they came.";
    FACTORS = "V0250", "factors", true, "A coarser amount, and under an array of the same record the article and the number of which it is the sum: it can be computed again.";
    OUTSIDER_DICTIONARY = "V0251", "outsider_dictionary", true, "Who can send an event can send a value of their choice, and look up its code or token in the output.";
    EPOCHS_JOINED = "V0252", "epochs_joined", true, "A code of a person that lasts longer than another one's epoch, in one record: whoever follows it knows which codes of two epochs are one person's, so the shorter epoch hides nothing.";
    NETWORK_BESIDE_CODE = "V0253", "network_beside_code", true, "The network of an address, finer than `ipv4: 8` or `ipv6: 16`, beside a code of a person that never changes: with one trait more it singles out, and what was found stays found.";
    PLACE_BESIDE_CODE = "V0254", "place_beside_code", true, "A place, finer than `decimals: 1`, `geohash: 4` or `h3: 4`, beside a code of a person that never changes: where somebody is at night is where they live.";
    RAW_SCHEMA = "V0255", "raw_schema", true, "A header or a member leaves in clear that names the schema of what came in (`ce_dataschema`, `dataschema`): what leaves has another one, and whoever reads it is told what the raw records hold, and often where.";
    LENGTH_SHOWS = "V0260", "length_shows", true, "A value is sealed without padding, or a name or an address masked character by character: how long it is shows.";
    TOOTHLESS_BOUND = "V0261", "toothless_bound", true, "The bound of what leaves in clear lets an address, a number of a person, a name or a place out: it bounds how a text is written, not what it says. Of an address, its path by its words instead of a closed list of routes.";
    COMBINATION = "V0262", "combination", true, "One person's network, birth, place, mail domain or browser version, two of them together and each finer than very many share: most combinations are one person's.";
    PROTECTS_NOTHING = "V0263", "protects_nothing", true, "Whatever leaves, leaves as it came: the policy leaves fields out, and protects none.";
    NO_CLASSES = "V0264", "no_classes", true, "Something leaves in clear or coarser, and nothing says what any field is: no `classes`. So nothing can be held against what it is.";
    NO_CONSENT_NO_BASIS = "V0265", "no_consent_no_basis", true, "Nothing says why any output may be made: no `consent`, and no `basis` at any output.";
    FEW_VALUES = "V0266", "few_values", true, "A code, a token or a deterministic envelope of a class with few values: how often each comes tells which is which.";
    CLICK_ID = "V0267", "click_id", true, "A parameter of an address leaves by which an advertiser, a network or a mailing knows one click, and so one person, again.";
    WEAK_SALT = "V0268", "weak_salt", true, "The salt of another tool's hash has fewer than 16 bytes: it can be guessed from one code of a known value.";
    MATCH_HASH_UNGATED = "V0269", "match_hash_ungated", false, "A hash without a key leaves where more than one platform could have it: without a purpose under `marketing.advertising`, a consent gate, a recipient, or a pseudonymisation domain of its own.";
    FREE_TEXT = "V0270", "free_text", true, "A free text leaves without what its form tells: names, streets and what people tell stay in it.";
    NOISE_REPEATS = "V0271", "noise_repeats", true, "Noise of which one person gets any number of draws: what is said of a person adds up without an end, and the mean of many draws is the value.";
    TWO_READINGS = "V0272", "two_readings", true, "`phone(RR)` reads a telephone number without `+` that begins with its country code as a national one: another person's. Under the country code 1 both are one.";
    CLEAR_WHEN_ABSENT = "V0273", "clear_when_absent", true, "A `when` of which absent data takes a case that leaves in clear, while another case does not.";
    SHARED_CODE = "V0274", "shared_code", true, "One code is made of parts of a postal address, in every record: all who live there share it, and each can read what the others did.";
    CLASS_OF_ONE = "V0275", "class_of_one", true, "A table of `hierarchy` has a class of one value at the level that leaves: its name says the value.";
    NEVER_MATCHED = "V0276", "never_matched", true, "On a sample: a selector to which nothing of any record came. Misspelt, or the sample is too small.";
    NEAR_MISS = "V0277", "near_miss", true, "On a sample: a path that no selector names, and that differs from one that does only in capitals, in what stands between words, or in letters that look alike.";
    FEW_CODES = "V0278", "few_codes", true, "On a sample: a code that stays the same, of a field with few values. How often each occurs tells which is which.";
    UNIQUE_COLUMN = "V0279", "unique_column", true, "On a sample: a column that leaves in clear or coarser and differs in every record. It singles records out, and joins copies of them.";
    ONE_CLASS = "V0280", "one_class", true, "On a sample: a generalized column that has one value in all records. It tells nothing, or hides that a bound is wrong.";
    DOMAIN_ACROSS = "V0281", "domain_across", true, "Across policies: outputs of several policies share a pseudonymisation domain.";
    KEY_ACROSS = "V0282", "key_across", true, "Across policies: one key of a reversible action is used for two purposes.";
    TOPIC_ACROSS = "V0283", "topic_across", false, "Across policies: two policies write to one topic.";
    CHAINED = "V0284", "chained", true, "Across policies: an output of one policy is the source of another, so what the first lets out is all that the second can let out. In a circle, records would go round without end.";
    SAME_POLICY_NAME = "V0285", "same_policy_name", false, "Across policies: two policies have one name, and so one consumer group and one transactional identity: one would take the other's partitions.";
    KEPT_APART = "V0286", "kept_apart", true, "Across policies: the persons of two policies share domain and key, and their codes are still made differently, so what looks joinable is not.";
    POLICY_HEADER = "V0287", "policy_header", false, "An output with `policy_header` lets out a header of the same name: which of the two is the policy's own could not be told.";
    OTHER_KIND = "V0288", "other_kind", true, "On a sample: values of another kind than the paths that go through them, so that their records are refused as `wrong_type`: a text where an object should be, a list where the policy names members.";
    COMPAT_HASH = "V0289", "compat_hash", true, "A hash of another tool, with a salt and no key, so that codes which exist can still be joined. It may be allowed until a day, and no longer: the allowance must say `until`.";
    SEVERAL_CODES = "V0290", "several_codes", true, "One value has several codes in one column, since cases of a `when` or types of record make it differently: they do not join, and a count takes it for several.";
    HASHES_ACCEPTED = "V0291", "hashes_accepted", true, "A note, not a warning: `match_hash` lets a text that is a hash already out as one, and nobody here knows what of. How many are such `veil_accepted_hashes_total` counts.";
    UNAVAILABLE_VALUE = "V0292", "unavailable_value", true, "A note, not a warning: on an envelope of Debezium a code is made of a column whose value the event may not know: of a large column that an update did not touch it says `__debezium_unavailable_value`, which would become one code, and one person, for all such rows.";
    CHOOSE_ONE = "V0301", "choose_one", false, "An action needs exactly one of several words.";
    NOT_TOGETHER = "V0302", "not_together", false, "Two words of an action that do not go together.";
    PATTERN = "V0303", "pattern", false, "A regular expression that cannot be read or is too large.";
    DURATION = "V0304", "duration", false, "A length of time that is not a number and a unit, or does not fit the days.";
    NOT_ASCENDING = "V0305", "not_ascending", false, "Lower bounds that do not ascend.";
    KEY_VERSION = "V0306", "key_version", false, "A key without the version that the action must pin, or with one where none may stand.";
    NORMALIZE = "V0307", "normalize", false, "A list of canonicalisers that cannot be applied in that order, or an unknown one.";
    DETECTOR = "V0308", "detector", false, "A detector or a locale of `redact` that is not known, or a detector of a locale that is not named.";
    NOISE_RANGE = "V0309", "noise_range", false, "A budget, range, distance or list of values that no noise can be made with.";
    TOKEN_DOMAIN = "V0310", "token_domain", false, "A format of which no token can be made: an alphabet of fewer than two different characters, too long, or with a character that stands twice or is not one by itself.";
    NO_SUCH_MATCH = "V0311", "no_such_match", false, "A platform that takes no hash of that field: it wants it in clear, or not at all.";
    ZONE = "V0312", "zone", false, "A time zone that the tz database of this build does not have.";
    NOT_IN_A_RELEASE = "V0320", "not_in_a_release", false, "What records that wait for a release cannot have: a key, headers, tombstones, a field made in cases or in a list, where it would tell them apart again, or could not be asked.";
    UNPLACED_FIELD = "V0321", "unplaced_field", false, "A field of a `k_anonymous` output that is neither `quasi`, nor in `l` or `t`, nor `free`, nor hidden: nobody has said whether others know it.";
    QUASI_ALONE = "V0322", "quasi_alone", false, "`quasi` where no release decides what leaves: outside of `k_anonymous`, inside of another action, in a record key, a header or a name.";
    SMALL_K = "V0323", "small_k", true, "Classes of fewer than 5 persons: a guess is right once in four times or more.";
    ENDS_ARE_VALUES = "V0324", "ends_are_values", true, "`mode: box`: both ends of every class are the value of somebody in it.";
    FILES_ONLY = "V0325", "files_only", true, "A note, not a warning: counts beside `consent.state`, and records of an output with `once_per` or `aggregate` where the policy has no key `state`, leave by `veil apply` alone, and `veil run` refuses the policy.";
    NOT_COUNTED = "V0326", "not_counted", false, "What an output that counts cannot have: whatever says something of single records, a cell that can stand for several, a name that every row has.";
    OVER_BUDGET = "V0327", "over_budget", false, "The windows of all outputs that spend of one budget spend more than it in one period.";
    NO_NOISE = "V0328", "no_noise", false, "No noise can be made that hides one person as the policy demands it: `delta` is missing, or the noise would be wider than there is room for.";
    LARGE_EPSILON = "V0329", "large_epsilon", true, "An `epsilon` above 10 for one window, or a `delta` above 1 in 1,000: who sees the rows can be sure of nearly anything.";
    TWO_BUDGETS = "V0330", "two_budgets", true, "Two outputs count the same people and spend of two budgets: what both say adds up, and no budget says how far.";
    NOISE_KEY_SHARED = "V0331", "noise_key_shared", false, "The entry of a keyring that makes the noise of counts is used for something else too: whoever has it takes the noise off.";
    TWO_SIZES = "V0332", "two_sizes", false, "Two outputs spend of one budget and say different things of how much it is, so that the larger would be no promise.";
    TWO_RELEASES = "V0333", "two_releases", true, "Two outputs let the same persons leave in classes: who reads both can intersect them, and is left with fewer than `k`.";
    UNKNOWN_KEY = "V0401", "unknown_key", false, "A name that is not declared under `keys:`.";
    BAD_KEY_REFERENCE = "V0402", "bad_key_reference", false, "A key reference that is not `file:FILE#ENTRY`.";
    KEY_MATERIAL = "V0403", "key_material", false, "Key material stands in the policy. A policy holds references only; a key that stood here is to be replaced.";
    KEY_UNUSABLE = "V0404", "key_unusable", false, "A key that is missing, destroyed, or of the wrong kind for its use.";
    KEY_UNUSED = "V0405", "key_unused", true, "A key is declared and nothing uses it.";
    KEYRING_IN_CLEAR = "V0406", "keyring_in_clear", true, "The keyring is not wrapped: its protection is that of the file.";
    NO_QUARANTINE = "V0407", "no_quarantine", true, "No quarantine is named: `veil run` refuses to start without one.";
    PEOPLE_KEY_SHARED = "V0408", "people_key_shared", true, "The key by which people are named (`rights.key`) lies in a keyring with other keys of the policy: `veil serve`, which strangers reach, does not start with it.";
    NOBODY_SIGNALS = "V0501", "nobody_signals", false, "An output needs a consent category that no signal can grant, so nothing would ever leave.";
    SIGNAL_UNUSED = "V0502", "signal_unused", true, "A consent signal speaks for a category that no output needs.";
    SIGNAL_SHAPE = "V0503", "signal_shape", false, "Words of a consent signal that its shape lacks, or that say nothing in it.";
    INTEREST_NOT_ENOUGH = "V0504", "interest_not_enough", false, "A category asks a TC string for a legitimate interest in a purpose that the framework takes consent alone for.";
    STATE_WITHOUT_SUBJECT = "V0505", "state_without_subject", false, "A topic of people's decisions decides, and nothing says whose record it is.";
    STATE_WITHOUT_KEY = "V0506", "state_without_key", false, "A topic of people's decisions decides, and no key makes the names under which people are kept.";
    KEY_OF_PEOPLE = "V0507", "key_of_people", false, "The entry of a keyring that names people where their consent is kept is used for something else too.";
    CATEGORY_UNKNOWN = "V0508", "category_unknown", false, "`consent.categories` says what people are asked, and an output needs another category.";
    STATE_FORM = "V0509", "state_form", false, "Words of `consent.state` that its `format` lacks or has no use for.";
    ALLOWED = "V0601", "allowed", false, "The policy allows, with a reason, what is refused otherwise. Listed at every check and start.";
    ALLOWANCE_EXPIRED = "V0602", "allowance_expired", false, "An allowance is past its date: the finding is back.";
    ALLOWANCE_UNUSED = "V0603", "allowance_unused", false, "An allowance that nothing needs.";
    BAD_ALLOWANCE = "V0604", "bad_allowance", false, "An allowance of something that is no finding, or of one that cannot be allowed.";
    BAD_TEST = "V0701", "bad_test", false, "A policy test that cannot be run as written.";
    BAD_TEST_VALUE = "V0702", "bad_test_value", false, "A value of a policy test that is neither JSON nor clearly text.";
}

/// Reports a word that belongs to a later version.
pub(crate) fn not_in_this_version(findings: &mut Findings, span: Span, word: &str) {
    findings
        .error(
            NOT_IN_THIS_VERSION,
            span,
            format!("`{word}` is not in this version"),
        )
        .label("known to the language, not built yet")
        .why("a word that is read but not obeyed would promise what does not happen")
        .help(match brought::help(brought::FIELD_VALUE, word) {
            Some(instead) => format!("in this version {instead}"),
            None => "remove it, or use a version that has it".to_owned(),
        });
}

/// Reports an unknown word, with what is written here instead or the nearest
/// known one.
pub(crate) fn unknown_word<'k>(
    findings: &mut Findings,
    span: Span,
    of: &str,
    word: &str,
    known: impl Iterator<Item = &'k str>,
) {
    let known: Vec<&str> = known.collect();
    let near = nearest(word, known.iter().copied());
    let help = match (brought::help(of, word), near) {
        (Some(instead), _) => instead.to_owned(),
        (None, Some(near)) => format!("did you mean `{near}`?"),
        (None, None) => format!("known here: {}", known.join(", ")),
    };
    findings
        .error(
            UNKNOWN_WORD,
            span,
            format!("unknown word `{word}` in `{of}`"),
        )
        .help(help);
}

/// The known word nearest to `word`, if one is near enough to be meant: less
/// than half of either may differ. Between shorter words (`d` and `s`, `m` and
/// `ms`) a letter is the whole meaning, and a guess would change it.
pub fn nearest<'k>(word: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let letters = word.chars().count();
    known
        .map(|k| (strsim::damerau_levenshtein(word, k), k))
        .filter(|(d, k)| {
            let known = k.chars().count();
            *d <= 1 + known / 4 && 2 * d < letters.min(known)
        })
        .min_by_key(|(d, _)| *d)
        .map(|(_, k)| k)
}

/// Codes that one policy alone cannot show: an allowance of them may lie unused
/// until more is looked at.
pub(crate) fn needs_more(code: &str) -> bool {
    (NEVER_MATCHED..=KEPT_APART).contains(&code) || code == OTHER_KIND
}

/// Codes that can be allowed only until a day that is said.
pub(crate) fn needs_until(code: &str) -> bool {
    code == COMPAT_HASH
}

/// The code of that number or name.
pub fn of_word(word: &str) -> Option<&'static Code> {
    let mut all = ALL.iter();
    all.find(|c| c.code.eq_ignore_ascii_case(word) || c.name == word)
}

/// The code of that name (`dangerously: allow:`).
pub(crate) fn by_name(name: &str) -> Option<&'static Code> {
    ALL.iter().find(|c| c.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_names_are_distinct_and_ordered() {
        assert!(ALL.windows(2).all(|w| w[0].code < w[1].code));
        let mut names: Vec<&str> = ALL.iter().map(|c| c.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ALL.len());
        assert!(ALL.iter().all(|c| c.code.len() == 5 && !c.doc.is_empty()));
    }

    #[test]
    fn a_near_word_is_found_and_a_far_one_is_not() {
        assert_eq!(
            nearest("purpos", ["topic", "purpose"].into_iter()),
            Some("purpose")
        );
        assert_eq!(nearest("xyz", ["topic", "purpose"].into_iter()), None);
        assert_eq!(nearest("kep", ["drop", "keep"].into_iter()), Some("keep"));
    }

    #[test]
    fn where_half_of_the_letters_differ_nothing_is_guessed() {
        for (word, known) in [
            ("d", "s"),
            ("m", "ms"),
            ("cs", "ms"),
            ("hash", "mask"),
            ("a", "b"),
            ("", "s"),
        ] {
            assert_eq!(nearest(word, [known].into_iter()), None, "{word}");
        }
    }
}
