//! Checks on the repository itself. Each is a pure function from text to findings, with a test of its own that shows it can fail;
//! `tests/repository.rs` applies them to what is really there. A finding says where and what, so that no explanation is needed.

pub mod circles;
pub mod citations;
pub mod errors;
pub mod features;
pub mod licences;
pub mod machines;
pub mod manifests;
pub mod repository;
pub mod runbook;
pub mod sources;
pub mod words;
pub mod workflow;
