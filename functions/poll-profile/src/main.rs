//! The Lambda function `poll-profile`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), step::RuntimeError> {
    step::serve::<poll_profile::PollProfile>().await
}
