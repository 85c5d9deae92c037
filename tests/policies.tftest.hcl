# Who may do what. Whole policies are compared, so that an action more or less is seen.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  name = "shop"
}

run "by_default" {
  assert {
    condition = jsondecode(aws_iam_role_policy.runtime["sign_up"].policy).Statement == [
      {
        Sid      = "Identities", Effect = "Allow"
        Action   = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem"]
        Resource = ["arn:aws:dynamodb:eu-central-1:123456789012:table/shop-identities"]
      },
      {
        Sid      = "UserRow", Effect = "Allow"
        Action   = ["dynamodb:UpdateItem"]
        Resource = ["arn:aws:dynamodb:eu-central-1:123456789012:table/shop-users"]
      },
      {
        Sid      = "KeyedHashes", Effect = "Allow"
        Action   = ["kms:GenerateMac"]
        Resource = ["arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555"]
      },
      {
        Sid      = "OwnLogs", Effect = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = ["arn:aws:logs:eu-central-1:123456789012:log-group:a-log-group:*"]
      },
    ]
    error_message = aws_iam_role_policy.runtime["sign_up"].policy
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.pool["sign_up"].policy).Statement == [{
      Sid      = "OwnPool", Effect = "Allow"
      Action   = ["cognito-idp:AdminGetUser"]
      Resource = ["arn:aws:cognito-idp:eu-central-1:123456789012:userpool/eu-central-1_AbCdEfGhI"]
    }]
    error_message = aws_iam_role_policy.pool["sign_up"].policy
  }

  assert {
    condition = slice(jsondecode(aws_iam_role_policy.runtime["sign_in"].policy).Statement, 0, 4) == [
      {
        Sid      = "Identities", Effect = "Allow"
        Action   = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"]
        Resource = ["arn:aws:dynamodb:eu-central-1:123456789012:table/shop-identities"]
      },
      {
        Sid      = "AuthState", Effect = "Allow"
        Action   = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]
        Resource = ["arn:aws:dynamodb:eu-central-1:123456789012:table/shop-auth-state"]
      },
      {
        Sid      = "UserRow", Effect = "Allow"
        Action   = ["dynamodb:UpdateItem"]
        Resource = ["arn:aws:dynamodb:eu-central-1:123456789012:table/shop-users"]
      },
      {
        Sid      = "HandOverToDelivery", Effect = "Allow"
        Action   = ["lambda:InvokeFunction"]
        Resource = ["arn:aws:lambda:eu-central-1:123456789012:function:shop-delivery"]
      },
    ]
    error_message = aws_iam_role_policy.runtime["sign_in"].policy
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.runtime["sign_in"].policy).Statement[*].Sid == ["Identities", "AuthState", "UserRow", "HandOverToDelivery", "KeyedHashes", "OwnLogs"]
    error_message = aws_iam_role_policy.runtime["sign_in"].policy
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.pool["sign_in"].policy).Statement == [{
      Sid      = "OwnPool", Effect = "Allow"
      Action   = ["cognito-idp:AdminUpdateUserAttributes"]
      Resource = ["arn:aws:cognito-idp:eu-central-1:123456789012:userpool/eu-central-1_AbCdEfGhI"]
    }]
    error_message = aws_iam_role_policy.pool["sign_in"].policy
  }

  assert {
    condition = slice(jsondecode(aws_iam_role_policy.runtime["delivery"].policy).Statement, 0, 3) == [
      {
        Sid      = "AuthState", Effect = "Allow"
        Action   = ["dynamodb:GetItem", "dynamodb:UpdateItem", "dynamodb:BatchGetItem"]
        Resource = ["arn:aws:dynamodb:eu-central-1:123456789012:table/shop-auth-state"]
      },
      { Sid = "PublishToPhones", Effect = "Allow", Action = ["sns:Publish"], Resource = ["*"] },
      { Sid = "NotToTopics", Effect = "Deny", Action = ["sns:Publish"], Resource = ["arn:aws:sns:*:*:*"] },
    ]
    error_message = aws_iam_role_policy.runtime["delivery"].policy
  }

  assert {
    condition = slice(jsondecode(aws_iam_role_policy.runtime["maintenance"].policy).Statement, 0, 3) == [
      {
        Sid      = "Identities", Effect = "Allow"
        Action   = ["dynamodb:Scan", "dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"]
        Resource = ["arn:aws:dynamodb:eu-central-1:123456789012:table/shop-identities"]
      },
      {
        Sid      = "AuthState", Effect = "Allow"
        Action   = ["dynamodb:GetItem", "dynamodb:UpdateItem"]
        Resource = ["arn:aws:dynamodb:eu-central-1:123456789012:table/shop-auth-state"]
      },
      {
        Sid      = "UserRows", Effect = "Allow"
        Action   = ["dynamodb:Scan", "dynamodb:BatchGetItem", "dynamodb:UpdateItem"]
        Resource = ["arn:aws:dynamodb:eu-central-1:123456789012:table/shop-users"]
      },
    ]
    error_message = aws_iam_role_policy.runtime["maintenance"].policy
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.runtime["maintenance"].policy).Statement[*].Sid == ["Identities", "AuthState", "UserRows", "KeyedHashes", "OwnLogs"]
    error_message = aws_iam_role_policy.runtime["maintenance"].policy
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.pool["maintenance"].policy).Statement == [{
      Sid      = "OwnPool", Effect = "Allow"
      Action   = ["cognito-idp:ListUsers", "cognito-idp:AdminUpdateUserAttributes", "cognito-idp:AdminGetUser", "cognito-idp:AdminDeleteUser"]
      Resource = ["arn:aws:cognito-idp:eu-central-1:123456789012:userpool/eu-central-1_AbCdEfGhI"]
    }]
    error_message = aws_iam_role_policy.pool["maintenance"].policy
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.runtime["delivery"].policy).Statement[*].Sid == ["AuthState", "PublishToPhones", "NotToTopics", "KeyedHashes", "OwnLogs"]
    error_message = "Without e-mail, no permission for it."
  }

  assert {
    condition     = keys(aws_iam_role_policy.pool) == ["maintenance", "sign_in", "sign_up"]
    error_message = "delivery may not touch the pool."
  }

  assert {
    condition = { for name, role in aws_iam_role.function : name => role.name } == {
      sign_up     = "shop-sign-up-eu-central-1"
      sign_in     = "shop-sign-in-eu-central-1"
      delivery    = "shop-delivery-eu-central-1"
      maintenance = "shop-maintenance-eu-central-1"
    } && aws_iam_role.sms[0].name == "shop-sms-eu-central-1"
    error_message = "IAM is global: role names carry the region."
  }

  assert {
    condition = alltrue([
      for role in aws_iam_role.function : jsondecode(role.assume_role_policy).Statement == [
        { Action = "sts:AssumeRole", Effect = "Allow", Principal = { Service = "lambda.amazonaws.com" } },
      ]
    ])
    error_message = "Functions' roles are for Lambda."
  }

  assert {
    condition = jsondecode(aws_iam_role.sms[0].assume_role_policy).Statement == [{
      Action    = "sts:AssumeRole"
      Effect    = "Allow"
      Principal = { Service = "cognito-idp.amazonaws.com" }
      Condition = {
        StringEquals = { "sts:ExternalId" = "shop", "aws:SourceAccount" = "123456789012" }
        ArnLike      = { "aws:SourceArn" = "arn:aws:cognito-idp:eu-central-1:123456789012:userpool/*" }
      }
    }]
    error_message = aws_iam_role.sms[0].assume_role_policy
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.sms[0].policy).Statement == [
      { Sid = "PublishToPhones", Effect = "Allow", Action = ["sns:Publish"], Resource = ["*"] },
      { Sid = "NotToTopics", Effect = "Deny", Action = ["sns:Publish"], Resource = ["arn:aws:sns:*:*:*"] },
    ]
    error_message = aws_iam_role_policy.sms[0].policy
  }
}

