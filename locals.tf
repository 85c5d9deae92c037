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

  # What Cognito has to verify when a person changes it: sign-in depends on it.
  verified_attributes = sort([
    for attribute, channel in local.channel_to : attribute if contains(local.identifiers, attribute) || contains(local.channels, channel)
  ])
  phone_numbers = contains(local.verified_attributes, "phone_number")

  ##############################################################################
  # Clients
  ##############################################################################

  standard_attributes = [
    "address", "birthdate", "email", "email_verified", "family_name", "gender", "given_name", "locale", "middle_name", "name", "nickname",
    "phone_number", "phone_number_verified", "picture", "preferred_username", "profile", "sub", "updated_at", "website", "zoneinfo",
  ]

  write_attributes = concat(
    ["email", "family_name", "given_name", "locale", "name", "phone_number", "picture", "zoneinfo"],
    [for attribute in local.alias_attributes : attribute if attribute == "preferred_username"],
  )

  # Minutes; a code must not outlive the session in which it is typed.
  auth_session_validity = min(15, max(3, ceil(var.otp.ttl_seconds / 60)))

  clients = {
    for name, client in var.clients : name => merge(client, {
      auth_session_validity = coalesce(client.auth_session_validity, local.auth_session_validity)
      write_attributes      = sort(coalesce(client.write_attributes, local.write_attributes))
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
  # Functions
  ##############################################################################

  function_names = {
    for function in ["sign_up", "sign_in", "delivery"] : function => "${var.name}-${replace(function, "_", "-")}" if var.create
  }

  sms_external_id = coalesce(var.sms.external_id, var.name)
}
