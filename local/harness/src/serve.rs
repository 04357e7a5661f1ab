//! `cargo local -- serve`: serves the scenario's emulated AWS over HTTP on the loopback address,
//! with the machine's clock.

use crate::print;
use anyhow::Context;
use fake_aws::{Bodies, Clock, FakeAws, FakeAwsSettings};
use harness::scenario::Scenario;
use harness::setting::{self, HUB, HUB_REGION};
use tokio::net::TcpListener;

/// Serves until the process is stopped.
pub(crate) fn serve(scenario: &Scenario, port: u16) -> anyhow::Result<bool> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let settings = FakeAwsSettings::new(scenario.seed, Clock::real());
        let settings = FakeAwsSettings { bodies: Bodies::Neither, keeps_calls: false, ..settings };
        let aws = setting::build_in(FakeAws::new(settings), scenario).await?;
        let listener = TcpListener::bind(("127.0.0.1", port)).await;
        let listener = listener.with_context(|| format!("cannot listen on 127.0.0.1:{port}; is the port taken?"))?;
        let address = listener.local_addr()?;
        let admin = aws.caller(&setting::function_role("plan-access"), "you");
        print(&format!("{} on http://{address}, until you press Ctrl-C. In another terminal:\n", scenario.name));
        print(&format!("export AWS_ENDPOINT_URL=http://{address}\nexport AWS_REGION={HUB_REGION} AWS_DEFAULT_REGION={HUB_REGION}"));
        print(&format!("export AWS_ACCESS_KEY_ID={}", admin.access_key_id()));
        print(&format!("export AWS_SECRET_ACCESS_KEY={}", admin.secret_access_key()));
        if let Some(token) = admin.session_token() {
            print(&format!("export AWS_SESSION_TOKEN={token}"));
        }
        print(&format!(
            "\naws identitystore list-group-memberships-for-member --identity-store-id {} --member-id UserId={}",
            scenario.directory.store_id,
            scenario.directory.users.first().map_or("USER_ID", |user| user.id.as_str()),
        ));
        print(&format!("(these are keys of the hub account {HUB} of this emulated AWS, and of nothing else)"));
        fake_aws::serve(aws, listener).await?;
        Ok(true)
    })
}
