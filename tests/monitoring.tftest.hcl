# What is counted, when an alarm goes off, and what the dashboard shows. What the patterns match is held by tests/unit/test_metrics.py, the
# dashboard's body by tests/e2e/dashboard.py.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  name = "shop"
}

run "by_default" {
  assert {
    condition = keys(aws_cloudwatch_log_metric_filter.this) == [
      "delivery-codes-sent", "delivery-delivery-failures", "delivery-errors", "delivery-pumping",
      "maintenance-claim-conflicts", "maintenance-drift", "maintenance-errors",
      "sign-in-claim-conflicts", "sign-in-codes-requested", "sign-in-codes-throttled", "sign-in-codes-verified", "sign-in-codes-wrong", "sign-in-errors",
      "sign-up-claim-conflicts", "sign-up-errors", "sign-up-sign-ups-accepted", "sign-up-sign-ups-refused",
    ]
    error_message = join(" ", keys(aws_cloudwatch_log_metric_filter.this))
  }

  assert {
    condition = alltrue([
      for key, filter in aws_cloudwatch_log_metric_filter.this :
      filter.name == "shop-${key}"
      && startswith(key, trimprefix(filter.log_group_name, "/aws/lambda/shop-"))
      && one(filter.metric_transformation).namespace == "cognito-otp"
      && endswith("shop-${key}", trimprefix(one(filter.metric_transformation).name, "shop"))
      && one(filter.metric_transformation).value == "1"
      && one(filter.metric_transformation).default_value == "0"
    ])
    error_message = "A filter counts lines of its function for its metric."
  }

  assert {
    condition = (
      aws_cloudwatch_log_metric_filter.this["maintenance-drift"].pattern == "{ $.message = \"drift\" && $.outcome != \"found\" }"
      && one(aws_cloudwatch_log_metric_filter.this["maintenance-drift"].metric_transformation).name == "shop-drift"
    )
    error_message = "Drift is a metric."
  }

  assert {
    condition     = output.dashboard_name == "shop-eu-central-1" && aws_cloudwatch_dashboard.this[0].dashboard_name == "shop-eu-central-1"
    error_message = "Dashboards are the account's, in all regions together: the name says whose it is."
  }

  assert {
    condition     = length(aws_cloudwatch_metric_alarm.this) == 0 && !strcontains(aws_cloudwatch_dashboard.this[0].dashboard_body, "\"alarm\"")
    error_message = "Without a topic there are no alarms, nor a place for them."
  }

  assert {
    condition = alltrue([
      for title in ["Codes", "Requested, sent, verified", "By country", "By channel", "Sign-ups", "Failures", "Slowest runs of the triggers, ms", "Why not"] :
      contains([for widget in jsondecode(aws_cloudwatch_dashboard.this[0].dashboard_body).widgets : try(widget.properties.title, "")], title)
    ])
    error_message = "The dashboard shows the way of a code, and what stops it."
  }

  assert {
    condition = alltrue([
      for widget in jsondecode(aws_cloudwatch_dashboard.this[0].dashboard_body).widgets : try(widget.properties.region, "eu-central-1") == "eu-central-1"
    ])
    error_message = "It shows the pool's region."
  }

  assert {
    condition = contains(flatten([
      for widget in jsondecode(aws_cloudwatch_dashboard.this[0].dashboard_body).widgets : try(widget.properties.annotations.horizontal[*].value, [])
    ]), 5000)
    error_message = "Beside the functions' durations stands how long Cognito waits."
  }

  assert {
    condition     = output.settings.monitoring.dashboard && output.settings.monitoring.alarms == null
    error_message = "settings shows the values in effect."
  }
}

