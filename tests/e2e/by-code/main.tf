# Sign-up that Cognito confirms by a code of its own, by SMS or e-mail: for the tests, not an example to copy.

# Region and credentials come from the environment or the AWS configuration, as does AWS_ENDPOINT_URL.
provider "aws" {}

resource "aws_sesv2_email_identity" "sender" {
  email_identity = "codes@example.com"
}

resource "aws_lambda_function" "told" {
  function_name    = "${var.name}-told"
  role             = aws_iam_role.told.arn
  handler          = "hooks.told"
  filename         = "${path.module}/../everything/hooks.zip"
  source_code_hash = filebase64sha256("${path.module}/../everything/hooks.zip")
  runtime          = "python3.13"
}

resource "aws_iam_role" "told" {
  name = "${var.name}-told"

  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy" "told" {
  name = "logs"
  role = aws_iam_role.told.name

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"], Resource = ["*"] }]
  })
}

module "cognito_otp" {
  source = "../../.."

  name                = var.name
  deletion_protection = "INACTIVE"

  username_attributes = ["phone_number", "email"]

  sign_up  = { confirmation = "code" }
  hooks    = { activated = aws_lambda_function.told.arn }
  delivery = { channels = ["sms", "email"], app_name = "By Code" }

  email = {
    from         = "By Code <codes@example.com>"
    identity_arn = aws_sesv2_email_identity.sender.arn
  }

  messages = {
    da = { sms = "{code} er koden til {app_name}." }
  }
}
