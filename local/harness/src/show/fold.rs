//! Folds rounds that repeat: a workflow that polls for hours takes a few rows instead of hundreds.

/// A round of more rows is not looked for.
const ROUND_AT_MOST: usize = 12;
/// Fewer rounds are shown one by one.
const FOLDED_FROM: usize = 3;

/// A row of a timeline.
#[derive(Debug, Clone)]
pub(super) struct Row {
    /// What it shows.
    pub(super) text: String,
    /// What makes it the same as another one: everything but times.
    pub(super) alike: String,
    /// When it was over, in short.
    pub(super) until: String,
}

/// The rows, with each run of equal rounds as its first round and a row that counts them.
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

/// Length and number of the rounds that the rows begin with: those that cover most, or one row once.
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
