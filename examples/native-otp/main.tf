# Sign-up and sign-in by phone number and Cognito's own one-time passwords: no code of this module's, no challenge functions.

# Region and credentials come from the environment or the AWS configuration, as does AWS_ENDPOINT_URL.
provider "aws" {}

module "cognito_otp" {
  source = "../.."

  name                = var.name
  deletion_protection = var.deletion_protection

  native_otp     = true
  user_pool_tier = "ESSENTIALS" # or "PLUS"; "LITE" has no one-time passwords
}
