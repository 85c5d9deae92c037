variable "name" {
  description = "Name of the user pool and beginning of every other name."
  type        = string
  default     = "otp-protected"
}
