# Other ways in: the domain, identity providers, and the clients that send people there.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  name = "shop"
}

run "none" {
  assert {
    condition = (
      length(aws_cognito_user_pool_domain.this) == 0 && length(aws_cognito_user_pool_ui_customization.this) == 0 && output.domain == null
      && length(aws_cognito_identity_provider.this) == 0 && length(terraform_data.unreadable_details) == 0
      && length(aws_cognito_resource_server.this) == 0 && length(aws_cognito_user_group.this) == 0
    )
    error_message = "Nothing of it without being asked for."
  }

  assert {
    condition = (
      !aws_cognito_user_pool_client.this["app"].allowed_oauth_flows_user_pool_client
      && !aws_cognito_user_pool_client.this["app"].enable_propagate_additional_user_context_data
      && length(aws_cognito_user_pool_client.this["app"].allowed_oauth_flows) == 0 && length(aws_cognito_user_pool_client.this["app"].allowed_oauth_scopes) == 0
      && length(aws_cognito_user_pool_client.this["app"].supported_identity_providers) == 0
      && length(aws_cognito_user_pool_client.this["app"].refresh_token_rotation) == 0
      && length(output.settings.clients["app"].supported_identity_providers) == 0
      && output.settings.domain == null && length(output.settings.identity_providers) == 0 && length(output.settings.groups) == 0 && length(output.settings.resource_servers) == 0
    )
    error_message = "A client has no pages, no providers and tokens as ever."
  }
}

