# What a caller gets who sets nothing but the name, who sets `create = false`, and who sets much.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  name = "shop"
}

run "by_default" {
  assert {
    condition = (
      aws_cognito_user_pool.this[0].name == "shop"
      && aws_cognito_user_pool.this[0].username_attributes == toset(["phone_number"])
      && aws_cognito_user_pool.this[0].alias_attributes == null
      && one(aws_cognito_user_pool.this[0].username_configuration).case_sensitive == false
    )
    error_message = "By default the phone number is the username, whatever its case, and there are no aliases (null, not [])."
  }

  assert {
    condition = (
      aws_cognito_user_pool.this[0].deletion_protection == "ACTIVE"
      && aws_cognito_user_pool.this[0].mfa_configuration == "OFF"
      && aws_cognito_user_pool.this[0].user_pool_tier == "ESSENTIALS"
      && one(aws_cognito_user_pool.this[0].admin_create_user_config).allow_admin_create_user_only == false
      && one(one(aws_cognito_user_pool.this[0].account_recovery_setting).recovery_mechanism).name == "admin_only"
    )
    error_message = "The pool is protected, without MFA, open to sign-up, and only administrators recover accounts."
  }

  assert {
    condition = (
      aws_cognito_user_pool.this[0].auto_verified_attributes == toset(["phone_number"])
      && one(aws_cognito_user_pool.this[0].user_attribute_update_settings).attributes_require_verification_before_update == toset(["phone_number"])
    )
    error_message = "A changed phone number is verified before it takes effect."
  }

  assert {
    condition = (
      one(aws_cognito_user_pool.this[0].lambda_config).pre_sign_up == aws_lambda_function.this["sign_up"].arn
      && one(aws_cognito_user_pool.this[0].lambda_config).post_confirmation == aws_lambda_function.this["sign_up"].arn
      && one(aws_cognito_user_pool.this[0].lambda_config).custom_message == aws_lambda_function.this["sign_up"].arn
      && one(aws_cognito_user_pool.this[0].lambda_config).define_auth_challenge == aws_lambda_function.this["sign_in"].arn
      && one(aws_cognito_user_pool.this[0].lambda_config).create_auth_challenge == aws_lambda_function.this["sign_in"].arn
      && one(aws_cognito_user_pool.this[0].lambda_config).verify_auth_challenge_response == aws_lambda_function.this["sign_in"].arn
      && one(aws_cognito_user_pool.this[0].lambda_config).post_authentication == aws_lambda_function.this["sign_in"].arn
    )
    error_message = "All seven triggers are set."
  }

  assert {
    condition     = keys(aws_cognito_user_pool_client.this) == ["app"] && aws_cognito_user_pool_client.this["app"].name == "app"
    error_message = "There is one client, \"app\"."
  }

  assert {
    condition = (
      aws_cognito_user_pool_client.this["app"].explicit_auth_flows == toset(["ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"])
      && aws_cognito_user_pool_client.this["app"].prevent_user_existence_errors == "ENABLED"
      && aws_cognito_user_pool_client.this["app"].enable_token_revocation
      && aws_cognito_user_pool_client.this["app"].generate_secret == null
      && !aws_cognito_user_pool_client.this["app"].allowed_oauth_flows_user_pool_client
    )
    error_message = "No client lets anyone in by password, and none tells who exists."
  }

  assert {
    condition = (
      aws_cognito_user_pool_client.this["app"].auth_session_validity == 5
      && aws_cognito_user_pool_client.this["app"].access_token_validity == 60
      && aws_cognito_user_pool_client.this["app"].id_token_validity == 60
      && aws_cognito_user_pool_client.this["app"].refresh_token_validity == 30
      && one(aws_cognito_user_pool_client.this["app"].token_validity_units).access_token == "minutes"
      && one(aws_cognito_user_pool_client.this["app"].token_validity_units).id_token == "minutes"
      && one(aws_cognito_user_pool_client.this["app"].token_validity_units).refresh_token == "days"
    )
    error_message = "The session lasts as long as a code (300 s), tokens an hour, refresh tokens 30 days."
  }

  assert {
    condition = aws_cognito_user_pool_client.this["app"].write_attributes == toset([
      "email", "family_name", "given_name", "locale", "name", "phone_number", "picture", "zoneinfo",
    ])
    error_message = "Clients may write a named list of attributes."
  }

  assert {
    condition = output.function_names == {
      sign_up     = "shop-sign-up"
      sign_in     = "shop-sign-in"
      delivery    = "shop-delivery"
      maintenance = "shop-maintenance"
    }
    error_message = "There are four functions."
  }

  assert {
    condition = alltrue([
      for name, function in aws_lambda_function.this :
      function.handler == "cognito_otp.functions.${name}.handler"
      && function.runtime == "python3.13"
      && function.architectures == tolist(["arm64"])
      && function.memory_size == 512
      && function.timeout == { delivery = 30, maintenance = 900, sign_in = 5, sign_up = 5 }[name]
      && one(function.logging_config).log_format == "JSON"
      && one(function.logging_config).log_group == "/aws/lambda/${function.function_name}"
    ])
    error_message = "Triggers end within Cognito's 5 seconds, delivery within 30, maintenance when its time is up; logs are JSON in their own group."
  }

  assert {
    condition = (
      aws_lambda_function_event_invoke_config.delivery[0].function_name == "shop-delivery"
      && aws_lambda_function_event_invoke_config.delivery[0].maximum_retry_attempts == 2
      && aws_lambda_function_event_invoke_config.delivery[0].maximum_event_age_in_seconds == 300
    )
    error_message = "A request for a code is worth as long as the code."
  }

  assert {
    condition     = alltrue([for group in aws_cloudwatch_log_group.function : group.retention_in_days == 30])
    error_message = "Logs are kept 30 days."
  }

  assert {
    condition = keys(aws_lambda_permission.cognito) == ["sign_in", "sign_up"] && alltrue([
      for permission in aws_lambda_permission.cognito :
      permission.principal == "cognito-idp.amazonaws.com"
      && permission.action == "lambda:InvokeFunction"
      && permission.source_arn == aws_cognito_user_pool.this[0].arn
      && permission.source_account == "123456789012"
    ])
    error_message = "Only this pool, of this account, invokes the triggers."
  }

  assert {
    condition = (
      aws_dynamodb_table.users[0].name == "shop-users" && aws_dynamodb_table.users[0].hash_key == "id"
      && aws_dynamodb_table.identities[0].name == "shop-identities" && aws_dynamodb_table.identities[0].hash_key == "pk"
      && aws_dynamodb_table.auth_state[0].name == "shop-auth-state" && aws_dynamodb_table.auth_state[0].hash_key == "pk"
    )
    error_message = "Names and keys of the tables."
  }

  assert {
    condition = alltrue([
      for table in concat(aws_dynamodb_table.users, aws_dynamodb_table.identities, aws_dynamodb_table.auth_state) :
      table.billing_mode == "PAY_PER_REQUEST" && one(table.server_side_encryption).enabled
    ])
    error_message = "Every table is encrypted and paid by request."
  }

  assert {
    condition = (
      one(aws_dynamodb_table.users[0].point_in_time_recovery).enabled && aws_dynamodb_table.users[0].deletion_protection_enabled
      && one(aws_dynamodb_table.identities[0].point_in_time_recovery).enabled && aws_dynamodb_table.identities[0].deletion_protection_enabled
      && length(aws_dynamodb_table.auth_state[0].point_in_time_recovery) == 0
      && one(aws_dynamodb_table.auth_state[0].ttl).enabled && one(aws_dynamodb_table.auth_state[0].ttl).attribute_name == "expires_at"
    )
    error_message = "What lasts is backed up and protected, what does not expires."
  }

  assert {
    condition = (
      aws_kms_key.code[0].customer_master_key_spec == "HMAC_256"
      && aws_kms_key.code[0].key_usage == "GENERATE_VERIFY_MAC"
      && aws_kms_key.code[0].deletion_window_in_days == 30
    )
    error_message = "The code key is an HMAC key with 30 days' grace."
  }

  assert {
    condition = (
      output.user_pool_id == "eu-central-1_AbCdEfGhI"
      && output.user_pool_arn == "arn:aws:cognito-idp:eu-central-1:123456789012:userpool/eu-central-1_AbCdEfGhI"
      && output.user_pool_endpoint == "cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEfGhI"
      && output.issuer_url == "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEfGhI"
      && output.jwks_url == "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEfGhI/.well-known/jwks.json"
      && output.client_ids == { app = "3n4b5urk1ft4fl3mg5e62d9ado" }
      && length(output.client_secrets) == 0
    )
    error_message = "Outputs of the pool."
  }

  assert {
    condition = (
      output.user_table_name == "shop-users" && output.user_table_arn == aws_dynamodb_table.users[0].arn
      && output.identities_table_name == "shop-identities" && output.identities_table_arn == aws_dynamodb_table.identities[0].arn
      && output.auth_state_table_name == "shop-auth-state" && output.auth_state_table_arn == aws_dynamodb_table.auth_state[0].arn
      && output.code_key_arn == aws_kms_key.code[0].arn
    )
    error_message = "Outputs of the tables and the key."
  }

  assert {
    condition = (
      keys(output.function_arns) == ["delivery", "maintenance", "sign_in", "sign_up"]
      && keys(output.role_arns) == ["delivery", "maintenance", "sign_in", "sign_up"]
      && output.log_group_names == {
        sign_up     = "/aws/lambda/shop-sign-up"
        sign_in     = "/aws/lambda/shop-sign-in"
        delivery    = "/aws/lambda/shop-delivery"
        maintenance = "/aws/lambda/shop-maintenance"
      }
      && output.sms_role_arn == aws_iam_role.sms[0].arn
    )
    error_message = "Outputs of the functions and roles."
  }

  assert {
    condition = (
      output.settings.username_attributes == tolist(["phone_number"])
      && output.settings.delivery.channels == tolist(["sms"])
      && output.settings.otp == { length = 6, ttl_seconds = 300, max_attempts = 3, max_resends = 3, show_destination = false }
      && output.settings.sign_up.confirmation == "otp" && output.settings.sign_up.self_service
      && output.settings.sign_up.reclaim_after_seconds == 600 && output.settings.sign_up.abandon_after_days == 7
      && output.settings.hooks.pre_sign_up == null && output.settings.hooks.activated == null
      && output.settings.limits.resend_after_seconds == 30
      && output.settings.limits.resend_backoff_max_seconds == 300
      && output.settings.limits.max_messages_per_hour == null
      && output.settings.fraud.mode == "record_only"
      && output.settings.sms.external_id == "shop"
      && output.settings.sms.region == "eu-central-1"
      && output.settings.user_table.name == "shop-users" && output.settings.user_table.key_name == "id"
      && output.settings.user_table.create && output.settings.user_table.create_row_on == "sign_up"
      && output.settings.user_table.point_in_time_recovery && output.settings.user_table.track_sign_ins
      && output.settings.clients["app"].auth_session_validity == 5
    )
    error_message = "settings shows the values in effect."
  }
}

