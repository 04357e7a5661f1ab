//! Renders an answer as an HTTP response in the protocol of its service.

use crate::service::Answer;
use bytes::Bytes;
use http::Response;
use serde_json::{Map, Value};
use winterbaume_core::xml_escape;

/// Checks whether a service speaks the query protocol: form-encoded requests, XML answers.
pub(crate) fn is_query(service: &str) -> bool {
    matches!(service, "sts" | "sns")
}

/// Returns the response to a call. `number` counts the calls, and the request id is made from it.
pub(crate) fn response(service: &str, operation: &str, number: u64, answer: &Answer) -> Response<Bytes> {
    let id = format!("00000000-0000-0000-0000-{number:012}");
    let status = answer.as_ref().map_or_else(|refusal| refusal.status, |_| 200);
    let (kind, body) = match service {
        _ if is_query(service) => ("text/xml", xml(service, operation, &id, answer)),
        "dynamodb" => ("application/x-amz-json-1.0", json("message", answer)),
        _ => ("application/x-amz-json-1.1", json("Message", answer)),
    };
    Response::builder()
        .status(status)
        .header("content-type", kind)
        .header("x-amzn-requestid", id)
        .body(Bytes::from(body))
        .expect("a status from our own code and headers of plain letters make a response")
}

fn json(message: &str, answer: &Answer) -> String {
    match answer {
        Ok(body) => body.to_string(),
        Err(refusal) => {
            let mut body: Map<String, Value> = refusal.extra.clone();
            body.insert("__type".to_owned(), refusal.code.as_str().into());
            body.insert(message.to_owned(), refusal.message.as_str().into());
            Value::Object(body).to_string()
        }
    }
}

fn xml(service: &str, operation: &str, id: &str, answer: &Answer) -> String {
    let version = if service == "sns" { "2010-03-31" } else { "2011-06-15" };
    let space = format!("xmlns=\"https://{service}.amazonaws.com/doc/{version}/\"");
    match answer {
        Ok(body) => format!(
            "<{operation}Response {space}><{operation}Result>{}</{operation}Result>\
             <ResponseMetadata><RequestId>{id}</RequestId></ResponseMetadata></{operation}Response>",
            elements(body)
        ),
        Err(refusal) => format!(
            "<ErrorResponse {space}><Error><Type>{}</Type><Code>{}</Code><Message>{}</Message></Error>\
             <RequestId>{id}</RequestId></ErrorResponse>",
            if refusal.status < 500 { "Sender" } else { "Receiver" },
            xml_escape(&refusal.code),
            xml_escape(&refusal.message)
        ),
    }
}

fn elements(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            members.iter().map(|(name, value)| element(name, value)).collect::<Vec<_>>().concat()
        }
        Value::Array(items) => items.iter().map(|item| element("member", item)).collect::<Vec<_>>().concat(),
        Value::String(text) => xml_escape(text),
        Value::Null => String::new(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

fn element(name: &str, value: &Value) -> String {
    format!("<{name}>{}</{name}>", elements(value))
}
