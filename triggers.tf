# The functions behind the pool, one per set of privileges: `sign_up` and `sign_in` are Cognito triggers, `delivery` is invoked by
# `sign_in` and is the only one that knows a code, `maintenance` runs on schedule (see maintenance.tf) and is the only one that removes.

locals {
  package = var.lambda_package != null ? var.lambda_package : {
    filename                = "${path.module}/lambda_package/cognito_otp.zip"
    s3_bucket               = null
    s3_key                  = null
    s3_object_version       = null
    source_code_hash        = null
    code_signing_config_arn = null
  }

  identifier_environment = {
    USERNAME_ATTRIBUTES = join(",", local.username_attributes)
    ALIAS_ATTRIBUTES    = join(",", local.alias_attributes)
    CHANNELS            = join(",", local.channels)
  }

  user_row_environment = {
    USER_TABLE     = local.user_table_name
    USER_TABLE_KEY = var.user_table.key_name == "id" ? null : var.user_table.key_name
    USER_ROW_HASH  = lookup(local.configuration_hashes, "user_row", null)
  }

  functions = {
    sign_up = {
      # Cognito waits 5 seconds for a trigger: a longer run would overlap with its retry.
      timeout = 5
      environment = merge(local.identifier_environment, local.user_row_environment, {
        IDENTITIES_TABLE      = local.identities_table_name
        AUTH_STATE_TABLE      = local.auth_state_table_name
        CODE_KEY_ID           = local.code_key_arn
        CREATE_ROW_ON         = var.user_table.create_row_on
        NATIVE_OTP            = var.native_otp ? "true" : null
        TRACK_SIGN_INS        = var.native_otp ? tostring(var.user_table.track_sign_ins) : null
        MAX_SIGN_UPS_PER_HOUR = tostring(var.sign_up.max_per_hour)
        COUNTRIES_HASH        = lookup(local.configuration_hashes, "countries", null)
        CONFIRMATION          = local.confirmed_by_code ? "code" : null
        RECLAIM_AFTER_SECONDS = local.reclaims ? tostring(var.sign_up.reclaim_after_seconds) : null
        MAINTENANCE_FUNCTION  = local.reclaims ? lookup(local.function_names, "maintenance", null) : null
        FUNCTION_ALIAS        = local.reclaims && var.lambda.snap_start ? "live" : null
        PRE_SIGN_UP_HOOK      = var.hooks.pre_sign_up
        ACTIVATED_HOOK        = local.confirmed_by_code ? var.hooks.activated : null
        # The words around Cognito's own codes.
        APP_NAME        = local.app_name
        DEFAULT_LOCALE  = var.delivery.default_locale
        MESSAGES_HASH   = lookup(local.configuration_hashes, "messages", null)
        MAILS_BY_SES    = local.mails_by_ses ? "true" : null
        OTP_TTL_SECONDS = var.native_otp || var.mfa_configuration != "OFF" ? tostring(local.auth_session_validity * 60) : null
      })
    }

    sign_in = {
      timeout = 5
      environment = merge(local.identifier_environment, local.user_row_environment, {
        IDENTITIES_TABLE           = local.identities_table_name
        AUTH_STATE_TABLE           = local.auth_state_table_name
        CODE_KEY_ID                = local.code_key_arn
        DELIVERY_FUNCTION          = lookup(local.function_names, "delivery", null)
        FUNCTION_ALIAS             = var.lambda.snap_start ? "live" : null
        CODE_LENGTH                = tostring(var.otp.length)
        CODE_TTL_SECONDS           = tostring(var.otp.ttl_seconds)
        MAX_ATTEMPTS               = tostring(var.otp.max_attempts)
        MAX_RESENDS                = tostring(var.otp.max_resends)
        SHOW_DESTINATION           = tostring(var.otp.show_destination)
        RESEND_AFTER_SECONDS       = tostring(var.limits.resend_after_seconds)
        RESEND_BACKOFF_MAX_SECONDS = tostring(var.limits.resend_backoff_max_seconds)
        TRACK_SIGN_INS             = tostring(var.user_table.track_sign_ins)
        PASSWORD_REQUIRED          = var.password_required ? "true" : null
        ACTIVATED_HOOK             = var.hooks.activated
      })
    }

    delivery = {
      timeout = 30
      environment = merge(
        {
          AUTH_STATE_TABLE      = local.auth_state_table_name
          CODE_KEY_ID           = local.code_key_arn
          CHANNELS              = join(",", local.channels)
          CODE_LENGTH           = tostring(var.otp.length)
          APP_NAME              = local.app_name
          DEFAULT_LOCALE        = var.delivery.default_locale
          FRAUD_MODE            = var.fraud.mode
          FRAUD_DAILY_FLOOR     = tostring(var.fraud.daily_floor)
          FRAUD_HOURLY_FLOOR    = tostring(var.fraud.hourly_floor)
          FRAUD_DAILY_RATIO     = tostring(var.fraud.daily_ratio)
          FRAUD_HOURLY_RATIO    = tostring(var.fraud.hourly_ratio)
          MAX_MESSAGES_PER_HOUR = tostring(var.limits.max_messages_per_hour)
        },
        {
          COUNTRIES_HASH    = lookup(local.configuration_hashes, "countries", null)
          MESSAGES_HASH     = lookup(local.configuration_hashes, "messages", null)
          TEST_NUMBERS_HASH = lookup(local.configuration_hashes, "test_numbers", null)
          PROVIDER_FUNCTION = var.delivery.function_arn
        },
        {
          for key, value in {
            SMS_PROVIDER      = var.delivery.sms_provider
            SMS_MESSAGE_TYPE  = var.sms.message_type
            SMS_MAX_PRICE_USD = tostring(var.sms.max_price_usd)
            SMS_ENTITY_ID     = var.sms.entity_id
            SMS_TEMPLATE_ID   = var.sms.template_id
            SMS_REGION        = var.sms.region
          } : key => local.sms_by["sns"] || local.sms_by["end_user_messaging"] ? value : null
        },
        {
          for key, value in {
            SMS_SENDER_ID          = var.sms.sender_id
            SMS_ORIGINATION_NUMBER = var.sms.origination_number
          } : key => local.sms_by["sns"] ? value : null
        },
        {
          for key, value in {
            SMS_ORIGINATION_IDENTITY     = local.origination_identity
            SMS_CONFIGURATION_SET        = var.sms.configuration_set
            SMS_PROTECT_CONFIGURATION_ID = var.sms.protect_configuration_id
            SMS_FEEDBACK                 = tostring(var.sms.feedback)
          } : key => local.sms_by["end_user_messaging"] ? value : null
        },
        {
          for key, value in {
            SMS_WEB_OTP_DOMAIN   = var.sms.web_otp_domain
            SMS_ANDROID_APP_HASH = var.sms.android_app_hash
          } : key => contains(local.channels, "sms") ? value : null
        },
        {
          for key, value in {
            EMAIL_FROM              = var.email.from
            EMAIL_REPLY_TO          = var.email.reply_to
            EMAIL_IDENTITY_ARN      = var.email.identity_arn
            EMAIL_CONFIGURATION_SET = var.email.configuration_set
          } : key => local.email_by_ses ? value : null
        },
      )
    }

    maintenance = {
      # All that Lambda has: a walk over many users goes on at the next schedule.
      timeout = 900
      environment = merge(local.identifier_environment, local.user_row_environment, {
        IDENTITIES_TABLE         = local.identities_table_name
        AUTH_STATE_TABLE         = local.auth_state_table_name
        CODE_KEY_ID              = local.code_key_arn
        CREATE_ROW_ON            = var.user_table.create_row_on
        CODE_TTL_SECONDS         = tostring(var.otp.ttl_seconds)
        ABANDON_AFTER_DAYS       = tostring(var.sign_up.abandon_after_days)
        ACTIVATED_HOOK           = var.hooks.activated
        LIST_USERS_PER_SECOND    = tostring(var.maintenance.list_users_per_second)
        RECONCILE_INTERVAL_HOURS = tostring(var.maintenance.reconcile_interval_hours)
      })
    }
  }

  # What the caller says of each function.
  function_settings = {
    for function in keys(local.function_names) : function => {
      memory_size                    = coalesce(try(var.lambda.functions[function].memory_size, null), var.lambda.memory_size)
      layers                         = try(var.lambda.functions[function].layers, null) != null ? var.lambda.functions[function].layers : var.lambda.layers
      environment                    = merge(var.lambda.environment, try(var.lambda.functions[function].environment, {}))
      reserved_concurrent_executions = try(var.lambda.functions[function].reserved_concurrent_executions, null)
    }
  }

  # Whether they have a value or not: one that the caller set would be read as the module's.
  own_variables = toset(flatten([for settings in values(local.functions) : keys(settings.environment)]))

  # A variable of the module without a value is left out.
  environments = {
    for function, settings in local.function_settings : function => merge(
      { for key, value in local.functions[function].environment : key => value if value != null && value != "" },
      settings.environment,
    )
  }

  # Lambda measures the variables as JSON, in bytes of UTF-8; length() counts characters, and four of base64 are three bytes.
  environment_bytes = {
    # Of a caller's secret in it the size may be told. Only what is sensitive can be made nonsensitive.
    for function, environment in local.environments : function => nonsensitive(sensitive(floor(
      length(replace(base64encode(jsonencode(environment)), "=", "")) * 3 / 4
    )))
  }
}

