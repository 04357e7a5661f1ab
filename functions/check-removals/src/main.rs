//! The Lambda function `check-removals`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), step::RuntimeError> {
    step::serve::<check_removals::CheckRemovals>().await
}
