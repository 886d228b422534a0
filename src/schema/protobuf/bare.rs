//! A value as it is written, without tag and length (Protocol Buffers, "Encoding").

use super::node::{Scalar, WireType};
use super::scalar::{varint_len, write_varint};
use crate::record::append::append;
use crate::record::decimal::Decimal;

/// A value as it is written, without tag and length.
#[derive(Clone, Copy)]
pub(crate) enum Bare<'v> {
    Varint(u64),
    Four([u8; 4]),
    Eight([u8; 8]),
    Sized(&'v [u8]),
}

impl Bare<'_> {
    pub(crate) fn wire(self) -> WireType {
        match self {
            Bare::Varint(_) => WireType::Varint,
            Bare::Four(_) => WireType::Four,
            Bare::Eight(_) => WireType::Eight,
            Bare::Sized(_) => WireType::Sized,
        }
    }

    /// Negative zero is no default.
    pub(crate) fn is_default(self) -> bool {
        match self {
            Bare::Varint(value) => value == 0,
            Bare::Four(bytes) => bytes == [0; 4],
            Bare::Eight(bytes) => bytes == [0; 8],
            Bare::Sized(bytes) => bytes.is_empty(),
        }
    }

    /// Bytes that it takes.
    pub(crate) fn len(self) -> usize {
        match self {
            Bare::Varint(value) => varint_len(value),
            Bare::Four(_) => 4,
            Bare::Eight(_) => 8,
            Bare::Sized(bytes) => varint_len(bytes.len() as u64) + bytes.len(),
        }
    }

    #[inline]
    pub(crate) fn write(self, buf: &mut Vec<u8>) {
        match self {
            Bare::Varint(value) => write_varint(value, buf),
            Bare::Four(bytes) => buf.extend_from_slice(&bytes),
            Bare::Eight(bytes) => buf.extend_from_slice(&bytes),
            Bare::Sized(bytes) => {
                write_varint(bytes.len() as u64, buf);
                append(bytes, buf);
            }
        }
    }
}

impl<'v> Bare<'v> {
    /// The key of a map that has that text; `None`: no key of the type has.
    pub(crate) fn key(scalar: Scalar, text: &'v str) -> Option<Bare<'v>> {
        match scalar {
            Scalar::Text => Some(Bare::Sized(text.as_bytes())),
            Scalar::Bool => match text {
                "false" => Some(Bare::Varint(0)),
                "true" => Some(Bare::Varint(1)),
                _ => None,
            },
            scalar => {
                let number: i128 = text.parse().ok()?;
                let is_it = number.to_string() == text;
                Bare::integer(scalar, number).filter(|_| is_it)
            }
        }
    }
}

impl Bare<'static> {
    /// An integer of that type; `None`: the type has none, or not this one.
    pub(crate) fn integer(scalar: Scalar, value: i128) -> Option<Bare<'static>> {
        let signed = i64::try_from(value).ok();
        let small = i32::try_from(value).ok();
        let zigzag = |value: i64| ((value << 1) ^ (value >> 63)).cast_unsigned();
        Some(match scalar {
            // Negative ones in 64 bits.
            Scalar::Int32 => Bare::Varint(i64::from(small?).cast_unsigned()),
            Scalar::Int64 => Bare::Varint(signed?.cast_unsigned()),
            Scalar::Uint32 => Bare::Varint(u32::try_from(value).ok()?.into()),
            Scalar::Uint64 => Bare::Varint(u64::try_from(value).ok()?),
            Scalar::Sint32 => Bare::Varint(zigzag(small?.into())),
            Scalar::Sint64 => Bare::Varint(zigzag(signed?)),
            Scalar::Fixed32 => Bare::Four(u32::try_from(value).ok()?.to_le_bytes()),
            Scalar::Sfixed32 => Bare::Four(small?.to_le_bytes()),
            Scalar::Fixed64 => Bare::Eight(u64::try_from(value).ok()?.to_le_bytes()),
            Scalar::Sfixed64 => Bare::Eight(signed?.to_le_bytes()),
            Scalar::Bool | Scalar::Float | Scalar::Double | Scalar::Text | Scalar::Bytes => {
                return None;
            }
        })
    }

    /// A number of that type by its text, which must follow JSON's grammar; `None`: the type has none, or not this one.
    pub(crate) fn number(scalar: Scalar, text: &str) -> Option<Bare<'static>> {
        match scalar {
            Scalar::Double => {
                let value = text.parse::<f64>().ok().filter(|value| value.is_finite())?;
                Some(Bare::Eight(value.to_le_bytes()))
            }
            Scalar::Float => {
                let value = text.parse::<f32>().ok().filter(|value| value.is_finite())?;
                Some(Bare::Four(value.to_le_bytes()))
            }
            scalar => {
                let number = Decimal::read(text)?;
                let is_whole = number.is_zero() || number.exponent() >= 0;
                Bare::integer(scalar, number.floored(0).filter(|_| is_whole)?)
            }
        }
    }
}
