//! The features that crates of others are built with: the same in every command, or the next command compiles them again.

use std::collections::BTreeSet;

/// The crates of others in what `cargo tree --prefix none --format "{p}|{f}"` prints, each with its features.
pub fn built(tree: &str) -> BTreeSet<String> {
    let foreign = |line: &&str| line.contains('|') && !line.contains("(/") && !line.contains(":\\");
    tree.lines().map(|line| line.trim_end_matches(" (*)")).filter(foreign).map(str::to_owned).collect()
}

/// What the first command builds and the second one has to build again, as a finding for each crate.
pub fn built_again(first: &BTreeSet<String>, second: &BTreeSet<String>) -> Vec<String> {
    let name = |line: &str| line.split('|').next().unwrap_or_default().to_owned();
    let other = |package: &str| second.iter().find(|line| name(line) == package);
    let finding = |line: &String| {
        let there = other(&name(line))?;
        Some(format!("{line} is built again with other features: {there}"))
    };
    first.difference(second).filter_map(finding).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: &str =
        "local v0.1.0 (/repository/local)|\nserde v1.0.1|std\nhttp v1.0.0|\nserde v1.0.1|std (*)\n";

    #[test]
    fn own_crates_and_repetitions_are_left_out() {
        assert_eq!(built(FIRST).into_iter().collect::<Vec<_>>(), ["http v1.0.0|", "serde v1.0.1|std"]);
    }

    #[test]
    fn a_crate_with_other_features_is_found() {
        let second = built("serde v1.0.1|derive,std\nhttp v1.0.0|\nclap v4.0.0|\n");
        let found = built_again(&built(FIRST), &second);
        assert_eq!(found, ["serde v1.0.1|std is built again with other features: serde v1.0.1|derive,std"]);
        assert_eq!(built_again(&built(FIRST), &built(FIRST)), Vec::<String>::new());
    }
}
