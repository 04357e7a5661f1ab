//! Pictures of a machine, generated, so that what the documentation shows is what runs.

mod mermaid;
mod table;

pub use mermaid::mermaid;
pub use table::table;

#[cfg(test)]
#[path = "diagram/tests.rs"]
mod tests;
