//! How fast something grows.

/// The exponent b of the power law `y = a·x^b` that fits best: the slope of
/// the least-squares line through the logarithms.
pub fn exponent(points: impl Iterator<Item = (f64, f64)> + Clone) -> f64 {
    let logs = points.map(|(x, y)| (x.ln(), y.ln()));
    let (n, sx, sy) = logs.clone().fold((0.0, 0.0, 0.0), |(n, sx, sy), (x, y)| {
        (n + 1.0, sx + x, sy + y)
    });
    let (mx, my) = (sx / n, sy / n);
    let (above, below) = logs.fold((0.0, 0.0), |(above, below), (x, y)| {
        (above + (x - mx) * (y - my), below + (x - mx) * (x - mx))
    });
    above / below
}
