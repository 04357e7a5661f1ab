//! Whoever looks after this is told of an execution that did not end well: the real function over the real clients, as far as the emulated AWS's SNS.

use ::contract::failure::Failure;
use ::contract::job::INPUT_VERSION;
use ::contract::settings::Env;
use fake_aws::services::executions::{Ending, Story};
use fake_aws::services::sns::Message;
use fake_aws::{Clock, FakeAws, FakeAwsSettings, run_virtual};
use harness::setting::{HUB_REGION, function_role};
use notify::Notify;
use serde_json::{Value, json};
use std::time::UNIX_EPOCH;
use step::Step as _;

const TOPIC: &str = "arn:aws:sns:us-east-1:111122223333:notices";
const RUN: &str = "arn:aws:states:us-east-1:111122223333:execution:studio-access-access:run";

/// Invokes the function for an execution that has failed, after something has happened to the emulated AWS.
fn notified(happens: impl FnOnce(&FakeAws)) -> (Result<Value, Failure>, Vec<Message>) {
    run_virtual(async {
        let aws = FakeAws::new(FakeAwsSettings::new(7, Clock::virtual_from(UNIX_EPOCH)));
        aws.sns(|sns| sns.topics.insert(TOPIC.to_owned()));
        aws.executions(|all| {
            let input = json!({"userName": "ana@example.com", "reason": "ticket 4711"}).to_string();
            let cause =
                json!({"errorMessage": "222233334444/eu-west-1/d-research: UnmanagedProfile (not ours)"});
            let error = Some(("Summarize.DomainsFailed".to_owned(), cause.to_string()));
            all.started(RUN, UNIX_EPOCH);
            all.tell(RUN, Story { input: Some(input), error });
            all.ended(RUN, Ending::Failed, UNIX_EPOCH);
        });
        happens(&aws);
        let credentials = aws.caller(&function_role(Notify::NAME), Notify::NAME);
        let sdk = aws.sdk_config(Notify::NAME, credentials, HUB_REGION);
        let step = Notify::open(&sdk, &Env::from_iter([("TOPIC_ARN", TOPIC)])).unwrap();
        let answer = step::invoke(&step, json!({"version": INPUT_VERSION, "executionArn": RUN})).await;
        (answer, aws.sns(|sns| sns.sent.clone()))
    })
}

#[test]
fn a_failure_notice_contains_the_error_and_the_input() {
    let (answer, sent) = notified(|_| ());
    assert_eq!(answer, Ok(json!({"told": true})));
    let [Message { topic, subject, text }] = &sent[..] else { panic!("{sent:?}") };
    assert_eq!(
        (topic.as_str(), subject.as_str()),
        (TOPIC, "studio-access: an execution FAILED Summarize.DomainsFailed")
    );
    for told in [
        "Who:    ana@example.com\n",
        "ticket 4711",
        "222233334444/eu-west-1/d-research\n",
        "errors/UnmanagedProfile.md",
        RUN,
    ] {
        assert!(text.contains(told), "{told} is not in: {text}");
    }
}

#[test]
fn an_execution_that_was_redriven_meanwhile_is_not_told_of() {
    let (answer, sent) = notified(|aws| aws.executions(|all| all.started(RUN, UNIX_EPOCH)));
    assert_eq!((answer, sent), (Ok(json!({"told": false})), Vec::new()));
}

#[test]
fn a_missing_topic_or_unknown_execution_fails_by_name() {
    let (answer, _) = notified(|aws| aws.sns(|sns| sns.topics.clear()));
    let failure = answer.unwrap_err();
    assert!(failure.message.contains("sns:Publish: NotFound"), "{failure:?}");
    let (answer, sent) =
        notified(|aws| aws.executions(|all| *all = fake_aws::services::executions::Executions::default()));
    assert!(answer.unwrap_err().message.contains("ExecutionDoesNotExist") && sent.is_empty());
}
