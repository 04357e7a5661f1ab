//! The Lambda function `assume-role`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::RuntimeError> {
    lambda::serve::<assume_role::AssumeRole>().await
}
