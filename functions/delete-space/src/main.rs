//! The Lambda function `delete-space`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), step::RuntimeError> {
    step::serve::<delete_space::DeleteSpace>().await
}
