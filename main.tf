# The user pool and its clients.

locals {
  way_out = "put the inputs back, or start with an empty pool: with the inputs as they were, apply deletion_protection = \"INACTIVE\"; then change them and raise pool_generation to ${var.pool_generation + 1}, which replaces the pool with its identities and auth-state tables. Every user in it is lost."

  pool_identity = "name \"${var.name}\", username_attributes [${join(", ", local.username_attributes)}], alias_attributes [${join(", ", local.alias_attributes)}], case_sensitive ${var.case_sensitive}"
}

# A change of its input replaces what names it in replace_triggered_by.
resource "terraform_data" "pool_generation" {
  count = var.create ? 1 : 0

  input = var.pool_generation
}

resource "aws_cognito_user_pool" "this" {
  count = var.create ? 1 : 0

  name                = var.name
  user_pool_tier      = var.user_pool_tier
  deletion_protection = var.deletion_protection
  tags                = var.tags

  # Null where there is none: the provider takes an empty list for a change.
  username_attributes      = length(local.username_attributes) > 0 ? local.username_attributes : null
  alias_attributes         = length(local.alias_attributes) > 0 ? local.alias_attributes : null
  auto_verified_attributes = length(local.verified_attributes) > 0 ? local.verified_attributes : null

  # A pool without this block is case-sensitive for ever.
  username_configuration {
    case_sensitive = var.case_sensitive
  }

  dynamic "user_attribute_update_settings" {
    for_each = length(local.verified_attributes) > 0 ? [local.verified_attributes] : []

    content {
      attributes_require_verification_before_update = user_attribute_update_settings.value
    }
  }

  admin_create_user_config {
    allow_admin_create_user_only = !var.sign_up.self_service

    dynamic "invite_message_template" {
      for_each = var.invite_message_template[*]

      content {
        # All of them, for the provider sends an empty text for what is left out. Cognito's own words otherwise.
        sms_message   = coalesce(invite_message_template.value.sms_message, "Your username is {username} and temporary password is {####}.")
        email_subject = coalesce(invite_message_template.value.email_subject, "Your temporary password")
        email_message = coalesce(invite_message_template.value.email_message, "Your username is {username} and temporary password is {####}.")
      }
    }
  }

  dynamic "verification_message_template" {
    for_each = var.verification_message_template[*]

    content {
      default_email_option = "CONFIRM_WITH_CODE"
      email_subject        = verification_message_template.value.email_subject
      email_message        = verification_message_template.value.email_message
    }
  }

  # Whoever receives a code of Cognito's own could set a password with it.
  account_recovery_setting {
    recovery_mechanism {
      name     = local.recovery_by_email ? "verified_email" : "admin_only"
      priority = 1
    }
  }

  dynamic "sign_in_policy" {
    for_each = var.native_otp ? [local.first_factors] : []

    content {
      allowed_first_auth_factors = sign_in_policy.value
    }
  }

  dynamic "email_configuration" {
    for_each = local.mails_by_ses ? [var.email] : []

    content {
      email_sending_account  = "DEVELOPER"
      source_arn             = email_configuration.value.identity_arn
      from_email_address     = email_configuration.value.from
      reply_to_email_address = email_configuration.value.reply_to
      configuration_set      = email_configuration.value.configuration_set
    }
  }

  dynamic "schema" {
    for_each = var.schema

    content {
      name                     = schema.key
      attribute_data_type      = schema.value.attribute_data_type
      mutable                  = schema.value.mutable
      required                 = schema.value.required
      developer_only_attribute = false

      # Always there, for Cognito answers with it: without it the provider sees a change that cannot be made. A standard attribute's has
      # bounds of its own.
      dynamic "string_attribute_constraints" {
        for_each = schema.value.attribute_data_type == "String" ? [local.is_standard[schema.key]] : []

        content {
          min_length = try(coalesce(schema.value.min_length, string_attribute_constraints.value ? schema.key == "birthdate" ? 10 : 0 : null), null)
          max_length = try(coalesce(schema.value.max_length, string_attribute_constraints.value ? schema.key == "birthdate" ? 10 : 2048 : null), null)
        }
      }

      dynamic "number_attribute_constraints" {
        for_each = schema.value.attribute_data_type == "Number" ? [schema.value] : []

        content {
          min_value = number_attribute_constraints.value.min_value
          max_value = number_attribute_constraints.value.max_value
        }
      }
    }
  }

  mfa_configuration = var.mfa_configuration

  dynamic "software_token_mfa_configuration" {
    for_each = [for token in var.software_token_mfa_configuration[*] : token if var.mfa_configuration != "OFF"]

    content {
      enabled = software_token_mfa_configuration.value.enabled
    }
  }

  dynamic "email_mfa_configuration" {
    for_each = [for mail in var.email_mfa_configuration[*] : mail if var.mfa_configuration != "OFF"]

    # Never empty: the provider takes an empty block for none.
    content {
      message = coalesce(email_mfa_configuration.value.message, "{####} is your ${local.app_name} code.")
      subject = coalesce(email_mfa_configuration.value.subject, "Your ${local.app_name} code")
    }
  }

  dynamic "web_authn_configuration" {
    for_each = var.web_authn_configuration[*]

    content {
      relying_party_id  = web_authn_configuration.value.relying_party_id
      user_verification = web_authn_configuration.value.user_verification
    }
  }

  dynamic "user_pool_add_ons" {
    for_each = var.user_pool_add_ons[*]

    content {
      advanced_security_mode = user_pool_add_ons.value.advanced_security_mode

      dynamic "advanced_security_additional_flows" {
        for_each = user_pool_add_ons.value.custom_auth_mode[*]

        content {
          custom_auth_mode = advanced_security_additional_flows.value
        }
      }
    }
  }

  password_policy {
    minimum_length                   = var.password_policy.minimum_length
    require_lowercase                = var.password_policy.require_lowercase
    require_uppercase                = var.password_policy.require_uppercase
    require_numbers                  = var.password_policy.require_numbers
    require_symbols                  = var.password_policy.require_symbols
    temporary_password_validity_days = var.password_policy.temporary_password_validity_days
    password_history_size            = var.password_policy.password_history_size
  }

  lambda_config {
    pre_sign_up                    = local.invoked_arns["sign_up"]
    post_confirmation              = local.invoked_arns["sign_up"]
    custom_message                 = local.invoked_arns["sign_up"]
    define_auth_challenge          = var.native_otp ? null : local.invoked_arns["sign_in"]
    create_auth_challenge          = var.native_otp ? null : local.invoked_arns["sign_in"]
    verify_auth_challenge_response = var.native_otp ? null : local.invoked_arns["sign_in"]
    post_authentication            = local.invoked_arns[var.native_otp ? "sign_up" : "sign_in"]

    pre_authentication = try(var.lambda_triggers.pre_authentication.arn, null)
    user_migration     = try(var.lambda_triggers.user_migration.arn, null)
    kms_key_id         = var.lambda_triggers.kms_key_id

    dynamic "pre_token_generation_config" {
      for_each = var.lambda_triggers.pre_token_generation[*]

      content {
        lambda_arn     = pre_token_generation_config.value.arn
        lambda_version = pre_token_generation_config.value.version
      }
    }

    dynamic "custom_sms_sender" {
      for_each = var.lambda_triggers.custom_sms_sender[*]

      content {
        lambda_arn     = custom_sms_sender.value.arn
        lambda_version = "V1_0"
      }
    }

    dynamic "custom_email_sender" {
      for_each = var.lambda_triggers.custom_email_sender[*]

      content {
        lambda_arn     = custom_email_sender.value.arn
        lambda_version = "V1_0"
      }
    }
  }

  dynamic "sms_configuration" {
    for_each = aws_iam_role.sms

    content {
      external_id    = local.sms_external_id
      sns_caller_arn = sms_configuration.value.arn
      sns_region     = var.sms.region
    }
  }

  lifecycle {
    # Cognito cannot change these; to change them Terraform would replace the pool, and lose its users.
    ignore_changes       = [name, alias_attributes, username_attributes, username_configuration]
    replace_triggered_by = [terraform_data.pool_generation[count.index]]

    postcondition {
      condition = (
        self.name == var.name
        && join(",", sort(self.username_attributes == null ? [] : tolist(self.username_attributes))) == join(",", local.username_attributes)
        && join(",", sort(self.alias_attributes == null ? [] : tolist(self.alias_attributes))) == join(",", local.alias_attributes)
        && coalesce(one(self.username_configuration[*].case_sensitive), true) == var.case_sensitive
      )
      error_message = "The user pool has name \"${self.name}\", username_attributes [${join(", ", sort(self.username_attributes == null ? [] : tolist(self.username_attributes)))}], alias_attributes [${join(", ", sort(self.alias_attributes == null ? [] : tolist(self.alias_attributes)))}], case_sensitive ${coalesce(one(self.username_configuration[*].case_sensitive), true)}; the inputs ask for ${local.pool_identity}. Cognito cannot change these: ${local.way_out}"
    }

    postcondition {
      # The provider leaves this trigger as it is where none is named, and so with a permission that is gone: nobody could sign in.
      condition = var.lambda_triggers.pre_token_generation != null || alltrue([
        for triggers in self.lambda_config :
        length(triggers.pre_token_generation_config) == 0 && !startswith(coalesce(triggers.pre_token_generation, "none"), "arn:")
      ])
      error_message = "The user pool has a pre token generation trigger, lambda_triggers.pre_token_generation is not set, and the provider cannot take such a trigger away. Take it away in the Cognito console (Extensions) and apply again, or set lambda_triggers.pre_token_generation, if need be to a function that returns the event as it is."
    }
  }

  # Cognito tries the SMS role when the pool is made.
  depends_on = [aws_iam_role_policy.sms]
}

