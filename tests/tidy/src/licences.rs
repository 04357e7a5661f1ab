//! The licences and sources of everything that is linked, against `deny.toml`. `cargo deny` would do the same and is not on every
//! machine; this runs wherever `cargo test` does.

use anyhow::{Context as _, Result};
use serde_json::Value;
use spdx::{Expression, ParseMode};
use std::collections::BTreeSet;

/// What `cargo metadata` says about one package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// Name and version.
    pub name: String,
    /// Its licence, as an SPDX expression if its author knew them.
    pub licence: Option<String>,
    /// Where it comes from; nothing for our own.
    pub source: Option<String>,
}

/// The packages in the output of `cargo metadata`.
pub fn packages(metadata: &Value) -> Result<Vec<Package>> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let packages = metadata["packages"].as_array().context("the metadata has no packages")?;
    Ok(packages
        .iter()
        .map(|package| Package {
            name: format!(
                "{} {}",
                package["name"].as_str().unwrap_or("?"),
                package["version"].as_str().unwrap_or("?")
            ),
            licence: text(&package["license"]),
            source: text(&package["source"]),
        })
        .collect())
}

/// The list of strings at `section.key` of `deny.toml`.
pub fn listed(deny: &toml::Table, section: &str, key: &str) -> Result<BTreeSet<String>> {
    let list = deny.get(section).and_then(|table| table.get(key)).and_then(toml::Value::as_array);
    let list = list.with_context(|| format!("deny.toml has no list {section}.{key}"))?;
    Ok(list.iter().filter_map(toml::Value::as_str).map(str::to_owned).collect())
}

/// Packages that may not be used under any of the allowed licences.
pub fn refused(packages: &[Package], allowed: &BTreeSet<String>) -> Vec<String> {
    packages
        .iter()
        .filter_map(|package| match &package.licence {
            None => Some(format!("{} names no licence", package.name)),
            Some(licence) => match Expression::parse_mode(licence, ParseMode::LAX) {
                Err(error) => {
                    Some(format!("{}: {licence:?} is no SPDX expression: {}", package.name, error.reason))
                }
                Ok(expression) => (!expression.evaluate(|choice| allowed.contains(&choice.to_string())))
                    .then(|| format!("{}: {licence} is not allowed", package.name)),
            },
        })
        .collect()
}

/// Packages from anywhere but the public registry.
pub fn foreign(packages: &[Package]) -> Vec<String> {
    packages
        .iter()
        .filter_map(|package| Some((&package.name, package.source.as_deref()?)))
        .filter(|(_, source)| !source.starts_with("registry+") || !source.ends_with("/crates.io-index"))
        .map(|(name, source)| format!("{name} comes from {source}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(licence: Option<&str>, source: Option<&str>) -> Package {
        Package {
            name: "it 1.0.0".to_owned(),
            licence: licence.map(str::to_owned),
            source: source.map(str::to_owned),
        }
    }

    fn verdict(licence: &str) -> usize {
        let allowed = BTreeSet::from(["MIT", "Apache-2.0"].map(str::to_owned));
        refused(&[package(Some(licence), None)], &allowed).len()
    }

    #[test]
    fn a_choice_needs_one_allowed_licence_and_a_sum_needs_all() {
        assert_eq!(verdict("MIT"), 0);
        assert_eq!(verdict("GPL-3.0-only"), 1);
        assert_eq!(verdict("MIT OR GPL-3.0-only"), 0);
        assert_eq!(verdict("MIT AND GPL-3.0-only"), 1);
        assert_eq!(verdict("MIT/Apache-2.0"), 0);
        assert_eq!(verdict("Apache-2.0 WITH LLVM-exception"), 1);
        assert_eq!(verdict("as you like"), 1);
    }

    #[test]
    fn a_package_without_a_licence_is_refused() {
        assert_eq!(refused(&[package(None, None)], &BTreeSet::new()), ["it 1.0.0 names no licence"]);
    }

    #[test]
    fn a_package_from_git_or_another_registry_is_foreign() {
        assert_eq!(foreign(&[package(None, None)]), Vec::<String>::new());
        assert_eq!(
            foreign(&[package(None, Some("registry+https://example.com/crates.io-index"))]),
            Vec::<String>::new()
        );
        assert_eq!(foreign(&[package(None, Some("git+https://example.com/it"))]).len(), 1);
        assert_eq!(foreign(&[package(None, Some("registry+https://example.com/index"))]).len(), 1);
    }
}
