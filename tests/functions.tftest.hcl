# The functions' own settings: network, layers, variables, package, snapshots; and what organisations ask of roles and encryption.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  name = "shop"
}

run "what_callers_set" {
  variables {
    lambda = {
      vpc_config  = { subnet_ids = ["subnet-1", "subnet-2"], security_group_ids = ["sg-1"], ipv6_allowed_for_dual_stack = true }
      layers      = ["arn:aws:lambda:eu-central-1:111122223333:layer:tracing:7"]
      environment = { TRACING = "on", REGION_OF_TRACES = "eu" }
      functions = {
        sign_in     = { memory_size = 1024, reserved_concurrent_executions = 50, environment = { TRACING = "off" } }
        maintenance = { layers = [] }
      }
    }
    lambda_package = {
      s3_bucket               = "mirror"
      s3_key                  = "cognito_otp.zip"
      s3_object_version       = "v1"
      source_code_hash        = "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg="
      code_signing_config_arn = "arn:aws:lambda:eu-central-1:123456789012:code-signing-config:csc-0123456789abcdef0"
    }
    maintenance          = { deletions_from_cloudtrail = true }
    permissions_boundary = "arn:aws:iam::123456789012:policy/boundary"
    iam_role_path        = "/identity/otp/"
    kms_key_arn          = "arn:aws:kms:eu-central-1:123456789012:key/99999999-2222-3333-4444-555555555555"
  }

  assert {
    condition = alltrue([
      for function in aws_lambda_function.this :
      one(function.vpc_config).subnet_ids == toset(["subnet-1", "subnet-2"]) && one(function.vpc_config).security_group_ids == toset(["sg-1"])
      && one(function.vpc_config).ipv6_allowed_for_dual_stack
      && function.filename == null && function.s3_bucket == "mirror" && function.s3_key == "cognito_otp.zip" && function.s3_object_version == "v1"
      && function.source_code_hash == "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg="
      && function.code_signing_config_arn == "arn:aws:lambda:eu-central-1:123456789012:code-signing-config:csc-0123456789abcdef0"
      && function.kms_key_arn == var.kms_key_arn && !function.publish && length(function.snap_start) == 0
    ])
    error_message = "Network, package and key are those of all functions; nothing is published without snapshots."
  }

  assert {
    condition = (
      aws_lambda_function.this["sign_in"].memory_size == 1024 && aws_lambda_function.this["sign_up"].memory_size == 512
      && aws_lambda_function.this["sign_in"].reserved_concurrent_executions == 50
      && coalesce(aws_lambda_function.this["sign_up"].reserved_concurrent_executions, -1) == -1
      && aws_lambda_function.this["maintenance"].layers == null
      && aws_lambda_function.this["sign_up"].layers == tolist(["arn:aws:lambda:eu-central-1:111122223333:layer:tracing:7"])
      && aws_lambda_function.this["sign_in"].environment[0].variables["TRACING"] == "off"
      && aws_lambda_function.this["sign_in"].environment[0].variables["REGION_OF_TRACES"] == "eu"
      && aws_lambda_function.this["sign_in"].environment[0].variables["USER_TABLE"] == "shop-users"
      && aws_lambda_function.this["delivery"].environment[0].variables["TRACING"] == "on"
    )
    error_message = "A function's own settings come before those of all; layers are null and never []."
  }

  assert {
    condition = alltrue([
      for role in concat(values(aws_iam_role.function), aws_iam_role.sms, aws_iam_role.schedules) :
      role.path == "/identity/otp/" && role.permissions_boundary == "arn:aws:iam::123456789012:policy/boundary"
    ]) && length(aws_iam_role.sms) == 1 && length(aws_iam_role.schedules) == 1
    error_message = "Every role is under the path and within the boundary."
  }

  assert {
    condition = alltrue([
      for table in concat(aws_dynamodb_table.users, aws_dynamodb_table.identities, aws_dynamodb_table.auth_state) :
      one(table.server_side_encryption).enabled && one(table.server_side_encryption).kms_key_arn == var.kms_key_arn
    ]) && alltrue([for group in aws_cloudwatch_log_group.function : group.kms_key_id == var.kms_key_arn])
    error_message = "Every table and log group is under the key."
  }

  assert {
    condition = alltrue([
      for function, policy in aws_iam_role_policy.runtime :
      [for statement in jsondecode(policy.policy).Statement : statement if contains(["OwnKey", "NetworkInterfaces", "NotFromWithin"], statement.Sid)] == [
        {
          Sid       = "OwnKey", Effect = "Allow"
          Action    = ["kms:Decrypt"]
          Resource  = [var.kms_key_arn]
          Condition = { StringLike = { "kms:ViaService" = ["dynamodb.eu-central-1.*", "lambda.eu-central-1.*"] } }
        },
        {
          Sid = "NetworkInterfaces", Effect = "Allow"
          Action = [
            "ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:DeleteNetworkInterface",
            "ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses",
          ]
          Resource = ["*"]
        },
        {
          Sid = "NotFromWithin", Effect = "Deny"
          Action = [
            "ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:DeleteNetworkInterface",
            "ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses",
          ]
          Resource  = ["*"]
          Condition = { ArnEquals = { "lambda:SourceFunctionArn" = ["arn:aws:lambda:eu-central-1:123456789012:function:shop-${replace(function, "_", "-")}"] } }
        },
      ]
    ])
    error_message = aws_iam_role_policy.runtime["sign_in"].policy
  }

  assert {
    condition = (
      jsonencode(output.settings.lambda.environment) == jsonencode(["REGION_OF_TRACES", "TRACING"])
      && output.settings.lambda.functions["sign_in"].memory_size == 1024 && output.settings.lambda.functions["delivery"].memory_size == 512
      && output.settings.lambda_package.s3_bucket == "mirror" && output.settings.kms_key_arn == var.kms_key_arn
      && output.settings.iam_role_path == "/identity/otp/" && output.settings.permissions_boundary == var.permissions_boundary
    )
    error_message = "settings shows them, the variables by name only."
  }
}

