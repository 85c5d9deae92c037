output "user_pool_id" {
  description = "Id of the user pool."
  value       = module.cognito_otp.user_pool_id
}

output "client_id" {
  description = "Id of the app client: the sign-in screen needs this one and the region (Amplify also user_pool_id)."
  value       = module.cognito_otp.client_ids["app"]
}

output "client_ids" {
  description = "Ids of all app clients, by name."
  value       = module.cognito_otp.client_ids
}

output "user_table_name" {
  description = "Name of the table with one row per user."
  value       = module.cognito_otp.user_table_name
}

output "domain" {
  description = "Where sign-in by Google begins, and where the job gets its tokens."
  value       = module.cognito_otp.domain
}

output "dashboard_name" {
  description = "Name of the CloudWatch dashboard."
  value       = module.cognito_otp.dashboard_name
}

output "settings" {
  description = "The settings in effect. A misspelt key inside an input object vanishes without an error: it is missing here."
  value       = module.cognito_otp.settings
}
