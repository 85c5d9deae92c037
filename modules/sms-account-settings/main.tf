# The account's SMS settings in SNS: one set per account and region, whoever sends. See the README before you use it.

resource "aws_sns_sms_preferences" "this" {
  monthly_spend_limit                   = var.monthly_spend_limit
  default_sender_id                     = var.default_sender_id
  default_sms_type                      = var.default_sms_type
  delivery_status_iam_role_arn          = one(aws_iam_role.delivery_status[*].arn)
  delivery_status_success_sampling_rate = one(var.delivery_status_logging[*].success_sampling_rate)
  usage_report_s3_bucket                = var.usage_report_s3_bucket

  lifecycle {
    replace_triggered_by = [terraform_data.settings]
  }

  # SNS writes with the role from now on.
  depends_on = [aws_iam_role_policy.delivery_status]
}

# The provider does not take back a setting that is left out from one apply to the next, only all of them when it destroys.
resource "terraform_data" "settings" {
  input = sort([
    for name, value in {
      default_sender_id       = var.default_sender_id
      delivery_status_logging = var.delivery_status_logging
      usage_report_s3_bucket  = var.usage_report_s3_bucket
    } : name if value != null
  ])
}

################################################################################
# The role with which SNS logs what became of each message
################################################################################

resource "aws_iam_role" "delivery_status" {
  count = var.delivery_status_logging == null ? 0 : 1

  # IAM is global and the settings are a region's: another region's role has another end.
  name_prefix          = "sns-sms-delivery-status-"
  path                 = var.iam_role_path
  permissions_boundary = var.permissions_boundary
  description          = "SNS logs the delivery of SMS"
  tags                 = var.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "sns.amazonaws.com" }
    }]
  })
}

locals {
  # arn:<partition>:iam::<account>:role/<name>
  role_arn = split(":", coalesce(one(aws_iam_role.delivery_status[*].arn), ":::::"))
}

resource "aws_iam_role_policy" "delivery_status" {
  count = var.delivery_status_logging == null ? 0 : 1

  name = "logs"
  role = aws_iam_role.delivery_status[0].name

  # SNS makes its groups itself, sns/<region>/<account>/DirectPublishToPhoneNumber and the same with /Failure
  # (https://docs.aws.amazon.com/sns/latest/dg/sms_stats_cloudwatch.html).
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid    = "LogsOfSns"
      Effect = "Allow"
      Action = [
        "logs:CreateLogGroup",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "logs:PutMetricFilter",
        "logs:PutRetentionPolicy",
      ]
      Resource = ["arn:${local.role_arn[1]}:logs:*:${local.role_arn[4]}:log-group:sns/*"]
    }]
  })
}
