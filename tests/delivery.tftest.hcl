# Who carries the messages: what the delivery function is told, what it may do, and which mixes are refused.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  name = "shop"
}

################################################################################
# SMS by End User Messaging
################################################################################

run "end_user_messaging" {
  variables {
    delivery = { sms_provider = "end_user_messaging" }
  }

  assert {
    condition = aws_lambda_function.this["delivery"].environment[0].variables == tomap({
      AUTH_STATE_TABLE   = "shop-auth-state"
      CODE_KEY_ID        = "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555"
      CHANNELS           = "sms"
      CODE_LENGTH        = "6"
      APP_NAME           = "shop"
      DEFAULT_LOCALE     = "en"
      FRAUD_MODE         = "record_only"
      FRAUD_DAILY_FLOOR  = "20"
      FRAUD_HOURLY_FLOOR = "3"
      FRAUD_DAILY_RATIO  = "0.3"
      FRAUD_HOURLY_RATIO = "0.2"
      SMS_PROVIDER       = "end_user_messaging"
      SMS_MESSAGE_TYPE   = "Transactional"
      SMS_FEEDBACK       = "false"
    })
    error_message = jsonencode(aws_lambda_function.this["delivery"].environment[0].variables)
  }

  assert {
    condition = [
      for statement in jsondecode(aws_iam_role_policy.runtime["delivery"].policy).Statement : statement
      if !contains(["AuthState", "KeyedHashes", "OwnLogs"], statement.Sid)
    ] == [{ Sid = "SendTexts", Effect = "Allow", Action = ["sms-voice:SendTextMessage"], Resource = ["*"] }]
    error_message = "Where the service chooses what to send from, no resource can be named; SNS is not asked."
  }
}

run "end_user_messaging_with_everything" {
  variables {
    delivery = { channels = ["sms", "email"], sms_provider = "end_user_messaging" }
    sms = {
      origination_identity     = "pool-0123456789abcdef0123456789abcdef"
      configuration_set        = "codes"
      protect_configuration_id = "protect-0123456789abcdef0123456789abcdef"
      feedback                 = true
      message_type             = "Promotional"
      max_price_usd            = 0.25
      entity_id                = "1234567890123456789"
      template_id              = "9876543210987654321"
      region                   = "eu-west-1"
    }
    email = { from = "login@example.com", identity_arn = "arn:aws:ses:eu-central-1:123456789012:identity/example.com" }
  }

  assert {
    condition = { for key, value in aws_lambda_function.this["delivery"].environment[0].variables : key => value if startswith(key, "SMS_") } == {
      SMS_PROVIDER                 = "end_user_messaging"
      SMS_ORIGINATION_IDENTITY     = "pool-0123456789abcdef0123456789abcdef"
      SMS_CONFIGURATION_SET        = "codes"
      SMS_PROTECT_CONFIGURATION_ID = "protect-0123456789abcdef0123456789abcdef"
      SMS_FEEDBACK                 = "true"
      SMS_MESSAGE_TYPE             = "Promotional"
      SMS_MAX_PRICE_USD            = "0.25"
      SMS_ENTITY_ID                = "1234567890123456789"
      SMS_TEMPLATE_ID              = "9876543210987654321"
      SMS_REGION                   = "eu-west-1"
    }
    error_message = jsonencode(aws_lambda_function.this["delivery"].environment[0].variables)
  }

  assert {
    condition = slice(jsondecode(aws_iam_role_policy.runtime["delivery"].policy).Statement, 1, 3) == [
      {
        Sid    = "SendTexts", Effect = "Allow"
        Action = ["sms-voice:SendTextMessage"]
        Resource = [
          "arn:aws:sms-voice:eu-west-1:123456789012:pool/pool-0123456789abcdef0123456789abcdef",
          "arn:aws:sms-voice:eu-west-1:123456789012:configuration-set/codes",
          "arn:aws:sms-voice:eu-west-1:123456789012:protect-configuration/protect-0123456789abcdef0123456789abcdef",
        ]
      },
      {
        Sid      = "TellWhatArrived", Effect = "Allow"
        Action   = ["sms-voice:PutMessageFeedback"]
        Resource = ["arn:aws:sms-voice:eu-west-1:123456789012:message/*"]
      },
    ]
    error_message = aws_iam_role_policy.runtime["delivery"].policy
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.runtime["delivery"].policy).Statement[*].Sid == ["AuthState", "SendTexts", "TellWhatArrived", "SendEmail", "KeyedHashes", "OwnLogs"]
    error_message = "SNS is not needed for codes."
  }

  assert {
    condition = (
      output.settings.delivery.sms_provider == "end_user_messaging"
      && output.settings.sms.origination_identity == "pool-0123456789abcdef0123456789abcdef"
      && output.settings.sms.configuration_set == "codes"
      && output.settings.sms.protect_configuration_id == "protect-0123456789abcdef0123456789abcdef"
      && output.settings.sms.feedback
    )
    error_message = "settings shows what End User Messaging is told."
  }
}

