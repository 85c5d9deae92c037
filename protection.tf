# Threat protection's answers to a risk, and the web firewall in front of the pool's public API.

resource "aws_cognito_risk_configuration" "this" {
  for_each = { for client, risk in var.risk_configuration : client => risk if var.create }

  user_pool_id = aws_cognito_user_pool.this[0].id
  client_id    = each.key == "ALL" ? null : aws_cognito_user_pool_client.this[each.key].id

  dynamic "account_takeover_risk_configuration" {
    for_each = each.value.account_takeover_risk_configuration[*]

    content {
      actions {
        dynamic "low_action" {
          for_each = account_takeover_risk_configuration.value.actions.low_action[*]

          content {
            event_action = low_action.value.event_action
            notify       = low_action.value.notify
          }
        }

        dynamic "medium_action" {
          for_each = account_takeover_risk_configuration.value.actions.medium_action[*]

          content {
            event_action = medium_action.value.event_action
            notify       = medium_action.value.notify
          }
        }

        dynamic "high_action" {
          for_each = account_takeover_risk_configuration.value.actions.high_action[*]

          content {
            event_action = high_action.value.event_action
            notify       = high_action.value.notify
          }
        }
      }

      dynamic "notify_configuration" {
        for_each = account_takeover_risk_configuration.value.notify_configuration[*]

        content {
          source_arn = notify_configuration.value.source_arn == null ? var.email.identity_arn : notify_configuration.value.source_arn
          from       = notify_configuration.value.from == null ? var.email.from : notify_configuration.value.from
          reply_to   = notify_configuration.value.reply_to == null ? var.email.reply_to : notify_configuration.value.reply_to

          dynamic "block_email" {
            for_each = notify_configuration.value.block_email[*]

            content {
              subject   = block_email.value.subject
              html_body = block_email.value.html_body
              text_body = block_email.value.text_body
            }
          }

          dynamic "mfa_email" {
            for_each = notify_configuration.value.mfa_email[*]

            content {
              subject   = mfa_email.value.subject
              html_body = mfa_email.value.html_body
              text_body = mfa_email.value.text_body
            }
          }

          dynamic "no_action_email" {
            for_each = notify_configuration.value.no_action_email[*]

            content {
              subject   = no_action_email.value.subject
              html_body = no_action_email.value.html_body
              text_body = no_action_email.value.text_body
            }
          }
        }
      }
    }
  }

  dynamic "compromised_credentials_risk_configuration" {
    for_each = each.value.compromised_credentials_risk_configuration[*]

    content {
      event_filter = compromised_credentials_risk_configuration.value.event_filter

      actions {
        event_action = compromised_credentials_risk_configuration.value.actions.event_action
      }
    }
  }

  dynamic "risk_exception_configuration" {
    for_each = each.value.risk_exception_configuration[*]

    content {
      blocked_ip_range_list = risk_exception_configuration.value.blocked_ip_range_list
      skipped_ip_range_list = risk_exception_configuration.value.skipped_ip_range_list
    }
  }
}

################################################################################
# Web firewall
################################################################################

locals {
  rate_limits = try(var.web_acl.rate_limits, null)

  # WAF sees the headers of a call of the API and not its body: the operation is all that tells a sign-up from a sign-in.
  rate_rules = local.rate_limits == null ? {} : {
    sign_up = { priority = 1, limit = local.rate_limits.sign_up, operations = "SignUp|ConfirmSignUp|ResendConfirmationCode" }
    sign_in = {
      priority   = 2
      limit      = local.rate_limits.sign_in
      operations = "InitiateAuth|RespondToAuthChallenge|ForgotPassword|ConfirmForgotPassword"
    }
  }
}