run "alarms" {
  variables {
    clients = { app = {}, web = {} }
    tags    = { team = "identity" }
    monitoring = {
      alarms = { sns_topic_arn = "arn:aws:sns:eu-central-1:123456789012:alarms", delivery_failures = 3, conversion_min_sent = 30, pumping = 0 }
    }
  }

  assert {
    condition = { for key, alarm in aws_cloudwatch_metric_alarm.this : key => [alarm.alarm_name, alarm.comparison_operator, alarm.threshold] } == {
      delivery-failures     = ["shop-delivery-failures", "GreaterThanOrEqualToThreshold", 3]
      conversion            = ["shop-conversion", "LessThanThreshold", 40]
      errors                = ["shop-errors", "GreaterThanOrEqualToThreshold", 5]
      sign-up-duration      = ["shop-sign-up-duration", "GreaterThanOrEqualToThreshold", 4000]
      sign-in-duration      = ["shop-sign-in-duration", "GreaterThanOrEqualToThreshold", 4000]
      function-throttles    = ["shop-function-throttles", "GreaterThanOrEqualToThreshold", 1]
      cognito-throttles-app = ["shop-cognito-throttles-app", "GreaterThanOrEqualToThreshold", 1]
      cognito-throttles-web = ["shop-cognito-throttles-web", "GreaterThanOrEqualToThreshold", 1]
      claim-conflicts       = ["shop-claim-conflicts", "GreaterThanOrEqualToThreshold", 1]
      drift                 = ["shop-drift", "GreaterThanOrEqualToThreshold", 50]
    }
    error_message = "Each alarm has the threshold given, or its default; one of 0 is not made."
  }

  assert {
    condition = alltrue([
      for alarm in aws_cloudwatch_metric_alarm.this :
      alarm.alarm_actions == toset(["arn:aws:sns:eu-central-1:123456789012:alarms"])
      && alarm.ok_actions == toset(["arn:aws:sns:eu-central-1:123456789012:alarms"])
      && alarm.treat_missing_data == "notBreaching"
      && alarm.tags == tomap({ team = "identity" })
      && length(alarm.alarm_description) > 100 && length(alarm.alarm_description) < 1024
    ])
    error_message = "The topic hears when an alarm goes off and when it is over; a quiet night is no reason."
  }

  assert {
    condition = {
      for key, alarm in aws_cloudwatch_metric_alarm.this : key => {
        for query in alarm.metric_query : query.id => try(
          "${one(query.metric).metric_name} ${one(query.metric).stat} ${one(query.metric).period} ${join(" ", values(one(query.metric).dimensions))}", query.expression
        )
      } if !startswith(key, "cognito-throttles")
      } == {
      delivery-failures  = { result = "SUM(METRICS())", failed = "shop-delivery-failures Sum 300 ", dropped = "AsyncEventsDropped Sum 300 shop-delivery" }
      conversion         = { result = "IF(sent >= 30, 100 * verified / sent, 100)", sent = "shop-codes-sent Sum 3600 ", verified = "shop-codes-verified Sum 3600 " }
      errors             = { result = "SUM(METRICS())", errors = "shop-errors Sum 300 " }
      sign-up-duration   = { result = "SUM(METRICS())", duration = "Duration p99 300 shop-sign-up" }
      sign-in-duration   = { result = "SUM(METRICS())", duration = "Duration p99 300 shop-sign-in" }
      function-throttles = { result = "SUM(METRICS())", sign_up = "Throttles Sum 300 shop-sign-up", sign_in = "Throttles Sum 300 shop-sign-in", delivery = "Throttles Sum 300 shop-delivery", maintenance = "Throttles Sum 300 shop-maintenance" }
      claim-conflicts    = { result = "SUM(METRICS())", conflicts = "shop-claim-conflicts Sum 86400 " }
      drift              = { result = "SUM(METRICS())", drift = "shop-drift Sum 86400 " }
    }
    error_message = "What each alarm looks at."
  }

  assert {
    condition = {
      for query in aws_cloudwatch_metric_alarm.this["cognito-throttles-web"].metric_query : query.id => one(query.metric).dimensions if query.id != "result"
      } == {
      sign_ins = tomap({ UserPool = "eu-central-1_AbCdEfGhI", UserPoolClient = "3n4b5urk1ft4fl3mg5e62d9ado" })
      sign_ups = tomap({ UserPool = "eu-central-1_AbCdEfGhI", UserPoolClient = "3n4b5urk1ft4fl3mg5e62d9ado" })
    }
    error_message = "Cognito counts by pool and client."
  }

  assert {
    condition = (
      aws_cloudwatch_metric_alarm.this["sign-in-duration"].evaluation_periods == 3 && aws_cloudwatch_metric_alarm.this["sign-in-duration"].datapoints_to_alarm == 2
      && aws_cloudwatch_metric_alarm.this["errors"].evaluation_periods == 1
    )
    error_message = "One slow start is no alarm."
  }

  assert {
    condition = [
      for widget in jsondecode(aws_cloudwatch_dashboard.this[0].dashboard_body).widgets : length(widget.properties.alarms) if widget.type == "alarm"
    ] == [length(aws_cloudwatch_metric_alarm.this)]
    error_message = "The dashboard shows their states."
  }
}

