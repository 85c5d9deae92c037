# Every input that cannot work is refused at plan. A run makes one mistake in each of several inputs: it is named after one of them.
#
# Checks that compare inputs wait for those they compare with, so a mistake in one hides those in others: username_attributes before
# delivery, delivery before clients and email, otp before clients, name before user_table.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  name = "shop"
}

run "usernames_and_aliases" {
  command = plan

  variables {
    name                = "my shop"
    sms                 = { origination_number = "0171 5550100" }
    limits              = { resend_after_seconds = 0 }
    lambda              = { runtime = "python3.9" }
    pool_generation     = 0
    password_policy     = { minimum_length = 5 }
    tags                = { "aws:team" = "x" }
    deletion_protection = "true"
    otp                 = { length = 5 }
    username_attributes = ["phone_number"]
    alias_attributes    = ["email"]
  }

  expect_failures = [var.name, var.sms, var.limits, var.lambda, var.pool_generation, var.password_policy, var.tags, var.deletion_protection, var.otp, var.username_attributes]
}

run "no_such_username_attribute" {
  command = plan

  variables {
    name                = "1shop"
    sms                 = { origination_number = "15551234567" }
    limits              = { resend_after_seconds = 60, resend_backoff_max_seconds = 30 }
    lambda              = { architecture = "arm" }
    pool_generation     = 1.5
    password_policy     = { temporary_password_validity_days = 366 }
    otp                 = { length = 11 }
    username_attributes = ["preferred_username"]
  }

  expect_failures = [var.name, var.sms, var.limits, var.lambda, var.pool_generation, var.password_policy, var.otp, var.username_attributes]
}

run "no_such_alias" {
  command = plan

  variables {
    name             = "a-name-of-thirty-seven-characters-abc"
    sms              = { sender_id = "12345" }
    limits           = { resend_backoff_max_seconds = 3601 }
    lambda           = { memory_size = 128 }
    otp              = { ttl_seconds = 601 }
    user_pool_tier   = "BASIC"
    alias_attributes = ["phone"]
  }

  expect_failures = [var.name, var.sms, var.limits, var.lambda, var.otp, var.user_pool_tier, var.alias_attributes]
}

run "no_channel" {
  command = plan

  variables {
    name     = "x"
    sms      = { sender_id = "TWELVELETTER" }
    limits   = { resend_after_seconds = 1.5 }
    lambda   = { log_retention_in_days = 31 }
    otp      = { ttl_seconds = 59 }
    delivery = { channels = [] }
  }

  expect_failures = [var.name, var.sms, var.limits, var.lambda, var.otp, var.delivery]
}

run "no_such_channel" {
  command = plan

  variables {
    user_table = { create_row_on = "confirmation" }
    sms        = { sender_id = "MY SHOP" }
    lambda     = { application_log_level = "info" }
    otp        = { max_attempts = 11 }
    delivery   = { channels = ["sms", "whatsapp"] }
  }

  expect_failures = [var.user_table, var.sms, var.lambda, var.otp, var.delivery]
}

run "the_same_channel_twice" {
  command = plan

  variables {
    user_table = { name = "my users" }
    sms        = { message_type = "transactional" }
    otp        = { max_attempts = 0 }
    delivery   = { channels = ["sms", "sms"] }
  }

  expect_failures = [var.user_table, var.sms, var.otp, var.delivery]
}

run "a_username_that_no_channel_reaches" {
  command = plan

  variables {
    user_table          = { name = "shop-identities" }
    sms                 = { max_price_usd = 0 }
    username_attributes = ["email"]
    delivery            = { channels = ["sms"] }
  }

  expect_failures = [var.user_table, var.sms, var.delivery]
}

run "one_of_two_usernames_that_no_channel_reaches" {
  command = plan

  variables {
    sms                 = { entity_id = "1234567890123456789" }
    username_attributes = ["email", "phone_number"]
  }

  expect_failures = [var.sms, var.delivery]
}

run "session_too_short_for_cognito" {
  command = plan

  variables {
    sms     = { entity_id = "a b", template_id = "c d" }
    email   = { from = "Shop login@example.com" }
    clients = { app = { auth_session_validity = 2 } }
  }

  expect_failures = [var.sms, var.email, var.clients]
}

run "session_too_long" {
  command = plan

  variables {
    sms     = { external_id = "with space" }
    email   = { reply_to = "help" }
    clients = { app = { auth_session_validity = 16 } }
  }

  expect_failures = [var.sms, var.email, var.clients]
}