run "nothing_of_it" {
  variables {
    create               = false
    lambda               = { vpc_config = { subnet_ids = ["subnet-1"], security_group_ids = ["sg-1"] }, snap_start = true, functions = { sign_in = { memory_size = 1024 } } }
    lambda_package       = { filename = "./lambda_package/cognito_otp.zip" }
    permissions_boundary = "arn:aws:iam::123456789012:policy/boundary"
    iam_role_path        = "/identity/"
    kms_key_arn          = "arn:aws:kms:eu-central-1:123456789012:key/99999999-2222-3333-4444-555555555555"
  }

  assert {
    condition     = length(aws_lambda_alias.live) == 0 && length(aws_lambda_function.this) == 0 && length(aws_iam_role.function) == 0 && length(output.function_arns) == 0
    error_message = "create = false makes nothing."
  }
}

run "snapshots" {
  variables {
    lambda         = { snap_start = true }
    lambda_package = { filename = "./lambda_package/cognito_otp.zip" }
    sign_up        = { confirmation = "code" }
    maintenance    = { deletions_from_cloudtrail = true }
  }

  assert {
    condition = alltrue([
      for name, function in aws_lambda_function.this :
      function.publish && one(function.snap_start).apply_on == "PublishedVersions"
      && aws_lambda_alias.live[name].name == "live" && aws_lambda_alias.live[name].function_name == function.function_name
      && aws_lambda_alias.live[name].function_version == function.version
      && function.source_code_hash == filebase64sha256("./lambda_package/cognito_otp.zip")
    ])
    error_message = "Each function has an alias, on the version that was published last."
  }

  assert {
    condition = alltrue([
      for trigger in ["pre_sign_up", "post_confirmation", "custom_message", "define_auth_challenge", "create_auth_challenge", "verify_auth_challenge_response", "post_authentication"] :
      one(aws_cognito_user_pool.this[0].lambda_config)[trigger] == "arn:aws:lambda:eu-central-1:123456789012:function:a-function:live"
    ])
    error_message = "The pool invokes the aliases."
  }

  assert {
    condition = (
      alltrue([for permission in concat(values(aws_lambda_permission.cognito_live), aws_lambda_permission.users_changed) : permission.qualifier == "live"])
      && length(aws_lambda_permission.cognito_live) == 2 && aws_lambda_permission.cognito_live["sign_in"].source_arn == aws_cognito_user_pool.this[0].arn
      && alltrue([for permission in aws_lambda_permission.cognito : permission.qualifier == null]) && length(aws_lambda_permission.cognito) == 2
      && aws_lambda_function_event_invoke_config.delivery[0].qualifier == "live"
      && aws_lambda_function_event_invoke_config.maintenance[0].qualifier == "live"
    )
    error_message = "Permissions and asynchronous settings are the aliases'."
  }

  assert {
    condition = (
      aws_lambda_function.this["sign_in"].environment[0].variables["FUNCTION_ALIAS"] == "live"
      && aws_lambda_function.this["sign_up"].environment[0].variables["FUNCTION_ALIAS"] == "live"
      && jsondecode(aws_iam_role_policy.runtime["sign_in"].policy).Statement[3].Resource == [
        "arn:aws:lambda:eu-central-1:123456789012:function:shop-delivery", "arn:aws:lambda:eu-central-1:123456789012:function:shop-delivery:live",
      ]
      && one([for statement in jsondecode(aws_iam_role_policy.runtime["sign_up"].policy).Statement : statement if statement.Sid == "AskForRemoval"]).Resource == [
        "arn:aws:lambda:eu-central-1:123456789012:function:shop-maintenance", "arn:aws:lambda:eu-central-1:123456789012:function:shop-maintenance:live",
      ]
      && jsondecode(aws_iam_role_policy.schedules[0].policy).Statement[0].Resource == ["arn:aws:lambda:eu-central-1:123456789012:function:a-function:live"]
      && alltrue([for schedule in aws_scheduler_schedule.this : one(schedule.target).arn == "arn:aws:lambda:eu-central-1:123456789012:function:a-function:live"])
      && aws_cloudwatch_event_target.users_changed[0].arn == "arn:aws:lambda:eu-central-1:123456789012:function:a-function:live"
    )
    error_message = "So do the functions, the schedules and the rule."
  }

  assert {
    condition     = output.function_arns["maintenance"] == "arn:aws:lambda:eu-central-1:123456789012:function:a-function:live" && output.function_names["maintenance"] == "shop-maintenance"
    error_message = "The outputs name what is to be invoked."
  }
}

