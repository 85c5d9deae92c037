variable "name" {
  description = "Name of the user pool and beginning of every other name."
  type        = string
  default     = "otp-functions"
}

variable "tracing" {
  description = "A variable of the functions; another value is another version."
  type        = string
  default     = "on"
}

variable "key" {
  description = "Which of the keys the data is under."
  type        = string
  default     = "this"
}

variable "elsewhere" {
  description = "Something that the module depends on and does not use."
  type        = string
  default     = "as it was"
}
