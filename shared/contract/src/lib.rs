//! Types that the steps exchange, and rules that need only data: no AWS calls, no clock, no I/O.
//!
//! Read in this order:
//!
//! - users and domains: [`ids`], [`target`]
//! - the trigger: [`change`]
//! - the administrators' configuration: [`mapping`], [`convention`], [`group`], [`near`]
//! - the decision: [`entitlement`], [`rules`], [`plan`], [`payload`]
//! - our records: [`grant`], [`history`]
//! - errors: [`failure`], [`catalogue`]
//! - settings: [`settings`]

pub mod ids;
pub mod target;

pub mod change;
pub mod user;

pub mod convention;
pub mod group;
pub mod mapping;
pub mod tag_text;

pub mod entitlement;
pub mod grant;
pub mod history;
pub mod job;
pub mod limit;
pub mod near;
pub mod payload;
pub mod plan;
pub mod rules;
pub mod sweep;

pub mod assignment;
pub mod catalogue;
pub mod failure;
pub mod settings;
