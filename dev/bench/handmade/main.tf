# What people write around functions that they made by hand: one function, role, policy, log group and permission for each trigger.
#
# A BAD EXAMPLE ON PURPOSE, to be measured beside the module (dev/bench/applies.py) and never to be used: codes that can be guessed,
# permissions on everything, no limits, nothing encrypted, protected or watched. No scanner looks at it (.checkov.yml).
#
# Region and credentials come from the environment or the AWS configuration, as does AWS_ENDPOINT_URL.
provider "aws" {}

variable "packages" {
  description = "Folder with a zip for each function, made for the run."
  type        = string
}

locals {
  name = "handmade"

  may_write_rows = [{ Effect = "Allow", Action = ["dynamodb:PutItem", "dynamodb:UpdateItem"], Resource = aws_dynamodb_table.users.arn }]
  may_list_users = [{ Effect = "Allow", Action = "cognito-idp:ListUsers", Resource = "*" }]
  may_text       = [{ Effect = "Allow", Action = "sns:Publish", Resource = "*" }]

  triggers = {
    pre_sign_up                    = concat(local.may_list_users, local.may_write_rows)
    post_confirmation              = local.may_write_rows
    define_auth_challenge          = []
    create_auth_challenge          = local.may_text
    verify_auth_challenge_response = []
  }

  may_be_taken_by = {
    for service in ["lambda", "cognito-idp"] : service => jsonencode({
      Version   = "2012-10-17"
      Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "${service}.amazonaws.com" } }]
    })
  }
}

# The triggers

resource "aws_iam_role" "trigger" {
  for_each = local.triggers

  name               = "${local.name}-${each.key}"
  assume_role_policy = local.may_be_taken_by["lambda"]
}

resource "aws_cloudwatch_log_group" "trigger" {
  for_each = local.triggers

  name              = "/aws/lambda/${local.name}-${each.key}"
  retention_in_days = 30
}

resource "aws_iam_role_policy" "trigger" {
  for_each = local.triggers

  name = "runtime"
  role = aws_iam_role.trigger[each.key].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(each.value, [{
      Effect   = "Allow"
      Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource = "${aws_cloudwatch_log_group.trigger[each.key].arn}:*"
    }])
  })
}

resource "aws_lambda_function" "trigger" {
  for_each = local.triggers

  function_name    = "${local.name}-${each.key}"
  role             = aws_iam_role.trigger[each.key].arn
  runtime          = "python3.13"
  architectures    = ["arm64"]
  handler          = "${each.key}.handler"
  filename         = "${var.packages}/${each.key}.zip"
  source_code_hash = filebase64sha256("${var.packages}/${each.key}.zip")
  memory_size      = 512
  timeout          = 5

  environment {
    variables = { USER_TABLE = aws_dynamodb_table.users.name }
  }

  depends_on = [aws_iam_role_policy.trigger, aws_cloudwatch_log_group.trigger]
}

resource "aws_lambda_permission" "trigger" {
  for_each = local.triggers

  function_name = aws_lambda_function.trigger[each.key].function_name
  action        = "lambda:InvokeFunction"
  principal     = "cognito-idp.amazonaws.com"
  source_arn    = aws_cognito_user_pool.users.arn
}

# The pool, whose texts at sign-up are Cognito's own, and the rows

resource "aws_iam_role" "sms" {
  name               = "${local.name}-sms"
  assume_role_policy = local.may_be_taken_by["cognito-idp"]
}

resource "aws_iam_role_policy" "sms" {
  name   = "sms"
  role   = aws_iam_role.sms.id
  policy = jsonencode({ Version = "2012-10-17", Statement = local.may_text })
}

resource "aws_cognito_user_pool" "users" {
  name                     = local.name
  username_attributes      = ["phone_number"]
  auto_verified_attributes = ["phone_number"]

  password_policy {
    minimum_length = 8
  }

  sms_configuration {
    sns_caller_arn = aws_iam_role.sms.arn
    external_id    = local.name
  }

  lambda_config {
    pre_sign_up                    = aws_lambda_function.trigger["pre_sign_up"].arn
    post_confirmation              = aws_lambda_function.trigger["post_confirmation"].arn
    define_auth_challenge          = aws_lambda_function.trigger["define_auth_challenge"].arn
    create_auth_challenge          = aws_lambda_function.trigger["create_auth_challenge"].arn
    verify_auth_challenge_response = aws_lambda_function.trigger["verify_auth_challenge_response"].arn
  }

  depends_on = [aws_iam_role_policy.sms]
}

resource "aws_cognito_user_pool_client" "app" {
  name                = "app"
  user_pool_id        = aws_cognito_user_pool.users.id
  explicit_auth_flows = ["ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
}

resource "aws_dynamodb_table" "users" {
  name         = "${local.name}-users"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"

  attribute {
    name = "id"
    type = "S"
  }
}

# What a client calls before it signs up. It knows the pool, so it is no trigger's and stands by itself.

resource "aws_iam_role" "cleanup" {
  name               = "${local.name}-pre_sign_up_cleanup"
  assume_role_policy = local.may_be_taken_by["lambda"]
}

resource "aws_cloudwatch_log_group" "cleanup" {
  name              = "/aws/lambda/${local.name}-pre_sign_up_cleanup"
  retention_in_days = 30
}

resource "aws_iam_role_policy" "cleanup" {
  name = "runtime"
  role = aws_iam_role.cleanup.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["cognito-idp:ListUsers", "cognito-idp:AdminDeleteUser"]
        Resource = aws_cognito_user_pool.users.arn
      },
      {
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${aws_cloudwatch_log_group.cleanup.arn}:*"
      },
    ]
  })
}

resource "aws_lambda_function" "cleanup" {
  function_name    = "${local.name}-pre_sign_up_cleanup"
  role             = aws_iam_role.cleanup.arn
  runtime          = "python3.13"
  architectures    = ["arm64"]
  handler          = "pre_sign_up_cleanup.handler"
  filename         = "${var.packages}/pre_sign_up_cleanup.zip"
  source_code_hash = filebase64sha256("${var.packages}/pre_sign_up_cleanup.zip")
  memory_size      = 512
  timeout          = 5

  environment {
    variables = { USER_POOL_ID = aws_cognito_user_pool.users.id }
  }

  depends_on = [aws_iam_role_policy.cleanup, aws_cloudwatch_log_group.cleanup]
}

output "client_id" {
  description = "Id of the app client."
  value       = aws_cognito_user_pool_client.app.id
}
