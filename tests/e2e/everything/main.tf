# The module with everything on that can be on at once: for the tests, not an example to copy.

# Region and credentials come from the environment or the AWS configuration, as does AWS_ENDPOINT_URL.
provider "aws" {}

resource "aws_sesv2_email_identity" "sender" {
  email_identity = "codes@example.com"
}

resource "aws_cloudwatch_event_bus" "undelivered" {
  name = "${var.name}-undelivered"
}

module "cognito_otp" {
  source = "../../.."

  name                = var.name
  deletion_protection = "INACTIVE"

  username_attributes = ["phone_number"]

  sign_up = { max_per_hour = 1000 }
  otp     = { show_destination = true }
  limits  = { max_messages_per_hour = 1000 }

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
  user_table = {
    key_name            = "userId"
    attribute_map       = { created_at = "createdAt", updated_at = "updatedAt", phone_number = "shared", locale = "language", owner = "owner" }
    constant_attributes = { __typename = "User" }
    indexes             = ["email", "phone_number"]
    stream              = "NEW_AND_OLD_IMAGES"
  }
}
