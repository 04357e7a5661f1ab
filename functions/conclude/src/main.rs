//! The Lambda function `conclude`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::RuntimeError> {
    lambda::serve::<conclude::Conclude>().await
}
