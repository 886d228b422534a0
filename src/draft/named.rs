//! What a draft calls its policy and its streams.

/// What the streams are to be called.
#[derive(Clone, Debug)]
pub struct Named {
    /// The policy, `[a-z0-9-]{1,63}`.
    pub policy: String,
    /// The topic that is read, if it is known.
    pub topic: Option<String>,
}

impl Named {
    /// By the name of a file or topic: what a policy cannot be called is left out.
    pub fn after(name: &str) -> Named {
        let kept = name.to_lowercase();
        let kept: String = kept
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
            .collect();
        let words: Vec<&str> = kept.split('-').filter(|w| !w.is_empty()).collect();
        let mut policy = words.join("-");
        policy.truncate(40);
        let policy = policy.trim_end_matches('-').to_owned();
        Named {
            policy: match policy.is_empty() {
                true => "events".to_owned(),
                false => policy,
            },
            topic: None,
        }
    }
}
