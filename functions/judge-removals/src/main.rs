//! The Lambda function `judge-removals`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::RuntimeError> {
    lambda::serve::<judge_removals::JudgeRemovals>().await
}
