# password_required: what the pool, its clients and the functions are told.

mock_provider "aws" {
  source = "./tests/mocks"
}

# Runs share a state, so each pool is another generation.
variables {
  name              = "shop"
  password_required = true
  email             = { from = "Shop <login@mail.example.com>", identity_arn = "arn:aws:ses:eu-central-1:123456789012:identity/example.com" }
}

run "codes_by_sms" {
  variables {
    email = {}
  }

  assert {
    condition     = aws_cognito_user_pool_client.this["app"].explicit_auth_flows == toset(["ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"])
    error_message = "The password is proven within CUSTOM_AUTH: no flow takes a password alone."
  }

  assert {
    condition     = one(one(aws_cognito_user_pool.this[0].account_recovery_setting).recovery_mechanism).name == "verified_email"
    error_message = "Codes go to the phone, so the mailbox may reset the password."
  }

  assert {
    condition = (
      aws_cognito_user_pool.this[0].auto_verified_attributes == toset(["email", "phone_number"])
      && one(aws_cognito_user_pool.this[0].user_attribute_update_settings).attributes_require_verification_before_update == toset(["email", "phone_number"])
      && contains(aws_cognito_user_pool_client.this["app"].write_attributes, "email")
    )
    error_message = "An address that may reset a password has to be writable, and verified before it counts."
  }

  assert {
    condition = (
      length(aws_cognito_user_pool.this[0].email_configuration) == 0
      && length(aws_cognito_user_pool.this[0].sign_in_policy) == 0
      && aws_cognito_user_pool.this[0].mfa_configuration == "OFF"
    )
    error_message = "Cognito's default sender does; no other factors."
  }

  assert {
    condition = (
      aws_lambda_function.this["sign_in"].environment[0].variables["PASSWORD_REQUIRED"] == "true"
      && !contains(keys(aws_lambda_function.this["sign_up"].environment[0].variables), "PASSWORD_REQUIRED")
      && output.settings.password_required && !output.settings.native_otp
    )
    error_message = "Only sign_in needs to know."
  }
}

run "codes_by_email" {
  variables {
    pool_generation     = 2
    username_attributes = ["email"]
  }

  assert {
    condition     = one(one(aws_cognito_user_pool.this[0].account_recovery_setting).recovery_mechanism).name == "admin_only"
    error_message = "Where codes go by e-mail, the mailbox would be both factors."
  }
}

run "codes_by_either" {
  variables {
    pool_generation = 3
    delivery        = { channels = ["sms", "email"] }
  }

  assert {
    condition     = one(one(aws_cognito_user_pool.this[0].account_recovery_setting).recovery_mechanism).name == "admin_only"
    error_message = "One channel by e-mail is enough for the mailbox to be both factors."
  }
}

run "without_it" {
  variables {
    pool_generation   = 4
    password_required = false
    email             = {}
  }

  assert {
    condition = (
      one(one(aws_cognito_user_pool.this[0].account_recovery_setting).recovery_mechanism).name == "admin_only"
      && aws_cognito_user_pool.this[0].auto_verified_attributes == toset(["phone_number"])
      && !contains(keys(aws_lambda_function.this["sign_in"].environment[0].variables), "PASSWORD_REQUIRED")
      && !output.settings.password_required
    )
    error_message = "Nothing of it by default."
  }
}

run "a_short_password" {
  command = plan

  variables {
    pool_generation = 4
    email           = {}
    password_policy = { minimum_length = 6 }
  }

  expect_failures = [check.password]
}

run "a_short_password_that_nobody_uses" {
  command = plan

  variables {
    pool_generation   = 4
    password_required = false
    email             = {}
    password_policy   = { minimum_length = 6 }
  }
}
