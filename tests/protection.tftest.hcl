# Other factors, threat protection, the web firewall, Cognito's own messages and the caller's triggers: what is made of the inputs, and
# which mistakes stop a plan. In a run of mistakes there is one in each of several inputs: it is named after one of them.

mock_provider "aws" {
  source = "./tests/mocks"
}

# Runs share a state, so each pool is another generation.
variables {
  name = "shop"
}

run "by_default" {
  assert {
    condition = (
      length(aws_cognito_user_pool.this[0].software_token_mfa_configuration) == 0 && length(aws_cognito_user_pool.this[0].email_mfa_configuration) == 0
      && length(aws_cognito_user_pool.this[0].web_authn_configuration) == 0 && length(aws_cognito_user_pool.this[0].user_pool_add_ons) == 0
      && aws_cognito_user_pool.this[0].password_policy[0].password_history_size == null
      && length(aws_cognito_user_pool.this[0].admin_create_user_config[0].invite_message_template) == 0
      && length(aws_cognito_user_pool.this[0].lambda_config[0].pre_token_generation_config) == 0
      && aws_cognito_user_pool.this[0].lambda_config[0].pre_authentication == null && aws_cognito_user_pool.this[0].lambda_config[0].user_migration == null
      && aws_cognito_user_pool.this[0].lambda_config[0].kms_key_id == null
      && !contains(keys(aws_lambda_function.this["sign_up"].environment[0].variables), "OTP_TTL_SECONDS")
    )
    error_message = "None of it unless asked for."
  }

  assert {
    condition = (
      length(aws_cognito_risk_configuration.this) == 0 && length(aws_wafv2_web_acl.this) == 0 && length(aws_wafv2_web_acl_association.this) == 0
      && length(aws_lambda_permission.caller_trigger) == 0 && output.web_acl_arn == null
      && output.settings.mfa_configuration == "OFF" && output.settings.web_acl == null && length(output.settings.risk_configuration) == 0
    )
    error_message = "Nothing is made."
  }
}

