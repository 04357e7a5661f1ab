//! An emulated AWS on loopback HTTP for other processes, on a thread of its own until it is dropped. Its clock runs faster than a watch,
//! so that nobody waits long for a profile.

pub mod small;

use anyhow::{Context as _, Result, anyhow};
use fake_aws::{Clock, FakeAws, FakeAwsSettings};
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::mpsc::channel,
    thread::{self, JoinHandle},
    time::{Duration, SystemTime},
};
use tokio::{net::TcpListener, sync::oneshot};

/// How much faster time passes in the small emulated AWS: seconds of Studio's work become tenths, and an hour's credentials last a minute.
const SPEED: f64 = 60.0;

/// When the small emulated AWS begins. No signature's age is checked, so any day does: 2026-03-01.
const BEGIN: Duration = Duration::from_hours(493_056);

/// An emulated AWS that is served until this is dropped.
pub struct Served {
    aws: FakeAws,
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<Result<()>>>,
}

impl Served {
    /// Serves the [small emulated AWS](small) on a free port.
    pub fn start() -> Result<Self> {
        let clock = || Clock::scaled(SystemTime::UNIX_EPOCH + BEGIN, SPEED);
        Self::populated(clock, async |aws| small::populate(&aws).await)
    }

    /// Serves an emulated AWS of one's own on a free port.
    pub fn populated(
        clock: impl FnOnce() -> Clock + Send + 'static,
        populate: impl AsyncFnOnce(FakeAws) -> Result<()> + Send + 'static,
    ) -> Result<Self> {
        let (ready, started) = channel();
        let (stop, stopped) = oneshot::channel();
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                let aws = FakeAws::new(FakeAwsSettings::new(1, clock()));
                populate(aws.clone()).await?;
                let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
                ready
                    .send((aws.clone(), listener.local_addr()?))
                    .context("nobody waits for the emulated AWS")?;
                tokio::select! {
                    ended = fake_aws::serve(aws, listener) => ended.context("the socket failed"),
                    _ = stopped => Ok(()),
                }
            })
        });
        match started.recv() {
            Ok((aws, address)) => Ok(Self { aws, address, stop: Some(stop), thread: Some(thread) }),
            Err(_) => Err(thread.join().map_or_else(
                |_| anyhow!("the thread of the served emulated AWS panicked"),
                |ended| ended.err().unwrap_or_else(|| anyhow!("the served emulated AWS ended at once")),
            )),
        }
    }

    /// The emulated AWS itself, to change it behind every client's back.
    pub fn aws(&self) -> &FakeAws {
        &self.aws
    }

    /// Where it is served.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What an AWS client has to find in its environment to reach the emulated AWS with this role. Each time it is another session.
    pub fn environment_of(&self, role_arn: &str, region: &str) -> BTreeMap<String, String> {
        let keys = self.aws.caller(role_arn, "hub");
        let variables = [
            ("AWS_ENDPOINT_URL", self.endpoint()),
            ("AWS_REGION", region.to_owned()),
            ("AWS_DEFAULT_REGION", region.to_owned()),
            ("AWS_ACCESS_KEY_ID", keys.access_key_id().to_owned()),
            ("AWS_SECRET_ACCESS_KEY", keys.secret_access_key().to_owned()),
            ("AWS_SESSION_TOKEN", keys.session_token().unwrap_or_default().to_owned()),
        ];
        variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.stop.take());
        // What the thread has to say was said to its clients.
        drop(self.thread.take().map(JoinHandle::join));
    }
}
