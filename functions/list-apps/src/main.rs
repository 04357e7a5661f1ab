//! The Lambda function `list-apps`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::RuntimeError> {
    lambda::serve::<list_apps::ListApps>().await
}