run "everything_by_password_and_code" {
  variables {
    pool_generation   = 2
    password_required = true
    user_pool_tier    = "PLUS"
    password_policy   = { password_history_size = 5 }
    email             = { from = "Shop <login@mail.example.com>", identity_arn = "arn:aws:ses:eu-central-1:123456789012:identity/example.com", reply_to = "help@example.com" }

    mfa_configuration                = "OPTIONAL"
    software_token_mfa_configuration = { enabled = true }
    email_mfa_configuration          = { subject = "Hello" }
    user_pool_add_ons                = { advanced_security_mode = "ENFORCED", custom_auth_mode = "AUDIT" }

    clients = { app = {}, web = {} }
    risk_configuration = {
      ALL = {
        compromised_credentials_risk_configuration = { actions = { event_action = "BLOCK" }, event_filter = ["SIGN_UP"] }
        risk_exception_configuration               = { blocked_ip_range_list = ["203.0.113.0/24"], skipped_ip_range_list = ["2001:db8::/32"] }
      }
      web = {
        account_takeover_risk_configuration = {
          actions = {
            low_action    = { event_action = "NO_ACTION" }
            medium_action = { event_action = "MFA_IF_CONFIGURED" }
            high_action   = { event_action = "BLOCK", notify = true }
          }
          notify_configuration = {
            block_email     = { subject = "Blocked", html_body = "<p>Blocked</p>", text_body = "Blocked" }
            mfa_email       = { subject = "Asked", html_body = "<p>Asked for</p>", text_body = "Asked for" }
            no_action_email = { subject = "Seen", html_body = "<p>Seen it</p>", text_body = "Seen it" }
          }
        }
      }
    }

    web_acl = { rate_limits = { sign_up = 10, evaluation_window_sec = 600 } }

    invite_message_template       = { sms_message = "Hi {username}: {####}" }
    verification_message_template = { email_subject = "Verify", email_message = "It is {####}." }

    lambda_triggers = {
      pre_token_generation = { arn = "arn:aws:lambda:eu-central-1:123456789012:function:claims:live", version = "V2_0" }
      pre_authentication   = { arn = "arn:aws:lambda:eu-central-1:123456789012:function:gate" }
      user_migration       = { arn = "arn:aws:lambda:eu-central-1:123456789012:function:old-users" }
      custom_sms_sender    = { arn = "arn:aws:lambda:eu-central-1:123456789012:function:sender" }
      custom_email_sender  = { arn = "arn:aws:lambda:eu-central-1:123456789012:function:sender" }
      kms_key_id           = "arn:aws:kms:eu-central-1:123456789012:key/messages"
    }
  }

  # With e-mail as a factor nobody resets a password by e-mail, and Cognito asks a migration for nobody.
  expect_failures = [check.user_migration]

  assert {
    condition = (
      aws_cognito_user_pool.this[0].mfa_configuration == "OPTIONAL"
      && one(aws_cognito_user_pool.this[0].software_token_mfa_configuration).enabled
      && one(aws_cognito_user_pool.this[0].email_mfa_configuration).subject == "Hello"
      && one(aws_cognito_user_pool.this[0].email_mfa_configuration).message == "{####} is your shop code."
      && one(aws_cognito_user_pool.this[0].user_pool_add_ons).advanced_security_mode == "ENFORCED"
      && one(one(aws_cognito_user_pool.this[0].user_pool_add_ons).advanced_security_additional_flows).custom_auth_mode == "AUDIT"
      && one(aws_cognito_user_pool.this[0].password_policy).password_history_size == 5
    )
    error_message = "The pool has the factors, threat protection and the passwords' history."
  }

  assert {
    condition = (
      one(one(aws_cognito_user_pool.this[0].account_recovery_setting).recovery_mechanism).name == "admin_only"
      && aws_cognito_user_pool.this[0].auto_verified_attributes == toset(["email", "phone_number"])
      && one(aws_cognito_user_pool.this[0].email_configuration).email_sending_account == "DEVELOPER"
      && aws_lambda_function.this["sign_up"].environment[0].variables["MAILS_BY_SES"] == "true"
      && aws_lambda_function.this["sign_up"].environment[0].variables["OTP_TTL_SECONDS"] == "300"
    )
    error_message = "A mailbox that is a factor resets no password; Cognito mails by SES, in the module's words."
  }

  assert {
    condition = (
      one(one(aws_cognito_user_pool.this[0].admin_create_user_config).invite_message_template).sms_message == "Hi {username}: {####}"
      && one(one(aws_cognito_user_pool.this[0].admin_create_user_config).invite_message_template).email_subject == "Your temporary password"
      && one(one(aws_cognito_user_pool.this[0].admin_create_user_config).invite_message_template).email_message == "Your username is {username} and temporary password is {####}."
      && one(aws_cognito_user_pool.this[0].verification_message_template).email_subject == "Verify"
      && one(aws_cognito_user_pool.this[0].verification_message_template).email_message == "It is {####}."
      && one(aws_cognito_user_pool.this[0].verification_message_template).default_email_option == "CONFIRM_WITH_CODE"
    )
    error_message = "Words of the caller's."
  }

  assert {
    condition = (
      keys(aws_cognito_risk_configuration.this) == ["ALL", "web"]
      && aws_cognito_risk_configuration.this["ALL"].client_id == null && aws_cognito_risk_configuration.this["web"].client_id == aws_cognito_user_pool_client.this["web"].id
      && length(aws_cognito_risk_configuration.this["ALL"].account_takeover_risk_configuration) == 0
      && one(aws_cognito_risk_configuration.this["ALL"].compromised_credentials_risk_configuration).event_filter == toset(["SIGN_UP"])
      && one(one(aws_cognito_risk_configuration.this["ALL"].compromised_credentials_risk_configuration).actions).event_action == "BLOCK"
      && one(aws_cognito_risk_configuration.this["ALL"].risk_exception_configuration).blocked_ip_range_list == toset(["203.0.113.0/24"])
      && one(aws_cognito_risk_configuration.this["ALL"].risk_exception_configuration).skipped_ip_range_list == toset(["2001:db8::/32"])
    )
    error_message = "Risks of all clients, and of one."
  }

  assert {
    condition = alltrue([
      for takeover in aws_cognito_risk_configuration.this["web"].account_takeover_risk_configuration :
      one(one(takeover.actions).low_action).event_action == "NO_ACTION" && !one(one(takeover.actions).low_action).notify
      && one(one(takeover.actions).medium_action).event_action == "MFA_IF_CONFIGURED"
      && one(one(takeover.actions).high_action).event_action == "BLOCK" && one(one(takeover.actions).high_action).notify
      && one(takeover.notify_configuration).source_arn == "arn:aws:ses:eu-central-1:123456789012:identity/example.com"
      && one(takeover.notify_configuration).from == "Shop <login@mail.example.com>" && one(takeover.notify_configuration).reply_to == "help@example.com"
      && one(one(takeover.notify_configuration).block_email).subject == "Blocked" && one(one(takeover.notify_configuration).block_email).html_body == "<p>Blocked</p>"
      && one(one(takeover.notify_configuration).mfa_email).text_body == "Asked for" && one(one(takeover.notify_configuration).no_action_email).subject == "Seen"
    ]) && length(aws_cognito_risk_configuration.this["web"].account_takeover_risk_configuration) == 1
    error_message = "Who is told of a take-over hears from the pool's own sender."
  }

  assert {
    condition = (
      aws_wafv2_web_acl.this[0].scope == "REGIONAL" && aws_wafv2_web_acl.this[0].name == "shop" && length(one(aws_wafv2_web_acl.this[0].default_action).allow) == 1
      && one(aws_wafv2_web_acl.this[0].visibility_config).cloudwatch_metrics_enabled
      && aws_wafv2_web_acl_association.this[0].web_acl_arn == aws_wafv2_web_acl.this[0].arn
      && aws_wafv2_web_acl_association.this[0].resource_arn == aws_cognito_user_pool.this[0].arn && output.web_acl_arn == aws_wafv2_web_acl.this[0].arn
    )
    error_message = "A web ACL of the module's own lets everybody in, but for its rules."
  }

  assert {
    condition = jsonencode({
      for rule in aws_wafv2_web_acl.this[0].rule : rule.name => {
        priority = rule.priority
        blocks   = length(one(rule.action).block)
        metric   = one(rule.visibility_config).metric_name
        limit    = one(one(rule.statement).rate_based_statement).limit
        by       = one(one(rule.statement).rate_based_statement).aggregate_key_type
        seconds  = one(one(rule.statement).rate_based_statement).evaluation_window_sec
        headers = [
          for match in one(one(one(one(rule.statement).rate_based_statement).scope_down_statement).or_statement).statement :
          one(one(one(match.regex_match_statement).field_to_match).single_header).name
        ]
        operations = distinct([
          for match in one(one(one(one(rule.statement).rate_based_statement).scope_down_statement).or_statement).statement : one(match.regex_match_statement).regex_string
        ])
      }
      }) == jsonencode({
      sign_up = {
        priority   = 1, blocks = 1, metric = "shop-sign_up", limit = 10, by = "IP", seconds = 600
        headers    = ["x-amz-target", "x-amzn-cognito-operation-name"]
        operations = ["^([A-Za-z0-9_]+\\.)?(SignUp|ConfirmSignUp|ResendConfirmationCode)$"]
      }
      sign_in = {
        priority   = 2, blocks = 1, metric = "shop-sign_in", limit = 300, by = "IP", seconds = 600
        headers    = ["x-amz-target", "x-amzn-cognito-operation-name"]
        operations = ["^([A-Za-z0-9_]+\\.)?(InitiateAuth|RespondToAuthChallenge|ForgotPassword|ConfirmForgotPassword)$"]
      }
    })
    error_message = "Two rules by address, told apart by the operation that a header names."
  }

  # RE2 has what WAF's expressions use here.
  assert {
    condition = alltrue([
      for rule in aws_wafv2_web_acl.this[0].rule : [
        for operation in ["AWSCognitoIdentityProviderService.SignUp", "SignUp", "AWSCognitoIdentityProviderService.InitiateAuth", "RespondToAuthChallenge", "AWSCognitoIdentityProviderService.GetUser", "SignUpX"] :
        can(regex(one(one(one(one(one(rule.statement).rate_based_statement).scope_down_statement).or_statement).statement[0].regex_match_statement).regex_string, operation))
      ] == (rule.name == "sign_up" ? [true, true, false, false, false, false] : [false, false, true, true, false, false])
    ])
    error_message = "An operation is counted by one rule or by none."
  }

  assert {
    condition = (
      one(one(aws_cognito_user_pool.this[0].lambda_config).pre_token_generation_config).lambda_arn == "arn:aws:lambda:eu-central-1:123456789012:function:claims:live"
      && one(one(aws_cognito_user_pool.this[0].lambda_config).pre_token_generation_config).lambda_version == "V2_0"
      && one(aws_cognito_user_pool.this[0].lambda_config).pre_authentication == "arn:aws:lambda:eu-central-1:123456789012:function:gate"
      && one(aws_cognito_user_pool.this[0].lambda_config).user_migration == "arn:aws:lambda:eu-central-1:123456789012:function:old-users"
      && one(one(aws_cognito_user_pool.this[0].lambda_config).custom_sms_sender).lambda_arn == "arn:aws:lambda:eu-central-1:123456789012:function:sender"
      && one(one(aws_cognito_user_pool.this[0].lambda_config).custom_email_sender).lambda_arn == "arn:aws:lambda:eu-central-1:123456789012:function:sender"
      && one(one(aws_cognito_user_pool.this[0].lambda_config).custom_sms_sender).lambda_version == "V1_0"
      && one(one(aws_cognito_user_pool.this[0].lambda_config).custom_email_sender).lambda_version == "V1_0"
      && one(aws_cognito_user_pool.this[0].lambda_config).kms_key_id == "arn:aws:kms:eu-central-1:123456789012:key/messages"
      && one(aws_cognito_user_pool.this[0].lambda_config).define_auth_challenge == aws_lambda_function.this["sign_in"].arn
    )
    error_message = "The caller's triggers stand beside the module's."
  }

  assert {
    condition = jsonencode({
      for trigger, permission in aws_lambda_permission.caller_trigger : trigger => [permission.function_name, permission.qualifier, permission.statement_id]
      }) == jsonencode({
      pre_token_generation = ["arn:aws:lambda:eu-central-1:123456789012:function:claims", "live", "shop-pre-token-generation"]
      pre_authentication   = ["arn:aws:lambda:eu-central-1:123456789012:function:gate", null, "shop-pre-authentication"]
      user_migration       = ["arn:aws:lambda:eu-central-1:123456789012:function:old-users", null, "shop-user-migration"]
      custom_sms_sender    = ["arn:aws:lambda:eu-central-1:123456789012:function:sender", null, "shop-custom-sms-sender"]
      custom_email_sender  = ["arn:aws:lambda:eu-central-1:123456789012:function:sender", null, "shop-custom-email-sender"]
    })
    error_message = "A permission for each, on the alias where there is one, under a name of its own."
  }

  assert {
    condition = alltrue([
      for permission in aws_lambda_permission.caller_trigger :
      permission.principal == "cognito-idp.amazonaws.com" && permission.action == "lambda:InvokeFunction"
      && permission.source_arn == aws_cognito_user_pool.this[0].arn && permission.source_account == "123456789012"
    ])
    error_message = "Only this pool, of this account, invokes them."
  }
}

