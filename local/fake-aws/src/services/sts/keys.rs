//! Access keys, which link a request's signature to an account and a role.

use super::Sts;
use crate::service::{Caller, Refusal};
use crate::sign::Authorization;
use bytes::Bytes;
use http::Request;
use std::time::SystemTime;

const CAPITALS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// The prefix of every secret that the emulated AWS issues, so that a check can find a leaked
/// secret anywhere.
pub const SECRET_MARK: &str = "SecretOfTheWorld";

/// A session of a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Account that the session acts in.
    pub account: String,
    /// ARN, for example `arn:aws:sts::111122223333:assumed-role/Reader/plan-access`.
    pub arn: String,
    /// ARN of the role.
    pub role_arn: String,
    /// Name of the function that holds the session.
    pub label: String,
    /// Source identity, which survives role chaining [7.5].
    pub source_identity: Option<String>,
}

impl Session {
    /// Creates a session of this role with this session name.
    pub fn of(role_arn: &str, name: &str, label: &str) -> Self {
        let part = |at: usize| role_arn.split(':').nth(at).unwrap_or_default();
        let role = role_arn.rsplit('/').next().unwrap_or_default();
        Self {
            account: part(4).to_owned(),
            arn: format!("arn:{}:sts::{}:assumed-role/{role}/{name}", part(1), part(4)),
            role_arn: role_arn.to_owned(),
            label: label.to_owned(),
            source_identity: None,
        }
    }
}

/// A secret and the session that it authenticates.
#[derive(Clone, PartialEq, Eq)]
pub struct Key {
    /// Secret that signs the requests.
    pub secret: String,
    /// Session token, which every request with a temporary key must send.
    pub token: Option<String>,
    /// Time at which a temporary key expires.
    pub expires: Option<SystemTime>,
    /// Session that the key acts as.
    pub session: Session,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Key")
            .field("session", &self.session)
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}

impl Sts {
    /// Creates a temporary key for a session and stores it. Returns its id and the key.
    pub fn issue(&mut self, session: Session, expires: Option<SystemTime>) -> (String, Key) {
        let draw = |alphabet: &str, length| self.random.text("sts/keys", alphabet, length);
        let id = format!("ASIA{}", draw(CAPITALS, 16));
        let secret = |length| format!("{SECRET_MARK}{}", draw(LETTERS, length - SECRET_MARK.len()));
        let key = Key { secret: secret(40), token: Some(secret(96)), expires, session };
        self.keys.insert(id.clone(), key.clone());
        (id, key)
    }

    /// Registers a key made elsewhere, for example in the settings of another process.
    pub fn put_key(&mut self, id: &str, key: Key) {
        self.keys.insert(id.to_owned(), key);
    }

    /// Returns the session of every key, including expired keys, for checks.
    pub fn sessions(&self) -> impl Iterator<Item = &Session> {
        self.keys.values().map(|key| &key.session)
    }

    /// Returns the caller that signed the request. Refuses it with the error of the called service
    /// if the key is unknown or expired, or the signature is wrong.
    pub(crate) fn authenticate(
        &self,
        request: &Request<Bytes>,
        signed: &Authorization,
        now: SystemTime,
    ) -> Result<Caller, Refusal> {
        let refuse = |json: &str, sts: &str, text: &str| {
            let code = if signed.service == "sts" { sts } else { json };
            Refusal { status: 403, ..Refusal::new(code, text) }
        };
        let token = request.headers().get("x-amz-security-token").and_then(|value| value.to_str().ok());
        let known = self.keys.get(&signed.access_key).filter(|key| key.token.as_deref() == token);
        let Some(key) = known else {
            let text = "The security token included in the request is invalid.";
            return Err(refuse("UnrecognizedClientException", "InvalidClientTokenId", text));
        };
        if key.expires.is_some_and(|expires| expires <= now) {
            let text = "The security token included in the request is expired";
            return Err(refuse("ExpiredTokenException", "ExpiredToken", text));
        }
        if !signed.matches(request, &key.secret) {
            let text = "The request signature we calculated does not match the signature you provided.";
            return Err(refuse("InvalidSignatureException", "SignatureDoesNotMatch", text));
        }
        let Session { account, arn, label, .. } = key.session.clone();
        Ok(Caller { account, arn, label })
    }
}
