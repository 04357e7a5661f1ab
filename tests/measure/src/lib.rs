//! Figures about the workflow that need no AWS: [`burst`] lets thousands join at once where Studio allows a few creations a second, and
//! [`cost`] counts what one person's onboarding, change of role and offboarding take. [`tables`] shows both.

pub mod burst;
pub mod cost;
pub mod tables;
