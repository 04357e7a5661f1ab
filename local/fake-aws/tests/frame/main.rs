//! The guarantees that the emulated AWS gives to all its services, shown with real SDK clients.
#![expect(clippy::unwrap_used, reason = "a helper that cannot go on has failed its test")]

mod accounts;
mod faults;
mod pages;
mod roles;
mod served;
mod tables;
mod trace;
mod transactions;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_types::SdkConfig;
use fake_aws::services::sts::Role;
use fake_aws::{Clock, FakeAws, FakeAwsSettings, run_virtual};
use std::future::Future;
use std::time::{Duration, UNIX_EPOCH};

const HUB: &str = "111122223333";
const MEMBER: &str = "444455556666";
const HUB_ROLE: &str = "arn:aws:iam::111122223333:role/plan-access";
const MEMBER_ROLE: &str = "arn:aws:iam::444455556666:role/studio-access/Hub";
const REGION: &str = "eu-west-1";

/// Runs a test in a new emulated AWS under virtual time.
fn in_world<F: Future>(seed: u64, test: impl FnOnce(FakeAws) -> F) -> F::Output {
    run_virtual(async {
        let clock = Clock::virtual_from(UNIX_EPOCH + Duration::from_secs(1_790_000_000));
        test(FakeAws::new(FakeAwsSettings::new(seed, clock))).await
    })
}

/// Returns the configuration of a function in the hub account.
fn hub(aws: &FakeAws) -> SdkConfig {
    aws.sdk_config("plan-access", aws.caller(HUB_ROLE, "plan-access"), REGION)
}

/// Returns the role in the member account that trusts the hub.
fn member_role() -> Role {
    Role { external_id: Some("studio-access".to_owned()), ..Role::trusting(MEMBER_ROLE, &[HUB_ROLE]) }
}

fn sts(config: &SdkConfig) -> aws_sdk_sts::Client {
    aws_sdk_sts::Client::new(config)
}

fn dynamodb(config: &SdkConfig) -> aws_sdk_dynamodb::Client {
    aws_sdk_dynamodb::Client::new(config)
}

/// Returns the service's code for an error.
fn code<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> &str {
    error.code().unwrap_or("no code")
}

/// Returns the service's text for an error.
fn message<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> &str {
    error.message().unwrap_or("no message")
}
