//! The Lambda function `start-sweep`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), step::RuntimeError> {
    step::serve::<start_sweep::StartSweep>().await
}
