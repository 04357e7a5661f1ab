//! The Lambda function `delete-profile`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), step::RuntimeError> {
    step::serve::<delete_profile::DeleteProfile>().await
}
