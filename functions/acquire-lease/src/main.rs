//! The Lambda function `acquire-lease`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::RuntimeError> {
    lambda::serve::<acquire_lease::AcquireLease>().await
}
