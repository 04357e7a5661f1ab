//! The Lambda function `resolve-identity`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::RuntimeError> {
    lambda::serve::<resolve_identity::ResolveIdentity>().await
}
