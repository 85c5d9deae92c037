# Sign-up and sign-in by phone number and a code sent by SMS. The module's defaults: the phone number is the username.

# Region and credentials come from the environment or the AWS configuration, as does AWS_ENDPOINT_URL.
provider "aws" {}

module "cognito_otp" {
  source = "../.."

  name                = var.name
  deletion_protection = var.deletion_protection
}
