# Whether sign-in works: metrics counted from the functions' logs, alarms on them, and one dashboard.

locals {
  monitored = var.create && (var.monitoring.dashboard || var.monitoring.alarms != null)

  ##############################################################################
  # Metrics: lines of docs/logs.md, by metric and by the function that logs them
  ##############################################################################

  # What nobody caught has no line of the package's: time-outs, crashes and imports that failed stand in Lambda's own report.
  # https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html
  error_pattern = "{ $.level = \"ERROR\" || ($.type = \"platform.report\" && ($.record.status = \"timeout\" || $.record.status = \"failure\" || $.record.errorType = \"Runtime.*\")) }"

  # Both functions activate, each with its own kind of confirmation, and look at changed identifiers.
  conflict_pattern = "{ ($.message = \"account\" && $.outcome = \"conflict\") || ($.message = \"activation\" && $.outcome = \"refused\") }"

  log_patterns = {
    sign-ups-accepted = { sign_up = "{ $.message = \"sign_up\" && $.outcome = \"accepted\" }" }
    sign-ups-refused  = { sign_up = "{ $.message = \"sign_up\" && $.outcome = \"refused\" }" }
    codes-requested   = { sign_in = "{ ($.message = \"challenge\" || $.message = \"resend\") && $.outcome = \"requested\" }" }
    codes-throttled   = { sign_in = "{ ($.message = \"challenge\" && $.outcome = \"refused\") || ($.message = \"resend\" && $.outcome = \"throttled\") }" }
    # Who has a test number types a code too: without those more would be verified than sent.
    codes-sent = { delivery = "{ $.message = \"delivery\" && ($.outcome = \"sent\" || $.outcome = \"test_number\") }" }
    # Of what is kept back only the budget is everybody's.
    delivery-failures = {
      delivery = "{ ($.message = \"delivery\" && ($.outcome = \"refused\" || $.outcome = \"failed\" || ($.outcome = \"blocked\" && $.reason = \"budget\"))) || ($.message = \"invocation\" && $.outcome = \"failed\") }"
    }
    pumping         = { delivery = "{ ($.message = \"pumping\" && $.outcome = \"suspected\") || ($.message = \"delivery\" && $.outcome = \"blocked\" && $.reason = \"pumping\") }" }
    codes-verified  = { sign_in = "{ $.message = \"guess\" && $.outcome = \"right\" }" }
    codes-wrong     = { sign_in = "{ $.message = \"guess\" && $.outcome = \"wrong\" }" }
    claim-conflicts = { sign_up = local.conflict_pattern, sign_in = local.conflict_pattern, maintenance = "{ $.message = \"drift\" && $.outcome = \"left\" && $.kind = \"conflict\" }" }
    # Of dry runs ("found") nothing is counted.
    drift  = { maintenance = "{ $.message = \"drift\" && $.outcome != \"found\" }" }
    errors = { sign_up = local.error_pattern, sign_in = local.error_pattern, delivery = local.error_pattern, maintenance = local.error_pattern }
  }

  metric_filters = merge([
    for metric, patterns in local.log_patterns : {
      for function, pattern in patterns : "${replace(function, "_", "-")}-${metric}" => {
        function = function
        metric   = metric
        pattern  = pattern
      } if local.monitored && contains(keys(local.function_names), function)
    }
  ]...)

  ##############################################################################
  # What alarms and dashboard read, as CloudWatch names it
  ##############################################################################

  counted = {
    for metric in keys(local.log_patterns) : metric => { namespace = "cognito-otp", metric_name = "${var.name}-${metric}", dimensions = {} }
  }

  lambda_metrics = {
    for metric in ["AsyncEventsDropped", "Duration", "Throttles"] : metric => {
      for function in ["sign_up", "sign_in", "delivery", "maintenance"] : function => {
        namespace   = "AWS/Lambda"
        metric_name = metric
        dimensions  = { FunctionName = lookup(local.function_names, function, "") }
      }
    }
  }

  cognito_metrics = {
    for metric in ["SignInSuccesses", "SignInThrottles", "SignUpThrottles"] : metric => {
      for name, client in aws_cognito_user_pool_client.this : name => {
        namespace   = "AWS/Cognito"
        metric_name = metric
        dimensions  = { UserPool = client.user_pool_id, UserPoolClient = client.id }
      }
    }
  }

  # Those that Cognito waits for.
  triggers = [for function in ["sign_up", "sign_in"] : function if contains(keys(local.function_names), function)]

  ##############################################################################
  # Alarms. Where nothing is logged nothing has happened: missing data is never a reason.
  ##############################################################################

  thresholds = {
    for name in [
      "delivery_failures", "conversion_percent", "conversion_min_sent", "pumping", "errors", "duration_ms", "function_throttles",
      "cognito_throttles", "claim_conflicts", "drift",
    ] : name => var.monitoring.alarms == null ? 0 : var.monitoring.alarms[name]
  }

  # The sum of the metrics against the threshold, if there is no expression over them.
  possible_alarms = merge(
    {
      delivery-failures = {
        threshold   = local.thresholds.delivery_failures
        of_codes    = true
        period      = 300
        metrics     = { failed = local.counted.delivery-failures, dropped = local.lambda_metrics.AsyncEventsDropped["delivery"] }
        description = "Codes do not go out. The lines delivery refused, failed or blocked of the function delivery say why in reason or aws_error: spend limit, budget, a sender that is not verified, a provider that is down. Codes that waited too long are dropped without a line: look for throttles."
      }

      conversion = {
        threshold   = local.thresholds.conversion_percent
        of_codes    = true
        below       = true
        period      = 3600
        metrics     = { sent = local.counted.codes-sent, verified = local.counted.codes-verified }
        expression  = "IF(sent >= ${local.thresholds.conversion_min_sent}, 100 * verified / sent, 100)"
        description = "Fewer than ${local.thresholds.conversion_percent} % of the codes that were sent in an hour were typed in. Messages do not arrive, the client's screen is broken, or somebody asks for texts that nobody reads: the dashboard says in which country and by which channel."
      }

      pumping = {
        threshold   = local.thresholds.pumping
        of_codes    = true
        period      = 3600
        metrics     = { pumping = local.counted.pumping }
        description = "Texts to a country are not answered: the lines pumping suspected and delivery blocked name it. If you have no users there, leave it out of fraud.allowed_countries or name it in fraud.blocked_countries. With fraud.mode = record_only these texts still go out."
      }

      errors = {
        threshold   = local.thresholds.errors
        period      = 300
        metrics     = { errors = local.counted.errors }
        description = "Functions fail: people are told SERVICE_UNAVAILABLE, or something has to be healed later. The lines with level ERROR say in where, aws_operation and aws_error what failed; platform.report tells of time-outs and crashes."
      }

      function-throttles = {
        threshold   = local.thresholds.function_throttles
        period      = 300
        metrics     = { for function in keys(local.function_names) : function => local.lambda_metrics.Throttles[function] }
        description = "Lambda refuses to run a function because its concurrency is used up: sign-ups and sign-ins fail, codes wait. Ask for more concurrent executions in Service Quotas, and see what else in the account uses them."
      }

      claim-conflicts = {
        threshold   = local.thresholds.claim_conflicts
        period      = 86400
        metrics     = { conflicts = local.counted.claim-conflicts }
        description = "Two accounts have verified the same phone number or e-mail address, or one was activated while it was being removed. The lines account conflict, activation refused and drift left name the account; cognito-otp duplicates shows both. Remove the attribute from one of them."
      }

      drift = {
        threshold   = local.thresholds.drift
        period      = 86400
        metrics     = { drift = local.counted.drift }
        description = "Pool and tables differ more than they should. After the first walk over a pool that was there before that is expected; later something writes behind the module's back, or a trigger fails: the lines drift of the function maintenance say in kind what differs."
      }
    },
    {
      for function in local.triggers : "${replace(function, "_", "-")}-duration" => {
        threshold   = local.thresholds.duration_ms
        period      = 300
        statistic   = "p99"
        of_three    = 2
        metrics     = { duration = local.lambda_metrics.Duration[function] }
        description = "The function ${replace(function, "_", "-")} takes nearly as long as Cognito waits (5000 ms), after which people cannot sign in. Give it more memory, which is processor too (lambda.memory_size), and see whether a hook or DynamoDB answers late."
      }
    },
    {
      for name in keys(aws_cognito_user_pool_client.this) : "cognito-throttles-${name}" => {
        threshold   = local.thresholds.cognito_throttles
        period      = 300
        metrics     = { sign_ins = local.cognito_metrics.SignInThrottles[name], sign_ups = local.cognito_metrics.SignUpThrottles[name] }
        description = "Cognito turns requests of the client ${name} away: the account's quota of UserAuthentication or UserCreation is used up, for all its pools. Ask for more in Service Quotas, and see whether somebody floods you."
      }
    },
  )

  alarms = { for name, alarm in local.possible_alarms : name => alarm if var.create && alarm.threshold > 0 && !(try(alarm.of_codes, false) && var.native_otp) }
}

