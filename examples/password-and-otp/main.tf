# Sign-in by password and then a code sent by SMS: two factors. The phone number is the username.

# Region and credentials come from the environment or the AWS configuration, as does AWS_ENDPOINT_URL.
provider "aws" {}

module "cognito_otp" {
  source = "../.."

  name                = var.name
  deletion_protection = var.deletion_protection

  password_required = true

  # People choose these and type them: length is what counts, and the code stands beside it.
  password_policy = { minimum_length = 12 }
}
