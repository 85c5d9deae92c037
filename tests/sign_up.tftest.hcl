# The two styles of confirmation, what is reclaimed, and the caller's hooks.

mock_provider "aws" {
  source = "./tests/mocks"
}

# Runs share a state, so each pool of another kind is another generation.
variables {
  name = "shop"
}

################################################################################
# By a code of Cognito's own
################################################################################

run "by_code" {
  variables {
    sign_up = { confirmation = "code", reclaim_after_seconds = 900, abandon_after_days = 3 }
  }

  assert {
    condition = (
      aws_lambda_function.this["sign_up"].environment[0].variables["CONFIRMATION"] == "code"
      && aws_lambda_function.this["sign_up"].environment[0].variables["RECLAIM_AFTER_SECONDS"] == "900"
      && !contains(keys(aws_lambda_function.this["sign_up"].environment[0].variables), "MAILS_BY_SES")
      && !contains(keys(aws_lambda_function.this["sign_up"].environment[0].variables), "OTP_TTL_SECONDS")
      && !contains(keys(aws_lambda_function.this["sign_in"].environment[0].variables), "ACTIVATED_HOOK")
    )
    error_message = jsonencode(aws_lambda_function.this["sign_up"].environment[0].variables)
  }

  assert {
    condition = (
      aws_cognito_user_pool.this[0].auto_verified_attributes == toset(["phone_number"])
      && length(aws_cognito_user_pool.this[0].sms_configuration) == 1
      && length(aws_cognito_user_pool.this[0].email_configuration) == 0
      && one(aws_cognito_user_pool.this[0].lambda_config).custom_message == aws_lambda_function.this["sign_up"].arn
      && one(one(aws_cognito_user_pool.this[0].account_recovery_setting).recovery_mechanism).name == "admin_only"
    )
    error_message = "Cognito sends a code to the number at sign-up, in the module's words; recovery stays shut."
  }

  assert {
    condition     = output.settings.sign_up.confirmation == "code" && output.settings.sign_up.abandon_after_days == 3
    error_message = jsonencode(output.settings.sign_up)
  }
}

run "by_code_over_both" {
  variables {
    pool_generation     = 2
    username_attributes = ["phone_number", "email"]
    delivery            = { channels = ["sms", "email"] }
    sign_up             = { confirmation = "code" }
    email = {
      from              = "Shop <login@mail.example.com>"
      identity_arn      = "arn:aws:ses:eu-central-1:123456789012:identity/example.com"
      reply_to          = "help@example.com"
      configuration_set = "codes"
    }
  }

  assert {
    condition = alltrue([
      for sender in aws_cognito_user_pool.this[0].email_configuration :
      sender.email_sending_account == "DEVELOPER" && sender.from_email_address == "Shop <login@mail.example.com>"
      && sender.source_arn == "arn:aws:ses:eu-central-1:123456789012:identity/example.com"
      && sender.reply_to_email_address == "help@example.com" && sender.configuration_set == "codes"
    ]) && length(aws_cognito_user_pool.this[0].email_configuration) == 1
    error_message = "Cognito mails by the caller's sender."
  }

  assert {
    condition = (
      aws_cognito_user_pool.this[0].auto_verified_attributes == toset(["email", "phone_number"])
      && aws_lambda_function.this["sign_up"].environment[0].variables["MAILS_BY_SES"] == "true"
    )
    error_message = "Whoever signs up by mail gets Cognito's code by mail, in the module's words."
  }
}

# A function of the caller's sends the module's codes; Cognito's own it cannot send.
run "a_function_beside_cognitos_own_mail" {
  variables {
    pool_generation     = 3
    username_attributes = ["email"]
    delivery            = { function_arn = "arn:aws:lambda:eu-central-1:123456789012:function:provider" }
    sign_up             = { confirmation = "code" }
    email               = { from = "login@example.com", identity_arn = "arn:aws:ses:eu-central-1:123456789012:identity/example.com" }
  }

  assert {
    condition     = one(aws_cognito_user_pool.this[0].email_configuration).email_sending_account == "DEVELOPER"
    error_message = "The sender is for Cognito."
  }

  assert {
    condition     = !strcontains(aws_iam_role_policy.runtime["delivery"].policy, "ses:")
    error_message = "And not for the module."
  }
}

