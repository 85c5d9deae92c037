# Settings that are too large for Lambda's environment of 4 KB: items of the auth-state table, without an expiry. Their hash stands in
# the environment, so that a change starts new environments, which read them once.

locals {
  # ISO codes of the countries that a phone number can belong to.
  countries = keys(jsondecode(file("${path.module}/lambda_src/cognito_otp/countries.json")).countries)

  country_settings = {
    for key, value in {
      allowed   = var.fraud.allowed_countries == null ? null : sort(var.fraud.allowed_countries)
      blocked   = length(var.fraud.blocked_countries) == 0 ? null : sort(var.fraud.blocked_countries)
      overrides = length(var.fraud.country_overrides) == 0 ? null : { for country, override in var.fraud.country_overrides : country => { for key, value in override : key => value if value != null } if override != null }
    } : key => value if value != null
  }

  # What differs from the defaults; by how many, since a name may be unknown at plan.
  row_settings = merge(
    length(var.user_table.attribute_map) > 0 ? { attribute_map = var.user_table.attribute_map } : null,
    length(var.user_table.constant_attributes) > 0 ? { constant_attributes = var.user_table.constant_attributes } : null,
  )

  # JSON, so that objects of different shapes fit into one map.
  configuration = {
    for name, settings in {
      countries    = length(local.country_settings) > 0 ? jsonencode(local.country_settings) : null
      messages     = length(local.message_overrides) > 0 ? jsonencode(local.message_overrides) : null
      test_numbers = var.test_numbers == null || var.native_otp ? null : jsonencode(var.test_numbers)
      user_row     = length(local.row_settings) > 0 ? jsonencode(local.row_settings) : null
    } : name => settings if settings != null
  }

  configuration_hashes = { for name, settings in local.configuration : name => sha256(settings) }

  # Numbers that nobody owns, kept free for books and films by: the North American Numbering Plan (555-0100 to 0199), Ofcom (UK),
  # Bundesnetzagentur (Germany, notice 148/2021), ARCEP (France), PTS (Sweden) and ACMA (Australia).
  fictitious_numbers = join("|", [
    "^\\+1[2-9][0-9]{2}55501[0-9]{2}$",
    "^\\+44(7700900|1632960|2079460|2920180|2890180|1914980|1(13|14|15|16|17|18|21|31|41|51|61)4960)[0-9]{3}$",
    "^\\+49(17139200[0-9]{2}|176040690[0-9]{2}|(3023125|6990009|4066969|2214710|8999998)[0-9]{3})$",
    "^\\+33(19900|26191|35301|46571|53649|63998)[0-9]{4}$",
    "^\\+467017406(0[5-9]|[1-9][0-9])$",
    "^\\+61491570(110|15[6-9])$",
  ])

  # In these area codes the Plan keeps 800-555-0199 alone for fiction.
  toll_free_numbers = "^\\+1(5(00|2[1-9]|33|44|66|77|88)|700|8(00|33|44|55|66|77|88)|900|[2-9]11)"
}

resource "aws_dynamodb_table_item" "configuration" {
  for_each = { for name, settings in local.configuration : name => settings if var.create }

  table_name = aws_dynamodb_table.auth_state[0].name
  hash_key   = "pk"
  item       = jsonencode({ pk = { S = "config#${each.key}" }, settings = { S = each.value } })

  lifecycle {
    # With the table, whose name stays the same.
    replace_triggered_by = [terraform_data.pool_generation[0]]

    precondition {
      # An item holds 400 KB; length() would count characters.
      condition     = length(base64encode(each.value)) * 3 / 4 <= 350000
      error_message = "${each.key} takes more than 350,000 bytes, and one DynamoDB item holds it: shorten the texts (of messages, most is email_html), or take entries out."
    }
  }
}

################################################################################
# Loud on every plan
################################################################################

check "test_numbers" {
  assert {
    condition     = var.test_numbers == null
    error_message = "test_numbers has fixed codes: anybody who knows one signs in as ${join(", ", keys(try(var.test_numbers.codes, {})))} until ${try(var.test_numbers.until, "")}. Leave test_numbers out in production."
  }

  assert {
    condition     = var.test_numbers == null ? true : timecmp(plantimestamp(), var.test_numbers.until) < 0
    error_message = "test_numbers.until has passed (${try(var.test_numbers.until, "")}): the test numbers get no codes any more. Take test_numbers out, or set a later time."
  }
}

check "deletion_protection" {
  assert {
    condition     = var.deletion_protection == "ACTIVE" || !var.create
    error_message = "deletion_protection is INACTIVE: `terraform destroy` takes the pool with all its users and the tables with all their rows. Set it to \"ACTIVE\" before real people sign up."
  }
}

check "risky_choices" {
  assert {
    condition     = !var.otp.show_destination
    error_message = "otp.show_destination tells whoever types a name whether there is such an account, and the end of its number or address. Leave it out, unless your sign-up tells anyway and people have several numbers."
  }

  assert {
    condition     = local.guards_pumping || !contains(local.channels, "sms") || var.native_otp
    error_message = "fraud.mode is \"off\", so nothing notices when somebody has texts sent for the money that they cost you. Leave it out: \"record_only\" refuses nothing."
  }

  assert {
    condition     = alltrue([for client in values(var.clients) : client.refresh_token_validity <= 365])
    error_message = "clients[*].refresh_token_validity is more than a year: whoever gets hold of a device stays signed in as its owner for so long. 30 days is the default."
  }
}