resource "aws_cloudwatch_log_group" "function" {
  #checkov:skip=CKV_AWS_158:Encrypted by CloudWatch's own key, unless the caller brings one; no line holds a code, a number or an address

  for_each = local.function_names

  name              = "/aws/lambda/${each.value}"
  retention_in_days = var.lambda.log_retention_in_days
  kms_key_id        = var.kms_key_arn
  tags              = var.tags
}

resource "aws_lambda_function" "this" {
  #checkov:skip=CKV_AWS_50:Tracing is one permission more for each role; Lambda's own lines in the log have request ids and durations
  #checkov:skip=CKV_AWS_115:A limit would be one to sign-ins; the caller may set it
  #checkov:skip=CKV_AWS_116:Triggers are invoked synchronously; delivery has a failure destination, and maintenance runs again on schedule
  #checkov:skip=CKV_AWS_117:It talks to AWS's public endpoints only; a VPC is the caller's choice
  #checkov:skip=CKV_AWS_173:No variable is a secret
  #checkov:skip=CKV_AWS_272:The package's hash is in the repository; who signs code brings a package of their own

  for_each = local.function_names

  function_name                  = each.value
  description                    = "Sign-in by one-time code for the user pool ${var.name}: ${replace(each.key, "_", "-")}"
  role                           = aws_iam_role.function[each.key].arn
  handler                        = "cognito_otp.functions.${each.key}.handler"
  filename                       = local.package.filename
  s3_bucket                      = local.package.s3_bucket
  s3_key                         = local.package.s3_key
  s3_object_version              = local.package.s3_object_version
  source_code_hash               = local.package.source_code_hash != null ? local.package.source_code_hash : local.package.filename != null ? filebase64sha256(local.package.filename) : null
  code_signing_config_arn        = local.package.code_signing_config_arn
  runtime                        = var.lambda.runtime
  architectures                  = [var.lambda.architecture]
  memory_size                    = local.function_settings[each.key].memory_size
  timeout                        = local.functions[each.key].timeout
  layers                         = length(local.function_settings[each.key].layers) > 0 ? local.function_settings[each.key].layers : null
  reserved_concurrent_executions = local.function_settings[each.key].reserved_concurrent_executions
  kms_key_arn                    = var.kms_key_arn
  publish                        = var.lambda.snap_start
  tags                           = var.tags

  environment {
    variables = local.environments[each.key]
  }

  dynamic "vpc_config" {
    for_each = var.lambda.vpc_config[*]

    content {
      subnet_ids                  = vpc_config.value.subnet_ids
      security_group_ids          = vpc_config.value.security_group_ids
      ipv6_allowed_for_dual_stack = vpc_config.value.ipv6_allowed_for_dual_stack
    }
  }

  dynamic "snap_start" {
    for_each = var.lambda.snap_start ? ["PublishedVersions"] : []

    content {
      apply_on = snap_start.value
    }
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
      error_message = "The settings of ${each.value} take ${local.environment_bytes[each.key]} bytes, and Lambda's environment holds 4096: shorten email.from, user_table.name or other long texts, or take variables out of lambda.environment."
    }

    precondition {
      condition     = length(setintersection(keys(local.function_settings[each.key].environment), local.own_variables)) == 0
      error_message = "lambda.environment, or that of lambda.functions[\"${each.key}\"], has variables that the module itself reads: ${join(", ", setintersection(keys(local.function_settings[each.key].environment), local.own_variables))}. Give them other names; what they say is set by the module's inputs."
    }

    precondition {
      condition     = alltrue([for arn in concat(var.kms_key_arn[*], local.function_settings[each.key].layers) : split(":", arn)[3] == local.region])
      error_message = "kms_key_arn, or a layer in lambda.layers or lambda.functions, is in another region than the pool (${local.region}): make one in this region, and set its ARN."
    }

    precondition {
      condition = alltrue([
        for arn in each.key == "sign_up" ? [var.hooks.pre_sign_up, var.hooks.activated] : [] : arn == null ? true : split(":", arn)[3] == local.region
      ])
      error_message = "hooks.pre_sign_up or hooks.activated is a function in another region than the pool (${local.region}): deploy the function in this region too, and set its ARN."
    }

    # Known before the first apply only to AWS: the delivery function sends from its own region.
    precondition {
      condition = each.key != "delivery" || !local.email_by_ses ? true : (
        split(":", coalesce(var.email.identity_arn, ":::"))[3] == local.region
      )
      error_message = "email.identity_arn is an identity in another region than the pool (${local.region}): make the identity in this region too, and set its ARN."
    }
  }

  # A function that may not write its log yet would lose its first lines; one that is new because of a hash must find the settings.
  depends_on = [aws_iam_role_policy.runtime, aws_cloudwatch_log_group.function, aws_dynamodb_table_item.configuration]
}

