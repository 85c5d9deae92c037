# What tokens are for: resource servers with their scopes, and groups.

locals {
  standard_scopes = ["openid", "email", "phone", "profile", "aws.cognito.signin.user.admin"]

  scopes = flatten([
    for identifier, server in var.resource_servers : [for name in keys(server.scopes) : "${identifier}/${name}"] if server != null
  ])
}

resource "aws_cognito_resource_server" "this" {
  for_each = { for identifier, server in var.resource_servers : identifier => server if var.create }

  user_pool_id = aws_cognito_user_pool.this[0].id
  identifier   = each.key
  # A name admits less than an identifier.
  name = coalesce(each.value.name, replace(each.key, "/[^\\w+=,.@-]+/", "-"))

  dynamic "scope" {
    for_each = each.value.scopes

    content {
      scope_name        = scope.key
      scope_description = scope.value
    }
  }
}

resource "aws_cognito_user_group" "this" {
  for_each = { for name, group in var.groups : name => group if var.create }

  user_pool_id = aws_cognito_user_pool.this[0].id
  name         = each.key
  description  = each.value.description
  precedence   = each.value.precedence
  role_arn     = each.value.role_arn
}
