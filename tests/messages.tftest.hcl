# The words of messages: what is refused, what is warned of, how SMS are counted and where the caller's words go.
#
# default_locale is checked against messages, so a mistake in messages hides one in delivery; sms is checked for itself.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  name = "shop"
}

run "shipped" {
  assert {
    condition     = length(aws_dynamodb_table_item.configuration) == 0 && output.settings.messages == {}
    error_message = "Without words of the caller's there is no item."
  }

  # 123456 is your shop code. It expires in 5 min. Do not share it with anyone.
  assert {
    condition     = output.settings.sms_segments["en"] == { encoding = "GSM-7", units = 75, segments = 1 }
    error_message = jsonencode(output.settings.sms_segments["en"])
  }

  assert {
    condition = (
      output.settings.sms_segments["ru"].encoding == "UCS-2"
      && keys(output.settings.sms_segments) == keys(jsondecode(file("./lambda_src/cognito_otp/messages.json")))
    )
    error_message = jsonencode(output.settings.sms_segments)
  }

  assert {
    condition     = output.settings.delivery.app_name == "shop" && output.settings.delivery.default_locale == "en"
    error_message = jsonencode(output.settings.delivery)
  }
}

run "words_of_ones_own" {
  variables {
    delivery = { app_name = "My Shop", default_locale = "de-AT" }
    sms      = { web_otp_domain = "login.shop.example", android_app_hash = "FA+9qCX9VSu" }
    messages = {
      de-AT = {
        sms = <<-EOT
          {code} [{app_name}]
        EOT
      }
      fr = { email_subject = "Code", email_html = "<style>p{color:red} .{ }</style><p>{code}</p>" }
    }
  }

  assert {
    condition = jsondecode(aws_dynamodb_table_item.configuration["messages"].item) == {
      pk = { S = "config#messages" }
      settings = {
        S = jsonencode({
          de-AT = { sms = "{code} [{app_name}]" }
          fr    = { email_subject = "Code", email_html = "<style>p{color:red} .{ }</style><p>{code}</p>" }
        })
      }
    }
    error_message = aws_dynamodb_table_item.configuration["messages"].item
  }

  assert {
    condition     = aws_dynamodb_table_item.configuration["messages"].table_name == "shop-auth-state" && aws_dynamodb_table_item.configuration["messages"].hash_key == "pk"
    error_message = "The item stands in the auth-state table."
  }

  assert {
    condition     = aws_lambda_function.this["delivery"].environment[0].variables["MESSAGES_HASH"] == sha256(jsondecode(aws_dynamodb_table_item.configuration["messages"].item).settings.S)
    error_message = "MESSAGES_HASH is that of the words."
  }

  # "123456 [My Shop]" with two brackets that count twice, a line of 11 and one of 27, and a line break before each.
  assert {
    condition     = output.settings.sms_segments["de-AT"] == { encoding = "GSM-7", units = 16 + 2 + 12 + 28, segments = 1 }
    error_message = jsonencode(output.settings.sms_segments["de-AT"])
  }

  assert {
    condition     = output.settings.messages == { de-AT = ["sms"], fr = ["email_html", "email_subject"] } && output.settings.sms_segments["fr"].segments == 1
    error_message = jsonencode(output.settings.messages)
  }
}

run "a_change_of_words_starts_new_environments" {
  command = plan

  variables {
    messages = { de = { sms = "{code} ist der Code." } }
  }

  assert {
    condition     = aws_lambda_function.this["delivery"].environment[0].variables["MESSAGES_HASH"] == sha256(jsonencode({ de = { sms = "{code} ist der Code." } }))
    error_message = "MESSAGES_HASH follows the words."
  }
}

run "a_long_sms" {
  command = plan

  variables {
    # Four Cyrillic letters in 68 characters: two too many with a code of six.
    messages = { sr = { sms = "{code} kod ${join("", [for _ in range(55) : "x"])} Срби" } }
  }

  assert {
    condition     = output.settings.sms_segments["sr"] == { encoding = "UCS-2", units = 71, segments = 2 }
    error_message = jsonencode(output.settings.sms_segments["sr"])
  }

  expect_failures = [check.sms_segments]
}

run "a_long_name_in_the_default_language" {
  command = plan

  variables {
    delivery = { app_name = "Общество любителей длинных названий", default_locale = "ru" }
  }

  expect_failures = [check.sms_segments]
}

