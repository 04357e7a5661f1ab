//! Measures what the documents state: [`costs`] of one user, a [`burst`] of joins, a [`flood`] of events that concern nobody, [`removals`] in an
//! hour and the [`sweep`] of a large directory under virtual time, and [`cold`] starts of the real binaries. [`tables`] renders them.

pub mod burst;
pub mod cold;
pub mod costs;
mod deployed;
pub mod flood;
pub mod removals;
pub mod sweep;
pub mod tables;
