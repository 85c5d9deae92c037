################################################################################
# What is made, and its name
################################################################################

variable "create" {
  description = "Whether to create anything at all."
  type        = bool
  default     = true
  nullable    = false
}

variable "name" {
  description = "Name of the user pool, beginning of every other name, and what messages call the application. Cannot be changed later (see `pool_generation`)."
  type        = string
  nullable    = false

  validation {
    # The longest name made of it is a role's, 64 characters: "<name>-maintenance-<region>", with a region of 15.
    condition     = can(regex("^[A-Za-z][A-Za-z0-9_-]{1,35}$", var.name))
    error_message = "name must be 2 to 36 characters long, begin with a letter and hold only letters, digits, \"-\" and \"_\": for example \"my-app\"."
  }
}

variable "tags" {
  description = "Tags of everything that can have tags."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for key in keys(var.tags) : !startswith(lower(key), "aws:")])
    error_message = "tags must not have keys that begin with \"aws:\", which AWS reserves: choose another prefix."
  }
}

################################################################################
# Who a person is: identifiers (none of them can be changed later)
################################################################################

variable "username_attributes" {
  description = <<-EOT
    Attributes that serve as the username: any of `phone_number` and `email`. Excludes `alias_attributes`.
    Left out together with `alias_attributes`: `["phone_number"]`. `[]`: usernames that people choose. Cannot be changed later.
  EOT
  type        = set(string)
  default     = null

  validation {
    condition     = alltrue([for each in coalesce(var.username_attributes, []) : contains(["phone_number", "email"], each)])
    error_message = "username_attributes can only hold \"phone_number\" and \"email\". For people who sign in with a name of their choice, write username_attributes = []."
  }

  validation {
    condition     = length(coalesce(var.username_attributes, [])) == 0 || length(coalesce(var.alias_attributes, [])) == 0
    error_message = "username_attributes and alias_attributes exclude each other: keep username_attributes (the phone number or e-mail address is the username) or alias_attributes (it stands in for a username), and leave the other out."
  }
}

variable "alias_attributes" {
  description = <<-EOT
    Attributes that may be typed in place of a username once they are verified: any of `phone_number`, `email` and
    `preferred_username`. Excludes `username_attributes`. `[]`: usernames only. Cannot be changed later.
  EOT
  type        = set(string)
  default     = null

  validation {
    condition     = alltrue([for each in coalesce(var.alias_attributes, []) : contains(["phone_number", "email", "preferred_username"], each)])
    error_message = "alias_attributes can only hold \"phone_number\", \"email\" and \"preferred_username\"."
  }
}

variable "case_sensitive" {
  description = "Whether Cognito itself tells usernames and addresses apart by case; the module never lets two accounts differ in case only. Cannot be changed later."
  type        = bool
  default     = false
  nullable    = false
}

variable "pool_generation" {
  description = <<-EOT
    Raise this number to replace the pool when `name`, `username_attributes`, `alias_attributes` or `case_sensitive` must change.
    **Every user of the pool is lost**, with the identities and auth-state tables, which are about them; the User table stays.
    With `deletion_protection` it is refused: apply `deletion_protection = "INACTIVE"` first. Lowering the number does the same.
  EOT
  type        = number
  default     = 1
  nullable    = false

  validation {
    condition     = var.pool_generation >= 1 && floor(var.pool_generation) == var.pool_generation
    error_message = "pool_generation must be a whole number from 1 up."
  }
}

################################################################################
# Sign-up and codes
################################################################################

variable "sign_up" {
  description = <<-EOT
    - `self_service`: people may sign up themselves; false: only administrators create users.
  EOT
  type = object({
    self_service = optional(bool, true)
  })
  default  = {}
  nullable = false
}

