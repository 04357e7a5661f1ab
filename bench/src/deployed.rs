//! The deployment of a large scenario.

use anyhow::Result;
use fake_aws::{Bodies, Clock, FakeAws, FakeAwsSettings};
use harness::deployment::Deployment;
use harness::scenario::Scenario;
use std::time::SystemTime;

/// The id of an invented user.
pub(crate) fn user_id(number: usize) -> String {
    format!("{number:08x}-a021-702e-f9d1-7f430ff2c752")
}

/// Deploys a scenario on an emulated AWS that keeps no bodies of calls. Call it under virtual time.
pub(crate) async fn deployed(scenario: &Scenario, epoch: SystemTime) -> Result<Deployment> {
    let settings = FakeAwsSettings::new(1, Clock::virtual_from(epoch));
    let aws = FakeAws::new(FakeAwsSettings { bodies: Bodies::Neither, ..settings });
    Ok(Deployment::build_in(aws, scenario).await?)
}
