variable "name" {
  description = "Name of the user pool and beginning of every other name."
  type        = string
  default     = "otp-web-app"
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

variable "site_domain" {
  description = "Host name of the page, e.g. login.example.com: browsers there fill in the code of a text message (WebOTP). Null: they do not."
  type        = string
  default     = null
}

variable "site_origins" {
  description = "Where the page is served from: the only origins whose pages may read the API's answers. The default is Vite's development server."
  type        = list(string)
  default     = ["http://localhost:5173"]

  validation {
    condition     = length(var.site_origins) > 0 && alltrue([for origin in var.site_origins : can(regex("^https?://[a-z0-9.-]+(:[0-9]+)?$", origin))])
    error_message = "site_origins must name origins as browsers send them: scheme, host in lower case and, if it is not the scheme's own, port, without a path, a slash at the end or \"*\". For example [\"https://login.example.com\"]."
  }
}
