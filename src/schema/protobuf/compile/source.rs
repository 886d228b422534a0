//! A file of a schema as it is given, and how much of such files is looked at.

/// Most files of one schema.
pub const FILES_MAX: usize = 64;

/// Most bytes of all files of one schema.
pub const TEXT_BYTES_MAX: usize = 4 << 20;

/// A `.proto` file.
#[derive(Clone, Copy)]
pub struct Source<'t> {
    /// The name that others import it by.
    pub name: &'t str,
    /// Its text; or, as some clients register it, its `FileDescriptorProto` in Base64.
    pub text: &'t str,
}
