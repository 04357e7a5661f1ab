//! The Lambda function `record-grant`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::RuntimeError> {
    lambda::serve::<record_grant::RecordGrant>().await
}
