//! The wire of the SDK clients: no socket, just a call into the world.

use crate::dispatch::AnswerLost;
use crate::world::World;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;

/// A connection of one caller.
#[derive(Debug, Clone)]
pub(crate) struct Wire {
    world: World,
    label: String,
}

impl Wire {
    /// The HTTP client for a caller's configuration.
    pub(crate) fn client(world: World, label: &str) -> SharedHttpClient {
        let wire = SharedHttpConnector::new(Self { world, label: label.to_owned() });
        http_client_fn(move |_, _| wire.clone())
    }

    async fn send(self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
        let request = request.map(|body| body.bytes().map(Bytes::copy_from_slice));
        if request.body().is_none() {
            return Err(ConnectorError::user("the world's wire takes no streams".into()));
        }
        let answer = self.world.exchange(Some(&self.label), request.map(Option::unwrap_or_default)).await;
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
