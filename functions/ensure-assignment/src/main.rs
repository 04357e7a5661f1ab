//! The Lambda function `ensure-assignment`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::RuntimeError> {
    lambda::serve::<ensure_assignment::EnsureAssignment>().await
}
