//! The Lambda function `ensure-assignment`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), step::RuntimeError> {
    step::serve::<ensure_assignment::EnsureAssignment>().await
}
