//! The Lambda function `resolve-identity`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), step::RuntimeError> {
    step::serve::<resolve_identity::ResolveIdentity>().await
}
