//! The Lambda function `create-profile`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), step::RuntimeError> {
    step::serve::<create_profile::CreateProfile>().await
}
