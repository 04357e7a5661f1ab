//! The Lambda function `update-profile`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), step::RuntimeError> {
    step::serve::<update_profile::UpdateProfile>().await
}
