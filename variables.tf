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
  description = "Name of the user pool, beginning of every other name, and what messages call the application unless `delivery.app_name` says otherwise. Cannot be changed later (see `pool_generation`)."
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
    How people sign up, and what becomes of accounts that nobody proves.
    - `confirmation`: `otp`: a sign-up sends nothing, and the first sign-in's code proves the number or address. `code`: Cognito sends
      a code of its own at sign-up, and `ConfirmSignUp` takes it; the first sign-in sends another. docs/sign-up.md compares them.
    - `self_service`: people may sign up themselves; false: only administrators create users.
    - `max_per_hour`: sign-ups in a clock hour, everybody's together; left out: no limit. Cognito bills each as a monthly user.
    - `reclaim_after_seconds`: where an account that nobody has proven yet keeps the owner of its number or address from signing up, so
      old it must be to be removed for them: 60 to 86400. That is so with `confirmation = "code"`, with `password_required`, and where
      people choose usernames; elsewhere the owner signs in, and nothing is removed.
    - `abandon_after_days`: an account that nobody has proven is removed after so many days: 1 to 365.
  EOT
  type = object({
    confirmation          = optional(string, "otp")
    self_service          = optional(bool, true)
    max_per_hour          = optional(number)
    reclaim_after_seconds = optional(number, 600)
    abandon_after_days    = optional(number, 7)
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains(["otp", "code"], var.sign_up.confirmation)
    error_message = "sign_up.confirmation must be \"otp\" (the default: the first sign-in's code confirms) or \"code\" (Cognito sends a code of its own at sign-up)."
  }

  validation {
    # Cognito's code goes to the phone number whenever there is one that it verifies.
    condition     = var.sign_up.confirmation != "code" || var.native_otp || join(",", local.username_attributes) != "email" || !contains(local.channels, "sms")
    error_message = "sign_up.confirmation = \"code\" with username_attributes = [\"email\"] needs delivery.channels = [\"email\"]: Cognito sends its code to the phone number of whoever has one, which would prove the number and leave the address, their username, unproven. Take \"sms\" out of delivery.channels, or leave sign_up.confirmation out."
  }

  validation {
    condition     = var.sign_up.reclaim_after_seconds >= 60 && var.sign_up.reclaim_after_seconds <= 86400 && floor(var.sign_up.reclaim_after_seconds) == var.sign_up.reclaim_after_seconds
    error_message = "sign_up.reclaim_after_seconds must be a whole number from 60 to 86400 (a day): 600 is the default. In less than a minute people have not read their message."
  }

  validation {
    condition     = var.sign_up.abandon_after_days >= 1 && var.sign_up.abandon_after_days <= 365 && floor(var.sign_up.abandon_after_days) == var.sign_up.abandon_after_days
    error_message = "sign_up.abandon_after_days must be a whole number from 1 to 365: 7 is the default."
  }

  validation {
    condition     = var.sign_up.max_per_hour == null ? true : var.sign_up.max_per_hour >= 1 && floor(var.sign_up.max_per_hour) == var.sign_up.max_per_hour
    error_message = "sign_up.max_per_hour must be a whole number from 1 up. Leave it out for no limit; for no sign-ups at all write sign_up = { self_service = false }."
  }
}

variable "password_required" {
  description = <<-EOT
    Password and code: a sign-in (`CUSTOM_AUTH`) begins with the proof of the password by SRP, and only then a code is sent. Other
    password flows stay shut. A forgotten password is reset by the verified e-mail address where codes go by SMS alone; where they go by
    e-mail an administrator sets a new one, or the mailbox would be both factors.
  EOT
  type        = bool
  default     = false
  nullable    = false
}

variable "native_otp" {
  description = <<-EOT
    Cognito's own one-time passwords (`USER_AUTH` with `SMS_OTP` and `EMAIL_OTP`, by `delivery.channels`) in place of the module's codes: the
    functions `sign_in` and `delivery` are not made. Needs `user_pool_tier` `ESSENTIALS` or `PLUS`, excludes `password_required`.
    **Weaker in these ways:** Cognito insists on passwords as another first factor, so whoever signed somebody's number up first holds a
    password to the account, also after the owner has confirmed it, until an administrator sets another (`AdminSetUserPassword`); nothing
    limits the messages to one destination or the guesses in a session; codes cannot be configured but for their life
    (`otp.ttl_seconds`, in whole minutes from 3 to 15).
  EOT
  type        = bool
  default     = false
  nullable    = false

  validation {
    condition     = !(var.native_otp && var.password_required)
    error_message = "native_otp and password_required exclude each other: Cognito's own one-time passwords are a first factor in place of a password. Set one of them to false; for a password and then a code, keep password_required."
  }

  validation {
    condition     = !(var.native_otp && var.user_pool_tier == "LITE")
    error_message = "native_otp needs a feature plan that user_pool_tier = \"LITE\" is not: set user_pool_tier = \"ESSENTIALS\" (or \"PLUS\"), or native_otp = false for the module's own codes, which every plan has."
  }
}

