//! The wire of the SDK clients: each request is a call into the emulated AWS, without a socket.

use crate::dispatch::AnswerLost;
use crate::fake_aws::FakeAws;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::SharedAsyncSleep;
use aws_smithy_async::time::SharedTimeSource;
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::retry::RetryConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;
use bytes::Bytes;

/// The connection of one caller.
#[derive(Debug, Clone)]
pub(crate) struct Wire {
    aws: FakeAws,
    label: String,
}

impl FakeAws {
    /// Returns a client configuration with the in-process wire, the emulated AWS's clock, and
    /// standard retries with three attempts. `label` names the caller in traces and fault rules.
    ///
    /// The SDK's retry quota is kept per process, not per client. A run with hundreds of failing
    /// calls exhausts it, so a client that must behave the same in every run needs a retry
    /// partition of its own.
    pub fn sdk_config(&self, label: &str, credentials: Credentials, region: &str) -> SdkConfig {
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(region.to_owned()))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(Wire::client(self.clone(), label))
            .time_source(SharedTimeSource::new(self.clock().clone()))
            .sleep_impl(SharedAsyncSleep::new(self.clock().clone()))
            .retry_config(RetryConfig::standard().with_max_attempts(3))
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .build()
    }
}

impl Wire {
    /// Returns the HTTP client for a caller's configuration.
    fn client(aws: FakeAws, label: &str) -> SharedHttpClient {
        let wire = SharedHttpConnector::new(Self { aws, label: label.to_owned() });
        http_client_fn(move |_, _| wire.clone())
    }

    async fn send(self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
        let request = request.map(|body| body.bytes().map(Bytes::copy_from_slice));
        if request.body().is_none() {
            return Err(ConnectorError::user("the emulated AWS's wire takes no streams".into()));
        }
        let answer = self.aws.exchange(Some(&self.label), request.map(Option::unwrap_or_default)).await;
        let response = answer.map_err(|AnswerLost| ConnectorError::io(Box::new(AnswerLost)))?;
        let response = HttpResponse::try_from(response.map(SdkBody::from));
        response.map_err(|error| ConnectorError::other(error.into(), None))
    }
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::new(self.clone().send(request))
    }
}
