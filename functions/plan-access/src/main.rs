//! The Lambda function `plan-access`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::RuntimeError> {
    lambda::serve::<plan_access::PlanAccess>().await
}
