# Roles. Every action here is needed: a trigger that lacks one fails.
#
# A function's role has two policies. `runtime` comes before the function. `pool` names the pool, which names the function, so it comes
# after both and nothing may depend on it: that would be a cycle. Role names carry the region because IAM is global.

locals {
  runtime_statements = {
    sign_up = [
      {
        Sid      = "Identities"
        Effect   = "Allow"
        Action   = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem"]
        Resource = [local.identities_arn]
      },
      local.update_user_row,
    ]

    sign_in = [
      {
        Sid      = "Identities"
        Effect   = "Allow"
        Action   = ["dynamodb:GetItem", "dynamodb:UpdateItem"]
        Resource = [local.identities_arn]
      },
      {
        Sid      = "AuthState"
        Effect   = "Allow"
        Action   = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]
        Resource = [local.auth_state_arn]
      },
      local.update_user_row,
      {
        Sid      = "HandOverToDelivery"
        Effect   = "Allow"
        Action   = ["lambda:InvokeFunction"]
        Resource = ["arn:${local.partition}:lambda:${local.region}:${local.account_id}:function:${lookup(local.function_names, "delivery", "")}"]
      },
    ]

    delivery = concat(
      [{
        Sid      = "AuthState"
        Effect   = "Allow"
        Action   = ["dynamodb:GetItem", "dynamodb:UpdateItem"]
        Resource = [local.auth_state_arn]
      }],
      contains(local.channels, "sms") ? local.publish_to_phones : [],
      contains(local.channels, "email") ? [{
        Sid      = "SendEmail"
        Effect   = "Allow"
        Action   = ["ses:SendEmail"]
        Resource = local.email_resources
      }] : [],
    )
  }

  update_user_row = {
    Sid      = "UserRow"
    Effect   = "Allow"
    Action   = ["dynamodb:UpdateItem"]
    Resource = [local.user_table_arn]
  }

  # A phone number has no ARN, so the permission is for everything and topics are taken out.
  publish_to_phones = [
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
      Resource = ["arn:${local.partition}:sns:*:*:*"]
    },
  ]

  # SES authorises a message against the sender's identity and, if it has one, the configuration set, which is the sending account's.
  email_resources = compact([
    var.email.identity_arn,
    var.email.configuration_set == null ? null : "arn:${local.partition}:ses:${local.region}:${local.account_id}:configuration-set/${var.email.configuration_set}",
  ])

  pool_actions = {
    sign_up = ["cognito-idp:AdminGetUser"]
    sign_in = ["cognito-idp:AdminUpdateUserAttributes"]
  }
}

################################################################################
# Functions
################################################################################

resource "aws_iam_role" "function" {
  for_each = local.function_names

  name        = "${each.value}-${local.region}"
  description = "Lambda function ${each.value}"
  tags        = var.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "lambda.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy" "runtime" {
  for_each = local.function_names

  name = "runtime"
  role = aws_iam_role.function[each.key].name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(local.runtime_statements[each.key], [
      {
        Sid      = "KeyedHashes"
        Effect   = "Allow"
        Action   = ["kms:GenerateMac"]
        Resource = [local.code_key_arn]
      },
      {
        Sid      = "OwnLogs"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = ["${aws_cloudwatch_log_group.function[each.key].arn}:*"]
      },
    ])
  })
}

resource "aws_iam_role_policy" "pool" {
  for_each = { for function, actions in local.pool_actions : function => actions if var.create }

  name = "pool"
  role = aws_iam_role.function[each.key].name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid      = "OwnPool"
      Effect   = "Allow"
      Action   = each.value
      Resource = [aws_cognito_user_pool.this[0].arn]
    }]
  })
}

################################################################################
# The role with which Cognito itself sends SMS (when a person changes the phone number)
################################################################################

resource "aws_iam_role" "sms" {
  count = var.create && local.phone_numbers ? 1 : 0

  name        = "${var.name}-sms-${local.region}"
  description = "SMS of the user pool ${var.name}"
  tags        = var.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "cognito-idp.amazonaws.com" }
      Condition = {
        StringEquals = {
          "sts:ExternalId"    = local.sms_external_id
          "aws:SourceAccount" = local.account_id
        }
        # The pool's own ARN would be a cycle: the pool names this role.
        ArnLike = {
          "aws:SourceArn" = "arn:${local.partition}:cognito-idp:${local.region}:${local.account_id}:userpool/*"
        }
      }
    }]
  })
}

resource "aws_iam_role_policy" "sms" {
  count = var.create && local.phone_numbers ? 1 : 0

  name = "publish"
  role = aws_iam_role.sms[0].name

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = local.publish_to_phones
  })
}
