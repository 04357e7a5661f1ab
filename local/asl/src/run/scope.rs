//! Scopes of variables. Each Map iteration and each Parallel branch has its own scope: it reads the
//! outer variables and assigns only its own, which are dropped when it ends.

use std::cell::Cell;
use std::collections::BTreeMap;

use serde_json::Value;

use super::failure::{DATA_LIMIT, Failure};
use super::limits::{self, VARIABLES_BYTES_MAX};

pub(super) struct Scope<'o> {
    own: BTreeMap<String, Value>,
    outer: Option<&'o Scope<'o>>,
    /// Size of all variables of the execution, in all scopes.
    total: &'o Cell<usize>,
}

impl<'o> Scope<'o> {
    pub(super) fn outermost(total: &'o Cell<usize>) -> Self {
        Self { own: BTreeMap::new(), outer: None, total }
    }

    pub(super) fn inside(outer: &'o Scope<'o>) -> Self {
        Self { own: BTreeMap::new(), outer: Some(outer), total: outer.total }
    }

    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.own.get(name).or_else(|| self.outer.and_then(|outer| outer.get(name)))
    }

    /// Checks that the values may be assigned. Each value and their sum must fit into a payload,
    /// and all variables of the execution into [`VARIABLES_BYTES_MAX`].
    pub(super) fn check(&self, values: &BTreeMap<String, Value>) -> Result<(), Failure> {
        let mut added = 0;
        let mut freed = 0;
        for (name, value) in values {
            limits::check(&format!("the variable {name}"), value)?;
            added += limits::size(value);
            freed += self.own.get(name).map_or(0, limits::size);
        }
        if added > limits::PAYLOAD_BYTES_MAX {
            return Err(Failure::new(DATA_LIMIT, format!("the variables of one Assign have {added} bytes")));
        }
        if self.total.get() - freed + added > VARIABLES_BYTES_MAX {
            return Err(Failure::new(DATA_LIMIT, "the execution's variables have more than 10 MiB"));
        }
        Ok(())
    }

    pub(super) fn assign(&mut self, values: BTreeMap<String, Value>) {
        for (name, value) in values {
            let added = limits::size(&value);
            let freed = self.own.insert(name, value).map_or(0, |old| limits::size(&old));
            self.total.set(self.total.get() - freed + added);
        }
    }
}

impl Drop for Scope<'_> {
    fn drop(&mut self) {
        let freed: usize = self.own.values().map(limits::size).sum();
        self.total.set(self.total.get() - freed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn values(name: &str, bytes: usize) -> BTreeMap<String, Value> {
        BTreeMap::from([(name.to_owned(), json!("x".repeat(bytes - 2)))])
    }

    #[test]
    fn an_inner_scope_reads_outer_variables_and_frees_its_own() {
        let total = Cell::new(0);
        let mut outer = Scope::outermost(&total);
        outer.assign(values("a", 10));
        {
            let mut inner = Scope::inside(&outer);
            inner.assign(values("b", 20));
            assert!(inner.get("a").is_some() && inner.get("b").is_some());
            assert_eq!(total.get(), 30);
        }
        assert!(outer.get("b").is_none());
        assert_eq!(total.get(), 10);
    }

    #[test]
    fn a_variable_may_fill_a_payload_and_not_a_byte_more() {
        let total = Cell::new(0);
        let scope = Scope::outermost(&total);
        assert_eq!(scope.check(&values("a", 262_144)), Ok(()));
        assert_eq!(scope.check(&values("a", 262_145)).unwrap_err().error, DATA_LIMIT);
    }

    #[test]
    fn variables_share_10_mib_and_reassigning_frees_the_old_value() {
        let total = Cell::new(0);
        let mut scope = Scope::outermost(&total);
        for index in 0..40 {
            scope.assign(values(&format!("v{index}"), 262_144));
        }
        assert_eq!(scope.check(&values("v0", 262_144)), Ok(()));
        assert_eq!(scope.check(&values("one_more", 3)).unwrap_err().error, DATA_LIMIT);
    }
}