# Its reader is somebody whom the caller may not have: no warning.
run "a_long_name_in_another_language" {
  command = plan

  variables {
    delivery = { app_name = "Society of Friends of Long Names", default_locale = "en" }
  }

  assert {
    condition     = output.settings.sms_segments["hi"].segments == 2
    error_message = jsonencode(output.settings.sms_segments["hi"])
  }
}

run "no_sms" {
  command = plan

  variables {
    alias_attributes = ["email"]
    pool_generation  = 2
    delivery         = { channels = ["email"], default_locale = "tlh" }
    email            = { from = "a@example.com", identity_arn = "arn:aws:ses:eu-central-1:123456789012:identity/example.com" }
    messages         = { tlh = { sms = join("", [for _ in range(40) : "{code}"]), email_subject = "ngoq\n", email_text = "{code}" } }
  }

  assert {
    condition     = output.settings.sms_segments == {}
    error_message = "Without the channel nothing is counted."
  }
}

# 120,000 characters, but 360,000 bytes.
run "too_many_bytes" {
  command = plan

  variables {
    messages = { de = { email_html = "{code}${join("", [for _ in range(400) : join("", [for _ in range(300) : "€"])])}" } }
  }

  expect_failures = [aws_dynamodb_table_item.configuration["messages"]]
}

################################################################################
# Refused
################################################################################

run "an_underscore" {
  command = plan

  variables {
    messages = { de_AT = { sms = "{code}" } }
    sms      = { web_otp_domain = "https://example.com" }
  }

  expect_failures = [var.messages, var.sms]
}

run "another_case" {
  command = plan

  variables {
    messages = { de-at = { sms = "{code}" } }
    sms      = { web_otp_domain = "Example.com" }
  }

  expect_failures = [var.messages, var.sms]
}

run "an_empty_object" {
  command = plan

  variables {
    messages = { de = {} }
    sms      = { web_otp_domain = "example.com:443" }
  }

  expect_failures = [var.messages, var.sms]
}

run "null" {
  command = plan

  variables {
    messages = { de = null }
    sms      = { web_otp_domain = "localhost" }
  }

  expect_failures = [var.messages, var.sms]
}

run "no_code_in_the_sms" {
  command = plan

  variables {
    messages = { de = { sms = "{minutes}" } }
    sms      = { android_app_hash = "FA+9qCX9VS" }
  }

  expect_failures = [var.messages, var.sms]
}

run "no_code_in_the_text" {
  command = plan

  variables {
    messages = { de = { sms = "{code}", email_text = "{ code }" } }
    sms      = { android_app_hash = "FA-9qCX9VSu" }
  }

  expect_failures = [var.messages, var.sms]
}

run "no_code_in_the_html" {
  command = plan

  variables {
    messages = { de = { email_html = "<p>code</p>" } }
  }

  expect_failures = [var.messages]
}

run "an_unknown_placeholder" {
  command = plan

  variables {
    messages = { de = { sms = "{code} {name}" } }
  }

  expect_failures = [var.messages]
}

run "an_unknown_placeholder_in_a_subject" {
  command = plan

  variables {
    messages = { de = { email_subject = "{Code} {user_name}" } }
  }

  expect_failures = [var.messages]
}

run "a_subject_of_two_lines" {
  command = plan

  variables {
    messages = { de = { email_subject = "a\nb" } }
  }

  expect_failures = [var.messages]
}

run "an_empty_subject" {
  command = plan

  variables {
    messages = { de = { email_subject = " " } }
  }

  expect_failures = [var.messages]
}

run "a_name_of_two_lines" {
  command = plan

  variables {
    delivery = { app_name = "a\nb" }
  }

  expect_failures = [var.delivery]
}

run "a_name_that_ends_with_a_space" {
  command = plan

  variables {
    delivery = { app_name = "shop " }
  }

  expect_failures = [var.delivery]
}

run "an_unknown_default_locale" {
  command = plan

  variables {
    delivery = { default_locale = "tlh" }
  }

  expect_failures = [var.delivery]
}

run "a_default_locale_without_words_for_its_channels" {
  command = plan

  variables {
    delivery = { default_locale = "tlh", channels = ["sms", "email"] }
    email    = { from = "a@example.com", identity_arn = "arn:aws:ses:eu-central-1:123456789012:identity/example.com" }
    messages = { tlh = { sms = "{code}", email_text = "{code}" } }
  }

  expect_failures = [var.delivery]
}
