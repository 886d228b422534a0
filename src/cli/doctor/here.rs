//! What can be looked at on this machine.

use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use veilstream::kafka::examination::{Finding, Status};
use veilstream::language::finding::Severity;
use veilstream::language::{codes, report};
use veilstream::policy::{Compiled, PolicyFile};
use veilstream::settings::{CgroupLimit, Settings, show_size};

/// The policy, as `veil check` sees it; notes are its own affair.
pub fn policy(file: &PolicyFile, compiled: &Compiled) -> Vec<Finding> {
    let subject = file.path.display().to_string();
    let mut findings = Vec::new();
    for found in compiled.findings.list() {
        let status = match found.severity {
            Severity::Error => Status::Failed,
            // Allowed with a reason.
            _ if found.code == codes::ALLOWED => continue,
            Severity::Warning => Status::Warning,
            Severity::Note => continue,
        };
        let what = format!("{} [{}]", report::message(found), found.code);
        let finding = Finding::new("policy", &*subject, status, what);
        findings.push(finding.help(report::shown(&found.help)));
    }
    if let Some(plan) = &compiled.plan {
        if plan.quarantine.is_none() {
            let what =
                "has no quarantine: a record that cannot be protected must have a place to go";
            let finding = Finding::new("policy", &*subject, Status::Failed, what);
            findings.push(finding.help("add `quarantine: { topic: …, key: … }`"));
        } else if findings.is_empty() {
            let what = format!("`{}`, digest {}", plan.name, plan.digest);
            findings.push(Finding::new("policy", subject, Status::Ok, what));
        }
    }
    findings
}

/// A file with a secret, which nobody else should reach.
pub fn closed(check: &'static str, file: &Path) -> Finding {
    let subject = file.display().to_string();
    match std::fs::metadata(file) {
        Ok(data) => {
            let mode = data.mode() & 0o777;
            let what = format!("mode {mode:04o}");
            match mode & 0o037 {
                0 => Finding::new(check, subject, Status::Ok, what),
                _ => Finding::new(
                    check,
                    subject.clone(),
                    Status::Warning,
                    format!("{what}: others can reach it"),
                )
                .help(format!("`chmod 600 {subject}`")),
            }
        }
        Err(error) => Finding::new(
            check,
            subject,
            Status::Failed,
            format!("cannot be read: {error}"),
        ),
    }
}

/// Files that the client library reads itself.
const SECRET_FILES: [&str; 3] = [
    "ssl.key.location",
    "ssl.keystore.location",
    "sasl.kerberos.keytab",
];

/// Files of the settings that hold a secret.
pub fn files(settings: &Settings) -> Vec<Finding> {
    let named = SECRET_FILES.iter();
    let named = named.filter_map(|name| settings.properties.value(name));
    named.map(|file| closed("file", Path::new(file))).collect()
}

/// Whether metrics and health can be served.
pub fn port(address: SocketAddr) -> Finding {
    let subject = address.to_string();
    match TcpListener::bind(address) {
        Ok(_) => Finding::new("port", subject, Status::Ok, "free"),
        Err(error) => Finding::new(
            "port",
            subject,
            Status::Failed,
            format!("metrics and health cannot be served: {error}"),
        )
        .help("stop whoever listens there, or pass another address with --http ADDR:PORT"),
    }
}

/// The budget, beside the limit of the control group; a budget that does not fit
/// is a mistake of the settings.
pub fn memory(settings: &Settings) -> Finding {
    let limit = match CgroupLimit::of_this_process() {
        Some(limit) => format!(
            "the control group limits this process to {} ({})",
            show_size(limit.bytes),
            limit.from.display()
        ),
        None => "no control group limits this process".to_owned(),
    };
    let what = format!("a budget of {}; {limit}", show_size(settings.memory_bytes));
    Finding::new("memory", "", Status::Ok, what)
}

/// No answer of a broker holds its time.
pub fn clock() -> Finding {
    Finding::new(
        "clock",
        "",
        Status::NotTried,
        "brokers do not tell their time; keep this machine and theirs on one time source",
    )
}
