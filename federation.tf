# Other ways in: the domain that they go through, what its pages look like, and the identity providers.

locals {
  ##############################################################################
  # What of the identity providers is no secret, also where the caller's whole map is sensitive
  ##############################################################################

  identity_providers = {
    for name in nonsensitive(keys(var.identity_providers)) : name => {
      provider_type     = nonsensitive(var.identity_providers[name].provider_type)
      attribute_mapping = nonsensitive(var.identity_providers[name].attribute_mapping)
      idp_identifiers   = nonsensitive(var.identity_providers[name].idp_identifiers)
    }
  }

  # What Cognito writes as the client at a sign-in; the flags and the username it writes itself.
  mapped_attributes = {
    for name, provider in local.identity_providers : name => [
      for attribute in keys(provider.attribute_mapping) : attribute if !contains(["username", "email_verified", "phone_number_verified"], attribute)
    ]
  }

  mapped_custom_attributes = sort(distinct([for attribute in flatten(values(local.mapped_attributes)) : attribute if startswith(attribute, "custom:")]))

  # What a client shows that says nothing: Cognito's own pages where they are all there is.
  default_identity_providers = length(local.identity_providers) > 0 ? keys(local.identity_providers) : var.native_otp ? ["COGNITO"] : []

  ##############################################################################
  # What Cognito asks of a provider, by type, and what it answers besides. A plan that lacked the latter would take it for a change, each time;
  # one that ignored it would also ignore what the caller writes there. Values as in the API's reference, CreateIdentityProvider.
  ##############################################################################

  provider_details_needed = {
    Facebook        = ["api_version", "authorize_scopes", "client_id", "client_secret"]
    Google          = ["authorize_scopes", "client_id", "client_secret"]
    LoginWithAmazon = ["authorize_scopes", "client_id", "client_secret"]
    OIDC            = ["attributes_request_method", "authorize_scopes", "client_id", "oidc_issuer"]
    SAML            = []
    SignInWithApple = ["authorize_scopes", "client_id", "key_id", "private_key", "team_id"]
  }

  provider_details_added = {
    Facebook = {
      attributes_url                = "https://graph.facebook.com/{api_version}/me?fields="
      attributes_url_add_attributes = "true"
      authorize_url                 = "https://www.facebook.com/{api_version}/dialog/oauth"
      token_request_method          = "GET"
      token_url                     = "https://graph.facebook.com/{api_version}/oauth/access_token"
    }
    Google = {
      attributes_url                = "https://people.googleapis.com/v1/people/me?personFields="
      attributes_url_add_attributes = "true"
      authorize_url                 = "https://accounts.google.com/o/oauth2/v2/auth"
      oidc_issuer                   = "https://accounts.google.com"
      token_request_method          = "POST"
      token_url                     = "https://www.googleapis.com/oauth2/v4/token"
    }
    LoginWithAmazon = {
      attributes_url                = "https://api.amazon.com/user/profile"
      attributes_url_add_attributes = "false"
      authorize_url                 = "https://www.amazon.com/ap/oa"
      token_request_method          = "POST"
      token_url                     = "https://api.amazon.com/auth/o2/token"
    }
    OIDC = { attributes_url_add_attributes = "false" }
    SAML = {}
    SignInWithApple = {
      attributes_url_add_attributes = "false"
      authorize_url                 = "https://appleid.apple.com/auth/authorize"
      oidc_issuer                   = "https://appleid.apple.com"
      token_request_method          = "POST"
      token_url                     = "https://appleid.apple.com/auth/token"
    }
  }

  # The claim that names a user; SAML's is the NameID, and not mapped.
  username_claims = { Facebook = "id", Google = "sub", LoginWithAmazon = "user_id", OIDC = "sub", SignInWithApple = "sub" }

  ##############################################################################
  # The domain's address
  ##############################################################################

  # How a prefix becomes a host, in the partitions of which it is known.
  prefix_host = lookup({ aws = "auth", aws-us-gov = "auth-fips" }, local.partition, null)
}

resource "aws_cognito_user_pool_domain" "this" {
  count = var.create && var.domain != null ? 1 : 0

  domain                = var.domain.domain
  certificate_arn       = var.domain.certificate_arn
  managed_login_version = var.domain.managed_login_version
  user_pool_id          = aws_cognito_user_pool.this[0].id
}

