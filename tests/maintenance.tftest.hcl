# What runs on schedule, who may start it, and what it hears of.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  name = "shop"
}

run "by_default" {
  assert {
    condition = { for job, schedule in aws_scheduler_schedule.this : job => [schedule.name, schedule.schedule_expression] } == {
      reap      = ["shop-reap", "rate(1 day)"]
      reconcile = ["shop-reconcile", "rate(15 minutes)"]
    }
    error_message = "Both jobs have a schedule."
  }

  assert {
    condition = alltrue([
      for job, schedule in aws_scheduler_schedule.this :
      one(schedule.target).arn == aws_lambda_function.this["maintenance"].arn
      && one(schedule.target).role_arn == aws_iam_role.schedules[0].arn
      && jsondecode(one(schedule.target).input) == { job = job, user_pool_id = "eu-central-1_AbCdEfGhI" }
      && one(one(schedule.target).retry_policy).maximum_retry_attempts == 0
      && one(schedule.flexible_time_window).mode == "OFF"
    ])
    error_message = "A schedule invokes the function with its job and the pool, once."
  }

  assert {
    condition = aws_iam_role.schedules[0].name == "shop-schedules-eu-central-1" && jsondecode(aws_iam_role.schedules[0].assume_role_policy).Statement == [{
      Action    = "sts:AssumeRole"
      Effect    = "Allow"
      Principal = { Service = "scheduler.amazonaws.com" }
      Condition = {
        StringEquals = {
          "aws:SourceAccount" = "123456789012"
          "aws:SourceArn"     = "arn:aws:scheduler:eu-central-1:123456789012:schedule-group/default"
        }
      }
    }]
    error_message = aws_iam_role.schedules[0].assume_role_policy
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.schedules[0].policy).Statement == [{
      Sid      = "RunJobs", Effect = "Allow"
      Action   = ["lambda:InvokeFunction"]
      Resource = [aws_lambda_function.this["maintenance"].arn]
    }]
    error_message = aws_iam_role_policy.schedules[0].policy
  }

  assert {
    condition = (
      aws_lambda_function_event_invoke_config.maintenance[0].function_name == "shop-maintenance"
      && aws_lambda_function_event_invoke_config.maintenance[0].maximum_retry_attempts == 0
      && aws_lambda_function_event_invoke_config.maintenance[0].maximum_event_age_in_seconds == 900
    )
    error_message = "A job that failed waits for its next turn."
  }

  assert {
    condition     = aws_lambda_function.this["maintenance"].timeout == 900
    error_message = "A walk gets all the time that Lambda has."
  }

  assert {
    condition     = length(concat(aws_cloudwatch_event_rule.users_changed, aws_cloudwatch_event_target.users_changed, aws_lambda_permission.users_changed)) == 0
    error_message = "Without a trail there is nothing to listen to."
  }

  assert {
    condition     = output.settings.maintenance.list_users_per_second == 5 && output.settings.maintenance.reconcile_interval_hours == 24
    error_message = "settings shows the values in effect."
  }
}

