//! The Lambda function `withdraw-role`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), step::RuntimeError> {
    step::serve::<withdraw_role::WithdrawRole>().await
}
