//! Sessions in Studio accounts: one assumed role for each account, Region, execution and user,
//! cached until shortly before it expires.
//!
//! A session has the execution's name and, as source identity, the user's id, so that CloudTrail in
//! the Studio account shows for which user a call was made [7.5]. A session is therefore never
//! shared between two users, which also keeps one tenant's session out of another's work [7.9]. The
//! credentials exist only in this process.

use crate::error::{AwsError, Class};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_sts::Client;
use aws_smithy_async::time::SharedTimeSource;
use aws_types::{SdkConfig, region::Region};
use contract::ids::RoleArn;
use contract::job::Job;
use contract::settings::{BadSetting, Env};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

const ASSUME_ROLE: &str = "sts:AssumeRole";

/// A session with less than this time left is renewed.
const MARGIN: Duration = Duration::from_mins(5);

/// Maximum number of cached sessions. A function instance works on one job at a time, so a few are
/// enough.
const MAX_SESSIONS: usize = 32;

/// Opens sessions in Studio accounts.
#[derive(Debug)]
pub(crate) struct Sessions {
    sts: Client,
    sdk: SdkConfig,
    pub(crate) clock: SharedTimeSource,
    role: String,
    external_id: String,
    open: Mutex<BTreeMap<Key, Session>>,
}

type Key = (String, String, String);

#[derive(Debug, Clone)]
struct Session {
    client: aws_sdk_sagemaker::Client,
    expires: SystemTime,
}

impl Sessions {
    /// Reads the settings: `MEMBER_ROLE` is the path and name of the role in every Studio account,
    /// `EXTERNAL_ID` the external id that its trust policy requires.
    pub(crate) fn open(sdk: &SdkConfig, env: &Env) -> Result<Self, BadSetting> {
        let clock = sdk.time_source().unwrap_or_default();
        Ok(Self {
            sts: Client::from_conf(configuration!(aws_sdk_sts, sdk).build()),
            sdk: sdk.clone(),
            clock,
            role: env.required("MEMBER_ROLE")?.to_owned(),
            external_id: env.required("EXTERNAL_ID")?.to_owned(),
            open: Mutex::default(),
        })
    }

    /// Returns the ARN of a role, given by path and name, in the account of the job's target.
    pub(crate) fn role_in(job: &Job, role: &str) -> Result<RoleArn, AwsError> {
        let target = &job.target;
        RoleArn::new(format!("arn:{}:iam::{}:role/{role}", target.region.partition(), target.account))
            .map_err(|error| AwsError::new(ASSUME_ROLE, Class::Misconfigured, error.to_string()))
    }

    /// Returns a SageMaker client in the account and Region of the job's target.
    pub(crate) async fn client(&self, job: &Job) -> Result<aws_sdk_sagemaker::Client, AwsError> {
        let role = Self::role_in(job, &self.role)?;
        let name = token(&job.execution);
        let key = (role.to_string(), job.target.region.to_string(), format!("{name} {}", job.user.user_id));
        if let Some(session) = self.remembered(&key) {
            return Ok(session);
        }
        let (credentials, expires) = self.assume(&role, &name, &token(job.user.user_id.as_str())).await?;
        let config = configuration!(aws_sdk_sagemaker, &self.sdk)
            .region(Region::new(job.target.region.as_str().to_owned()))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .build();
        let client = aws_sdk_sagemaker::Client::from_conf(config);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now();
        open.retain(|_, session| session.expires > now + MARGIN);
        if open.len() >= MAX_SESSIONS {
            open.pop_first();
        }
        open.insert(key, Session { client: client.clone(), expires });
        Ok(client)
    }

    fn remembered(&self, key: &Key) -> Option<aws_sdk_sagemaker::Client> {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let session = open.get(key)?;
        (session.expires > self.clock.now() + MARGIN).then(|| session.client.clone())
    }

    /// Assumes the role for fifteen minutes, the minimum. Role chaining allows one hour at most
    /// [7.2], and a step needs only minutes.
    async fn assume(
        &self,
        role: &RoleArn,
        name: &str,
        source: &str,
    ) -> Result<(Credentials, SystemTime), AwsError> {
        let call =
            self.sts.assume_role().role_arn(role.as_str()).role_session_name(name).source_identity(source);
        let call = call.external_id(&self.external_id).duration_seconds(900);
        let answer = call.send().await.map_err(|error| AwsError::from_sdk(ASSUME_ROLE, &error))?;
        let given = answer.credentials().ok_or_else(|| {
            AwsError::new(ASSUME_ROLE, Class::Unexpected, "the answer holds no credentials")
        })?;
        let expires = SystemTime::try_from(*given.expiration()).map_err(|_| {
            AwsError::new(ASSUME_ROLE, Class::Unexpected, "the session's expiry cannot be read")
        })?;
        let token = Some(given.session_token().to_owned());
        let credentials = Credentials::new(
            given.access_key_id(),
            given.secret_access_key(),
            token,
            Some(expires),
            "studio-account",
        );
        Ok((credentials, expires))
    }
}

/// Converts text to a valid session name or source identity: `[\w+=,.@-]{2,64}` [7.1].
fn token(text: &str) -> String {
    let fits = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    let mut token: String = text.chars().map(|c| if fits(c) { c } else { '-' }).take(64).collect();
    while token.len() < 2 {
        token.push('-');
    }
    token
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_becomes_a_valid_session_name() {
        assert_eq!(token("join ana@example.com (again)"), "join-ana@example.com--again-");
        assert_eq!(token(""), "--");
        assert_eq!(token(&"x".repeat(90)).len(), 64);
        assert_eq!(token("ünï"), "-n-");
    }
}
