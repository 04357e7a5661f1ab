//! The Lambda function `record-removal`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::RuntimeError> {
    lambda::serve::<record_removal::RecordRemoval>().await
}
