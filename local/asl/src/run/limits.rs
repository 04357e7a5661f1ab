//! Size limits. AWS measures payloads as JSON text in UTF-8.

use std::io::{self, Write};

use serde_json::Value;

use super::failure::{DATA_LIMIT, Failure};

/// Maximum size of a state's input, arguments, result or output, and of any variable [5.1].
pub(super) const PAYLOAD_BYTES_MAX: usize = 262_144;
/// Maximum size of all variables of an execution together.
pub(super) const VARIABLES_BYTES_MAX: usize = 10 * 1024 * 1024;
/// Maximum number of events in a history, including the last one [5.2].
pub(super) const EVENTS_MAX: u64 = 25_000;

/// Returns the length of the value as JSON text.
pub(super) fn size(value: &Value) -> usize {
    let mut counted = Counted(0);
    serde_json::to_writer(&mut counted, value)
        .expect("a JSON value has string keys and the counter takes all");
    counted.0
}

/// Returns an error if the value is larger than [`PAYLOAD_BYTES_MAX`].
pub(super) fn check(what: &str, value: &Value) -> Result<(), Failure> {
    let bytes = size(value);
    if bytes <= PAYLOAD_BYTES_MAX {
        return Ok(());
    }
    let cause = format!("{what} has {bytes} bytes, more than the {PAYLOAD_BYTES_MAX} that are allowed");
    Err(Failure::new(DATA_LIMIT, cause))
}

struct Counted(usize);

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_size_counts_bytes_of_json_and_not_characters() {
        assert_eq!(size(&json!({ "name": "é" })), "{\"name\":\"é\"}".len());
    }
}