run "delivery_by_email_only" {
  variables {
    username_attributes = ["email"]
    pool_generation     = 2

    email = {
      from              = "login@example.com"
      identity_arn      = "arn:aws:ses:eu-central-1:123456789012:identity/login@example.com"
      configuration_set = "codes"
    }
  }

  assert {
    condition = slice(jsondecode(aws_iam_role_policy.runtime["delivery"].policy).Statement, 1, 2) == [{
      Sid    = "SendEmail", Effect = "Allow"
      Action = ["ses:SendEmail"]
      Resource = [
        "arn:aws:ses:eu-central-1:123456789012:identity/login@example.com",
        "arn:aws:ses:eu-central-1:123456789012:configuration-set/codes",
      ]
    }]
    error_message = aws_iam_role_policy.runtime["delivery"].policy
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.runtime["delivery"].policy).Statement[*].Sid == ["AuthState", "SendEmail", "KeyedHashes", "OwnLogs"]
    error_message = "Without SMS, no permission for it."
  }
}

run "no_wildcards" {
  variables {
    pool_generation  = 4
    alias_attributes = ["email", "phone_number"]
    delivery         = { channels = ["sms", "email"] }
    email            = { from = "login@example.com", identity_arn = "arn:aws:ses:eu-central-1:123456789012:identity/example.com", configuration_set = "codes" }
  }

  assert {
    condition = alltrue(flatten([
      for policy in concat(values(aws_iam_role_policy.runtime), values(aws_iam_role_policy.pool), aws_iam_role_policy.sms) : [
        for statement in jsondecode(policy.policy).Statement : [for action in statement.Action : !strcontains(action, "*")]
      ]
    ]))
    error_message = "No action has a *."
  }

  assert {
    condition = alltrue(flatten([
      for policy in concat(values(aws_iam_role_policy.runtime), values(aws_iam_role_policy.pool), aws_iam_role_policy.sms) : [
        for statement in jsondecode(policy.policy).Statement : [
          for resource in statement.Resource :
          # Streams are below their log group; a group's ARN does not match them without the end.
          statement.Action == ["sns:Publish"] || !strcontains(replace(resource, "/:log-group:[^*]+:\\*$/", ""), "*")
        ]
      ]
    ]))
    error_message = "No resource has a *, but for sns:Publish and the streams of a function's own log group."
  }

  assert {
    condition = alltrue([
      for policy in values(aws_iam_role_policy.runtime) : !strcontains(policy.policy, "logs:CreateLogGroup")
    ])
    error_message = "A function that may create its log group makes it anew after a destroy."
  }
}

# The key is there already, and with it the partition.
run "nothing_in_between" {
  variables {
    create = false
  }
}

# A partition other than "aws" is in every ARN that the module writes.
run "another_partition" {
  override_resource {
    target = aws_kms_key.code
    values = {
      arn = "arn:aws-us-gov:kms:us-gov-west-1:123456789012:key/11111111-2222-3333-4444-555555555555"
    }
  }

  assert {
    condition     = !strcontains(aws_iam_role.sms[0].assume_role_policy, "arn:aws:")
    error_message = aws_iam_role.sms[0].assume_role_policy
  }
}
