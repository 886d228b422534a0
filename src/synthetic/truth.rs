//! What a path of a shape holds.

/// What is true of one path, over all events of its shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Truth {
    /// The path, as a policy writes it, elements of arrays as `[*]`.
    pub path: &'static str,
    /// The data category (a key of fideslang) of what it says about a person;
    /// `None` when it says nothing about one.
    pub category: Option<&'static str>,
    /// True when at least some of its values, by themselves, name or reach a
    /// person, or single one out across records: name, address, account, device,
    /// online identifier. So is text that may hold such a value: a URL with a click
    /// id, a message that somebody wrote. What singles out one order, request or
    /// record and no person is none.
    pub direct: bool,
}

impl Truth {
    /// A direct identifier of that category.
    pub(super) const fn direct(path: &'static str, category: &'static str) -> Truth {
        Truth {
            path,
            category: Some(category),
            direct: true,
        }
    }

    /// Personal, and no direct identifier.
    pub(super) const fn personal(path: &'static str, category: &'static str) -> Truth {
        Truth {
            path,
            category: Some(category),
            direct: false,
        }
    }

    /// Nothing about a person.
    pub(super) const fn other(path: &'static str) -> Truth {
        Truth {
            path,
            category: None,
            direct: false,
        }
    }

    /// Whether it says anything about a person.
    pub fn is_personal(&self) -> bool {
        self.category.is_some()
    }
}
