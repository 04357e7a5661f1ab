//! Characters allowed in the key and the value of a tag: `[\p{L}\p{Z}\p{N}_.:/=+\-@]*` [3.59].
//!
//! The classes are Unicode's own. `char::is_alphanumeric` is wider: it counts combining marks, such
//! as Thai vowel signs, and some symbols as letters, and Studio refuses both.

use unicode_general_category::{GeneralCategory, get_general_category};

/// Returns whether a tag may contain the character.
pub fn fits(c: char) -> bool {
    let in_class = matches!(
        get_general_category(c),
        // \p{L}
        GeneralCategory::UppercaseLetter
            | GeneralCategory::LowercaseLetter
            | GeneralCategory::TitlecaseLetter
            | GeneralCategory::ModifierLetter
            | GeneralCategory::OtherLetter
            // \p{Z}
            | GeneralCategory::SpaceSeparator
            | GeneralCategory::LineSeparator
            | GeneralCategory::ParagraphSeparator
            // \p{N}
            | GeneralCategory::DecimalNumber
            | GeneralCategory::LetterNumber
            | GeneralCategory::OtherNumber
    );
    in_class || "_.:/=+-@".contains(c)
}

/// Returns whether a tag key is reserved, in any case: `aws:` by AWS, `studio-access:` by us.
pub(crate) fn is_reserved(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    ["aws:", "studio-access:"].iter().any(|prefix| key.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_separators_and_numbers_of_any_script_fit() {
        for c in ['a', 'Z', 'ü', 'ß', 'ผ', 'न', '雪', 'ʰ', '7', '٣', 'Ⅷ', '½', ' ', '\u{a0}', '\u{2028}']
        {
            assert!(fits(c), "{c:?} {:?}", get_general_category(c));
        }
        assert!("_.:/=+-@".chars().all(fits));
    }

    #[test]
    fn marks_symbols_and_controls_do_not_fit() {
        // A Thai and a Hindi vowel sign, a combining accent, a circled letter.
        for c in ['\u{e39}', '\u{93e}', '\u{301}', 'Ⓐ', '€', '&', '(', '\'', '"', '\t', '\u{200d}', '😀']
        {
            assert!(!fits(c), "{c:?} {:?}", get_general_category(c));
        }
    }

    #[test]
    fn a_reserved_key_is_reserved_in_any_case() {
        for key in ["aws:x", "AWS:x", "Aws:", "studio-access:group", "Studio-Access:x"] {
            assert!(is_reserved(key), "{key}");
        }
        for key in ["awsx", "team:aws:", "studio-access", ""] {
            assert!(!is_reserved(key), "{key}");
        }
    }
}
