# Codes by a provider of your own: the module makes them, and your Lambda function sends them.

# Region and credentials come from the environment or the AWS configuration, as does AWS_ENDPOINT_URL.
provider "aws" {}

module "cognito_otp" {
  source = "../.."

  name                = var.name
  deletion_protection = var.deletion_protection

  delivery = {
    function_arn = aws_lambda_function.provider.arn
  }
}

################################################################################
# The function. It knows nothing of the pool; the module lets its delivery function invoke it.
################################################################################

resource "aws_lambda_function" "provider" {
  #checkov:skip=CKV_AWS_50:Left out of the example; the log tells how long a call took
  #checkov:skip=CKV_AWS_115:A limit would be one to sign-ins
  #checkov:skip=CKV_AWS_116:It is invoked synchronously
  #checkov:skip=CKV_AWS_117:It talks to a provider on the internet
  #checkov:skip=CKV_AWS_272:The zip lies beside its source, one file

  function_name    = "${var.name}-provider"
  description      = "Sends the codes of the user pool ${var.name}"
  role             = aws_iam_role.provider.arn
  handler          = "provider.handler"
  filename         = "${path.module}/provider.zip"
  source_code_hash = filebase64sha256("${path.module}/provider.zip")
  runtime          = "python3.13"
  architectures    = ["arm64"]
  memory_size      = 512
  # Whoever invokes it waits 15 seconds, and no longer.
  timeout = 14

  logging_config {
    log_format = "JSON"
    log_group  = aws_cloudwatch_log_group.provider.name
  }

  depends_on = [aws_iam_role_policy.provider]
}

resource "aws_cloudwatch_log_group" "provider" {
  #checkov:skip=CKV_AWS_158:CloudWatch's own key encrypts it
  #checkov:skip=CKV_AWS_338:A month is enough to look into what failed

  name              = "/aws/lambda/${var.name}-provider"
  retention_in_days = 30
}

resource "aws_iam_role" "provider" {
  name        = "${var.name}-provider"
  description = "Lambda function ${var.name}-provider"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "lambda.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy" "provider" {
  #checkov:skip=CKV_AWS_290:A phone number has no ARN; topics are denied

  name = "provider"
  role = aws_iam_role.provider.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      # A phone number has no ARN, so the permission is for everything and topics are taken out.
      {
        Sid      = "PublishToPhones"
        Effect   = "Allow"
        Action   = ["sns:Publish"]
        Resource = ["*"]
      },
      {
        Sid      = "NotToTopics"
        Effect   = "Deny"
        Action   = ["sns:Publish"]
        Resource = ["arn:*:sns:*:*:*"]
      },
      {
        Sid      = "OwnLogs"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = ["${aws_cloudwatch_log_group.provider.arn}:*"]
      },
    ]
  })
}
