//! Protobuf: schemas of what leaves, and bytes that another library wrote.

mod derived;
mod read;
