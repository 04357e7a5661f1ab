//! The Lambda function `poll-profile`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::RuntimeError> {
    lambda::serve::<poll_profile::PollProfile>().await
}
