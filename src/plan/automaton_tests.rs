use super::*;
use crate::plan::{LeafId, OtherId};

fn selector(steps: &[Step]) -> Selector {
    Selector {
        steps: steps.to_vec(),
    }
}

/// The selectors among those items.
fn ids(items: &[Item]) -> Vec<SelectorId> {
    items.iter().map(|i| i.selector).collect()
}

fn name(n: &str) -> Step {
    Step::Name(n.into())
}

#[test]
fn names_stars_and_positions_merge() {
    let mut b = Builder::default();
    let exact = b.add(selector(&[name("a"), name("b")]));
    let star = b.add(selector(&[Step::AnyName, name("b")]));
    let first = b.add(selector(&[name("l"), Step::Element(0)]));
    let every = b.add(selector(&[name("l"), Step::AnyElement]));
    assert_eq!(b.add(selector(&[name("a"), name("b")])), exact);
    let built = b.build(&[exact]).unwrap();
    let (a, states) = (&built.automaton, &built.states);

    let ab = a.member(a.member(ROOT, b"a"), b"b");
    assert_eq!(ids(&states[ab as usize].accepts), [exact, star]);
    assert_eq!(a.reads(ab), [0]);
    let xb = a.member(a.member(ROOT, b"x"), b"b");
    assert_eq!(ids(&states[xb as usize].accepts), [star]);
    assert!(a.reads(xb).is_empty());
    assert_eq!(a.member(a.member(ROOT, b"a"), b"c"), DEAD);

    let l = a.member(ROOT, b"l");
    assert_eq!(
        ids(&states[a.element(l, 0) as usize].accepts),
        [first, every]
    );
    assert_eq!(ids(&states[a.element(l, 7) as usize].accepts), [every]);
    assert_eq!(a.every_element(l), None);
    assert_eq!(a.every_element(ROOT), Some(DEAD));
}

#[test]
fn below_a_named_value_is_whole_and_elsewhere_dead() {
    let mut b = Builder::default();
    b.add(selector(&[name("kept")]));
    b.add(selector(&[name("kept"), name("deep"), name("x")]));
    let a = b.build(&[]).unwrap().automaton;
    let kept = a.member(ROOT, b"kept");
    assert_eq!(a.member(kept, b"other"), WHOLE);
    assert_eq!(a.member(a.member(kept, b"deep"), b"other"), WHOLE);
    assert_eq!(a.member(ROOT, b"other"), DEAD);
    for end in [DEAD, WHOLE] {
        assert_eq!(a.member(end, b"kept"), end);
        assert_eq!(a.element(end, 0), end);
    }
}

#[test]
fn expects_speaks_for_one_table() {
    let mut b = Builder::default();
    b.add(selector(&[name("a"), name("b")]));
    b.add(selector(&[name("a"), Step::Element(1)]));
    let built = b.build(&[]).unwrap();
    let a = built.automaton;
    let at = a.member(ROOT, b"a");
    let mut roles = vec![Role::Skip; a.states_len()];
    roles[ROOT as usize] = Role::Path(OtherId(0));
    roles[at as usize] = Role::Path(OtherId(0));
    roles[a.element(at, 1) as usize] = Role::Leaf(LeafId(0));
    let expects = a.expects(&roles);
    assert_eq!(expects[ROOT as usize], EXPECTS_OBJECT);
    assert_eq!(expects[at as usize], EXPECTS_ARRAY);
}

#[test]
fn a_state_has_a_last_name_when_only_that_name_leads_there() {
    let mut b = Builder::default();
    b.add(selector(&[Step::AnyName, name("x")]));
    b.add(selector(&[name("a")]));
    b.add(selector(&[name("l"), Step::AnyElement]));
    let a = b.build(&[]).unwrap().automaton;
    let names = a.last_names();
    let at = |path: &[&str]| {
        let step = |slot, name: &&str| a.member(slot, name.as_bytes());
        path.iter().fold(ROOT, step)
    };
    assert_eq!(names[at(&["a"]) as usize], Some("a"));
    assert_eq!(names[at(&["a", "x"]) as usize], Some("x"));
    assert_eq!(names[at(&["other"]) as usize], None);
    assert_eq!(names[a.element(at(&["l"]), 0) as usize], None);
    assert_eq!(names[DEAD as usize], None);
}

#[test]
fn any_depth_leads_through_everything_and_ends_where_it_says() {
    let mut b = Builder::default();
    let deep = b.add(selector(&[Step::AnyDepth, name("x")]));
    let below = b.add(selector(&[name("a"), Step::AnyDepth, name("b"), name("x")]));
    let built = b.build(&[]).unwrap();
    let (a, states) = (&built.automaton, &built.states);
    let at = |path: &[&str]| {
        let step = |slot, name: &&str| match *name {
            "[]" => a.element(slot, 3),
            name => a.member(slot, name.as_bytes()),
        };
        path.iter().fold(ROOT, step)
    };
    let ends = |path: &[&str]| ids(&states[at(path) as usize].accepts);
    assert_eq!(ends(&["x"]), [deep]);
    assert_eq!(ends(&["x", "x"]), [deep]);
    assert_eq!(ends(&["q", "[]", "[]", "x"]), [deep]);
    assert_eq!(ends(&["q", "y"]), [0; 0]);
    assert_eq!(ends(&["a", "b", "x"]), [deep, below]);
    assert_eq!(ends(&["a", "q", "[]", "b", "x"]), [deep, below]);
    assert_eq!(ends(&["b", "x"]), [deep]);
    // A state that may stand in itself says so, the top does not.
    assert_eq!(at(&["q", "r"]), at(&["q"]));
    assert!(a.is_endless(at(&["q"])) && a.is_endless(at(&["x"])) && !a.is_endless(ROOT));
}

#[test]
fn too_many_states_is_refused() {
    // `*.….*.a` next to `a.*.….*`: the sets remember where an `a` stood.
    let mut b = Builder::default();
    for at in 0..18 {
        let mut steps = vec![Step::AnyName; 18];
        steps[at] = name("a");
        b.add(selector(&steps));
    }
    assert!(b.build(&[]).is_err());
}

#[test]
fn many_names_in_one_object_are_all_found() {
    let mut b = Builder::default();
    for i in 0..500 {
        b.add(selector(&[name(&format!("n{i}"))]));
    }
    let built = b.build(&[]).unwrap();
    for i in 0..500 {
        let slot = built.automaton.member(ROOT, format!("n{i}").as_bytes());
        assert_eq!(ids(&built.states[slot as usize].accepts), [i]);
    }
    assert_eq!(built.automaton.member(ROOT, b"n500"), DEAD);
}