run "from_a_phone_number_by_id_and_a_configuration_set_by_arn" {
  variables {
    delivery = { sms_provider = "end_user_messaging" }
    sms = {
      origination_identity = "phone-0123456789abcdef0123456789abcdef"
      configuration_set    = "arn:aws:sms-voice:eu-central-1:123456789012:configuration-set/codes"
    }
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.runtime["delivery"].policy).Statement[1].Resource == [
      "arn:aws:sms-voice:eu-central-1:123456789012:phone-number/phone-0123456789abcdef0123456789abcdef",
      "arn:aws:sms-voice:eu-central-1:123456789012:configuration-set/codes",
    ]
    error_message = aws_iam_role_policy.runtime["delivery"].policy
  }
}

run "from_a_shared_pool" {
  variables {
    delivery = { sms_provider = "end_user_messaging" }
    sms      = { origination_identity = "arn:aws:sms-voice:eu-central-1:999999999999:pool/pool-0123456789abcdef0123456789abcdef" }
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.runtime["delivery"].policy).Statement[1].Resource == ["arn:aws:sms-voice:eu-central-1:999999999999:pool/pool-0123456789abcdef0123456789abcdef"]
    error_message = aws_iam_role_policy.runtime["delivery"].policy
  }
}

run "from_a_number_in_digits" {
  variables {
    delivery = { sms_provider = "end_user_messaging" }
    sms      = { origination_number = "+12065550100" }
  }

  assert {
    condition = (
      jsondecode(aws_iam_role_policy.runtime["delivery"].policy).Statement[1].Resource == ["arn:aws:sms-voice:eu-central-1:123456789012:phone-number/*"]
      && aws_lambda_function.this["delivery"].environment[0].variables["SMS_ORIGINATION_IDENTITY"] == "+12065550100"
      && !contains(keys(aws_lambda_function.this["delivery"].environment[0].variables), "SMS_ORIGINATION_NUMBER")
      && output.settings.sms.origination_identity == "+12065550100"
    )
    error_message = "A number's digits do not tell its ARN."
  }
}

run "from_a_sender_id" {
  variables {
    delivery = { sms_provider = "end_user_messaging" }
    sms      = { sender_id = "SHOP" }
  }

  assert {
    condition = (
      jsondecode(aws_iam_role_policy.runtime["delivery"].policy).Statement[1].Resource == ["arn:aws:sms-voice:eu-central-1:123456789012:sender-id/SHOP/*"]
      && aws_lambda_function.this["delivery"].environment[0].variables["SMS_ORIGINATION_IDENTITY"] == "SHOP"
    )
    error_message = "A sender id is a resource per country."
  }
}

################################################################################
# A function of the caller's
################################################################################