resource "aws_cognito_user_pool_client" "this" {
  for_each = { for name, client in local.clients : name => client if var.create }

  name         = each.key
  user_pool_id = aws_cognito_user_pool.this[0].id
  # Not false: an imported client has none in its state, and would be replaced.
  generate_secret = each.value.generate_secret ? true : null

  # No password, SRP or USER_AUTH: who signed up as a stranger's number holds a password for it. CUSTOM_AUTH brings its own SRP where
  # password_required; native_otp is USER_AUTH by nature. Never empty, which Cognito takes for SRP. Rotation excludes the old way to refresh.
  explicit_auth_flows = concat(
    [var.native_otp ? "ALLOW_USER_AUTH" : "ALLOW_CUSTOM_AUTH"],
    each.value.refresh_token_rotation == null ? ["ALLOW_REFRESH_TOKEN_AUTH"] : [],
  )
  prevent_user_existence_errors                 = "ENABLED"
  enable_token_revocation                       = true
  enable_propagate_additional_user_context_data = each.value.enable_propagate_additional_user_context_data

  # Empty and not null: null would leave a client what it had, and names of providers and scopes that are gone would stop it from changing.
  # The addresses cannot be emptied, since a default among them cannot; without flows Cognito takes no notice of them.
  allowed_oauth_flows_user_pool_client = length(each.value.allowed_oauth_flows) > 0
  allowed_oauth_flows                  = each.value.allowed_oauth_flows
  allowed_oauth_scopes                 = each.value.allowed_oauth_scopes
  supported_identity_providers         = each.value.supported_identity_providers
  callback_urls                        = length(each.value.callback_urls) > 0 ? each.value.callback_urls : null
  logout_urls                          = length(each.value.allowed_oauth_flows) > 0 ? each.value.logout_urls : null
  default_redirect_uri                 = each.value.default_redirect_uri

  dynamic "refresh_token_rotation" {
    for_each = each.value.refresh_token_rotation[*]

    content {
      feature                    = "ENABLED"
      retry_grace_period_seconds = refresh_token_rotation.value.retry_grace_period_seconds
    }
  }

  auth_session_validity  = each.value.auth_session_validity
  access_token_validity  = each.value.access_token_validity
  id_token_validity      = each.value.id_token_validity
  refresh_token_validity = each.value.refresh_token_validity

  token_validity_units {
    access_token  = "minutes"
    id_token      = "minutes"
    refresh_token = "days"
  }

  read_attributes  = each.value.read_attributes
  write_attributes = each.value.write_attributes

  lifecycle {
    postcondition {
      # The provider sends what it had where none is named.
      condition     = length(each.value.allowed_oauth_flows) == 0 || contains(concat(["", null], tolist(self.callback_urls == null ? [] : self.callback_urls)), self.default_redirect_uri)
      error_message = "clients[\"${each.key}\"].default_redirect_uri was \"${self.default_redirect_uri == null ? "" : self.default_redirect_uri}\", which is no longer in callback_urls, and the provider cannot clear it: set default_redirect_uri to one of callback_urls."
    }
  }

  # Cognito refuses names of providers, and scopes, that it does not have yet.
  depends_on = [aws_cognito_identity_provider.this, aws_cognito_resource_server.this]
}
