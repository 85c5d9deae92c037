# Every group of inputs at once, to copy single lines from. An application starts from one of the other examples: it needs little of this.

# Region and credentials come from the environment or the AWS configuration, as does AWS_ENDPOINT_URL.
provider "aws" {}

data "aws_caller_identity" "this" {}
data "aws_partition" "this" {}
data "aws_region" "this" {}

module "cognito_otp" {
  source = "../.."

  create = true
  name   = var.name
  tags   = { application = var.name }

  ##############################################################################
  # Who a person is. Left out: username_attributes, which alias_attributes exclude.
  ##############################################################################

  alias_attributes = ["email", "phone_number", "preferred_username"]
  case_sensitive   = false
  pool_generation  = 1

  schema = {
    plan    = { max_length = 20 }
    credits = { attribute_data_type = "Number", min_value = 0 }
  }

  ##############################################################################
  # Sign-up and codes. Left out, since they make another sign-in of it: password_required, mfa_configuration with its factors, and
  # native_otp with web_authn_configuration. The examples password-and-otp and native-otp begin there.
  ##############################################################################

  sign_up = {
    confirmation          = "otp"
    max_per_hour          = 1000
    reclaim_after_seconds = 900
    abandon_after_days    = 14
  }

  otp = {
    length       = 6
    ttl_seconds  = 300
    max_attempts = 3
    max_resends  = 3
  }

  limits = {
    resend_after_seconds       = 30
    resend_backoff_max_seconds = 600
    max_messages_per_hour      = 5000
  }

  fraud = {
    mode              = "deny"
    allowed_countries = ["US", "CA", "GB", "DE", "FR"]
    country_overrides = { US = { daily_floor = 100, hourly_floor = 20 } }
  }

  test_numbers = var.test_numbers_until == null ? null : {
    codes = { "+14155550100" = "493817" }
    until = var.test_numbers_until
  }

  hooks = { activated = aws_lambda_function.extras["activated"].arn }

  ##############################################################################
  # How codes reach people
  ##############################################################################

  delivery = {
    channels                = ["sms", "email"]
    sms_provider            = "sns"
    failure_destination_arn = aws_sqs_queue.undelivered.arn
    app_name                = "Complete"
    default_locale          = "en"
  }

  sms = {
    message_type   = "Transactional"
    max_price_usd  = 0.2
    web_otp_domain = "login.example.com"
  }

  email = {
    from         = "Complete <${var.email_from}>"
    identity_arn = aws_sesv2_email_identity.sender.arn
  }

  messages = {
    en = { sms = "{code} is your {app_name} code, good for {minutes} minutes. Do not give it to anybody." }
  }

  # Cognito's own: to users whom administrators make, and where it has the sender.
  invite_message_template       = { sms_message = "You have a Complete account: {username}. You will not need this password: {####}" }
  verification_message_template = { email_subject = "Your Complete code", email_message = "{####} confirms your new address." }

  ##############################################################################
  # Clients, sign-in by Google, machines
  ##############################################################################

  clients = {
    app = {
      write_attributes = ["email", "phone_number", "preferred_username", "name", "locale"]
    }
    web = {
      allowed_oauth_flows    = ["code"]
      allowed_oauth_scopes   = ["openid", "email", "profile"]
      callback_urls          = ["https://login.example.com/callback", "http://localhost:5173/callback"]
      logout_urls            = ["https://login.example.com/"]
      refresh_token_rotation = { retry_grace_period_seconds = 10 }
    }
    job = {
      generate_secret      = true
      allowed_oauth_flows  = ["client_credentials"]
      allowed_oauth_scopes = ["orders/read"]
    }
  }

  # Prefixes are taken by whoever comes first in the region.
  domain = { domain = "${var.name}-${data.aws_caller_identity.this.account_id}" }

  identity_providers = {
    Google = {
      provider_type     = "Google"
      provider_details  = { client_id = var.google_client_id, client_secret = var.google_client_secret, authorize_scopes = "openid email profile" }
      attribute_mapping = { username = "sub", email = "email", email_verified = "email_verified", name = "name" }
    }
  }

  resource_servers = {
    orders = { scopes = { read = "Read orders", write = "Place orders" } }
  }

  groups = {
    staff = { description = "People who work here", precedence = 1 }
  }

  password_policy = { minimum_length = 24 }

  ##############################################################################
  # Protection
  ##############################################################################

  deletion_protection = var.deletion_protection
  user_pool_tier      = "PLUS" # what user_pool_add_ons and risk_configuration need

  user_pool_add_ons = { advanced_security_mode = "AUDIT", custom_auth_mode = "AUDIT" }

  risk_configuration = {
    ALL = { risk_exception_configuration = { skipped_ip_range_list = ["203.0.113.0/24"] } }
  }

  web_acl = { rate_limits = { sign_up = 100, sign_in = 300 } }

  ##############################################################################
  # The User table
  ##############################################################################

  user_table = {
    key_name            = "userId"
    attribute_map       = { created_at = "createdAt", updated_at = "updatedAt", "custom:plan" = "plan" }
    constant_attributes = { kind = "person" }
    indexes             = ["email"]
    stream              = "NEW_AND_OLD_IMAGES"
  }

  ##############################################################################
  # Functions: the module's, and triggers of the application's own. Left out: lambda_package, for a mirror or a signed copy of the package.
  ##############################################################################

