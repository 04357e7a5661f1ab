//! Tags: validated in requests, and stored on profiles, spaces and apps [3.16].

use super::listing::listed;
use super::pages::{Pages, TOKEN};
use super::patterns::{RESOURCE_ARN, TAG_KEY, TAG_VALUE, resource};
use super::request::{Request, invalid};
use super::state::{Domain, Place, Tags};
use super::{Studio, not_found};
use crate::service::{Answer, Call, Refusal};
use serde_json::{Value, json};

/// Maximum number of tags on a resource.
const MAX_TAGS: usize = 50;

/// Reads the tags of a request. Violations of the model are collected in the request; reserved and
/// duplicate keys are returned as a refusal.
pub(super) fn read_tags(request: &mut Request, required: bool) -> Result<Tags, Refusal> {
    if required {
        request.require("Tags");
    }
    let pairs = request.structures("Tags", (0, MAX_TAGS), &["Key", "Value"], |tag| {
        (tag.text("Key", &TAG_KEY).to_owned(), tag.text("Value", &TAG_VALUE).to_owned())
    });
    let mut tags = Tags::new();
    for (key, value) in pairs {
        if key.to_ascii_lowercase().starts_with("aws:") {
            return Err(invalid(format!("Tag key '{key}' is reserved: keys cannot begin with aws:")));
        }
        if tags.contains_key(&key) {
            return Err(invalid(format!("Duplicate tag key found: {key}")));
        }
        tags.insert(key, value);
    }
    Ok(tags)
}

impl Studio {
    pub(super) fn list_tags(&mut self, call: &Call) -> Answer {
        let mut request = Request::open(call.body, &["ResourceArn", "NextToken", "MaxResults"]);
        let arn = request.text("ResourceArn", &RESOURCE_ARN);
        let size = request.number("MaxResults", 50, u64::MAX).unwrap_or(MAX_TAGS);
        let token = request.optional("NextToken", &TOKEN);
        request.close()?;
        let pages = Pages::open(call, &[Some(arn)], (size, token), false)?;
        let tags = self.tags_of(call, arn)?;
        let (page, token) =
            pages.cut(tags.iter().map(|(key, value)| (key.clone(), tag(key, value))).collect());
        Ok(listed("Tags", page.into_iter(), token))
    }

    pub(super) fn add_tags(&mut self, call: &Call) -> Answer {
        let mut request = Request::open(call.body, &["ResourceArn", "Tags"]);
        let arn = request.text("ResourceArn", &RESOURCE_ARN);
        let added = read_tags(&mut request, true);
        request.close()?;
        let added = added?;
        let tags = self.tags_of(call, arn)?;
        let mut all = tags.clone();
        all.extend(added);
        if all.len() > MAX_TAGS {
            return Err(invalid(format!(
                "Resource [{arn}] would have {} tags; the most are {MAX_TAGS}",
                all.len()
            )));
        }
        *tags = all;
        Ok(listed("Tags", tags.iter().map(|(key, value)| tag(key, value)), None))
    }

    pub(super) fn delete_tags(&mut self, call: &Call) -> Answer {
        let mut request = Request::open(call.body, &["ResourceArn", "TagKeys"]);
        let arn = request.text("ResourceArn", &RESOURCE_ARN);
        request.require("TagKeys");
        request.texts("TagKeys", (1, MAX_TAGS), &TAG_KEY);
        request.close()?;
        let keys = call.body["TagKeys"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let tags = self.tags_of(call, arn)?;
        for key in keys {
            tags.remove(key);
        }
        Ok(json!({}))
    }

    /// Returns the tags of the resource with this ARN, which must be in the caller's account and
    /// Region.
    fn tags_of(&mut self, call: &Call, arn: &str) -> Result<&mut Tags, Refusal> {
        let missing = || not_found("Resource", arn);
        let (region, account, rest) = resource(arn).ok_or_else(missing)?;
        let mut parts = rest.split('/');
        let (kind, domain_id) = (parts.next().unwrap_or_default(), parts.next().ok_or_else(missing)?);
        let place = Place::new(account, region, domain_id);
        if place.account != call.caller.account || place.region != call.region {
            return Err(missing());
        }
        let domain = self.domains.get_mut(&place).ok_or_else(missing)?;
        let names: Vec<String> = parts.map(str::to_lowercase).collect();
        domain.tags(kind, &names).ok_or_else(missing)
    }
}

impl Domain {
    fn tags(&mut self, kind: &str, names: &[String]) -> Option<&mut Tags> {
        match (kind, names) {
            ("user-profile", [name]) => self.profiles.get_mut(name).map(|profile| &mut profile.tags),
            ("space", [name]) => self.spaces.get_mut(name).map(|space| &mut space.tags),
            ("app", [home, app_type, name]) => {
                let mut apps = self.apps.iter_mut();
                let found = apps.find(|((at, of, called), _)| {
                    at.name() == home && of.to_lowercase() == *app_type && called.to_lowercase() == *name
                });
                found.map(|(_, app)| &mut app.tags)
            }
            _ => None,
        }
    }
}

fn tag(key: &str, value: &str) -> Value {
    json!({ "Key": key, "Value": value })
}
