//! The HTTP client: one call to a registry, to one of its addresses after the other.
//!
//! No secret is shown and no body is logged; of an answer nothing is said but its status.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use ureq::http::{HeaderValue, Response};
use ureq::{Agent, Body, Error};
use zeroize::Zeroizing;

use super::answer;
use super::apicurio::Wanted;
use super::call::{Call, Outcome};
use super::thread::Calls;
use super::trouble::Why;
use crate::files;
use crate::plan::SchemaIds;
use crate::schema::frame::SchemaId;

/// Longest wait for a connection.
const CONNECT_MAX: Duration = Duration::from_secs(3);
/// Longest call, connection and all.
const CALL_MAX: Duration = Duration::from_secs(10);
/// The registry's own type of content (its API reference).
const CONTENT: &str = "application/vnd.schemaregistry.v1+json";
/// What every registry answers: the kinds of schemas that it takes.
const KINDS: &str = "/schemas/types";

/// How a registry is reached.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// Its addresses: `http://` or `https://`, without a secret in them.
    pub urls: Vec<String>,
    /// Who asks.
    pub auth: Option<Auth>,
    /// File with the certificates, PEM, that are trusted instead of the system's.
    pub ca_file: Option<PathBuf>,
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Auth {
    /// A user, RFC 7617.
    Basic {
        /// Name.
        user: String,
        /// File with the password.
        password_file: PathBuf,
    },
    /// A token, RFC 6750.
    Bearer {
        /// File with it.
        token_file: PathBuf,
    },
}

/// Why there can be no client.
#[derive(Debug, thiserror::Error)]
pub enum NotUsable {
    /// An address begins with `https://`, and this build has no TLS.
    #[error(
        "`registry.urls` names an https:// address, and this build has no TLS; take one with the feature `tls`"
    )]
    NoTls,
    /// The file with certificates cannot be read.
    #[error("`registry.ca_file` cannot be read: {0}")]
    CaFile(std::io::Error),
    /// It holds no certificate.
    #[error("`registry.ca_file` holds no certificate in PEM")]
    NoCertificate,
}

/// Calls a registry.
pub struct Client {
    agent: Agent,
    urls: Vec<Arc<str>>,
    /// The address that answered last.
    good: usize,
    /// Whose ids are meant.
    ids: SchemaIds,
    auth: Option<Auth>,
    /// What stands in the header, once it was read.
    secret: Option<Zeroizing<Vec<u8>>>,
}

impl Client {
    /// A client that has not called yet.
    ///
    /// # Errors
    /// [`NotUsable`].
    pub fn new(access: &Access) -> Result<Client, NotUsable> {
        Client::within(access, CONNECT_MAX, CALL_MAX)
    }

    /// The same with other limits of time.
    pub(super) fn within(
        access: &Access,
        connect_max: Duration,
        call_max: Duration,
    ) -> Result<Client, NotUsable> {
        let config = Agent::config_builder()
            .timeout_connect(Some(connect_max))
            .timeout_global(Some(call_max))
            .http_status_as_error(false)
            // An address that leads elsewhere would take the secret along.
            .max_redirects(0)
            .max_redirects_will_error(false)
            // The environment says nothing here: what holds stands in the settings.
            .proxy(None)
            .user_agent(concat!("veilstream/", env!("CARGO_PKG_VERSION")))
            .accept(format!("{CONTENT}, application/json"));
        let config = with_tls(config, access)?;
        Ok(Client {
            agent: config.build().new_agent(),
            urls: access
                .urls
                .iter()
                .map(|url| url.trim_end_matches('/').into())
                .collect(),
            good: 0,
            ids: SchemaIds::Confluent,
            auth: access.auth.clone(),
            secret: None,
        })
    }

    /// The same client, for ids of those.
    pub fn by(mut self, ids: SchemaIds) -> Client {
        self.ids = ids;
        self
    }

