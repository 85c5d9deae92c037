# What is set in the account, and what is refused. The provider is a mock: nothing is called.

mock_provider "aws" {
  mock_resource "aws_iam_role" {
    defaults = {
      arn = "arn:aws-us-gov:iam::123456789012:role/sns-sms-delivery-status-1"
    }
  }
}

variables {
  monthly_spend_limit = 20
}

run "by_default" {
  assert {
    condition = (
      aws_sns_sms_preferences.this.monthly_spend_limit == 20
      && aws_sns_sms_preferences.this.default_sms_type == "Transactional"
      && aws_sns_sms_preferences.this.default_sender_id == null
      && aws_sns_sms_preferences.this.usage_report_s3_bucket == null
      && aws_sns_sms_preferences.this.delivery_status_iam_role_arn == null
      && aws_sns_sms_preferences.this.delivery_status_success_sampling_rate == null
    )
    error_message = jsonencode(aws_sns_sms_preferences.this)
  }

  assert {
    condition     = length(aws_iam_role.delivery_status) == 0 && length(aws_iam_role_policy.delivery_status) == 0 && output.delivery_status_role_arn == null
    error_message = "Without logging there is no role."
  }
}

run "with_everything" {
  variables {
    default_sender_id       = "MY-APP"
    default_sms_type        = "Promotional"
    delivery_status_logging = { success_sampling_rate = 10 }
    usage_report_s3_bucket  = "sms-reports.example.com"
    tags                    = { team = "identity" }
    permissions_boundary    = "arn:aws-us-gov:iam::123456789012:policy/boundary"
    iam_role_path           = "/identity/"
  }

  assert {
    condition     = aws_iam_role.delivery_status[0].path == "/identity/" && aws_iam_role.delivery_status[0].permissions_boundary == "arn:aws-us-gov:iam::123456789012:policy/boundary"
    error_message = "The role is under the path and within the boundary."
  }

  assert {
    condition = (
      aws_sns_sms_preferences.this.default_sender_id == "MY-APP"
      && aws_sns_sms_preferences.this.default_sms_type == "Promotional"
      && aws_sns_sms_preferences.this.usage_report_s3_bucket == "sms-reports.example.com"
      && aws_sns_sms_preferences.this.delivery_status_iam_role_arn == "arn:aws-us-gov:iam::123456789012:role/sns-sms-delivery-status-1"
      && aws_sns_sms_preferences.this.delivery_status_success_sampling_rate == "10"
      && output.delivery_status_role_arn == "arn:aws-us-gov:iam::123456789012:role/sns-sms-delivery-status-1"
    )
    error_message = jsonencode(aws_sns_sms_preferences.this)
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.delivery_status[0].policy).Statement == [{
      Sid      = "LogsOfSns", Effect = "Allow"
      Action   = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents", "logs:PutMetricFilter", "logs:PutRetentionPolicy"]
      Resource = ["arn:aws-us-gov:logs:*:123456789012:log-group:sns/*"]
    }]
    error_message = aws_iam_role_policy.delivery_status[0].policy
  }

  assert {
    condition = jsondecode(aws_iam_role.delivery_status[0].assume_role_policy).Statement == [
      { Action = "sts:AssumeRole", Effect = "Allow", Principal = { Service = "sns.amazonaws.com" } },
    ] && aws_iam_role.delivery_status[0].tags == tomap({ team = "identity" })
    error_message = "The role is for SNS."
  }
}

run "failures_only" {
  variables {
    delivery_status_logging = {}
  }

  assert {
    condition     = aws_sns_sms_preferences.this.delivery_status_success_sampling_rate == "0"
    error_message = "Successes are logged only if that is asked for."
  }
}

run "no_limit" {
  command = plan

  variables {
    monthly_spend_limit = -1
    default_sender_id   = "12345"
    default_sms_type    = "transactional"
  }

  expect_failures = [var.monthly_spend_limit, var.default_sender_id, var.default_sms_type]
}

run "half_a_dollar" {
  command = plan

  variables {
    monthly_spend_limit     = 0.5
    default_sender_id       = "TWELVELETTER"
    delivery_status_logging = { success_sampling_rate = 101 }
    usage_report_s3_bucket  = "arn:aws:s3:::reports"
  }

  expect_failures = [var.monthly_spend_limit, var.default_sender_id, var.delivery_status_logging, var.usage_report_s3_bucket]
}

run "half_a_percent" {
  command = plan

  variables {
    default_sender_id       = "-APP"
    delivery_status_logging = { success_sampling_rate = 0.5 }
  }

  expect_failures = [var.default_sender_id, var.delivery_status_logging]
}