variable "otp" {
  description = <<-EOT
    One-time codes.
    - `length`: digits, 6 to 10.
    - `ttl_seconds`: lifetime, 60 to 600.
    - `max_attempts`: guesses per code, 1 to 10.
    - `max_resends`: how often a sign-in may have its code replaced by a new one, 0 to 10.
    - `show_destination`: tell the client the masked destination. It also tells strangers that an account exists.
  EOT
  type = object({
    length           = optional(number, 6)
    ttl_seconds      = optional(number, 300)
    max_attempts     = optional(number, 3)
    max_resends      = optional(number, 3)
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

  validation {
    condition     = var.otp.max_resends >= 0 && var.otp.max_resends <= 10 && floor(var.otp.max_resends) == var.otp.max_resends
    error_message = "otp.max_resends must be a whole number from 0 to 10: 3 is the default."
  }
}

variable "limits" {
  description = <<-EOT
    Limits per destination (phone number or e-mail address), and for all together.
    - `resend_after_seconds`: wait before the second message, 15 to 3600. In that time a repeated request is the same request, and Cognito
      repeats one that is answered late for up to 15 seconds.
    - `resend_backoff_max_seconds`: the wait grows with every further message and wrong guess, up to this, at most 3600.
    - `max_messages_per_hour`: messages in a clock hour, everybody's together; left out: no limit. Beyond it nobody gets a code, so set
      it well above your busiest hour.
  EOT
  type = object({
    resend_after_seconds       = optional(number, 30)
    resend_backoff_max_seconds = optional(number, 300)
    max_messages_per_hour      = optional(number)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.limits.resend_after_seconds >= 15 && var.limits.resend_after_seconds <= 3600 && floor(var.limits.resend_after_seconds) == var.limits.resend_after_seconds
    error_message = "limits.resend_after_seconds must be a whole number from 15 to 3600: 30 is the default."
  }

  validation {
    condition     = var.limits.resend_backoff_max_seconds >= 1 && var.limits.resend_backoff_max_seconds <= 3600 && floor(var.limits.resend_backoff_max_seconds) == var.limits.resend_backoff_max_seconds
    error_message = "limits.resend_backoff_max_seconds must be a whole number from 1 to 3600: 300 is the default."
  }

  validation {
    condition     = var.limits.resend_backoff_max_seconds >= var.limits.resend_after_seconds
    error_message = "limits.resend_backoff_max_seconds must not be less than limits.resend_after_seconds: the wait grows from the latter to the former. Raise the one or lower the other."
  }

  validation {
    condition     = var.limits.max_messages_per_hour == null ? true : var.limits.max_messages_per_hour >= 1 && floor(var.limits.max_messages_per_hour) == var.limits.max_messages_per_hour
    error_message = "limits.max_messages_per_hour must be a whole number from 1 up. Leave it out for no limit."
  }
}

variable "fraud" {
  description = <<-EOT
    Guard against SMS pumping, per country: docs/pumping-guard.md has the formula and a simulation.
    - `mode`: `record_only` logs what it would deny, `deny` sends no more texts to a suspicious country, `off` counts nothing.
    - `daily_floor`, `hourly_floor`: so many codes may always stay unanswered.
    - `daily_ratio`, `hourly_ratio`: and so many per code that is usually answered.
    - `allowed_countries`, `blocked_countries`: ISO 3166-1 alpha-2 codes, e.g. `["US", "CA"]`. Left out: every country; blocked ones win.
    - `country_overrides`: by ISO code, any of `mode`, the floors and the ratios.
  EOT
  type = object({
    mode              = optional(string, "record_only")
    daily_floor       = optional(number, 20)
    hourly_floor      = optional(number, 3)
    daily_ratio       = optional(number, 0.3)
    hourly_ratio      = optional(number, 0.2)
    allowed_countries = optional(set(string))
    blocked_countries = optional(set(string), [])
    country_overrides = optional(map(object({
      mode         = optional(string)
      daily_floor  = optional(number)
      hourly_floor = optional(number)
      daily_ratio  = optional(number)
      hourly_ratio = optional(number)
    })), {})
  })
  default  = {}
  nullable = false

  validation {
    condition = alltrue([
      for mode in concat([var.fraud.mode], [for override in values(var.fraud.country_overrides) : override.mode if try(override.mode, null) != null]) :
      contains(["off", "record_only", "deny"], mode)
    ])
    error_message = "fraud.mode and fraud.country_overrides[*].mode must be \"record_only\" (the default), \"deny\" or \"off\"."
  }

  validation {
    condition = alltrue([
      for floor_ in concat([var.fraud.daily_floor, var.fraud.hourly_floor], flatten([
        for override in values(var.fraud.country_overrides) : [for each in [try(override.daily_floor, null), try(override.hourly_floor, null)] : each if each != null]
      ])) : floor_ >= 0 && floor(floor_) == floor_
    ])
    error_message = "fraud.daily_floor and fraud.hourly_floor, also in fraud.country_overrides, must be whole numbers from 0 up: 20 and 3 are the defaults."
  }

  validation {
    condition = alltrue([
      for ratio in concat([var.fraud.daily_ratio, var.fraud.hourly_ratio], flatten([
        for override in values(var.fraud.country_overrides) : [for each in [try(override.daily_ratio, null), try(override.hourly_ratio, null)] : each if each != null]
      ])) : ratio >= 0 && ratio <= 10
    ])
    error_message = "fraud.daily_ratio and fraud.hourly_ratio, also in fraud.country_overrides, must be from 0 to 10: 0.3 and 0.2 are the defaults."
  }

  validation {
    condition = alltrue([
      for country in setunion(coalesce(var.fraud.allowed_countries, []), var.fraud.blocked_countries, keys(var.fraud.country_overrides)) :
      contains(local.countries, country)
    ])
    error_message = "fraud.allowed_countries, fraud.blocked_countries and the keys of fraud.country_overrides must be ISO 3166-1 alpha-2 codes in capitals, for example \"US\" or \"GB\", of countries that phone numbers belong to. Not known as such: ${join(", ", setsubtract(setunion(coalesce(var.fraud.allowed_countries, []), var.fraud.blocked_countries, keys(var.fraud.country_overrides)), local.countries))}."
  }

  validation {
    condition     = var.fraud.allowed_countries == null ? true : length(var.fraud.allowed_countries) > 0
    error_message = "fraud.allowed_countries must not be empty, which would allow no country: name some, or leave it out for all."
  }

  validation {
    condition     = alltrue([for override in values(var.fraud.country_overrides) : override != null])
    error_message = "fraud.country_overrides must have an object for each key: name what differs in that country, or take the key out."
  }
}

variable "test_numbers" {
  description = <<-EOT
    Phone numbers whose code is fixed, for automated tests and app reviewers. Nothing is sent to them. Every plan and every use warns.
    - `codes`: E.164 number to its code. Only numbers that regulators keep free for fiction: +1 with 555-0100 to 0199, the UK's drama
      ranges (+44 7700 900xxx, +44 20 7946 0xxx, +44 1632 960xxx and the cities'), and those of Germany, France, Sweden and Australia.
    - `until`: when they stop working, e.g. `2027-01-31T00:00:00Z`.
  EOT
  type = object({
    codes = map(string)
    until = string
  })
  default = null

  validation {
    condition     = var.test_numbers == null ? true : can(timeadd(var.test_numbers.until, "0s"))
    error_message = "test_numbers.until must be a time in RFC 3339, for example \"2027-01-31T00:00:00Z\"."
  }

  validation {
    condition = var.test_numbers == null ? true : alltrue([
      for number in keys(var.test_numbers.codes) : can(regex(local.fictitious_numbers, number)) && !can(regex(local.toll_free_numbers, number))
    ])
    error_message = "test_numbers.codes can only have fictitious numbers as keys, for example \"+14155550100\" (555-0100 to 555-0199) or \"+447700900123\": whoever owned another number could be signed in as with its fixed code."
  }

  validation {
    condition     = var.test_numbers == null ? true : alltrue([for code in values(var.test_numbers.codes) : can(regex("^[0-9]+$", code)) && length(code) == var.otp.length])
    error_message = "test_numbers.codes must have codes of otp.length digits (${var.otp.length}) as values."
  }

  validation {
    condition     = var.test_numbers == null ? true : length(var.test_numbers.codes) > 0
    error_message = "test_numbers.codes must not be empty: name a number and its code, or leave test_numbers out."
  }
}

variable "hooks" {
  description = <<-EOT
    Lambda functions of yours, by the ARN of the function or of its alias, in the pool's region. docs/hooks.md has both contracts.
    - `pre_sign_up`: is asked before a person's own sign-up is accepted, and may refuse it, for example because a captcha was not solved.
      **It fails closed**: without its answer within 1.8 seconds nobody signs up.
    - `activated`: is told, asynchronously and at least once, of each account whose number or address was proven for the first time.
  EOT
  type = object({
    pre_sign_up = optional(string)
    activated   = optional(string)
  })
  default  = {}
  nullable = false

  validation {
    condition = alltrue([
      for arn in [var.hooks.pre_sign_up, var.hooks.activated] : arn == null ? true : can(regex(
        "^arn:[a-z0-9-]+:lambda:[a-z0-9-]+:[0-9]{12}:function:[A-Za-z0-9_-]+(:[A-Za-z0-9_-]+)?$", arn
      ))
    ])
    error_message = "hooks.pre_sign_up and hooks.activated must be the ARN of a Lambda function or of its alias, for example aws_lambda_function.captcha.arn: \"arn:aws:lambda:<region>:<account>:function:<name>\"."
  }
}

################################################################################
# How codes reach people
################################################################################

variable "delivery" {
  description = <<-EOT
    How codes reach people. See docs/delivery.md.
    - `channels`: `sms` (to `phone_number`) and `email` (to `email`), the preferred one first. Left out: `["sms"]` if phone numbers are
      identifiers or no identifier can be reached; otherwise `["email"]`. `email` needs `email.from` and `email.identity_arn`.
    - `sms_provider`: `sns`, or `end_user_messaging`, which refuses at once what it will not deliver and drops texts that would be late.
    - `function_arn`: ARN of a Lambda function of yours, or of its alias, that sends every message of every channel by a provider of your
      choice (docs/delivery.md says how it is invoked). Neither `sms_provider` nor the sender settings in `sms` and `email` count then.
    - `failure_destination_arn`: SQS queue, Lambda function or EventBridge bus that Lambda tells of each message whose delivery could not
      begin within the code's life. **What it gets there names the phone number or address in plain text**: guard it like the user pool.
    - `app_name`: what messages call the service; left out: `name`.
    - `default_locale`: language of messages to people whose `locale` attribute is empty or in no language that there are words for:
      one of those in `lambda_src/cognito_otp/messages.json`, or a key of `messages`.
  EOT
  type = object({
    channels                = optional(list(string))
    sms_provider            = optional(string, "sns")
    function_arn            = optional(string)
    failure_destination_arn = optional(string)
    app_name                = optional(string)
    default_locale          = optional(string, "en")
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
    condition     = contains(["sns", "end_user_messaging"], var.delivery.sms_provider)
    error_message = "delivery.sms_provider must be \"sns\" (the default) or \"end_user_messaging\". For any other provider write a Lambda function and set delivery.function_arn."
  }

  validation {
    condition = var.delivery.function_arn == null ? true : can(regex(
      "^arn:[a-z0-9-]+:lambda:[a-z0-9-]+:[0-9]{12}:function:[A-Za-z0-9_-]+(:[A-Za-z0-9_-]+)?$", var.delivery.function_arn
    ))
    error_message = "delivery.function_arn must be the ARN of a Lambda function or of its alias, for example aws_lambda_function.provider.arn: \"arn:aws:lambda:<region>:<account>:function:<name>\"."
  }

  validation {
    condition     = var.delivery.failure_destination_arn == null ? true : !can(regex("^arn:[a-z0-9-]+:sns:", var.delivery.failure_destination_arn))
    error_message = "delivery.failure_destination_arn must not be an SNS topic: the delivery function may publish to phones only. Set the ARN of an SQS queue, a Lambda function or an EventBridge bus."
  }

  validation {
    condition = var.delivery.failure_destination_arn == null ? true : can(regex(
      "^arn:[a-z0-9-]+:(sns:.*|sqs:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+|lambda:[a-z0-9-]+:[0-9]{12}:function:[A-Za-z0-9_-]+(:[A-Za-z0-9_-]+)?|events:[a-z0-9-]+:[0-9]{12}:event-bus/[A-Za-z0-9._/-]+)$",
      var.delivery.failure_destination_arn
    ))
    error_message = "delivery.failure_destination_arn must be the ARN of an SQS queue (not a FIFO one), a Lambda function or an EventBridge bus, for example aws_sqs_queue.undelivered.arn."
  }

  validation {
    # Such an account could be held by someone who never had the address, and its owner could not sign up.
    condition = alltrue([
      for attribute in local.username_attributes :
      contains(coalesce(var.delivery.channels, local.default_channels), lookup(local.channel_to, attribute, ""))
    ])
    error_message = "delivery.channels must reach every attribute in username_attributes, or nobody can prove that it is theirs: \"sms\" reaches phone_number, \"email\" reaches email. Write delivery = { channels = [\"sms\", \"email\"] } (\"email\" needs the input email too), or take the attribute out of username_attributes."
  }

  validation {
    condition     = var.delivery.app_name == null ? true : can(regex("^[^\\p{Cc}\\p{Z}]([^\\p{Cc}\\p{Zl}\\p{Zp}]{0,98}[^\\p{Cc}\\p{Z}])?$", var.delivery.app_name))
    error_message = "delivery.app_name must be one line of 1 to 100 characters, without spaces around it: for example \"Example Shop\". Leave it out for the value of name."
  }

  validation {
    condition = contains(keys(local.shipped_messages), var.delivery.default_locale) || (
      contains(keys(local.message_overrides), var.delivery.default_locale) && alltrue(flatten([
        for channel in coalesce(var.delivery.channels, local.default_channels) : [
          for part in lookup(local.message_parts, channel, []) : can(local.message_overrides[var.delivery.default_locale][part])
        ]
      ]))
    )
    error_message = "delivery.default_locale must be a language that is shipped (${join(", ", keys(local.shipped_messages))}), or a key of messages that has sms if codes go out by SMS, and email_subject and email_text if they go out by e-mail. Write one of these, or add what is missing to messages."
  }
}

variable "sms" {
  description = <<-EOT
    Text messages, by the provider in `delivery.sms_provider`.
    - `sender_id`: name shown as the sender where the country allows it, 1 to 11 letters and digits.
    - `origination_number`: number to send from, in E.164 format (or a short code of 5 or 6 digits).
    - `message_type`: `Transactional` or `Promotional`.
    - `max_price_usd`: highest price of one message.
    - `entity_id`, `template_id`: India's DLT registration, both or neither.
    - `external_id`: external id in the trust of the pool's SMS role; left out: `name`. Keep it stable.
    - `region`: region of the provider (and of SNS for Cognito's own messages), if it is not the pool's.
    - `web_otp_domain`: host name of the web site that may read the code out of the message (WebOTP, iOS autofill).
    - `android_app_hash`: 11 characters that tell Android's SMS Retriever which app may read the message.

    With `end_user_messaging` only:
    - `origination_identity`: what to send from: a phone number, sender id or pool, by its id or ARN (a shared one by its ARN), in place of
      `sender_id` and `origination_number`. All left out: the service chooses, and the permission to send is for all that you have.
    - `configuration_set`: name or ARN.
    - `protect_configuration_id`: id of a protect configuration, the service's own rules by country.
    - `feedback`: ask the service to count the message as failed unless it is told within an hour that it was received.
  EOT
  type = object({
    sender_id                = optional(string)
    origination_number       = optional(string)
    message_type             = optional(string, "Transactional")
    max_price_usd            = optional(number)
    entity_id                = optional(string)
    template_id              = optional(string)
    external_id              = optional(string)
    region                   = optional(string)
    web_otp_domain           = optional(string)
    android_app_hash         = optional(string)
    origination_identity     = optional(string)
    configuration_set        = optional(string)
    protect_configuration_id = optional(string)
    feedback                 = optional(bool, false)
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

  validation {
    condition = var.sms.origination_identity == null ? true : anytrue([
      for form in [
        "^arn:[a-z0-9-]+:sms-voice:[a-z0-9-]+:[0-9]{12}:(phone-number|pool)/[A-Za-z0-9_-]+$",
        "^arn:[a-z0-9-]+:sms-voice:[a-z0-9-]+:[0-9]{12}:sender-id/[A-Za-z0-9_-]+/[A-Z]{2}$",
        "^(phone|pool)-[A-Za-z0-9]+$",
        "^(\\+[1-9][0-9]{6,14}|[0-9]{5,6})$",
        "^[A-Za-z0-9_-]{1,11}$",
      ] : can(regex(form, var.sms.origination_identity))
    ])
    error_message = "sms.origination_identity must be a phone number, pool or sender id of End User Messaging: its ARN, its id (\"phone-...\", \"pool-...\"), a number in E.164 format or a sender id of 1 to 11 characters."
  }

  validation {
    condition     = var.sms.configuration_set == null ? true : can(regex("^(arn:[a-z0-9-]+:sms-voice:[a-z0-9-]+:[0-9]{12}:configuration-set/)?[A-Za-z0-9_-]{1,64}$", var.sms.configuration_set))
    error_message = "sms.configuration_set must be the name or the ARN of a configuration set of End User Messaging (not of SES): 1 to 64 letters, digits, \"_\" and \"-\"."
  }

  validation {
    condition     = var.sms.protect_configuration_id == null ? true : can(regex("^[A-Za-z0-9_-]{1,64}$", var.sms.protect_configuration_id))
    error_message = "sms.protect_configuration_id must be the id (not the ARN) of a protect configuration, for example \"protect-0123456789abcdef0123456789abcdef\"."
  }

  validation {
    condition = var.sms.web_otp_domain == null ? true : length(var.sms.web_otp_domain) <= 253 && can(
      regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])$", var.sms.web_otp_domain)
    )
    error_message = "sms.web_otp_domain must be a host name in lower case, without scheme, port or path: for example \"login.example.com\"."
  }

  validation {
    condition     = var.sms.android_app_hash == null ? true : can(regex("^[A-Za-z0-9+/]{11}$", var.sms.android_app_hash))
    error_message = "sms.android_app_hash must be the 11 letters, digits, \"+\" and \"/\" that Android computes of the app's package name and signing certificate: for example \"FA+9qCX9VSu\"."
  }
}

variable "email" {
  description = <<-EOT
    E-mail by Amazon SES, needed if `email` is one of `delivery.channels`, unless a function of yours sends (`delivery.function_arn`).
    With `sign_up.confirmation = "code"` and `native_otp` Cognito's own mail goes by it too, also beside such a function; the identity must be
    verified before the pool is made. Elsewhere Cognito mails (to verify a changed address) from a sender of its own, 50 messages a day.
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
    condition     = !contains(local.channels, "email") || var.email.from != null ? true : var.delivery.function_arn != null && !var.native_otp
    error_message = "email.from is missing: codes go out by e-mail, since delivery.channels is ${jsonencode(local.channels)} (left out, it follows from the sign-in identifiers). Set email.from to the sender, for example \"login@example.com\"; where people have phone numbers too, delivery = { channels = [\"sms\"] } does without, and so does a function of yours in delivery.function_arn."
  }

  validation {
    condition     = !contains(local.channels, "email") || var.email.identity_arn != null ? true : var.delivery.function_arn != null && !var.native_otp && !(local.confirmed_by_code && var.email.from != null)
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
# The words of messages
################################################################################

variable "messages" {
  description = <<-EOT
    Words of your own, by language: keys are BCP 47 tags such as `de`, `de-AT` or `zh-Hant`. What is left out comes from the next
    language that serves (`de` for `de-AT`), and from what is shipped. See docs/messages.md.
    - `sms`: with `{code}`; also `{minutes}`, the code's life, and `{app_name}`.
    - `email_subject`: one line.
    - `email_text`: with `{code}`; in the HTML that is made of it, blank lines part paragraphs and a paragraph that is `{code}` alone is
      shown large.
    - `email_html`: with `{code}`, a whole document; left out: made of `email_text`.
  EOT
  type = map(object({
    sms           = optional(string)
    email_subject = optional(string)
    email_text    = optional(string)
    email_html    = optional(string)
  }))
  default  = {}
  nullable = false

  validation {
    condition = alltrue([
      for locale in keys(var.messages) : can(regex("^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?(-([a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*$", locale))
    ])
    error_message = "messages must have BCP 47 language tags as keys, in their usual case: for example \"de\", \"de-AT\", \"zh-Hant\" or \"zh-Hant-HK\"."
  }

  validation {
    condition     = alltrue([for message in values(var.messages) : message == null ? false : anytrue([for text in values(message) : text != null])])
    error_message = "messages must have an object with one of sms, email_subject, email_text and email_html at least for each key: set one, or take the key out."
  }

  validation {
    condition = alltrue(flatten([
      for message in values(var.messages) : [
        for text in [message.sms, message.email_text, message.email_html] : text == null ? true : strcontains(text, "{code}")
      ] if message != null
    ]))
    error_message = "messages[*].sms, email_text and email_html must hold {code}, or nobody could sign in: write {code} where the code belongs."
  }

  validation {
    condition = alltrue(flatten([
      for message in values(var.messages) : [
        for text in values(message) : [
          for placeholder in regexall("\\{[a-z_]+\\}", text) : contains(["{code}", "{minutes}", "{app_name}"], placeholder)
        ] if text != null
      ] if message != null
    ]))
    error_message = "messages[*] can only hold the placeholders {code}, {minutes} and {app_name}: write one of these in place of the other word in braces."
  }

  validation {
    condition = alltrue([
      for message in values(var.messages) : message.email_subject == null ? true : can(regex("^[^\\p{Cc}\\p{Zl}\\p{Zp}]*[^\\p{Cc}\\p{Z}][^\\p{Cc}\\p{Zl}\\p{Zp}]*$", chomp(message.email_subject)))
      if message != null
    ])
    error_message = "messages[*].email_subject must be one line, and not empty: for example \"Your {app_name} code\"."
  }
}

################################################################################
# Clients and the pool's own settings
################################################################################

variable "clients" {
  description = <<-EOT
    App clients by name. Another name, or another `generate_secret`, is another client with another id; one that is not named (`app`, if you set this)
    is destroyed.
    - `generate_secret`: for servers that can keep a secret; false for apps and browsers.
    - `auth_session_validity`: minutes between two answers of a sign-in, 3 to 15; left out: as long as a code lives.
    - `access_token_validity`, `id_token_validity`: minutes, 5 to 1440.
    - `refresh_token_validity`: days, 1 to 3650.
    - `read_attributes`: left out: every standard attribute.
    - `write_attributes`: what the client may set at sign-up and change later; left out: e-mail address, phone number, names, locale,
      time zone and picture (and `preferred_username` if it is an alias, and what `schema` requires), and what its identity providers' `attribute_mapping` sets.
    - `refresh_token_rotation`: an object, `{}` at least: a refresh token is good once, and the next one comes with the new tokens; the old one
      lives on for `retry_grace_period_seconds`, 0 (the default) to 60. The client refreshes with `GetTokensFromRefreshToken` then; who has an
      older build of it is signed out. Needs `user_pool_tier` `ESSENTIALS` or `PLUS`.
    - `enable_propagate_additional_user_context_data`: a server may pass on its users' addresses; needs `generate_secret`.

    For sign-in by an identity provider, and for machines; docs/federation.md:
    - `allowed_oauth_flows`: `code`, or `implicit` (out of date), or `client_credentials` alone. They need `domain`.
    - `allowed_oauth_scopes`: `openid`, `email`, `phone`, `profile`, `aws.cognito.signin.user.admin`, and
      `<identifier>/<scope>` of `resource_servers`, which are the only ones for `client_credentials`.
    - `callback_urls`, `logout_urls`: where people may be sent back to: `https://`, an app's own scheme, or `http://localhost`.
    - `default_redirect_uri`: one of `callback_urls`.
    - `supported_identity_providers`: keys of `identity_providers`; left out: all of them. `COGNITO`, Cognito's own pages, with `native_otp` only: they
      know no codes of this module, and let in whoever holds a password.
  EOT
  type = map(object({
    generate_secret        = optional(bool, false)
    auth_session_validity  = optional(number)
    access_token_validity  = optional(number, 60)
    id_token_validity      = optional(number, 60)
    refresh_token_validity = optional(number, 30)
    read_attributes        = optional(set(string))
    write_attributes       = optional(set(string))
    refresh_token_rotation = optional(object({
      retry_grace_period_seconds = optional(number, 0)
    }))
    enable_propagate_additional_user_context_data = optional(bool, false)

    allowed_oauth_flows          = optional(set(string), [])
    allowed_oauth_scopes         = optional(set(string), [])
    callback_urls                = optional(set(string), [])
    logout_urls                  = optional(set(string), [])
    default_redirect_uri         = optional(string)
    supported_identity_providers = optional(set(string))
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
      for client in values(var.clients) : alltrue([
        for attribute in setunion(coalesce(client.read_attributes, []), coalesce(client.write_attributes, [])) :
        contains(keys(var.schema), trimprefix(attribute, "custom:")) if startswith(attribute, "custom:")
      ]) if client != null
    ])
    error_message = "clients[*].read_attributes or write_attributes name a custom attribute that the pool does not have: add it to schema, by its name without \"custom:\"."
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
    condition = alltrue([
      for client in values(var.clients) : client.write_attributes == null || contains(client.allowed_oauth_flows, "client_credentials") ? true : length(setsubtract(
        [for name, attribute in var.schema : name if attribute.required], client.write_attributes
      )) == 0 if client != null
    ])
    error_message = "clients[*].write_attributes leaves out an attribute that schema requires (${join(", ", [for name, attribute in var.schema : name if attribute.required])}), so nobody could sign up by that client: add it."
  }

  validation {
    condition = !var.sign_up.self_service || length(var.clients) == 0 || alltrue([
      for attribute, channel in local.channel_to : contains(local.username_attributes, attribute) || anytrue([
        for client in values(var.clients) : client.write_attributes == null ? true : contains(client.write_attributes, attribute) if client != null
      ]) if contains(local.channels, channel)
    ])
    error_message = "clients[*].write_attributes leaves out an attribute that delivery.channels sends codes to, so nobody who signs up could have it: add phone_number (for \"sms\") or email (for \"email\") to the list of one client at least, or take the channel out of delivery.channels."
  }

  validation {
    condition = alltrue([
      for client in values(var.clients) : client.write_attributes == null || length(client.allowed_oauth_flows) == 0 ? true : length(setsubtract(
        flatten([
          for name in client.supported_identity_providers == null ? keys(local.identity_providers) : client.supported_identity_providers :
          lookup(local.mapped_attributes, name, [])
        ]),
        client.write_attributes
      )) == 0 if client != null
    ])
    error_message = "clients[*].write_attributes leaves out an attribute that the attribute_mapping of one of the client's identity_providers sets: Cognito writes it at each sign-in as the client, and fails where it may not. Add the attribute, or leave write_attributes out."
  }

  validation {
    condition = alltrue([
      for client in values(var.clients) : client.refresh_token_rotation == null ? true :
      client.refresh_token_rotation.retry_grace_period_seconds >= 0 && client.refresh_token_rotation.retry_grace_period_seconds <= 60
      && floor(client.refresh_token_rotation.retry_grace_period_seconds) == client.refresh_token_rotation.retry_grace_period_seconds
      if client != null
    ])
    error_message = "clients[*].refresh_token_rotation.retry_grace_period_seconds must be a whole number from 0 to 60: 0 is the default."
  }

  validation {
    condition     = var.user_pool_tier != "LITE" || alltrue([for client in values(var.clients) : client.refresh_token_rotation == null if client != null])
    error_message = "clients[*].refresh_token_rotation needs a feature plan that user_pool_tier = \"LITE\" is not: set user_pool_tier = \"ESSENTIALS\" (or \"PLUS\"), or leave refresh_token_rotation out."
  }

  validation {
    condition     = alltrue([for client in values(var.clients) : client.generate_secret || !client.enable_propagate_additional_user_context_data if client != null])
    error_message = "clients[*].enable_propagate_additional_user_context_data is for servers that hold a secret: set generate_secret = true too, or leave it out."
  }

  validation {
    condition = alltrue(flatten([
      for client in values(var.clients) : [for flow in client.allowed_oauth_flows : contains(["code", "implicit", "client_credentials"], flow)] if client != null
    ]))
    error_message = "clients[*].allowed_oauth_flows can only hold \"code\", \"implicit\" and \"client_credentials\"."
  }

  validation {
    condition = alltrue([
      for client in values(var.clients) : !contains(client.allowed_oauth_flows, "client_credentials")
      || length(client.allowed_oauth_flows) == 1 && client.generate_secret && client.supported_identity_providers == null && length(client.callback_urls) == 0
      if client != null
    ])
    error_message = "clients[*].allowed_oauth_flows with \"client_credentials\" is for a machine, which signs nobody in: make a client of its own for it, with generate_secret = true and without other flows, callback_urls and supported_identity_providers."
  }

  validation {
    condition = alltrue([
      for client in values(var.clients) : length(client.allowed_oauth_flows) > 0 || (
        length(client.allowed_oauth_scopes) == 0 && length(client.callback_urls) == 0 && length(client.logout_urls) == 0
        && client.default_redirect_uri == null && client.supported_identity_providers == null
      ) if client != null
    ])
    error_message = "clients[*].allowed_oauth_scopes, callback_urls, logout_urls, default_redirect_uri and supported_identity_providers do nothing without allowed_oauth_flows: add allowed_oauth_flows = [\"code\"], or take them out."
  }

  validation {
    condition     = var.domain != null || alltrue([for client in values(var.clients) : length(client.allowed_oauth_flows) == 0 if client != null])
    error_message = "clients[*].allowed_oauth_flows need the addresses of a domain: set domain = { domain = \"<a prefix of your choice>\" }, or leave allowed_oauth_flows out."
  }

  validation {
    condition = alltrue([
      for client in values(var.clients) : length(client.allowed_oauth_flows) == 0 ? true :
      length(client.allowed_oauth_scopes) > 0 && (contains(client.allowed_oauth_flows, "client_credentials") || length(client.callback_urls) > 0)
      if client != null
    ])
    error_message = "clients[*].allowed_oauth_flows need allowed_oauth_scopes (for example [\"openid\", \"email\"]) and, but for \"client_credentials\", callback_urls: add them."
  }

  validation {
    condition = alltrue(flatten([
      for client in values(var.clients) : [
        for scope in client.allowed_oauth_scopes : contains(local.scopes, scope)
        || !contains(client.allowed_oauth_flows, "client_credentials") && contains(local.standard_scopes, scope)
      ] if client != null
    ]))
    error_message = "clients[*].allowed_oauth_scopes can only hold \"<identifier>/<scope>\" of resource_servers and, but for \"client_credentials\", openid, email, phone, profile and aws.cognito.signin.user.admin. Add the scope to resource_servers, or take it out."
  }

  validation {
    condition = alltrue([
      for client in values(var.clients) : contains(client.allowed_oauth_scopes, "openid")
      || length(setintersection(client.allowed_oauth_scopes, ["email", "phone", "profile"])) == 0
      if client != null
    ])
    error_message = "clients[*].allowed_oauth_scopes with \"email\", \"phone\" or \"profile\" needs \"openid\" too: add it."
  }

  validation {
    condition = alltrue(flatten([
      for client in values(var.clients) : [
        for url in setunion(client.callback_urls, client.logout_urls) : can(regex("^[a-z][a-z0-9+.-]*:[^#\\s]+$", url)) && (
          !startswith(url, "http:") || can(regex("^http://(localhost|127\\.0\\.0\\.1|\\[::1\\])([:/]|$)", url))
        )
      ] if client != null
    ]))
    error_message = "clients[*].callback_urls and logout_urls must be absolute and without \"#\": \"https://app.example.com/signed-in\", an app's own scheme like \"myapp://signed-in\", or, to try things out, \"http://localhost:3000/\"."
  }

  validation {
    condition = alltrue([
      for client in values(var.clients) : client.default_redirect_uri == null ? true : contains(client.callback_urls, client.default_redirect_uri) if client != null
    ])
    error_message = "clients[*].default_redirect_uri must be one of the client's callback_urls: add it to them."
  }

  validation {
    condition = alltrue(flatten([
      for client in values(var.clients) : [
        for name in coalesce(client.supported_identity_providers, []) : name == "COGNITO" || contains(keys(local.identity_providers), name)
      ] if client != null
    ]))
    error_message = "clients[*].supported_identity_providers can only hold keys of identity_providers (and \"COGNITO\" with native_otp): add the provider there, or take it out."
  }

  validation {
    # The classic pages and managed login both sign in by a password, and neither does custom challenges.
    condition = var.native_otp || alltrue([
      for client in values(var.clients) : !contains(coalesce(client.supported_identity_providers, []), "COGNITO") if client != null
    ])
    error_message = "clients[*].supported_identity_providers with \"COGNITO\" shows Cognito's own pages, which know nothing of this module's codes and let in whoever holds a password: also the stranger who signed somebody's number up. Take \"COGNITO\" out; people sign in by code in your application. Cognito's pages go with native_otp = true."
  }

  validation {
    condition = var.native_otp || alltrue([
      for client in values(var.clients) : length(setintersection(client.allowed_oauth_flows, ["code", "implicit"])) == 0 ? true :
      client.supported_identity_providers == null ? length(local.identity_providers) > 0 : length(client.supported_identity_providers) > 0
      if client != null
    ])
    error_message = "clients[*].allowed_oauth_flows with \"code\" or \"implicit\" need somebody to sign in with: Cognito's own pages, which it shows otherwise, know nothing of this module's codes. Add identity_providers (and do not leave supported_identity_providers empty), or take allowed_oauth_flows out."
  }

  validation {
    # Here and not with domain: the two would wait for each other.
    condition     = var.domain == null ? true : length(setsubtract(keys(var.domain.ui_customization), concat(["ALL"], keys(var.clients)))) == 0
    error_message = "domain.ui_customization can only have keys of clients, and \"ALL\" for all the others: add the client, or take the key out of domain.ui_customization."
  }
}

variable "domain" {
  description = <<-EOT
    Where sign-in by an identity provider goes through, and machines get their tokens; null: none. See docs/federation.md.
    - `domain`: a prefix of your choice, unique in the region (`https://<domain>.auth.<region>.amazoncognito.com`), or with `certificate_arn` a
      domain of your own, e.g. `auth.example.com`. Changing it replaces the domain.
    - `certificate_arn`: its ACM certificate, in us-east-1 whatever the pool's region. It may be made in the same run.
    - `managed_login_version`: 1, the classic pages, or 2, managed login (not with `user_pool_tier` `LITE`).
    - `ui_customization`: by key of `clients`, or `ALL`: `css` and `image_file` (a PNG or JPEG of at most 128 KB, by `filebase64`) of the classic pages.
  EOT
  type = object({
    domain                = string
    certificate_arn       = optional(string)
    managed_login_version = optional(number, 1)
    ui_customization = optional(map(object({
      css        = optional(string)
      image_file = optional(string)
    })), {})
  })
  default = null

  validation {
    condition     = var.domain == null ? true : (var.domain.certificate_arn != null) == strcontains(var.domain.domain, ".")
    error_message = "domain.domain is a prefix without dots, or a domain of your own, which needs domain.certificate_arn: add the certificate, or write the prefix alone (\"my-app\", not \"my-app.auth.<region>.amazoncognito.com\")."
  }

  validation {
    condition = var.domain == null ? true : strcontains(var.domain.domain, ".") || (
      can(regex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", var.domain.domain)) && !can(regex("aws|amazon|cognito", var.domain.domain))
    )
    error_message = "domain.domain must be a prefix of 1 to 63 lower-case letters, digits and \"-\", not at its ends, and without the words aws, amazon and cognito, which Cognito refuses: for example \"my-app\"."
  }

  validation {
    # Of a domain directly below a top-level one the parent has no address, and Cognito wants one.
    condition = var.domain == null ? true : !strcontains(var.domain.domain, ".") || (
      can(regex("^([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.){2,}[a-z][a-z0-9-]*[a-z0-9]$", var.domain.domain)) && length(var.domain.domain) <= 63
    )
    error_message = "domain.domain with a certificate must be a subdomain in lower case, of at most 63 characters, whose parent has an address (A record) of its own: for example \"auth.example.com\"."
  }

  validation {
    condition     = try(var.domain.certificate_arn, null) == null ? true : can(regex("^arn:[a-z-]+:acm:[a-z0-9-]+:[0-9]{12}:certificate/.+$", var.domain.certificate_arn))
    error_message = "domain.certificate_arn must be the ARN of a certificate of AWS Certificate Manager: \"arn:<partition>:acm:us-east-1:<account>:certificate/<id>\"."
  }

  validation {
    # Cognito serves it by CloudFront, which takes certificates from there only; other partitions have no such rule, and GovCloud no custom domains
    # (Cognito's developer guide, "Using your own domain"; the GovCloud guide, "Amazon Cognito").
    condition = !can(regex("^arn:", var.domain.certificate_arn)) ? true : (
      split(":", var.domain.certificate_arn)[1] == "aws" ? split(":", var.domain.certificate_arn)[3] == "us-east-1" : split(":", var.domain.certificate_arn)[1] != "aws-us-gov"
    )
    error_message = "domain.certificate_arn must be of us-east-1, whatever the pool's region: request the certificate with a provider of that region. In AWS GovCloud Cognito has no domains of one's own: write a prefix in domain.domain there, and leave certificate_arn out."
  }

  validation {
    condition     = var.domain == null ? true : contains([1, 2], var.domain.managed_login_version)
    error_message = "domain.managed_login_version must be 1 (the default: the classic pages) or 2 (managed login)."
  }

  validation {
    condition     = var.domain == null ? true : var.domain.managed_login_version != 2 || var.user_pool_tier != "LITE"
    error_message = "domain.managed_login_version = 2 needs a feature plan that user_pool_tier = \"LITE\" is not: set user_pool_tier = \"ESSENTIALS\" (or \"PLUS\"), or leave managed_login_version out."
  }

  validation {
    condition     = var.domain == null ? true : var.domain.managed_login_version == 1 || length(var.domain.ui_customization) == 0
    error_message = "domain.ui_customization is for the classic pages: managed login has branding styles instead. Take it out, or leave managed_login_version out."
  }

  validation {
    condition = var.domain == null ? true : alltrue([
      for page in values(var.domain.ui_customization) : page == null ? false : page.css != null || page.image_file != null
    ])
    error_message = "domain.ui_customization must have css or image_file for each key: set one, or take the key out."
  }

  validation {
    condition = var.domain == null ? true : alltrue([
      for page in values(var.domain.ui_customization) : try(length(page.css), 0) <= 131072 && try(length(page.image_file), 0) <= 174764 if page != null
    ])
    error_message = "domain.ui_customization[*].css must not be longer than 131072 characters, nor image_file (before filebase64) than 128 KB, which is all that Cognito takes: make it smaller."
  }
}

variable "identity_providers" {
  description = <<-EOT
    Other ways in: identity providers by name, which people sign in with on the pages of `domain`, by a client with `allowed_oauth_flows`. See
    docs/federation.md. Another key, or another `provider_type`, is another provider, and its users get other accounts.
    - `provider_type`: `Google`, `Facebook`, `LoginWithAmazon` and `SignInWithApple`, whose keys must be these words; `OIDC` and `SAML` under any name.
    - `provider_details`: what Cognito asks for, by type: `client_id`, `client_secret`, `authorize_scopes`, ...; its values may be sensitive. What
      Cognito adds of itself (addresses of Google and the like) the module adds too; name it to have it otherwise.
    - `attribute_mapping`: attribute of the pool to the provider's claim. `email_verified` or `phone_number_verified` is what makes an address or a
      number count as proven: map it only from a provider that verifies.
    - `idp_identifiers`: other names for it in a request, e.g. e-mail domains.
  EOT
  type = map(object({
    provider_type     = string
    provider_details  = map(string)
    attribute_mapping = optional(map(string), {})
    idp_identifiers   = optional(list(string))
  }))
  default  = {}
  nullable = false

  validation {
    condition = alltrue([
      for provider in values(var.identity_providers) : provider == null ? false :
      contains(["Facebook", "Google", "LoginWithAmazon", "OIDC", "SAML", "SignInWithApple"], provider.provider_type)
    ])
    error_message = "identity_providers[*].provider_type must be \"Google\", \"Facebook\", \"LoginWithAmazon\", \"SignInWithApple\", \"OIDC\" or \"SAML\"."
  }

  validation {
    condition = alltrue([
      for name, provider in var.identity_providers : contains(["OIDC", "SAML"], provider.provider_type)
      ? can(regex("^[^_\\s]{3,32}$", name)) && !contains(["COGNITO", "Facebook", "Google", "LoginWithAmazon", "SignInWithApple"], name)
      : name == provider.provider_type if provider != null
    ])
    error_message = "identity_providers must have the key that Cognito wants: the provider_type itself (\"Google\", \"Facebook\", \"LoginWithAmazon\", \"SignInWithApple\"); for \"OIDC\" and \"SAML\" a name of 3 to 32 characters without spaces and \"_\", and none of these nor \"COGNITO\"."
  }

  validation {
    condition = alltrue([
      for provider in values(var.identity_providers) : length(setsubtract(
        lookup(local.provider_details_needed, provider.provider_type, []), keys(provider.provider_details)
      )) == 0 if provider != null
    ])
    error_message = "identity_providers[*].provider_details lacks a key: Google and LoginWithAmazon need authorize_scopes, client_id and client_secret; Facebook api_version besides; SignInWithApple authorize_scopes, client_id, key_id, private_key and team_id; OIDC attributes_request_method, authorize_scopes, client_id and oidc_issuer."
  }

  validation {
    condition = alltrue([
      for provider in values(var.identity_providers) : provider.provider_type != "SAML"
      || length(setintersection(keys(provider.provider_details), ["MetadataFile", "MetadataURL"])) == 1 if provider != null
    ])
    error_message = "identity_providers[*].provider_details of a SAML provider must have MetadataURL or MetadataFile: set one of them."
  }

  validation {
    condition = alltrue([
      for provider in values(var.identity_providers) : length(setintersection(
        keys(provider.provider_details), ["ActiveEncryptionCertificate", "SLORedirectBindingURI", "SSORedirectBindingURI"]
      )) == 0 if provider != null
    ])
    error_message = "identity_providers[*].provider_details must not have ActiveEncryptionCertificate, SLORedirectBindingURI and SSORedirectBindingURI: Cognito makes the first and reads the others in the metadata. Take them out."
  }

  validation {
    condition = alltrue(flatten([
      for provider in values(var.identity_providers) : [
        for attribute in keys(provider.attribute_mapping) : attribute == "username"
        || contains(local.standard_attributes, attribute) && !contains(["sub", "updated_at"], attribute)
        || startswith(attribute, "custom:") && try(var.schema[trimprefix(attribute, "custom:")].mutable, false)
      ] if provider != null
    ]))
    error_message = "identity_providers[*].attribute_mapping can only have keys that are \"username\", standard attributes (for example \"email\", \"email_verified\", \"name\"), or \"custom:<name>\" of schema with mutable = true: Cognito writes them anew at each sign-in. The values are the provider's claims."
  }

  validation {
    condition = alltrue([
      for provider in values(var.identity_providers) : length(setsubtract(
        [for name, attribute in var.schema : name if attribute.required], keys(provider.attribute_mapping)
      )) == 0 if provider != null
    ])
    error_message = "identity_providers[*].attribute_mapping leaves out an attribute that schema requires, so nobody could sign in by that provider: map it, or take required out of schema."
  }

  validation {
    condition = alltrue(flatten([
      for provider in values(var.identity_providers) : [
        for identifier in coalesce(provider.idp_identifiers, []) : can(regex("^[\\w\\s+=.@-]{1,40}$", identifier))
      ] if provider != null
      ])) && alltrue([
      for provider in values(var.identity_providers) : provider.idp_identifiers == null ? true : length(provider.idp_identifiers) > 0 && length(provider.idp_identifiers) <= 50
      if provider != null
    ])
    error_message = "identity_providers[*].idp_identifiers must hold 1 to 50 names of at most 40 letters, digits, spaces and any of \"_+=.@-\". Leave it out for none."
  }
}

variable "resource_servers" {
  description = <<-EOT
    APIs that tokens are for, by identifier (e.g. `https://api.example.com`); a client asks for their scopes as `<identifier>/<scope>`.
    - `name`: left out: the identifier.
    - `scopes`: description by name, e.g. `{ "orders.read" = "Read orders" }`.
  EOT
  type = map(object({
    name   = optional(string)
    scopes = map(string)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for identifier in keys(var.resource_servers) : can(regex("^[!#-\\[\\]-~]{1,256}$", identifier))])
    error_message = "resource_servers must have keys of 1 to 256 printable ASCII characters without spaces, quotes and backslashes: for example \"https://api.example.com\"."
  }

  validation {
    condition = alltrue([
      for server in values(var.resource_servers) : server == null ? false : server.name == null ? true : can(regex("^[\\w\\s+=,.@-]{1,256}$", server.name))
    ])
    error_message = "resource_servers[*].name must be 1 to 256 letters, digits, spaces and any of \"_+=,.@-\". Leave it out for the identifier."
  }

  validation {
    condition = alltrue([
      for server in values(var.resource_servers) : length(server.scopes) > 0 && length(server.scopes) <= 100 && alltrue([
        for name, description in server.scopes : can(regex("^[!#-.0-\\[\\]-~]{1,256}$", name)) && length(description) >= 1 && length(description) <= 256
      ]) if server != null
    ])
    error_message = "resource_servers[*].scopes must hold 1 to 100 scopes: names of 1 to 256 printable ASCII characters without spaces, quotes, \"/\" and backslashes, and a description of 1 to 256 characters for each."
  }
}

variable "groups" {
  description = <<-EOT
    Groups by name, which tokens carry in `cognito:groups`. Who is in them, your application or an administrator decides.
    - `description`
    - `precedence`: of a person's groups the one with the least number gives the preferred role.
    - `role_arn`: the role that an identity pool may give; it may be made in the same run.
  EOT
  type = map(object({
    description = optional(string)
    precedence  = optional(number)
    role_arn    = optional(string)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for name in keys(var.groups) : can(regex("^[^\\s\\p{C}]{1,128}$", name))])
    error_message = "groups must have keys of 1 to 128 characters without spaces: the key is the group's name."
  }

  validation {
    condition     = alltrue([for group in values(var.groups) : group != null])
    error_message = "groups must have an object for each key: write {} for the defaults, or take the key out."
  }

  validation {
    condition     = alltrue([for group in values(var.groups) : try(length(group.description), 0) <= 2048 if group != null])
    error_message = "groups[*].description must not be longer than 2048 characters: shorten it."
  }

  validation {
    condition = alltrue([
      for group in values(var.groups) : group.precedence == null ? true : group.precedence >= 0 && floor(group.precedence) == group.precedence if group != null
    ])
    error_message = "groups[*].precedence must be a whole number from 0 up; the least one counts most. Leave it out for none."
  }

  validation {
    condition = alltrue([
      for group in values(var.groups) : group.role_arn == null ? true : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:role/.+$", group.role_arn)) if group != null
    ])
    error_message = "groups[*].role_arn must be the ARN of a role: \"arn:<partition>:iam::<account>:role/<name>\"."
  }
}

variable "schema" {
  description = <<-EOT
    Custom attributes, by their names without `custom:`, and standard ones that every user must have. Attributes can be added later; **Cognito
    never changes or removes one**, and says so at apply only.
    - `attribute_data_type`: `String`, `Number`, `DateTime` or `Boolean`.
    - `mutable`: it can be changed once a user has it.
    - `required`: a sign-up must have it; standard attributes only, and only in a new pool.
    - `min_length`, `max_length` of a string, `min_value`, `max_value` of a number.
  EOT
  type = map(object({
    attribute_data_type = optional(string, "String")
    mutable             = optional(bool, true)
    required            = optional(bool, false)
    min_length          = optional(number)
    max_length          = optional(number)
    min_value           = optional(number)
    max_value           = optional(number)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for name in keys(var.schema) : can(regex("^[^:\\s]{1,20}$", name)) || contains(local.standard_attributes, name)])
    error_message = "schema has a name that cannot be an attribute's: 1 to 20 characters without spaces, and without the prefix \"custom:\", which Cognito adds itself."
  }

  validation {
    condition     = !anytrue([for name in keys(var.schema) : contains(["sub", "email_verified", "phone_number_verified", "updated_at"], name)])
    error_message = "schema must not hold \"sub\", \"email_verified\", \"phone_number_verified\" or \"updated_at\", which are Cognito's own: take them out."
  }

  validation {
    condition     = alltrue([for attribute in values(var.schema) : contains(["String", "Number", "DateTime", "Boolean"], attribute.attribute_data_type)])
    error_message = "schema[*].attribute_data_type must be \"String\" (the default), \"Number\", \"DateTime\" or \"Boolean\"."
  }

  validation {
    condition     = alltrue([for name, attribute in var.schema : !attribute.required || contains(local.standard_attributes, name)])
    error_message = "schema[*].required is for standard attributes only (\"email\", \"name\", ...): Cognito has no required custom attributes. Leave it out."
  }

  validation {
    condition = alltrue([
      for attribute in values(var.schema) :
      (attribute.attribute_data_type == "String" || attribute.min_length == null && attribute.max_length == null)
      && (attribute.attribute_data_type == "Number" || attribute.min_value == null && attribute.max_value == null)
    ])
    error_message = "schema[*].min_length and max_length are for attributes of type \"String\", min_value and max_value for those of type \"Number\": take the others out."
  }

  validation {
    condition     = alltrue([for name, attribute in var.schema : attribute.attribute_data_type == "String" || !contains(local.standard_attributes, name)])
    error_message = "schema[*].attribute_data_type of a standard attribute (\"email\", \"birthdate\", ...) must be \"String\", which Cognito has made it: leave it out."
  }

  validation {
    condition = alltrue([
      for attribute in values(var.schema) :
      (attribute.min_length == null || attribute.max_length == null ? true : attribute.min_length <= attribute.max_length)
      && (attribute.min_value == null || attribute.max_value == null ? true : attribute.min_value <= attribute.max_value)
      && alltrue([for length in [attribute.min_length, attribute.max_length] : length == null ? true : length >= 0 && length <= 2048 && floor(length) == length])
    ])
    error_message = "schema[*].min_length and max_length must be whole numbers from 0 to 2048, and neither min_length nor min_value may be above its maximum: exchange the two, or leave one out."
  }

  validation {
    condition     = alltrue([for name, attribute in var.schema : attribute.mutable || !contains(local.identifiers, name)])
    error_message = "schema[*].mutable must not be false for ${join(" and ", local.identifiers)}, by which people sign in: nobody could ever change a number, an address or a name. Leave it out."
  }

  validation {
    condition     = !(contains(local.alias_attributes, "preferred_username") && try(var.schema["preferred_username"].required, false))
    error_message = "schema[\"preferred_username\"].required must not be true with preferred_username in alias_attributes: Cognito takes it from confirmed users only, so nobody could sign up. Leave required out, and let the client set it after the first sign-in."
  }

  validation {
    condition     = length(local.username_attributes) < 2 || !anytrue([for name in local.username_attributes : try(var.schema[name].required, false)])
    error_message = "schema must not make phone_number or email required with both in username_attributes: a person signs up with one of them, and adds the other once signed in. Leave required out, or keep one of the two in username_attributes."
  }

  validation {
    condition     = length([for name in keys(var.schema) : name if !contains(local.standard_attributes, name)]) <= 50
    error_message = "schema holds more than 50 custom attributes, which is all that Cognito keeps: put the rest into the User table."
  }
}

variable "password_policy" {
  description = <<-EOT
    What Cognito asks of passwords. Its SignUp call requires one. Without `password_required` no client can sign in with it: let the client
    make a long random one and forget it. With `password_required` people choose it: 8 characters at least. Names are the provider's.
    `password_history_size`: so many former passwords cannot be taken again, 1 to 24; needs `user_pool_tier` `ESSENTIALS` or `PLUS`.
  EOT
  type = object({
    minimum_length                   = optional(number, 16)
    require_lowercase                = optional(bool, false)
    require_uppercase                = optional(bool, false)
    require_numbers                  = optional(bool, false)
    require_symbols                  = optional(bool, false)
    temporary_password_validity_days = optional(number, 7)
    password_history_size            = optional(number)
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

  validation {
    condition = var.password_policy.password_history_size == null ? true : (
      var.password_policy.password_history_size >= 1 && var.password_policy.password_history_size <= 24
      && floor(var.password_policy.password_history_size) == var.password_policy.password_history_size
    )
    error_message = "password_policy.password_history_size must be a whole number from 1 to 24. Leave it out for none."
  }

  validation {
    condition     = var.password_policy.password_history_size == null || var.user_pool_tier != "LITE"
    error_message = "password_policy.password_history_size needs a feature plan that user_pool_tier = \"LITE\" is not: set user_pool_tier = \"ESSENTIALS\" (or \"PLUS\"), or leave it out."
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
# Other factors, threat protection, a web firewall
################################################################################

variable "mfa_configuration" {
  description = <<-EOT
    Cognito's own multi-factor authentication: `OFF`, `OPTIONAL` (whoever has set a factor up is asked for it) or `ON`. It follows a password, so
    it needs `password_required` (then it stands between the password and the code) or `native_otp` (`OPTIONAL` only). See docs/protection.md.
  EOT
  type        = string
  default     = "OFF"
  nullable    = false

  validation {
    condition     = contains(["OFF", "OPTIONAL", "ON"], var.mfa_configuration)
    error_message = "mfa_configuration must be \"OFF\" (the default), \"OPTIONAL\" or \"ON\"."
  }

  validation {
    condition     = var.mfa_configuration == "OFF" || var.password_required || var.native_otp
    error_message = "mfa_configuration needs a password to stand behind: Cognito asks for a second factor after a password only, and would pass over it in every sign-in by code. Set password_required = true, or leave mfa_configuration out: the code proves possession already."
  }

  validation {
    condition     = var.mfa_configuration != "ON" || !var.native_otp
    error_message = "mfa_configuration = \"ON\" excludes native_otp: Cognito refuses one-time passwords as a first factor in a pool that requires MFA. Set it to \"OPTIONAL\", or use password_required in place of native_otp."
  }
}

variable "software_token_mfa_configuration" {
  description = "Codes of an authenticator app (TOTP) as a factor of `mfa_configuration`, if `enabled`. Left out: none."
  type = object({
    enabled = bool
  })
  default = null

  validation {
    condition     = try(var.software_token_mfa_configuration.enabled, false) ? var.mfa_configuration != "OFF" : true
    error_message = "software_token_mfa_configuration has no effect with mfa_configuration = \"OFF\": set mfa_configuration = \"OPTIONAL\" or \"ON\", or leave it out."
  }

  validation {
    condition = var.mfa_configuration == "OFF" || anytrue([
      try(var.software_token_mfa_configuration.enabled, false), var.email_mfa_configuration != null, local.phone_numbers,
    ])
    error_message = "mfa_configuration is \"${var.mfa_configuration}\", and there is no factor that anybody could have: no phone numbers are in play, and neither software_token_mfa_configuration nor email_mfa_configuration is set. Write software_token_mfa_configuration = { enabled = true }."
  }
}

variable "email_mfa_configuration" {
  description = <<-EOT
    Codes by e-mail as a factor of `mfa_configuration`. Needs `user_pool_tier` `ESSENTIALS` or `PLUS` and the sender in `email`. A forgotten password is
    then reset by administrators only: a mailbox that resets passwords is no second factor, and Cognito refuses the two together. **A pool that is
    there takes two applies**: the first with `mfa_configuration = "OFF"`, which prepares the sender and the reset.
    - `message`, with `{####}` for the code, and `subject`: what the mail says where the module's own words (`messages`, in the person's
      language) do not fit. Left out: in English.
  EOT
  type = object({
    message = optional(string)
    subject = optional(string)
  })
  default = null

  validation {
    condition     = var.email_mfa_configuration == null || var.user_pool_tier != "LITE"
    error_message = "email_mfa_configuration needs a feature plan that user_pool_tier = \"LITE\" is not: set user_pool_tier = \"ESSENTIALS\" (or \"PLUS\"), or take software_token_mfa_configuration, which every plan has."
  }

  validation {
    condition     = var.email_mfa_configuration == null ? true : var.email.from != null && var.email.identity_arn != null
    error_message = "email_mfa_configuration needs an SES identity to send from: set email.from and email.identity_arn."
  }

  validation {
    condition = try(var.email_mfa_configuration.message, null) == null ? true : (
      strcontains(var.email_mfa_configuration.message, "{####}") && length(var.email_mfa_configuration.message) <= 20000
    )
    error_message = "email_mfa_configuration.message must hold {####}, which stands for the code, and at most 20000 characters: for example \"{####} is your code.\"."
  }

  validation {
    condition     = try(var.email_mfa_configuration.subject, null) == null ? true : can(regex("^[^\\p{Cc}]{1,140}$", var.email_mfa_configuration.subject))
    error_message = "email_mfa_configuration.subject must be one line of 1 to 140 characters: for example \"Your code\"."
  }
}

variable "web_authn_configuration" {
  description = <<-EOT
    Passkeys beside Cognito's own one-time passwords; with `native_otp` only.
    - `relying_party_id`: the domain that passkeys are for, e.g. `example.com`: the site's, or one above it. A passkey is of no use on another.
    - `user_verification`: `preferred`, or `required`: passkeys that check the person (PIN, finger, face).
  EOT
  type = object({
    relying_party_id  = string
    user_verification = optional(string, "preferred")
  })
  default = null

  validation {
    condition     = var.web_authn_configuration == null || var.native_otp
    error_message = "web_authn_configuration needs native_otp = true: passkeys are a first factor of Cognito's own sign-in (USER_AUTH), which clients of the module's codes do not use. Set it, or leave web_authn_configuration out."
  }

  validation {
    condition = var.web_authn_configuration == null ? true : length(var.web_authn_configuration.relying_party_id) <= 127 && can(
      regex("^(localhost|([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9]))$", var.web_authn_configuration.relying_party_id)
    )
    error_message = "web_authn_configuration.relying_party_id must be a domain in lower case of at most 127 characters, without scheme, port or path: for example \"example.com\"."
  }

  validation {
    condition     = var.web_authn_configuration == null ? true : contains(["preferred", "required"], var.web_authn_configuration.user_verification)
    error_message = "web_authn_configuration.user_verification must be \"preferred\" (the default) or \"required\"."
  }
}

variable "user_pool_add_ons" {
  description = <<-EOT
    Cognito's threat protection. Needs `user_pool_tier = "PLUS"`; `risk_configuration` says what it does.
    - `advanced_security_mode`: for sign-ins that Cognito makes itself (`native_otp`) and passwords: `AUDIT` (watches), `ENFORCED` (acts) or `OFF`.
    - `custom_auth_mode`: for sign-ins by the module's codes: `AUDIT` or `ENFORCED`; left out: none.
  EOT
  type = object({
    advanced_security_mode = string
    custom_auth_mode       = optional(string)
  })
  default = null

  validation {
    condition     = var.user_pool_add_ons == null ? true : contains(["OFF", "AUDIT", "ENFORCED"], var.user_pool_add_ons.advanced_security_mode)
    error_message = "user_pool_add_ons.advanced_security_mode must be \"AUDIT\", \"ENFORCED\" or \"OFF\"."
  }

  validation {
    condition     = contains(["AUDIT", "ENFORCED"], try(coalesce(var.user_pool_add_ons.custom_auth_mode), "AUDIT"))
    error_message = "user_pool_add_ons.custom_auth_mode must be \"AUDIT\" or \"ENFORCED\". Leave it out for none."
  }

  validation {
    condition     = try(var.user_pool_add_ons.advanced_security_mode, "OFF") != "OFF" || try(var.user_pool_add_ons.custom_auth_mode, null) == null
    error_message = "user_pool_add_ons.custom_auth_mode needs threat protection to be on: set user_pool_add_ons.advanced_security_mode to \"AUDIT\" or \"ENFORCED\", or leave custom_auth_mode out."
  }

  validation {
    condition     = try(var.user_pool_add_ons.advanced_security_mode, "OFF") == "OFF" || var.user_pool_tier == "PLUS"
    error_message = "user_pool_add_ons needs the feature plan that has threat protection: set user_pool_tier = \"PLUS\", or leave user_pool_add_ons out."
  }
}

variable "risk_configuration" {
  description = <<-EOT
    What threat protection does (`user_pool_add_ons`), by the key of `clients`, or `ALL` for every client without one of its own. Names are the provider's.
    - `account_takeover_risk_configuration`: `actions` by risk (`low_action`, `medium_action`, `high_action`), each with `event_action` (`BLOCK`,
      `MFA_IF_CONFIGURED`, `MFA_REQUIRED`, `NO_ACTION`) and `notify`; `notify_configuration`, who tells people by e-mail and in what words
      (`block_email`, `mfa_email`, `no_action_email`); its sender left out: that of `email`.
    - `compromised_credentials_risk_configuration`: passwords that are known to have leaked: `actions.event_action` (`BLOCK`, `NO_ACTION`);
      `event_filter`: any of `SIGN_IN`, `PASSWORD_CHANGE`, `SIGN_UP`; left out: all.
    - `risk_exception_configuration`: `blocked_ip_range_list` and `skipped_ip_range_list` in CIDR notation.
  EOT
  type = map(object({
    account_takeover_risk_configuration = optional(object({
      actions = object({
        low_action    = optional(object({ event_action = string, notify = optional(bool, false) }))
        medium_action = optional(object({ event_action = string, notify = optional(bool, false) }))
        high_action   = optional(object({ event_action = string, notify = optional(bool, false) }))
      })
      notify_configuration = optional(object({
        source_arn      = optional(string)
        from            = optional(string)
        reply_to        = optional(string)
        block_email     = optional(object({ subject = string, html_body = string, text_body = string }))
        mfa_email       = optional(object({ subject = string, html_body = string, text_body = string }))
        no_action_email = optional(object({ subject = string, html_body = string, text_body = string }))
      }), {})
    }))
    compromised_credentials_risk_configuration = optional(object({
      event_filter = optional(set(string))
      actions      = object({ event_action = string })
    }))
    risk_exception_configuration = optional(object({
      blocked_ip_range_list = optional(set(string))
      skipped_ip_range_list = optional(set(string))
    }))
  }))
  default  = {}
  nullable = false

  validation {
    condition     = length(setsubtract(keys(var.risk_configuration), concat(["ALL"], keys(var.clients)))) == 0
    error_message = "risk_configuration can only have \"ALL\" and keys of clients (${join(", ", keys(var.clients))}) as keys. Not one of them: ${join(", ", setsubtract(keys(var.risk_configuration), concat(["ALL"], keys(var.clients))))}."
  }

  validation {
    condition     = length(var.risk_configuration) == 0 || try(var.user_pool_add_ons.advanced_security_mode, "OFF") != "OFF"
    error_message = "risk_configuration has no effect without threat protection: write user_pool_add_ons = { advanced_security_mode = \"ENFORCED\" } (and user_pool_tier = \"PLUS\"), or leave risk_configuration out. To end threat protection in a pool that has it, apply risk_configuration = {} first, and then take user_pool_add_ons out: Cognito does not let go of the one without the other."
  }

  validation {
    condition = alltrue([
      for risk in values(var.risk_configuration) : risk == null ? false : anytrue([
        risk.account_takeover_risk_configuration != null, risk.compromised_credentials_risk_configuration != null, risk.risk_exception_configuration != null,
      ])
    ])
    error_message = "risk_configuration must have an object with one of account_takeover_risk_configuration, compromised_credentials_risk_configuration and risk_exception_configuration at least for each key: set one, or take the key out."
  }

  validation {
    condition = alltrue(flatten([
      for risk in values(var.risk_configuration) : [
        for action in values(risk.account_takeover_risk_configuration.actions) :
        action == null ? true : contains(["BLOCK", "MFA_IF_CONFIGURED", "MFA_REQUIRED", "NO_ACTION"], action.event_action)
      ] if try(risk.account_takeover_risk_configuration, null) != null
    ]))
    error_message = "risk_configuration[*].account_takeover_risk_configuration.actions[*].event_action must be \"BLOCK\", \"MFA_IF_CONFIGURED\", \"MFA_REQUIRED\" or \"NO_ACTION\"."
  }

  validation {
    condition = alltrue([
      for risk in values(var.risk_configuration) : anytrue([for action in values(risk.account_takeover_risk_configuration.actions) : action != null])
      if try(risk.account_takeover_risk_configuration, null) != null
    ])
    error_message = "risk_configuration[*].account_takeover_risk_configuration.actions must have one of low_action, medium_action and high_action at least: for example high_action = { event_action = \"BLOCK\" }."
  }

  validation {
    condition = var.mfa_configuration != "OFF" || alltrue(flatten([
      for risk in values(var.risk_configuration) : [
        for action in values(risk.account_takeover_risk_configuration.actions) : action == null ? true : !startswith(action.event_action, "MFA_")
      ] if try(risk.account_takeover_risk_configuration, null) != null
    ]))
    error_message = "risk_configuration[*].account_takeover_risk_configuration.actions ask for MFA, and mfa_configuration is \"OFF\": set mfa_configuration = \"OPTIONAL\" (with password_required or native_otp), or write \"BLOCK\" or \"NO_ACTION\"."
  }

  validation {
    # The provider insists on the identity, whether anybody is told or not.
    condition = alltrue([
      for risk in values(var.risk_configuration) : (
        try(risk.account_takeover_risk_configuration.notify_configuration.source_arn, null) != null ? true : var.email.identity_arn != null
      ) if try(risk.account_takeover_risk_configuration, null) != null
    ])
    error_message = "risk_configuration[*].account_takeover_risk_configuration.notify_configuration.source_arn is missing: set it to the ARN of an SES identity, or set email.identity_arn."
  }

  validation {
    condition = alltrue(flatten([
      for risk in values(var.risk_configuration) : [
        for mail in ["block_email", "mfa_email", "no_action_email"] : [
          for words in [try(risk.account_takeover_risk_configuration.notify_configuration[mail], null)] : words == null ? true : (
            can(regex("^[^\\p{Cc}]{1,140}$", words.subject))
            && alltrue([for body in [words.html_body, words.text_body] : length(body) >= 6 && length(body) <= 20000])
          )
        ]
      ]
    ]))
    error_message = "risk_configuration[*].account_takeover_risk_configuration.notify_configuration's block_email, mfa_email and no_action_email must have a subject of one line and at most 140 characters, and html_body and text_body of 6 to 20000 characters each."
  }

  validation {
    condition = alltrue([
      for risk in values(var.risk_configuration) : contains(["BLOCK", "NO_ACTION"], risk.compromised_credentials_risk_configuration.actions.event_action)
      if try(risk.compromised_credentials_risk_configuration, null) != null
    ])
    error_message = "risk_configuration[*].compromised_credentials_risk_configuration.actions.event_action must be \"BLOCK\" or \"NO_ACTION\"."
  }

  validation {
    condition = alltrue([
      for risk in values(var.risk_configuration) : try(risk.compromised_credentials_risk_configuration.event_filter, null) == null ? true : (
        length(risk.compromised_credentials_risk_configuration.event_filter) > 0
        && length(setsubtract(risk.compromised_credentials_risk_configuration.event_filter, ["SIGN_IN", "PASSWORD_CHANGE", "SIGN_UP"])) == 0
      )
    ])
    error_message = "risk_configuration[*].compromised_credentials_risk_configuration.event_filter can only hold \"SIGN_IN\", \"PASSWORD_CHANGE\" and \"SIGN_UP\", one of them at least. Leave it out for all three."
  }

  validation {
    condition = alltrue(flatten([
      for risk in values(var.risk_configuration) : [
        for ranges in values(risk.risk_exception_configuration) : ranges == null ? true : (
          length(ranges) > 0 && length(ranges) <= 200 && alltrue([for range in ranges : can(cidrhost(range, 0))])
        )
      ] if try(risk.risk_exception_configuration, null) != null
    ]))
    error_message = "risk_configuration[*].risk_exception_configuration's blocked_ip_range_list and skipped_ip_range_list must hold 1 to 200 ranges in CIDR notation each, for example \"203.0.113.0/24\". Leave a list out if it is empty."
  }
}

variable "web_acl" {
  description = <<-EOT
    AWS WAF in front of the pool's public API. One of:
    - `arn`: a web ACL of yours (regional), or
    - `rate_limits`: the module makes one that blocks an IP address above so many requests in `evaluation_window_sec` (60, 120, 300 or 600):
      `sign_up` (SignUp, ConfirmSignUp, ResendConfirmationCode) and `sign_in` (InitiateAuth, RespondToAuthChallenge, ForgotPassword,
      ConfirmForgotPassword; a token's renewal is an InitiateAuth too), each at least 10.

    Whoever shares an address is counted together: an office, a mobile operator, **a server of yours that calls for its users**.
  EOT
  type = object({
    arn = optional(string)
    rate_limits = optional(object({
      sign_up               = optional(number, 100)
      sign_in               = optional(number, 300)
      evaluation_window_sec = optional(number, 300)
    }))
  })
  default = null

  validation {
    condition = var.web_acl == null ? true : (
      var.web_acl.rate_limits == null ? var.web_acl.arn != null : var.web_acl.arn == null
    )
    error_message = "web_acl must have exactly one of arn (a web ACL of yours) and rate_limits (the module makes one): write web_acl = { rate_limits = {} } for the defaults, or take one of the two out. To add rate rules to a web ACL of yours, write them there."
  }

  validation {
    condition     = try(var.web_acl.arn, null) == null ? true : can(regex("^arn:[a-z0-9-]+:wafv2:[a-z0-9-]+:[0-9]{12}:regional/webacl/.+$", var.web_acl.arn))
    error_message = "web_acl.arn must be the ARN of a regional web ACL of WAFv2 (not one for CloudFront): for example aws_wafv2_web_acl.this.arn, made with scope = \"REGIONAL\"."
  }

  validation {
    condition = try(var.web_acl.rate_limits, null) == null ? true : alltrue([
      for limit in [var.web_acl.rate_limits.sign_up, var.web_acl.rate_limits.sign_in] : limit >= 10 && limit <= 2000000000 && floor(limit) == limit
    ])
    error_message = "web_acl.rate_limits.sign_up and sign_in must be whole numbers of requests from 10 up, which is the least that WAF takes: 100 and 300 are the defaults."
  }

  validation {
    condition     = contains([60, 120, 300, 600], try(var.web_acl.rate_limits.evaluation_window_sec, 300))
    error_message = "web_acl.rate_limits.evaluation_window_sec must be 60, 120, 300 (the default) or 600 seconds."
  }
}

################################################################################
# Cognito's own messages and triggers that the module leaves free
################################################################################

variable "invite_message_template" {
  description = <<-EOT
    Words of the invitations to users whom administrators make (`AdminCreateUser`), with `{username}` and `{####}`, the temporary password.
    Left out: Cognito's, in English.
    - `sms_message`: at most 140 characters, the placeholders filled in.
    - `email_subject`, `email_message`: HTML.
  EOT
  type = object({
    sms_message   = optional(string)
    email_subject = optional(string)
    email_message = optional(string)
  })
  default = null

  validation {
    condition     = var.invite_message_template == null ? true : anytrue([for text in values(var.invite_message_template) : text != null])
    error_message = "invite_message_template must have one of sms_message, email_subject and email_message at least: set one, or leave the whole out."
  }

  validation {
    condition = var.invite_message_template == null ? true : alltrue([
      for text in [var.invite_message_template.sms_message, var.invite_message_template.email_message] :
      text == null ? true : strcontains(text, "{username}") && strcontains(text, "{####}")
    ])
    error_message = "invite_message_template.sms_message and email_message must hold {username} and {####}, which Cognito insists on: write them where the username and the temporary password belong."
  }

  validation {
    condition = var.invite_message_template == null ? true : alltrue([
      for limit in [
        { text = var.invite_message_template.sms_message, most = 140 },
        { text = var.invite_message_template.email_subject, most = 140 },
        { text = var.invite_message_template.email_message, most = 20000 },
      ] : limit.text == null ? true : length(limit.text) <= limit.most && length(limit.text) >= 1
    ])
    error_message = "invite_message_template.sms_message and email_subject must have at most 140 characters, and email_message at most 20000: shorten them."
  }
}

variable "verification_message_template" {
  description = <<-EOT
    Words of the mail with which Cognito verifies a changed address or resets a password, where it sends from its own sender. By an SES identity
    (`email`) the words come from `messages`, in the person's language, as they always do for SMS. Left out: Cognito's, in English.
    - `email_subject`, `email_message`: HTML, with `{####}` for the code.
  EOT
  type = object({
    email_subject = optional(string)
    email_message = optional(string)
  })
  default = null

  validation {
    condition     = var.verification_message_template == null ? true : anytrue([for text in values(var.verification_message_template) : text != null])
    error_message = "verification_message_template must have one of email_subject and email_message: set one, or leave the whole out."
  }

  validation {
    condition = try(var.verification_message_template.email_message, null) == null ? true : (
      strcontains(var.verification_message_template.email_message, "{####}") && length(var.verification_message_template.email_message) <= 20000
    )
    error_message = "verification_message_template.email_message must hold {####}, which stands for the code, and at most 20000 characters."
  }

  validation {
    condition     = try(var.verification_message_template.email_subject, null) == null ? true : can(regex("^[^\\p{Cc}]{1,140}$", var.verification_message_template.email_subject))
    error_message = "verification_message_template.email_subject must be one line of 1 to 140 characters."
  }
}

variable "lambda_triggers" {
  description = <<-EOT
    Functions of yours for the triggers that the module leaves free, each `{ arn = ... }`: a Lambda function or an alias of one, in the pool's
    region and account. The module lets the pool invoke them. Their environment must not name the pool: it is in the event.
    See docs/lambda-triggers.md.
    - `pre_token_generation`: changes claims and scopes of tokens. `version`: `V1_0` (ID tokens, any plan), `V2_0` (access tokens too) or `V3_0` (tokens
      of machines too); the latter need `user_pool_tier` `ESSENTIALS` or `PLUS`.
    - `pre_authentication`: may refuse a sign-in. Cognito is reported not to ask it in sign-ins by the module's codes: check nothing there alone.
    - `user_migration`: brings users from elsewhere when they type a password. Clients of the module have no password flow, so only the
      reset of a forgotten password asks it.
    - `custom_sms_sender`, `custom_email_sender`: send Cognito's own messages (not the module's codes: `delivery.function_arn`), which are
      encrypted under `kms_key_id`, the ARN of a symmetric KMS key. Needed with either.
  EOT
  type = object({
    pre_token_generation = optional(object({ arn = string, version = optional(string, "V1_0") }))
    pre_authentication   = optional(object({ arn = string }))
    user_migration       = optional(object({ arn = string }))
    custom_sms_sender    = optional(object({ arn = string }))
    custom_email_sender  = optional(object({ arn = string }))
    kms_key_id           = optional(string)
  })
  default  = {}
  nullable = false

  validation {
    condition = alltrue([
      for name in ["pre_token_generation", "pre_authentication", "user_migration", "custom_sms_sender", "custom_email_sender"] :
      var.lambda_triggers[name] == null ? true : can(regex(
        "^arn:[a-z0-9-]+:lambda:[a-z0-9-]+:[0-9]{12}:function:[A-Za-z0-9_-]+(:[A-Za-z0-9_-]*[A-Za-z_-][A-Za-z0-9_-]*)?$", var.lambda_triggers[name].arn
      ))
    ])
    error_message = "lambda_triggers[*].arn must be the ARN of a Lambda function or of its alias (Cognito takes no version), for example aws_lambda_function.claims.arn: \"arn:aws:lambda:<region>:<account>:function:<name>\"."
  }

  validation {
    condition     = contains(["V1_0", "V2_0", "V3_0"], try(var.lambda_triggers.pre_token_generation.version, "V1_0"))
    error_message = "lambda_triggers.pre_token_generation.version must be \"V1_0\" (the default), \"V2_0\" or \"V3_0\"."
  }

  validation {
    condition     = try(var.lambda_triggers.pre_token_generation.version, "V1_0") == "V1_0" || var.user_pool_tier != "LITE"
    error_message = "lambda_triggers.pre_token_generation.version is \"${try(var.lambda_triggers.pre_token_generation.version, "")}\", and user_pool_tier = \"LITE\" has V1_0 only: set user_pool_tier = \"ESSENTIALS\" (or \"PLUS\"), or leave version out."
  }

  validation {
    condition = var.lambda_triggers.custom_sms_sender == null && var.lambda_triggers.custom_email_sender == null ? (
      var.lambda_triggers.kms_key_id == null
    ) : var.lambda_triggers.kms_key_id != null
    error_message = "lambda_triggers.kms_key_id belongs to custom_sms_sender and custom_email_sender: Cognito encrypts under it the codes that it hands to them. Set it with either of them, and leave it out without."
  }

  validation {
    condition     = var.lambda_triggers.kms_key_id == null ? true : can(regex("^arn:[a-z0-9-]+:kms:[a-z0-9-]+:[0-9]{12}:key/.+$", var.lambda_triggers.kms_key_id))
    error_message = "lambda_triggers.kms_key_id must be the ARN of a symmetric KMS key (not its id, not an alias): for example aws_kms_key.messages.arn."
  }
}

################################################################################
# The User table
################################################################################

variable "user_table" {
  description = <<-EOT
    The table with one row per user, for the application to read and add to. See docs/user-table.md.
    - `create`: false: the rows go to a table that you have, `name`, in the pool's region and account.
    - `name`: left out: `<name>-users`. Cannot be changed later.
    - `key_name`: the table's key, a string, which holds the Cognito `sub`. Cannot be changed later.
    - `create_row_on`: `sign_up`, or `activation` (the first right code).
    - `attribute_map`: what the row's fields are called, or null for a field to leave out. Keys are `username`, `status`, `created_at`,
      `updated_at`, `last_sign_in_at`, `email` and `phone_number` (each under its own name unless named here), `owner` (Amplify's owner
      rule, `<sub>::<username>`), Cognito's other standard attributes and `custom:<name>`.
    - `constant_attributes`: fields that are the same in each row, e.g. `{ __typename = "User" }`.
    - `indexes`: keys of `attribute_map` to find rows by, e.g. `["email"]` makes the index `by_email`. Each costs a write more per write.
    - `stream`: `KEYS_ONLY`, `NEW_IMAGE`, `OLD_IMAGE` or `NEW_AND_OLD_IMAGES`; left out: no stream.
    - `point_in_time_recovery`: continuous backups of 35 days.
    - `track_sign_ins`: keep `last_sign_in_at`.
  EOT
  type = object({
    create                 = optional(bool, true)
    name                   = optional(string)
    key_name               = optional(string, "id")
    create_row_on          = optional(string, "sign_up")
    attribute_map          = optional(map(string), {})
    constant_attributes    = optional(map(string), {})
    indexes                = optional(set(string), [])
    stream                 = optional(string)
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
    condition     = var.user_table.create ? true : var.user_table.name != null
    error_message = "user_table.create is false, so user_table.name must say which table the rows go to: set user_table.name to the name of your table, or leave user_table.create out."
  }

  validation {
    condition     = can(regex("^[A-Za-z0-9_.-]{1,250}$", var.user_table.key_name))
    error_message = "user_table.key_name must be 1 to 250 letters, digits, \"_\", \".\" and \"-\": \"id\" is the default."
  }

  validation {
    condition     = contains(["sign_up", "activation"], var.user_table.create_row_on)
    error_message = "user_table.create_row_on must be \"sign_up\" (the default) or \"activation\"."
  }

  validation {
    condition = alltrue([
      for field in keys(var.user_table.attribute_map) :
      contains(local.row_sources, field) || can(regex("^custom:.{1,20}$", field))
    ])
    error_message = "user_table.attribute_map can only have these keys: username, status, created_at, updated_at, last_sign_in_at, owner, Cognito's standard attributes (for example email, phone_number, name, locale) and \"custom:<name>\". Not one of them: ${join(", ", [for field in keys(var.user_table.attribute_map) : field if !contains(local.row_sources, field) && !can(regex("^custom:.{1,20}$", field))])}."
  }

  validation {
    condition = alltrue([
      for name in concat(values(var.user_table.attribute_map), keys(var.user_table.constant_attributes)) :
      name == null || can(regex("^[A-Za-z0-9_.-]{1,250}$", name))
    ])
    error_message = "user_table.attribute_map and user_table.constant_attributes must name the row's fields with 1 to 250 letters, digits, \"_\", \".\" and \"-\" each (null leaves a field out). Not such a name: ${join(", ", [for name in concat(values(var.user_table.attribute_map), keys(var.user_table.constant_attributes)) : "\"${name}\"" if name != null && !can(regex("^[A-Za-z0-9_.-]{1,250}$", name))])}."
  }

  validation {
    condition = alltrue([
      for fields in values({ for field, name in merge(local.row_defaults, var.user_table.attribute_map) : name => field... if name != null }) : length(fields) == 1
    ])
    error_message = "user_table.attribute_map gives one name to two fields, of which only one could be kept: ${join("; ", [for name, fields in { for field, name in merge(local.row_defaults, var.user_table.attribute_map) : name => field... if name != null } : "\"${name}\" is ${join(" and ", fields)}" if length(fields) > 1])}. Give one of them another name, or null to leave it out."
  }

  validation {
    condition     = !contains(concat(values(merge(local.row_defaults, var.user_table.attribute_map)), keys(var.user_table.constant_attributes)), var.user_table.key_name)
    error_message = "user_table.key_name (\"${var.user_table.key_name}\") is the table's key and holds the Cognito sub, so no field can have that name: give ${join(", ", concat([for field, name in merge(local.row_defaults, var.user_table.attribute_map) : "user_table.attribute_map[\"${field}\"]" if name == var.user_table.key_name], [for name in keys(var.user_table.constant_attributes) : "user_table.constant_attributes[\"${name}\"]" if name == var.user_table.key_name]))} another name, or leave it out."
  }

  validation {
    condition     = alltrue([for name in keys(var.user_table.constant_attributes) : !contains(values(merge(local.row_defaults, var.user_table.attribute_map)), name)])
    error_message = "user_table.constant_attributes has names that the row's fields have: ${join(", ", [for field, name in merge(local.row_defaults, var.user_table.attribute_map) : "\"${name}\" is ${field}" if name != null && contains(keys(var.user_table.constant_attributes), coalesce(name, "-"))])}. Choose another name for the constant, or one for the field in user_table.attribute_map."
  }

  validation {
    condition     = alltrue([for value in values(var.user_table.constant_attributes) : value != null])
    error_message = "user_table.constant_attributes must have a text for each key: set one, or take the key out."
  }

  validation {
    condition     = length(setsubtract(["status", "created_at", "updated_at"], [for field, name in var.user_table.attribute_map : field if name == null])) > 0
    error_message = "user_table.attribute_map leaves out status, created_at and updated_at, and one of them must stay: it tells a row that the module has written from one that it has not."
  }

  validation {
    condition     = alltrue([for field in var.user_table.indexes : lookup(merge(local.row_defaults, var.user_table.attribute_map), field, null) != null])
    error_message = "user_table.indexes can only hold fields that the row has, as the keys of user_table.attribute_map call them, for example \"email\" or \"phone_number\". Not one of them: ${join(", ", [for field in var.user_table.indexes : field if lookup(merge(local.row_defaults, var.user_table.attribute_map), field, null) == null])}. Add it to user_table.attribute_map, or take it out."
  }

  validation {
    condition     = length(var.user_table.indexes) <= 20
    error_message = "user_table.indexes must not hold more than 20 fields: a DynamoDB table has no more indexes."
  }

  validation {
    condition     = var.user_table.stream == null ? true : contains(["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"], var.user_table.stream)
    error_message = "user_table.stream must be \"KEYS_ONLY\", \"NEW_IMAGE\", \"OLD_IMAGE\" or \"NEW_AND_OLD_IMAGES\". Leave it out for no stream."
  }
}

