variable "name" {
  description = "Name of the user pool and beginning of every other name; messages call the application so."
  type        = string
  default     = "otp-captcha"
}

# !!! FOR TRYING OUT ONLY !!!
# The default is Turnstile's testing secret, with which every token of a testing widget passes: nobody is kept out. Before real people sign
# up, set the secret key of your widget, by TF_VAR_turnstile_secret and not in a file.
variable "turnstile_secret" {
  description = "Secret key of the Turnstile widget. The default lets everybody pass, for trying out only."
  type        = string
  default     = "1x0000000000000000000000000000000AA"
  sensitive   = true
}

variable "siteverify_url" {
  description = "Where verdicts are asked for."
  type        = string
  default     = "https://challenges.cloudflare.com/turnstile/v0/siteverify"
}

# !!! FOR TRYING OUT ONLY !!!
# INACTIVE lets `terraform destroy` take the pool with all its users and the tables with all their rows. It is the default here so that
# the example can be cleaned up. Before real people sign up, set it to ACTIVE, which is the module's own default.
variable "deletion_protection" {
  description = "INACTIVE: `terraform destroy` destroys users and rows, for trying out only. ACTIVE: it is refused and destroys nothing."
  type        = string
  default     = "INACTIVE"
}
