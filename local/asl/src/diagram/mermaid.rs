//! Renders a machine as a Mermaid flowchart. Tasks are rectangles with a bar, Choices are diamonds,
//! Waits are round boxes, Maps are frames. A dotted arrow is an error that is caught by name.

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
    nodes(&states, &ids, &[], &mut text);
    line(&mut text, 1, &format!("start --> {}", ids[machine.start_at()]));
    if states.iter().any(ends_machine) {
        line(&mut text, 1, "done([End])");
    }
    for state in &states {
        arrows(state, &ids, &mut text);
    }
    text
}

/// Returns true if `End: true` on this state ends the machine. Inside a Map it only ends the
/// iteration; Succeed and Fail have end shapes of their own.
fn ends_machine(state: &StateInfo) -> bool {
    state.end && state.path.is_empty() && !matches!(state.kind, StateKind::Succeed | StateKind::Fail)
}

fn line(text: &mut String, depth: usize, content: &str) {
    writeln!(text, "{:width$}{content}", "", width = depth * 4).expect("a string takes everything");
}

/// Writes the nodes of one level. Each Map becomes a frame around its inner states.
fn nodes(states: &[StateInfo], ids: &BTreeMap<&str, String>, path: &[String], text: &mut String) {
    let depth = path.len() + 1;
    for state in states.iter().filter(|state| state.path == path) {
        let id = &ids[state.name.as_str()];
        if state.kind == StateKind::Map {
            line(
                text,
                depth,
                &format!("subgraph {id}[\"{}\"]", escape(&format!("{}: for each item", state.name))),
            );
            let inner: Vec<String> = path.iter().chain([&state.name]).cloned().collect();
            nodes(states, ids, &inner, text);
            line(text, depth, "end");
        } else {
            line(text, depth, &format!("{id}{}", shape(state)));
        }
    }
}

fn shape(state: &StateInfo) -> String {
    let name = escape(&state.name);
    let wait = state.wait.as_deref().map(|wait| shortened(&seconds(wait))).unwrap_or_default();
    match state.kind {
        StateKind::Task => format!("[[\"{name}\"]]"),
        StateKind::Choice => format!("{{\"{name}\"}}"),
        StateKind::Wait => format!("(\"{name}<br/>{wait}\")"),
        StateKind::Pass | StateKind::Map => format!("[\"{name}\"]"),
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
    // Nearly every state has a catch-all: drawing them would hide the flow. The table lists them.
    let mut drawn = BTreeSet::new();
    for edge in state.edges.iter().filter(|edge| !(edge.is_catch && edge.label == "States.ALL")) {
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
