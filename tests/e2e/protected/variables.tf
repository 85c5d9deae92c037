variable "name" {
  description = "Name of the user pool and beginning of every other name."
  type        = string
  default     = "otp-protected"
}

variable "claims" {
  description = "Whether a function of the caller's changes the tokens."
  type        = bool
  default     = true
}
