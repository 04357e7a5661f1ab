//! A Mermaid flowchart: rectangles with a bar are tasks, diamonds choices, round boxes waits, frames Maps, dotted arrows errors that are
//! caught by name.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::inspect::StateInfo;
use crate::model::{Machine, StateKind};

/// The longest text on an arrow.
const LABEL_CHARS_MAX: usize = 60;

/// The machine as a Mermaid `flowchart TD`. The same machine gives the same text.
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

/// Whether `End: true` on this state ends the machine and not just a Map's iteration; Succeed and Fail draw their own end.
fn ends_machine(state: &StateInfo) -> bool {
    state.end && state.path.is_empty() && !matches!(state.kind, StateKind::Succeed | StateKind::Fail)
}

fn line(text: &mut String, depth: usize, content: &str) {
    writeln!(text, "{:width$}{content}", "", width = depth * 4).expect("a string takes everything");
}

/// The states of one level, each Map as a frame around its own.
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

/// A wait in words: `30 s`, or the expression.
fn seconds(wait: &str) -> String {
    if wait.bytes().all(|byte| byte.is_ascii_digit()) { format!("{wait} s") } else { wait.to_owned() }
}

fn arrows(state: &StateInfo, ids: &BTreeMap<&str, String>, text: &mut String) {
    let id = &ids[state.name.as_str()];
    // A catch-all on nearly every state would bury the picture under its arrows; the table has it.
    let mut drawn = BTreeSet::new();
    for edge in state.edges.iter().filter(|edge| !(edge.is_catch && edge.label == "States.ALL")) {
        let to = &ids[edge.to.as_str()];
        // The names of errors stand on their arrows. Conditions do not: they are code, and the states that they lead to say enough.
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

/// On one line, not too long, and without what Mermaid would read as its own.
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