# Lambda takes snapshots of published versions only. A new one is published with every change, and the alias moves to it when its snapshot
# is there: until then the version before it answers.
resource "aws_lambda_alias" "live" {
  for_each = { for function, name in local.function_names : function => name if var.lambda.snap_start }

  name             = "live"
  description      = "The version that the user pool ${var.name} invokes"
  function_name    = aws_lambda_function.this[each.key].function_name
  function_version = aws_lambda_function.this[each.key].version
}

locals {
  # What is invoked by others: the function, or its alias. Each has a policy and asynchronous settings of its own.
  invoked_arns = {
    for function in keys(local.function_names) :
    function => var.lambda.snap_start ? aws_lambda_alias.live[function].arn : aws_lambda_function.this[function].arn
  }
  qualifiers = { for function in keys(local.function_names) : function => try(aws_lambda_alias.live[function].name, null) }
}

resource "aws_lambda_permission" "cognito" {
  for_each = toset([for function in ["sign_up", "sign_in"] : function if contains(keys(local.function_names), function)])

  statement_id   = "AllowCognito"
  action         = "lambda:InvokeFunction"
  function_name  = aws_lambda_function.this[each.key].function_name
  principal      = "cognito-idp.amazonaws.com"
  source_arn     = aws_cognito_user_pool.this[0].arn
  source_account = local.account_id
}

