//! The deployment of a large scenario.

use anyhow::Result;
use fake_aws::{Bodies, Clock, FakeAws, FakeAwsSettings};
use harness::deployment::Deployment;
use harness::scenario::Scenario;
use std::time::SystemTime;

/// Deploys a scenario on an emulated AWS that keeps no bodies of calls. Call it under virtual time.
pub(crate) async fn deployed(scenario: &Scenario, epoch: SystemTime) -> Result<Deployment> {
    let settings = FakeAwsSettings::new(1, Clock::virtual_from(epoch));
    let aws = FakeAws::new(FakeAwsSettings { bodies: Bodies::Neither, ..settings });
    Ok(Deployment::build_in(aws, scenario).await?)
}
