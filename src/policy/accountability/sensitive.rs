//! Data of special categories leaves coarser, or for a reason that is said.

use super::super::check::accountability::{Condition, Sensitive};
use super::super::check::model::{Checked, Output, Spelled, Value};
use super::super::lint::{Use, everything};
use super::categories::{declared, state_alone_grants};
use super::decides::{Deciding, decided};
use crate::action::{Degree, Grade, IsoClass, NoiseSpent, Setting, Tables};
use crate::categories;
use crate::language::codes;
use crate::language::finding::{Findings, Span};

/// Largest ε, in millionths, under which an answer of a randomized response counts as
/// coarser: it multiplies the odds of any guess by at most e, so that of two values the
/// right one is told less than three times in four, which is less than the two coins
/// of the method's textbook case (ε = ln 3; Dwork and Roth 2014, section 3.2).
const EPSILON_MAX: u64 = 1_000_000;

/// Most steps of `ranges` that are coarser: of a thousand a value is told nearly, and the
/// finest reference ranges of medicine have a dozen.
const RANGES_MAX: usize = 32;

/// Checks what leaves against `sensitive`, and what its entries rest on.
pub(super) fn check(policy: &Checked, read: &Tables, findings: &mut Findings) {
    let Some(entries) = &policy.sensitive else {
        return;
    };
    for entry in entries {
        if let (Some(Condition::ExplicitConsent), Some(category)) =
            (entry.condition, &entry.category)
        {
            explicit(policy, category, findings);
        }
    }
    let uses = everything(policy);
    for u in &uses {
        let Err(fine) = is_coarse(u, read) else {
            continue;
        };
        match lacking(entries, &u.known.classes, u.output) {
            Some((class, None)) => unexplained(u, class, &fine, findings),
            Some((class, Some(entry))) => {
                unasked(u.output, &u.path, u.at(), class, entry, findings)
            }
            None => {}
        }
    }
    let all: Vec<&Use<'_>> = uses.iter().collect();
    for deciding in decided(policy, &all) {
        let (output, path) = (deciding.output, deciding.path.to_string());
        match lacking(entries, &deciding.classes, output) {
            Some((class, None)) => told(&deciding, &path, class, findings),
            Some((class, Some(entry))) => {
                unasked(output, &path, deciding.span, class, entry, findings);
            }
            None => {}
        }
    }
}

/// The first class that nothing explains, one for each field, and an entry for it that
/// does not hold in that output.
fn lacking<'p>(
    entries: &'p [Sensitive],
    classes: &[&'p str],
    output: &Output,
) -> Option<(&'p str, Option<&'p Sensitive>)> {
    let special = classes.iter().filter(|c| categories::is_special(c));
    special.copied().find_map(|class| {
        let covering = || entries.iter().filter(|e| e.covers(class));
        // One that rests on people's consent is not lifted by another that needs none.
        let by_consent = || covering().filter(|e| e.category.is_some());
        match by_consent().next() {
            Some(first) => {
                (!by_consent().any(|e| e.holds_for(output))).then_some((class, Some(first)))
            }
            None => covering().next().is_none().then_some((class, None)),
        }
    })
}

impl Sensitive {
    fn covers(&self, class: &str) -> bool {
        categories::is_at_or_below(class, &self.class.value)
    }

    /// What it rests on holds for who is in that output.
    fn holds_for(&self, output: &Output) -> bool {
        let needed = |category: &Spelled| output.needs.iter().any(|n| n.value == category.value);
        self.category.as_ref().is_none_or(needed)
    }
}

/// The entries that explain what of special categories leaves in that output, or decides
/// there: `uses` are those of the output, `classes` of what leaves.
pub(in super::super) fn of<'p>(
    policy: &'p Checked,
    output: &Output,
    (uses, classes): (&[&Use<'p>], &[&'p str]),
) -> Vec<&'p Sensitive> {
    let mut classes = classes.to_vec();
    if policy.sensitive.is_some() {
        let deciding = decided(policy, uses).into_iter();
        let here = deciding.filter(|d| std::ptr::eq(d.output, output));
        classes.extend(here.flat_map(|d| d.classes));
    }
    let all = policy.sensitive.iter().flatten();
    let of = all.filter(|e| e.holds_for(output) && classes.iter().any(|class| e.covers(class)));
    of.collect()
}