run "passkeys" {
  variables {
    pool_generation         = 3
    native_otp              = true
    mfa_configuration       = "OPTIONAL"
    web_authn_configuration = { relying_party_id = "example.com" }
    web_acl                 = { arn = "arn:aws:wafv2:eu-central-1:123456789012:regional/webacl/mine/11111111-2222-3333-4444-555555555555" }
  }

  assert {
    condition = (
      one(aws_cognito_user_pool.this[0].sign_in_policy).allowed_first_auth_factors == toset(["PASSWORD", "SMS_OTP", "WEB_AUTHN"])
      && one(aws_cognito_user_pool.this[0].web_authn_configuration).relying_party_id == "example.com"
      && one(aws_cognito_user_pool.this[0].web_authn_configuration).user_verification == "preferred"
    )
    error_message = "A passkey is a first factor more."
  }

  assert {
    condition = (
      length(aws_wafv2_web_acl.this) == 0
      && aws_wafv2_web_acl_association.this[0].web_acl_arn == "arn:aws:wafv2:eu-central-1:123456789012:regional/webacl/mine/11111111-2222-3333-4444-555555555555"
      && output.web_acl_arn == aws_wafv2_web_acl_association.this[0].web_acl_arn
    )
    error_message = "A web ACL of the caller's is used as it is."
  }
}

