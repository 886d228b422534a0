//! What `apply` reads: files one after the other, or standard input; compressed or
//! not; and words for what is no lines of JSON.

use super::foreign::{self, Foreign};
use crate::cli::{Exit, Failure};
use flate2::read::MultiGzDecoder;
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};

/// Bytes of a file that are looked at before any of it is read as lines.
const LOOK: usize = 64 << 10;

/// All input, as one stream of lines.
pub struct Input {
    /// Still to be opened; `-` is standard input.
    files: VecDeque<PathBuf>,
    now: Option<(PathBuf, Box<dyn Read + Send>)>,
    /// The last byte given was no line break: the next file begins a line.
    within_line: bool,
    /// Lines hold text of any kind, so only compression is looked for.
    enveloped: bool,
    /// Each line is one text, whatever it looks like.
    is_text: bool,
}

/// Why the input cannot be read.
#[derive(Debug, thiserror::Error)]
enum Unread {
    #[error("{error}")]
    Failed { name: PathBuf, error: io::Error },
    #[error("{foreign}")]
    Foreign {
        name: PathBuf,
        foreign: Foreign,
        is_text: bool,
    },
    #[error("the first line of the input is a whole record")]
    WholeRecord,
}

/// What is read as lines of text begins with a whole record: its key, and what `decrypt`
/// opened, would leave as text.
pub(super) fn whole_record() -> io::Error {
    io::Error::other(Unread::WholeRecord)
}

impl Input {
    /// Those files in that order; standard input when there are none.
    ///
    /// # Errors
    /// 66 when a file is not there.
    pub fn open(files: &[PathBuf], enveloped: bool) -> Result<Input, Failure> {
        let files = match files {
            [] => VecDeque::from([PathBuf::from("-")]),
            files => files.to_vec().into(),
        };
        for file in files.iter().filter(|f| !is_stdin(f)) {
            let unreadable = |e| Failure::unreadable("the input", file, &e);
            if file.metadata().map_err(unreadable)?.is_dir() {
                return Err(unreadable(io::ErrorKind::IsADirectory.into()));
            }
        }
        Ok(Input {
            files,
            now: None,
            within_line: false,
            enveloped,
            is_text: false,
        })
    }

    /// The same, of lines that are texts, whatever they look like.
    pub fn of_text(self) -> Input {
        Input {
            is_text: true,
            ..self
        }
    }

    /// Bytes of all of it, where they can be known: of what is compressed they
    /// cannot.
    pub fn bytes(&self) -> Option<u64> {
        self.files.iter().map(|file| size(file)).sum()
    }

    /// Opens the next file and looks at its beginning.
    fn next(&mut self) -> Result<bool, Unread> {
        let Some(name) = self.files.pop_front() else {
            return Ok(false);
        };
        let failed = |error| Unread::Failed {
            name: name.clone(),
            error,
        };
        let source: Box<dyn Read + Send> = match is_stdin(&name) {
            true => Box::new(io::stdin()),
            false => Box::new(File::open(&name).map_err(failed)?),
        };
        let (start, source) = begun(source).map_err(failed)?;
        let source: Box<dyn Read + Send> = match &start[..] {
            [0x1f, 0x8b, ..] => Box::new(MultiGzDecoder::new(source)),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Box::new(Frames::new(source)),
            _ => source,
        };
        let (start, mut source) = begun(source).map_err(failed)?;
        let foreign = foreign::named(&start, self.enveloped);
        if let Some(foreign) = foreign.filter(|found| !self.is_text || found.is_no_text()) {
            return Err(Unread::Foreign {
                name,
                foreign,
                is_text: self.is_text,
            });
        }
        if start.starts_with(foreign::BOM) {
            source
                .read_exact(&mut [0; foreign::BOM.len()])
                .map_err(failed)?;
        }
        self.now = Some((name, source));
        Ok(true)
    }
}

impl Read for Input {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        loop {
            let Some((name, source)) = &mut self.now else {
                if !self.next().map_err(io::Error::other)? {
                    return Ok(0);
                }
                if self.within_line && !buf.is_empty() {
                    self.within_line = false;
                    buf[0] = b'\n';
                    return Ok(1);
                }
                continue;
            };
            match source.read(buf) {
                Ok(0) if !buf.is_empty() => self.now = None,
                Ok(read) => {
                    self.within_line = read > 0 && buf[read - 1] != b'\n';
                    return Ok(read);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    let name = name.clone();
                    return Err(io::Error::other(Unread::Failed { name, error }));
                }
            }
        }
    }
}

/// Why reading failed, for whoever called the command.
pub fn failure(error: &io::Error) -> Failure {
    let unread = error.get_ref().and_then(|e| e.downcast_ref::<Unread>());
    match unread {
        None => Failure::new(Exit::Io, "cannot read the input").why(error),
        Some(Unread::Failed { name, error }) => {
            Failure::new(Exit::Io, format!("cannot read {}", shown(name))).why(error)
        }
        Some(Unread::Foreign {
            name,
            foreign,
            is_text,
        }) => {
            let read = if *is_text { "text" } else { "JSON object" };
            Failure::new(Exit::DataErr, format!("{} {foreign}", shown(name)))
                .why(format!(
                    "one {read} a line is read; nothing of this was processed"
                ))
                .help(foreign.help())
        }
        Some(unread @ Unread::WholeRecord) => Failure::new(Exit::DataErr, unread.to_string())
            .why("it has a key or a place beside `value`, as --envelope and `veil decrypt` write them, and read as text those would leave; nothing was processed")
            .help("read whole records: --envelope"),
    }
}

