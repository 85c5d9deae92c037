# People choose a username and can also sign in with their e-mail address or phone number once it is verified. Codes go out by SMS.

# Region and credentials come from the environment or the AWS configuration, as does AWS_ENDPOINT_URL.
provider "aws" {}

module "cognito_otp" {
  source = "../.."

  name                = var.name
  deletion_protection = var.deletion_protection

  alias_attributes = ["email", "phone_number"]

  delivery = { channels = ["sms"] }
}
