output "delivery_status_role_arn" {
  description = "ARN of the role with which SNS logs deliveries; null without `delivery_status_logging`."
  value       = one(aws_iam_role.delivery_status[*].arn)
}
