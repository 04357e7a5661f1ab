//! Checks Signature Version 4. A request whose signature does not match its key is refused, so that
//! a client that mixes up the credentials of two accounts is detected.
//!
//! Not checked: the age of `x-amz-date`, and the path's encoding (the JSON and query protocols only
//! use `/`).

use bytes::Bytes;
use http::{HeaderMap, Request};
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// The parts of an `Authorization: AWS4-HMAC-SHA256 ...` header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Authorization {
    pub(crate) access_key: String,
    pub(crate) region: String,
    pub(crate) service: String,
    date: String,
    signed_headers: String,
    signature: String,
}

impl Authorization {
    /// Reads the header. Returns `None` if it is missing or uses another scheme.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let text = headers.get("authorization")?.to_str().ok()?.strip_prefix("AWS4-HMAC-SHA256")?;
        let field = |name: &str| {
            text.split(',')
                .find_map(|part| part.trim().strip_prefix(name)?.strip_prefix('=').map(str::to_owned))
        };
        let credential = field("Credential")?;
        let mut scope = credential.split('/').map(str::to_owned);
        Some(Self {
            access_key: scope.next()?,
            date: scope.next()?,
            region: scope.next()?,
            service: scope.next()?,
            signed_headers: field("SignedHeaders")?,
            signature: field("Signature")?,
        })
    }

    /// Checks whether the request was signed with this secret.
    pub(crate) fn matches(&self, request: &Request<Bytes>, secret: &str) -> bool {
        let scope = format!("{}/{}/{}/aws4_request", self.date, self.region, self.service);
        let stamp = header(request, "x-amz-date");
        let canonical = hex(&Sha256::digest(self.canonical(request)));
        let to_sign = format!("AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{canonical}");
        let mut key = format!("AWS4{secret}").into_bytes();
        for part in [&self.date, &self.region, &self.service, "aws4_request"] {
            key = hmac(&key, part.as_bytes()).to_vec();
        }
        hex(&hmac(&key, to_sign.as_bytes())) == self.signature
    }

    fn canonical(&self, request: &Request<Bytes>) -> String {
        let mut query: Vec<&str> = request.uri().query().unwrap_or("").split('&').collect();
        query.sort_unstable();
        let mut lines = String::new();
        for name in self.signed_headers.split(';') {
            let value = header(request, name);
            let words: Vec<&str> = value.split_whitespace().collect();
            writeln!(lines, "{name}:{}", words.join(" ")).expect("writing to a string cannot fail");
        }
        let payload = match header(request, "x-amz-content-sha256").as_str() {
            "UNSIGNED-PAYLOAD" => "UNSIGNED-PAYLOAD".to_owned(),
            _ => hex(&Sha256::digest(request.body())),
        };
        let (method, path) = (request.method(), request.uri().path());
        format!("{method}\n{path}\n{}\n{lines}\n{}\n{payload}", query.join("&"), self.signed_headers)
    }
}

/// Returns a header's value, with several values of one name joined by commas. An in-process
/// request has no `host` header, so the value is taken from its URI.
fn header(request: &Request<Bytes>, name: &str) -> String {
    let values: Vec<&str> = request.headers().get_all(name).iter().filter_map(|v| v.to_str().ok()).collect();
    match (values.is_empty(), name, request.uri().authority()) {
        (true, "host", Some(authority)) => authority.to_string(),
        _ => values.join(","),
    }
}

fn hmac(key: &[u8], text: &[u8]) -> [u8; 32] {
    let mut block = [0_u8; 64];
    if key.len() > block.len() {
        block[..32].copy_from_slice(&Sha256::digest(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let pad = |with: u8| block.map(|byte| byte ^ with);
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(text).finalize();
    Sha256::new().chain_update(pad(0x5c)).chain_update(inner).finalize().into()
}

/// Returns the bytes as lowercase hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a string cannot fail");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `get-vanilla-query-order-key-case` of AWS's published Signature Version 4 test suite.
    #[test]
    fn the_published_example_has_the_published_signature() {
        let authorization = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
             SignedHeaders=host;x-amz-date, \
             Signature=b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500";
        let request = Request::get("https://example.amazonaws.com/?Param2=value2&Param1=value1")
            .header("x-amz-date", "20150830T123600Z")
            .header("authorization", authorization)
            .body(Bytes::new())
            .unwrap();
        let read = Authorization::of(request.headers()).unwrap();
        assert!(read.matches(&request, "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"));
        assert!(!read.matches(&request, "another secret"));
    }
}
