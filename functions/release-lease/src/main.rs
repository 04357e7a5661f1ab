//! The Lambda function `release-lease`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::RuntimeError> {
    lambda::serve::<release_lease::ReleaseLease>().await
}