run "every_alarm_can_be_left_out" {
  variables {
    monitoring = {
      dashboard = false
      alarms = {
        sns_topic_arn     = "arn:aws:sns:eu-central-1:123456789012:alarms"
        delivery_failures = 0, conversion_percent = 0, pumping = 0, errors = 0, duration_ms = 0, function_throttles = 0, cognito_throttles = 0
        claim_conflicts   = 0, drift = 0
      }
    }
  }

  assert {
    condition     = length(aws_cloudwatch_metric_alarm.this) == 0 && output.dashboard_name == null
    error_message = "0: no such alarm."
  }
}

run "by_default_with_alarms" {
  variables {
    monitoring = { alarms = { sns_topic_arn = "arn:aws:sns:eu-central-1:123456789012:alarms" } }
  }

  assert {
    condition     = sum([for alarm in aws_cloudwatch_metric_alarm.this : length(alarm.metric_query) - 1]) == 16
    error_message = "Alarms are billed by the metrics that they look at: ALARM_METRICS of dev/costs.py."
  }
}

run "native" {
  variables {
    native_otp = true
    monitoring = { alarms = { sns_topic_arn = "arn:aws:sns:eu-central-1:123456789012:alarms" } }
  }

  assert {
    condition = keys(aws_cloudwatch_log_metric_filter.this) == [
      "maintenance-claim-conflicts", "maintenance-drift", "maintenance-errors",
      "sign-up-claim-conflicts", "sign-up-errors", "sign-up-sign-ups-accepted", "sign-up-sign-ups-refused",
    ]
    error_message = join(" ", keys(aws_cloudwatch_log_metric_filter.this))
  }

  assert {
    condition     = keys(aws_cloudwatch_metric_alarm.this) == ["claim-conflicts", "cognito-throttles-app", "drift", "errors", "function-throttles", "sign-up-duration"]
    error_message = join(" ", keys(aws_cloudwatch_metric_alarm.this))
  }

  assert {
    condition = alltrue([
      for word in ["codes-sent", "shop-delivery", "shop-sign-in", "By country"] : !strcontains(aws_cloudwatch_dashboard.this[0].dashboard_body, word)
    ])
    error_message = "Of Cognito's own codes nothing is known."
  }
}

run "nothing_is_counted_that_nobody_looks_at" {
  variables {
    monitoring = { dashboard = false }
    lambda     = { application_log_level = "WARN" }
  }

  assert {
    condition     = length(aws_cloudwatch_log_metric_filter.this) + length(aws_cloudwatch_dashboard.this) == 0
    error_message = "Metrics are billed."
  }
}

run "nothing" {
  variables {
    create     = false
    monitoring = { alarms = { sns_topic_arn = "arn:aws:sns:eu-central-1:123456789012:alarms" } }
  }

  assert {
    condition     = length(aws_cloudwatch_log_metric_filter.this) + length(aws_cloudwatch_dashboard.this) + length(aws_cloudwatch_metric_alarm.this) == 0
    error_message = "create = false makes nothing."
  }
}

run "lines_that_are_not_written" {
  command = plan

  variables {
    lambda = { application_log_level = "ERROR" }
  }

  expect_failures = [check.monitoring_without_lines]
}

run "a_topic_by_its_name" {
  command = plan

  variables {
    monitoring = { alarms = { sns_topic_arn = "alarms" } }
  }

  expect_failures = [var.monitoring]
}

run "a_topic_in_another_region" {
  variables {
    monitoring = { alarms = { sns_topic_arn = "arn:aws:sns:us-east-1:123456789012:alarms" } }
  }

  expect_failures = [aws_cloudwatch_metric_alarm.this]
}

run "half_a_failure" {
  command = plan

  variables {
    monitoring = { alarms = { sns_topic_arn = "arn:aws:sns:eu-central-1:123456789012:alarms", errors = 0.5 } }
  }

  expect_failures = [var.monitoring]
}

run "more_than_everybody" {
  command = plan

  variables {
    monitoring = { alarms = { sns_topic_arn = "arn:aws:sns:eu-central-1:123456789012:alarms", conversion_percent = 101 } }
  }

  expect_failures = [var.monitoring]
}

run "a_share_of_nothing" {
  command = plan

  variables {
    monitoring = { alarms = { sns_topic_arn = "arn:aws:sns:eu-central-1:123456789012:alarms", conversion_min_sent = 0 } }
  }

  expect_failures = [var.monitoring]
}

run "too_late_to_tell" {
  command = plan

  variables {
    monitoring = { alarms = { sns_topic_arn = "arn:aws:sns:eu-central-1:123456789012:alarms", duration_ms = 5000 } }
  }

  expect_failures = [var.monitoring]
}