resource "aws_wafv2_web_acl" "this" {
  #checkov:skip=CKV_AWS_192:the pool runs no Java of the caller's; managed rule groups cost extra and belong into a web ACL of the caller's
  #checkov:skip=CKV2_AWS_31:whether and where requests are logged is the caller's choice, by aws_wafv2_web_acl_logging_configuration with web_acl_arn
  count = var.create && local.rate_limits != null ? 1 : 0

  name        = var.name
  description = "Requests per IP address to the user pool ${var.name}"
  scope       = "REGIONAL"
  tags        = var.tags

  default_action {
    allow {}
  }

  dynamic "rule" {
    for_each = local.rate_rules

    content {
      name     = rule.key
      priority = rule.value.priority

      action {
        block {}
      }

      statement {
        rate_based_statement {
          aggregate_key_type    = "IP"
          limit                 = rule.value.limit
          evaluation_window_sec = local.rate_limits.evaluation_window_sec

          scope_down_statement {
            or_statement {
              # The client's header ("AWSCognitoIdentityProviderService.SignUp"), and the one that Cognito adds ("SignUp").
              dynamic "statement" {
                for_each = ["x-amz-target", "x-amzn-cognito-operation-name"]

                content {
                  regex_match_statement {
                    regex_string = "^([A-Za-z0-9_]+\\.)?(${rule.value.operations})$"

                    field_to_match {
                      single_header {
                        name = statement.value
                      }
                    }

                    text_transformation {
                      priority = 0
                      type     = "NONE"
                    }
                  }
                }
              }
            }
          }
        }
      }

      visibility_config {
        cloudwatch_metrics_enabled = true
        metric_name                = "${var.name}-${rule.key}"
        sampled_requests_enabled   = true
      }
    }
  }

  visibility_config {
    cloudwatch_metrics_enabled = true
    metric_name                = var.name
    sampled_requests_enabled   = true
  }
}

resource "aws_wafv2_web_acl_association" "this" {
  count = var.create && var.web_acl != null ? 1 : 0

  resource_arn = aws_cognito_user_pool.this[0].arn
  web_acl_arn  = local.rate_limits == null ? var.web_acl.arn : aws_wafv2_web_acl.this[0].arn

  lifecycle {
    precondition {
      condition     = local.rate_limits != null ? true : split(":", var.web_acl.arn)[3] == local.region
      error_message = "web_acl.arn is a web ACL in another region than the pool (${local.region}): make one in this region too, and set its ARN."
    }
  }
}

################################################################################
# Legal, and probably not what was meant
################################################################################

check "mfa" {
  assert {
    # Whoever has the phone has the code anyway.
    condition = var.mfa_configuration == "OFF" || !var.password_required || anytrue([
      try(var.software_token_mfa_configuration.enabled, false), !contains(local.channels, "sms"), local.mails_factor && !contains(local.channels, "email"),
    ])
    error_message = "mfa_configuration has no factor but those that codes go to anyway (delivery.channels): it proves nothing more, and costs a second message. Write software_token_mfa_configuration = { enabled = true }, or mfa_configuration = \"OFF\"."
  }
}

check "pages_beside_the_firewall" {
  assert {
    condition = local.rate_limits == null || !anytrue([
      for client in values(local.clients) : contains(client.supported_identity_providers, "COGNITO")
    ])
    error_message = "web_acl.rate_limits counts calls of the API, and a client shows Cognito's own pages, on which people sign up and ask for codes too, uncounted: make a web ACL of yours with rules for the pages' paths as well, and write web_acl = { arn = ... }."
  }
}

check "mail_as_a_factor" {
  assert {
    condition     = var.email_mfa_configuration == null || var.mfa_configuration != "OFF"
    error_message = "email_mfa_configuration is no factor yet with mfa_configuration = \"OFF\": set mfa_configuration = \"OPTIONAL\" or \"ON\" when this is applied, or leave email_mfa_configuration out."
  }
}

check "threat_protection" {
  assert {
    condition     = try(var.user_pool_add_ons.advanced_security_mode, "OFF") == "OFF" || var.native_otp || try(var.user_pool_add_ons.custom_auth_mode, null) != null
    error_message = "user_pool_add_ons.custom_auth_mode is not set, so threat protection does not look at sign-ins by the module's codes, which is how everybody signs in here: set it to \"AUDIT\" or \"ENFORCED\"."
  }

  assert {
    condition     = !var.native_otp || try(var.user_pool_add_ons.custom_auth_mode, null) == null
    error_message = "user_pool_add_ons.custom_auth_mode has no effect with native_otp, which is no custom authentication: leave it out."
  }
}
