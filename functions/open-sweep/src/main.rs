//! The Lambda function `open-sweep`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::RuntimeError> {
    lambda::serve::<open_sweep::OpenSweep>().await
}
