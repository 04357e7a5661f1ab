//! The emulated AWS: created from a seed and a clock, populated directly, and reached through SDK
//! clients.

use crate::calls::{Calls, Tally};
use crate::clock::Clock;
use crate::faults::{Faults, Rule};
use crate::limits::{RateLimit, RateLimits};
use crate::random::Random;
use crate::service::{Answer, Call, Caller};
use crate::services::dynamodb::DynamoDb;
use crate::services::executions::Executions;
use crate::services::identity_store::IdentityStore;
use crate::services::sns::Sns;
use crate::services::sso_admin::SsoAdmin;
use crate::services::sts::{Session, Sts};
use crate::services::studio::Studio;
use crate::trace::CallRecord;
use aws_credential_types::Credentials;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard};

/// The settings of an emulated AWS.
#[derive(Debug, Clone)]
pub struct FakeAwsSettings {
    /// Seed of all randomness.
    pub seed: u64,
    /// Clock of the services and of the SDK clients.
    pub clock: Clock,
    /// Milliseconds that a request takes to arrive, and that an answer takes to return.
    pub latency: RangeInclusive<u64>,
    /// Bodies that the trace keeps.
    pub bodies: Bodies,
    /// If false, calls are counted but not kept. Meant for an emulated AWS that is served for days.
    pub keeps_calls: bool,
}

/// The bodies that the trace keeps and an observer sees. Each kept body is copied, which costs
/// time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bodies {
    /// Bodies of requests and answers.
    All,
    /// Bodies of requests only.
    Requests,
    /// No bodies.
    Neither,
}

impl FakeAwsSettings {
    /// Returns the usual settings: 5 to 40 ms each way, all bodies and calls kept.
    pub fn new(seed: u64, clock: Clock) -> Self {
        Self { seed, clock, latency: 5..=40, bodies: Bodies::All, keeps_calls: true }
    }
}

/// An emulated AWS. Clones share one state.
#[derive(Debug, Clone)]
pub struct FakeAws(pub(crate) Arc<Inner>);

type Watching = dyn Fn(&FakeAws, &CallRecord) + Send;

/// A callback that runs for each call, right after the effect of the call.
pub(crate) struct Observer(pub(crate) Box<Watching>);

impl std::fmt::Debug for Observer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Observer").finish_non_exhaustive()
    }
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) settings: FakeAwsSettings,
    pub(crate) random: Random,
    pub(crate) directory: Mutex<IdentityStore>,
    pub(crate) studio: Mutex<Studio>,
    pub(crate) sts: Mutex<Sts>,
    pub(crate) executions: Mutex<Executions>,
    pub(crate) sns: Mutex<Sns>,
    pub(crate) sso_admin: Mutex<SsoAdmin>,
    pub(crate) dynamodb: DynamoDb,
    pub(crate) faults: Mutex<Faults>,
    pub(crate) limits: Mutex<RateLimits>,
    pub(crate) observer: Mutex<Option<Observer>>,
    pub(crate) calls: Mutex<Calls>,
    pub(crate) requests: AtomicU64,
}

pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("a service that failed while it was changing cannot be used any more")
}

impl FakeAws {
    /// Creates an empty emulated AWS.
    ///
    /// Also seeds `fastrand` for this thread, from which the SDK clients draw the jitter of their
    /// back-off and their idempotency tokens: run the clients on the thread that created the
    /// emulated AWS, and on one thread only.
    pub fn new(settings: FakeAwsSettings) -> Self {
        fastrand::seed(settings.seed);
        let random = Random::new(settings.seed);
        Self(Arc::new(Inner {
            sts: Mutex::new(Sts::new(random.clone())),
            directory: Mutex::default(),
            studio: Mutex::default(),
            executions: Mutex::default(),
            sns: Mutex::default(),
            sso_admin: Mutex::default(),
            dynamodb: DynamoDb::default(),
            faults: Mutex::default(),
            limits: Mutex::new(RateLimits::new(RateLimit::defaults())),
            observer: Mutex::default(),
            calls: Mutex::default(),
            requests: AtomicU64::new(0),
            settings,
            random,
        }))
    }

    /// Returns the clock of the services and of the SDK clients.
    pub fn clock(&self) -> &Clock {
        &self.0.settings.clock
    }

    /// Returns the source of all randomness.
    pub fn random(&self) -> &Random {
        &self.0.random
    }

    /// Reads or changes the directory directly, without a client's call.
    pub fn directory<T>(&self, look: impl FnOnce(&mut IdentityStore) -> T) -> T {
        look(&mut locked(&self.0.directory))
    }

    /// Reads or changes Studio in all accounts and Regions directly, without a client's call.
    pub fn studio<T>(&self, look: impl FnOnce(&mut Studio) -> T) -> T {
        look(&mut locked(&self.0.studio))
    }

    /// Reads or changes roles and access keys directly, without a client's call.
    pub fn roles<T>(&self, look: impl FnOnce(&mut Sts) -> T) -> T {
        look(&mut locked(&self.0.sts))
    }

    /// Reads or changes applications and their assignments directly, without a client's call.
    pub fn applications<T>(&self, look: impl FnOnce(&mut SsoAdmin) -> T) -> T {
        look(&mut locked(&self.0.sso_admin))
    }