run "own_function" {
  variables {
    delivery = { channels = ["sms", "email"], function_arn = "arn:aws:lambda:eu-central-1:123456789012:function:provider:live" }
  }

  assert {
    condition = aws_lambda_function.this["delivery"].environment[0].variables == tomap({
      AUTH_STATE_TABLE   = "shop-auth-state"
      CODE_KEY_ID        = "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555"
      CHANNELS           = "sms,email"
      CODE_LENGTH        = "6"
      APP_NAME           = "shop"
      DEFAULT_LOCALE     = "en"
      FRAUD_MODE         = "record_only"
      FRAUD_DAILY_FLOOR  = "20"
      FRAUD_HOURLY_FLOOR = "3"
      FRAUD_DAILY_RATIO  = "0.3"
      FRAUD_HOURLY_RATIO = "0.2"
      PROVIDER_FUNCTION  = "arn:aws:lambda:eu-central-1:123456789012:function:provider:live"
    })
    error_message = jsonencode(aws_lambda_function.this["delivery"].environment[0].variables)
  }

  assert {
    condition = slice(jsondecode(aws_iam_role_policy.runtime["delivery"].policy).Statement, 1, 2) == [{
      Sid      = "InvokeProvider", Effect = "Allow"
      Action   = ["lambda:InvokeFunction"]
      Resource = ["arn:aws:lambda:eu-central-1:123456789012:function:provider:live"]
    }]
    error_message = aws_iam_role_policy.runtime["delivery"].policy
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.runtime["delivery"].policy).Statement[*].Sid == ["AuthState", "InvokeProvider", "KeyedHashes", "OwnLogs"]
    error_message = "Neither SNS nor SES is needed."
  }

  assert {
    condition     = output.settings.delivery.function_arn == "arn:aws:lambda:eu-central-1:123456789012:function:provider:live"
    error_message = "settings shows the function."
  }
}

run "own_function_elsewhere" {
  command = plan

  variables {
    delivery = { function_arn = "arn:aws:lambda:us-east-1:123456789012:function:provider" }
  }

  expect_failures = [aws_lambda_function_event_invoke_config.delivery]
}

run "own_function_and_a_setting_of_sns" {
  command = plan

  variables {
    delivery = { function_arn = "arn:aws:lambda:eu-central-1:123456789012:function:provider" }
    sms      = { sender_id = "SHOP" }
  }

  expect_failures = [check.settings_of_another_provider]
}

run "own_function_and_a_setting_of_ses" {
  command = plan

  variables {
    delivery = { channels = ["sms", "email"], function_arn = "arn:aws:lambda:eu-central-1:123456789012:function:provider" }
    email    = { from = "login@example.com" }
  }

  expect_failures = [check.settings_of_another_provider]
}

run "own_function_and_another_provider" {
  command = plan

  variables {
    delivery = { sms_provider = "end_user_messaging", function_arn = "arn:aws:lambda:eu-central-1:123456789012:function:provider" }
  }

  expect_failures = [check.settings_of_another_provider]
}

################################################################################
# Where failures go
################################################################################

run "no_failure_destination" {
  assert {
    condition     = length(aws_lambda_function_event_invoke_config.delivery[0].destination_config) == 0
    error_message = "Without one, nothing is copied anywhere."
  }
}

run "failures_to_a_queue" {
  variables {
    delivery = { failure_destination_arn = "arn:aws:sqs:eu-central-1:123456789012:undelivered" }
  }

  assert {
    condition     = aws_lambda_function_event_invoke_config.delivery[0].destination_config[0].on_failure[0].destination == "arn:aws:sqs:eu-central-1:123456789012:undelivered"
    error_message = "The destination is set."
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.runtime["delivery"].policy).Statement[3] == {
      Sid = "TellOfFailures", Effect = "Allow", Action = ["sqs:SendMessage"], Resource = ["arn:aws:sqs:eu-central-1:123456789012:undelivered"]
    }
    error_message = aws_iam_role_policy.runtime["delivery"].policy
  }

  assert {
    condition     = output.settings.delivery.failure_destination_arn == "arn:aws:sqs:eu-central-1:123456789012:undelivered"
    error_message = "settings shows the destination."
  }
}

run "failures_to_a_function" {
  variables {
    delivery = { failure_destination_arn = "arn:aws:lambda:eu-central-1:123456789012:function:undelivered" }
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.runtime["delivery"].policy).Statement[3] == {
      Sid = "TellOfFailures", Effect = "Allow", Action = ["lambda:InvokeFunction"], Resource = ["arn:aws:lambda:eu-central-1:123456789012:function:undelivered"]
    }
    error_message = aws_iam_role_policy.runtime["delivery"].policy
  }
}