# Each type of provider, what Cognito adds to it, and a whole map that is sensitive.
run "every_provider" {
  variables {
    schema = { team = {}, name = { required = true } }

    domain = {
      domain           = "my-shop"
      ui_customization = { ALL = { css = ".logo-customizable { max-width: 60%; }" }, web = { image_file = "iVBORw0KGgo=" } }
    }

    identity_providers = sensitive({
      Google = {
        provider_type     = "Google"
        provider_details  = { client_id = "g", client_secret = "secret", authorize_scopes = "openid email", token_url = "https://oauth2.googleapis.com/token" }
        attribute_mapping = { email = "email", email_verified = "email_verified", name = "name" }
      }
      Facebook = {
        provider_type     = "Facebook"
        provider_details  = { client_id = "f", client_secret = "secret", authorize_scopes = "public_profile, email", api_version = "v17.0" }
        attribute_mapping = { name = "name" }
      }
      LoginWithAmazon = {
        provider_type     = "LoginWithAmazon"
        provider_details  = { client_id = "a", client_secret = "secret", authorize_scopes = "profile" }
        attribute_mapping = { name = "name" }
      }
      SignInWithApple = {
        provider_type     = "SignInWithApple"
        provider_details  = { client_id = "c", team_id = "t", key_id = "k", private_key = "secret", authorize_scopes = "email name" }
        attribute_mapping = { name = "firstName" }
      }
      Work = {
        provider_type     = "OIDC"
        provider_details  = { client_id = "o", client_secret = "secret", authorize_scopes = "openid", oidc_issuer = "https://id.example.com", attributes_request_method = "GET" }
        attribute_mapping = { name = "name", username = "sub", "custom:team" = "department" }
        idp_identifiers   = ["example.com"]
      }
      Office = {
        provider_type     = "SAML"
        provider_details  = { MetadataURL = "https://login.example.com/metadata" }
        attribute_mapping = { name = "displayName" }
      }
    })

    clients = {
      app = {}
      web = { allowed_oauth_flows = ["code"], allowed_oauth_scopes = ["openid", "email"], callback_urls = ["https://shop.example.com/in"] }
      one = {
        allowed_oauth_flows          = ["code"]
        allowed_oauth_scopes         = ["openid"]
        callback_urls                = ["myshop://in", "http://localhost:3000/in", "http://127.0.0.1", "http://[::1]:3000/"]
        logout_urls                  = ["https://shop.example.com/out"]
        default_redirect_uri         = "myshop://in"
        supported_identity_providers = ["Google"]
      }
    }
  }

  # custom:team
  expect_failures = [check.attributes_that_people_may_set]

  assert {
    condition = (
      aws_cognito_user_pool_domain.this[0].domain == "my-shop" && aws_cognito_user_pool_domain.this[0].certificate_arn == null
      && aws_cognito_user_pool_domain.this[0].managed_login_version == 1
      && output.domain.domain == "my-shop" && output.domain.url == "https://my-shop.auth.eu-central-1.amazoncognito.com"
    )
    error_message = "The domain, and its address in the pool's region."
  }

  assert {
    condition = (
      keys(aws_cognito_user_pool_ui_customization.this) == ["ALL", "web"]
      && aws_cognito_user_pool_ui_customization.this["ALL"].client_id == "ALL"
      && aws_cognito_user_pool_ui_customization.this["ALL"].css == ".logo-customizable { max-width: 60%; }"
      && aws_cognito_user_pool_ui_customization.this["ALL"].image_file == null
      && aws_cognito_user_pool_ui_customization.this["web"].client_id == aws_cognito_user_pool_client.this["web"].id
      && aws_cognito_user_pool_ui_customization.this["web"].image_file == "iVBORw0KGgo="
      && aws_cognito_user_pool_ui_customization.this["web"].css == null
    )
    error_message = "The pages of all clients, and of one."
  }

  assert {
    condition     = keys(aws_cognito_identity_provider.this) == ["Facebook", "Google", "LoginWithAmazon", "Office", "SignInWithApple", "Work"]
    error_message = "The keys are no secret."
  }

  assert {
    condition = nonsensitive(aws_cognito_identity_provider.this["Google"].provider_details) == tomap({
      attributes_url                = "https://people.googleapis.com/v1/people/me?personFields="
      attributes_url_add_attributes = "true"
      authorize_scopes              = "openid email"
      authorize_url                 = "https://accounts.google.com/o/oauth2/v2/auth"
      client_id                     = "g"
      client_secret                 = "secret"
      oidc_issuer                   = "https://accounts.google.com"
      token_request_method          = "POST"
      token_url                     = "https://oauth2.googleapis.com/token"
    })
    error_message = "What Cognito adds stands in the plan, and the caller's own value wins."
  }

  assert {
    condition = nonsensitive(aws_cognito_identity_provider.this["Facebook"].provider_details) == tomap({
      api_version                   = "v17.0"
      attributes_url                = "https://graph.facebook.com/v17.0/me?fields="
      attributes_url_add_attributes = "true"
      authorize_scopes              = "public_profile, email"
      authorize_url                 = "https://www.facebook.com/v17.0/dialog/oauth"
      client_id                     = "f"
      client_secret                 = "secret"
      token_request_method          = "GET"
      token_url                     = "https://graph.facebook.com/v17.0/oauth/access_token"
    })
    error_message = "Facebook's addresses hold the version."
  }

  assert {
    condition = (
      nonsensitive(aws_cognito_identity_provider.this["LoginWithAmazon"].provider_details)["token_url"] == "https://api.amazon.com/auth/o2/token"
      && nonsensitive(aws_cognito_identity_provider.this["SignInWithApple"].provider_details)["private_key"] == "secret"
      && nonsensitive(aws_cognito_identity_provider.this["SignInWithApple"].provider_details)["oidc_issuer"] == "https://appleid.apple.com"
      && length(nonsensitive(aws_cognito_identity_provider.this["Work"].provider_details)) == 6
      && nonsensitive(aws_cognito_identity_provider.this["Office"].provider_details) == tomap({ MetadataURL = "https://login.example.com/metadata" })
    )
    error_message = "Apple's key is sent; OIDC gets one value more, SAML none."
  }

  assert {
    condition = jsonencode({ for name, provider in aws_cognito_identity_provider.this : name => provider.attribute_mapping }) == jsonencode({
      Facebook        = { name = "name", username = "id" }
      Google          = { email = "email", email_verified = "email_verified", name = "name", username = "sub" }
      LoginWithAmazon = { name = "name", username = "user_id" }
      Office          = { name = "displayName" }
      SignInWithApple = { name = "firstName", username = "sub" }
      Work            = { "custom:team" = "department", name = "name", username = "sub" }
    })
    error_message = "Cognito maps the username itself, and answers with it."
  }

  assert {
    condition = (
      aws_cognito_identity_provider.this["Work"].idp_identifiers == tolist(["example.com"]) && aws_cognito_identity_provider.this["Office"].idp_identifiers == null
      && alltrue([for name, provider in aws_cognito_identity_provider.this : provider.provider_type == { Work = "OIDC", Office = "SAML" }[name] if contains(["Work", "Office"], name)])
      && [for name, data in terraform_data.unreadable_details : name if nonsensitive(data.input) != null] == ["SignInWithApple"]
    )
    error_message = "Null and never an empty list; what cannot be read again is remembered."
  }

  assert {
    condition = (
      aws_cognito_user_pool_client.this["web"].allowed_oauth_flows_user_pool_client
      && aws_cognito_user_pool_client.this["web"].allowed_oauth_flows == toset(["code"])
      && aws_cognito_user_pool_client.this["web"].allowed_oauth_scopes == toset(["openid", "email"])
      && aws_cognito_user_pool_client.this["web"].callback_urls == toset(["https://shop.example.com/in"])
      && aws_cognito_user_pool_client.this["web"].supported_identity_providers == toset(keys(aws_cognito_identity_provider.this))
      && aws_cognito_user_pool_client.this["web"].explicit_auth_flows == toset(["ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"])
      && aws_cognito_user_pool_client.this["web"].prevent_user_existence_errors == "ENABLED" && aws_cognito_user_pool_client.this["web"].enable_token_revocation
    )
    error_message = "A client with a flow has all providers, and is as tight as any other."
  }

  assert {
    condition = (
      aws_cognito_user_pool_client.this["one"].supported_identity_providers == toset(["Google"])
      && aws_cognito_user_pool_client.this["one"].logout_urls == toset(["https://shop.example.com/out"])
      && aws_cognito_user_pool_client.this["one"].default_redirect_uri == "myshop://in"
    )
    error_message = "Or those that it names."
  }

  assert {
    condition = (
      contains(aws_cognito_user_pool_client.this["web"].write_attributes, "custom:team")
      && !contains(aws_cognito_user_pool_client.this["app"].write_attributes, "custom:team")
      && !contains(aws_cognito_user_pool_client.this["one"].write_attributes, "custom:team")
      && !contains(aws_cognito_user_pool_client.this["web"].write_attributes, "email_verified")
    )
    error_message = "Cognito writes as the client what its own providers map; the flags no client may write."
  }

  assert {
    condition = (
      jsonencode(output.settings.identity_providers.Google) == "{\"attribute_mapping\":{\"email\":\"email\",\"email_verified\":\"email_verified\",\"name\":\"name\"},\"idp_identifiers\":null,\"provider_type\":\"Google\"}"
      && !strcontains(jsonencode(output.settings), "\"secret\"") && join(",", output.settings.domain.ui_customization) == "ALL,web"
    )
    error_message = "The settings show what is no secret."
  }
}

