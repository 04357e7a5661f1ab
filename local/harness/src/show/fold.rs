//! Folds repeated rounds of rows: a workflow that polls for hours takes a few rows instead of
//! hundreds.

/// Longest round that is detected, in rows.
const ROUND_AT_MOST: usize = 12;
/// Smallest number of rounds that is folded.
const FOLDED_FROM: usize = 3;

/// A row of a timeline.
#[derive(Debug, Clone)]
pub(super) struct Row {
    /// Text to print.
    pub(super) text: String,
    /// The text without times. Rows that are equal in it count as repeated.
    pub(super) alike: String,
    /// Time at which the row ended, in short form.
    pub(super) until: String,
}

/// Returns the texts of the rows. A series of equal rounds becomes its first round and a row with
/// their number.
pub(super) fn folded(rows: &[Row]) -> Vec<String> {
    let mut shown = Vec::new();
    let mut at = 0;
    while at < rows.len() {
        let (length, times) = rounds(&rows[at..]);
        shown.extend(rows[at..at + length].iter().map(|row| row.text.clone()));
        if times > 1 {
            let last = &rows[at + length * times - 1];
            let these =
                if length == 1 { "the row above".to_owned() } else { format!("the {length} rows above") };
            shown.push(format!("{:<16} x {times}: {these}, until {}", "", last.until));
        }
        at += length * times;
    }
    shown
}

/// Returns length and number of the rounds at the start of `rows`: those that cover most rows, or
/// one row once.
fn rounds(rows: &[Row]) -> (usize, usize) {
    let mut best = (1, 1);
    for length in 1..=ROUND_AT_MOST.min(rows.len()) {
        let first = &rows[..length];
        let is_again =
            |round: &&[Row]| round.iter().zip(first).all(|(again, first)| again.alike == first.alike);
        let times = rows.chunks_exact(length).take_while(is_again).count();
        if times >= FOLDED_FROM && length * times > best.0 * best.1 {
            best = (length, times);
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(letters: &str) -> Vec<Row> {
        let row = |(at, letter): (usize, char)| Row {
            text: letter.to_string(),
            alike: letter.to_string(),
            until: format!("+{at}"),
        };
        letters.chars().enumerate().map(row).collect()
    }

    fn shown(letters: &str) -> Vec<String> {
        folded(&rows(letters)).into_iter().map(|row| row.trim().to_owned()).collect()
    }

    #[test]
    fn repeated_rounds_become_one_and_their_number() {
        let polls = "ab".repeat(78);
        assert_eq!(shown(&format!("s{polls}e")), ["s", "a", "b", "x 78: the 2 rows above, until +156", "e"]);
        assert_eq!(shown("aaaa"), ["a", "x 4: the row above, until +3"]);
    }

    #[test]
    fn two_rounds_and_rows_that_differ_stay_as_they_are() {
        assert_eq!(shown("abab"), ["a", "b", "a", "b"]);
        assert_eq!(shown("abcabd"), ["a", "b", "c", "a", "b", "d"]);
    }
}
