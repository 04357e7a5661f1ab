//! The Lambda function `assume-role`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), step::RuntimeError> {
    step::serve::<assume_role::AssumeRole>().await
}
