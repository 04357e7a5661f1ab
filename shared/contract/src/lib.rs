//! What travels between the steps, and the rules that need nothing but data: no AWS, no clock, no I/O.
//! Read in this order: who and where ([`ids`], [`target`]), what happened ([`change`]), what the
//! administrators want ([`mapping`], [`convention`], [`group`], [`near`]), what follows from it
//! ([`entitlement`], [`rules`], [`plan`], [`payload`]), what we remember
//! ([`grant`], [`history`]), how a step says no ([`failure`], [`catalogue`]) and how it is configured ([`settings`]).

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
pub mod near;
pub mod payload;
pub mod plan;
pub mod rules;
pub mod sweep;

pub mod assignment;
pub mod catalogue;
pub mod failure;
pub mod settings;