# Only the place tells: it is known once there is a pool.
run "in_another_region" {
  command = plan

  variables {
    pool_generation = 3
    web_acl         = { arn = "arn:aws:wafv2:us-east-1:123456789012:regional/webacl/mine/11111111-2222-3333-4444-555555555555" }
    lambda_triggers = { pre_authentication = { arn = "arn:aws:lambda:eu-central-1:999999999999:function:gate" } }
  }

  expect_failures = [aws_wafv2_web_acl_association.this, aws_lambda_permission.caller_trigger]
}

run "nothing" {
  variables {
    create            = false
    password_required = true
    user_pool_tier    = "PLUS"

    mfa_configuration                = "ON"
    software_token_mfa_configuration = { enabled = true }
    user_pool_add_ons                = { advanced_security_mode = "AUDIT", custom_auth_mode = "AUDIT" }
    risk_configuration               = { ALL = { risk_exception_configuration = { skipped_ip_range_list = ["203.0.113.0/24"] } } }
    web_acl                          = { rate_limits = {} }
    lambda_triggers                  = { pre_authentication = { arn = "arn:aws:lambda:eu-central-1:123456789012:function:gate" } }
  }

  assert {
    condition = length(concat(
      aws_cognito_user_pool.this, values(aws_cognito_risk_configuration.this), aws_wafv2_web_acl.this, aws_wafv2_web_acl_association.this,
      values(aws_lambda_permission.caller_trigger),
    )) == 0 && output.web_acl_arn == null
    error_message = "create = false makes nothing."
  }
}

