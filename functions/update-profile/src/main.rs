//! The Lambda function `update-profile`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::RuntimeError> {
    lambda::serve::<update_profile::UpdateProfile>().await
}