# Beside the one above and not in its place: that would be gone minutes before the pool is on the aliases.
resource "aws_lambda_permission" "cognito_live" {
  for_each = { for function, alias in aws_lambda_alias.live : function => alias if contains(["sign_up", "sign_in"], function) }

  statement_id   = "AllowCognitoLive"
  action         = "lambda:InvokeFunction"
  function_name  = each.value.function_name
  qualifier      = each.value.name
  principal      = "cognito-idp.amazonaws.com"
  source_arn     = aws_cognito_user_pool.this[0].arn
  source_account = local.account_id
}

resource "aws_lambda_function_event_invoke_config" "delivery" {
  count = contains(keys(local.function_names), "delivery") ? 1 : 0

  function_name          = aws_lambda_function.this["delivery"].function_name
  qualifier              = local.qualifiers["delivery"]
  maximum_retry_attempts = 2
  # A request that waited longer asks for a code that has expired.
  maximum_event_age_in_seconds = var.otp.ttl_seconds

  dynamic "destination_config" {
    for_each = var.delivery.failure_destination_arn[*]

    content {
      on_failure {
        destination = destination_config.value
      }
    }
  }

  # How messages go out is one question over several inputs. As validations these would keep the mistakes in sms waiting for those in
  # delivery.
  lifecycle {
    precondition {
      condition = var.delivery.sms_provider == "end_user_messaging" || !var.sms.feedback && alltrue([
        for value in [var.sms.origination_identity, var.sms.configuration_set, var.sms.protect_configuration_id] : value == null
      ])
      error_message = "sms.origination_identity, sms.configuration_set, sms.protect_configuration_id and sms.feedback are of End User Messaging: write delivery = { sms_provider = \"end_user_messaging\" }, or leave them out (SNS has sms.sender_id and sms.origination_number)."
    }

    precondition {
      condition = var.delivery.sms_provider != "end_user_messaging" || length([
        for value in [var.sms.origination_identity, var.sms.origination_number, var.sms.sender_id] : true if value != null
      ]) <= 1
      error_message = "sms.origination_identity, sms.origination_number and sms.sender_id exclude each other with End User Messaging, which sends a message from one identity: keep one of them. For several, make a pool of them and write its id as sms.origination_identity."
    }

    precondition {
      condition     = !local.own_function ? true : split(":", coalesce(var.delivery.function_arn, ":::"))[3] == local.region
      error_message = "delivery.function_arn is a function in another region than the pool (${local.region}): deploy the function in this region too, and set its ARN."
    }
  }
}

