# Null, or an empty map, if `create` is false.

################################################################################
# User pool
################################################################################

output "user_pool_id" {
  description = "Id of the user pool."
  value       = one(aws_cognito_user_pool.this[*].id)
}

output "user_pool_arn" {
  description = "ARN of the user pool."
  value       = one(aws_cognito_user_pool.this[*].arn)
}

output "user_pool_endpoint" {
  description = "Endpoint of the user pool, without a scheme."
  value       = one(aws_cognito_user_pool.this[*].endpoint)
}

output "issuer_url" {
  description = "Issuer (`iss`) of the pool's tokens."
  value       = one([for pool in aws_cognito_user_pool.this : "https://${pool.endpoint}"])
}

output "jwks_url" {
  description = "Where the public keys of the pool's tokens are."
  value       = one([for pool in aws_cognito_user_pool.this : "https://${pool.endpoint}/.well-known/jwks.json"])
}

output "client_ids" {
  description = "Ids of the app clients, by the keys of `clients`."
  value       = { for name, client in aws_cognito_user_pool_client.this : name => client.id }
}

output "client_secrets" {
  description = "Secrets of the app clients that have one, by the keys of `clients`."
  value       = { for name, client in aws_cognito_user_pool_client.this : name => client.client_secret if var.clients[name].generate_secret }
  sensitive   = true
}

output "domain" {
  description = "The pool's domain: `domain` as given, its `url`, and `cloudfront_distribution` with `cloudfront_distribution_zone_id`, which the DNS record of a domain of your own points to; null without `domain`."
  value = one([
    for domain in aws_cognito_user_pool_domain.this : {
      domain = domain.domain
      # Null where it is not known how a prefix becomes a host.
      url                             = strcontains(domain.domain, ".") ? "https://${domain.domain}" : local.prefix_host == null ? null : "https://${domain.domain}.${local.prefix_host}.${local.region}.amazoncognito.com"
      cloudfront_distribution         = domain.cloudfront_distribution
      cloudfront_distribution_zone_id = domain.cloudfront_distribution_zone_id
    }
  ])
}

################################################################################
# Tables and key
################################################################################

output "user_table_name" {
  description = "Name of the User table."
  value       = local.creates_user_table ? one(aws_dynamodb_table.users[*].name) : var.create ? local.user_table_name : null
}

output "user_table_arn" {
  description = "ARN of the User table."
  value       = local.creates_user_table ? one(aws_dynamodb_table.users[*].arn) : var.create ? local.user_table_arn : null
}

output "user_table_stream_arn" {
  description = "ARN of the User table's stream; null without `user_table.stream`, and for a table that the module does not make."
  value       = var.user_table.stream == null ? null : one(aws_dynamodb_table.users[*].stream_arn)
}

output "identities_table_name" {
  description = "Name of the identities table."
  value       = one(aws_dynamodb_table.identities[*].name)
}

output "identities_table_arn" {
  description = "ARN of the identities table."
  value       = one(aws_dynamodb_table.identities[*].arn)
}

output "auth_state_table_name" {
  description = "Name of the auth-state table."
  value       = one(aws_dynamodb_table.auth_state[*].name)
}

output "auth_state_table_arn" {
  description = "ARN of the auth-state table."
  value       = one(aws_dynamodb_table.auth_state[*].arn)
}

output "code_key_arn" {
  description = "ARN of the KMS key under which codes and identifiers are hashed."
  value       = local.code_key_arn
}

################################################################################
# Functions and roles
################################################################################

output "function_arns" {
  description = "ARNs of the functions `sign_up`, `sign_in`, `delivery` and `maintenance` (with `native_otp`: `sign_up` and `maintenance`); with `lambda.snap_start` those of their aliases."
  value       = local.invoked_arns
}

output "function_names" {
  description = "Names of the functions `sign_up`, `sign_in`, `delivery` and `maintenance` (with `native_otp`: `sign_up` and `maintenance`)."
  value       = { for function, resource in aws_lambda_function.this : function => resource.function_name }
}

output "role_arns" {
  description = "ARNs of the functions' roles, by function."
  value       = { for function, resource in aws_iam_role.function : function => resource.arn }
}

output "log_group_names" {
  description = "Names of the functions' log groups, by function."
  value       = { for function, resource in aws_cloudwatch_log_group.function : function => resource.name }
}

output "dashboard_name" {
  description = "Name of the CloudWatch dashboard; null with `monitoring.dashboard = false`."
  value       = one(aws_cloudwatch_dashboard.this[*].dashboard_name)
}

output "web_acl_arn" {
  description = "ARN of the web ACL in front of the pool, yours or the module's; null without `web_acl`."
  value       = one(aws_wafv2_web_acl_association.this[*].web_acl_arn)
}

output "sms_role_arn" {
  description = "ARN of the role with which Cognito itself sends SMS; null if no phone number is in play."
  value       = one(aws_iam_role.sms[*].arn)
}

################################################################################
# Settings
################################################################################

output "settings" {
  description = "The settings in effect. A misspelt key inside an input object vanishes without an error: it is missing here."
  value = var.create ? {
    name                = var.name
    username_attributes = local.username_attributes
    alias_attributes    = local.alias_attributes
    case_sensitive      = var.case_sensitive
    pool_generation     = var.pool_generation
    sign_up             = var.sign_up
    password_required   = var.password_required
    native_otp          = var.native_otp
    otp                 = var.otp
    limits              = var.limits
    fraud               = var.fraud
    test_numbers        = var.test_numbers
    hooks               = var.hooks
    delivery            = merge(var.delivery, { channels = local.channels, app_name = local.app_name })
    sms = merge(var.sms, {
      external_id          = local.sms_external_id
      region               = coalesce(var.sms.region, local.region)
      origination_identity = local.origination_identity
    })
    sms_segments        = local.sms_segments
    email               = var.email
    messages            = { for locale, message in local.message_overrides : locale => keys(message) }
    clients             = local.clients
    schema              = var.schema
    password_policy     = var.password_policy
    user_pool_tier      = var.user_pool_tier
    deletion_protection = var.deletion_protection
    user_table          = merge(var.user_table, { name = local.user_table_name, attribute_map = local.row_fields })
    maintenance         = var.maintenance
    # What the caller adds to the environment may be secret: its names only.
    lambda = merge(var.lambda, {
      environment = keys(var.lambda.environment)
      functions   = { for function, settings in local.function_settings : function => merge(settings, { environment = keys(settings.environment) }) }
    })
    lambda_package                   = var.lambda_package
    permissions_boundary             = var.permissions_boundary
    iam_role_path                    = var.iam_role_path
    kms_key_arn                      = var.kms_key_arn
    domain                           = var.domain == null ? null : merge(var.domain, { ui_customization = keys(var.domain.ui_customization) })
    identity_providers               = local.identity_providers
    resource_servers                 = var.resource_servers
    groups                           = var.groups
    monitoring                       = var.monitoring
    mfa_configuration                = var.mfa_configuration
    software_token_mfa_configuration = var.software_token_mfa_configuration
    email_mfa_configuration          = var.email_mfa_configuration
    web_authn_configuration          = var.web_authn_configuration
    user_pool_add_ons                = var.user_pool_add_ons
    risk_configuration               = var.risk_configuration
    web_acl                          = var.web_acl
    invite_message_template          = var.invite_message_template
    verification_message_template    = var.verification_message_template
    lambda_triggers                  = var.lambda_triggers
  } : null
}
