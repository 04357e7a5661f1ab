//! The Lambda function `plan-access`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), step::RuntimeError> {
    step::serve::<plan_access::PlanAccess>().await
}