# What only counts where the module itself sends.
locals {
  sms_sender_settings = [
    var.sms.sender_id, var.sms.origination_number, var.sms.max_price_usd, var.sms.entity_id, var.sms.template_id,
    var.sms.origination_identity, var.sms.configuration_set, var.sms.protect_configuration_id,
  ]
  email_sender_settings = [var.email.from, var.email.identity_arn, var.email.reply_to, var.email.configuration_set]

  # Mail of Cognito's own, whatever codes go by: a factor, or word of a risky sign-in.
  mails_beside_codes = local.mails_factor || anytrue([
    for risk in values(var.risk_configuration) : try(risk.account_takeover_risk_configuration, null) != null
  ])
}

check "settings_without_a_channel" {
  assert {
    condition = contains(local.channels, "sms") || alltrue([
      for value in concat(local.sms_sender_settings, [var.sms.web_otp_domain, var.sms.android_app_hash]) : value == null
    ])
    error_message = "sms has settings for codes by SMS, but \"sms\" is not in delivery.channels: they have no effect."
  }

  assert {
    condition = contains(local.channels, "email") || local.mails_beside_codes || alltrue([
      for value in local.email_sender_settings : value == null
    ])
    error_message = "email has settings for codes by e-mail, but \"email\" is not in delivery.channels: they have no effect."
  }
}

check "cooldown" {
  assert {
    condition     = var.limits.resend_after_seconds <= var.otp.ttl_seconds
    error_message = "limits.resend_after_seconds is longer than a code lives, otp.ttl_seconds: between the two nobody can get a code. Lower the one or raise the other."
  }
}

