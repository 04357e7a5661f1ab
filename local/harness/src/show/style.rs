//! Colours, and texts that fit: widths are those of a terminal, where some characters take two columns.

use anstyle::{AnsiColor, Color, Style};
use textwrap::Options;
use textwrap::core::display_width;

/// All is well.
pub(super) const GOOD: Style = AnsiColor::Green.on_default();
/// Something is not.
pub(super) const BAD: Style = AnsiColor::Red.on_default().bold();
/// Lost for good: nothing else looks like this.
pub(super) const LOUD: Style =
    AnsiColor::BrightWhite.on_default().bg_color(Some(Color::Ansi(AnsiColor::Red))).bold();
/// To be noticed.
pub(super) const NOTE: Style = AnsiColor::Yellow.on_default();
/// A heading.
pub const HEADING: Style = Style::new().bold();
/// Of less weight.
pub const FAINT: Style = Style::new().dimmed();

/// A text in a style.
pub fn styled(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// The text, or so much of its beginning as fits.
pub(super) fn cut(text: &str, width: usize) -> String {
    if display_width(text) <= width {
        return text.to_owned();
    }
    let mut short = String::new();
    for letter in text.chars() {
        if display_width(&short) + display_width(letter.encode_utf8(&mut [0; 4])) >= width {
            break;
        }
        short.push(letter);
    }
    short + "…"
}

/// The same, filled up with spaces.
pub(super) fn column(text: &str, width: usize) -> String {
    let text = cut(text, width);
    let missing = width.saturating_sub(display_width(&text));
    text + &" ".repeat(missing)
}

/// A text of any number of lines, with what does not fit on lines of its own.
pub fn wrapped(text: &str, width: Option<usize>, indent: &str) -> String {
    let Some(width) = width else { return text.to_owned() };
    textwrap::fill(text, Options::new(width).subsequent_indent(indent))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_and_filled_by_the_columns_that_it_takes() {
        assert_eq!(cut("maria-lopez", 11), "maria-lopez");
        assert_eq!(cut("maria-lopez", 6), "maria…");
        assert_eq!(column("ana", 5), "ana  ");
        for width in 2..12 {
            assert_eq!(display_width(&column("山田太郎@example.jp", width)), width);
        }
    }
}
