//! The Lambda function `delete-profile`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::RuntimeError> {
    lambda::serve::<delete_profile::DeleteProfile>().await
}