run "failures_to_a_bus" {
  variables {
    delivery = { failure_destination_arn = "arn:aws:events:eu-central-1:123456789012:event-bus/default" }
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.runtime["delivery"].policy).Statement[3] == {
      Sid = "TellOfFailures", Effect = "Allow", Action = ["events:PutEvents"], Resource = ["arn:aws:events:eu-central-1:123456789012:event-bus/default"]
    }
    error_message = aws_iam_role_policy.runtime["delivery"].policy
  }
}

run "failures_to_a_topic" {
  command = plan

  variables {
    delivery = { failure_destination_arn = "arn:aws:sns:eu-central-1:123456789012:undelivered" }
  }

  expect_failures = [var.delivery]
}

run "failures_to_a_queue_by_its_address" {
  command = plan

  variables {
    delivery = { failure_destination_arn = "https://sqs.eu-central-1.amazonaws.com/123456789012/undelivered" }
  }

  expect_failures = [var.delivery]
}

run "failures_to_a_fifo_queue" {
  command = plan

  variables {
    delivery = { failure_destination_arn = "arn:aws:sqs:eu-central-1:123456789012:undelivered.fifo" }
  }

  expect_failures = [var.delivery]
}

################################################################################
# What cannot work is refused
################################################################################

run "no_such_provider" {
  command = plan

  variables {
    delivery = { sms_provider = "pinpoint" }
  }

  expect_failures = [var.delivery]
}

run "a_function_by_its_name" {
  command = plan

  variables {
    delivery = { function_arn = "provider" }
  }

  expect_failures = [var.delivery]
}

run "an_identity_with_sns" {
  command = plan

  variables {
    sms = { origination_identity = "pool-0123456789abcdef0123456789abcdef" }
  }

  expect_failures = [aws_lambda_function_event_invoke_config.delivery]
}

run "a_configuration_set_with_sns" {
  command = plan

  variables {
    sms = { configuration_set = "codes" }
  }

  expect_failures = [aws_lambda_function_event_invoke_config.delivery]
}

run "a_protect_configuration_with_sns" {
  command = plan

  variables {
    sms = { protect_configuration_id = "protect-0123456789abcdef0123456789abcdef" }
  }

  expect_failures = [aws_lambda_function_event_invoke_config.delivery]
}

run "feedback_with_sns" {
  command = plan

  variables {
    sms = { feedback = true }
  }

  expect_failures = [aws_lambda_function_event_invoke_config.delivery]
}

run "two_identities" {
  command = plan

  variables {
    delivery = { sms_provider = "end_user_messaging" }
    sms      = { sender_id = "SHOP", origination_number = "+12065550100" }
  }

  expect_failures = [aws_lambda_function_event_invoke_config.delivery]
}

run "no_such_identity" {
  command = plan

  variables {
    delivery = { sms_provider = "end_user_messaging" }
    sms      = { origination_identity = "+1 206 555 0100" }
  }

  expect_failures = [var.sms]
}

run "a_configuration_set_of_ses" {
  command = plan

  variables {
    delivery = { sms_provider = "end_user_messaging" }
    sms      = { configuration_set = "arn:aws:ses:eu-central-1:123456789012:configuration-set/codes" }
  }

  expect_failures = [var.sms]
}

run "a_protect_configuration_by_its_arn" {
  command = plan

  variables {
    delivery = { sms_provider = "end_user_messaging" }
    sms      = { protect_configuration_id = "arn:aws:sms-voice:eu-central-1:123456789012:protect-configuration/protect-1" }
  }

  expect_failures = [var.sms]
}

run "end_user_messaging_settings_without_the_channel" {
  command = plan

  variables {
    username_attributes = []
    pool_generation     = 2
    delivery            = { channels = ["email"], sms_provider = "end_user_messaging" }
    sms                 = { configuration_set = "codes" }
    email               = { from = "login@example.com", identity_arn = "arn:aws:ses:eu-central-1:123456789012:identity/example.com" }
  }

  expect_failures = [check.settings_without_a_channel]
}
