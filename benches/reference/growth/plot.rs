//! A plot as SVG: logarithmic axes, one line, and the line that exact
//! proportion would be. Its colours follow the reader's light or dark mode.

use std::fmt::Write as _;

use super::Measured;

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 400.0;
const LEFT: f64 = 72.0;
const RIGHT: f64 = 24.0;
const TOP: f64 = 56.0;
const BOTTOM: f64 = 56.0;

const STYLE: &str = "\
text{font:13px system-ui,sans-serif;fill:#1f2328}.title{font-size:15px;font-weight:600}\
.soft{fill:#59636e}.grid{stroke:#d1d9e0}.line{stroke:#0969da;stroke-width:2;fill:none}\
.dot{fill:#0969da}.even{stroke:#59636e;stroke-dasharray:5 4}\
@media(prefers-color-scheme:dark){text{fill:#f0f6fc}.soft{fill:#9198a1}.grid{stroke:#3d444d}\
.line{stroke:#4493f8}.dot{fill:#4493f8}.even{stroke:#9198a1}}";

/// From values to places along one axis of whole decades.
struct Axis {
    /// Powers of ten at both ends.
    decades: (i32, i32),
    /// Places of both ends.
    places: (f64, f64),
}

impl Axis {
    /// Reaches over all `values`.
    fn over(values: impl Iterator<Item = f64> + Clone, places: (f64, f64)) -> Axis {
        let least = values.clone().fold(f64::INFINITY, f64::min).log10();
        let greatest = values.fold(0.0, f64::max).log10();
        // A power of ten is its own end, whatever the rounding of its logarithm.
        let decades = (
            (least + 1e-9).floor() as i32,
            (greatest - 1e-9).ceil() as i32,
        );
        Axis {
            decades: (decades.0, decades.1.max(decades.0 + 1)),
            places,
        }
    }

    fn place(&self, value: f64) -> f64 {
        let (from, to) = (f64::from(self.decades.0), f64::from(self.decades.1));
        let share = (value.log10() - from) / (to - from);
        self.places.0 + share * (self.places.1 - self.places.0)
    }

    fn ticks(&self) -> impl Iterator<Item = f64> {
        (self.decades.0..=self.decades.1).map(|d| 10f64.powi(d))
    }
}

/// The plot of one dimension.
pub fn svg(measured: &Measured) -> String {
    let points = &measured.points;
    let x = Axis::over(points.iter().map(|p| p.x), (LEFT, WIDTH - RIGHT));
    let y = Axis::over(points.iter().map(|p| p.ns), (HEIGHT - BOTTOM, TOP));
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" role=\"img\">\n<style>{STYLE}</style>\n"
    );
    let mut put = |text: std::fmt::Arguments<'_>| {
        out.write_fmt(text).expect("a string takes all");
        out.push('\n');
    };
    put(format_args!(
        "<text class=\"title\" x=\"{LEFT}\" y=\"22\">CPU time of an event by {}</text>",
        measured.dimension.unit
    ));
    put(format_args!(
        "<text class=\"soft\" x=\"{LEFT}\" y=\"42\">exponent {:.2}: {}; dashed: exact proportion</text>",
        measured.exponent,
        measured.verdict()
    ));
    let (bottom, right) = (HEIGHT - BOTTOM, WIDTH - RIGHT);
    for value in x.ticks() {
        let at = x.place(value);
        put(format_args!(
            "<line class=\"grid\" x1=\"{at:.1}\" y1=\"{TOP}\" x2=\"{at:.1}\" y2=\"{bottom}\"/>"
        ));
        put(format_args!(
            "<text x=\"{at:.1}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
            bottom + 20.0,
            count(value)
        ));
    }
    for value in y.ticks() {
        let at = y.place(value);
        put(format_args!(
            "<line class=\"grid\" x1=\"{LEFT}\" y1=\"{at:.1}\" x2=\"{right}\" y2=\"{at:.1}\"/>"
        ));
        put(format_args!(
            "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            LEFT - 8.0,
            at + 4.0,
            time(value)
        ));
    }
    put(format_args!(
        "<text class=\"soft\" x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
        f64::midpoint(LEFT, right),
        HEIGHT - 12.0,
        measured.dimension.unit
    ));
    // Through the last point, down to where it leaves the plot.
    let last = points[points.len() - 1];
    let least = 10f64.powi(y.decades.0);
    let from = points[0].x.max(last.x * least / last.ns);
    put(format_args!(
        "<line class=\"even\" x1=\"{:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\"/>",
        x.place(from),
        y.place(last.ns * from / last.x),
        x.place(last.x),
        y.place(last.ns)
    ));
    let places = points.iter().map(|p| (x.place(p.x), y.place(p.ns)));
    let path: Vec<String> = places
        .clone()
        .map(|(x, y)| format!("{x:.1},{y:.1}"))
        .collect();
    put(format_args!(
        "<polyline class=\"line\" points=\"{}\"/>",
        path.join(" ")
    ));
    for (x, y) in places {
        put(format_args!(
            "<circle class=\"dot\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.5\"/>"
        ));
    }
    out.push_str("</svg>\n");
    out
}

/// A power of ten in few characters.
fn count(value: f64) -> String {
    match value {
        1e6.. => format!("{}M", value / 1e6),
        1e3.. => format!("{}k", value / 1e3),
        _ => format!("{value}"),
    }
}

/// Nanoseconds, a power of ten, in few characters.
fn time(ns: f64) -> String {
    match ns {
        1e6.. => format!("{} ms", ns / 1e6),
        1e3.. => format!("{} µs", ns / 1e3),
        _ => format!("{ns} ns"),
    }
}
