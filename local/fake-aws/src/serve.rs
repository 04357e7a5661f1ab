//! The emulated AWS on loopback HTTP, for other processes: AWS CLI or boto3 with
//! `AWS_ENDPOINT_URL`, function binaries, or another emulator. The clock has to run with the
//! machine's ([`crate::Clock::real`]). Clients sign with a key registered by
//! [`crate::services::sts::Sts::put_key`] or taken from [`FakeAws::caller`].

use crate::fake_aws::FakeAws;
use bytes::Bytes;
use http::{Method, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

#[derive(Debug, thiserror::Error)]
enum ServeError {
    #[error("the request could not be read")]
    Unread(#[source] hyper::Error),
    #[error("no answer is given")]
    Lost(#[source] crate::dispatch::AnswerLost),
}

/// Serves the emulated AWS until the future is dropped, which also closes the connections. Returns
/// only if the socket fails.
pub async fn serve(aws: FakeAws, listener: TcpListener) -> std::io::Result<()> {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let (stream, _) = accepted?;
                connections.spawn(connection(aws.clone(), stream));
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

/// Serves one connection. Ignores an error, because it concerns only the client, which sees it.
async fn connection(aws: FakeAws, stream: TcpStream) {
    let service = service_fn(|request| answer(&aws, request));
    http1::Builder::new().serve_connection(TokioIo::new(stream), service).await.unwrap_or_default();
}

async fn answer(aws: &FakeAws, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, ServeError> {
    if request.method() == Method::GET && request.headers().get("authorization").is_none() {
        let health = json!({ "aws": "ready", "requests": aws.requests() });
        return Ok(Response::new(Full::new(Bytes::from(health.to_string()))));
    }
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(ServeError::Unread)?.to_bytes();
    let response = aws.exchange(None, Request::from_parts(head, body)).await.map_err(ServeError::Lost)?;
    Ok(response.map(Full::new))
}
