//! A world on loopback HTTP for other processes, on a thread of its own until it is dropped. Its clock runs faster than a watch,
//! so that nobody waits long for a profile.

pub mod small;

use anyhow::{Context as _, Result, anyhow};
use std::{
    collections::BTreeMap,
    sync::mpsc::channel,
    thread::{self, JoinHandle},
    time::{Duration, SystemTime},
};
use tokio::{net::TcpListener, sync::oneshot};
use world::{Clock, World, WorldSettings};

/// How much faster time passes: seconds of Studio's work become tenths, and an hour's credentials last a minute.
const SPEED: f64 = 60.0;

/// When the world begins. No signature's age is checked, so any day does: 2026-03-01.
const BEGIN: Duration = Duration::from_hours(493_056);

/// A world that is served until this is dropped.
pub struct Served {
    environment: BTreeMap<String, String>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<Result<()>>>,
}

impl Served {
    /// Serves the [small world](small) on a free port.
    pub fn start() -> Result<Self> {
        let (ready, started) = channel();
        let (stop, stopped) = oneshot::channel();
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                let world =
                    World::new(WorldSettings::new(1, Clock::scaled(SystemTime::UNIX_EPOCH + BEGIN, SPEED)));
                small::populate(&world).await?;
                let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
                ready.send(environment(&world, &listener)?).context("nobody waits for the world")?;
                tokio::select! {
                    ended = world::serve(world, listener) => ended.context("the socket failed"),
                    _ = stopped => Ok(()),
                }
            })
        });
        match started.recv() {
            Ok(environment) => Ok(Self { environment, stop: Some(stop), thread: Some(thread) }),
            Err(_) => Err(thread.join().map_or_else(
                |_| anyhow!("the thread of the served world panicked"),
                |ended| ended.err().unwrap_or_else(|| anyhow!("the served world ended at once")),
            )),
        }
    }

    /// What an AWS client has to find in its environment to reach the world as the hub's functions do.
    pub fn environment(&self) -> &BTreeMap<String, String> {
        &self.environment
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.stop.take());
        // What the thread has to say was said to its clients.
        drop(self.thread.take().map(JoinHandle::join));
    }
}

fn environment(world: &World, listener: &TcpListener) -> Result<BTreeMap<String, String>> {
    let keys = world.caller(small::HUB_ROLE, "hub");
    let variables = [
        ("AWS_ENDPOINT_URL", format!("http://{}", listener.local_addr()?)),
        ("AWS_REGION", small::REGION.to_owned()),
        ("AWS_ACCESS_KEY_ID", keys.access_key_id().to_owned()),
        ("AWS_SECRET_ACCESS_KEY", keys.secret_access_key().to_owned()),
        ("AWS_SESSION_TOKEN", keys.session_token().unwrap_or_default().to_owned()),
    ];
    Ok(variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}