run "no_snapshots" {
  variables {
    lambda = { functions = {} }
  }

  assert {
    condition = (
      length(aws_lambda_alias.live) == 0 && length(aws_lambda_permission.cognito_live) == 0
      && !contains(keys(aws_lambda_function.this["sign_in"].environment[0].variables), "FUNCTION_ALIAS")
      && aws_lambda_function_event_invoke_config.delivery[0].qualifier == null
      && one(aws_cognito_user_pool.this[0].lambda_config).pre_sign_up == "arn:aws:lambda:eu-central-1:123456789012:function:a-function"
      && length(aws_lambda_function.this["sign_in"].vpc_config) == 0
      && coalesce(aws_lambda_function.this["sign_in"].kms_key_arn, "-") == "-"
      && aws_lambda_function.this["sign_in"].source_code_hash == filebase64sha256("./lambda_package/cognito_otp.zip")
    )
    error_message = "Without it there is no alias."
  }
}

################################################################################
# What is refused
################################################################################

run "no_such_function_and_no_s3_key" {
  command = plan

  variables {
    lambda               = { functions = { signin = { memory_size = 1024 } } }
    lambda_package       = { s3_bucket = "mirror" }
    permissions_boundary = "boundary"
    iam_role_path        = "identity"
    kms_key_arn          = "arn:aws:kms:eu-central-1:123456789012:alias/ours"
  }

  expect_failures = [var.lambda, var.lambda_package, var.permissions_boundary, var.iam_role_path, var.kms_key_arn]
}

