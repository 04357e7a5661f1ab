//! Measures what the documents state: [`costs`] of one user, a [`burst`] of joins and the [`sweep`] of a large directory under virtual time, each
//! beside the best that AWS's limits allow, and [`cold`] starts of the real binaries. [`tables`] renders them.

pub mod burst;
pub mod cold;
pub mod costs;
pub mod sweep;
pub mod tables;
