# Roles. Every action here is needed: a trigger that lacks one fails.
#
# A function's role has two policies. `runtime` comes before the function. `pool` names the pool, which names the function, so it comes
# after both and nothing may depend on it: that would be a cycle. Role names carry the region because IAM is global.

locals {
  runtime_statements = {
    sign_up = concat([
      {
        Sid    = "Identities"
        Effect = "Allow"
        # With native_otp also PostAuthentication, which brings accounts in line with the pool.
        Action   = concat(["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem"], var.native_otp || local.confirmed_by_code ? ["dynamodb:UpdateItem"] : [])
        Resource = [local.identities_arn]
      },
      local.update_user_row,
      ], length(local.sign_up_auth_state_actions) > 0 ? [{
        Sid      = "AuthState"
        Effect   = "Allow"
        Action   = local.sign_up_auth_state_actions
        Resource = [local.auth_state_arn]
      }] : [],
      var.hooks.pre_sign_up == null ? [] : [{
        Sid      = "AskHook"
        Effect   = "Allow"
        Action   = ["lambda:InvokeFunction"]
        Resource = [var.hooks.pre_sign_up]
      }],
      local.confirmed_by_code ? local.tell_activated : [],
      local.reclaims && contains(keys(local.function_names), "maintenance") ? [{
        Sid      = "AskForRemoval"
        Effect   = "Allow"
        Action   = ["lambda:InvokeFunction"]
        Resource = local.invocable["maintenance"]
      }] : [],
    )

    sign_in = concat([
      {
        Sid      = "Identities"
        Effect   = "Allow"
        Action   = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"]
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
        Resource = lookup(local.invocable, "delivery", [])
      },
    ], local.tell_activated)

    delivery = concat(
      [{
        Sid      = "AuthState"
        Effect   = "Allow"
        Action   = concat(["dynamodb:GetItem", "dynamodb:UpdateItem"], local.guards_pumping ? ["dynamodb:BatchGetItem"] : [])
        Resource = [local.auth_state_arn]
      }],
      local.sms_by["sns"] ? local.publish_to_phones : [],
      local.sms_by["end_user_messaging"] ? [{
        Sid      = "SendTexts"
        Effect   = "Allow"
        Action   = ["sms-voice:SendTextMessage"]
        Resource = local.text_resources
      }] : [],
      local.sms_by["end_user_messaging"] && var.sms.feedback ? [{
        Sid      = "TellWhatArrived"
        Effect   = "Allow"
        Action   = ["sms-voice:PutMessageFeedback"]
        Resource = ["${local.sms_voice}:message/*"]
      }] : [],
      local.email_by_ses ? [{
        Sid      = "SendEmail"
        Effect   = "Allow"
        Action   = ["ses:SendEmail"]
        Resource = local.email_resources
      }] : [],
      local.own_function ? [{
        Sid      = "InvokeProvider"
        Effect   = "Allow"
        Action   = ["lambda:InvokeFunction"]
        Resource = [var.delivery.function_arn]
      }] : [],
      # Lambda itself writes there, with the function's role.
      var.delivery.failure_destination_arn != null ? [{
        Sid    = "TellOfFailures"
        Effect = "Allow"
        Action = [{
          sqs    = "sqs:SendMessage"
          lambda = "lambda:InvokeFunction"
          events = "events:PutEvents"
        }[split(":", var.delivery.failure_destination_arn)[2]]]
        Resource = [var.delivery.failure_destination_arn]
      }] : [],
    )

    maintenance = concat([
      {
        Sid    = "Identities"
        Effect = "Allow"
        Action = [
          "dynamodb:Scan", "dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem",
        ]
        Resource = [local.identities_arn]
      },
      {
        Sid      = "AuthState"
        Effect   = "Allow"
        Action   = ["dynamodb:GetItem", "dynamodb:UpdateItem"]
        Resource = [local.auth_state_arn]
      },
      {
        Sid      = "UserRows"
        Effect   = "Allow"
        Action   = ["dynamodb:Scan", "dynamodb:BatchGetItem", "dynamodb:UpdateItem"]
        Resource = [local.user_table_arn]
      },
    ], var.native_otp ? [] : local.tell_activated)
  }

  function_arn_prefix = "arn:${local.partition}:lambda:${local.region}:${local.account_id}:function:"

  # What a function invokes another one by: strings, so that they need not wait for each other. With an alias both, for the time in which
  # not all functions have theirs.
  invocable = {
    for function, name in local.function_names :
    function => [for suffix in var.lambda.snap_start ? ["", ":live"] : [""] : "${local.function_arn_prefix}${name}${suffix}"]
  }

  # Its budget, the countries that may sign up, the caller's words, and the row's shape.
  sign_up_auth_state_actions = compact([
    var.sign_up.max_per_hour == null ? null : "dynamodb:UpdateItem",
    anytrue([for name in ["countries", "messages", "user_row"] : contains(keys(local.configuration), name)]) ? "dynamodb:GetItem" : null,
  ])

  tell_activated = var.hooks.activated == null ? [] : [{
    Sid      = "TellHook"
    Effect   = "Allow"
    Action   = ["lambda:InvokeFunction"]
    Resource = [var.hooks.activated]
  }]

  # DynamoDB opens a table's key, and Lambda the environment, with the rights of the role that they act for; CloudWatch Logs is a
  # principal of its own. The services' names end in amazonaws.com or, in China, amazonaws.com.cn.
  use_own_key = var.kms_key_arn == null ? [] : [{
    Sid       = "OwnKey"
    Effect    = "Allow"
    Action    = ["kms:Decrypt"]
    Resource  = [var.kms_key_arn]
    Condition = { StringLike = { "kms:ViaService" = [for service in ["dynamodb", "lambda"] : "${service}.${local.region}.*"] } }
  }]

  # Lambda makes the network interfaces with the function's role, and has no narrower form of this. The second statement is Lambda's own
  # advice: code in the function may not do the same (https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html).
  network_interface_actions = [
    "ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses",
  ]
  in_own_network = {
    for function, name in local.function_names : function => [for statement in [
      {
        Sid      = "NetworkInterfaces"
        Effect   = "Allow"
        Action   = local.network_interface_actions
        Resource = ["*"]
      },
      {
        Sid       = "NotFromWithin"
        Effect    = "Deny"
        Action    = local.network_interface_actions
        Resource  = ["*"]
        Condition = { ArnEquals = { "lambda:SourceFunctionArn" = ["${local.function_arn_prefix}${name}"] } }
      },
    ] : statement if var.lambda.vpc_config != null]
  }

  guards_pumping = contains(local.channels, "sms") && anytrue([
    for mode in concat([var.fraud.mode], [for override in values(var.fraud.country_overrides) : override.mode if try(override.mode, null) != null]) :
    mode != "off"
  ])

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

  sms_voice = "arn:${local.partition}:sms-voice:${coalesce(var.sms.region, local.region, "*")}:${local.account_id}"

  # End User Messaging authorises a text against every resource that the request names, and against "*" if the choice of the identity is
  # left to the service. A number's ARN holds its id and not its digits, a sender id's also a country.
  text_resources = local.origination_identity == null ? ["*"] : compact([
    startswith(local.origination_identity, "arn:") ? local.origination_identity
    : startswith(local.origination_identity, "phone-") ? "${local.sms_voice}:phone-number/${local.origination_identity}"
    : startswith(local.origination_identity, "pool-") ? "${local.sms_voice}:pool/${local.origination_identity}"
    : can(regex("^\\+?[0-9]+$", local.origination_identity)) ? "${local.sms_voice}:phone-number/*"
    : "${local.sms_voice}:sender-id/${local.origination_identity}/*",
    var.sms.configuration_set == null ? null
    : startswith(var.sms.configuration_set, "arn:") ? var.sms.configuration_set
    : "${local.sms_voice}:configuration-set/${var.sms.configuration_set}",
    var.sms.protect_configuration_id == null ? null : "${local.sms_voice}:protect-configuration/${var.sms.protect_configuration_id}",
  ])

  # SES authorises a message against the sender's identity and, if it has one, the configuration set, which is the sending account's.
  email_resources = compact([
    var.email.identity_arn,
    var.email.configuration_set == null ? null : "arn:${local.partition}:ses:${local.region}:${local.account_id}:configuration-set/${var.email.configuration_set}",
  ])

  pool_actions = {
    sign_up = ["cognito-idp:AdminGetUser"]
    sign_in = ["cognito-idp:AdminUpdateUserAttributes"]
    # Nobody waits for a code of ours where Cognito makes them: there is nothing to tell the pool, and nobody to remove.
    maintenance = concat(["cognito-idp:ListUsers"], var.native_otp ? [] : [
      "cognito-idp:AdminUpdateUserAttributes", "cognito-idp:AdminGetUser", "cognito-idp:AdminDeleteUser",
    ])
  }
}

################################################################################
# Functions
################################################################################

resource "aws_iam_role" "function" {
  for_each = local.function_names

  name                 = "${each.value}-${local.region}"
  path                 = var.iam_role_path
  permissions_boundary = var.permissions_boundary
  description          = "Lambda function ${each.value}"
  tags                 = var.tags

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
    ], local.use_own_key, local.in_own_network[each.key])
  })
}

resource "aws_iam_role_policy" "pool" {
  for_each = { for function, actions in local.pool_actions : function => actions if contains(keys(local.function_names), function) }

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

  name                 = "${var.name}-sms-${local.region}"
  path                 = var.iam_role_path
  permissions_boundary = var.permissions_boundary
  description          = "SMS of the user pool ${var.name}"
  tags                 = var.tags

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
  #checkov:skip=CKV_AWS_290:A phone number has no ARN; topics are denied

  count = var.create && local.phone_numbers ? 1 : 0

  name = "publish"
  role = aws_iam_role.sms[0].name

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = local.publish_to_phones
  })
}
