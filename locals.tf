# What the inputs come to. Nothing here depends on a resource but the place (partition, region, account).

locals {
  ##############################################################################
  # Where we are: read from the code key's ARN, not from data sources, which a caller's depends_on would put off to apply and
  # so plan replacements for nothing.
  ##############################################################################

  code_key_arn = one(aws_kms_key.code[*].arn)
  place        = split(":", coalesce(local.code_key_arn, "arn::::::"))
  partition    = local.place[1]
  region       = local.place[3]
  account_id   = local.place[4]

  ##############################################################################
  # Identifiers and channels
  ##############################################################################

  identifiers_left_out = var.username_attributes == null && var.alias_attributes == null
  username_attributes  = sort(local.identifiers_left_out ? ["phone_number"] : coalesce(var.username_attributes, []))
  alias_attributes     = sort(coalesce(var.alias_attributes, []))
  identifiers          = concat(local.username_attributes, local.alias_attributes)

  # The channel to an attribute.
  channel_to = { phone_number = "sms", email = "email" }

  email_only       = contains(local.identifiers, "email") && !contains(local.identifiers, "phone_number")
  default_channels = local.email_only ? ["email"] : ["sms"]
  channels         = coalesce(var.delivery.channels, local.default_channels)

  # Who carries a channel: the caller's function carries them all.
  own_function = var.delivery.function_arn != null
  email_by_ses = contains(local.channels, "email") && !local.own_function
  sms_by = {
    for provider in ["sns", "end_user_messaging"] : provider => (
      contains(local.channels, "sms") && !local.own_function && var.delivery.sms_provider == provider
    )
  }

  # What End User Messaging sends from; more than one is refused in triggers.tf.
  origination_identity = var.delivery.sms_provider != "end_user_messaging" ? null : try(
    coalesce(var.sms.origination_identity, var.sms.origination_number, var.sms.sender_id), null
  )

  # Who has the mailbox may set a password only where codes go elsewhere, or the mailbox would be both factors.
  mails_factor      = var.email_mfa_configuration != null
  recovery_by_email = var.password_required && !contains(local.channels, "email") && !local.mails_factor

  # What Cognito has to verify when a person changes it: sign-in, or the recovery of a password, depends on it.
  verified_attributes = sort([
    for attribute, channel in local.channel_to : attribute
    if contains(local.identifiers, attribute) || contains(local.channels, channel) || (attribute == "email" && (local.recovery_by_email || local.mails_factor))
  ])
  phone_numbers = contains(local.verified_attributes, "phone_number")

  # Cognito confirms a sign-up by a code of its own, before any of ours; native_otp has no other way.
  confirmed_by_code = var.sign_up.confirmation == "code" && !var.native_otp

  # Where people wait for Cognito's own mail, it goes by the caller's SES identity, which must be verified by then. Elsewhere (a changed address,
  # a forgotten password) Cognito has its own sender, and a pool can be made before the identity is verified.
  mails_by_ses = var.email.from != null && (local.mails_factor || (local.confirmed_by_code || var.native_otp) && contains(local.channels, "email"))

  # Where whoever has the number or address cannot simply sign in to an account that a stranger made with it.
  reclaims = (local.confirmed_by_code || var.password_required || length(local.username_attributes) == 0) && !var.native_otp

  # Of Cognito's own sign-in. It is said to refuse a list without PASSWORD.
  first_factors = concat(
    ["PASSWORD"],
    [for channel in ["email", "sms"] : "${upper(channel)}_OTP" if contains(local.channels, channel)],
    [for passkeys in var.web_authn_configuration[*] : "WEB_AUTHN"],
  )

  ##############################################################################
  # Clients
  ##############################################################################

  standard_attributes = [
    "address", "birthdate", "email", "email_verified", "family_name", "gender", "given_name", "locale", "middle_name", "name", "nickname",
    "phone_number", "phone_number_verified", "picture", "preferred_username", "profile", "sub", "updated_at", "website", "zoneinfo",
  ]

  is_standard = { for name in keys(var.schema) : name => contains(local.standard_attributes, name) }

  write_attributes = concat(
    ["email", "family_name", "given_name", "locale", "name", "phone_number", "picture", "zoneinfo"],
    [for attribute in local.alias_attributes : attribute if attribute == "preferred_username"],
  )

  # Minutes; a code must not outlive the session in which it is typed.
  auth_session_validity = min(15, max(3, ceil(var.otp.ttl_seconds / 60)))

  # Whom people sign in with by each client; none without a flow that signs people in.
  client_identity_providers = {
    for name, client in var.clients : name => length(setintersection(client.allowed_oauth_flows, ["code", "implicit"])) == 0 ? [] : sort(
      client.supported_identity_providers == null ? local.default_identity_providers : client.supported_identity_providers
    )
  }

  clients = {
    for name, client in var.clients : name => merge(client, {
      auth_session_validity        = coalesce(client.auth_session_validity, local.auth_session_validity)
      supported_identity_providers = local.client_identity_providers[name]
      write_attributes = sort(client.write_attributes != null ? client.write_attributes : setunion(
        local.write_attributes, flatten([for provider in local.client_identity_providers[name] : lookup(local.mapped_attributes, provider, [])])
      ))
    })
  }

  ##############################################################################
  # Tables: names are strings computed here and not the tables' attributes, so that the identities table can depend on
  # everything that names it (see storage.tf).
  ##############################################################################

  user_table_name       = coalesce(var.user_table.name, "${var.name}-users")
  identities_table_name = "${var.name}-identities"
  auth_state_table_name = "${var.name}-auth-state"

  table_arn_prefix = "arn:${local.partition}:dynamodb:${local.region}:${local.account_id}:table/"
  user_table_arn   = "${local.table_arn_prefix}${local.user_table_name}"
  identities_arn   = "${local.table_arn_prefix}${local.identities_table_name}"
  auth_state_arn   = "${local.table_arn_prefix}${local.auth_state_table_name}"

  ##############################################################################
  # The User row: field to its name there. Whether a field is left out must be known at plan, its name need not be.
  ##############################################################################

  row_defaults = {
    for field in ["created_at", "email", "last_sign_in_at", "phone_number", "status", "updated_at", "username"] : field => field
  }
  row_fields = { for field, name in merge(local.row_defaults, var.user_table.attribute_map) : field => name if name != null }

  # The keys that user_table.attribute_map may have, besides "custom:<name>".
  row_sources = setunion(keys(local.row_defaults), ["owner"], local.standard_attributes)

  creates_user_table = var.create && var.user_table.create

  ##############################################################################
  # Functions
  ##############################################################################

  function_names = {
    for function in ["sign_up", "sign_in", "delivery", "maintenance"] : function => "${var.name}-${replace(function, "_", "-")}"
    if var.create && (contains(["sign_up", "maintenance"], function) || !var.native_otp)
  }

  sms_external_id = coalesce(var.sms.external_id, var.name)
}