variable "otp" {
  description = <<-EOT
    One-time codes.
    - `length`: digits, 6 to 10.
    - `ttl_seconds`: lifetime, 60 to 600.
    - `max_attempts`: guesses per code, 1 to 10.
    - `show_destination`: tell the client the masked destination. It also tells strangers that an account exists.
  EOT
  type = object({
    length           = optional(number, 6)
    ttl_seconds      = optional(number, 300)
    max_attempts     = optional(number, 3)
    show_destination = optional(bool, false)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.otp.length >= 6 && var.otp.length <= 10 && floor(var.otp.length) == var.otp.length
    error_message = "otp.length must be a whole number from 6 to 10: shorter codes can be guessed, 6 is the default."
  }

  validation {
    condition     = var.otp.ttl_seconds >= 60 && var.otp.ttl_seconds <= 600 && floor(var.otp.ttl_seconds) == var.otp.ttl_seconds
    error_message = "otp.ttl_seconds must be a whole number from 60 to 600: a code may live ten minutes at most, 300 is the default."
  }

  validation {
    condition     = var.otp.max_attempts >= 1 && var.otp.max_attempts <= 10 && floor(var.otp.max_attempts) == var.otp.max_attempts
    error_message = "otp.max_attempts must be a whole number from 1 to 10: 3 is the default."
  }
}

variable "limits" {
  description = <<-EOT
    Limits per destination (phone number or e-mail address).
    - `resend_after_seconds`: wait before the second message, 1 to 3600.
    - `resend_backoff_max_seconds`: the wait grows with every further message, up to this, at most 3600.
  EOT
  type = object({
    resend_after_seconds       = optional(number, 30)
    resend_backoff_max_seconds = optional(number, 300)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.limits.resend_after_seconds >= 1 && var.limits.resend_after_seconds <= 3600 && floor(var.limits.resend_after_seconds) == var.limits.resend_after_seconds
    error_message = "limits.resend_after_seconds must be a whole number from 1 to 3600: 30 is the default."
  }

  validation {
    condition     = var.limits.resend_backoff_max_seconds >= 1 && var.limits.resend_backoff_max_seconds <= 3600 && floor(var.limits.resend_backoff_max_seconds) == var.limits.resend_backoff_max_seconds
    error_message = "limits.resend_backoff_max_seconds must be a whole number from 1 to 3600: 300 is the default."
  }

  validation {
    condition     = var.limits.resend_backoff_max_seconds >= var.limits.resend_after_seconds
    error_message = "limits.resend_backoff_max_seconds must not be less than limits.resend_after_seconds: the wait grows from the latter to the former. Raise the one or lower the other."
  }
}

################################################################################
# How codes reach people
################################################################################

variable "delivery" {
  description = <<-EOT
    - `channels`: `sms` (to `phone_number`) and `email` (to `email`), the preferred one first. Left out: `["sms"]` if phone numbers are
      identifiers or no identifier can be reached; otherwise `["email"]`. `email` needs `email.from` and `email.identity_arn`.
  EOT
  type = object({
    channels = optional(list(string))
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.delivery.channels == null ? true : length(var.delivery.channels) > 0
    error_message = "delivery.channels must not be empty: write [\"sms\"], [\"email\"] or both, or leave it out."
  }

  validation {
    condition     = alltrue([for channel in coalesce(var.delivery.channels, ["sms"]) : contains(["sms", "email"], channel)])
    error_message = "delivery.channels can only hold \"sms\" and \"email\", in lower case."
  }

  validation {
    condition     = length(distinct(coalesce(var.delivery.channels, ["sms"]))) == length(coalesce(var.delivery.channels, ["sms"]))
    error_message = "delivery.channels must name each channel once."
  }

  validation {
    # Such an account could be held by someone who never had the address, and its owner could not sign up.
    condition = alltrue([
      for attribute in local.username_attributes :
      contains(coalesce(var.delivery.channels, local.default_channels), lookup(local.channel_to, attribute, ""))
    ])
    error_message = "delivery.channels must reach every attribute in username_attributes, or nobody can prove that it is theirs: \"sms\" reaches phone_number, \"email\" reaches email. Write delivery = { channels = [\"sms\", \"email\"] } (\"email\" needs the input email too), or take the attribute out of username_attributes."
  }
}

variable "sms" {
  description = <<-EOT
    Text messages by Amazon SNS.
    - `sender_id`: name shown as the sender where the country allows it, 1 to 11 letters and digits.
    - `origination_number`: number to send from, in E.164 format (or a short code of 5 or 6 digits).
    - `message_type`: `Transactional` or `Promotional`.
    - `max_price_usd`: highest price of one message.
    - `entity_id`, `template_id`: India's DLT registration, both or neither.
    - `external_id`: external id in the trust of the pool's SMS role; left out: `name`. Keep it stable.
    - `region`: region of SNS, if it is not the pool's.
  EOT
  type = object({
    sender_id          = optional(string)
    origination_number = optional(string)
    message_type       = optional(string, "Transactional")
    max_price_usd      = optional(number)
    entity_id          = optional(string)
    template_id        = optional(string)
    external_id        = optional(string)
    region             = optional(string)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.sms.sender_id == null ? true : can(regex("^[A-Za-z0-9]{1,11}$", var.sms.sender_id)) && can(regex("[A-Za-z]", var.sms.sender_id))
    error_message = "sms.sender_id must be 1 to 11 letters and digits, at least one of them a letter: for example \"MYAPP\"."
  }

  validation {
    condition     = var.sms.origination_number == null ? true : can(regex("^(\\+[1-9][0-9]{6,14}|[0-9]{5,6})$", var.sms.origination_number))
    error_message = "sms.origination_number must be in E.164 format, \"+\", country code and number without spaces (for example \"+12065550100\"), or a short code of 5 or 6 digits."
  }

  validation {
    condition     = contains(["Transactional", "Promotional"], var.sms.message_type)
    error_message = "sms.message_type must be \"Transactional\" (the default) or \"Promotional\"."
  }

  validation {
    condition     = var.sms.max_price_usd == null ? true : var.sms.max_price_usd > 0 && var.sms.max_price_usd <= 10
    error_message = "sms.max_price_usd must be above 0 and at most 10, in US dollars for one message: for example 0.1. Leave it out for no limit."
  }

  validation {
    condition     = alltrue([for id in [var.sms.entity_id, var.sms.template_id] : id == null ? true : can(regex("^[A-Za-z0-9_-]{1,50}$", id))])
    error_message = "sms.entity_id and sms.template_id must be 1 to 50 letters, digits, \"_\" and \"-\", as registered in India's DLT system."
  }

  validation {
    condition     = (var.sms.entity_id == null) == (var.sms.template_id == null)
    error_message = "sms.entity_id and sms.template_id belong together: set both, or leave both out."
  }

  validation {
    condition = var.sms.external_id == null ? true : (
      # A regular expression counts to 1000 only.
      can(regex("^[A-Za-z0-9_+=,.@:/-]{2,}$", var.sms.external_id)) && length(var.sms.external_id) <= 1224
    )
    error_message = "sms.external_id must be 2 to 1224 letters, digits and any of \"_+=,.@:/-\". Leave it out for the value of name."
  }

  validation {
    condition     = var.sms.region == null ? true : can(regex("^[a-z]{2,4}(-[a-z]+)+-[0-9]+$", var.sms.region))
    error_message = "sms.region must be the name of an AWS region, for example \"us-east-1\". Leave it out for the pool's own."
  }
}

variable "email" {
  description = <<-EOT
    E-mail by Amazon SES, needed if `email` is one of `delivery.channels`.
    - `from`: sender, `login@example.com` or `Example <login@example.com>`.
    - `identity_arn`: ARN of the SES identity (that address or its domain) in the pool's region.
    - `reply_to`: address for answers.
    - `configuration_set`: name of an SES configuration set.
  EOT
  type = object({
    from              = optional(string)
    identity_arn      = optional(string)
    reply_to          = optional(string)
    configuration_set = optional(string)
  })
  default  = {}
  nullable = false

  validation {
    condition     = !contains(local.channels, "email") || var.email.from != null
    error_message = "email.from is missing: codes go out by e-mail, since delivery.channels is ${jsonencode(local.channels)} (left out, it follows from the sign-in identifiers). Set email.from to the sender, for example \"login@example.com\"; where people have phone numbers too, delivery = { channels = [\"sms\"] } does without."
  }

  validation {
    condition     = !contains(local.channels, "email") || var.email.identity_arn != null
    error_message = "email.identity_arn is missing: codes go out by e-mail, since delivery.channels is ${jsonencode(local.channels)}. Set the ARN of the SES identity that may send as email.from, for example aws_sesv2_email_identity.login.arn."
  }

  validation {
    condition     = var.email.from == null ? true : can(regex("^([^<>@\\r\\n]*<[^\\s<>@]+@[^\\s<>@]+\\.[^\\s<>@]+>|[^\\s<>@]+@[^\\s<>@]+\\.[^\\s<>@]+)$", var.email.from))
    error_message = "email.from must be an e-mail address, alone or after a name: \"login@example.com\" or \"Example <login@example.com>\"."
  }

  validation {
    condition     = var.email.reply_to == null ? true : can(regex("^[^\\s<>@]+@[^\\s<>@]+\\.[^\\s<>@]+$", var.email.reply_to))
    error_message = "email.reply_to must be an e-mail address, for example \"help@example.com\"."
  }

  validation {
    condition     = var.email.identity_arn == null ? true : can(regex("^arn:[a-z0-9-]+:ses:[a-z0-9-]+:[0-9]{12}:identity/.+$", var.email.identity_arn))
    error_message = "email.identity_arn must be the ARN of an SES identity: \"arn:aws:ses:<region>:<account>:identity/<address or domain>\"."
  }

  validation {
    # The address in "Name <address>", and the last part of the ARN: that address, or a domain that it is in.
    condition = var.email.from == null || var.email.identity_arn == null ? true : anytrue([
      for pair in [{
        address  = lower(try(regex("<(.*)>", var.email.from)[0], var.email.from))
        identity = lower(reverse(split("/", var.email.identity_arn))[0])
      }] : pair.address == pair.identity || endswith(pair.address, "@${pair.identity}") || endswith(pair.address, ".${pair.identity}")
    ])
    error_message = "email.identity_arn must be the identity of the address in email.from, or of its domain: set the ARN that belongs to email.from, or change email.from."
  }

  validation {
    condition     = var.email.configuration_set == null ? true : can(regex("^[A-Za-z0-9_-]{1,64}$", var.email.configuration_set))
    error_message = "email.configuration_set must be the name (not the ARN) of an SES configuration set: 1 to 64 letters, digits, \"_\" and \"-\"."
  }
}

################################################################################
# Clients and the pool's own settings
################################################################################

variable "clients" {
  description = <<-EOT
    App clients by name. Another name, or another `generate_secret`, is another client with another id.
    - `generate_secret`: for servers that can keep a secret; false for apps and browsers.
    - `auth_session_validity`: minutes between two answers of a sign-in, 3 to 15; left out: as long as a code lives.
    - `access_token_validity`, `id_token_validity`: minutes, 5 to 1440.
    - `refresh_token_validity`: days, 1 to 3650.
    - `read_attributes`: left out: every standard attribute.
    - `write_attributes`: what the client may set at sign-up and change later; left out: e-mail address, phone number, names, locale,
      time zone and picture (and `preferred_username` if it is an alias).
  EOT
  type = map(object({
    generate_secret        = optional(bool, false)
    auth_session_validity  = optional(number)
    access_token_validity  = optional(number, 60)
    id_token_validity      = optional(number, 60)
    refresh_token_validity = optional(number, 30)
    read_attributes        = optional(set(string))
    write_attributes       = optional(set(string))
  }))
  default  = { app = {} }
  nullable = false

  validation {
    condition     = alltrue([for name in keys(var.clients) : can(regex("^[\\w\\s+=,.@-]{1,128}$", name))])
    error_message = "clients must have keys of 1 to 128 letters, digits, spaces and any of \"_+=,.@-\": the key is the client's name."
  }

  validation {
    condition     = alltrue([for client in values(var.clients) : client != null])
    error_message = "clients must have an object for each key: write {} for the defaults, or take the key out."
  }

  validation {
    condition = alltrue([
      for client in values(var.clients) : client.auth_session_validity == null ? true :
      client.auth_session_validity >= 3 && client.auth_session_validity <= 15 && floor(client.auth_session_validity) == client.auth_session_validity
      if client != null
    ])
    error_message = "clients[*].auth_session_validity must be a whole number of minutes from 3 to 15. Leave it out to follow otp.ttl_seconds."
  }

  validation {
    condition = alltrue([
      for client in values(var.clients) : client.auth_session_validity == null ? true : client.auth_session_validity * 60 >= var.otp.ttl_seconds
      if client != null
    ])
    error_message = "clients[*].auth_session_validity (minutes) must not be shorter than a code lives, otp.ttl_seconds: raise it, leave it out, or lower otp.ttl_seconds."
  }

  validation {
    condition = alltrue(flatten([
      for client in values(var.clients) : [
        for minutes in [client.access_token_validity, client.id_token_validity] : minutes >= 5 && minutes <= 1440 && floor(minutes) == minutes
      ] if client != null
    ]))
    error_message = "clients[*].access_token_validity and id_token_validity must be whole numbers of minutes from 5 to 1440: 60 is the default."
  }

  validation {
    condition = alltrue([
      for client in values(var.clients) :
      client.refresh_token_validity >= 1 && client.refresh_token_validity <= 3650 && floor(client.refresh_token_validity) == client.refresh_token_validity
      if client != null
    ])
    error_message = "clients[*].refresh_token_validity must be a whole number of days from 1 to 3650: 30 is the default."
  }

  validation {
    condition = alltrue([
      for client in values(var.clients) : alltrue([
        for attribute in setunion(coalesce(client.read_attributes, []), coalesce(client.write_attributes, [])) :
        contains(local.standard_attributes, attribute) || startswith(attribute, "custom:")
      ]) if client != null
    ])
    error_message = "clients[*].read_attributes and write_attributes can only hold Cognito's standard attributes (for example \"email\", \"phone_number\", \"name\", \"locale\") and those that begin with \"custom:\"."
  }

  validation {
    condition = alltrue([
      for client in values(var.clients) :
      !anytrue([for attribute in coalesce(client.write_attributes, []) : contains(["email_verified", "phone_number_verified", "sub"], attribute)])
      if client != null
    ])
    error_message = "clients[*].write_attributes must not hold \"sub\", \"email_verified\" or \"phone_number_verified\": no client may set them."
  }

  validation {
    condition = alltrue(flatten([
      for client in values(var.clients) : [
        for attributes in [client.read_attributes, client.write_attributes] : attributes == null ? true : length(attributes) > 0
      ] if client != null
    ]))
    error_message = "clients[*].read_attributes and write_attributes must not be empty, which Cognito takes for everything: name the attributes, or leave the list out for the defaults."
  }

  validation {
    condition = !var.sign_up.self_service || length(var.clients) == 0 || alltrue([
      for attribute, channel in local.channel_to : contains(local.username_attributes, attribute) || anytrue([
        for client in values(var.clients) : client.write_attributes == null ? true : contains(client.write_attributes, attribute) if client != null
      ]) if contains(local.channels, channel)
    ])
    error_message = "clients[*].write_attributes leaves out an attribute that delivery.channels sends codes to, so nobody who signs up could have it: add phone_number (for \"sms\") or email (for \"email\") to the list of one client at least, or take the channel out of delivery.channels."
  }
}

variable "password_policy" {
  description = <<-EOT
    What Cognito asks of the password that its SignUp call requires. No client can sign in with it: let the client make a long random
    one and forget it. Names are the provider's.
  EOT
  type = object({
    minimum_length                   = optional(number, 16)
    require_lowercase                = optional(bool, false)
    require_uppercase                = optional(bool, false)
    require_numbers                  = optional(bool, false)
    require_symbols                  = optional(bool, false)
    temporary_password_validity_days = optional(number, 7)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.password_policy.minimum_length >= 6 && var.password_policy.minimum_length <= 99 && floor(var.password_policy.minimum_length) == var.password_policy.minimum_length
    error_message = "password_policy.minimum_length must be a whole number from 6 to 99: 16 is the default."
  }

  validation {
    condition     = var.password_policy.temporary_password_validity_days >= 1 && var.password_policy.temporary_password_validity_days <= 365 && floor(var.password_policy.temporary_password_validity_days) == var.password_policy.temporary_password_validity_days
    error_message = "password_policy.temporary_password_validity_days must be a whole number from 1 to 365: 7 is the default."
  }
}

variable "user_pool_tier" {
  description = "Cognito's feature plan: `LITE` (enough for this module), `ESSENTIALS` or `PLUS`. They differ in price per user."
  type        = string
  default     = "ESSENTIALS"
  nullable    = false

  validation {
    condition     = contains(["LITE", "ESSENTIALS", "PLUS"], var.user_pool_tier)
    error_message = "user_pool_tier must be \"LITE\", \"ESSENTIALS\" (the default) or \"PLUS\"."
  }
}

variable "deletion_protection" {
  description = "`ACTIVE`: a destroy is refused and destroys nothing; it protects the pool, the User table and the identities table. `INACTIVE`: a destroy destroys everything."
  type        = string
  default     = "ACTIVE"
  nullable    = false

  validation {
    condition     = contains(["ACTIVE", "INACTIVE"], var.deletion_protection)
    error_message = "deletion_protection must be \"ACTIVE\" (the default) or \"INACTIVE\"."
  }
}

################################################################################
# The User table
################################################################################

variable "user_table" {
  description = <<-EOT
    The table with one row per user, for the application to read and add to.
    - `name`: left out: `<name>-users`. Cannot be changed later.
    - `create_row_on`: `sign_up`, or `activation` (the first right code).
    - `point_in_time_recovery`: continuous backups of 35 days.
    - `track_sign_ins`: keep `last_sign_in_at`, one write per sign-in.
  EOT
  type = object({
    name                   = optional(string)
    create_row_on          = optional(string, "sign_up")
    point_in_time_recovery = optional(bool, true)
    track_sign_ins         = optional(bool, true)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.user_table.name == null ? true : can(regex("^[A-Za-z0-9_.-]{3,255}$", var.user_table.name))
    error_message = "user_table.name must be 3 to 255 letters, digits, \"_\", \".\" and \"-\". Leave it out for \"<name>-users\"."
  }

  validation {
    condition     = var.user_table.name == null ? true : !contains([local.identities_table_name, local.auth_state_table_name], var.user_table.name)
    error_message = "user_table.name must not be \"<name>-identities\" or \"<name>-auth-state\", which are the module's other tables: choose another."
  }

  validation {
    condition     = contains(["sign_up", "activation"], var.user_table.create_row_on)
    error_message = "user_table.create_row_on must be \"sign_up\" (the default) or \"activation\"."
  }
}

################################################################################
# The functions
################################################################################

variable "lambda" {
  description = <<-EOT
    Settings of all functions.
    - `runtime`: `python3.11`, `python3.12` or `python3.13`.
    - `architecture`: `arm64` or `x86_64`.
    - `memory_size`: MB, 256 to 10240. Less memory is less processor: Cognito waits 5 seconds for a trigger.
    - `log_retention_in_days`: one of CloudWatch's periods.
    - `application_log_level`: `TRACE`, `DEBUG`, `INFO`, `WARN`, `ERROR` or `FATAL`.
  EOT
  type = object({
    runtime               = optional(string, "python3.13")
    architecture          = optional(string, "arm64")
    memory_size           = optional(number, 512)
    log_retention_in_days = optional(number, 30)
    application_log_level = optional(string, "INFO")
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains(["python3.11", "python3.12", "python3.13"], var.lambda.runtime)
    error_message = "lambda.runtime must be \"python3.11\", \"python3.12\" or \"python3.13\" (the default)."
  }

  validation {
    condition     = contains(["arm64", "x86_64"], var.lambda.architecture)
    error_message = "lambda.architecture must be \"arm64\" (the default) or \"x86_64\"."
  }

  validation {
    condition     = var.lambda.memory_size >= 256 && var.lambda.memory_size <= 10240 && floor(var.lambda.memory_size) == var.lambda.memory_size
    error_message = "lambda.memory_size must be a whole number of MB from 256 to 10240: 512 is the default. With less, a cold start can outlast the 5 seconds that Cognito waits."
  }

  validation {
    condition = contains(
      [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653],
      var.lambda.log_retention_in_days
    )
    error_message = "lambda.log_retention_in_days must be one of CloudWatch's periods: 1, 3, 5, 7, 14, 30 (the default), 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653."
  }

  validation {
    condition     = contains(["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"], var.lambda.application_log_level)
    error_message = "lambda.application_log_level must be \"TRACE\", \"DEBUG\", \"INFO\" (the default), \"WARN\", \"ERROR\" or \"FATAL\"."
  }
}
