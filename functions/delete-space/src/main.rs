//! The Lambda function `delete-space`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::RuntimeError> {
    lambda::serve::<delete_space::DeleteSpace>().await
}
