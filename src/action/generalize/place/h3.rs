//! The hexagons of H3 (Uber, h3geo.org).

use h3o::{LatLng, Resolution};

use crate::record::Reason;

/// The characters of the cell of that resolution, 0 to 15, that a place in degrees lies
/// in: what H3's `latLngToCell` gives, written as its `h3ToString` does.
///
/// Computed on floats, but by arithmetic that is the same on every platform: the crate's
/// sines come from `libm`, since it is built without `std`.
///
/// # Errors
/// When one of them is no number.
pub(super) fn cell(lat: f64, lon: f64, resolution: u8) -> Result<[u8; 15], Reason> {
    let place = LatLng::new(lat, lon).map_err(|_| Reason::NumberOutOfRange)?;
    let resolution = Resolution::try_from(resolution).expect("the range ends at 12");
    let cell = u64::from(place.to_cell(resolution));
    Ok(std::array::from_fn(|n| {
        b"0123456789abcdef"[(cell >> (56 - 4 * n) & 15) as usize]
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 10^6 places drawn by splitmix64, six decimals each, and the FNV-1a hash of their
    /// cells in order.
    fn digest(places: u32, resolution: u8) -> u64 {
        let mut state = 0_u64;
        let mut drawn = |below: u64| {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let z = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
            let n = (z ^ z >> 31) % (below + 1);
            n as f64 - (below / 2) as f64
        };
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        for _ in 0..places {
            let (lat, lon) = (drawn(180_000_000), drawn(360_000_000));
            let cell = cell(lat / 1e6, lon / 1e6, resolution).unwrap();
            let cell = u64::from_str_radix(std::str::from_utf8(&cell).unwrap(), 16).unwrap();
            for byte in cell.to_be_bytes() {
                hash = (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
            }
        }
        hash
    }

    /// The same program, with the crate built in the same way, gave these on x86_64 and,
    /// in a browser's engine, on wasm32.
    #[test]
    fn cells_are_the_same_on_every_platform() {
        assert_eq!(digest(100_000, 12), 0xaa3c_37db_93f6_5257);
    }

    #[test]
    #[ignore = "full size"]
    fn cells_are_the_same_on_every_platform_at_a_million() {
        assert_eq!(digest(1_000_000, 12), 0xef59_b7bd_ce8a_8efd);
        assert_eq!(digest(1_000_000, 7), 0x52b0_c8fd_c486_43f7);
        assert_eq!(digest(1_000_000, 4), 0x77b4_f050_6e0f_42dd);
    }
}
