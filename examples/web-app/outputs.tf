output "user_pool_id" {
  description = "Id of the user pool."
  value       = module.cognito_otp.user_pool_id
}

output "client_id" {
  description = "Id of the app client."
  value       = module.cognito_otp.client_ids["app"]
}

output "user_table_name" {
  description = "Name of the table with one row per user."
  value       = module.cognito_otp.user_table_name
}

output "row_url" {
  description = "Where people get their own row, with their ID token as the bearer."
  value       = "${aws_apigatewayv2_api.row.api_endpoint}/row"
}

output "site_config" {
  description = "What the page needs to know, as the text of its config.json. Nothing in it is secret."
  value = jsonencode({
    region           = split("_", module.cognito_otp.user_pool_id)[0]
    userPoolId       = module.cognito_otp.user_pool_id
    userPoolClientId = module.cognito_otp.client_ids["app"]
    appName          = module.cognito_otp.settings.delivery.app_name
    identifiers      = concat(module.cognito_otp.settings.username_attributes, module.cognito_otp.settings.alias_attributes)
    names            = length(module.cognito_otp.settings.username_attributes) == 0
    channels         = module.cognito_otp.settings.delivery.channels
    selfService      = module.cognito_otp.settings.sign_up.self_service
    confirmation     = module.cognito_otp.settings.sign_up.confirmation
    passwordRequired = module.cognito_otp.settings.password_required
    nativeOtp        = module.cognito_otp.settings.native_otp
    allowedCountries = module.cognito_otp.settings.fraud.allowed_countries
    blockedCountries = module.cognito_otp.settings.fraud.blocked_countries
    rowUrl           = "${aws_apigatewayv2_api.row.api_endpoint}/row"
  })
}
