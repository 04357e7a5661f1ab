//! Region of IAM Identity Center, shared by the clients of its services.

use aws_types::SdkConfig;
use contract::ids::Region;
use contract::settings::{BadSetting, Env};

const REGION: &str = "IDENTITY_CENTER_REGION";

/// Returns the configuration for Identity Center's services: in `IDENTITY_CENTER_REGION`, or in the
/// function's own Region if it is not set.
pub(crate) fn configuration(sdk: &SdkConfig, env: &Env) -> Result<SdkConfig, BadSetting> {
    if env.optional(REGION).is_none() {
        return Ok(sdk.clone());
    }
    let region = env.checked::<Region>(REGION)?;
    let region = aws_types::region::Region::new(region.as_str().to_owned());
    Ok(sdk.to_builder().region(region).build())
}