  lambda = {
    log_retention_in_days = 90
    functions             = { delivery = { memory_size = 256 } }
  }

  lambda_triggers = {
    pre_token_generation = { arn = aws_lambda_function.extras["pre_token_generation"].arn, version = "V2_0" }
  }

  maintenance = {
    reap_schedule             = "cron(0 3 * * ? *)"
    list_users_per_second     = 10
    deletions_from_cloudtrail = true
  }

  monitoring = {
    alarms = { sns_topic_arn = aws_sns_topic.alarms.arn, conversion_percent = 50 }
  }

  ##############################################################################
  # What an organisation asks for
  ##############################################################################

  kms_key_arn          = aws_kms_key.data.arn
  permissions_boundary = aws_iam_policy.boundary.arn
  iam_role_path        = "/sign-in/"
}

################################################################################
# What the inputs above name
################################################################################

resource "aws_sesv2_email_identity" "sender" {
  email_identity = var.email_from
}

# Whoever reads it learns phone numbers and addresses.
resource "aws_sqs_queue" "undelivered" {
  name                    = "${var.name}-undelivered"
  sqs_managed_sse_enabled = true
}

resource "aws_sns_topic" "alarms" {
  #checkov:skip=CKV_AWS_26:Alarms name no person; CloudWatch cannot publish under SNS's own key

  name = "${var.name}-alarms"
}

resource "aws_sns_topic_subscription" "alarms" {
  count = var.alarm_email == null ? 0 : 1

  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = var.alarm_email
}

resource "aws_kms_key" "data" {
  description         = "Tables, logs and environments of ${var.name}"
  enable_key_rotation = true

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "ByIamPolicies"
        Effect    = "Allow"
        Principal = { AWS = "arn:${data.aws_partition.this.partition}:iam::${data.aws_caller_identity.this.account_id}:root" }
        Action    = "kms:*"
        Resource  = "*"
      },
      {
        Sid       = "LogGroups"
        Effect    = "Allow"
        Principal = { Service = "logs.${data.aws_region.this.id}.amazonaws.com" }
        Action    = ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"]
        Resource  = "*"
        Condition = {
          ArnLike = {
            "kms:EncryptionContext:aws:logs:arn" = "arn:${data.aws_partition.this.partition}:logs:${data.aws_region.this.id}:${data.aws_caller_identity.this.account_id}:log-group:/aws/lambda/${var.name}-*"
          }
        }
      },
    ]
  })
}

# No role of the module can do more than this, whatever its own policies say.
resource "aws_iam_policy" "boundary" {
  #checkov:skip=CKV_AWS_287:A boundary allows nothing by itself; the module's own policies name what each role needs
  #checkov:skip=CKV_AWS_289:A boundary allows nothing by itself; the module's own policies name what each role needs
  #checkov:skip=CKV_AWS_290:A boundary allows nothing by itself; the module's own policies name what each role needs
  #checkov:skip=CKV_AWS_355:A boundary allows nothing by itself; the module's own policies name what each role needs

  name        = "${var.name}-boundary"
  description = "Bounds the roles of ${var.name}"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid      = "WhatSignInNeeds"
      Effect   = "Allow"
      Action   = ["cognito-idp:*", "dynamodb:*", "kms:*", "lambda:InvokeFunction", "logs:*", "ses:SendEmail", "sns:Publish", "sqs:SendMessage"]
      Resource = "*"
    }]
  })
}

################################################################################
# Functions of the application's own. They know nothing of the pool, which names them: its id in their environment would be a cycle.
################################################################################

resource "aws_lambda_function" "extras" {
  #checkov:skip=CKV_AWS_50:Left out of the example; the log tells how long a call took
  #checkov:skip=CKV_AWS_115:A limit would be one to sign-ins
  #checkov:skip=CKV_AWS_116:What is lost of `activated` the User table's stream would show too
  #checkov:skip=CKV_AWS_117:They talk to nobody
  #checkov:skip=CKV_AWS_272:The zip lies beside its source, one file

  for_each = toset(["activated", "pre_token_generation"])

  function_name    = "${var.name}-${replace(each.key, "_", "-")}-extra"
  role             = aws_iam_role.extras.arn
  handler          = "extras.${each.key}"
  filename         = "${path.module}/extras.zip"
  source_code_hash = filebase64sha256("${path.module}/extras.zip")
  runtime          = "python3.13"
  architectures    = ["arm64"]
  memory_size      = 512
  timeout          = 3

  logging_config {
    log_format = "JSON"
    log_group  = aws_cloudwatch_log_group.extras.name
  }

  depends_on = [aws_iam_role_policy.extras]
}

resource "aws_cloudwatch_log_group" "extras" {
  #checkov:skip=CKV_AWS_158:CloudWatch's own key encrypts it
  #checkov:skip=CKV_AWS_338:A month is enough to look into what failed

  name              = "/aws/lambda/${var.name}-extras"
  retention_in_days = 30
}

resource "aws_iam_role" "extras" {
  name = "${var.name}-extras"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "lambda.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy" "extras" {
  name = "logs"
  role = aws_iam_role.extras.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid      = "OwnLogs"
      Effect   = "Allow"
      Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource = ["${aws_cloudwatch_log_group.extras.arn}:*"]
    }]
  })
}
