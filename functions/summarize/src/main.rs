//! The Lambda function `summarize`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), step::RuntimeError> {
    step::serve::<summarize::Summarize>().await
}