################################################################################
# Mistakes in factors, and in what waits for no other input
################################################################################

run "no_such_mfa" {
  command = plan

  variables {
    mfa_configuration             = "REQUIRED"
    web_authn_configuration       = { relying_party_id = "example.com" }
    user_pool_add_ons             = { advanced_security_mode = "ON" }
    web_acl                       = { arn = "arn:aws:wafv2:eu-central-1:123456789012:regional/webacl/a/b", rate_limits = {} }
    invite_message_template       = {}
    verification_message_template = {}
    lambda_triggers               = { pre_authentication = { arn = "gate" } }
    password_policy               = { password_history_size = 25 }
  }

  expect_failures = [
    var.mfa_configuration, var.web_authn_configuration, var.user_pool_add_ons, var.web_acl, var.invite_message_template, var.verification_message_template,
    var.lambda_triggers, var.password_policy,
  ]
}

run "a_factor_after_no_password" {
  command = plan

  variables {
    mfa_configuration             = "OPTIONAL"
    user_pool_tier                = "PLUS"
    user_pool_add_ons             = { advanced_security_mode = "AUDIT", custom_auth_mode = "ON" }
    web_acl                       = {}
    invite_message_template       = { sms_message = "Hi {username}" }
    verification_message_template = { email_message = "Verify" }
    lambda_triggers               = { pre_token_generation = { arn = "arn:aws:lambda:eu-central-1:123456789012:function:claims", version = "V1" } }
    password_policy               = { password_history_size = 1.5 }
  }

  expect_failures = [
    var.mfa_configuration, var.user_pool_add_ons, var.web_acl, var.invite_message_template, var.verification_message_template, var.lambda_triggers,
    var.password_policy,
  ]
}

