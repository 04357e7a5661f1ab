//! The Lambda function `acquire-lease`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), step::RuntimeError> {
    step::serve::<acquire_lease::AcquireLease>().await
}
