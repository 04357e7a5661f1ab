//! The Lambda function `list-apps`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), step::RuntimeError> {
    step::serve::<list_apps::ListApps>().await
}
