//! The Lambda function `withdraw-role`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::RuntimeError> {
    lambda::serve::<withdraw_role::WithdrawRole>().await
}
