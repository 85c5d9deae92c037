# The dashboard, from top to bottom: does sign-in work, where not, and why. What it reads is defined in monitoring.tf.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html

locals {
  ##############################################################################
  # Lines of a graph
  ##############################################################################

  lines = {
    for name, metric in local.counted : name => concat([metric.namespace, metric.metric_name], [{ label = replace(name, "-", " ") }])
  }

  lambda_lines = {
    for name, by_function in local.lambda_metrics : name => [
      for function in keys(local.function_names) : concat(
        [by_function[function].namespace, by_function[function].metric_name, "FunctionName", by_function[function].dimensions.FunctionName],
        [{ label = replace(function, "_", "-") }],
      )
    ]
  }

  cognito_lines = {
    for name, by_client in local.cognito_metrics : name => [
      for client, metric in by_client : concat(
        [metric.namespace, metric.metric_name, "UserPool", metric.dimensions.UserPool, "UserPoolClient", metric.dimensions.UserPoolClient],
        [{ label = "${name} ${client}" }],
      )
    ]
  }

  share_verified = [
    [{ expression = "100 * verified / sent", id = "share", label = "verified of sent, %" }],
    [local.counted.codes-sent.namespace, local.counted.codes-sent.metric_name, { id = "sent", visible = false }],
    [local.counted.codes-verified.namespace, local.counted.codes-verified.metric_name, { id = "verified", visible = false }],
  ]

  ##############################################################################
  # Queries: what has a value for each country would cost a metric for each
  ##############################################################################

  log_sources = join(" | ", [for group in aws_cloudwatch_log_group.function : "SOURCE '${group.name}'"])

  # strcontains is 0 or 1: the sum counts.
  funnel_query = join(" | ", [
    "fields concat(message, ' ', outcome) as step",
    "fields strcontains(step, ' requested') as is_requested, strcontains(step, 'guess right') as is_verified",
    "fields strcontains(step, 'delivery sent') + strcontains(step, 'delivery test_number') as is_sent",
    "fields strcontains(step, ' refused') + strcontains(step, 'delivery blocked') as is_refused",
    "stats sum(is_requested) as requested, sum(is_sent) as sent, sum(is_verified) as verified, 100 * sum(is_verified) / sum(is_sent) as percent, sum(is_refused) as refused",
  ])

  log_queries = {
    "By country" = { codes = true, width = 14, height = 8, stages = "filter ispresent(country) | ${local.funnel_query} by country | sort requested desc | limit 50" }
    "By channel" = { codes = true, width = 10, height = 8, stages = "filter ispresent(channel) | ${local.funnel_query} by channel" }
    "Why not"    = { codes = false, width = 24, height = 6, stages = "filter outcome in ['refused', 'blocked', 'failed', 'throttled'] | fields coalesce(reason, aws_error, error) as why | stats count(*) as times by message, outcome, why | sort times desc | limit 20" }
  }

  log_widgets = {
    for title, query in local.log_queries : title => {
      type       = "log"
      codes      = query.codes
      width      = query.width
      height     = query.height
      properties = { title = title, region = local.region, view = "table", query = "${local.log_sources} | ${query.stages}" }
    }
  }

  ##############################################################################
  # Graphs
  ##############################################################################

  # From the bottom of the scale: a line that lies at zero must look like it.
  from_zero = { left = { min = 0 } }

  graphs = {
    numbers = {
      codes   = true, width = 24, height = 4, title = "Codes", view = "singleValue"
      metrics = concat([for name in ["codes-requested", "codes-sent", "codes-verified"] : local.lines[name]], local.share_verified)
    }
    funnel = {
      codes   = true, width = 12, title = "Requested, sent, verified"
      metrics = [for name in ["codes-requested", "codes-sent", "codes-verified"] : local.lines[name]]
    }
    share = {
      codes = true, width = 12, title = "Verified of sent, by the hour", period = 3600, metrics = local.share_verified
      marks = [for percent in [local.thresholds.conversion_percent] : { label = "alarm below", value = percent } if percent > 0]
    }
    guesses = {
      codes   = true, width = 8, title = "Wrong codes, requests that came too early"
      metrics = [for name in ["codes-wrong", "codes-throttled"] : local.lines[name]]
    }
    failures = {
      codes = true, width = 8, title = "Codes that did not go out, texts that nobody answers"
      metrics = concat([for name in ["delivery-failures", "pumping"] : local.lines[name]], [
        for line in local.lambda_lines.AsyncEventsDropped : line if line[3] == local.lambda_metrics.AsyncEventsDropped["delivery"].dimensions.FunctionName
      ])
    }
    sign_ups = {
      width   = 8, title = "Sign-ups"
      metrics = [for name in ["sign-ups-accepted", "sign-ups-refused"] : local.lines[name]]
    }
    duration = {
      width   = 8, title = "Slowest runs of the triggers, ms", stat = "Maximum"
      metrics = [for line in local.lambda_lines.Duration : line if contains([for function in local.triggers : local.function_names[function]], line[3])]
      marks = concat([{ label = "Cognito gives up", value = 5000, color = "#d62728" }], [
        for ms in [local.thresholds.duration_ms] : { label = "alarm", value = ms } if ms > 0
      ])
    }
    # Lambda counts refusals as errors too, since a trigger refuses by raising.
    errors  = { width = 8, title = "Failures", metrics = [local.lines.errors] }
    cognito = { width = 8, title = "Tokens that Cognito issued", metrics = local.cognito_lines.SignInSuccesses }
    throttles = {
      width = 12, title = "Refused for a quota", metrics = concat(
        local.lambda_lines.Throttles, local.cognito_lines.SignInThrottles, local.cognito_lines.SignUpThrottles,
      )
    }
    identities = {
      width   = 12, title = "Identities: conflicts, and differences between pool and tables"
      metrics = [for name in ["claim-conflicts", "drift"] : local.lines[name]]
    }
  }

  graph_widgets = {
    for name, graph in local.graphs : name => {
      type   = "metric"
      codes  = try(graph.codes, false)
      width  = graph.width
      height = try(graph.height, 6)
      properties = merge(
        {
          title   = graph.title
          region  = local.region
          view    = try(graph.view, "timeSeries")
          stat    = try(graph.stat, "Sum")
          period  = try(graph.period, 300)
          metrics = graph.metrics
        },
        try(graph.view, "timeSeries") == "singleValue" ? { setPeriodToTimeRange = true, yAxis = null } : { setPeriodToTimeRange = null, yAxis = local.from_zero },
        { annotations = { horizontal = try(graph.marks, []) } },
      )
    }
  }

  ##############################################################################
  # From top to bottom
  ##############################################################################

  introduction = {
    type   = "text"
    codes  = false
    width  = 24
    height = 3
    properties = { markdown = join("\n", [
      "## Does sign-in to ${var.name} work?",
      var.native_otp
      ? "Tokens that Cognito issued should follow the time of day. If they fall: **failures** and **slowest runs** below, then **why not**."
      : "Of the codes sent most should be **verified** (typed in). Fewer *requested* than usual: the client, or Cognito. Fewer *sent*: **codes that did not go out**. Fewer *verified*: messages do not arrive; see in which **country** and by which **channel**. Then **failures**, **slowest runs** and **why not**.",
    ]) }
  }

  alarm_widget = {
    type       = "alarm"
    codes      = false
    width      = 24
    height     = 3
    properties = { title = "Alarms", alarms = [for alarm in aws_cloudwatch_metric_alarm.this : alarm.arn] }
  }

  rows = [for row in [
    [local.introduction],
    [for widget in [local.alarm_widget] : widget if length(local.alarms) > 0],
    [local.graph_widgets.numbers],
    [local.graph_widgets.funnel, local.graph_widgets.share],
    [local.log_widgets["By country"], local.log_widgets["By channel"]],
    [local.graph_widgets.sign_ups, local.graph_widgets.guesses, local.graph_widgets.failures],
    [local.graph_widgets.cognito, local.graph_widgets.errors, local.graph_widgets.duration],
    [local.log_widgets["Why not"]],
    [local.graph_widgets.throttles, local.graph_widgets.identities],
  ] : [for widget in row : widget if !(widget.codes && var.native_otp)]]

  widgets = flatten([
    for number, row in local.rows : [
      for place, widget in row : {
        type       = widget.type
        x          = sum(concat([0], [for before in slice(row, 0, place) : before.width]))
        y          = sum(concat([0], [for above in slice(local.rows, 0, number) : above[0].height if length(above) > 0]))
        width      = widget.width
        height     = widget.height
        properties = { for key, value in widget.properties : key => value if value != null }
      }
    ]
  ])
}

resource "aws_cloudwatch_dashboard" "this" {
  count = var.create && var.monitoring.dashboard ? 1 : 0

  # Dashboards are the account's, whatever region they show.
  dashboard_name = "${var.name}-${local.region}"
  dashboard_body = jsonencode({ start = "-PT24H", widgets = local.widgets })
}
