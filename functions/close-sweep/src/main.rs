//! The Lambda function `close-sweep`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::RuntimeError> {
    lambda::serve::<close_sweep::CloseSweep>().await
}
