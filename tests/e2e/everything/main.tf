# The module with everything on that can be on at once: for the tests, not an example to copy.

# Region and credentials come from the environment or the AWS configuration, as does AWS_ENDPOINT_URL.
provider "aws" {}

resource "aws_sesv2_email_identity" "sender" {
  email_identity = "codes@example.com"
}

resource "aws_cloudwatch_event_bus" "undelivered" {
  name = "${var.name}-undelivered"
}

resource "aws_sns_topic" "alarms" {
  name = "${var.name}-alarms"
}

resource "aws_lambda_function" "hook" {
  for_each = toset(["asked", "told"])

  function_name    = "${var.name}-${each.key}"
  role             = aws_iam_role.hook.arn
  handler          = "hooks.${each.key}"
  filename         = "${path.module}/hooks.zip"
  source_code_hash = filebase64sha256("${path.module}/hooks.zip")
  runtime          = "python3.13"
}

resource "aws_iam_role" "hook" {
  name = "${var.name}-hook"

  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy" "hook" {
  name = "logs"
  role = aws_iam_role.hook.name

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"], Resource = ["*"] }]
  })
}

module "cognito_otp" {
  source = "../../.."

  name                = var.name
  deletion_protection = "INACTIVE"

  username_attributes = ["phone_number"]

  clients = {
    app = {}
    web = {
      allowed_oauth_flows    = ["code"]
      allowed_oauth_scopes   = ["openid", "email", "https://api.example.com/orders.read"]
      callback_urls          = ["https://everything.example.com/in"]
      logout_urls            = ["https://everything.example.com/out"]
      default_redirect_uri   = "https://everything.example.com/in"
      refresh_token_rotation = { retry_grace_period_seconds = 10 }
    }
    job = {
      generate_secret                               = true
      enable_propagate_additional_user_context_data = true
      allowed_oauth_flows                           = ["client_credentials"]
      allowed_oauth_scopes                          = ["https://api.example.com/orders.read"]
    }
  }

  domain = {
    domain           = var.name
    ui_customization = { ALL = { css = ".logo-customizable { max-width: 60%; }" }, web = { css = ".banner-customizable { background: black; }" } }
  }

  identity_providers = {
    Facebook = {
      provider_type    = "Facebook"
      provider_details = { client_id = "f", client_secret = sensitive("secret"), authorize_scopes = "public_profile, email", api_version = "v17.0" }
    }
    Google = {
      provider_type     = "Google"
      provider_details  = { client_id = "g", client_secret = sensitive("secret"), authorize_scopes = "openid email profile" }
      attribute_mapping = { email = "email", email_verified = "email_verified", name = "name", picture = "picture" }
    }
    LoginWithAmazon = {
      provider_type    = "LoginWithAmazon"
      provider_details = { client_id = "a", client_secret = sensitive("secret"), authorize_scopes = "profile" }
    }
    Office = {
      provider_type    = "SAML"
      provider_details = { MetadataURL = "https://login.example.com/metadata" }
    }
    SignInWithApple = {
      provider_type    = "SignInWithApple"
      provider_details = { client_id = "c", team_id = "t", key_id = "k", private_key = sensitive("secret"), authorize_scopes = "email name" }
    }
    Work = {
      provider_type = "OIDC"
      provider_details = {
        attributes_request_method = "GET"
        authorize_scopes          = "openid email"
        authorize_url             = "https://id.example.com/authorize"
        client_id                 = "o"
        client_secret             = sensitive("secret")
        oidc_issuer               = "https://id.example.com"
        token_url                 = "https://id.example.com/token"
      }
      attribute_mapping = { email = "email", email_verified = "email_verified", locale = "locale" }
      idp_identifiers   = ["example.com"]
    }
  }

  resource_servers = { "https://api.example.com" = { scopes = { "orders.read" = "Read orders", "orders.write" = "Change orders" } } }
  groups           = { admins = { description = "Who may do everything", precedence = 1, role_arn = aws_iam_role.hook.arn }, readers = {} }

  sign_up = { max_per_hour = 1000 }
  otp     = { show_destination = true }
  limits  = { max_messages_per_hour = 1000 }
  hooks   = { pre_sign_up = aws_lambda_function.hook["asked"].arn, activated = aws_lambda_function.hook["told"].arn }

  fraud = {
    mode              = "deny"
    hourly_floor      = 1
    daily_floor       = 1
    allowed_countries = ["US", "GB", "DE", "FR"]
    blocked_countries = ["FR"]

    # Most people of the tests; some of them type no code.
    country_overrides = { US = { mode = "record_only" } }
  }

  delivery = {
    channels                = ["sms", "email"]
    sms_provider            = "end_user_messaging"
    failure_destination_arn = aws_cloudwatch_event_bus.undelivered.arn
    app_name                = "Everything"
  }

  sms = {
    origination_identity     = "pool-0123456789abcdef0123456789abcdef"
    configuration_set        = "codes"
    protect_configuration_id = "protect-1"
    max_price_usd            = 0.5
    feedback                 = true
    web_otp_domain           = "login.example.com"
    android_app_hash         = "FA+9qCX9VSu"
  }

  email = {
    from              = "Everything <codes@example.com>"
    identity_arn      = aws_sesv2_email_identity.sender.arn
    reply_to          = "help@example.com"
    configuration_set = "codes"
  }

  messages = {
    fr = {
      sms           = "{code} : votre code {app_name}."
      email_subject = "Votre code {app_name}"
      email_text    = "{code}\n\nVotre code {app_name}, pour {minutes} minutes."
    }
  }

  test_numbers = {
    codes = { "+447700900123" = "493817" }
    until = "2099-01-01T00:00:00Z"
  }

  maintenance = { deletions_from_cloudtrail = true }
  monitoring  = { alarms = { sns_topic_arn = aws_sns_topic.alarms.arn, delivery_failures = 1, pumping = 1 } }

  user_table = {
    key_name            = "userId"
    attribute_map       = { created_at = "createdAt", updated_at = "updatedAt", phone_number = "shared", locale = "language", owner = "owner" }
    constant_attributes = { __typename = "User" }
    indexes             = ["email", "phone_number"]
    stream              = "NEW_AND_OLD_IMAGES"
  }
}