check "settings_without_effect" {
  assert {
    condition = !var.native_otp || alltrue([
      var.otp.length == 6 && var.otp.max_attempts == 3 && var.otp.max_resends == 3 && !var.otp.show_destination,
      var.limits.resend_after_seconds == 30 && var.limits.resend_backoff_max_seconds == 300 && var.limits.max_messages_per_hour == null,
      var.test_numbers == null,
    ])
    error_message = "otp (but for ttl_seconds), limits and test_numbers have no effect with native_otp: Cognito makes the codes, of 8 digits, and limits nothing. Leave them out, or set native_otp = false."
  }

  assert {
    condition = !var.native_otp || alltrue([
      for value in concat(local.sms_sender_settings, [var.delivery.failure_destination_arn]) : value == null
    ]) && var.delivery.sms_provider == "sns" && !var.sms.feedback && !local.own_function
    error_message = "sms (but for region and external_id) and delivery (but for channels, app_name and default_locale) have no effect with native_otp: Cognito sends the messages itself. Leave them out, or set native_otp = false."
  }

  assert {
    # Whether a function is set may be unknown at plan: it is asked for only if there is something to warn of.
    condition     = !var.native_otp ? true : var.sign_up.confirmation == "otp" && var.hooks.activated == null
    error_message = "sign_up.confirmation = \"code\" and hooks.activated have no effect with native_otp: Cognito sends a code at sign-up anyway, and proves numbers and addresses without a word to the module. Leave them out, or set native_otp = false."
  }

  assert {
    condition     = var.sign_up.reclaim_after_seconds == 600 || local.reclaims
    error_message = "sign_up.reclaim_after_seconds has no effect here: whoever has the number or address signs in to the account that is in the way. Leave it out."
  }
}

check "functions_that_are_not_made" {
  assert {
    condition     = !var.native_otp || length(setintersection(["sign_in", "delivery"], keys(var.lambda.functions))) == 0
    error_message = "lambda.functions has settings for sign_in or delivery, which are not made with native_otp: they have no effect. Take them out."
  }
}

check "changes_of_the_package" {
  assert {
    # Whether a hash is set may be unknown at plan: it is asked for only if there is a bucket.
    condition     = local.package.s3_bucket == null ? true : local.package.s3_object_version != null || local.package.source_code_hash != null
    error_message = "lambda_package has neither s3_object_version nor source_code_hash: another package under the same key will not be noticed. Set one of them."
  }
}

check "settings_of_a_table_that_is_not_made" {
  assert {
    condition = var.user_table.create || (
      length(var.user_table.indexes) == 0 && var.user_table.stream == null && var.user_table.point_in_time_recovery
    )
    error_message = "user_table.indexes, user_table.stream and user_table.point_in_time_recovery have no effect with user_table.create = false: the table is yours, so set them where you make it, and leave them out here."
  }
}

check "sign_ins_that_are_not_kept" {
  assert {
    condition     = var.user_table.track_sign_ins || try(var.user_table.attribute_map["last_sign_in_at"], null) == null && !contains(var.user_table.indexes, "last_sign_in_at")
    error_message = "user_table.attribute_map or user_table.indexes has last_sign_in_at, which nothing writes with user_table.track_sign_ins = false: take it out, or set track_sign_ins = true."
  }
}

check "password" {
  assert {
    condition     = !var.password_required || var.password_policy.minimum_length >= 8
    error_message = "password_policy.minimum_length is below 8, and with password_required the password is one of the two factors: set it to 8 or more, better 12."
  }
}

check "settings_of_another_provider" {
  assert {
    # Whether a function is set may be unknown at plan: it is asked for only if there is something to warn of.
    condition = var.delivery.sms_provider == "sns" && alltrue([
      for value in concat(local.sms_sender_settings, local.mails_by_ses || local.mails_beside_codes ? [] : local.email_sender_settings) : value == null
    ]) ? true : !local.own_function
    error_message = "delivery.function_arn is set, so your function sends every message: delivery.sms_provider and the sender settings in sms and email have no effect. Take them out; the function has its own."
  }
}
