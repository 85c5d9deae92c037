# Sign-up and sign-in by e-mail address and a code sent by e-mail: the e-mail address is the username.

# Region and credentials come from the environment or the AWS configuration, as does AWS_ENDPOINT_URL.
provider "aws" {}

# An identity that you have (a whole domain, better) can stand in its place: then set identity_arn to its ARN.
resource "aws_sesv2_email_identity" "login" {
  email_identity = var.email_from
}

# A code must not travel in the clear: a mail server without TLS gets none.
resource "aws_sesv2_configuration_set" "login" {
  configuration_set_name = var.name

  delivery_options {
    tls_policy = "REQUIRE"
  }
}

module "cognito_otp" {
  source = "../.."

  name                = var.name
  deletion_protection = var.deletion_protection

  username_attributes = ["email"]

  delivery = {
    app_name = "Example" # what messages call you
  }

  email = {
    from              = var.email_from
    reply_to          = var.email_reply_to
    identity_arn      = aws_sesv2_email_identity.login.arn
    configuration_set = aws_sesv2_configuration_set.login.configuration_set_name
  }
}