run "required_mfa_and_one_time_passwords" {
  command = plan

  variables {
    native_otp                    = true
    mfa_configuration             = "ON"
    web_authn_configuration       = { relying_party_id = "https://example.com" }
    user_pool_add_ons             = { advanced_security_mode = "OFF", custom_auth_mode = "AUDIT" }
    web_acl                       = { arn = "arn:aws:wafv2:us-east-1:123456789012:global/webacl/a/b" }
    invite_message_template       = { email_message = "Hi {####}" }
    verification_message_template = { email_subject = "Verify\nthis" }
    lambda_triggers               = { custom_sms_sender = { arn = "arn:aws:lambda:eu-central-1:123456789012:function:sender" } }
  }

  expect_failures = [
    var.mfa_configuration, var.web_authn_configuration, var.user_pool_add_ons, var.web_acl, var.invite_message_template, var.verification_message_template,
    var.lambda_triggers,
  ]
}

run "no_such_verification" {
  command = plan

  variables {
    native_otp              = true
    web_authn_configuration = { relying_party_id = "example.com", user_verification = "discouraged" }
    user_pool_add_ons       = { advanced_security_mode = "AUDIT" }
    web_acl                 = { rate_limits = { sign_up = 9 } }
    invite_message_template = { email_subject = join("", [for i in range(15) : "0123456789"]) }
    lambda_triggers         = { kms_key_id = "arn:aws:kms:eu-central-1:123456789012:key/messages" }
  }

  expect_failures = [var.web_authn_configuration, var.user_pool_add_ons, var.web_acl, var.invite_message_template, var.lambda_triggers]
}

run "what_the_lite_plan_has_not" {
  command = plan

  variables {
    password_required       = true
    user_pool_tier          = "LITE"
    email                   = { from = "login@example.com", identity_arn = "arn:aws:ses:eu-central-1:123456789012:identity/example.com" }
    mfa_configuration       = "ON"
    email_mfa_configuration = {}
    web_acl                 = { rate_limits = { evaluation_window_sec = 90 } }
    lambda_triggers         = { pre_token_generation = { arn = "arn:aws:lambda:eu-central-1:123456789012:function:claims", version = "V3_0" } }
    password_policy         = { password_history_size = 3 }
  }

  expect_failures = [var.email_mfa_configuration, var.web_acl, var.lambda_triggers, var.password_policy]
}

run "factors_of_no_mfa" {
  command = plan

  variables {
    software_token_mfa_configuration = { enabled = true }
    web_acl                          = { rate_limits = { sign_in = 10.5 } }
    lambda_triggers = {
      custom_email_sender = { arn = "arn:aws:lambda:eu-central-1:123456789012:function:sender" }
      kms_key_id          = "arn:aws:kms:eu-central-1:123456789012:alias/messages"
    }
  }

  expect_failures = [var.software_token_mfa_configuration, var.web_acl, var.lambda_triggers]
}

run "mail_as_a_factor_of_no_mfa" {
  command = plan

  variables {
    email                   = { from = "login@example.com", identity_arn = "arn:aws:ses:eu-central-1:123456789012:identity/example.com" }
    email_mfa_configuration = {}
    lambda_triggers         = { pre_authentication = { arn = "arn:aws:lambda:eu-central-1:123456789012:function:gate:7" } }
  }

  expect_failures = [check.mail_as_a_factor, var.lambda_triggers]
}

