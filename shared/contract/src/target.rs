//! A Studio domain as a destination: account, Region and domain id. Written as
//! `account/region/domain` in messages, keys and rows.

use crate::ids::{AccountId, BadId, DomainId, Region};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// A Studio domain in an account and a Region.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Target {
    /// The account that owns the domain.
    pub account: AccountId,
    /// The Region of the domain; it may differ from the hub's.
    pub region: Region,
    /// The id of the domain.
    pub domain_id: DomainId,
}

/// Reason why a text is not a target.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadTarget {
    /// The text does not have three parts.
    #[error("{0:?} is not a target: expected account/region/domain, as in 111122223333/eu-west-1/d-abc123")]
    Shape(String),
    /// One of the parts is malformed.
    #[error("a part of the target is malformed")]
    Part(#[from] BadId),
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.account, self.region, self.domain_id)
    }
}

impl FromStr for Target {
    type Err = BadTarget;

    fn from_str(text: &str) -> Result<Self, BadTarget> {
        let parts: Vec<&str> = text.split('/').collect();
        let [account, region, domain] = parts[..] else {
            return Err(BadTarget::Shape(text.chars().take(80).collect()));
        };
        Ok(Self {
            account: AccountId::new(account)?,
            region: Region::new(region)?,
            domain_id: DomainId::new(domain)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_reads_back_as_it_was_written() {
        let text = "111122223333/eu-west-1/d-abc123";
        assert_eq!(text.parse::<Target>().unwrap().to_string(), text);
    }

    #[test]
    fn a_target_needs_exactly_three_parts() {
        assert!(matches!("111122223333/eu-west-1".parse::<Target>(), Err(BadTarget::Shape(_))));
        assert!(matches!("111122223333/Dublin/d-abc".parse::<Target>(), Err(BadTarget::Part(_))));
    }
}
