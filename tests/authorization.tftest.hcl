# What tokens are for: resource servers, groups, and machines. What is refused stands in federation.tftest.hcl.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  name   = "shop"
  domain = { domain = "my-shop" }
}

run "apis_groups_and_a_machine" {
  variables {
    resource_servers = {
      "https://api.example.com" = { scopes = { "orders.read" = "Read orders", "orders.write" = "Change orders" } }
      billing                   = { name = "Billing, Inc.", scopes = { all = "Everything" } }
    }

    groups = {
      admins  = { description = "Who may do everything", precedence = 0, role_arn = "arn:aws:iam::123456789012:role/admins" }
      readers = {}
    }

    clients = {
      job = { generate_secret = true, allowed_oauth_flows = ["client_credentials"], allowed_oauth_scopes = ["https://api.example.com/orders.read", "billing/all"] }
    }
  }

  assert {
    condition = (
      aws_cognito_resource_server.this["https://api.example.com"].identifier == "https://api.example.com"
      && aws_cognito_resource_server.this["https://api.example.com"].name == "https-api.example.com"
      && { for scope in aws_cognito_resource_server.this["https://api.example.com"].scope : scope.scope_name => scope.scope_description } == { "orders.read" = "Read orders", "orders.write" = "Change orders" }
      && aws_cognito_resource_server.this["billing"].name == "Billing, Inc."
    )
    error_message = "An identifier is a name too, but for what a name cannot have."
  }

  assert {
    condition = (
      keys(aws_cognito_user_group.this) == ["admins", "readers"]
      && aws_cognito_user_group.this["admins"].description == "Who may do everything" && aws_cognito_user_group.this["admins"].precedence == 0
      && aws_cognito_user_group.this["admins"].role_arn == "arn:aws:iam::123456789012:role/admins"
      && aws_cognito_user_group.this["readers"].description == null && aws_cognito_user_group.this["readers"].precedence == null && aws_cognito_user_group.this["readers"].role_arn == null
    )
    error_message = "Groups have what they are given."
  }

  assert {
    condition = (
      aws_cognito_user_pool_client.this["job"].allowed_oauth_flows == toset(["client_credentials"])
      && aws_cognito_user_pool_client.this["job"].allowed_oauth_scopes == toset(["billing/all", "https://api.example.com/orders.read"])
      && aws_cognito_user_pool_client.this["job"].generate_secret
      && length(output.settings.clients["job"].supported_identity_providers) == 0
      && aws_cognito_user_pool_client.this["job"].explicit_auth_flows == toset(["ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"])
    )
    error_message = "A machine gets tokens for APIs, and nobody signs in by it but with a code."
  }

  assert {
    condition = (
      output.settings.groups["admins"].precedence == 0 && output.settings.resource_servers["billing"].scopes == tomap({ all = "Everything" })
    )
    error_message = "The settings show it."
  }
}