/// Why what leaves is not coarser than the value, where its action could be: a label for
/// the place, and the way out. Empty: it is no action that makes coarser.
#[derive(Default)]
struct Fine {
    label: String,
    help: Option<&'static str>,
}

/// Nothing of it leaves, or less than the value in steps that many share.
///
/// # Errors
/// What makes it as good as the value.
fn is_coarse(u: &Use<'_>, read: &Tables) -> Result<(), Fine> {
    if u.facts.drops {
        return Ok(());
    }
    names_hide(u)?;
    let degree = u.value.spec.reveals().degree;
    if degree.tells_nothing() {
        return Ok(());
    }
    match degree {
        Degree::Portion => {
            if u.value.maker().def.iso != IsoClass::Generalization || u.facts.clear {
                return Err(Fine::default());
            }
            table_hides(u, read)?;
            ranges_hide(u)?;
        }
        Degree::Noised => noise_hides(u)?,
        _ => return Err(Fine::default()),
    }
    let mut places = u.known.classes.iter();
    let is_place = places.any(|c| categories::is_at_or_below(c, "user.location.precise"));
    let is_wide = match u.facts.grade {
        // A cell of some 40 km or more.
        None => true,
        Some(Grade::Decimals(digits)) => digits <= 1,
        Some(Grade::Characters(of_geohash)) => of_geohash <= 4,
        Some(_) => false,
    };
    match !is_place || is_wide {
        true => Ok(()),
        false => Err(Fine::default()),
    }
}

/// No name of a member leaves beside the value that could be read: it says which of the
/// classes it is.
fn names_hide(u: &Use<'_>) -> Result<(), Fine> {
    let hides = |value: &Value| value.spec.reveals().degree.tells_nothing();
    match u.value.names.iter().all(|name| hides(&name.value)) {
        true => Ok(()),
        false => Err(Fine {
            label: "the names of its members leave, and say what they are".to_owned(),
            help: Some(
                "name the members that may leave, each by its path; or say why they may: `sensitive: [{ class: …, condition: …, because: … }]`",
            ),
        }),
    }
}

/// Its steps are so few that many values share each.
fn ranges_hide(u: &Use<'_>) -> Result<(), Fine> {
    let reveals = u.value.maker().spec.reveals();
    let steps = reveals.dials.iter().find_map(|dial| match &dial.at {
        Setting::Only(Some(steps)) if dial.word == "ranges" => Some(steps.len()),
        _ => None,
    });
    match steps.filter(|steps| *steps > RANGES_MAX) {
        None => Ok(()),
        Some(steps) => Err(Fine {
            label: format!("{steps} steps of `ranges` tell the value nearly"),
            help: Some(
                "at most 32 `ranges`, or a `bucket`; or `drop` it, or say why it may leave: `sensitive: [{ class: …, condition: …, because: … }]`",
            ),
        }),
    }
}

/// No value of its table leaves as it came, or under a name that no other value has.
fn table_hides(u: &Use<'_>, read: &Tables) -> Result<(), Fine> {
    let spec = &u.value.maker().spec;
    let (found, says) = match spec.unchanged_class(read) {
        Some(found) => (found, "leaves its value as it came"),
        None => match spec.lone_class(read) {
            Some(found) => (found, "is alone in its class"),
            None => return Ok(()),
        },
    };
    Err(Fine {
        label: format!("line {} of `{}` {says}", found.line, found.table.name),
        help: Some(
            "a higher `level`, or classes that several values share and that are called otherwise; or `drop` it, or say why it may leave: `sensitive: [{ class: …, condition: …, because: … }]`",
        ),
    })
}

/// The noise of one person is bounded, and an answer hardly tells more than a guess.
fn noise_hides(u: &Use<'_>) -> Result<(), Fine> {
    let reveals = u.value.maker().spec.reveals();
    let is_small = |at: &Setting| matches!(at, Setting::Amount(Some(n)) if *n <= EPSILON_MAX);
    let label = match u.facts.noise {
        Some(NoiseSpent::PerFewValues) => {
            let mut dials = reveals.dials.iter();
            if dials.any(|dial| dial.word == "epsilon" && is_small(&dial.at)) {
                return Ok(());
            }
            "an answer is the value too often: `epsilon` is more than 1"
        }
        Some(NoiseSpent::PerValue) if !u.facts.clear => return Ok(()),
        Some(NoiseSpent::PerRecord) => "the answers of one person together tell the value",
        _ => "an answer is nearly the value",
    };
    Err(Fine {
        label: label.to_owned(),
        help: Some(
            "an `epsilon` of at most 1, with `memo: subject`; or `drop` or `generalize` it, or say why it may leave: `sensitive: [{ class: …, condition: …, because: … }]`",
        ),
    })
}

