//! Renders a machine as a Mermaid flowchart. Tasks are rectangles with a bar, Choices are diamonds,
//! Waits are round boxes, Maps are frames, and Parallels are frames with one frame per branch. A
//! dotted arrow is an error that is caught by name.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::inspect::StateInfo;
use crate::model::{Machine, StateKind};

/// Maximum length of a label, in characters.
const LABEL_CHARS_MAX: usize = 60;

/// Renders the machine as a Mermaid `flowchart TD`. The output is deterministic.
pub fn mermaid(machine: &Machine) -> String {
    let states = machine.states();
    let ids: BTreeMap<&str, String> =
        states.iter().enumerate().map(|(index, state)| (state.name.as_str(), format!("s{index}"))).collect();
    let mut text = String::from("flowchart TD\n    start([Start])\n");
    Nodes { states: &states, ids: &ids, text: &mut text }.level(&[], None, 1);
    line(&mut text, 1, &format!("start --> {}", ids[machine.start_at()]));
    if states.iter().any(ends_machine) {
        line(&mut text, 1, "done([End])");
    }
    for state in &states {
        arrows(state, &ids, &mut text);
    }
    text
}

/// Returns true if `End: true` on this state ends the machine. Inside a Map or a Parallel it only
/// ends the iteration or the branch; Succeed and Fail have end shapes of their own.
fn ends_machine(state: &StateInfo) -> bool {
    state.end && state.path.is_empty() && !matches!(state.kind, StateKind::Succeed | StateKind::Fail)
}

fn line(text: &mut String, depth: usize, content: &str) {
    writeln!(text, "{:width$}{content}", "", width = depth * 4).expect("a string takes everything");
}

/// Writes the nodes and the frames around them.
struct Nodes<'n> {
    states: &'n [StateInfo],
    ids: &'n BTreeMap<&'n str, String>,
    text: &'n mut String,
}

impl Nodes<'_> {
    /// Writes one level: the machine's own, that of a Map, or that of one branch of a Parallel.
    fn level(&mut self, path: &[String], branch: Option<usize>, depth: usize) {
        let (states, ids) = (self.states, self.ids);
        for state in states.iter().filter(|state| state.path == path && state.branch == branch) {
            let inner: Vec<String> = path.iter().chain([&state.name]).cloned().collect();
            let id = &ids[state.name.as_str()];
            match state.kind {
                StateKind::Map => {
                    self.open(depth, id, &format!("{}: for each item", state.name));
                    self.level(&inner, None, depth + 1);
                    line(self.text, depth, "end");
                }
                StateKind::Parallel => {
                    // A single branch is a block with catchers of its own: nothing runs beside it.
                    let branches = state.inner_starts.len();
                    let title = if branches == 1 { "try" } else { "in parallel" };
                    self.open(depth, id, &format!("{}: {title}", state.name));
                    if branches == 1 {
                        self.level(&inner, Some(0), depth + 1);
                    }
                    for index in (0..branches).filter(|_| branches > 1) {
                        self.open(depth + 1, &format!("{id}b{index}"), &format!("branch {}", index + 1));
                        self.level(&inner, Some(index), depth + 2);
                        line(self.text, depth + 1, "end");
                    }
                    line(self.text, depth, "end");
                }
                StateKind::Task
                | StateKind::Choice
                | StateKind::Wait
                | StateKind::Pass
                | StateKind::Succeed
                | StateKind::Fail => line(self.text, depth, &format!("{id}{}", shape(state))),
            }
        }
    }

    fn open(&mut self, depth: usize, id: &str, title: &str) {
        line(self.text, depth, &format!("subgraph {id}[\"{}\"]", escape(title)));
    }
}

fn shape(state: &StateInfo) -> String {
    let name = escape(&state.name);
    let wait = state.wait.as_deref().map(|wait| shortened(&seconds(wait))).unwrap_or_default();
    match state.kind {
        StateKind::Task => format!("[[\"{name}\"]]"),
        StateKind::Choice => format!("{{\"{name}\"}}"),
        StateKind::Wait => format!("(\"{name}<br/>{wait}\")"),
        StateKind::Pass | StateKind::Map | StateKind::Parallel => format!("[\"{name}\"]"),
        StateKind::Succeed => format!("([\"{name}\"])"),
        StateKind::Fail => format!("{{{{\"{name}\"}}}}"),
    }
}

/// Formats a wait: `30 s` for a number, or the expression as written.
fn seconds(wait: &str) -> String {
    if wait.bytes().all(|byte| byte.is_ascii_digit()) { format!("{wait} s") } else { wait.to_owned() }
}

fn arrows(state: &StateInfo, ids: &BTreeMap<&str, String>, text: &mut String) {
    let id = &ids[state.name.as_str()];
    let mut drawn = BTreeSet::new();
    for edge in &state.edges {
        let to = &ids[edge.to.as_str()];
        // Only error names are drawn as labels. Conditions are code, and the names of their target
        // states are clearer.
        let arrow = match (edge.is_catch, edge.label.is_empty()) {
            (false, _) => "-->".to_owned(),
            (true, true) => "-.->".to_owned(),
            (true, false) => format!("-.->|\"{}\"|", shortened(&edge.label)),
        };
        let arrow = format!("{id} {arrow} {to}");
        if drawn.insert(arrow.clone()) {
            line(text, 1, &arrow);
        }
    }
    if ends_machine(state) {
        line(text, 1, &format!("{id} --> done"));
    }
}

/// Joins the text into one line, cuts it to [`LABEL_CHARS_MAX`] and escapes it.
fn shortened(text: &str) -> String {
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if flat.chars().count() <= LABEL_CHARS_MAX {
        return escape(&flat);
    }
    let cut: String = flat.chars().take(LABEL_CHARS_MAX - 1).collect();
    escape(&format!("{cut}…"))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;")
}