run "nothing" {
  variables {
    create = false
  }

  assert {
    condition = length(concat(
      aws_cognito_user_pool.this, values(aws_cognito_user_pool_client.this), terraform_data.pool_generation,
      terraform_data.user_table_key,
      values(aws_lambda_function.this), values(aws_lambda_permission.cognito), aws_lambda_function_event_invoke_config.delivery,
      values(aws_cloudwatch_log_group.function), values(aws_iam_role.function), aws_iam_role.sms, aws_iam_role_policy.sms,
      values(aws_iam_role_policy.runtime), values(aws_iam_role_policy.pool), aws_kms_key.code,
      aws_dynamodb_table.users, aws_dynamodb_table.identities, aws_dynamodb_table.auth_state,
    )) == 0
    error_message = "create = false makes nothing."
  }

  assert {
    condition = alltrue([
      for value in [
        output.user_pool_id, output.user_pool_arn, output.user_pool_endpoint, output.issuer_url, output.jwks_url,
        output.user_table_name, output.user_table_arn, output.user_table_stream_arn, output.identities_table_name, output.identities_table_arn,
        output.auth_state_table_name, output.auth_state_table_arn, output.sms_role_arn, output.code_key_arn,
      ] : value == null
    ]) && output.settings == null
    error_message = "Without a pool its outputs are null."
  }

  assert {
    condition = alltrue([
      for value in [output.client_ids, nonsensitive(output.client_secrets), output.function_arns, output.function_names, output.role_arns, output.log_group_names] :
      length(value) == 0
    ])
    error_message = "Without a pool its maps are empty."
  }
}

