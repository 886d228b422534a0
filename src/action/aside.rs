//! Where actions work that make their text in several steps.

use crate::record::jobs::Jobs;
use crate::record::overwrite;

/// What a worker keeps for an action that holds others, or that makes its text in
/// several steps. Empty when it is taken; what it held is overwritten.
#[derive(Default)]
pub(crate) struct Aside {
    /// The characters of the value.
    pub(super) text: String,
    /// What is written of it.
    pub(super) made: Vec<u8>,
    /// A part of it.
    pub(super) part: Vec<u8>,
    /// For the actions inside.
    pub(super) room: Room,
}

impl Aside {
    fn clear(&mut self) {
        overwrite::empty(&mut self.text);
        overwrite::cut(&mut self.made, 0);
        overwrite::cut(&mut self.part, 0);
        self.room.jobs.clear();
        overwrite::cut(&mut self.room.out, 0);
    }
}

/// Where an action inside another one works.
#[derive(Default)]
pub(super) struct Room {
    pub(super) jobs: Jobs,
    pub(super) out: Vec<u8>,
}

/// One for each level in work.
#[derive(Default)]
pub struct Asides(Vec<Aside>);

impl Asides {
    pub(super) fn pop(&mut self) -> Option<Aside> {
        self.0.pop()
    }

    /// Gives one back; what it held was clear, and is overwritten.
    pub(super) fn push(&mut self, mut aside: Aside) {
        aside.clear();
        self.0.push(aside);
    }
}

#[cfg(test)]
mod tests {
    use crate::action::testing::run;
    use crate::record::overwrite::take_overwritten;

    /// What a value was does not stay behind where it was worked on.
    #[test]
    fn what_was_worked_on_aside_is_overwritten() {
        for (policy, json) in [
            ("{ redact: {} }", r#""mail jane@a.example""#),
            ("{ url: { path: keep } }", r#""https://a.example/jane""#),
            ("{ each: { split: ',', do: keep } }", r#""jane,joe""#),
            (
                "{ redact: { with: { mask: {} } } }",
                r#""\u006dail jane@a.example""#,
            ),
        ] {
            take_overwritten();
            let made = run(policy, json).expect("taken").expect("written");
            assert!(take_overwritten() >= made.len() - 2, "{policy}");
        }
    }
}
