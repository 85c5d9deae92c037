# The functions behind the pool, one per set of privileges: `sign_up` and `sign_in` are Cognito triggers, `delivery` is invoked by
# `sign_in` and is the only one that knows a code.

locals {
  lambda_zip = "${path.module}/lambda_package/cognito_otp.zip"

  identifier_environment = {
    USERNAME_ATTRIBUTES = join(",", local.username_attributes)
    ALIAS_ATTRIBUTES    = join(",", local.alias_attributes)
    CHANNELS            = join(",", local.channels)
  }

  functions = {
    sign_up = {
      # Cognito waits 5 seconds for a trigger: a longer run would overlap with its retry.
      timeout = 5
      environment = merge(local.identifier_environment, {
        USER_TABLE       = local.user_table_name
        IDENTITIES_TABLE = local.identities_table_name
        CODE_KEY_ID      = local.code_key_arn
        CREATE_ROW_ON    = var.user_table.create_row_on
      })
    }

    sign_in = {
      timeout = 5
      environment = merge(local.identifier_environment, {
        USER_TABLE                 = local.user_table_name
        IDENTITIES_TABLE           = local.identities_table_name
        AUTH_STATE_TABLE           = local.auth_state_table_name
        CODE_KEY_ID                = local.code_key_arn
        DELIVERY_FUNCTION          = lookup(local.function_names, "delivery", null)
        CODE_LENGTH                = tostring(var.otp.length)
        CODE_TTL_SECONDS           = tostring(var.otp.ttl_seconds)
        MAX_ATTEMPTS               = tostring(var.otp.max_attempts)
        SHOW_DESTINATION           = tostring(var.otp.show_destination)
        RESEND_AFTER_SECONDS       = tostring(var.limits.resend_after_seconds)
        RESEND_BACKOFF_MAX_SECONDS = tostring(var.limits.resend_backoff_max_seconds)
        TRACK_SIGN_INS             = tostring(var.user_table.track_sign_ins)
      })
    }

    delivery = {
      timeout = 30
      environment = merge(
        {
          AUTH_STATE_TABLE = local.auth_state_table_name
          CODE_KEY_ID      = local.code_key_arn
          CHANNELS         = join(",", local.channels)
          CODE_LENGTH      = tostring(var.otp.length)
          CODE_TTL_SECONDS = tostring(var.otp.ttl_seconds)
          APP_NAME         = var.name
        },
        {
          for key, value in {
            SMS_SENDER_ID          = var.sms.sender_id
            SMS_ORIGINATION_NUMBER = var.sms.origination_number
            SMS_MESSAGE_TYPE       = var.sms.message_type
            SMS_MAX_PRICE_USD      = tostring(var.sms.max_price_usd)
            SMS_ENTITY_ID          = var.sms.entity_id
            SMS_TEMPLATE_ID        = var.sms.template_id
            SMS_REGION             = var.sms.region
          } : key => value if contains(local.channels, "sms")
        },
        {
          for key, value in {
            EMAIL_FROM              = var.email.from
            EMAIL_REPLY_TO          = var.email.reply_to
            EMAIL_IDENTITY_ARN      = var.email.identity_arn
            EMAIL_CONFIGURATION_SET = var.email.configuration_set
          } : key => value if contains(local.channels, "email")
        },
      )
    }
  }

  # A variable without a value is left out.
  environments = {
    for function, settings in local.functions : function => {
      for key, value in settings.environment : key => value if value != null && value != ""
    }
  }

  # Lambda measures the variables as JSON, in bytes of UTF-8; length() counts characters, and four of base64 are three bytes.
  environment_bytes = {
    for function, environment in local.environments : function => floor(
      length(replace(base64encode(jsonencode(environment)), "=", "")) * 3 / 4
    )
  }
}

resource "aws_cloudwatch_log_group" "function" {
  for_each = local.function_names

  name              = "/aws/lambda/${each.value}"
  retention_in_days = var.lambda.log_retention_in_days
  tags              = var.tags
}

resource "aws_lambda_function" "this" {
  for_each = local.function_names

  function_name    = each.value
  description      = "Sign-in by one-time code for the user pool ${var.name}: ${replace(each.key, "_", "-")}"
  role             = aws_iam_role.function[each.key].arn
  handler          = "cognito_otp.functions.${each.key}.handler"
  filename         = local.lambda_zip
  source_code_hash = filebase64sha256(local.lambda_zip)
  runtime          = var.lambda.runtime
  architectures    = [var.lambda.architecture]
  memory_size      = var.lambda.memory_size
  timeout          = local.functions[each.key].timeout
  tags             = var.tags

  environment {
    variables = local.environments[each.key]
  }

  logging_config {
    log_format            = "JSON"
    application_log_level = var.lambda.application_log_level
    system_log_level      = "INFO"
    log_group             = aws_cloudwatch_log_group.function[each.key].name
  }

  lifecycle {
    precondition {
      condition     = local.environment_bytes[each.key] <= 4096
      error_message = "The settings of ${each.value} take ${local.environment_bytes[each.key]} bytes, and Lambda's environment holds 4096: shorten email.from, user_table.name or other long texts."
    }

    # Known before the first apply only to AWS: the delivery function sends from its own region.
    precondition {
      condition = each.key != "delivery" || !contains(local.channels, "email") ? true : (
        split(":", coalesce(var.email.identity_arn, ":::"))[3] == local.region
      )
      error_message = "email.identity_arn is an identity in another region than the pool (${local.region}): make the identity in this region too, and set its ARN."
    }
  }

  # A function that may not write its log yet would lose its first lines.
  depends_on = [aws_iam_role_policy.runtime, aws_cloudwatch_log_group.function]
}

resource "aws_lambda_permission" "cognito" {
  for_each = toset([for function in ["sign_up", "sign_in"] : function if var.create])

  statement_id   = "AllowCognito"
  action         = "lambda:InvokeFunction"
  function_name  = aws_lambda_function.this[each.key].function_name
  principal      = "cognito-idp.amazonaws.com"
  source_arn     = aws_cognito_user_pool.this[0].arn
  source_account = local.account_id
}

resource "aws_lambda_function_event_invoke_config" "delivery" {
  count = var.create ? 1 : 0

  function_name          = aws_lambda_function.this["delivery"].function_name
  maximum_retry_attempts = 2
  # A request that waited longer asks for a code that has expired.
  maximum_event_age_in_seconds = var.otp.ttl_seconds
}

check "settings_without_a_channel" {
  assert {
    condition = contains(local.channels, "sms") || alltrue([
      for value in [var.sms.sender_id, var.sms.origination_number, var.sms.entity_id, var.sms.template_id] : value == null
    ])
    error_message = "sms has settings for codes by SMS, but \"sms\" is not in delivery.channels: they have no effect."
  }

  assert {
    condition = contains(local.channels, "email") || alltrue([
      for value in [var.email.from, var.email.identity_arn, var.email.reply_to, var.email.configuration_set] : value == null
    ])
    error_message = "email has settings for codes by e-mail, but \"email\" is not in delivery.channels: they have no effect."
  }
}
