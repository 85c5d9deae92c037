output "user_pool_id" {
  description = "Id of the user pool."
  value       = module.cognito_otp.user_pool_id
}

output "client_id" {
  description = "Id of the app client: the sign-in screen needs this one and the region (Amplify also user_pool_id)."
  value       = module.cognito_otp.client_ids["app"]
}

output "user_table_name" {
  description = "Name of the table with one row per user."
  value       = module.cognito_otp.user_table_name
}
