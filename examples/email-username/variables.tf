variable "name" {
  description = "Name of the user pool and beginning of every other name."
  type        = string
  default     = "otp-email-username"
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
  description = "Address that the codes come from. Amazon SES sends a link to it, which has to be opened before any code can go out."
  type        = string
  default     = "login@example.com"
}

variable "email_reply_to" {
  description = "Address that answers to such a mail go to; null: to `email_from`."
  type        = string
  default     = null
}
