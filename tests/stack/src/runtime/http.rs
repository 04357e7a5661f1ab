//! As much of HTTP/1.1 as the Runtime API's one client speaks: a request line, headers, and a body of known length or in chunks.

use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use std::io::{BufRead, Write};

/// One request.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Request {
    /// The path, without the host.
    pub(super) path: String,
    /// The body.
    pub(super) body: Vec<u8>,
}

impl Request {
    /// The body as JSON.
    pub(super) fn json(&self) -> Result<Value> {
        serde_json::from_slice(&self.body).context("the body is not JSON")
    }
}

/// The next request of a connection, or nothing at its end.
pub(super) fn read_request(reader: &mut impl BufRead) -> Result<Option<Request>> {
    let Some(first) = read_line(reader)? else { return Ok(None) };
    let path = first.split(' ').nth(1).context("not a request line")?.to_owned();
    let (mut length, mut chunked) = (0, false);
    loop {
        let line = read_line(reader)?.context("the connection ended inside the headers")?;
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':').context("not a header")?;
        match (name.to_ascii_lowercase().as_str(), value.trim()) {
            ("content-length", value) => length = value.parse().context("not a length")?,
            ("transfer-encoding", "chunked") => chunked = true,
            ("transfer-encoding", other) => bail!("no support for {other}"),
            _ => {}
        }
    }
    let body = if chunked { read_chunks(reader)? } else { read_exactly(reader, length)? };
    Ok(Some(Request { path, body }))
}

/// Writes one response and leaves the connection open.
pub(super) fn answer(mut to: impl Write, status: &str, headers: &[(&str, &str)], body: &str) -> Result<()> {
    let mut head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n", body.len());
    for (name, value) in headers {
        head.extend([name, ": ", value, "\r\n"]);
    }
    to.write_all([&head, "\r\n", body].concat().as_bytes()).context("could not answer")
}

fn read_line(reader: &mut impl BufRead) -> Result<Option<String>> {
    let mut line = String::new();
    let read = reader.read_line(&mut line).context("could not read")?;
    Ok((read > 0).then(|| line.trim_end().to_owned()))
}

fn read_exactly(reader: &mut impl BufRead, length: usize) -> Result<Vec<u8>> {
    let mut bytes = vec![0; length];
    reader.read_exact(&mut bytes).context("the connection ended inside the body")?;
    Ok(bytes)
}

fn read_chunks(reader: &mut impl BufRead) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let size = read_line(reader)?.context("the connection ended between chunks")?;
        let size = usize::from_str_radix(size.split(';').next().unwrap_or_default(), 16)
            .context("not the size of a chunk")?;
        body.extend(read_exactly(reader, size)?);
        read_line(reader)?.context("the connection ended after a chunk")?;
        if size == 0 {
            return Ok(body);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunked_body_equals_one_of_known_length() {
        let known = "POST /a HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello";
        let chunked =
            "POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n";
        let expected = Request { path: "/a".to_owned(), body: b"hello".to_vec() };
        assert_eq!(read_request(&mut known.as_bytes()).unwrap().unwrap(), expected);
        assert_eq!(read_request(&mut chunked.as_bytes()).unwrap().unwrap(), expected);
    }

    #[test]
    fn two_requests_on_one_connection_are_read_one_after_the_other() {
        let mut both = "GET /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\n".as_bytes();
        assert_eq!(read_request(&mut both).unwrap().unwrap().path, "/a");
        assert_eq!(read_request(&mut both).unwrap().unwrap().path, "/b");
        assert_eq!(read_request(&mut both).unwrap(), None);
    }

    #[test]
    fn a_body_that_breaks_off_is_an_error() {
        let mut torn = "POST /a HTTP/1.1\r\nContent-Length: 50\r\n\r\nhello".as_bytes();
        assert!(read_request(&mut torn).is_err());
    }
}
