//! The Lambda function `create-profile`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::RuntimeError> {
    lambda::serve::<create_profile::CreateProfile>().await
}
