//! The Lambda function `release-lease`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), step::RuntimeError> {
    step::serve::<release_lease::ReleaseLease>().await
}
