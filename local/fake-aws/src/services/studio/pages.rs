//! Pages of a list. The opaque token is bound to the request that it continues, and contains the
//! sort key of the last item shown, so that items created or deleted between pages neither repeat
//! nor hide others.

use super::request::{Rule, invalid};
use crate::service::{Call, Refusal};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::ops::Bound;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Length of the checksum at the start of a token, in characters.
const SEAL: usize = 16;

/// The position and size of one page of a list.
#[derive(Debug)]
pub(crate) struct Pages {
    question: String,
    size: usize,
    after: Option<String>,
    descending: bool,
}

impl Pages {
    /// Opens the page of `token`, or the first page. `filters` are all parameters that filter or
    /// order the list. Refuses a token of a request with other parameters.
    pub(crate) fn open(
        call: &Call,
        filters: &[Option<&str>],
        (size, token): (usize, Option<&str>),
        descending: bool,
    ) -> Result<Self, Refusal> {
        let filters: Vec<String> = filters.iter().map(|filter| format!("{filter:?}")).collect();
        let question = [&call.caller.account, call.region, call.operation, &filters.join("\n")].join("\n");
        let mut pages = Self { question, size, after: None, descending };
        if let Some(token) = token {
            let after = unhex(token.get(SEAL..).unwrap_or_default());
            pages.after = after.filter(|after| pages.token(after) == token);
            if pages.after.is_none() {
                return Err(invalid(
                    "The NextToken is invalid, or belongs to a request with other parameters",
                ));
            }
        }
        Ok(pages)
    }

    /// Returns the items of this page, and the token of the next page if there are more items. The
    /// sort key of each item must be unique.
    pub(crate) fn cut<T>(&self, mut items: Vec<(String, T)>) -> (Vec<T>, Option<String>) {
        items.sort_by(|(a, _), (b, _)| if self.descending { b.cmp(a) } else { a.cmp(b) });
        items.retain(|(key, _)| match &self.after {
            Some(after) if self.descending => key < after,
            Some(after) => key > after,
            None => true,
        });
        let more = items.len() > self.size;
        items.truncate(self.size);
        let token = items.last().filter(|_| more).map(|(key, _)| self.token(key));
        (items.into_iter().map(|(_, item)| item).collect(), token)
    }

    /// Like [`Pages::cut`], for a map in ascending order of its keys. Does not visit the items
    /// before the page.
    pub(crate) fn cut_map<'a, T>(&self, items: &'a BTreeMap<String, T>) -> (Vec<&'a T>, Option<String>) {
        let from = self.after.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
        let mut page: Vec<(&String, &T)> =
            items.range::<str, _>((from, Bound::Unbounded)).take(self.size + 1).collect();
        let more = page.len() > self.size;
        page.truncate(self.size);
        let token = page.last().filter(|_| more).map(|(key, _)| self.token(key));
        (page.into_iter().map(|(_, item)| item).collect(), token)
    }

    fn token(&self, after: &str) -> String {
        let digest = Sha256::digest(format!("{}\n{after}", self.question));
        hex(&digest[..SEAL / 2]) + &hex(after.as_bytes())
    }
}

/// Constraint of the token in SageMaker's model.
pub(crate) const TOKEN: Rule =
    Rule { pattern: ".*", holds: |text| !text.contains(['\n', '\r']), shortest: 0, longest: 8192 };

/// Returns a sort key that orders by time, then by name.
pub(crate) fn by_time(time: SystemTime, name: &str) -> String {
    format!("{:020}/{name}", since_epoch(time).as_nanos())
}

/// Returns a timestamp of JSON 1.1: seconds since the epoch, with milliseconds.
pub(crate) fn seconds(time: SystemTime) -> Value {
    let millis = u64::try_from(since_epoch(time).as_millis()).unwrap_or(u64::MAX);
    Value::from(Duration::from_millis(millis).as_secs_f64())
}

/// Returns the bytes as lowercase hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a text cannot fail");
        text
    })
}

fn unhex(text: &str) -> Option<String> {
    let digits: Vec<u8> =
        text.chars().map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok())).collect::<Option<_>>()?;
    String::from_utf8(
        digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect(),
    )
    .ok()
}

fn since_epoch(time: SystemTime) -> Duration {
    time.duration_since(UNIX_EPOCH).unwrap_or_default()
}