run "no_factor_at_all" {
  command = plan

  variables {
    password_required   = true
    username_attributes = ["email"]
    email               = { from = "login@example.com", identity_arn = "arn:aws:ses:eu-central-1:123456789012:identity/example.com" }
    mfa_configuration   = "OPTIONAL"
  }

  expect_failures = [var.software_token_mfa_configuration]
}

run "mail_without_a_sender" {
  command = plan

  variables {
    password_required       = true
    mfa_configuration       = "OPTIONAL"
    email_mfa_configuration = {}
  }

  expect_failures = [var.email_mfa_configuration]
}

run "mail_without_the_code" {
  command = plan

  variables {
    password_required       = true
    mfa_configuration       = "OPTIONAL"
    email                   = { from = "login@example.com", identity_arn = "arn:aws:ses:eu-central-1:123456789012:identity/example.com" }
    email_mfa_configuration = { message = "Your code" }
  }

  expect_failures = [var.email_mfa_configuration]
}

run "a_subject_of_two_lines" {
  command = plan

  variables {
    password_required       = true
    mfa_configuration       = "OPTIONAL"
    email                   = { from = "login@example.com", identity_arn = "arn:aws:ses:eu-central-1:123456789012:identity/example.com" }
    email_mfa_configuration = { subject = "Your\ncode" }
  }

  expect_failures = [var.email_mfa_configuration]
}

################################################################################
# Mistakes in what threat protection does
################################################################################

run "a_client_that_there_is_not" {
  command = plan

  variables {
    user_pool_tier     = "PLUS"
    user_pool_add_ons  = { advanced_security_mode = "AUDIT", custom_auth_mode = "AUDIT" }
    risk_configuration = { web = { risk_exception_configuration = { skipped_ip_range_list = ["203.0.113.0/24"] } } }
  }

  expect_failures = [var.risk_configuration]
}

run "an_answer_to_what_nobody_looks_at" {
  command = plan

  variables {
    risk_configuration = { ALL = { risk_exception_configuration = { skipped_ip_range_list = ["203.0.113.0/24"] } } }
  }

  expect_failures = [var.risk_configuration]
}

run "an_empty_answer" {
  command = plan

  variables {
    user_pool_tier     = "PLUS"
    user_pool_add_ons  = { advanced_security_mode = "AUDIT", custom_auth_mode = "AUDIT" }
    risk_configuration = { ALL = {} }
  }

  expect_failures = [var.risk_configuration]
}

run "no_such_action" {
  command = plan

  variables {
    user_pool_tier     = "PLUS"
    email              = { identity_arn = "arn:aws:ses:eu-central-1:123456789012:identity/example.com" }
    user_pool_add_ons  = { advanced_security_mode = "AUDIT", custom_auth_mode = "AUDIT" }
    risk_configuration = { ALL = { account_takeover_risk_configuration = { actions = { high_action = { event_action = "REFUSE" } } } } }
  }

  expect_failures = [var.risk_configuration]
}

run "no_action_at_all" {
  command = plan

  variables {
    user_pool_tier     = "PLUS"
    email              = { identity_arn = "arn:aws:ses:eu-central-1:123456789012:identity/example.com" }
    user_pool_add_ons  = { advanced_security_mode = "AUDIT", custom_auth_mode = "AUDIT" }
    risk_configuration = { ALL = { account_takeover_risk_configuration = { actions = {} } } }
  }

  expect_failures = [var.risk_configuration]
}

run "a_factor_that_nobody_has" {
  command = plan

  variables {
    user_pool_tier     = "PLUS"
    email              = { identity_arn = "arn:aws:ses:eu-central-1:123456789012:identity/example.com" }
    user_pool_add_ons  = { advanced_security_mode = "AUDIT", custom_auth_mode = "AUDIT" }
    risk_configuration = { ALL = { account_takeover_risk_configuration = { actions = { low_action = { event_action = "MFA_REQUIRED" } } } } }
  }

  expect_failures = [var.risk_configuration]
}

