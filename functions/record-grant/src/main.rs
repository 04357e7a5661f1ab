//! The Lambda function `record-grant`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), step::RuntimeError> {
    step::serve::<record_grant::RecordGrant>().await
}
