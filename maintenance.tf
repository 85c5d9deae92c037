# What runs without anybody signing in: the schedules of the `maintenance` function, and what CloudTrail tells it.

locals {
  # Empty: no such schedule. With Cognito's own codes no account waits for one of ours.
  schedules = {
    for job, expression in {
      reap      = var.native_otp ? "" : var.maintenance.reap_schedule
      reconcile = var.maintenance.reconcile_schedule
    } : job => expression if var.create && expression != ""
  }

  cloudtrail_count = var.create && var.maintenance.deletions_from_cloudtrail ? 1 : 0
}

################################################################################
# Schedules
################################################################################

resource "aws_scheduler_schedule" "this" {
  #checkov:skip=CKV_AWS_297:It holds the name of a job and the pool's id, no secret

  for_each = local.schedules

  name                = "${var.name}-${each.key}"
  description         = "Runs the job ${each.key} for the user pool ${var.name}"
  schedule_expression = each.value

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = local.invoked_arns["maintenance"]
    role_arn = aws_iam_role.schedules[0].arn
    input    = jsonencode({ job = each.key, user_pool_id = aws_cognito_user_pool.this[0].id })

    # The next one comes soon enough.
    retry_policy {
      maximum_retry_attempts       = 0
      maximum_event_age_in_seconds = 60
    }
  }

  depends_on = [aws_iam_role_policy.schedules]
}

resource "aws_iam_role" "schedules" {
  count = length(local.schedules) > 0 ? 1 : 0

  name                 = "${var.name}-schedules-${local.region}"
  path                 = var.iam_role_path
  permissions_boundary = var.permissions_boundary
  description          = "Schedules of the user pool ${var.name}"
  tags                 = var.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "scheduler.amazonaws.com" }
      Condition = {
        # The Scheduler names the group and not the schedule.
        StringEquals = {
          "aws:SourceAccount" = local.account_id
          "aws:SourceArn"     = "arn:${local.partition}:scheduler:${local.region}:${local.account_id}:schedule-group/default"
        }
      }
    }]
  })
}

resource "aws_iam_role_policy" "schedules" {
  count = length(local.schedules) > 0 ? 1 : 0

  name = "invoke"
  role = aws_iam_role.schedules[0].name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid      = "RunJobs"
      Effect   = "Allow"
      Action   = ["lambda:InvokeFunction"]
      Resource = [local.invoked_arns["maintenance"]]
    }]
  })
}

resource "aws_lambda_function_event_invoke_config" "maintenance" {
  count = var.create ? 1 : 0

  function_name = aws_lambda_function.this["maintenance"].function_name
  qualifier     = local.qualifiers["maintenance"]
  # A job that failed goes on at its next turn, from where it was.
  maximum_retry_attempts       = 0
  maximum_event_age_in_seconds = 900
}

################################################################################
# Deletions from CloudTrail
################################################################################

resource "aws_cloudwatch_event_rule" "users_changed" {
  count = local.cloudtrail_count

  name        = "${var.name}-users-changed"
  description = "Users of the pool ${var.name} that were deleted, disabled or enabled"
  tags        = var.tags

  event_pattern = jsonencode({
    source      = ["aws.cognito-idp"]
    detail-type = ["AWS API Call via CloudTrail"]
    detail = {
      eventSource = ["cognito-idp.amazonaws.com"]
      # Usernames are hidden: without the id nobody knows who it was.
      additionalEventData = { sub = [{ exists = true }] }
      "$or" = [
        {
          eventName         = ["AdminDeleteUser", "AdminDisableUser", "AdminEnableUser"]
          requestParameters = { userPoolId = [aws_cognito_user_pool.this[0].id] }
        },
        # People's own; the access token, which is hidden too, says of which pool.
        { eventName = ["DeleteUser"] },
      ]
    }
  })
}

resource "aws_cloudwatch_event_target" "users_changed" {
  count = local.cloudtrail_count

  rule = aws_cloudwatch_event_rule.users_changed[0].name
  arn  = local.invoked_arns["maintenance"]

  # Nothing else of the record: it says who called, and from where.
  input_transformer {
    input_paths    = { sub = "$.detail.additionalEventData.sub" }
    input_template = "{\"job\":\"recheck\",\"user_pool_id\":\"${aws_cognito_user_pool.this[0].id}\",\"sub\":<sub>}"
  }

  depends_on = [aws_lambda_permission.users_changed]
}

resource "aws_lambda_permission" "users_changed" {
  count = local.cloudtrail_count

  statement_id  = "AllowUsersChanged"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.this["maintenance"].function_name
  qualifier     = local.qualifiers["maintenance"]
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.users_changed[0].arn
}
