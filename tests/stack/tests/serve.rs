//! The served emulated AWS holds for a client that we did not write: boto3 looks around in it, over HTTP, with signatures of its own.

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use stack::{
    folders,
    python::Python,
    served::{Served, small},
};

fn look_around() -> Result<Value> {
    let aws = Served::start()?;
    let given = json!({
        "region": small::REGION,
        "store": small::STORE,
        "user_name": small::USER_NAME,
        "role_arn": small::MEMBER_ROLE,
        "external_id": small::EXTERNAL_ID,
        "domain": small::DOMAIN,
        "execution_role": small::EXECUTION_ROLE,
        "table": small::MAPPINGS,
    });
    let output = Python::ready()?
        .program("python")
        .arg(folders::root().join("tests/stack/python/look_around.py"))
        .arg(given.to_string())
        .envs(aws.environment_of(small::HUB_ROLE, small::REGION))
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        .output()
        .context("could not run python")?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "look_around.py: {}\n{complaint}", output.status);
    serde_json::from_slice(&output.stdout).context("look_around.py printed something else than JSON")
}

#[test]
fn boto3_sees_the_world() -> Result<()> {
    let seen = look_around()?;
    assert_eq!(
        seen["directory"],
        json!({
            "userName": small::USER_NAME,
            "groups": [small::GROUP],
            "unknownUser": "ResourceNotFoundException",
            "notEmulated": "NotEmulated",
        })
    );
    assert_eq!(
        seen["assumed"],
        json!({
            "denied": "AccessDenied",
            "role": format!("arn:aws:sts::{}:assumed-role/studio-access/look-around", small::STUDIO_ACCOUNT),
        })
    );
    assert_eq!(
        seen["studio"],
        json!({
            "authMode": "SSO",
            "arn": format!(
                "arn:aws:sagemaker:{}:{}:user-profile/{}/boto3-was-here",
                small::REGION,
                small::STUDIO_ACCOUNT,
                small::DOMAIN
            ),
            "coming": ["Pending", "InService"],
            "role": small::EXECUTION_ROLE,
            "singleSignOnUser": small::USER_NAME,
            "twice": "ResourceInUse",
            "apps": 0,
            "going": ["Deleting", "ResourceNotFound"],
            "fromTheHub": "ResourceNotFound",
        })
    );
    assert_eq!(seen["table"], json!({"items": 1, "unknownTable": "ResourceNotFoundException"}));
    Ok(())
}
