# A sign-in page for phone numbers and e-mail addresses (in site/), and an API that gives people their own row of the User table.

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

  # Whoever signs up types one of them and may add the other: codes then go by text or by mail, as the person likes.
  username_attributes = ["email", "phone_number"]

  delivery = {
    channels = ["sms", "email"]
    app_name = "Example" # what messages and the page call you
  }

  sms = {
    web_otp_domain = var.site_domain
  }

  email = {
    from              = var.email_from
    identity_arn      = aws_sesv2_email_identity.login.arn
    configuration_set = aws_sesv2_configuration_set.login.configuration_set_name
  }
}

################################################################################
# The API: GET /row, with the ID token. API Gateway checks the token before the function runs.
################################################################################

resource "aws_apigatewayv2_api" "row" {
  name          = "${var.name}-row"
  description   = "Gives people their own row of the table ${module.cognito_otp.user_table_name}"
  protocol_type = "HTTP"

  cors_configuration {
    allow_origins = var.site_origins
    allow_methods = ["GET"]
    allow_headers = ["authorization"]
    max_age       = 3600
  }
}

resource "aws_apigatewayv2_authorizer" "pool" {
  api_id           = aws_apigatewayv2_api.row.id
  name             = "user-pool"
  authorizer_type  = "JWT"
  identity_sources = ["$request.header.Authorization"]

  jwt_configuration {
    issuer   = module.cognito_otp.issuer_url
    audience = [module.cognito_otp.client_ids["app"]]
  }
}

resource "aws_apigatewayv2_route" "row" {
  api_id             = aws_apigatewayv2_api.row.id
  route_key          = "GET /row"
  authorization_type = "JWT"
  authorizer_id      = aws_apigatewayv2_authorizer.pool.id
  target             = "integrations/${aws_apigatewayv2_integration.row.id}"
}

resource "aws_apigatewayv2_integration" "row" {
  api_id                 = aws_apigatewayv2_api.row.id
  integration_type       = "AWS_PROXY"
  integration_uri        = aws_lambda_function.row.invoke_arn
  payload_format_version = "2.0"
}

resource "aws_apigatewayv2_stage" "row" {
  api_id      = aws_apigatewayv2_api.row.id
  name        = "$default"
  auto_deploy = true

  # Everybody's together, also of those without a token.
  default_route_settings {
    throttling_rate_limit  = 50
    throttling_burst_limit = 100
  }

  # Nothing that says who called.
  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.api.arn
    format = jsonencode({
      requestId = "$context.requestId"
      time      = "$context.requestTime"
      route     = "$context.routeKey"
      status    = "$context.status"
      refusal   = "$context.authorizer.error"
      error     = "$context.integrationErrorMessage"
    })
  }
}

resource "aws_cloudwatch_log_group" "api" {
  #checkov:skip=CKV_AWS_158:CloudWatch's own key encrypts it
  #checkov:skip=CKV_AWS_338:A month is enough to look into what failed

  # Under /aws/vendedlogs/ log groups do not use up the space of the account's resource policy for logs.
  name              = "/aws/vendedlogs/${var.name}-row-api"
  retention_in_days = 30
}

################################################################################
# The function
################################################################################

resource "aws_lambda_function" "row" {
  #checkov:skip=CKV_AWS_50:Left out of the example; the log tells how long a call took
  #checkov:skip=CKV_AWS_115:The API lets 50 calls a second through
  #checkov:skip=CKV_AWS_116:It is invoked synchronously
  #checkov:skip=CKV_AWS_117:It talks to DynamoDB only
  #checkov:skip=CKV_AWS_173:The variables hold two names
  #checkov:skip=CKV_AWS_272:The zip lies beside its source, one file

  function_name    = "${var.name}-row"
  description      = "Reads one person's row of the table ${module.cognito_otp.user_table_name}"
  role             = aws_iam_role.row.arn
  handler          = "row.handler"
  filename         = "${path.module}/row.zip"
  source_code_hash = filebase64sha256("${path.module}/row.zip")
  runtime          = "python3.13"
  architectures    = ["arm64"]
  memory_size      = 512
  timeout          = 5

  environment {
    variables = {
      USER_TABLE     = module.cognito_otp.user_table_name
      USER_TABLE_KEY = module.cognito_otp.settings.user_table.key_name
    }
  }

  logging_config {
    log_format = "JSON"
    log_group  = aws_cloudwatch_log_group.row.name
  }

  depends_on = [aws_iam_role_policy.row]
}

resource "aws_lambda_permission" "row" {
  statement_id  = "AllowApi"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.row.function_name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.row.execution_arn}/$default/GET/row"
}

resource "aws_cloudwatch_log_group" "row" {
  #checkov:skip=CKV_AWS_158:CloudWatch's own key encrypts it
  #checkov:skip=CKV_AWS_338:A month is enough to look into what failed

  name              = "/aws/lambda/${var.name}-row"
  retention_in_days = 30
}

resource "aws_iam_role" "row" {
  name        = "${var.name}-row"
  description = "Lambda function ${var.name}-row"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "lambda.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy" "row" {
  name = "row"
  role = aws_iam_role.row.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "ReadRow"
        Effect   = "Allow"
        Action   = ["dynamodb:GetItem"]
        Resource = [module.cognito_otp.user_table_arn]
      },
      {
        Sid      = "OwnLogs"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = ["${aws_cloudwatch_log_group.row.arn}:*"]
      },
    ]
  })
}
