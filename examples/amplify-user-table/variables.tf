variable "name" {
  description = "Name of the user pool and beginning of every other name; messages call the application so."
  type        = string
  default     = "otp-amplify-user-table"
}

# !!! FOR TRYING OUT ONLY !!!
# INACTIVE lets `terraform destroy` take the pool with all its users and the tables with all their rows. It is the default here so that
# the example can be cleaned up. Before real people sign up, set it to ACTIVE, which is the module's own default.
variable "deletion_protection" {
  description = "INACTIVE: `terraform destroy` destroys users and rows, for trying out only. ACTIVE: it is refused and destroys nothing."
  type        = string
  default     = "INACTIVE"
}
