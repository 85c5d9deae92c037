# The words of messages: what is shipped, what the caller writes instead, and how many SMS it comes to.

locals {
  # Beside the code that reads them too. Every language has sms, email_subject and email_text.
  shipped_messages = jsondecode(file("${path.module}/lambda_src/cognito_otp/messages.json"))
  message_parts    = { sms = ["sms"], email = ["email_subject", "email_text"] }

  # What a heredoc ends with is not meant.
  message_overrides = {
    for locale, message in var.messages : locale => { for part, text in message : part => chomp(text) if text != null }
    if message != null
  }

  app_name = coalesce(var.delivery.app_name, var.name)

  ##############################################################################
  # The size of each SMS, with a code and a lifetime of full length: lambda_src/cognito_otp/sms_segments.py, in the plan.
  ##############################################################################

  # A language whose override leaves out sms is not here: what its readers get stands under another tag.
  sms_templates = merge(
    { for locale, message in local.shipped_messages : locale => message.sms },
    { for locale, message in local.message_overrides : locale => message.sms if can(message.sms) },
  )

  longest_code = join("", [for _ in range(var.otp.length) : "0"])

  sms_texts = {
    for locale, template in local.sms_templates : locale => join("\n", compact([
      # The name comes last: braces in it are no placeholder.
      replace(replace(replace(template, "{code}", local.longest_code), "{minutes}", floor(var.otp.ttl_seconds / 60)), "{app_name}", local.app_name),
      var.sms.android_app_hash,
      var.sms.web_otp_domain == null ? null : "@${var.sms.web_otp_domain} #${local.longest_code}",
    ])) if contains(local.channels, "sms")
  }

  # 3GPP TS 23.038, section 6.2.1: a character of the extension is sent as two.
  # Inside brackets; the hyphen stands last.
  gsm_basic     = "@£$¥èéùìòÇ\\nØø\\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,./0-9:;<=>?¡A-ZÄÖÑÜ§¿a-zäöñüà-"
  gsm_extension = "\\f^{}\\\\\\[~\\]|€"

  sms_lengths = {
    for locale, text in local.sms_texts : locale => {
      gsm = can(regex("^[${local.gsm_extension}${local.gsm_basic}]*$", text))
      # length() counts what a reader takes for a character; four of base64 are three bytes, and two bytes a unit.
      units    = floor(length(replace(textencodebase64(text, "UTF-16LE"), "=", "")) * 3 / 8)
      extended = length(regexall("[${local.gsm_extension}]", text))
    }
  }

  sms_units = { for locale, size in local.sms_lengths : locale => size.units + (size.gsm ? size.extended : 0) }

  sms_segments = {
    for locale, size in local.sms_lengths : locale => {
      encoding = size.gsm ? "GSM-7" : "UCS-2"
      units    = local.sms_units[locale]
      segments = local.sms_units[locale] <= (size.gsm ? 160 : 70) ? 1 : ceil(local.sms_units[locale] / (size.gsm ? 153 : 67))
    }
  }

  # Those that the caller wrote, and the one that most people may get.
  long_sms = [
    for locale, size in local.sms_segments : "${locale}: ${size.segments} (${size.units} ${size.encoding} units)"
    if size.segments > 1 && (locale == var.delivery.default_locale || can(local.message_overrides[locale].sms))
  ]
}

################################################################################
# Words around Cognito's own codes: lambda_src/cognito_otp/triggers/custom_message.py, in the plan
################################################################################

locals {
  # Those that the caller wrote, and the one that most people may get. What Cognito does not take it gets in its own words.
  cognito_sms = {
    for locale, template in merge(
      { for locale, message in local.shipped_messages : locale => message.lasting_sms if locale == var.delivery.default_locale },
      { for locale, message in local.message_overrides : locale => message.sms if can(message.sms) },
    ) : locale => replace(replace(replace(template, "{code}", "00000000"), "{minutes}", "1440"), "{app_name}", local.app_name)
  }

  too_long_for_cognito = [
    for locale, text in local.cognito_sms : locale if floor(length(replace(textencodebase64(text, "UTF-16LE"), "=", "")) * 3 / 8) > 140
  ]
}

check "cognito_sms" {
  assert {
    condition     = !(local.confirmed_by_code || var.native_otp) || !local.phone_numbers || length(local.too_long_for_cognito) == 0
    error_message = "These languages' SMS are longer than the 140 characters that Cognito takes around a code of its own: ${join(", ", local.too_long_for_cognito)}. Such a code is sent in Cognito's English words: shorten messages[*].sms or delivery.app_name."
  }
}

check "sms_segments" {
  assert {
    condition     = length(local.long_sms) == 0
    error_message = "These languages' SMS take more than one segment, and each segment is billed as a message: ${join(", ", local.long_sms)}. One segment holds 160 units of GSM-7, or 70 if a single character is not in that alphabet. Shorten messages[*].sms or delivery.app_name, or replace the characters; docs/messages.md lists them."
  }
}
