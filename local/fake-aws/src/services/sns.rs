//! SNS, limited to publishing messages to topics. Subscriptions are not emulated.

use crate::service::{Answer, Call, Refusal, not_emulated};
use serde_json::json;
use std::collections::BTreeSet;

/// The emulated operations. Any other operation is refused by name.
pub const OPERATIONS: [&str; 1] = ["Publish"];

/// A message that was published to a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// ARN of the topic.
    pub topic: String,
    /// Subject of the e-mail.
    pub subject: String,
    /// Body of the e-mail.
    pub text: String,
}

/// All topics and their messages.
#[derive(Debug, Clone, Default)]
pub struct Sns {
    /// ARNs of the existing topics.
    pub topics: BTreeSet<String>,
    /// Messages in the order in which they were published.
    pub sent: Vec<Message>,
}

impl Sns {
    /// Answers a call.
    pub fn handle(&mut self, call: &Call<'_>) -> Answer {
        if !OPERATIONS.contains(&call.operation) {
            return Err(not_emulated("sns", call.operation));
        }
        let text = |member: &str| call.body[member].as_str().unwrap_or_default().to_owned();
        let message = Message { topic: text("TopicArn"), subject: text("Subject"), text: text("Message") };
        if message.topic.split(':').nth(4) != Some(call.caller.account.as_str()) {
            let text = format!("User: {} is not authorized to perform: SNS:Publish", call.caller.arn);
            return Err(Refusal { status: 403, ..Refusal::new("AuthorizationError", text) });
        }
        if !self.topics.contains(&message.topic) {
            return Err(Refusal { status: 404, ..Refusal::new("NotFound", "Topic does not exist") });
        }
        let plain = |c: char| c.is_ascii_graphic() || c == ' ';
        if message.subject.is_empty() || message.subject.len() > 99 || !message.subject.chars().all(plain) {
            return Err(Refusal::new("InvalidParameter", "Invalid parameter: Subject"));
        }
        if message.text.is_empty() || message.text.len() > 262_144 {
            return Err(Refusal::new("InvalidParameter", "Invalid parameter: Message"));
        }
        self.sent.push(message);
        Ok(json!({"MessageId": format!("00000000-0000-0000-0000-{:012}", self.sent.len())}))
    }
}
