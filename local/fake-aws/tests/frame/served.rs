//! The emulated AWS on loopback HTTP.

use crate::{HUB_ROLE, REGION, sts};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use fake_aws::{Clock, Effect, FakeAws, FakeAwsSettings, Rule, serve};
use std::fmt::Write;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Serves an emulated AWS on real time while the test calls its address.
async fn while_served<T>(test: impl AsyncFnOnce(FakeAws, String) -> T) -> T {
    let aws = FakeAws::new(FakeAwsSettings { latency: 0..=1, ..FakeAwsSettings::new(1, Clock::real()) });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::select! {
        ended = serve(aws.clone(), listener) => panic!("serving ended: {ended:?}"),
        result = test(aws, address) => result,
    }
}

async fn raw(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn a_raw_request_is_answered_and_health_needs_no_signature() {
    while_served(async |_, address| {
        let health = raw(&address, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
        assert!(health.starts_with("HTTP/1.1 200"), "{health}");
        assert!(health.contains(r#""aws":"ready""#), "{health}");
        let unsigned =
            raw(&address, "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
                .await;
        assert!(unsigned.starts_with("HTTP/1.1 403"), "{unsigned}");
        assert!(unsigned.contains("MissingAuthenticationToken"), "{unsigned}");
    })
    .await;
}

/// Sends over a socket what the in-process wire would have sent.
#[tokio::test]
async fn a_signed_request_over_http_reaches_the_same_services() {
    while_served(async |aws, address| {
        let (config, sent) = signing_for(&aws, &address);
        sts(&config).get_caller_identity().send().await.unwrap_err();
        let request = sent.expect_request().try_into_http1x().unwrap();
        let mut text = format!("POST / HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n");
        for (name, value) in request.headers().iter().filter(|(name, _)| *name != "content-length") {
            write!(text, "{name}: {}\r\n", value.to_str().unwrap()).unwrap();
        }
        let body = std::str::from_utf8(request.body().bytes().unwrap()).unwrap();
        write!(text, "content-length: {}\r\n\r\n{body}", body.len()).unwrap();
        let answer = raw(&address, &text).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert!(answer.contains("assumed-role/plan-access/abroad"), "{answer}");
        assert_eq!(aws.calls().len(), 1);
        assert_eq!(aws.calls()[0].label, "abroad");

        aws.inject(Rule::on("sts:*", Effect::LoseAnswer));
        assert_eq!(raw(&address, &text).await, "");
    })
    .await;
}

/// Returns a configuration whose requests are captured instead of sent, so that the test can send
/// them itself.
fn signing_for(aws: &FakeAws, address: &str) -> (aws_types::SdkConfig, Caught) {
    let caught = Caught::default();
    let connector = SharedHttpConnector::new(caught.clone());
    let config = aws.sdk_config("abroad", aws.caller(HUB_ROLE, "abroad"), REGION);
    let config = config.into_builder().endpoint_url(format!("http://{address}"));
    let client = http_client_fn(move |_, _| connector.clone());
    (config.http_client(client).build(), caught)
}

#[derive(Debug, Clone, Default)]
struct Caught(Arc<Mutex<Option<HttpRequest>>>);

impl Caught {
    fn expect_request(&self) -> HttpRequest {
        self.0.lock().unwrap().take().unwrap()
    }
}

impl HttpConnector for Caught {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        *self.0.lock().unwrap() = Some(request);
        let error = ConnectorError::user("caught".into());
        HttpConnectorFuture::ready(Err(error))
    }
}
