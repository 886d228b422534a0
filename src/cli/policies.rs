//! Policies named on the command line: files, folders, standard input.

use super::{Exit, Failure, policy, screen};
use std::path::{Path, PathBuf};
use veilstream::files;
use veilstream::policy::PolicyFile;

/// Policies as a command is given them: by themselves, or with `-p` as commands have
/// it that take one. Who knows one of the two need not look up the other.
#[derive(clap::Args)]
pub struct Given {
    /// The policies: files, folders, or `-` for standard input
    #[arg(value_name = "POLICY", required_unless_present = "named")]
    bare: Vec<PathBuf>,
    /// The same
    #[arg(short = 'p', long = "policy", value_name = "POLICY")]
    named: Vec<PathBuf>,
}

impl Given {
    /// The paths, in the order of the command line within each of the two forms.
    pub fn paths(&self) -> Vec<PathBuf> {
        [self.bare.as_slice(), &self.named].concat()
    }

    /// Whether one of them is standard input.
    pub fn has_stdin(&self) -> bool {
        self.paths().iter().any(|p| p.as_os_str() == "-")
    }
}

/// Reads them: a file as it is, of a folder every policy in it and below, in order
/// of their names; `-` is standard input, and its keys are relative to here.
///
/// # Errors
/// When one cannot be read, or a folder, or all that is named, holds no policy.
pub fn read(paths: &[PathBuf]) -> Result<Vec<PolicyFile>, Failure> {
    let mut files = Vec::new();
    for path in paths {
        if path == Path::new("-") {
            files.push(from_stdin()?);
        } else if path.is_dir() {
            let before = files.len();
            of_folder(path, &mut files)?;
            if files.len() == before {
                return Err(none_in(path));
            }
        } else {
            let file = policy::read(path)?;
            // `config/*.yaml` takes in what lies beside the policies.
            if paths.len() > 1 && is_settings(&file.text) {
                screen::tell_folded(&format!(
                    "`{}` holds settings of `veil run` and no policy: passed over\n",
                    screen::one_line(path.display())
                ));
                continue;
            }
            files.push(file);
        }
    }
    match (&files[..], paths) {
        // Nothing was looked at: that must not pass for clean.
        ([], [path, ..]) => Err(none_in(path)),
        _ => Ok(files),
    }
}

fn none_in(path: &Path) -> Failure {
    let what = format!("there is no policy in `{}`", path.display());
    Failure::new(Exit::NoInput, what).why("a policy is a .yaml or .yml file with `kind: Policy`")
}

fn from_stdin() -> Result<PolicyFile, Failure> {
    let mut bytes = Vec::new();
    files::fill(std::io::stdin(), files::TEXT_BYTES_MAX, &mut bytes)
        .map_err(|e| Failure::new(Exit::Io, "cannot read standard input").why(e))?;
    policy::of_bytes(Path::new("<stdin>"), bytes)
}

fn of_folder(folder: &Path, files: &mut Vec<PolicyFile>) -> Result<(), Failure> {
    let unreadable = |e| Failure::unreadable("the folder", folder, &e);
    let mut paths = std::fs::read_dir(folder)
        .map_err(unreadable)?
        .map(|entry| entry.map(|e| e.path()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(unreadable)?;
    paths.sort();
    for path in paths {
        let hidden = path
            .file_name()
            .is_some_and(|n| n.as_encoded_bytes()[0] == b'.');
        let yaml = path.extension().is_some_and(|e| e == "yaml" || e == "yml");
        // A link to a folder may lead back here.
        let is_folder = path.is_dir() && !path.is_symlink();
        if is_folder && !hidden {
            of_folder(&path, files)?;
        } else if yaml && (path.is_file() || path.is_symlink() && !path.exists()) {
            // A link that leads nowhere cannot be read either, and is said.
            let bytes = policy::bytes(&path)?;
            // Another kind of YAML was not meant.
            if is_policy(&String::from_utf8_lossy(&bytes)) {
                files.push(policy::of_bytes(&path, bytes)?);
            }
        }
    }
    Ok(())
}

/// By the one setting without a default.
fn is_settings(text: &str) -> bool {
    !is_policy(text) && text.lines().any(|line| line.trim_end() == "kafka:")
}

/// Also one whose other words are wrong.
fn is_policy(text: &str) -> bool {
    text.lines().any(|line| {
        let kind = line.strip_prefix("kind:").map(str::trim);
        let version = line.strip_prefix("apiVersion:").map(str::trim);
        kind == Some("Policy") || version.is_some_and(|v| v.starts_with("veil/"))
    })
}
