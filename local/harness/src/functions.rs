//! The steps by name, each opened with its own credentials and environment and invoked as Lambda
//! would.

use crate::setting::{self, HUB_REGION};
use crate::steps::{self, Account, Visitor};
use aws_types::SdkConfig;
use contract::failure::Failure;
use contract::settings::Env;
use fake_aws::FakeAws;
use futures_util::future::LocalBoxFuture;
use serde_json::Value;
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use step::Step;

/// Converts the name of a state or a template resource to that of its step: `ResolveIdentity` to
/// `resolve-identity`.
pub fn step_of(state: &str) -> String {
    let mut step = String::new();
    for c in state.chars() {
        if c.is_ascii_uppercase() && !step.is_empty() {
            step.push('-');
        }
        step.push(c.to_ascii_lowercase());
    }
    step
}

/// Converts the name of a step to that of its state and template resource: `resolve-identity` to
/// `ResolveIdentity`.
pub fn resource_of(step: &str) -> String {
    step.split('-').map(|word| word[..1].to_uppercase() + &word[1..]).collect()
}

type Invoke = Rc<dyn Fn(Value) -> LocalBoxFuture<'static, Result<Value, Failure>>>;

/// All functions of the hub stack, by name.
pub struct Functions(BTreeMap<&'static str, Invoke>);

impl Functions {
    /// Prepares all functions in the hub account of this emulated AWS.
    pub fn open(aws: &FakeAws, env: Env) -> Self {
        let mut all = Opened { aws, env: Rc::new(env), functions: BTreeMap::new() };
        steps::each(&mut all);
        Self(all.functions)
    }

    /// Returns the names of all functions.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.keys().copied()
    }

    /// Invokes a function; `None` if there is no function of that name.
    pub fn invoke(
        &self,
        name: &str,
        payload: Value,
    ) -> Option<LocalBoxFuture<'static, Result<Value, Failure>>> {
        self.0.get(name).map(|invoke| invoke(payload))
    }
}

/// Collects the functions.
struct Opened<'a> {
    aws: &'a FakeAws,
    env: Rc<Env>,
    functions: BTreeMap<&'static str, Invoke>,
}

impl Visitor for Opened<'_> {
    /// Registers a function that is opened when it is first invoked, as on Lambda: most runs need
    /// only a few functions. Its credentials are drawn here, so that the order of the first
    /// invocations does not change the random numbers of a run.
    fn step<S: Step + 'static>(&mut self, _: Account) {
        let (config, env, opened) =
            (config(self.aws, S::NAME), Rc::clone(&self.env), Rc::new(OnceCell::new()));
        let invoke: Invoke = Rc::new(move |payload| {
            let (config, env, opened) = (config.clone(), Rc::clone(&env), Rc::clone(&opened));
            Box::pin(async move {
                match opened.get_or_init(|| S::open(&config, &env)) {
                    Ok(step) => step::invoke(step, payload).await,
                    // `step::serve` does the same: a bad environment fails every invocation with
                    // its own error name.
                    Err(setting) => Err(Failure::from(setting.clone())),
                }
            })
        });
        self.functions.insert(S::NAME, invoke);
    }
}

fn config(aws: &FakeAws, name: &str) -> SdkConfig {
    let credentials = aws.caller(&setting::function_role(name), name);
    let config = aws.sdk_config(name, credentials, HUB_REGION);
    config.into_builder().timeout_config(step::timeouts()).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_state_spells_its_step_and_the_other_way_round() {
        assert_eq!(step_of("ResolveIdentity"), "resolve-identity");
        assert_eq!(resource_of("resolve-identity"), "ResolveIdentity");
    }
}
