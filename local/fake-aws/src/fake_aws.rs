//! The emulated AWS as its users hold it: made from a seed and a clock, populated directly, reached through SDK clients.

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

/// What an emulated AWS is made from.
#[derive(Debug, Clone)]
pub struct FakeAwsSettings {
    /// Decides everything that is left to chance.
    pub seed: u64,
    /// The time.
    pub clock: Clock,
    /// Milliseconds that a request takes to arrive, and an answer to come back.
    pub latency: RangeInclusive<u64>,
    /// Which bodies the trace keeps.
    pub bodies: Bodies,
    /// Whether calls are kept at all, or counted only: who serves an emulated AWS for days asks for none of them.
    pub keeps_calls: bool,
}

/// Which bodies the trace keeps, and an observer sees: a copy of each costs time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bodies {
    /// Those of requests and of answers.
    All,
    /// Those of requests.
    Requests,
    /// None.
    Neither,
}

impl FakeAwsSettings {
    /// The usual emulated AWS: 5 to 40 ms each way, bodies kept.
    pub fn new(seed: u64, clock: Clock) -> Self {
        Self { seed, clock, latency: 5..=40, bodies: Bodies::All, keeps_calls: true }
    }
}

/// AWS in a box. Clones are the same emulated AWS.
#[derive(Debug, Clone)]
pub struct FakeAws(pub(crate) Arc<Inner>);

type Watching = dyn Fn(&FakeAws, &CallRecord) + Send;

/// Somebody who is told of each call when its effect has just happened.
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
    /// An empty emulated AWS. It also seeds `fastrand` for this thread, where the SDK clients draw the jitter of their
    /// back-off and their idempotency tokens: run the clients on the thread that made the emulated AWS, on one thread only.
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

    /// The emulated AWS's clock.
    pub fn clock(&self) -> &Clock {
        &self.0.settings.clock
    }

    /// The emulated AWS's source of chance.
    pub fn random(&self) -> &Random {
        &self.0.random
    }

    /// Reads or changes the directory behind every client's back.
    pub fn directory<T>(&self, look: impl FnOnce(&mut IdentityStore) -> T) -> T {
        look(&mut locked(&self.0.directory))
    }

    /// Reads or changes Studio, in all accounts and Regions, behind every client's back.
    pub fn studio<T>(&self, look: impl FnOnce(&mut Studio) -> T) -> T {
        look(&mut locked(&self.0.studio))
    }

    /// Reads or changes roles and keys.
    pub fn roles<T>(&self, look: impl FnOnce(&mut Sts) -> T) -> T {
        look(&mut locked(&self.0.sts))
    }

    /// Reads or changes who is assigned to which application.
    pub fn applications<T>(&self, look: impl FnOnce(&mut SsoAdmin) -> T) -> T {
        look(&mut locked(&self.0.sso_admin))
    }

    /// Reads or changes what Step Functions knows of executions.
    pub fn executions<T>(&self, look: impl FnOnce(&mut Executions) -> T) -> T {
        look(&mut locked(&self.0.executions))
    }

    /// Reads or changes the topics and what was sent to them.
    pub fn sns<T>(&self, look: impl FnOnce(&mut Sns) -> T) -> T {
        look(&mut locked(&self.0.sns))
    }

    /// Credentials of a session of this role, as a function has them: temporary in form, and renewed for ever.
    pub fn caller(&self, role_arn: &str, label: &str) -> Credentials {
        let (id, key) = self.roles(|sts| sts.issue(Session::of(role_arn, label, label), None));
        Credentials::new(id, key.secret, key.token, None, "fake-aws")
    }

    /// Tells of each call from here on, right after its effect and before its answer: what directory and Studio hold at that moment can be looked
    /// at from there. The observer is handed the emulated AWS and keeps none: an emulated AWS that holds itself is never dropped.
    pub fn observe(&self, watch: impl Fn(&Self, &CallRecord) + Send + 'static) {
        *locked(&self.0.observer) = Some(Observer(Box::new(watch)));
    }

    /// Adds a fault rule.
    pub fn inject(&self, rule: Rule) {
        locked(&self.0.faults).add(rule);
    }

    /// Takes all fault rules away: from here on everything answers.
    pub fn clear_faults(&self) {
        locked(&self.0.faults).clear();
    }

    /// Fault rules that have not acted as often as they were meant to: a test that never met its fault shows nothing.
    pub fn unspent_faults(&self) -> Vec<Rule> {
        locked(&self.0.faults).unspent()
    }

    /// Replaces all rate limits, full buckets; [`RateLimit::defaults`] is where the emulated AWS starts.
    pub fn set_limits(&self, limits: Vec<RateLimit>) {
        *locked(&self.0.limits) = RateLimits::new(limits);
    }

    /// Fault rules that have not acted on a single call.
    pub fn idle_faults(&self) -> Vec<Rule> {
        locked(&self.0.faults).idle()
    }

    /// Every call so far, in the order of their effects, but for those that [`FakeAws::take_calls_in`] took. A call that
    /// its client gave up before it arrived is not there.
    pub fn calls(&self) -> Vec<CallRecord> {
        locked(&self.0.calls).all().cloned().collect()
    }

    /// How many calls there were so far, and how many of them a fault struck.
    pub fn count_calls(&self) -> (usize, usize) {
        locked(&self.0.calls).count()
    }

    /// The calls made inside [`crate::scoped`] with this name.
    pub fn calls_in(&self, scope: &str) -> Vec<CallRecord> {
        locked(&self.0.calls).of(scope)
    }

    /// The same, and the emulated AWS does not keep them any longer: in a long run the calls are most of what it holds.
    pub fn take_calls_in(&self, scope: &str) -> Vec<CallRecord> {
        locked(&self.0.calls).take(scope)
    }

    /// How often each operation of each service was called, calls that were taken included.
    pub fn tallies(&self) -> BTreeMap<(String, String), Tally> {
        locked(&self.0.calls).tallies()
    }

    /// Every call that is kept, a line each.
    pub fn trace(&self) -> String {
        let calls = locked(&self.0.calls);
        calls.all().flat_map(|call| [call.to_string(), "\n".to_owned()]).collect()
    }

    /// Creates a table from the body of a `CreateTable` request.
    pub async fn create_table(&self, account: &str, region: &str, body: Value) -> Answer {
        self.on_tables(account, region, "CreateTable", body).await
    }

    /// Writes an item in `DynamoDB`'s JSON, behind every client's back.
    pub async fn put_item(&self, account: &str, region: &str, table: &str, item: Value) -> Answer {
        self.on_tables(account, region, "PutItem", json!({ "TableName": table, "Item": item })).await
    }

    /// Deletes an item by its key in `DynamoDB`'s JSON, behind every client's back.
    pub async fn delete_item(&self, account: &str, region: &str, table: &str, key: Value) -> Answer {
        self.on_tables(account, region, "DeleteItem", json!({ "TableName": table, "Key": key })).await
    }

    /// All items of a table in `DynamoDB`'s JSON, in the order of their keys.
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