fn unexplained(u: &Use<'_>, class: &str, fine: &Fine, findings: &mut Findings) {
    let is_place = categories::is_at_or_below(class, "user.location.precise");
    let help = match (fine.help, is_place) {
        (Some(help), _) => help,
        (None, true) => {
            "`generalize: { decimals: 1 }` or `{ geohash: 4 }`, `drop` it, or say why it may leave: `sensitive: [{ class: user.location.precise, because: … }]`"
        }
        (None, false) => {
            "`drop` or `generalize` it, or say why it may leave: `sensitive: [{ class: …, condition: …, because: … }]`"
        }
    };
    let finding = findings.error(
        codes::SENSITIVE_UNEXPLAINED,
        u.at(),
        format!(
            "`{}` is classified {class}, and nothing says why it may leave",
            u.path
        ),
    );
    let finding = match fine.label.is_empty() {
        true => finding,
        false => finding.label(&fine.label),
    };
    finding
        .why("such data is forbidden to process unless a condition holds (GDPR articles 9 and 10), or shows where somebody is")
        .help(help)
        .output(u.topic())
        .field(&u.path);
}

/// The field need not leave itself: what it decides says what it is.
fn told(deciding: &Deciding<'_>, path: &str, class: &str, findings: &mut Findings) {
    let (word, what) = deciding.by.in_words();
    findings
        .error(
            codes::SENSITIVE_UNEXPLAINED,
            deciding.span,
            format!("`{path}` is classified {class} and decides {what}, and nothing says why it may"),
        )
        .label(format!("asked by `{word}`"))
        .why("whoever sees how it was decided knows the value, or part of it, though the field itself does not leave")
        .help("let another field decide, or say why this one may: `sensitive: [{ class: …, condition: …, because: … }]`")
        .output(&deciding.output.topic.value)
        .field(path);
}

/// The entry rests on a consent that this output does not ask for.
fn unasked(
    output: &Output,
    path: &str,
    at: Span,
    class: &str,
    entry: &Sensitive,
    findings: &mut Findings,
) {
    let category = entry.category.as_ref().map_or("", |c| c.value.as_str());
    findings
        .error(
            codes::EXPLICIT_CONSENT,
            at,
            format!(
                "`{path}` is classified {class}, and the consent that it needs is not asked for here"
            ),
        )
        .also(entry.span, "explicit consent")
        .why("without it whoever never agreed, or has withdrawn, leaves as everybody else")
        .help(format!(
            "add `needs_consent: {category}`, or drop the field"
        ))
        .output(&output.topic.value)
        .field(path);
}

/// People are asked for that category, explicitly, and nothing but their answer grants.
fn explicit(policy: &Checked, category: &Spelled, findings: &mut Findings) {
    let (message, also, help) = match declared(policy, &category.value) {
        None => (
            format!("nothing says what people are asked with `{}`", category.value),
            None,
            format!("add `{}: {{ title: …, text: …, explicit: true }}` under `consent.categories`", category.value),
        ),
        Some(of) if of.explicit.is_none() => (
            format!("`{}` is not declared an explicit consent", category.value),
            Some(of.name.span),
            "add `explicit: true` to it, once people say yes to this alone, in words of their own".to_owned(),
        ),
        Some(_) if !state_alone_grants(policy) => (
            format!("a signal of an event can grant `{}`", category.value),
            policy.state.as_ref().map(|state| state.span),
            "write `consent: { state: { grants: state, … } }`: then the topic of decisions alone grants".to_owned(),
        ),
        Some(_) => return,
    };
    let finding = findings.error(codes::EXPLICIT_CONSENT, category.span, message);
    let finding = match also {
        Some(span) => finding.also(span, "said here"),
        None => finding,
    };
    finding
        .why("an explicit consent (GDPR article 9(2)(a)) is a statement of the person, with a record of it; a flag in an event is neither")
        .help(help);
}
