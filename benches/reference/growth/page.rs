//! The plots and the page that shows them, in `docs/speed/`.

use std::fmt::Write as _;
use std::fs;

use super::{Measured, plot};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/speed");

const HEAD: &str = "\
# How cost grows

<!-- Generated: `cargo bench --no-default-features --bench reference -- growth --write`. -->

CPU time of one event on one thread, from bytes in to bytes out, each batch in the
least disturbed of fifteen passes. The times are those of one machine; the exponents are
what counts. An exponent of 1 is proportion; it is fitted over the upper half of
the points, where what every event costs no longer hides the growth.
";

/// Writes a plot for each, and the page.
///
/// # Panics
/// When the source tree is not writable.
pub fn write(all: &[Measured]) {
    fs::create_dir_all(FOLDER).expect("the source tree is writable");
    let mut page = HEAD.to_owned();
    for measured in all {
        let name = measured.dimension.name;
        fs::write(format!("{FOLDER}/{name}.svg"), plot::svg(measured)).expect("writable");
        let mut put = |text: std::fmt::Arguments<'_>| {
            page.write_fmt(text).expect("a string takes all");
        };
        put(format_args!(
            "\n## By {}\n\n{}. Exponent {:.2}: {}.\n\n![CPU time by {}]({name}.svg)\n\n| {} | bytes of an event | CPU ns an event | ns a byte |\n|---:|---:|---:|---:|\n",
            measured.dimension.unit,
            measured.dimension.what,
            measured.exponent,
            measured.verdict(),
            measured.dimension.unit,
            measured.dimension.unit,
        ));
        for p in &measured.points {
            put(format_args!(
                "| {} | {:.0} | {:.0} | {:.2} |\n",
                p.x,
                p.bytes,
                p.ns,
                p.ns / p.bytes
            ));
        }
    }
    fs::write(format!("{FOLDER}/growth.md"), page).expect("writable");
    println!("written: docs/speed/");
}