run "a_default_that_cannot_be_cleared" {
  command = plan

  variables {
    domain             = { domain = "my-shop" }
    identity_providers = { Office = { provider_type = "SAML", provider_details = { MetadataURL = "https://login.example.com/metadata" } } }
    clients            = { one = { allowed_oauth_flows = ["code"], allowed_oauth_scopes = ["openid"], callback_urls = ["https://shop.example.com/in"] } }
  }

  expect_failures = [aws_cognito_user_pool_client.this["one"]]
}

run "a_domain_of_ones_own" {
  variables {
    domain = {
      domain                = "auth.example.com"
      certificate_arn       = "arn:aws:acm:us-east-1:123456789012:certificate/1"
      managed_login_version = 2
    }
  }

  assert {
    condition = (
      aws_cognito_user_pool_domain.this[0].certificate_arn == "arn:aws:acm:us-east-1:123456789012:certificate/1"
      && aws_cognito_user_pool_domain.this[0].managed_login_version == 2 && output.domain.url == "https://auth.example.com"
      && output.domain.cloudfront_distribution == aws_cognito_user_pool_domain.this[0].cloudfront_distribution
      && output.domain.cloudfront_distribution_zone_id == aws_cognito_user_pool_domain.this[0].cloudfront_distribution_zone_id
    )
    error_message = "Its address, and where its DNS record points."
  }
}

