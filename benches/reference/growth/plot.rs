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

/// From values to places along one logarithmic axis.
struct Axis {
    /// Values at both ends.
    ends: (f64, f64),
    /// Places of both ends.
    places: (f64, f64),
}

impl Axis {
    fn place(&self, value: f64) -> f64 {
        let share = (value / self.ends.0).ln() / (self.ends.1 / self.ends.0).ln();
        self.places.0 + share * (self.places.1 - self.places.0)
    }
}

/// The plot of one dimension.
pub fn svg(measured: &Measured) -> String {
    let points = &measured.points;
    let (first, last) = (points[0], points[points.len() - 1]);
    let decades = decades(points.iter().map(|p| p.ns));
    let x = Axis {
        ends: (first.x, last.x),
        places: (LEFT, WIDTH - RIGHT),
    };
    let y = Axis {
        ends: (decades[0], decades[decades.len() - 1]),
        places: (HEIGHT - BOTTOM, TOP),
    };
    let mut svg = Svg::new();
    let unit = measured.dimension.unit;
    svg.put(format_args!(
        "<text class=\"title\" x=\"{LEFT}\" y=\"22\">CPU time of an event by {unit}</text>"
    ));
    svg.put(format_args!(
        "<text class=\"soft\" x=\"{LEFT}\" y=\"42\">exponent {:.2}: {}; dashed: exact proportion</text>",
        measured.exponent,
        measured.verdict()
    ));
    svg.put(format_args!(
        "<text class=\"soft\" x=\"{}\" y=\"{}\" text-anchor=\"middle\">{unit}</text>",
        f64::midpoint(LEFT, WIDTH - RIGHT),
        HEIGHT - 12.0,
    ));
    for point in points {
        svg.upright(x.place(point.x), &count(point.x));
    }
    for ns in decades {
        svg.level(y.place(ns), &time(ns));
    }
    // Through the last point, down to where it leaves the plot.
    let from = first.x.max(last.x * y.ends.0 / last.ns);
    svg.put(format_args!(
        "<line class=\"even\" x1=\"{:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\"/>",
        x.place(from),
        y.place(last.ns * from / last.x),
        x.place(last.x),
        y.place(last.ns)
    ));
    svg.line(points.iter().map(|p| (x.place(p.x), y.place(p.ns))));
    svg.0 + "</svg>\n"
}

/// The powers of ten that hold all `values` between the first and the last.
fn decades(values: impl Iterator<Item = f64> + Clone) -> Vec<f64> {
    let least = values.clone().fold(f64::INFINITY, f64::min);
    let greatest = values.fold(0.0, f64::max);
    let from = least.log10().floor() as i32;
    let to = (greatest.log10().ceil() as i32).max(from + 1);
    (from..=to).map(|power| 10f64.powi(power)).collect()
}

/// The text of a plot in the making.
struct Svg(String);

impl Svg {
    fn new() -> Svg {
        Svg(format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" role=\"img\">\n<style>{STYLE}</style>\n"
        ))
    }

    fn put(&mut self, element: std::fmt::Arguments<'_>) {
        self.0.write_fmt(element).expect("a string takes all");
        self.0.push('\n');
    }

    /// A line of the grid from top to bottom, its label below.
    fn upright(&mut self, at: f64, label: &str) {
        let bottom = HEIGHT - BOTTOM;
        self.put(format_args!(
            "<line class=\"grid\" x1=\"{at:.1}\" y1=\"{TOP}\" x2=\"{at:.1}\" y2=\"{bottom}\"/>"
        ));
        self.put(format_args!(
            "<text x=\"{at:.1}\" y=\"{}\" text-anchor=\"middle\">{label}</text>",
            bottom + 20.0
        ));
    }

    /// A line of the grid from left to right, its label beside it.
    fn level(&mut self, at: f64, label: &str) {
        let right = WIDTH - RIGHT;
        self.put(format_args!(
            "<line class=\"grid\" x1=\"{LEFT}\" y1=\"{at:.1}\" x2=\"{right}\" y2=\"{at:.1}\"/>"
        ));
        self.put(format_args!(
            "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{label}</text>",
            LEFT - 8.0,
            at + 4.0
        ));
    }

    /// What was measured, point by point.
    fn line(&mut self, places: impl Iterator<Item = (f64, f64)> + Clone) {
        let path: Vec<String> = places
            .clone()
            .map(|(x, y)| format!("{x:.1},{y:.1}"))
            .collect();
        self.put(format_args!(
            "<polyline class=\"line\" points=\"{}\"/>",
            path.join(" ")
        ));
        for (x, y) in places {
            self.put(format_args!(
                "<circle class=\"dot\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.5\"/>"
            ));
        }
    }
}

/// A number in few characters.
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
