//! The Lambda function `delete-app`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), step::RuntimeError> {
    step::serve::<delete_app::DeleteApp>().await
}
