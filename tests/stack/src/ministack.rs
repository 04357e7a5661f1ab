//! `MiniStack`, an AWS that we did not write, on loopback: `CloudFormation`, Lambda, Step Functions, EventBridge, `DynamoDB`, SQS, IAM. It
//! enforces IAM policies here, and time passes faster in its state machines.

use crate::{
    folders,
    guarded::{Guarded, free_address},
    python::Python,
};
use anyhow::{Context as _, Result};
use sha2::{Digest as _, Sha256};
use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
};

/// How much faster waits and retries pass than Step Functions means them.
pub const SPEED: f64 = 10.0;

/// A `MiniStack` that runs until this is dropped, or this process ends.
pub struct MiniStack {
    server: Guarded,
    address: SocketAddr,
    account: String,
    region: String,
}

impl MiniStack {
    /// Starts one for this account and Region. The variables are what every function finds in its environment on top of its own: here
    /// `AWS_ENDPOINT_URL_<SERVICE>` leads to services that are emulated elsewhere. `label` tells several apart.
    pub fn start(
        label: &str,
        account: &str,
        region: &str,
        variables: &BTreeMap<String, String>,
    ) -> Result<Self> {
        let address = free_address()?;
        let home = home(label)?;
        let mut all = own_variables(address, account, region, &home);
        all.extend(variables.clone());
        let python = Python::ministack()?;
        let server =
            Guarded::start(python, &[&python.path_of("ministack")], &all, address, &home.join("log"))?;
        Ok(Self { server, address, account: account.to_owned(), region: region.to_owned() })
    }

    /// What an AWS client has to find in its environment to act as the account's root user.
    pub fn environment(&self) -> BTreeMap<String, String> {
        self.environment_in(&self.account)
    }

    /// The same in another account: an access key that is an account's id is that of its root user.
    pub fn environment_in(&self, account: &str) -> BTreeMap<String, String> {
        self.environment_with(account, "test", None)
    }

    /// The same for a function's role, see [`function_key`].
    pub fn environment_of(&self, key: &FunctionKey) -> BTreeMap<String, String> {
        self.environment_with(&key.id, &key.secret, Some(&key.token))
    }

    fn environment_with(&self, id: &str, secret: &str, token: Option<&str>) -> BTreeMap<String, String> {
        let endpoint = format!("http://{}", self.address);
        let variables = [
            ("AWS_ENDPOINT_URL", Some(endpoint.as_str())),
            ("AWS_REGION", Some(&self.region)),
            ("AWS_DEFAULT_REGION", Some(&self.region)),
            ("AWS_ACCESS_KEY_ID", Some(id)),
            ("AWS_SECRET_ACCESS_KEY", Some(secret)),
            ("AWS_SESSION_TOKEN", token),
        ];
        variables.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned()))).collect()
    }

    /// What it has written to its log so far.
    pub fn log(&self) -> String {
        self.server.log()
    }
}

/// An empty folder: whatever an earlier run has left is of no use.
fn home(label: &str) -> Result<PathBuf> {
    let home = folders::target().join("stack/ministack").join(label);
    if home.exists() {
        fs::remove_dir_all(&home).with_context(|| format!("could not empty {}", home.display()))?;
    }
    for folder in ["tmp", "s3"] {
        fs::create_dir_all(home.join(folder))
            .with_context(|| format!("could not create {}", home.display()))?;
    }
    Ok(home)
}

fn own_variables(address: SocketAddr, account: &str, region: &str, home: &Path) -> BTreeMap<String, String> {
    let folder = |name: &str| home.join(name).to_string_lossy().into_owned();
    let variables = [
        ("PATH", "/usr/bin:/bin".to_owned()),
        ("HOME", folder("")),
        ("TMPDIR", folder("tmp")),
        ("S3_DATA_DIR", folder("s3")),
        ("BIND_HOST", address.ip().to_string()),
        ("MINISTACK_HOST", address.ip().to_string()),
        ("GATEWAY_PORT", address.port().to_string()),
        ("MINISTACK_ACCOUNT_ID", account.to_owned()),
        ("MINISTACK_REGION", region.to_owned()),
        // Without it, every caller may do everything.
        ("AUTH", "true".to_owned()),
        ("SFN_WAIT_SCALE", (1.0 / SPEED).to_string()),
        // Where functions find everything that is not led elsewhere.
        ("AWS_ENDPOINT_URL", format!("http://{address}")),
        // Listeners on ports of their own that nobody needs here.
        ("SFTP_ENABLED", "0".to_owned()),
        ("IOT_MTLS_ENABLED", "0".to_owned()),
    ];
    variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The access key of a function.
#[derive(Clone, PartialEq, Eq)]
pub struct FunctionKey {
    /// Its id.
    pub id: String,
    /// Signs the requests.
    pub secret: String,
    /// Comes with every request.
    pub token: String,
}

/// The key that `MiniStack` gives to a function, so that others can know the function by it. No documented behaviour, but that of the
/// pinned version: should another version make them otherwise, the emulated AWS does not know the functions, and the tests fail.
pub fn function_key(function_arn: &str, role_arn: &str) -> FunctionKey {
    let digest = hex(&format!("{function_arn}:{role_arn}"));
    FunctionKey {
        id: format!("ASIA{}", digest[..16].to_uppercase()),
        secret: hex(&format!("secret:{digest}")),
        token: hex(&format!("token:{digest}")),
    }
}

fn hex(text: &str) -> String {
    Sha256::digest(text).iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("a string takes everything");
        hex
    })
}