run "what_callers_set" {
  variables {
    otp                 = { ttl_seconds = 600, length = 8 }
    sign_up             = { self_service = false }
    user_pool_tier      = "LITE"
    deletion_protection = "INACTIVE"
    user_table          = { name = "people", point_in_time_recovery = false }
    tags                = { team = "identity" }
    sms                 = { region = "eu-west-1", external_id = "fixed" }
    lambda              = { runtime = "python3.12", architecture = "x86_64", memory_size = 1024, log_retention_in_days = 365, application_log_level = "DEBUG" }
    password_policy     = { minimum_length = 20, require_symbols = true }
    clients = {
      web    = { generate_secret = true, auth_session_validity = 12, access_token_validity = 15, refresh_token_validity = 7, read_attributes = ["email"] }
      mobile = { write_attributes = ["name", "phone_number"] }
    }
  }

  expect_failures = [check.deletion_protection]

  assert {
    condition = (
      one(aws_cognito_user_pool.this[0].admin_create_user_config).allow_admin_create_user_only
      && aws_cognito_user_pool.this[0].user_pool_tier == "LITE"
      && aws_cognito_user_pool.this[0].deletion_protection == "INACTIVE"
      && !aws_dynamodb_table.users[0].deletion_protection_enabled
      && !aws_dynamodb_table.identities[0].deletion_protection_enabled
      && one(aws_cognito_user_pool.this[0].password_policy).minimum_length == 20
      && one(aws_cognito_user_pool.this[0].password_policy).require_symbols
      && one(aws_cognito_user_pool.this[0].sms_configuration).sns_region == "eu-west-1"
      && one(aws_cognito_user_pool.this[0].sms_configuration).external_id == "fixed"
    )
    error_message = "The pool follows the inputs."
  }

  assert {
    condition = (
      aws_cognito_user_pool_client.this["web"].auth_session_validity == 12
      && aws_cognito_user_pool_client.this["mobile"].auth_session_validity == 10
      && aws_cognito_user_pool_client.this["web"].read_attributes == toset(["email"])
      && aws_cognito_user_pool_client.this["mobile"].write_attributes == toset(["name", "phone_number"])
      && keys(nonsensitive(output.client_secrets)) == ["web"]
    )
    error_message = "Clients follow the inputs; one without a secret has none in client_secrets."
  }

  assert {
    condition = alltrue([
      for function in aws_lambda_function.this :
      function.runtime == "python3.12" && function.architectures == tolist(["x86_64"]) && function.memory_size == 1024
      && one(function.logging_config).application_log_level == "DEBUG" && function.tags == tomap({ team = "identity" })
    ])
    error_message = "Functions follow the inputs."
  }

  assert {
    condition     = aws_dynamodb_table.users[0].name == "people" && !one(aws_dynamodb_table.users[0].point_in_time_recovery).enabled
    error_message = "The User table follows the inputs."
  }

  assert {
    condition     = aws_lambda_function_event_invoke_config.delivery[0].maximum_event_age_in_seconds == 600
    error_message = "A request for a code is worth as long as the code."
  }
}
