# What the functions are told, exactly.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  name = "shop"
}

run "by_default" {
  assert {
    condition = aws_lambda_function.this["sign_up"].environment[0].variables == tomap({
      USER_TABLE          = "shop-users"
      IDENTITIES_TABLE    = "shop-identities"
      AUTH_STATE_TABLE    = "shop-auth-state"
      CODE_KEY_ID         = "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555"
      USERNAME_ATTRIBUTES = "phone_number"
      CHANNELS            = "sms"
      CREATE_ROW_ON       = "sign_up"
      APP_NAME            = "shop"
      DEFAULT_LOCALE      = "en"
    })
    error_message = "sign_up: ${jsonencode(aws_lambda_function.this["sign_up"].environment[0].variables)}"
  }

  assert {
    condition = aws_lambda_function.this["sign_in"].environment[0].variables == tomap({
      USER_TABLE                 = "shop-users"
      IDENTITIES_TABLE           = "shop-identities"
      AUTH_STATE_TABLE           = "shop-auth-state"
      CODE_KEY_ID                = "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555"
      DELIVERY_FUNCTION          = "shop-delivery"
      USERNAME_ATTRIBUTES        = "phone_number"
      CHANNELS                   = "sms"
      CODE_LENGTH                = "6"
      CODE_TTL_SECONDS           = "300"
      MAX_ATTEMPTS               = "3"
      MAX_RESENDS                = "3"
      SHOW_DESTINATION           = "false"
      RESEND_AFTER_SECONDS       = "30"
      RESEND_BACKOFF_MAX_SECONDS = "300"
      TRACK_SIGN_INS             = "true"
    })
    error_message = "sign_in: ${jsonencode(aws_lambda_function.this["sign_in"].environment[0].variables)}"
  }

  assert {
    condition = aws_lambda_function.this["delivery"].environment[0].variables == tomap({
      AUTH_STATE_TABLE   = "shop-auth-state"
      CODE_KEY_ID        = "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555"
      CHANNELS           = "sms"
      CODE_LENGTH        = "6"
      APP_NAME           = "shop"
      FRAUD_MODE         = "record_only"
      FRAUD_DAILY_FLOOR  = "20"
      FRAUD_HOURLY_FLOOR = "3"
      FRAUD_DAILY_RATIO  = "0.3"
      FRAUD_HOURLY_RATIO = "0.2"
      SMS_PROVIDER       = "sns"
      DEFAULT_LOCALE     = "en"
      SMS_MESSAGE_TYPE   = "Transactional"
    })
    error_message = "delivery: ${jsonencode(aws_lambda_function.this["delivery"].environment[0].variables)}"
  }

  assert {
    condition = aws_lambda_function.this["maintenance"].environment[0].variables == tomap({
      USER_TABLE               = "shop-users"
      IDENTITIES_TABLE         = "shop-identities"
      AUTH_STATE_TABLE         = "shop-auth-state"
      CODE_KEY_ID              = "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555"
      USERNAME_ATTRIBUTES      = "phone_number"
      CHANNELS                 = "sms"
      CREATE_ROW_ON            = "sign_up"
      CODE_TTL_SECONDS         = "300"
      ABANDON_AFTER_DAYS       = "7"
      LIST_USERS_PER_SECOND    = "5"
      RECONCILE_INTERVAL_HOURS = "24"
    })
    error_message = "maintenance: ${jsonencode(aws_lambda_function.this["maintenance"].environment[0].variables)}"
  }
}

# Runs share a state, and a pool with other aliases has to begin from nothing.
run "nothing_in_between" {
  variables {
    create = false
  }
}

