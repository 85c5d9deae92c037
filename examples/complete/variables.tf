variable "name" {
  description = "Name of the user pool and beginning of every other name."
  type        = string
  default     = "otp-complete"
}

# !!! FOR TRYING OUT ONLY !!!
# INACTIVE lets `terraform destroy` take the pool with all its users and the tables with all their rows. It is the default here so that
# the example can be cleaned up. Before real people sign up, set it to ACTIVE, which is the module's own default.
variable "deletion_protection" {
  description = "INACTIVE: `terraform destroy` destroys users and rows, for trying out only. ACTIVE: it is refused and destroys nothing."
  type        = string
  default     = "INACTIVE"
}

variable "email_from" {
  description = "Sender of codes by e-mail. SES mails its owner a link, which has to be opened before the first code."
  type        = string
  default     = "login@example.com"
}

variable "alarm_email" {
  description = "Who is mailed when an alarm goes off, after confirming a mail of SNS; null: nobody."
  type        = string
  default     = null
}

# The credentials of a Google OAuth client. With these placeholders everything can be applied, and signing in by Google ends at Google's page.
variable "google_client_id" {
  description = "Client id of the application at Google."
  type        = string
  default     = "placeholder.apps.googleusercontent.com"
}

variable "google_client_secret" {
  description = "Client secret of the application at Google. Terraform's state holds it: keep the state where few can read it."
  type        = string
  default     = "placeholder"
  sensitive   = true
}

variable "test_numbers_until" {
  description = "Until when the fictitious number +1 415 555 0100 has the fixed code 493817, e.g. 2027-01-31T00:00:00Z; null: it has none."
  type        = string
  default     = null
}
