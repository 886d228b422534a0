//! Bars as an SVG inside of a page: no script, no font, colours of the page's style.

use maud::{Markup, html};

use super::model::{Bar, Figure};
use super::visible::visible;

/// Units of the drawing: a line for each bar, names at the left, figures at the right.
const LINE: f64 = 26.0;
const NAMES: f64 = 260.0;
const BARS: f64 = 420.0;
const FIGURES: f64 = 80.0;
/// Most characters of a name that stands beside its bar.
const NAME_CHARS: usize = 34;

/// The drawing; what it says stands in the table beside it, and in its description.
pub(super) fn svg(figure: &Figure) -> Markup {
    let width = NAMES + BARS + FIGURES;
    let height = LINE * figure.bars.len() as f64 + 8.0;
    let title = visible(&figure.title, true).into_owned();
    html! {
        // On a narrow screen it is scrolled, with the keyboard too: smaller nobody reads it.
        figure tabindex="0" {
            svg role="img" aria-label=(title) viewBox=(format!("0 0 {width} {height}")) width=(width) {
                title { (title) }
                line.axis x1=(NAMES) y1="0" x2=(NAMES) y2=(height) {}
                @for (n, bar) in figure.bars.iter().enumerate() { (drawn(bar, LINE * n as f64 + 4.0)) }
            }
            figcaption { (title) }
        }
    }
}

fn drawn(bar: &Bar, top: f64) -> Markup {
    let at = |share: f64| NAMES + BARS * share.clamp(0.0, 1.0);
    let x = |share: f64| format!("{:.1}", at(share));
    let middle = top + LINE / 2.0 - 2.0;
    html! {
        text.name x=(NAMES - 8.0) y=(middle + 5.0) text-anchor="end" { (name(&bar.name)) }
        rect.bar x=(NAMES) y=(top + 2.0) height=(LINE - 8.0) width=(format!("{:.1}", at(bar.share) - NAMES)) {}
        @if let Some((low, high)) = bar.between {
            line.between x1=(x(low)) x2=(x(high)) y1=(middle) y2=(middle) {}
        }
        @if let Some(beside) = bar.beside {
            line.beside x1=(x(beside)) x2=(x(beside)) y1=(top) y2=(top + LINE - 4.0) {}
        }
        text.share x=(NAMES + BARS + 8.0) y=(middle + 5.0) { (format!("{:.3}", bar.share)) }
    }
}

/// A name that fits.
fn name(name: &str) -> String {
    let seen = visible(name, true);
    match seen.chars().count() > NAME_CHARS {
        true => seen.chars().take(NAME_CHARS - 1).chain(['…']).collect(),
        false => seen.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_long_as_its_share_and_its_name_is_a_text() {
        let mut bar = Bar::of("<b>\u{202e}", 0.5);
        bar.between = Some((0.25, 2.0));
        bar.beside = Some(0.1);
        let figure = Figure {
            title: "what & why".to_owned(),
            bars: vec![bar, Bar::of("n".repeat(90), 1.0)],
        };
        let drawn = svg(&figure).into_string();
        assert!(drawn.contains("width=\"210.0\""), "{drawn}");
        // Nothing is drawn beyond the whole.
        assert!(drawn.contains("x1=\"365.0\" x2=\"680.0\""), "{drawn}");
        assert!(drawn.contains("x1=\"302.0\" x2=\"302.0\""), "{drawn}");
        assert!(
            drawn.contains("what &amp; why") && drawn.contains("&lt;b&gt;\\u{202e}"),
            "{drawn}"
        );
        assert!(drawn.contains(&format!("{}…", "n".repeat(33))), "{drawn}");
        assert!(
            !drawn.contains("<script") && !drawn.contains("style="),
            "{drawn}"
        );
    }
}