run "session_shorter_than_a_code" {
  command = plan

  variables {
    sms     = { region = "Frankfurt" }
    email   = { identity_arn = "example.com" }
    clients = { app = { auth_session_validity = 4 } }
  }

  expect_failures = [var.sms, var.email, var.clients]
}

run "token_too_short" {
  command = plan

  variables {
    email   = { from = "login@example.com", identity_arn = "arn:aws:ses:eu-central-1:123456789012:identity/example.org" }
    clients = { app = { access_token_validity = 4 } }
  }

  expect_failures = [var.email, var.clients]
}

run "refresh_token_too_short" {
  command = plan

  variables {
    email   = { configuration_set = "arn:aws:ses:eu-central-1:123456789012:configuration-set/codes" }
    clients = { app = { refresh_token_validity = 0 } }
  }

  expect_failures = [var.email, var.clients]
}

run "email_without_a_sender_and_no_such_attribute" {
  command = plan

  variables {
    username_attributes = ["email"]
    email               = { identity_arn = "arn:aws:ses:eu-central-1:123456789012:identity/example.com" }
    clients             = { app = { write_attributes = ["phone_number", "nick_name"] } }
  }

  expect_failures = [var.email, var.clients]
}

run "email_without_an_identity_and_attribute_that_no_client_may_write" {
  command = plan

  variables {
    username_attributes = ["email"]
    email               = { from = "login@example.com" }
    clients             = { app = { write_attributes = ["phone_number", "phone_number_verified"] } }
  }

  expect_failures = [var.email, var.clients]
}

run "no_attributes" {
  command = plan

  variables {
    clients = { app = { read_attributes = [] } }
  }

  expect_failures = [var.clients]
}

run "client_name" {
  command = plan

  variables {
    clients = { "app!" = {} }
  }

  expect_failures = [var.clients]
}

run "no_client" {
  command = plan

  variables {
    clients = { app = null }
  }

  expect_failures = [var.clients]
}

run "attribute_that_nobody_could_have" {
  command = plan

  variables {
    alias_attributes = ["email"]
    delivery         = { channels = ["sms"] }
    clients          = { app = { write_attributes = ["name"] } }
  }

  expect_failures = [var.clients]
}

run "an_attribute_that_administrators_write" {
  command = plan

  variables {
    alias_attributes = ["email"]
    sign_up          = { self_service = false }
    delivery         = { channels = ["sms"] }
    clients          = { app = { write_attributes = ["email"] } }
  }

  assert {
    condition     = output.settings.delivery.channels == tolist(["sms"])
    error_message = "Administrators give users their phone numbers."
  }
}

# At the edges, and still good.
run "what_is_just_right" {
  command = plan

  variables {
    name             = "a-name-of-thirty-six-characters-abcd"
    alias_attributes = ["email", "phone_number", "preferred_username"]
    delivery         = { channels = ["email", "sms"] }
    otp              = { length = 10, ttl_seconds = 600, max_attempts = 1 }
    limits           = { resend_after_seconds = 3600, resend_backoff_max_seconds = 3600 }
    sms              = { sender_id = "1234567890A", origination_number = "12345", max_price_usd = 0.01 }
    email            = { from = "Shop <Login@Mail.Example.com>", identity_arn = "arn:aws:ses:eu-central-1:123456789012:identity/example.com" }
    schema           = { plan = {} }
    clients          = { "web app" = { auth_session_validity = 10, write_attributes = ["email", "phone_number", "custom:plan"] } }
    lambda           = { runtime = "python3.11", memory_size = 256, log_retention_in_days = 1 }
  }

  assert {
    condition     = length("${var.name}-maintenance-us-isof-south-1") <= 64
    error_message = "The longest name is a role's."
  }

  # It may be meant, but nobody can get a code between the end of one and the end of the cooldown.
  expect_failures = [check.cooldown]
}

run "no_clients" {
  command = plan

  variables {
    clients = {}
  }

  assert {
    condition     = length(output.client_ids) == 0
    error_message = "A pool may get its clients elsewhere."
  }
}

run "legal_and_risky" {
  command = plan

  variables {
    deletion_protection = "INACTIVE"
    otp                 = { show_destination = true }
    fraud               = { mode = "off" }
    clients             = { app = { refresh_token_validity = 366 } }
  }

  expect_failures = [check.deletion_protection, check.risky_choices]
}