run "rotation_and_a_servers_context" {
  variables {
    clients = {
      server = { generate_secret = true, enable_propagate_additional_user_context_data = true, refresh_token_rotation = { retry_grace_period_seconds = 10 } }
      app    = { refresh_token_rotation = {} }
    }
  }

  assert {
    condition = (
      aws_cognito_user_pool_client.this["server"].enable_propagate_additional_user_context_data
      && one(aws_cognito_user_pool_client.this["server"].refresh_token_rotation).feature == "ENABLED"
      && one(aws_cognito_user_pool_client.this["server"].refresh_token_rotation).retry_grace_period_seconds == 10
      && one(aws_cognito_user_pool_client.this["app"].refresh_token_rotation).retry_grace_period_seconds == 0
      && aws_cognito_user_pool_client.this["app"].explicit_auth_flows == toset(["ALLOW_CUSTOM_AUTH"])
    )
    error_message = "Rotation excludes REFRESH_TOKEN_AUTH."
  }
}

run "cognitos_own_pages_with_its_own_codes" {
  variables {
    native_otp = true
    domain     = { domain = "my-shop", managed_login_version = 2 }
    clients    = { web = { allowed_oauth_flows = ["code"], allowed_oauth_scopes = ["openid"], callback_urls = ["https://shop.example.com/in"] } }
  }

  assert {
    condition     = aws_cognito_user_pool_client.this["web"].supported_identity_providers == toset(["COGNITO"])
    error_message = "There is nobody else to sign in with."
  }
}

run "not_created" {
  variables {
    create             = false
    domain             = { domain = "my-shop", ui_customization = { ALL = { css = "a" } } }
    identity_providers = { Office = { provider_type = "SAML", provider_details = { MetadataURL = "https://login.example.com/metadata" } } }
    resource_servers   = { api = { scopes = { read = "Read" } } }
    groups             = { admins = {} }
    clients            = { web = { allowed_oauth_flows = ["code"], allowed_oauth_scopes = ["api/read"], callback_urls = ["https://shop.example.com/in"] } }
  }

  assert {
    condition = (
      length(aws_cognito_user_pool_domain.this) == 0 && length(aws_cognito_user_pool_ui_customization.this) == 0 && output.domain == null
      && length(aws_cognito_identity_provider.this) == 0 && length(terraform_data.unreadable_details) == 0
      && length(aws_cognito_resource_server.this) == 0 && length(aws_cognito_user_group.this) == 0 && length(aws_cognito_user_pool_client.this) == 0
    )
    error_message = "Nothing at all."
  }
}

################################################################################
# Warnings
################################################################################

run "tokens_in_the_address_bar" {
  command = plan

  variables {
    domain             = { domain = "my-shop" }
    identity_providers = { Office = { provider_type = "SAML", provider_details = { MetadataURL = "https://login.example.com/metadata" } } }
    clients            = { web = { allowed_oauth_flows = ["implicit"], allowed_oauth_scopes = ["openid"], callback_urls = ["https://shop.example.com/in"] } }
  }

  expect_failures = [check.implicit_flow]
}

run "a_provider_that_no_client_uses" {
  command = plan

  variables {
    identity_providers = { Office = { provider_type = "SAML", provider_details = { MetadataURL = "https://login.example.com/metadata" } } }
  }

  expect_failures = [check.identity_providers_without_a_client]
}

run "classic_pages_that_know_passwords_only" {
  command = plan

  variables {
    native_otp = true
    domain     = { domain = "my-shop" }
    clients    = { web = { allowed_oauth_flows = ["code"], allowed_oauth_scopes = ["openid"], callback_urls = ["https://shop.example.com/in"] } }
    web_acl    = { rate_limits = {} }
  }

  expect_failures = [check.classic_pages, check.pages_beside_the_firewall]
}

################################################################################
# Refusals. Checks of clients wait for domain and identity_providers, so a mistake in these hides those in clients.
################################################################################

run "a_whole_host_for_a_prefix" {
  command = plan

  variables {
    domain             = { domain = "my-shop.auth.eu-central-1.amazoncognito.com" }
    identity_providers = { Github = { provider_type = "GitHub", provider_details = {} } }
    resource_servers   = { "an api" = { scopes = { read = "Read" } } }
    groups             = { "the admins" = {} }
  }

  expect_failures = [var.domain, var.identity_providers, var.resource_servers, var.groups]
}

