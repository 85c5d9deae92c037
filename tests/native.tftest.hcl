# native_otp: Cognito's own one-time passwords, and what is not made then.

mock_provider "aws" {
  source = "./tests/mocks"
}

# Runs share a state, so each pool is another generation.
variables {
  name       = "shop"
  native_otp = true
}

run "by_sms" {
  assert {
    condition     = one(aws_cognito_user_pool.this[0].sign_in_policy).allowed_first_auth_factors == toset(["PASSWORD", "SMS_OTP"])
    error_message = "Codes by SMS, and the password that Cognito insists on."
  }

  assert {
    condition     = aws_cognito_user_pool_client.this["app"].explicit_auth_flows == toset(["ALLOW_USER_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"])
    error_message = "USER_AUTH alone."
  }

  assert {
    condition = (
      keys(aws_lambda_function.this) == ["maintenance", "sign_up"] && keys(aws_iam_role.function) == ["maintenance", "sign_up"]
      && keys(aws_iam_role_policy.runtime) == ["maintenance", "sign_up"] && keys(aws_iam_role_policy.pool) == ["maintenance", "sign_up"]
      && keys(aws_cloudwatch_log_group.function) == ["maintenance", "sign_up"] && keys(aws_lambda_permission.cognito) == ["sign_up"]
      && length(aws_lambda_function_event_invoke_config.delivery) == 0
    )
    error_message = "sign_in and delivery, and all that belongs to them, are not made."
  }

  assert {
    condition = (
      keys(output.function_arns) == ["maintenance", "sign_up"] && keys(output.function_names) == ["maintenance", "sign_up"] && keys(output.role_arns) == ["maintenance", "sign_up"]
      && keys(output.log_group_names) == ["maintenance", "sign_up"] && output.settings.native_otp
    )
    error_message = "Outputs name what there is."
  }

  assert {
    condition = (
      aws_cognito_user_pool.this[0].lambda_config[0].define_auth_challenge == null
      && aws_cognito_user_pool.this[0].lambda_config[0].create_auth_challenge == null
      && aws_cognito_user_pool.this[0].lambda_config[0].verify_auth_challenge_response == null
      && aws_cognito_user_pool.this[0].lambda_config[0].pre_sign_up == aws_lambda_function.this["sign_up"].arn
      && aws_cognito_user_pool.this[0].lambda_config[0].post_confirmation == aws_lambda_function.this["sign_up"].arn
      && aws_cognito_user_pool.this[0].lambda_config[0].post_authentication == aws_lambda_function.this["sign_up"].arn
    )
    error_message = "No challenge triggers; the row is kept by sign_up."
  }

  assert {
    condition = (
      aws_lambda_function.this["sign_up"].environment[0].variables["NATIVE_OTP"] == "true"
      && aws_lambda_function.this["sign_up"].environment[0].variables["TRACK_SIGN_INS"] == "true"
      && aws_lambda_function.this["sign_up"].environment[0].variables["OTP_TTL_SECONDS"] == "300"
      && aws_cognito_user_pool.this[0].lambda_config[0].custom_message == aws_lambda_function.this["sign_up"].arn
    )
    error_message = "sign_up has PostAuthentication too, and words the one-time passwords."
  }

  assert {
    condition = (
      length(aws_iam_role.sms) == 1 && length(aws_cognito_user_pool.this[0].sms_configuration) == 1
      && length(aws_cognito_user_pool.this[0].email_configuration) == 0
      && one(one(aws_cognito_user_pool.this[0].account_recovery_setting).recovery_mechanism).name == "admin_only"
      && length(aws_dynamodb_table.auth_state) == 1
    )
    error_message = "Cognito sends the SMS with the pool's role; nobody resets a password by a code."
  }
}

run "by_email" {
  variables {
    pool_generation     = 2
    username_attributes = ["email"]
    email = {
      from              = "Shop <login@mail.example.com>"
      identity_arn      = "arn:aws:ses:eu-central-1:123456789012:identity/example.com"
      reply_to          = "help@example.com"
      configuration_set = "codes"
    }
  }

  assert {
    condition     = one(aws_cognito_user_pool.this[0].sign_in_policy).allowed_first_auth_factors == toset(["PASSWORD", "EMAIL_OTP"])
    error_message = "Codes by e-mail."
  }

  assert {
    condition = alltrue([
      for sender in aws_cognito_user_pool.this[0].email_configuration :
      sender.email_sending_account == "DEVELOPER" && sender.from_email_address == "Shop <login@mail.example.com>"
      && sender.source_arn == "arn:aws:ses:eu-central-1:123456789012:identity/example.com"
      && sender.reply_to_email_address == "help@example.com" && sender.configuration_set == "codes"
    ]) && length(aws_cognito_user_pool.this[0].email_configuration) == 1
    error_message = "One-time passwords go by SES, from the sender that the caller has."
  }
}

run "by_either" {
  variables {
    pool_generation = 3
    delivery        = { channels = ["sms", "email"] }
    email           = { from = "login@example.com", identity_arn = "arn:aws:ses:eu-central-1:123456789012:identity/example.com" }
    otp             = { ttl_seconds = 600 }
  }

  assert {
    condition = (
      one(aws_cognito_user_pool.this[0].sign_in_policy).allowed_first_auth_factors == toset(["PASSWORD", "SMS_OTP", "EMAIL_OTP"])
      && aws_cognito_user_pool_client.this["app"].auth_session_validity == 10
    )
    error_message = "Both channels; a code lives as long as the session."
  }
}

run "not_created" {
  variables {
    create = false
  }

  assert {
    condition     = length(aws_lambda_function.this) == 0 && length(aws_iam_role_policy.pool) == 0 && output.settings == null
    error_message = "Nothing at all."
  }
}

run "the_lite_plan" {
  command = plan

  variables {
    user_pool_tier = "LITE"
  }

  expect_failures = [var.native_otp]
}

run "with_a_password" {
  command = plan

  variables {
    password_required = true
  }

  expect_failures = [var.native_otp]
}

run "settings_of_codes_that_are_not_ours" {
  command = plan

  variables {
    otp = { length = 8 }
  }

  expect_failures = [check.settings_without_effect]
}

run "limits_that_limit_nothing" {
  command = plan

  variables {
    limits = { resend_after_seconds = 60 }
  }

  expect_failures = [check.settings_without_effect]
}

run "a_sender_that_cognito_does_not_take" {
  command = plan

  variables {
    sms = { sender_id = "SHOP" }
  }

  expect_failures = [check.settings_without_effect]
}

run "what_it_takes" {
  variables {
    otp        = { ttl_seconds = 180 }
    sms        = { region = "eu-west-1", external_id = "stable" }
    user_table = { track_sign_ins = false, create_row_on = "activation" }
  }

  assert {
    condition     = aws_lambda_function.this["sign_up"].environment[0].variables["TRACK_SIGN_INS"] == "false"
    error_message = "Sign-ins are tracked where asked for only."
  }
}

# Cognito sends its own mail, whoever else sends.
run "mail_without_a_sender" {
  command = plan

  variables {
    delivery = {
      channels     = ["sms", "email"]
      function_arn = "arn:aws:lambda:eu-central-1:123456789012:function:provider"
    }
  }

  expect_failures = [var.email, check.settings_without_effect]
}
