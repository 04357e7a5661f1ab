//! The Lambda function `sweep-page`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::RuntimeError> {
    lambda::serve::<sweep_page::SweepPage>().await
}
