output "user_pool_id" {
  description = "Id of the user pool."
  value       = module.cognito_otp.user_pool_id
}

output "client_id" {
  description = "Id of the app client: the sign-in screen needs this one and the region, nothing else."
  value       = module.cognito_otp.client_ids["app"]
}

output "user_table_name" {
  description = "Name of the table with one row per user."
  value       = module.cognito_otp.user_table_name
}

output "web_client_id" {
  description = "Id of the client that signs people in by an identity provider."
  value       = module.cognito_otp.client_ids["web"]
}

output "job_client_id" {
  description = "Id of the client of a machine."
  value       = module.cognito_otp.client_ids["job"]
}

output "job_client_secret" {
  description = "Its secret."
  value       = module.cognito_otp.client_secrets["job"]
  sensitive   = true
}