run "a_function_and_a_sender_without_its_identity" {
  command = plan

  variables {
    pool_generation     = 3
    username_attributes = ["email"]
    delivery            = { function_arn = "arn:aws:lambda:eu-central-1:123456789012:function:provider" }
    sign_up             = { confirmation = "code" }
    email               = { from = "login@example.com" }
  }

  expect_failures = [var.email]
}

# It can be made before the identity is verified: Cognito mails nothing that anybody waits for.
run "cognitos_own_sender" {
  variables {
    pool_generation     = 3
    username_attributes = ["email"]
    email               = { from = "login@example.com", identity_arn = "arn:aws:ses:eu-central-1:123456789012:identity/example.com" }
  }

  assert {
    condition = (
      length(aws_cognito_user_pool.this[0].email_configuration) == 0
      && !contains(keys(aws_lambda_function.this["sign_up"].environment[0].variables), "MAILS_BY_SES")
    )
    error_message = "Cognito's own sender takes no words of ours."
  }
}

run "nothing_in_between" {
  variables {
    create = false
  }
}

################################################################################
# Where an owner could not simply sign in
################################################################################

run "reclaimed_among_aliases" {
  variables {
    alias_attributes = ["phone_number"]
  }

  assert {
    condition     = aws_lambda_function.this["sign_up"].environment[0].variables["RECLAIM_AFTER_SECONDS"] == "600"
    error_message = "An owner would need the stranger's username."
  }
}

run "nothing_in_between_again" {
  variables {
    create = false
  }
}

run "reclaimed_beside_a_password" {
  variables {
    password_required = true
  }

  assert {
    condition     = aws_lambda_function.this["sign_up"].environment[0].variables["RECLAIM_AFTER_SECONDS"] == "600"
    error_message = "An owner would need the stranger's password."
  }
}

run "not_reclaimed" {
  command = plan

  variables {
    sign_up = { reclaim_after_seconds = 900 }
  }

  assert {
    condition = alltrue([
      for name in ["RECLAIM_AFTER_SECONDS", "MAINTENANCE_FUNCTION", "CONFIRMATION", "PRE_SIGN_UP_HOOK"] :
      !contains(keys(aws_lambda_function.this["sign_up"].environment[0].variables), name)
    ])
    error_message = "Whoever has the number signs in: nothing is removed."
  }

  expect_failures = [check.settings_without_effect]
}

################################################################################
# Hooks
################################################################################

run "hooks" {
  variables {
    hooks = {
      pre_sign_up = "arn:aws:lambda:eu-central-1:123456789012:function:captcha:live"
      activated   = "arn:aws:lambda:eu-central-1:123456789012:function:welcome"
    }
  }

  assert {
    condition = [
      for statement in jsondecode(aws_iam_role_policy.runtime["sign_up"].policy).Statement : statement
      if contains(statement.Action, "lambda:InvokeFunction")
      ] == [{
        Sid      = "AskHook", Effect = "Allow"
        Action   = ["lambda:InvokeFunction"]
        Resource = ["arn:aws:lambda:eu-central-1:123456789012:function:captcha:live"]
    }]
    error_message = aws_iam_role_policy.runtime["sign_up"].policy
  }

  assert {
    condition = [
      for statement in jsondecode(aws_iam_role_policy.runtime["sign_in"].policy).Statement : statement if statement.Sid == "TellHook"
      ] == [{
        Sid      = "TellHook", Effect = "Allow"
        Action   = ["lambda:InvokeFunction"]
        Resource = ["arn:aws:lambda:eu-central-1:123456789012:function:welcome"]
    }]
    error_message = aws_iam_role_policy.runtime["sign_in"].policy
  }

  assert {
    condition = (
      aws_lambda_function.this["sign_up"].environment[0].variables["PRE_SIGN_UP_HOOK"] == "arn:aws:lambda:eu-central-1:123456789012:function:captcha:live"
      && !contains(keys(aws_lambda_function.this["sign_up"].environment[0].variables), "ACTIVATED_HOOK")
      && aws_lambda_function.this["sign_in"].environment[0].variables["ACTIVATED_HOOK"] == "arn:aws:lambda:eu-central-1:123456789012:function:welcome"
      && !contains(keys(aws_lambda_function.this["sign_in"].environment[0].variables), "PRE_SIGN_UP_HOOK")
    )
    error_message = "The first right code activates, in sign_in."
  }
}

