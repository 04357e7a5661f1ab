//! The layout of the state machines: a rule of `Retry`, `Catch` and `Choices` stands on one line, so that a state fits on a screen and a change
//! of one rule is a change of one line.

use serde_json::Value;
use std::collections::BTreeSet;

/// The most lines that a state machine may have.
pub const MOST_LINES: usize = 620;

/// The most of everything that the graph of `access` may have: more cannot be told as a story.
pub const MOST: Shape = Shape { states: 32, arrows: 48, catchers: 8, variables: 12 };

/// How much there is to understand in a state machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// States, those of Maps and Parallels included.
    pub states: usize,
    /// Ways from one state to another.
    pub arrows: usize,
    /// Rules of `Catch`.
    pub catchers: usize,
    /// Names of variables.
    pub variables: usize,
}

impl Shape {
    /// Counts what a definition has.
    pub fn of(definition: &Value) -> Self {
        let mut shape = Self { states: 0, arrows: 0, catchers: 0, variables: 0 };
        let mut variables = BTreeSet::new();
        shape.add(definition, &mut variables);
        Self { variables: variables.len(), ..shape }
    }

    fn add(&mut self, level: &Value, variables: &mut BTreeSet<String>) {
        for state in level["States"].as_object().into_iter().flat_map(|states| states.values()) {
            self.states += 1;
            let rules = |name: &str| state[name].as_array().cloned().unwrap_or_default();
            let (catchers, choices) = (rules("Catch"), rules("Choices"));
            self.catchers += catchers.len();
            let ways = ["Next", "Default"].iter().filter(|way| state.get(way).is_some());
            self.arrows += ways.count() + catchers.len() + choices.len();
            for assigning in [state].into_iter().chain(&catchers).chain(&choices) {
                variables
                    .extend(assigning["Assign"].as_object().into_iter().flat_map(|all| all.keys().cloned()));
            }
            self.add(&state["ItemProcessor"], variables);
            for branch in rules("Branches") {
                self.add(&branch, variables);
            }
        }
    }

    /// Whether nothing is more than in another shape.
    pub fn fits(&self, most: &Self) -> bool {
        self.states <= most.states
            && self.arrows <= most.arrows
            && self.catchers <= most.catchers
            && self.variables <= most.variables
    }
}

/// Lists of rules.
const RULES: [&str; 3] = ["\"Retry\": [", "\"Catch\": [", "\"Choices\": ["];

/// Rules that are not alone on a line, and a machine that is too long.
pub fn findings(path: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let lines = text.lines().count();
    if lines > MOST_LINES {
        found.push(format!("{path}: {lines} lines, and at most {MOST_LINES} are readable"));
    }
    let mut in_rules = false;
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        let whole = line.starts_with("{ ") && (line.ends_with(" }") || line.ends_with(" },"));
        if in_rules && line.starts_with(']') {
            in_rules = false;
        } else if in_rules && !whole {
            found.push(format!("{path}:{number}: a rule stands on one line"));
        } else if let Some(list) = RULES.iter().find(|list| !in_rules && line.contains(*list)) {
            in_rules = line == *list;
            if !in_rules {
                found.push(format!("{path}:{number}: each rule stands on a line of its own"));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_stands_on_one_line() {
        let good = "\"Retry\": [\n  { \"A\": 1 },\n  { \"A\": 2 }\n],\n\"Next\": \"B\"\n";
        assert_eq!(findings("m", good), Vec::<String>::new());
        for (bad, line) in [
            ("\"Retry\": [{ \"A\": 1 }],\n", 1),
            ("\"Catch\": [\n  {\n    \"A\": 1 },\n]\n", 2),
            ("\"Choices\": [\n  { \"A\": 1 }, { \"B\": [\n]\n", 2),
        ] {
            let first = findings("m", bad).remove(0);
            assert!(first.starts_with(&format!("m:{line}: ")), "{bad}: {first}");
        }
    }

    #[test]
    fn counts_states_arrows_catchers_and_variables_at_all_levels() {
        let definition = serde_json::json!({"States": {
            "A": {"Type": "Choice", "Choices": [{"Next": "B", "Assign": {"x": 1}}], "Default": "B"},
            "B": {"Type": "Map", "Next": "C", "Assign": {"x": 2}, "ItemProcessor": {"States": {"D": {"Assign": {"y": 1}}}}},
            "C": {"Type": "Parallel", "Catch": [{"Next": "A"}], "Branches": [{"States": {"E": {"Next": "F"}, "F": {}}}]}}});
        let shape = Shape::of(&definition);
        assert_eq!(shape, Shape { states: 6, arrows: 5, catchers: 1, variables: 2 });
        assert!(shape.fits(&shape));
        assert!(!shape.fits(&Shape { arrows: 4, ..shape }));
    }

    #[test]
    fn a_machine_has_a_length_that_can_be_read() {
        assert_eq!(findings("m", &"\n".repeat(MOST_LINES)), Vec::<String>::new());
        assert_eq!(findings("m", &"\n".repeat(MOST_LINES + 1)).len(), 1);
    }
}
