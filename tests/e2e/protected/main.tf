# The module with Cognito's own factors, threat protection, a web firewall and a trigger of the caller's: for the tests, not an example
# to copy.

# Region and credentials come from the environment or the AWS configuration, as does AWS_ENDPOINT_URL.
provider "aws" {}

resource "aws_sesv2_email_identity" "sender" {
  email_identity = "codes@example.com"
}

resource "aws_lambda_function" "claims" {
  function_name    = "${var.name}-claims"
  role             = aws_iam_role.claims.arn
  handler          = "claims.handler"
  filename         = "${path.module}/claims.zip"
  source_code_hash = filebase64sha256("${path.module}/claims.zip")
  runtime          = "python3.13"
  publish          = true
}

resource "aws_lambda_alias" "live" {
  name             = "live"
  function_name    = aws_lambda_function.claims.function_name
  function_version = aws_lambda_function.claims.version
}

resource "aws_iam_role" "claims" {
  name = "${var.name}-claims"

  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy" "claims" {
  name = "logs"
  role = aws_iam_role.claims.name

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"], Resource = ["*"] }]
  })
}

module "cognito_otp" {
  source = "../../.."

  name                = var.name
  deletion_protection = "INACTIVE"

  native_otp     = true
  user_pool_tier = "PLUS"
  delivery       = { channels = ["sms", "email"] }
  email          = { from = "Protected <codes@example.com>", identity_arn = aws_sesv2_email_identity.sender.arn }

  clients         = { app = {}, web = {} }
  password_policy = { password_history_size = 3 }

  mfa_configuration                = "OPTIONAL"
  software_token_mfa_configuration = { enabled = true }
  email_mfa_configuration          = {}
  web_authn_configuration          = { relying_party_id = "login.example.com", user_verification = "required" }

  user_pool_add_ons = { advanced_security_mode = "ENFORCED" }

  risk_configuration = {
    ALL = {
      compromised_credentials_risk_configuration = { actions = { event_action = "BLOCK" } }
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
          block_email = { subject = "Blocked", html_body = "<p>A sign-in was blocked.</p>", text_body = "A sign-in was blocked." }
        }
      }
    }
  }

  web_acl = { rate_limits = {} }

  invite_message_template       = { sms_message = "Hi {username}, your password is {####}", email_subject = "Welcome", email_message = "Hi {username}, your password is {####}" }
  verification_message_template = { email_subject = "Verify", email_message = "It is {####}." }

  lambda_triggers = {
    pre_token_generation = var.claims ? { arn = aws_lambda_alias.live.arn, version = "V2_0" } : null
    pre_authentication   = { arn = aws_lambda_function.claims.arn }
  }
}
