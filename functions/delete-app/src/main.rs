//! The Lambda function `delete-app`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::RuntimeError> {
    lambda::serve::<delete_app::DeleteApp>().await
}