resource "aws_cloudwatch_log_metric_filter" "this" {
  for_each = local.metric_filters

  name           = "${var.name}-${each.key}"
  log_group_name = aws_cloudwatch_log_group.function[each.value.function].name
  pattern        = each.value.pattern

  metric_transformation {
    namespace     = local.counted[each.value.metric].namespace
    name          = local.counted[each.value.metric].metric_name
    value         = "1"
    default_value = "0"
    unit          = "Count"
  }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.description
  comparison_operator = try(each.value.below, false) ? "LessThanThreshold" : "GreaterThanOrEqualToThreshold"
  threshold           = each.value.threshold
  evaluation_periods  = try(each.value.of_three, null) == null ? 1 : 3
  datapoints_to_alarm = try(each.value.of_three, 1)
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.monitoring.alarms.sns_topic_arn]
  ok_actions          = [var.monitoring.alarms.sns_topic_arn]
  tags                = var.tags

  metric_query {
    id          = "result"
    expression  = try(each.value.expression, "SUM(METRICS())")
    label       = each.key
    return_data = true
  }

  dynamic "metric_query" {
    for_each = each.value.metrics

    content {
      id          = metric_query.key
      return_data = false

      metric {
        namespace   = metric_query.value.namespace
        metric_name = metric_query.value.metric_name
        dimensions  = metric_query.value.dimensions
        period      = each.value.period
        stat        = try(each.value.statistic, "Sum")
      }
    }
  }

  lifecycle {
    precondition {
      condition     = split(":", var.monitoring.alarms.sns_topic_arn)[3] == local.region
      error_message = "monitoring.alarms.sns_topic_arn is a topic in another region than the pool (${local.region}), and alarms tell only their own region's: make a topic in this region too, and set its ARN."
    }
  }
}

check "monitoring_without_lines" {
  assert {
    condition     = !local.monitored || contains(["TRACE", "DEBUG", "INFO"], var.lambda.application_log_level)
    error_message = "lambda.application_log_level is ${var.lambda.application_log_level}, and monitoring counts lines of level INFO: its metrics stay at zero, and alarms do not go off. Set it to \"INFO\", or monitoring = { dashboard = false } without alarms."
  }
}
