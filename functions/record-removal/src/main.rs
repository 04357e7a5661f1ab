//! The Lambda function `record-removal`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), step::RuntimeError> {
    step::serve::<record_removal::RecordRemoval>().await
}
