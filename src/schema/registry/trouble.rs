//! What is wrong with a registry, in words that hold nothing it said.

use std::fmt;
use std::sync::Arc;

/// Why a call came to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Why {
    /// No connection, or it broke.
    Unreachable,
    /// The name of the host leads nowhere.
    NoHost,
    /// No answer within the time.
    TimedOut,
    /// No trust in who answers.
    Tls,
    /// The secret cannot be read from its file.
    NoSecret,
    /// An answer of that status: 401 and 403 are among them.
    Status(u16),
    /// An answer that is larger than is taken.
    TooLarge,
    /// What came is not what a registry answers.
    Unlike(&'static str),
    /// A schema of what leaves is not registered, and is not to be.
    NotRegistered,
    /// The registry does not take ids of the kind that records have.
    NoSuchIds,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Why::Unreachable => "it cannot be reached; look at the registry and the network",
            Why::NoHost => "the name of its host leads nowhere; look at `registry.urls`",
            Why::TimedOut => "it does not answer within 10 s",
            Why::Tls => "its certificate is not trusted, or TLS failed; look at `registry.ca_file`",
            Why::NoSecret => {
                "the file with the password or token cannot be read; look at `registry.basic` or `registry.bearer`"
            }
            Why::Status(status @ (401 | 403)) => {
                return write!(
                    f,
                    "it answers {status}: look at `registry.basic` or `registry.bearer`, and what that user may do"
                );
            }
            Why::Status(status @ 300..=399) => {
                return write!(
                    f,
                    "it answers {status}, which sends elsewhere; write the address that it leads to into `registry.urls`"
                );
            }
            Why::Status(404) => {
                "it answers 404 as no registry does; look at the path in `registry.urls`"
            }
            Why::Status(status) => return write!(f, "it answers {status}"),
            Why::TooLarge => "its answer has more than 4 MiB",
            Why::Unlike(what) => {
                return write!(f, "it does not answer as a registry does: {what}");
            }
            Why::NotRegistered => {
                "a schema of what leaves is not registered, and `registry.register` is false; `veil schema derive --out DIR` writes what must be"
            }
            Why::NoSuchIds => {
                "records name their schemas by ids that are not asked for in this version: Apicurio's `globalId` and `contentId`"
            }
        };
        f.write_str(text)
    }
}

/// What is wrong, and with which registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// Its address: no secret stands in it.
    pub url: Arc<str>,
    /// Why.
    pub why: Why,
    /// The subject that it is about, if it is about one.
    pub subject: Option<Box<str>>,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "schema registry {}: {}", self.url, self.why)?;
        match &self.subject {
            Some(subject) => write!(f, " (subject `{subject}`)"),
            None => Ok(()),
        }
    }
}