resource "aws_cognito_user_pool_ui_customization" "this" {
  for_each = { for key, page in var.domain == null ? {} : var.domain.ui_customization : key => page if var.create }

  user_pool_id = aws_cognito_user_pool.this[0].id
  client_id    = each.key == "ALL" ? "ALL" : aws_cognito_user_pool_client.this[each.key].id
  css          = each.value.css
  image_file   = each.value.image_file

  # Cognito keeps pages of pools with a domain only.
  depends_on = [aws_cognito_user_pool_domain.this]
}

# Cognito never shows Apple's private key again, so the provider would set it at each plan: ignored below, a change of the details replaces the identity
# provider by one of the same name instead. Users and clients know it by that name.
resource "terraform_data" "unreadable_details" {
  for_each = { for name, provider in local.identity_providers : name => provider.provider_type if var.create }

  input = each.value == "SignInWithApple" ? sha256(jsonencode(var.identity_providers[each.key].provider_details)) : null
}

resource "aws_cognito_identity_provider" "this" {
  for_each = { for name, provider in local.identity_providers : name => provider if var.create }

  user_pool_id  = aws_cognito_user_pool.this[0].id
  provider_name = each.key
  provider_type = each.value.provider_type

  provider_details = merge(
    {
      for key, value in local.provider_details_added[each.value.provider_type] :
      key => replace(value, "{api_version}", lookup(var.identity_providers[each.key].provider_details, "api_version", ""))
    },
    var.identity_providers[each.key].provider_details,
  )

  attribute_mapping = merge(
    { for claim in compact([lookup(local.username_claims, each.value.provider_type, null)]) : "username" => claim },
    each.value.attribute_mapping,
  )

  idp_identifiers = each.value.idp_identifiers

  lifecycle {
    # Of these Cognito answers with what it made, or what the metadata say, and with nothing for Apple's key. No caller sets the first three.
    ignore_changes = [
      provider_details["ActiveEncryptionCertificate"],
      provider_details["SLORedirectBindingURI"],
      provider_details["SSORedirectBindingURI"],
      provider_details["private_key"],
    ]
    replace_triggered_by = [terraform_data.unreadable_details[each.key]]
  }
}

################################################################################
# Legal, and seldom meant
################################################################################

check "implicit_flow" {
  assert {
    condition     = !anytrue([for client in values(var.clients) : contains(client.allowed_oauth_flows, "implicit")])
    error_message = "clients[*].allowed_oauth_flows with \"implicit\" hands tokens to the browser's address bar, from where they leak; OAuth 2.1 drops it. Write [\"code\"]; browsers use it with PKCE."
  }
}

check "identity_providers_without_a_client" {
  assert {
    condition = length(local.identity_providers) == 0 || anytrue([
      for client in values(local.clients) : length(setintersection(client.supported_identity_providers, keys(local.identity_providers))) > 0
    ])
    error_message = "No client lets people sign in by identity_providers: give one allowed_oauth_flows = [\"code\"], allowed_oauth_scopes and callback_urls."
  }
}

check "attributes_that_people_may_set" {
  assert {
    condition = !var.sign_up.self_service || length(local.mapped_custom_attributes) == 0 || alltrue([
      for client in values(var.clients) : client.write_attributes != null || length(client.allowed_oauth_flows) == 0
    ])
    error_message = "identity_providers[*].attribute_mapping writes ${join(", ", local.mapped_custom_attributes)}, and Cognito writes it as the client: whoever signs up by that client can set it too, to anything. Decide no rights by it (groups and lambda_triggers.pre_token_generation are for that), or refuse it in hooks.pre_sign_up; then say so by writing out clients[*].write_attributes."
  }
}

check "classic_pages" {
  assert {
    condition = try(var.domain.managed_login_version, 2) == 2 || !anytrue([
      for client in values(local.clients) : contains(client.supported_identity_providers, "COGNITO")
    ])
    error_message = "A client shows Cognito's own pages, and the classic ones know passwords only: set domain.managed_login_version = 2, whose pages send one-time passwords, and give each such client a branding style, without which they do not open (aws cognito-idp create-managed-login-branding --use-cognito-provided-values, or aws_cognito_managed_login_branding of provider 6)."
  }
}