################################################################################
# The functions
################################################################################

variable "maintenance" {
  description = <<-EOT
    What runs on schedule; docs/maintenance.md says what it does and what it costs.
    - `reap_schedule`: when accounts that never answered a code are removed, e.g. `rate(1 day)`. `""`: never.
    - `reconcile_schedule`: how often `reconcile` goes on where it was, at least once an hour, e.g. `rate(15 minutes)`. `""`: never.
    - `reconcile_interval_hours`: from the beginning of a walk over all users to that of the next.
    - `list_users_per_second`: calls to the pool that it may make, 1 to 30. The account has 30 a second, for all its pools.
    - `deletions_from_cloudtrail`: hear at once of deleted and disabled users. Needs a CloudTrail trail that records management events.
  EOT
  type = object({
    reap_schedule             = optional(string, "rate(1 day)")
    reconcile_schedule        = optional(string, "rate(15 minutes)")
    reconcile_interval_hours  = optional(number, 24)
    list_users_per_second     = optional(number, 5)
    deletions_from_cloudtrail = optional(bool, false)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.maintenance.reap_schedule == "" || can(regex("^(rate\\([1-9][0-9]* (minute|hour|day)s?\\)|cron\\([^()]+\\))$", var.maintenance.reap_schedule))
    error_message = "maintenance.reap_schedule must be a rate or a cron expression, for example \"rate(1 day)\" or \"cron(0 3 * * ? *)\"; \"\" for none."
  }

  validation {
    # A page's token lives an hour: a walk that rested longer would have to begin again, each time.
    condition     = var.maintenance.reconcile_schedule == "" || can(regex("^rate\\((1 minute|[2-9] minutes|[1-5][0-9] minutes|60 minutes|1 hour)\\)$", var.maintenance.reconcile_schedule))
    error_message = "maintenance.reconcile_schedule must be a rate of at least once an hour (\"rate(15 minutes)\" is the default), \"\" for none: a walk that takes several turns would begin again at each that comes later. How often all users are looked at is maintenance.reconcile_interval_hours."
  }

  validation {
    condition     = var.maintenance.reconcile_interval_hours >= 1 && var.maintenance.reconcile_interval_hours <= 720 && floor(var.maintenance.reconcile_interval_hours) == var.maintenance.reconcile_interval_hours
    error_message = "maintenance.reconcile_interval_hours must be a whole number from 1 to 720: 24 is the default."
  }

  validation {
    condition     = var.maintenance.list_users_per_second >= 1 && var.maintenance.list_users_per_second <= 30
    error_message = "maintenance.list_users_per_second must be from 1 to 30, which is all that the account has: 5 is the default."
  }
}

variable "monitoring" {
  description = <<-EOT
    Metrics, dashboard and alarms; docs/monitoring.md says what each alarm means, docs/costs.md what they cost. Without dashboard and alarms nothing is counted.
    - `dashboard`: make the CloudWatch dashboard.
    - `alarms`: make alarms, which tell `sns_topic_arn` when they go off and when they are over. The rest are thresholds; 0: no such alarm.
      - `delivery_failures`: codes in five minutes that did not go out.
      - `conversion_percent`: of the codes sent in an hour, those typed in; below it is the alarm. An hour with fewer than `conversion_min_sent` codes says nothing.
      - `pumping`: decisions of the pumping guard in an hour.
      - `errors`: failures of the functions in five minutes.
      - `duration_ms`: how long `sign_up` and `sign_in` take; Cognito waits 5000 ms.
      - `function_throttles`, `cognito_throttles`: calls that Lambda or Cognito refused in five minutes because a quota was used up.
      - `claim_conflicts`: identifiers in a day that two accounts have verified.
      - `drift`: differences in a day between pool and tables.
  EOT
  type = object({
    dashboard = optional(bool, true)
    alarms = optional(object({
      sns_topic_arn       = string
      delivery_failures   = optional(number, 5)
      conversion_percent  = optional(number, 40)
      conversion_min_sent = optional(number, 20)
      pumping             = optional(number, 5)
      errors              = optional(number, 5)
      duration_ms         = optional(number, 4000)
      function_throttles  = optional(number, 1)
      cognito_throttles   = optional(number, 1)
      claim_conflicts     = optional(number, 1)
      drift               = optional(number, 50)
    }))
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.monitoring.alarms == null ? true : can(regex("^arn:[^:]+:sns:[^:]+:[0-9]{12}:.+$", var.monitoring.alarms.sns_topic_arn))
    error_message = "monitoring.alarms.sns_topic_arn must be the ARN of an SNS topic, for example aws_sns_topic.alarms.arn; leave monitoring.alarms out for no alarms."
  }

  validation {
    condition = var.monitoring.alarms == null ? true : alltrue([
      for name, threshold in var.monitoring.alarms : name == "sns_topic_arn" ? true : threshold >= 0 && floor(threshold) == threshold
    ])
    error_message = "Each threshold of monitoring.alarms must be a whole number from 0 on; 0: no such alarm. Leave it out for its default."
  }

  validation {
    condition     = var.monitoring.alarms == null ? true : var.monitoring.alarms.conversion_percent <= 100 && var.monitoring.alarms.conversion_min_sent >= 1
    error_message = "monitoring.alarms.conversion_percent must be from 0 to 100 (40 is the default; 0: no such alarm), and conversion_min_sent at least 1 (20 is the default)."
  }

  validation {
    condition     = var.monitoring.alarms == null ? true : var.monitoring.alarms.duration_ms < 5000
    error_message = "monitoring.alarms.duration_ms must be less than the 5000 ms that Cognito waits: 4000 is the default; 0: no such alarm."
  }
}

variable "lambda" {
  description = <<-EOT
    Settings of all functions.
    - `runtime`: `python3.11`, `python3.12` or `python3.13`.
    - `architecture`: `arm64` or `x86_64`.
    - `memory_size`: MB, 256 to 10240. Less memory is less processor: Cognito waits 5 seconds for a trigger.
    - `log_retention_in_days`: one of CloudWatch's periods.
    - `application_log_level`: `TRACE`, `DEBUG`, `INFO`, `WARN`, `ERROR` or `FATAL`.
    - `vpc_config`: the subnets and security groups of a VPC to run in, which must lead to the services that the functions call.
    - `layers`: ARNs of layer versions, at most 5.
    - `environment`: further variables, for layers and extensions; the module's own cannot be set.
    - `snap_start`: start from snapshots, behind an alias `live`. Costs money; docs/functions.md says how much, and what to know before.
    - `functions`: the same for one of `sign_up`, `sign_in`, `delivery` and `maintenance`: `memory_size` and `layers` instead of those above,
      `environment` on top of it, and `reserved_concurrent_executions`, which is also a limit.
  EOT
  type = object({
    runtime               = optional(string, "python3.13")
    architecture          = optional(string, "arm64")
    memory_size           = optional(number, 512)
    log_retention_in_days = optional(number, 30)
    application_log_level = optional(string, "INFO")
    vpc_config = optional(object({
      subnet_ids                  = set(string)
      security_group_ids          = set(string)
      ipv6_allowed_for_dual_stack = optional(bool, false)
    }))
    layers      = optional(list(string), [])
    environment = optional(map(string), {})
    snap_start  = optional(bool, false)
    functions = optional(map(object({
      memory_size                    = optional(number)
      layers                         = optional(list(string))
      environment                    = optional(map(string), {})
      reserved_concurrent_executions = optional(number)
    })), {})
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
    condition = alltrue([
      for size in concat([var.lambda.memory_size], [for settings in values(var.lambda.functions) : settings.memory_size if settings.memory_size != null]) :
      size >= 256 && size <= 10240 && floor(size) == size
    ])
    error_message = "lambda.memory_size, and that of each of lambda.functions, must be a whole number of MB from 256 to 10240: 512 is the default. With less, a cold start can outlast the 5 seconds that Cognito waits."
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

  validation {
    condition     = var.lambda.vpc_config == null ? true : length(var.lambda.vpc_config.subnet_ids) > 0 && length(var.lambda.vpc_config.security_group_ids) > 0
    error_message = "lambda.vpc_config must have at least one of subnet_ids and one of security_group_ids. Leave vpc_config out to run outside of a VPC."
  }

  validation {
    condition = alltrue([
      for layers in concat([var.lambda.layers], [for settings in values(var.lambda.functions) : settings.layers if settings.layers != null]) :
      length(layers) <= 5 && alltrue([for arn in layers : can(regex("^arn:[^:]+:lambda:[^:]+:[0-9]{12}:layer:[^:]+:[0-9]+$", arn))])
    ])
    error_message = "lambda.layers, and that of each of lambda.functions, must hold at most 5 ARNs of layer versions, which end in a number: for example \"arn:aws:lambda:eu-west-1:123456789012:layer:tracing:7\"."
  }

  validation {
    condition = alltrue(flatten([
      for variables in concat([var.lambda.environment], [for settings in values(var.lambda.functions) : settings.environment]) : [
        for name in keys(variables) : can(regex("^[A-Za-z][A-Za-z0-9_]+$", name)) && !can(regex("^(AWS_(REGION|DEFAULT_REGION|EXECUTION_ENV|ACCESS_KEY|ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN)|AWS_LAMBDA_(FUNCTION|INITIALIZATION|LOG|RUNTIME)_.*|LAMBDA_(TASK_ROOT|RUNTIME_DIR))$", name))
      ]
    ]))
    error_message = "lambda.environment, and that of each of lambda.functions, must have names of letters, digits and \"_\" that begin with a letter, and none that Lambda sets itself (AWS_REGION, AWS_ACCESS_KEY_ID, AWS_LAMBDA_FUNCTION_NAME ...): choose another name."
  }

  validation {
    condition = alltrue(flatten([
      for variables in concat([var.lambda.environment], [for settings in values(var.lambda.functions) : settings.environment]) : [
        for value in values(variables) : value != null
      ]
    ]))
    error_message = "lambda.environment, and that of each of lambda.functions, must have a text for each name: set one, or take the name out."
  }

  validation {
    condition     = !var.lambda.snap_start || var.lambda.runtime != "python3.11"
    error_message = "lambda.snap_start needs lambda.runtime = \"python3.12\" or \"python3.13\" (the default)."
  }

  validation {
    condition     = length(setsubtract(keys(var.lambda.functions), ["sign_up", "sign_in", "delivery", "maintenance"])) == 0
    error_message = "lambda.functions can only have the keys sign_up, sign_in, delivery and maintenance. Not one of them: ${join(", ", setsubtract(keys(var.lambda.functions), ["sign_up", "sign_in", "delivery", "maintenance"]))}."
  }

  validation {
    condition = alltrue([
      for number in [for settings in values(var.lambda.functions) : settings.reserved_concurrent_executions if settings.reserved_concurrent_executions != null] :
      number >= 1 && floor(number) == number
    ])
    error_message = "lambda.functions: reserved_concurrent_executions must be a whole number from 1 up. Leave it out to reserve nothing; 0 would switch the function off."
  }
}

variable "lambda_package" {
  description = <<-EOT
    A copy of the package of your own instead of the one in the module: from a mirror, or signed. It must be the package of this version of the module.
    - `filename`: path of the zip; or `s3_bucket`, `s3_key` and, for a bucket with versions, `s3_object_version`.
    - `source_code_hash`: base64 of its SHA-256: how a change is noticed. Left out with `filename`, the file's own is taken.
    - `code_signing_config_arn`: Lambda takes only code that is signed as this configuration asks.
  EOT
  type = object({
    filename                = optional(string)
    s3_bucket               = optional(string)
    s3_key                  = optional(string)
    s3_object_version       = optional(string)
    source_code_hash        = optional(string)
    code_signing_config_arn = optional(string)
  })
  default = null

  validation {
    condition     = var.lambda_package == null ? true : (var.lambda_package.filename == null) != (var.lambda_package.s3_bucket == null)
    error_message = "lambda_package must have either filename or s3_bucket: the one for a zip on disk, the other (with s3_key) for one in S3. Leave lambda_package out for the module's own."
  }

  validation {
    condition = var.lambda_package == null ? true : (
      var.lambda_package.s3_bucket == null
      ? var.lambda_package.s3_key == null && var.lambda_package.s3_object_version == null
      : var.lambda_package.s3_key != null
    )
    error_message = "lambda_package.s3_bucket and lambda_package.s3_key go together, and s3_object_version is of no use without them: set both, or set filename alone."
  }
}

################################################################################
# What an organisation asks of roles and encryption
################################################################################

variable "permissions_boundary" {
  description = "ARN of the policy that bounds the permissions of every role of the module."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary == null ? true : can(regex("^arn:[^:]+:iam::([0-9]{12}|aws):policy/.+$", var.permissions_boundary))
    error_message = "permissions_boundary must be a policy's ARN, for example \"arn:aws:iam::123456789012:policy/boundary\". Leave it out for none."
  }
}

variable "iam_role_path" {
  description = "Path of every role of the module. Changing it makes the roles anew: sign-ups and sign-ins are refused until the apply is over."
  type        = string
  default     = "/"
  nullable    = false

  validation {
    condition     = can(regex("^/([!-~]+/)*$", var.iam_role_path)) && length(var.iam_role_path) <= 512
    error_message = "iam_role_path must begin and end with \"/\" and have no spaces, at most 512 characters: for example \"/identity/\". Leave it out for \"/\"."
  }
}

variable "kms_key_arn" {
  description = <<-EOT
    ARN of a symmetric KMS key of yours for the tables, the functions' log groups, environments and snapshots. Left out: AWS's own keys.
    Its key policy must let CloudWatch Logs use it; docs/functions.md has the policy. What depends on this module must not be in the key.
    Do not take it out again before the tables are off it: they keep it, and the roles lose it.
  EOT
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null ? true : can(regex("^arn:[^:]+:kms:[^:]+:[0-9]{12}:key/.+$", var.kms_key_arn))
    error_message = "kms_key_arn must be a key's ARN and not an alias, for example \"arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555\". Leave it out for AWS's own keys."
  }
}
