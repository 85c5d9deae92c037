# The caller's own functions behind triggers that the module leaves free (lambda_config in main.tf names them).

locals {
  caller_triggers = {
    for trigger in ["pre_token_generation", "pre_authentication", "user_migration", "custom_sms_sender", "custom_email_sender"] :
    trigger => var.lambda_triggers[trigger].arn if var.create && var.lambda_triggers[trigger] != null
  }
}

resource "aws_lambda_permission" "caller_trigger" {
  for_each = local.caller_triggers

  # One function may serve several triggers, and several pools.
  statement_id   = "${var.name}-${replace(each.key, "_", "-")}"
  action         = "lambda:InvokeFunction"
  function_name  = join(":", slice(split(":", each.value), 0, 7))
  qualifier      = try(split(":", each.value)[7], null)
  principal      = "cognito-idp.amazonaws.com"
  source_arn     = aws_cognito_user_pool.this[0].arn
  source_account = local.account_id

  lifecycle {
    precondition {
      condition     = slice(split(":", each.value), 3, 5) == tolist([local.region, local.account_id])
      error_message = "lambda_triggers.${each.key}.arn is a function in another region or account than the pool (${local.region}, ${local.account_id}): deploy the function there too, and set its ARN."
    }
  }
}

check "user_migration" {
  assert {
    condition     = var.lambda_triggers.user_migration == null || local.recovery_by_email
    error_message = "lambda_triggers.user_migration is never asked here: Cognito asks it where a password is sent to it, and when a forgotten password is reset by e-mail, which only password_required with codes by SMS alone has. Use cognito-otp migrate, or take it out."
  }
}
