//! `DescribeDomain`.

use super::pages::seconds;
use super::patterns::DOMAIN_ID;
use super::request::Request;
use super::{Studio, place_of};
use crate::service::{Answer, Call};
use serde_json::json;

impl Studio {
    pub(super) fn describe_domain(&self, call: &Call) -> Answer {
        let mut request = Request::open(call.body, &["DomainId"]);
        let domain_id = request.text("DomainId", &DOMAIN_ID);
        request.close()?;
        let place = place_of(call, domain_id);
        let domain = self.domain(&place)?;
        let mut answer = json!({
            "DomainArn": place.arn("domain", &[]),
            "DomainId": place.domain_id,
            "DomainName": domain.name,
            "Status": domain.status.as_str(),
            "AuthMode": domain.auth_mode.as_str(),
            "CreationTime": seconds(domain.created),
            "LastModifiedTime": seconds(domain.created),
            "HomeEfsFileSystemId": format!("fs-{}", place.domain_id.trim_start_matches("d-")),
            "HomeEfsFileSystemCreation": "Enabled",
            "AppNetworkAccessType": "VpcOnly",
            "DefaultUserSettings": { "ExecutionRole": domain.default_role },
            "Url": format!("https://{}.studio.{}.sagemaker.aws", place.domain_id, place.region),
        });
        if let Some(arn) = &domain.application_arn {
            answer["SingleSignOnApplicationArn"] = json!(arn);
        }
        Ok(answer)
    }
}
