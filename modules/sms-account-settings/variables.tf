variable "monthly_spend_limit" {
  description = "US dollars that the account may spend on SMS in a month in this region: whole ones, at most what AWS has granted (1 in a new account)."
  type        = number
  nullable    = false

  validation {
    condition     = var.monthly_spend_limit >= 0 && floor(var.monthly_spend_limit) == var.monthly_spend_limit
    error_message = "monthly_spend_limit must be a whole number of US dollars from 0 up: for example 20."
  }
}

variable "default_sender_id" {
  description = "Name shown as the sender of messages that do not name one, where the country allows it: 1 to 11 letters, digits and hyphens."
  type        = string
  default     = null

  validation {
    condition = var.default_sender_id == null ? true : (
      can(regex("^[A-Za-z0-9-]{1,11}$", var.default_sender_id)) && can(regex("[A-Za-z]", var.default_sender_id))
      && !startswith(var.default_sender_id, "-") && !endswith(var.default_sender_id, "-")
    )
    error_message = "default_sender_id must be 1 to 11 letters, digits and hyphens, at least one of them a letter, with no hyphen at an end: for example \"MYAPP\"."
  }
}

variable "default_sms_type" {
  description = "Type of messages that do not name one: `Transactional` (critical, one-time codes among them) or `Promotional`."
  type        = string
  default     = "Transactional"
  nullable    = false

  validation {
    condition     = contains(["Transactional", "Promotional"], var.default_sms_type)
    error_message = "default_sms_type must be \"Transactional\" (the default) or \"Promotional\"."
  }
}

variable "delivery_status_logging" {
  description = <<-EOT
    Have SNS log to CloudWatch what became of each message: every failure, and of the others a share. **The lines hold phone numbers**; set a
    retention on the log groups (README). Left out: no logging.
    - `success_sampling_rate`: percent of delivered messages that are logged too, 0 to 100.
  EOT
  type = object({
    success_sampling_rate = optional(number, 0)
  })
  default = null

  validation {
    condition = var.delivery_status_logging == null ? true : (
      var.delivery_status_logging.success_sampling_rate >= 0 && var.delivery_status_logging.success_sampling_rate <= 100
      && floor(var.delivery_status_logging.success_sampling_rate) == var.delivery_status_logging.success_sampling_rate
    )
    error_message = "delivery_status_logging.success_sampling_rate must be a whole number of percent from 0 to 100: 0 logs failures only."
  }
}

variable "usage_report_s3_bucket" {
  description = "Name of an S3 bucket that gets a daily usage report, which lists phone numbers too. SNS must be allowed to write there by the bucket's policy."
  type        = string
  default     = null

  validation {
    condition     = var.usage_report_s3_bucket == null ? true : can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.usage_report_s3_bucket))
    error_message = "usage_report_s3_bucket must be the name (not the ARN) of an S3 bucket: 3 to 63 lower-case letters, digits, dots and hyphens."
  }
}

variable "tags" {
  description = "Tags of the role."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "permissions_boundary" {
  description = "ARN of the policy that bounds the permissions of the role."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary == null ? true : can(regex("^arn:[^:]+:iam::([0-9]{12}|aws):policy/.+$", var.permissions_boundary))
    error_message = "permissions_boundary must be a policy's ARN, for example \"arn:aws:iam::123456789012:policy/boundary\". Leave it out for none."
  }
}

variable "iam_role_path" {
  description = "Path of the role. Changing it makes the role anew."
  type        = string
  default     = "/"
  nullable    = false

  validation {
    condition     = can(regex("^/([!-~]+/)*$", var.iam_role_path)) && length(var.iam_role_path) <= 512
    error_message = "iam_role_path must begin and end with \"/\" and have no spaces, at most 512 characters: for example \"/identity/\". Leave it out for \"/\"."
  }
}
