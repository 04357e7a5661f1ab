//! The Lambda function `finish-sweep`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), step::RuntimeError> {
    step::serve::<finish_sweep::FinishSweep>().await
}