run "a_prefix_with_a_certificate" {
  command = plan

  variables {
    domain             = { domain = "my-shop", certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/1" }
    identity_providers = { Login = { provider_type = "Google", provider_details = { client_id = "g", client_secret = "s", authorize_scopes = "openid" } } }
    resource_servers   = { api = { name = "the/api", scopes = { read = "Read" } } }
    groups             = { admins = null }
  }

  expect_failures = [var.domain, var.identity_providers, var.resource_servers, var.groups]
}

run "a_prefix_that_cognito_refuses" {
  command = plan

  variables {
    domain             = { domain = "my-aws-shop" }
    identity_providers = { Our_Work = { provider_type = "OIDC", provider_details = { client_id = "o", authorize_scopes = "openid", oidc_issuer = "https://id.example.com", attributes_request_method = "GET" } } }
    resource_servers   = { api = { scopes = { "read/all" = "Read" } } }
    groups             = { admins = { precedence = -1 } }
  }

  expect_failures = [var.domain, var.identity_providers, var.resource_servers, var.groups]
}

run "a_prefix_in_capitals" {
  command = plan

  variables {
    domain             = { domain = "My-Shop" }
    identity_providers = { Facebook = { provider_type = "Facebook", provider_details = { client_id = "f", client_secret = "s", authorize_scopes = "email" } } }
    resource_servers   = { api = { scopes = {} } }
    groups             = { admins = { role_arn = "admins" } }
  }

  expect_failures = [var.domain, var.identity_providers, var.resource_servers, var.groups]
}

run "a_domain_below_a_top_level_one" {
  command = plan

  variables {
    domain             = { domain = "example.com", certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/1" }
    identity_providers = { Office = { provider_type = "SAML", provider_details = { MetadataURL = "https://login.example.com/metadata", MetadataFile = "<xml/>" } } }
    resource_servers   = { api = { scopes = { read = "" } } }
    groups             = { admins = { description = join("", [for _ in range(1000) : "xyz"]) } }
  }

  expect_failures = [var.domain, var.identity_providers, var.resource_servers, var.groups]
}

run "a_certificate_that_is_none" {
  command = plan

  variables {
    domain             = { domain = "auth.example.com", certificate_arn = "arn:aws:iam::123456789012:server-certificate/1" }
    identity_providers = { Office = { provider_type = "SAML", provider_details = { MetadataURL = "https://login.example.com/metadata", SSORedirectBindingURI = "https://login.example.com" } } }
    resource_servers   = { api = null }
  }

  expect_failures = [var.domain, var.identity_providers, var.resource_servers]
}

run "a_certificate_of_the_pools_region" {
  command = plan

  variables {
    domain             = { domain = "auth.example.com", certificate_arn = "arn:aws:acm:eu-central-1:123456789012:certificate/1" }
    identity_providers = { Office = { provider_type = "SAML", provider_details = { MetadataURL = "https://login.example.com/metadata" }, attribute_mapping = { "custom:team" = "department" } } }
  }

  expect_failures = [var.domain, var.identity_providers]
}

run "a_domain_of_ones_own_in_govcloud" {
  command = plan

  variables {
    domain             = { domain = "auth.example.com", certificate_arn = "arn:aws-us-gov:acm:us-gov-west-1:123456789012:certificate/1" }
    schema             = { team = { mutable = false } }
    identity_providers = { Office = { provider_type = "SAML", provider_details = { MetadataURL = "https://login.example.com/metadata" }, attribute_mapping = { "custom:team" = "department" } } }
  }

  expect_failures = [var.domain, var.identity_providers]
}

run "pages_that_do_not_exist" {
  command = plan

  variables {
    domain             = { domain = "my-shop", managed_login_version = 3 }
    schema             = { name = { required = true } }
    identity_providers = { Office = { provider_type = "SAML", provider_details = { MetadataURL = "https://login.example.com/metadata" } } }
  }

  expect_failures = [var.domain, var.identity_providers]
}

run "managed_login_in_the_lite_plan" {
  command = plan

  variables {
    user_pool_tier     = "LITE"
    domain             = { domain = "my-shop", managed_login_version = 2 }
    identity_providers = { Office = { provider_type = "SAML", provider_details = { MetadataURL = "https://login.example.com/metadata" }, idp_identifiers = ["exa/mple"] } }
  }

  expect_failures = [var.domain, var.identity_providers]
}

run "classic_looks_of_managed_login" {
  command = plan

  variables {
    domain             = { domain = "my-shop", managed_login_version = 2, ui_customization = { ALL = { css = "a" } } }
    identity_providers = { Office = { provider_type = "SAML", provider_details = { MetadataURL = "https://login.example.com/metadata" }, idp_identifiers = [] } }
  }

  expect_failures = [var.domain, var.identity_providers]
}

run "looks_without_any" {
  command = plan

  variables {
    domain             = { domain = "my-shop", ui_customization = { ALL = {} } }
    identity_providers = { Office = null }
  }

  expect_failures = [var.domain, var.identity_providers]
}

run "a_picture_that_is_too_large" {
  command = plan

  variables {
    domain = { domain = "my-shop", ui_customization = { ALL = { image_file = join("", [for _ in range(1000) : join("", [for _ in range(200) : "A"])]) } } }
  }

  expect_failures = [var.domain]
}

run "looks_of_a_client_that_is_none" {
  command = plan

  variables {
    domain = { domain = "my-shop", ui_customization = { web = { css = "a" } } }
  }

  expect_failures = [var.clients]
}

run "a_grace_that_is_too_long" {
  command = plan

  variables {
    clients = { app = { refresh_token_rotation = { retry_grace_period_seconds = 61 } } }
  }

  expect_failures = [var.clients]
}

run "rotation_in_the_lite_plan" {
  command = plan

  variables {
    user_pool_tier = "LITE"
    clients        = { app = { refresh_token_rotation = {} } }
  }

  expect_failures = [var.clients]
}

run "the_context_of_an_app_without_a_secret" {
  command = plan

  variables {
    clients = { app = { enable_propagate_additional_user_context_data = true } }
  }

  expect_failures = [var.clients]
}

run "an_attribute_that_cognito_could_not_write" {
  command = plan

  variables {
    domain             = { domain = "my-shop" }
    identity_providers = { Office = { provider_type = "SAML", provider_details = { MetadataURL = "https://login.example.com/metadata" }, attribute_mapping = { name = "displayName" } } }
    clients            = { web = { allowed_oauth_flows = ["code"], allowed_oauth_scopes = ["openid"], callback_urls = ["https://shop.example.com/in"], write_attributes = ["phone_number"] } }
  }

  expect_failures = [var.clients]
}

run "a_flow_that_is_none" {
  command = plan

  variables {
    domain  = { domain = "my-shop" }
    clients = { web = { allowed_oauth_flows = ["token"], allowed_oauth_scopes = ["openid"], callback_urls = ["https://shop.example.com/in"] } }
  }

  expect_failures = [var.clients]
}

run "a_machine_that_signs_people_in" {
  command = plan

  variables {
    domain             = { domain = "my-shop" }
    resource_servers   = { api = { scopes = { read = "Read" } } }
    identity_providers = { Office = { provider_type = "SAML", provider_details = { MetadataURL = "https://login.example.com/metadata" } } }
    clients            = { web = { generate_secret = true, allowed_oauth_flows = ["code", "client_credentials"], allowed_oauth_scopes = ["api/read"], callback_urls = ["https://shop.example.com/in"] } }
  }

  expect_failures = [var.clients]
}

run "a_machine_without_a_secret" {
  command = plan

  variables {
    domain           = { domain = "my-shop" }
    resource_servers = { api = { scopes = { read = "Read" } } }
    clients          = { job = { allowed_oauth_flows = ["client_credentials"], allowed_oauth_scopes = ["api/read"] } }
  }

  expect_failures = [var.clients]
}

run "a_machine_with_a_persons_scope" {
  command = plan

  variables {
    domain  = { domain = "my-shop" }
    clients = { job = { generate_secret = true, allowed_oauth_flows = ["client_credentials"], allowed_oauth_scopes = ["openid"] } }
  }

  expect_failures = [var.clients]
}

run "addresses_without_a_flow" {
  command = plan

  variables {
    clients = { web = { callback_urls = ["https://shop.example.com/in"] } }
  }

  expect_failures = [var.clients]
}

run "a_flow_without_a_domain" {
  command = plan

  variables {
    identity_providers = { Office = { provider_type = "SAML", provider_details = { MetadataURL = "https://login.example.com/metadata" } } }
    clients            = { web = { allowed_oauth_flows = ["code"], allowed_oauth_scopes = ["openid"], callback_urls = ["https://shop.example.com/in"] } }
  }

  expect_failures = [var.clients]
}

run "a_flow_without_an_address" {
  command = plan

  variables {
    domain             = { domain = "my-shop" }
    identity_providers = { Office = { provider_type = "SAML", provider_details = { MetadataURL = "https://login.example.com/metadata" } } }
    clients            = { web = { allowed_oauth_flows = ["code"], allowed_oauth_scopes = ["openid"] } }
  }

  expect_failures = [var.clients]
}

run "a_scope_that_no_resource_server_has" {
  command = plan

  variables {
    domain             = { domain = "my-shop" }
    identity_providers = { Office = { provider_type = "SAML", provider_details = { MetadataURL = "https://login.example.com/metadata" } } }
    clients            = { web = { allowed_oauth_flows = ["code"], allowed_oauth_scopes = ["api/read"], callback_urls = ["https://shop.example.com/in"] } }
  }

  expect_failures = [var.clients]
}

run "an_address_scope_without_openid" {
  command = plan

  variables {
    domain             = { domain = "my-shop" }
    identity_providers = { Office = { provider_type = "SAML", provider_details = { MetadataURL = "https://login.example.com/metadata" } } }
    clients            = { web = { allowed_oauth_flows = ["code"], allowed_oauth_scopes = ["email"], callback_urls = ["https://shop.example.com/in"] } }
  }

  expect_failures = [var.clients]
}

run "an_address_in_clear_text" {
  command = plan

  variables {
    domain             = { domain = "my-shop" }
    identity_providers = { Office = { provider_type = "SAML", provider_details = { MetadataURL = "https://login.example.com/metadata" } } }
    clients            = { web = { allowed_oauth_flows = ["code"], allowed_oauth_scopes = ["openid"], callback_urls = ["http://localhost.example.com/in"] } }
  }

  expect_failures = [var.clients]
}

run "a_default_that_is_not_among_them" {
  command = plan

  variables {
    domain             = { domain = "my-shop" }
    identity_providers = { Office = { provider_type = "SAML", provider_details = { MetadataURL = "https://login.example.com/metadata" } } }
    clients            = { web = { allowed_oauth_flows = ["code"], allowed_oauth_scopes = ["openid"], callback_urls = ["https://shop.example.com/in"], default_redirect_uri = "https://shop.example.com/" } }
  }

  expect_failures = [var.clients]
}

run "a_provider_that_is_none" {
  command = plan

  variables {
    domain  = { domain = "my-shop" }
    clients = { web = { allowed_oauth_flows = ["code"], allowed_oauth_scopes = ["openid"], callback_urls = ["https://shop.example.com/in"], supported_identity_providers = ["Google"] } }
  }

  expect_failures = [var.clients]
}

run "cognitos_own_pages" {
  command = plan

  variables {
    domain  = { domain = "my-shop" }
    clients = { web = { allowed_oauth_flows = ["code"], allowed_oauth_scopes = ["openid"], callback_urls = ["https://shop.example.com/in"], supported_identity_providers = ["COGNITO"] } }
  }

  expect_failures = [var.clients]
}

run "cognitos_own_pages_behind_a_password" {
  command = plan

  variables {
    password_required = true
    domain            = { domain = "my-shop" }
    clients           = { web = { allowed_oauth_flows = ["code"], allowed_oauth_scopes = ["openid"], callback_urls = ["https://shop.example.com/in"], supported_identity_providers = ["COGNITO"] } }
  }

  expect_failures = [var.clients]
}

run "nobody_to_sign_in_with" {
  command = plan

  variables {
    domain  = { domain = "my-shop" }
    clients = { web = { allowed_oauth_flows = ["code"], allowed_oauth_scopes = ["openid"], callback_urls = ["https://shop.example.com/in"] } }
  }

  expect_failures = [var.clients]
}