    /// Makes a call at that address. Of Apicurio's own ids each is told from the id of its
    /// text, which is what the calls know.
    fn one(&mut self, at: usize, call: &Call<'_>) -> Outcome {
        if self.ids == SchemaIds::Confluent {
            return self.ask(at, call);
        }
        match call {
            Call::Schema(SchemaId::Wide(id)) => match self.search(at, Wanted::Text(*id)) {
                Outcome::Id(text) => self.ask(at, &Call::Schema(SchemaId::Content(text))),
                other => other,
            },
            Call::LookUp(subject, ..) | Call::Register(subject, ..) => match self.ask(at, call) {
                Outcome::Id(text) => match self.search(at, Wanted::Version(subject, text)) {
                    Outcome::Missing => {
                        Outcome::Trouble(Why::Unlike("no global id of a schema that it has"))
                    }
                    other => other,
                },
                other => other,
            },
            _ => self.ask(at, call),
        }
    }

    fn search(&mut self, at: usize, wanted: Wanted<'_>) -> Outcome {
        let url = wanted.url(&self.urls[at]);
        match self.send(&url, None) {
            Ok((status, bytes)) => wanted.read(status, &bytes),
            Err(why) => Outcome::Trouble(why),
        }
    }

    fn ask(&mut self, at: usize, call: &Call<'_>) -> Outcome {
        let Some(path) = call.path() else {
            return Outcome::Trouble(Why::NoSuchIds);
        };
        let url = format!("{}{path}", self.urls[at]);
        let (status, bytes) = match self.send(&url, call.body()) {
            Ok(answer) => answer,
            Err(why) => return Outcome::Trouble(why),
        };
        match answer::read(call, status, &bytes) {
            // A registry that does not know this call at all says so without a code, as
            // does whatever stands at a wrong path: what it answers elsewhere decides.
            Outcome::Trouble(Why::Status(404)) if self.is_registry(at) => Outcome::Missing,
            outcome => outcome,
        }
    }

    fn is_registry(&mut self, at: usize) -> bool {
        let url = format!("{}{KINDS}", self.urls[at]);
        let answer = self.send(&url, None);
        answer.is_ok_and(|(status, bytes)| status == 200 && answer::is_list(&bytes))
    }

    /// Sends it. After a 401 the secret is read again: it may have been changed.
    fn send(&mut self, url: &str, body: Option<Vec<u8>>) -> Result<(u16, Vec<u8>), Why> {
        let answer = self.send_once(url, body.as_deref())?;
        if answer.0 != 401 {
            return Ok(answer);
        }
        let Some(before) = self.secret.take() else {
            return Ok(answer);
        };
        match *self.secret()? == *before {
            true => Ok(answer),
            false => self.send_once(url, body.as_deref()),
        }
    }

    fn send_once(&mut self, url: &str, body: Option<&[u8]>) -> Result<(u16, Vec<u8>), Why> {
        let header = match &self.auth {
            None => None,
            Some(_) => {
                let value = HeaderValue::from_bytes(self.secret()?);
                let mut value = value.map_err(|_| Why::NoSecret)?;
                value.set_sensitive(true);
                Some(value)
            }
        };
        let sent = match body {
            None => {
                let mut request = self.agent.get(url);
                if let Some(value) = header {
                    request = request.header("authorization", value);
                }
                request.call()
            }
            Some(body) => {
                let mut request = self.agent.post(url).content_type(CONTENT);
                if let Some(value) = header {
                    request = request.header("authorization", value);
                }
                request.send(body)
            }
        };
        received(sent.map_err(|error| why(&error))?)
    }

    /// What stands in the header `Authorization`.
    fn secret(&mut self) -> Result<&[u8], Why> {
        if self.secret.is_none() {
            self.secret = Some(match &self.auth {
                None => Zeroizing::default(),
                Some(auth) => auth.header().ok_or(Why::NoSecret)?,
            });
        }
        self.secret
            .as_ref()
            .map(|secret| &***secret)
            .ok_or(Why::NoSecret)
    }
}

impl Calls for Client {
    /// Makes a call. The address that answered last comes first; that there is none counts
    /// when all addresses said so. What it came to, and at which address.
    fn call(&mut self, call: &Call<'_>) -> (Outcome, Arc<str>) {
        let mut trouble = None;
        let first = self.good;
        for n in 0..self.urls.len() {
            let at = (first + n) % self.urls.len();
            match self.one(at, call) {
                Outcome::Trouble(why) => {
                    trouble.get_or_insert((Outcome::Trouble(why), at));
                }
                Outcome::Missing => {}
                outcome => {
                    self.good = at;
                    return (outcome, self.urls[at].clone());
                }
            }
        }
        let (outcome, at) = trouble.unwrap_or((Outcome::Missing, first));
        (outcome, self.urls.get(at).cloned().unwrap_or_default())
    }
}

