//! The trace shows what happened, is the same for the same seed, and contains no secret.

use crate::{MEMBER_ROLE, hub, in_world, member_role, sts};
use fake_aws::{Effect, FakeAws, Rule};

/// Runs three callers at once, one of which is throttled at times.
async fn busy(aws: &FakeAws) {
    aws.roles(|roles| roles.put_role(member_role()));
    aws.inject(Rule::on("sts:AssumeRole", Effect::Throttle).after(2).times(3));
    let (one, two) = (sts(&hub(aws)), sts(&hub(aws)));
    let assume = async |client: &aws_sdk_sts::Client, name: &str| {
        let asking = client.assume_role().role_arn(MEMBER_ROLE).external_id("studio-access");
        asking.role_session_name(name).send().await.is_ok()
    };
    for _ in 0..4 {
        tokio::join!(assume(&one, "one"), assume(&two, "two"), one.get_caller_identity().send()).2.unwrap();
    }
}

fn trace_of(seed: u64) -> String {
    in_world(seed, async |aws| {
        Box::pin(busy(&aws)).await;
        format!("{}{:?}", aws.trace(), aws.calls())
    })
}

#[test]
fn the_same_seed_gives_the_same_trace_and_another_seed_another() {
    assert_eq!(trace_of(7), trace_of(7));
    assert_ne!(trace_of(7), trace_of(8));
}

#[test]
fn a_line_tells_when_who_where_what_and_how_it_ended() {
    in_world(1, async |aws| {
        aws.roles(|roles| roles.put_role(member_role()));
        let asking = sts(&hub(&aws)).assume_role().role_arn(MEMBER_ROLE).external_id("studio-access");
        aws.inject(Rule::on("sts:*", Effect::Throttle));
        asking.role_session_name("studio-access").send().await.unwrap();
        let trace = aws.trace();
        let mut lines = trace.lines().map(|line| line.split_once(' ').unwrap().1);
        let call = format!("plan-access 111122223333/eu-west-1 sts:AssumeRole {MEMBER_ROLE} ->");
        assert_eq!(lines.next(), Some(format!("{call} Throttling [throttle]").as_str()));
        assert_eq!(lines.next(), Some(format!("{call} ok").as_str()));
        assert_eq!(lines.next(), None);
    });
}

#[test]
fn no_secret_reaches_the_trace() {
    in_world(1, async |aws| {
        aws.roles(|roles| roles.put_role(member_role()));
        let asking = sts(&hub(&aws)).assume_role().role_arn(MEMBER_ROLE).external_id("studio-access");
        let answer = asking.role_session_name("studio-access").send().await.unwrap();
        let given = answer.credentials().unwrap();
        let told = format!("{:?}", aws.calls());
        assert!(told.contains(given.access_key_id()));
        assert!(!told.contains(given.secret_access_key()));
        assert!(!told.contains(given.session_token()));
    });
}