run "other_settings" {
  variables {
    maintenance = {
      reap_schedule             = ""
      reconcile_schedule        = "rate(30 minutes)"
      reconcile_interval_hours  = 12
      list_users_per_second     = 2.5
      deletions_from_cloudtrail = true
    }
  }

  assert {
    condition     = { for job, schedule in aws_scheduler_schedule.this : job => schedule.schedule_expression } == { reconcile = "rate(30 minutes)" }
    error_message = "An empty expression is no schedule."
  }

  assert {
    condition = (
      aws_lambda_function.this["maintenance"].environment[0].variables["LIST_USERS_PER_SECOND"] == "2.5"
      && aws_lambda_function.this["maintenance"].environment[0].variables["RECONCILE_INTERVAL_HOURS"] == "12"
    )
    error_message = "The function is told its pace."
  }

  assert {
    condition = jsondecode(aws_cloudwatch_event_rule.users_changed[0].event_pattern) == {
      source      = ["aws.cognito-idp"]
      detail-type = ["AWS API Call via CloudTrail"]
      detail = {
        eventSource         = ["cognito-idp.amazonaws.com"]
        additionalEventData = { sub = [{ exists = true }] }
        "$or" = [
          {
            eventName         = ["AdminDeleteUser", "AdminDisableUser", "AdminEnableUser"]
            requestParameters = { userPoolId = ["eu-central-1_AbCdEfGhI"] }
          },
          { eventName = ["DeleteUser"] },
        ]
      }
    }
    error_message = aws_cloudwatch_event_rule.users_changed[0].event_pattern
  }

  assert {
    condition = (
      one(aws_cloudwatch_event_target.users_changed[0].input_transformer).input_paths == tomap({ sub = "$.detail.additionalEventData.sub" })
      && jsondecode(replace(one(aws_cloudwatch_event_target.users_changed[0].input_transformer).input_template, "<sub>", "\"x\"")) == {
        job = "recheck", user_pool_id = "eu-central-1_AbCdEfGhI", sub = "x"
      }
    )
    error_message = "Of the record the function gets the user's id alone."
  }

  assert {
    condition = (
      aws_lambda_permission.users_changed[0].principal == "events.amazonaws.com"
      && aws_lambda_permission.users_changed[0].source_arn == aws_cloudwatch_event_rule.users_changed[0].arn
    )
    error_message = "Only this rule invokes the function."
  }
}

run "no_schedules" {
  variables {
    maintenance = { reap_schedule = "", reconcile_schedule = "" }
  }

  assert {
    condition     = length(concat(values(aws_scheduler_schedule.this), aws_iam_role.schedules, aws_iam_role_policy.schedules)) == 0
    error_message = "Without schedules there is no role for them."
  }
}

run "nothing" {
  variables {
    create      = false
    maintenance = { deletions_from_cloudtrail = true }
  }

  assert {
    condition = length(concat(
      values(aws_scheduler_schedule.this), aws_iam_role.schedules, aws_iam_role_policy.schedules, aws_lambda_function_event_invoke_config.maintenance,
      aws_cloudwatch_event_rule.users_changed, aws_cloudwatch_event_target.users_changed, aws_lambda_permission.users_changed,
    )) == 0
    error_message = "create = false makes nothing."
  }
}

run "native" {
  variables {
    native_otp = true
  }

  assert {
    condition     = keys(aws_lambda_function.this) == ["maintenance", "sign_up"] && keys(aws_scheduler_schedule.this) == ["reconcile"]
    error_message = "Accounts and rows drift with Cognito's own codes too; there is nobody to reap."
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.pool["maintenance"].policy).Statement[0].Action == ["cognito-idp:ListUsers"]
    error_message = aws_iam_role_policy.pool["maintenance"].policy
  }
}

run "schedules_that_are_none" {
  command = plan

  variables {
    maintenance = { reap_schedule = "every hour" }
  }

  expect_failures = [var.maintenance]
}

run "at_most_an_hour_between_turns" {
  command = plan

  variables {
    maintenance = { reconcile_schedule = "rate(2 hours)" }
  }

  expect_failures = [var.maintenance]
}

run "at_most_sixty_minutes_either" {
  command = plan

  variables {
    maintenance = { reconcile_schedule = "rate(90 minutes)" }
  }

  expect_failures = [var.maintenance]
}

run "not_by_the_day" {
  command = plan

  variables {
    maintenance = { reconcile_schedule = "rate(1 day)" }
  }

  expect_failures = [var.maintenance]
}

run "no_faster_than_the_account" {
  command = plan

  variables {
    maintenance = { list_users_per_second = 31 }
  }

  expect_failures = [var.maintenance]
}

run "whole_hours" {
  command = plan

  variables {
    maintenance = { reconcile_interval_hours = 0.5 }
  }

  expect_failures = [var.maintenance]
}

run "a_walk_by_night" {
  command = plan
  variables {
    maintenance = { reconcile_schedule = "cron(0 3 * * ? *)" }
  }
  expect_failures = [var.maintenance]
}