run "activated_by_cognitos_code" {
  variables {
    sign_up = { confirmation = "code" }
    hooks   = { activated = "arn:aws:lambda:eu-central-1:123456789012:function:welcome" }
  }

  assert {
    condition = alltrue([
      for function in ["sign_up", "sign_in"] :
      aws_lambda_function.this[function].environment[0].variables["ACTIVATED_HOOK"] == "arn:aws:lambda:eu-central-1:123456789012:function:welcome"
      && strcontains(aws_iam_role_policy.runtime[function].policy, "TellHook")
    ])
    error_message = "Both may be the one that activates."
  }
}

run "a_hook_elsewhere" {
  command = plan

  variables {
    hooks = { activated = "arn:aws:lambda:us-east-1:123456789012:function:welcome" }
  }

  expect_failures = [aws_lambda_function.this["sign_up"]]
}

run "without_effect_with_native_otp" {
  command = plan

  variables {
    native_otp = true
    sign_up    = { confirmation = "code" }
    hooks      = { pre_sign_up = "arn:aws:lambda:eu-central-1:123456789012:function:captcha" }
  }

  assert {
    condition     = !contains(keys(aws_lambda_function.this["sign_up"].environment[0].variables), "CONFIRMATION")
    error_message = "Cognito confirms anyway."
  }

  expect_failures = [check.settings_without_effect]
}

run "nobody_to_tell_with_native_otp" {
  command = plan

  variables {
    native_otp = true
    hooks      = { activated = "arn:aws:lambda:eu-central-1:123456789012:function:welcome" }
  }

  expect_failures = [check.settings_without_effect]
}

################################################################################
# Words that Cognito does not take
################################################################################

run "too_long_for_cognito" {
  command = plan

  variables {
    sign_up  = { confirmation = "code" }
    messages = { de = { sms = "{code}${join("", [for _ in range(133) : "x"])}" } }
  }

  expect_failures = [check.cognito_sms]
}

run "as_long_as_cognito_takes" {
  command = plan

  variables {
    sign_up  = { confirmation = "code" }
    messages = { de = { sms = "{code}${join("", [for _ in range(132) : "x"])}" } }
  }
}

run "a_name_too_long_for_cognito" {
  command = plan

  variables {
    sign_up  = { confirmation = "code" }
    delivery = { app_name = join("", [for _ in range(100) : "x"]) }
  }

  expect_failures = [check.cognito_sms, check.sms_segments]
}

# The module sends its codes itself.
run "long_words_that_are_not_for_cognito" {
  command = plan

  variables {
    messages = { de = { sms = "{code}${join("", [for _ in range(140) : "x"])}" } }
  }
}

################################################################################
# Refused
################################################################################

run "no_such_confirmation" {
  command = plan

  variables {
    sign_up = { confirmation = "link" }
    hooks   = { pre_sign_up = "captcha" }
  }

  expect_failures = [var.sign_up, var.hooks]
}

run "reclaimed_too_soon" {
  command = plan

  variables {
    sign_up = { reclaim_after_seconds = 59 }
    hooks   = { activated = "arn:aws:sns:eu-central-1:123456789012:news" }
  }

  expect_failures = [var.sign_up, var.hooks]
}

run "reclaimed_too_late" {
  command = plan

  variables {
    sign_up = { reclaim_after_seconds = 86401 }
    hooks   = { pre_sign_up = "arn:aws:lambda:eu-central-1:123456789012:function:captcha:$LATEST" }
  }

  expect_failures = [var.sign_up, var.hooks]
}

run "abandoned_at_once" {
  command = plan

  variables {
    sign_up = { abandon_after_days = 0 }
  }

  expect_failures = [var.sign_up]
}

run "abandoned_after_a_day_and_a_half" {
  command = plan

  variables {
    sign_up = { abandon_after_days = 1.5 }
  }

  expect_failures = [var.sign_up]
}

# Cognito's code would prove the number, and the address is the username.
run "a_code_to_another_than_the_username" {
  command = plan

  variables {
    username_attributes = ["email"]
    pool_generation     = 2
    delivery            = { channels = ["email", "sms"] }
    email               = { from = "login@example.com", identity_arn = "arn:aws:ses:eu-central-1:123456789012:identity/example.com" }
    sign_up             = { confirmation = "code" }
  }

  expect_failures = [var.sign_up]
}