impl Auth {
    /// `None`: its file cannot be read, or holds nothing.
    fn header(&self) -> Option<Zeroizing<Vec<u8>>> {
        let file = match self {
            Auth::Basic { password_file, .. } => password_file,
            Auth::Bearer { token_file } => token_file,
        };
        let secret = files::secret(file, files::VALUE_BYTES_MAX).ok()?;
        // One line break at the end is the editor's.
        let secret = secret.strip_suffix(b"\n").unwrap_or(&secret);
        let secret = secret.strip_suffix(b"\r").unwrap_or(secret);
        if secret.is_empty() {
            return None;
        }
        let mut header = Zeroizing::new(Vec::new());
        match self {
            Auth::Bearer { .. } => {
                header.reserve_exact(b"Bearer ".len() + secret.len());
                header.extend_from_slice(b"Bearer ");
                header.extend_from_slice(secret);
            }
            Auth::Basic { user, .. } => {
                let mut both = Zeroizing::new(Vec::with_capacity(user.len() + 1 + secret.len()));
                both.extend_from_slice(user.as_bytes());
                both.push(b':');
                both.extend_from_slice(secret);
                let spelled = Zeroizing::new(data_encoding::BASE64.encode(&both));
                header.reserve_exact(b"Basic ".len() + spelled.len());
                header.extend_from_slice(b"Basic ");
                header.extend_from_slice(spelled.as_bytes());
            }
        }
        Some(header)
    }
}

type Config = ureq::config::ConfigBuilder<ureq::typestate::AgentScope>;

#[cfg(feature = "tls")]
fn with_tls(config: Config, access: &Access) -> Result<Config, NotUsable> {
    use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, TlsProvider, parse_pem};

    let roots = match &access.ca_file {
        None => RootCerts::PlatformVerifier,
        Some(file) => {
            let pem = files::bytes(file, files::TEXT_BYTES_MAX).map_err(NotUsable::CaFile)?;
            let certificate = |item| match item {
                Ok(PemItem::Certificate(certificate)) => Some(certificate),
                _ => None,
            };
            let all: Vec<Certificate<'static>> = parse_pem(&pem).filter_map(certificate).collect();
            if all.is_empty() {
                return Err(NotUsable::NoCertificate);
            }
            RootCerts::new_with_certs(&all)
        }
    };
    let tls = TlsConfig::builder()
        .provider(TlsProvider::NativeTls)
        .root_certs(roots);
    Ok(config.tls_config(tls.build()))
}

#[cfg(not(feature = "tls"))]
fn with_tls(config: Config, access: &Access) -> Result<Config, NotUsable> {
    match access.urls.iter().any(|url| url.starts_with("https:")) {
        true => Err(NotUsable::NoTls),
        false => Ok(config),
    }
}

fn received(mut response: Response<Body>) -> Result<(u16, Vec<u8>), Why> {
    let status = response.status().as_u16();
    let body = response.body_mut().with_config();
    let read = body.limit(answer::BYTES_MAX as u64).read_to_vec();
    Ok((status, read.map_err(|error| why(&error))?))
}

/// What went wrong, without the words of the error: they may hold what was received.
fn why(error: &Error) -> Why {
    match error {
        Error::Timeout(_) => Why::TimedOut,
        Error::HostNotFound => Why::NoHost,
        Error::BodyExceedsLimit(_) => Why::TooLarge,
        Error::Tls(_) | Error::TlsRequired => Why::Tls,
        #[cfg(feature = "tls")]
        Error::NativeTls(_) | Error::Der(_) => Why::Tls,
        Error::Io(error) if error.kind() == std::io::ErrorKind::TimedOut => Why::TimedOut,
        Error::Protocol(_) | Error::Http(_) | Error::LargeResponseHeader(..) => {
            Why::Unlike("no HTTP")
        }
        _ => Why::Unreachable,
    }
}

#[cfg(test)]
#[path = "client_tests.rs"]
mod tests;
