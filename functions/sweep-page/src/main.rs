//! The Lambda function `sweep-page`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), step::RuntimeError> {
    step::serve::<sweep_page::SweepPage>().await
}