run "nobody_to_tell_people" {
  command = plan

  variables {
    user_pool_tier     = "PLUS"
    user_pool_add_ons  = { advanced_security_mode = "AUDIT", custom_auth_mode = "AUDIT" }
    risk_configuration = { ALL = { account_takeover_risk_configuration = { actions = { low_action = { event_action = "BLOCK" } } } } }
  }

  expect_failures = [var.risk_configuration]
}

run "a_mail_of_five_letters" {
  command = plan

  variables {
    user_pool_tier    = "PLUS"
    user_pool_add_ons = { advanced_security_mode = "AUDIT", custom_auth_mode = "AUDIT" }
    risk_configuration = {
      ALL = {
        account_takeover_risk_configuration = {
          actions = { low_action = { event_action = "BLOCK" } }
          notify_configuration = {
            source_arn  = "arn:aws:ses:eu-central-1:123456789012:identity/example.com"
            block_email = { subject = "Blocked", html_body = "Sorry!", text_body = "Sorry" }
          }
        }
      }
    }
  }

  expect_failures = [var.risk_configuration]
}

run "no_such_answer_to_a_leaked_password" {
  command = plan

  variables {
    user_pool_tier     = "PLUS"
    user_pool_add_ons  = { advanced_security_mode = "AUDIT", custom_auth_mode = "AUDIT" }
    risk_configuration = { ALL = { compromised_credentials_risk_configuration = { actions = { event_action = "MFA_REQUIRED" } } } }
  }

  expect_failures = [var.risk_configuration]
}

run "no_such_event" {
  command = plan

  variables {
    user_pool_tier     = "PLUS"
    user_pool_add_ons  = { advanced_security_mode = "AUDIT", custom_auth_mode = "AUDIT" }
    risk_configuration = { app = { compromised_credentials_risk_configuration = { actions = { event_action = "BLOCK" }, event_filter = ["SIGN_OUT"] } } }
  }

  expect_failures = [var.risk_configuration]
}

run "an_address_that_is_no_range" {
  command = plan

  variables {
    user_pool_tier     = "PLUS"
    user_pool_add_ons  = { advanced_security_mode = "AUDIT", custom_auth_mode = "AUDIT" }
    risk_configuration = { ALL = { risk_exception_configuration = { blocked_ip_range_list = ["203.0.113.7"] } } }
  }

  expect_failures = [var.risk_configuration]
}

################################################################################
# Legal, and probably not what was meant
################################################################################

run "warnings" {
  command = plan

  variables {
    password_required = true
    user_pool_tier    = "PLUS"
    mfa_configuration = "OPTIONAL"
    user_pool_add_ons = { advanced_security_mode = "ENFORCED" }
  }

  expect_failures = [check.mfa, check.threat_protection]
}

run "a_setting_of_no_custom_authentication" {
  command = plan

  variables {
    native_otp        = true
    user_pool_tier    = "PLUS"
    user_pool_add_ons = { advanced_security_mode = "ENFORCED", custom_auth_mode = "AUDIT" }
    lambda_triggers   = { user_migration = { arn = "arn:aws:lambda:eu-central-1:123456789012:function:old-users" } }
  }

  expect_failures = [check.threat_protection, check.user_migration]
}

run "nothing_to_warn_of" {
  command = plan

  variables {
    password_required                = true
    user_pool_tier                   = "PLUS"
    mfa_configuration                = "ON"
    software_token_mfa_configuration = { enabled = true }
    user_pool_add_ons                = { advanced_security_mode = "ENFORCED", custom_auth_mode = "ENFORCED" }
    lambda_triggers                  = { user_migration = { arn = "arn:aws:lambda:eu-central-1:123456789012:function:old-users" } }
  }
}
