//! Amazon SNS: sends messages to the operators.

use crate::error::AwsError;
use aws_sdk_sns::Client;
use aws_types::SdkConfig;
use contract::settings::{BadSetting, Env};

const PUBLISH: &str = "sns:Publish";

/// An SNS topic.
#[derive(Debug)]
pub struct Notices {
    client: Client,
    topic: String,
}

impl Notices {
    /// Opens the topic in `TOPIC_ARN`.
    pub fn open(sdk: &SdkConfig, env: &Env) -> Result<Self, BadSetting> {
        Ok(Self {
            client: Client::from_conf(configuration!(aws_sdk_sns, sdk).build()),
            topic: env.required("TOPIC_ARN")?.to_owned(),
        })
    }

    /// Sends a message. The subject must have fewer than 100 ASCII characters and no line break,
    /// the text at most 256 KB.
    pub async fn send(&self, subject: &str, text: &str) -> Result<(), AwsError> {
        let call = self.client.publish().topic_arn(&self.topic).subject(subject).message(text);
        call.send().await.map(|_| ()).map_err(|error| AwsError::from_sdk(PUBLISH, &error))
    }
}