fn shown(name: &Path) -> String {
    match is_stdin(name) {
        true => "standard input".to_owned(),
        false => format!("`{}`", name.display()),
    }
}

fn is_stdin(file: &Path) -> bool {
    file == Path::new("-")
}

fn size(file: &Path) -> Option<u64> {
    if file.extension().is_some_and(|e| e == "gz" || e == "zst") {
        return None;
    }
    let status = match is_stdin(file) {
        true => rustix::fs::fstat(io::stdin()).ok()?,
        false => rustix::fs::stat(file).ok()?,
    };
    let is_file = rustix::fs::FileType::from_raw_mode(status.st_mode).is_file();
    is_file
        .then(|| u64::try_from(status.st_size).ok())
        .flatten()
}

/// The beginning of a source, and the source with it: up to its first line breaks,
/// so that a live pipe is not waited for.
fn begun<R: Read + Send + 'static>(mut source: R) -> io::Result<(Vec<u8>, Box<dyn Read + Send>)> {
    let mut start = vec![0; LOOK];
    let mut held = 0;
    while held < LOOK {
        match source.read(&mut start[held..]) {
            Ok(0) => break,
            Ok(read) => held += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        }
        if start[..held].contains(&b'\n') {
            break;
        }
    }
    start.truncate(held);
    Ok((start.clone(), Box::new(Cursor::new(start).chain(source))))
}

/// Zstandard frames, one after the other (RFC 8878, section 3).
struct Frames {
    /// `None` while a frame is being made.
    frame: Option<ruzstd::decoding::StreamingDecoder<Counted, ruzstd::decoding::FrameDecoder>>,
    next: Option<Counted>,
}

type Counted = Box<dyn Read + Send>;

impl Frames {
    fn new(source: Counted) -> Frames {
        Frames {
            frame: None,
            next: Some(source),
        }
    }
}

impl Read for Frames {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(frame) = &mut self.frame {
                let read = frame.read(buf)?;
                if read > 0 || buf.is_empty() {
                    return Ok(read);
                }
                self.next = self.frame.take().map(|frame| frame.into_inner());
            }
            let Some(mut source) = self.next.take() else {
                return Ok(0);
            };
            // Nothing behind the last frame is the end.
            let mut first = [0];
            if source.read(&mut first)? == 0 {
                return Ok(0);
            }
            let source: Counted = Box::new(Cursor::new(first).chain(source));
            let frame = ruzstd::decoding::StreamingDecoder::new(source)
                .map_err(|e| io::Error::new(io::ErrorKind::InvalidData, e.to_string()))?;
            self.frame = Some(frame);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn read_all(files: &[&[u8]]) -> Result<String, Failure> {
        let home = tempfile::tempdir().unwrap();
        let paths: Vec<PathBuf> = (0..files.len())
            .map(|n| home.path().join(format!("{n}")))
            .collect();
        for (path, bytes) in paths.iter().zip(files) {
            std::fs::write(path, bytes).unwrap();
        }
        let mut text = String::new();
        let mut input = Input::open(&paths, false)?;
        input.read_to_string(&mut text).map_err(|e| failure(&e))?;
        Ok(text)
    }

    fn gz(text: &str) -> Vec<u8> {
        let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        out.write_all(text.as_bytes()).unwrap();
        out.finish().unwrap()
    }

    fn zst(text: &str) -> Vec<u8> {
        let level = ruzstd::encoding::CompressionLevel::Fastest;
        ruzstd::encoding::compress_to_vec(text.as_bytes(), level)
    }

    #[test]
    fn files_follow_each_other_compressed_or_not_each_begins_a_line() {
        let two = [gz("{\"c\":3}\n"), gz("{\"d\":4}")].concat();
        let frames = [zst("{\"e\":5}\n"), zst("{\"f\":6}")].concat();
        let bom = [foreign::BOM, b"{\"b\":2}\n"].concat();
        let text = read_all(&[b"{\"a\":1}", &bom, &two, b"", &frames]).unwrap();
        assert_eq!(
            text,
            "{\"a\":1}\n{\"b\":2}\n{\"c\":3}\n{\"d\":4}\n{\"e\":5}\n{\"f\":6}"
        );
    }

    #[test]
    fn a_cut_or_broken_archive_is_an_error_of_its_file() {
        let long: String = (0..3_000).map(|n| format!("{{\"n\":{n}}}\n")).collect();
        for whole in [gz(&long), zst(&long)] {
            let cut = &whole[..whole.len() / 2];
            assert_eq!(read_all(&[cut]).unwrap_err().exit, Exit::Io);
        }
    }

    #[test]
    fn a_missing_file_is_said_before_anything_is_read() {
        let missing = Input::open(&[PathBuf::from("-"), PathBuf::from("no/such/file")], false);
        assert_eq!(missing.err().map(|f| f.exit), Some(Exit::NoInput));
    }
}