run "too_little_memory_for_one_and_two_packages" {
  command = plan

  variables {
    lambda         = { functions = { sign_in = { memory_size = 128 } } }
    lambda_package = { filename = "a.zip", s3_bucket = "mirror", s3_key = "a.zip" }
    iam_role_path  = "/identity"
  }

  expect_failures = [var.lambda, var.lambda_package, var.iam_role_path]
}

run "a_network_without_subnets_and_no_package" {
  command = plan

  variables {
    lambda         = { vpc_config = { subnet_ids = [], security_group_ids = ["sg-1"] } }
    lambda_package = {}
    iam_role_path  = "/our identity/"
  }

  expect_failures = [var.lambda, var.lambda_package, var.iam_role_path]
}

run "a_layer_without_a_version_and_an_s3_key_without_a_bucket" {
  command = plan

  variables {
    lambda         = { layers = ["arn:aws:lambda:eu-central-1:111122223333:layer:tracing"] }
    lambda_package = { filename = "a.zip", s3_key = "a.zip" }
  }

  expect_failures = [var.lambda, var.lambda_package]
}

run "six_layers_of_one" {
  command = plan

  variables {
    lambda = { functions = { delivery = { layers = [for number in range(6) : "arn:aws:lambda:eu-central-1:111122223333:layer:tracing:${number}"] } } }
  }

  expect_failures = [var.lambda]
}

run "variables_that_lambda_sets" {
  command = plan

  variables {
    lambda = { environment = { AWS_REGION = "eu-west-1" } }
  }

  expect_failures = [var.lambda]
}

run "variables_with_impossible_names" {
  command = plan

  variables {
    lambda = { functions = { sign_up = { environment = { "trace-id" = "1" } } } }
  }

  expect_failures = [var.lambda]
}

run "variables_without_a_value" {
  command = plan

  variables {
    lambda = { environment = { TRACING = null } }
  }

  expect_failures = [var.lambda]
}

run "snapshots_of_an_old_runtime" {
  command = plan

  variables {
    lambda = { snap_start = true, runtime = "python3.11" }
  }

  expect_failures = [var.lambda]
}

run "nothing_reserved" {
  command = plan

  variables {
    lambda = { functions = { sign_in = { reserved_concurrent_executions = 0 } } }
  }

  expect_failures = [var.lambda]
}

# Also those that the module has no value for now, and has read somewhere.
run "the_modules_own_variables" {
  command = plan

  variables {
    lambda = {
      environment = { SMS_CONFIGURATION_SET = "mine" }
      functions   = { maintenance = { environment = { USER_TABLE = "mine" } } }
    }
  }

  expect_failures = [aws_lambda_function.this["maintenance"], aws_lambda_function.this["sign_up"], aws_lambda_function.this["sign_in"], aws_lambda_function.this["delivery"]]
}

# What a caller adds counts, and may be secret.
run "too_many_bytes" {
  command = plan

  variables {
    lambda = { functions = { delivery = { environment = { TRACING = sensitive(join("", [for _ in range(1000) : "4 KB"])) } } } }
  }

  expect_failures = [aws_lambda_function.this["delivery"]]
}

run "a_key_elsewhere_and_a_package_whose_changes_nobody_sees" {
  command = plan

  variables {
    lambda         = { functions = { sign_in = { layers = ["arn:aws:lambda:us-east-1:111122223333:layer:tracing:7"] } } }
    lambda_package = { s3_bucket = "mirror", s3_key = "cognito_otp.zip" }
  }

  expect_failures = [aws_lambda_function.this["sign_in"], check.changes_of_the_package]
}

run "settings_of_functions_that_are_not_made" {
  command = plan

  variables {
    native_otp  = true
    kms_key_arn = "arn:aws:kms:us-east-1:123456789012:key/99999999-2222-3333-4444-555555555555"
    lambda      = { functions = { sign_in = { memory_size = 1024 } } }
  }

  expect_failures = [aws_lambda_function.this["sign_up"], aws_lambda_function.this["maintenance"], check.functions_that_are_not_made]
}