    /// Reads or changes the executions that Step Functions knows.
    pub fn executions<T>(&self, look: impl FnOnce(&mut Executions) -> T) -> T {
        look(&mut locked(&self.0.executions))
    }

    /// Reads or changes the topics and the messages published to them.
    pub fn sns<T>(&self, look: impl FnOnce(&mut Sns) -> T) -> T {
        look(&mut locked(&self.0.sns))
    }

    /// Returns credentials for a session of this role, as a function has them: temporary in form,
    /// but without an expiry.
    pub fn caller(&self, role_arn: &str, label: &str) -> Credentials {
        let (id, key) = self.roles(|sts| sts.issue(Session::of(role_arn, label, label), None));
        Credentials::new(id, key.secret, key.token, None, "fake-aws")
    }

    /// Calls `watch` for each call from now on, after its effect and before its answer, so that
    /// `watch` can read directory and Studio at that moment. Replaces an earlier observer.
    ///
    /// The observer is passed the emulated AWS and must not keep a clone of it: an emulated AWS
    /// that owns itself is never dropped.
    pub fn observe(&self, watch: impl Fn(&Self, &CallRecord) + Send + 'static) {
        *locked(&self.0.observer) = Some(Observer(Box::new(watch)));
    }

    /// Adds a fault rule. Earlier rules have precedence.
    pub fn inject(&self, rule: Rule) {
        locked(&self.0.faults).add(rule);
    }

    /// Removes all fault rules.
    pub fn clear_faults(&self) {
        locked(&self.0.faults).clear();
    }

    /// Returns the fault rules that have not acted as often as they should. A test whose fault
    /// never occurred proves nothing.
    pub fn unspent_faults(&self) -> Vec<Rule> {
        locked(&self.0.faults).unspent()
    }

    /// Replaces all rate limits, with full buckets. A new emulated AWS has [`RateLimit::defaults`].
    pub fn set_limits(&self, limits: Vec<RateLimit>) {
        *locked(&self.0.limits) = RateLimits::new(limits);
    }

    /// Returns the fault rules that have not acted on any call.
    pub fn idle_faults(&self) -> Vec<Rule> {
        locked(&self.0.faults).idle()
    }

    /// Returns all calls so far in the order of their effects, except those that
    /// [`FakeAws::take_calls_in`] took. A call that its client gave up before it arrived is not
    /// included.
    pub fn calls(&self) -> Vec<CallRecord> {
        locked(&self.0.calls).all().cloned().collect()
    }

    /// Returns the number of calls so far, and the number of them that met a fault.
    pub fn count_calls(&self) -> (usize, usize) {
        locked(&self.0.calls).count()
    }

    /// Returns the calls made inside [`crate::scoped`] with this name.
    pub fn calls_in(&self, scope: &str) -> Vec<CallRecord> {
        locked(&self.0.calls).of(scope)
    }

    /// Removes and returns the calls made inside [`crate::scoped`] with this name. In a long run,
    /// kept calls are most of the memory that an emulated AWS uses.
    pub fn take_calls_in(&self, scope: &str) -> Vec<CallRecord> {
        locked(&self.0.calls).take(scope)
    }

    /// Returns the number of calls of each service and operation, including calls that were taken.
    pub fn tallies(&self) -> BTreeMap<(String, String), Tally> {
        locked(&self.0.calls).tallies()
    }

    /// Returns every kept call as one line of text.
    pub fn trace(&self) -> String {
        let calls = locked(&self.0.calls);
        calls.all().flat_map(|call| [call.to_string(), "\n".to_owned()]).collect()
    }

    /// Creates a table from the body of a `CreateTable` request.
    pub async fn create_table(&self, account: &str, region: &str, body: Value) -> Answer {
        self.on_tables(account, region, "CreateTable", body).await
    }

    /// Writes an item in `DynamoDB`'s JSON directly, without a client's call.
    pub async fn put_item(&self, account: &str, region: &str, table: &str, item: Value) -> Answer {
        self.on_tables(account, region, "PutItem", json!({ "TableName": table, "Item": item })).await
    }

    /// Deletes an item by its key in `DynamoDB`'s JSON directly, without a client's call.
    pub async fn delete_item(&self, account: &str, region: &str, table: &str, key: Value) -> Answer {
        self.on_tables(account, region, "DeleteItem", json!({ "TableName": table, "Key": key })).await
    }

    /// Returns all items of a table in `DynamoDB`'s JSON, ordered by key.
    pub async fn scan(
        &self,
        account: &str,
        region: &str,
        table: &str,
    ) -> Result<Vec<Value>, crate::service::Refusal> {
        let mut body = self.on_tables(account, region, "Scan", json!({ "TableName": table })).await?;
        Ok(body["Items"].as_array_mut().map(std::mem::take).unwrap_or_default())
    }

    async fn on_tables(&self, account: &str, region: &str, operation: &str, body: Value) -> Answer {
        let (account, arn, label) = (account.to_owned(), String::new(), "fake-aws".to_owned());
        let caller = Caller { account, arn, label };
        let call = Call { caller: &caller, region, operation, body: &body, now: self.clock().now() };
        self.0.dynamodb.behind(&call).await
    }
}
