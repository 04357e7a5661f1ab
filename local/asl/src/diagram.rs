//! Diagrams and tables generated from a loaded machine, so the documentation cannot differ from the
//! definition.

mod mermaid;
mod table;

pub use mermaid::mermaid;
pub use table::table;

#[cfg(test)]
#[path = "diagram/tests.rs"]
mod tests;
