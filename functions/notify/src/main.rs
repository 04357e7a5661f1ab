//! The Lambda function `notify`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), step::RuntimeError> {
    step::serve::<notify::Notify>().await
}
