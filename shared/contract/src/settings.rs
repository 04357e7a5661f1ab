//! Settings from the environment, read once when a function starts. Errors name the variable.

use crate::failure::Named;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;

/// The environment variables of a function, as they were when it started.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Env(BTreeMap<String, String>);

/// An environment variable that is missing or invalid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadSetting {
    /// The variable is not set, or empty.
    #[error("the environment variable {0} is not set")]
    Missing(&'static str),
    /// The value is invalid.
    #[error("the environment variable {name} cannot be used: {why}")]
    Invalid {
        /// The variable.
        name: &'static str,
        /// The reason, without the value.
        why: String,
    },
}

impl Named for BadSetting {
    fn name(&self) -> &'static str {
        crate::catalogue::MISCONFIGURED
    }
}

impl Env {
    /// Returns the variable's text. An empty variable counts as missing: the template sets an empty
    /// one for an omitted parameter.
    pub fn optional(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|text| !text.is_empty())
    }

    /// Returns the variable's text, or an error that names the variable.
    pub fn required(&self, name: &'static str) -> Result<&str, BadSetting> {
        self.optional(name).ok_or(BadSetting::Missing(name))
    }

    /// Returns the variable's text, converted and checked by `T`.
    pub fn checked<T>(&self, name: &'static str) -> Result<T, BadSetting>
    where
        T: TryFrom<String>,
        T::Error: std::fmt::Display,
    {
        T::try_from(self.required(name)?.to_owned())
            .map_err(|error| BadSetting::Invalid { name, why: error.to_string() })
    }

    /// Parses the variable as JSON. A missing variable gives `None`.
    pub fn json<T: DeserializeOwned>(&self, name: &'static str) -> Result<Option<T>, BadSetting> {
        let Some(text) = self.optional(name) else { return Ok(None) };
        serde_json::from_str(text)
            .map(Some)
            .map_err(|error| BadSetting::Invalid { name, why: error.to_string() })
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Env {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::StoreId;

    #[test]
    fn a_missing_or_empty_variable_is_named() {
        let env: Env = [("IDENTITY_STORE_ID", "")].into_iter().collect();
        let error = env.checked::<StoreId>("IDENTITY_STORE_ID").unwrap_err();
        assert_eq!(error.to_string(), "the environment variable IDENTITY_STORE_ID is not set");
        assert_eq!(error.name(), "Misconfigured");
    }

    #[test]
    fn a_malformed_variable_is_named_with_the_reason() {
        let env: Env = [("IDENTITY_STORE_ID", "two words")].into_iter().collect();
        let error = env.checked::<StoreId>("IDENTITY_STORE_ID").unwrap_err().to_string();
        assert!(error.contains("IDENTITY_STORE_ID") && error.contains("identity store id"), "{error}");
    }
}
