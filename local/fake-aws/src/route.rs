//! Finds the operation that an HTTP request calls. Service and Region are read from the signature,
//! so the in-process wire and loopback HTTP, whose address names neither, are decoded alike.

use crate::render;
use crate::service::Refusal;
use crate::sign::Authorization;
use bytes::Bytes;
use http::Request;
use serde_json::{Map, Value};
use winterbaume_core::parse_query_string;

/// A request that is decoded but not yet authenticated.
#[derive(Debug)]
pub(crate) struct Routed {
    pub(crate) signed: Authorization,
    pub(crate) operation: String,
    pub(crate) body: Value,
}

/// A request that names no operation, and the service that refuses it (empty if the request names
/// no service either).
#[derive(Debug)]
pub(crate) struct Undecoded {
    pub(crate) service: String,
    pub(crate) refusal: Refusal,
}

/// Decodes a request of the JSON 1.0, JSON 1.1 or query protocol.
pub(crate) fn decode(request: &Request<Bytes>) -> Result<Routed, Undecoded> {
    let signed = Authorization::of(request.headers()).ok_or_else(|| Undecoded {
        service: String::new(),
        refusal: Refusal {
            status: 403,
            ..Refusal::new("MissingAuthenticationToken", "Request is missing Authentication Token")
        },
    })?;
    let decoded = if render::is_query(&signed.service) { query(request.body()) } else { json(request) };
    match decoded {
        Ok((operation, body)) => Ok(Routed { signed, operation, body }),
        Err(refusal) => Err(Undecoded { service: signed.service, refusal }),
    }
}

fn query(body: &Bytes) -> Result<(String, Value), Refusal> {
    let text = String::from_utf8_lossy(body);
    let mut form: Map<String, Value> =
        parse_query_string(&text).into_iter().map(|(name, value)| (name, value.into())).collect();
    form.remove("Version");
    match form.remove("Action") {
        Some(Value::String(action)) => Ok((action, Value::Object(form))),
        Some(_) | None => Err(Refusal::new("MissingAction", "The request does not name an action")),
    }
}

fn json(request: &Request<Bytes>) -> Result<(String, Value), Refusal> {
    let target = request.headers().get("x-amz-target").and_then(|value| value.to_str().ok());
    let Some((_, operation)) = target.and_then(|target| target.rsplit_once('.')) else {
        let text = format!("{} {} carries no x-amz-target", request.method(), request.uri().path());
        return Err(Refusal { status: 404, ..Refusal::new("UnknownOperationException", text) });
    };
    if request.body().is_empty() {
        return Ok((operation.to_owned(), Value::Object(Map::new())));
    }
    let body = serde_json::from_slice(request.body())
        .map_err(|error| Refusal::new("SerializationException", error.to_string()))?;
    Ok((operation.to_owned(), body))
}
