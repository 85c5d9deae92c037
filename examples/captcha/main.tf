# Sign-up by phone number for people who have solved a captcha: the module asks a function of yours, and it asks Cloudflare Turnstile.

# Region and credentials come from the environment or the AWS configuration, as does AWS_ENDPOINT_URL.
provider "aws" {}

module "cognito_otp" {
  source = "../.."

  name                = var.name
  deletion_protection = var.deletion_protection

  hooks = {
    pre_sign_up = aws_lambda_function.captcha.arn
  }
}

################################################################################
# The function. It knows nothing of the pool; the module lets its sign_up function invoke it.
################################################################################

resource "aws_lambda_function" "captcha" {
  #checkov:skip=CKV_AWS_50:Left out of the example; the log tells how long a call took
  #checkov:skip=CKV_AWS_115:A limit would be one to sign-ups
  #checkov:skip=CKV_AWS_116:It is invoked synchronously
  #checkov:skip=CKV_AWS_117:It talks to Turnstile on the internet
  #checkov:skip=CKV_AWS_272:The zip lies beside its source, one file
  #checkov:skip=CKV_AWS_173:The secret is a parameter; the variables hold its name

  function_name    = "${var.name}-captcha"
  description      = "Asks Turnstile about people who sign up to the user pool ${var.name}"
  role             = aws_iam_role.captcha.arn
  handler          = "captcha.handler"
  filename         = "${path.module}/captcha.zip"
  source_code_hash = filebase64sha256("${path.module}/captcha.zip")
  runtime          = "python3.13"
  architectures    = ["arm64"]
  # A cold start has to end in time too, and processor time comes with memory.
  memory_size = 1024
  timeout     = 3

  environment {
    variables = {
      SITEVERIFY_URL   = var.siteverify_url
      SECRET_PARAMETER = aws_ssm_parameter.secret.name
      # Another secret starts new environments, which read it.
      SECRET_VERSION = aws_ssm_parameter.secret.version
    }
  }

  logging_config {
    log_format = "JSON"
    log_group  = aws_cloudwatch_log_group.captcha.name
  }

  depends_on = [aws_iam_role_policy.captcha]
}

# The function's environment shows its name only. Terraform's state holds the value: keep the state where few can read it.
resource "aws_ssm_parameter" "secret" {
  #checkov:skip=CKV_AWS_337:The account's own key for SSM encrypts it, without a key policy to keep

  name        = "/${var.name}/turnstile-secret"
  description = "Secret key of the Turnstile widget"
  type        = "SecureString"
  value       = var.turnstile_secret
}

resource "aws_cloudwatch_log_group" "captcha" {
  #checkov:skip=CKV_AWS_158:CloudWatch's own key encrypts it
  #checkov:skip=CKV_AWS_338:A month is enough to look into what failed

  name              = "/aws/lambda/${var.name}-captcha"
  retention_in_days = 30
}

resource "aws_iam_role" "captcha" {
  name        = "${var.name}-captcha"
  description = "Lambda function ${var.name}-captcha"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "lambda.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy" "captcha" {
  name = "captcha"
  role = aws_iam_role.captcha.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      # Encrypted under the account's own key for SSM, which needs no permission.
      {
        Sid      = "Secret"
        Effect   = "Allow"
        Action   = ["ssm:GetParameter"]
        Resource = [aws_ssm_parameter.secret.arn]
      },
      {
        Sid      = "OwnLogs"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = ["${aws_cloudwatch_log_group.captcha.arn}:*"]
      },
    ]
  })
}
