//! Styles, and texts that fit. Widths are measured in columns of a terminal, where some characters
//! take two.

use anstyle::{AnsiColor, Color, Style};
use textwrap::Options;
use textwrap::core::display_width;

/// Success.
pub(super) const GOOD: Style = AnsiColor::Green.on_default();
/// Failure.
pub(super) const BAD: Style = AnsiColor::Red.on_default().bold();
/// Data that cannot be restored. Nothing else uses this style.
pub(super) const LOUD: Style =
    AnsiColor::BrightWhite.on_default().bg_color(Some(Color::Ansi(AnsiColor::Red))).bold();
/// A notice.
pub(super) const NOTE: Style = AnsiColor::Yellow.on_default();
/// A heading.
pub const HEADING: Style = Style::new().bold();
/// Secondary text.
pub const FAINT: Style = Style::new().dimmed();

/// Wraps a text in the escape codes of a style.
pub fn styled(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// Cuts a text to `width` columns. The last column becomes `…`.
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

/// Cuts a text to `width` columns, or fills it up with spaces.
pub(super) fn column(text: &str, width: usize) -> String {
    let text = cut(text, width);
    let missing = width.saturating_sub(display_width(&text));
    text + &" ".repeat(missing)
}

/// Wraps each line of a text at `width` columns. Continuation lines are indented.
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