run "with_everything" {
  variables {
    alias_attributes = ["phone_number", "email"]
    delivery         = { channels = ["sms", "email"], app_name = "Shöp & Co", default_locale = "de" }
    messages         = { de = { sms = "{code} für {app_name}" } }
    otp              = { length = 8, ttl_seconds = 120, max_attempts = 5, max_resends = 1, show_destination = true }
    limits           = { resend_after_seconds = 20, resend_backoff_max_seconds = 240, max_messages_per_hour = 5000 }
    sign_up          = { max_per_hour = 600, reclaim_after_seconds = 900 }
    hooks = {
      pre_sign_up = "arn:aws:lambda:eu-central-1:123456789012:function:captcha"
      activated   = "arn:aws:lambda:eu-central-1:123456789012:function:welcome:live"
    }
    fraud = {
      mode              = "deny", daily_floor = 200, hourly_floor = 50, daily_ratio = 0.5, hourly_ratio = 0.25
      allowed_countries = ["US", "DE"], country_overrides = { DE = { mode = "off" } }
    }
    test_numbers = { codes = { "+14155550100" = "12345678" }, until = "2099-01-01T00:00:00Z" }
    user_table   = { name = "people", create_row_on = "activation", track_sign_ins = false }
    sms = {
      sender_id          = "SHOP"
      origination_number = "+12065550100"
      message_type       = "Promotional"
      max_price_usd      = 0.25
      entity_id          = "1234567890123456789"
      template_id        = "9876543210987654321"
      region             = "eu-west-1"
      web_otp_domain     = "login.example.com"
      android_app_hash   = "FA+9qCX9VSu"
    }
    email = {
      from              = "Shöp <login@example.com>"
      reply_to          = "help@example.com"
      identity_arn      = "arn:aws:ses:eu-central-1:123456789012:identity/example.com"
      configuration_set = "codes"
    }
  }

  assert {
    condition = aws_lambda_function.this["sign_up"].environment[0].variables == tomap({
      USER_TABLE            = "people"
      IDENTITIES_TABLE      = "shop-identities"
      AUTH_STATE_TABLE      = "shop-auth-state"
      MAX_SIGN_UPS_PER_HOUR = "600"
      COUNTRIES_HASH        = sha256(jsonencode({ allowed = ["DE", "US"], overrides = { DE = { mode = "off" } } }))
      CODE_KEY_ID           = "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555"
      ALIAS_ATTRIBUTES      = "email,phone_number"
      CHANNELS              = "sms,email"
      CREATE_ROW_ON         = "activation"
      RECLAIM_AFTER_SECONDS = "900"
      MAINTENANCE_FUNCTION  = "shop-maintenance"
      PRE_SIGN_UP_HOOK      = "arn:aws:lambda:eu-central-1:123456789012:function:captcha"
      APP_NAME              = "Shöp & Co"
      DEFAULT_LOCALE        = "de"
      MESSAGES_HASH         = sha256(jsonencode({ de = { sms = "{code} für {app_name}" } }))
    })
    error_message = "sign_up: ${jsonencode(aws_lambda_function.this["sign_up"].environment[0].variables)}"
  }

  assert {
    condition = aws_lambda_function.this["sign_in"].environment[0].variables == tomap({
      USER_TABLE                 = "people"
      IDENTITIES_TABLE           = "shop-identities"
      AUTH_STATE_TABLE           = "shop-auth-state"
      CODE_KEY_ID                = "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555"
      DELIVERY_FUNCTION          = "shop-delivery"
      ALIAS_ATTRIBUTES           = "email,phone_number"
      CHANNELS                   = "sms,email"
      CODE_LENGTH                = "8"
      CODE_TTL_SECONDS           = "120"
      MAX_ATTEMPTS               = "5"
      MAX_RESENDS                = "1"
      SHOW_DESTINATION           = "true"
      RESEND_AFTER_SECONDS       = "20"
      RESEND_BACKOFF_MAX_SECONDS = "240"
      TRACK_SIGN_INS             = "false"
      ACTIVATED_HOOK             = "arn:aws:lambda:eu-central-1:123456789012:function:welcome:live"
    })
    error_message = "sign_in: ${jsonencode(aws_lambda_function.this["sign_in"].environment[0].variables)}"
  }

  assert {
    condition = aws_lambda_function.this["delivery"].environment[0].variables == tomap({
      AUTH_STATE_TABLE        = "shop-auth-state"
      CODE_KEY_ID             = "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555"
      CHANNELS                = "sms,email"
      CODE_LENGTH             = "8"
      SMS_PROVIDER            = "sns"
      FRAUD_MODE              = "deny"
      FRAUD_DAILY_FLOOR       = "200"
      FRAUD_HOURLY_FLOOR      = "50"
      FRAUD_DAILY_RATIO       = "0.5"
      FRAUD_HOURLY_RATIO      = "0.25"
      MAX_MESSAGES_PER_HOUR   = "5000"
      COUNTRIES_HASH          = sha256(jsonencode({ allowed = ["DE", "US"], overrides = { DE = { mode = "off" } } }))
      TEST_NUMBERS_HASH       = sha256(jsonencode({ codes = { "+14155550100" = "12345678" }, until = "2099-01-01T00:00:00Z" }))
      APP_NAME                = "Shöp & Co"
      DEFAULT_LOCALE          = "de"
      MESSAGES_HASH           = sha256(jsonencode({ de = { sms = "{code} für {app_name}" } }))
      SMS_SENDER_ID           = "SHOP"
      SMS_ORIGINATION_NUMBER  = "+12065550100"
      SMS_MESSAGE_TYPE        = "Promotional"
      SMS_MAX_PRICE_USD       = "0.25"
      SMS_ENTITY_ID           = "1234567890123456789"
      SMS_TEMPLATE_ID         = "9876543210987654321"
      SMS_REGION              = "eu-west-1"
      SMS_WEB_OTP_DOMAIN      = "login.example.com"
      SMS_ANDROID_APP_HASH    = "FA+9qCX9VSu"
      EMAIL_FROM              = "Shöp <login@example.com>"
      EMAIL_REPLY_TO          = "help@example.com"
      EMAIL_IDENTITY_ARN      = "arn:aws:ses:eu-central-1:123456789012:identity/example.com"
      EMAIL_CONFIGURATION_SET = "codes"
    })
    error_message = "delivery: ${jsonencode(aws_lambda_function.this["delivery"].environment[0].variables)}"
  }

  # Loud on every plan.
  expect_failures = [check.risky_choices, check.test_numbers]
}

# 2,400 characters, but 4,800 bytes.
run "too_many_bytes" {
  command = plan

  variables {
    alias_attributes = ["phone_number", "email"]
    user_table       = { name = "people" }
    delivery         = { channels = ["email"] }
    email = {
      from         = "${join("", [for _ in range(800) : "öäü"])} <login@example.com>"
      identity_arn = "arn:aws:ses:eu-central-1:123456789012:identity/example.com"
    }
  }

  expect_failures = [aws_lambda_function.this["delivery"]]
}

run "an_identity_elsewhere" {
  command = plan

  variables {
    alias_attributes = ["phone_number", "email"]
    user_table       = { name = "people" }
    delivery         = { channels = ["email"] }
    email = {
      from         = "login@example.com"
      identity_arn = "arn:aws:ses:us-east-1:123456789012:identity/example.com"
    }
  }

  expect_failures = [aws_lambda_function.this["delivery"]]
}
