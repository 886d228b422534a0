//! A file that is registered as its descriptor: Confluent's client for Python, for one,
//! registers the Base64 of a `FileDescriptorProto`, and some registries give it back as it is.

use data_encoding::BASE64;
use protox::file::File;

/// The bytes that a text is the Base64 of; no `.proto` file is one: it has a space or a line
/// break behind its first word.
pub(super) fn bytes(text: &str) -> Option<Vec<u8>> {
    let text = text.trim();
    (!text.is_empty()).then(|| BASE64.decode(text.as_bytes()).ok())?
}

/// The file of that descriptor, under the name that it is asked for by.
///
/// # Errors
/// It is no descriptor.
pub(super) fn file(name: &str, mut bytes: Vec<u8>) -> Result<File, protox::Error> {
    // Of a field that stands twice the last one counts; options stay as they are written.
    bytes.push(0x0a);
    let mut rest = name.len();
    while rest > 0x7f {
        bytes.push(0x80 | u8::try_from(rest & 0x7f).expect("seven bits"));
        rest >>= 7;
    }
    bytes.push(u8::try_from(rest).expect("seven bits"));
    bytes.extend(name.as_bytes());
    File::decode_file_descriptor_proto(&bytes[..]).map_err(protox::Error::new)
}
