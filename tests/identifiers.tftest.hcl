# The identifier styles, the channels that fit them, and the SMS role, which is there only for phone numbers.

mock_provider "aws" {
  source = "./tests/mocks"
}

# Runs share a state, so each pool is another generation.
variables {
  name  = "shop"
  email = { from = "Shop <login@mail.example.com>", identity_arn = "arn:aws:ses:eu-central-1:123456789012:identity/example.com" }
}

run "email_as_username" {
  variables {
    pool_generation     = 2
    username_attributes = ["email"]
  }

  assert {
    condition = (
      aws_cognito_user_pool.this[0].username_attributes == toset(["email"])
      && aws_cognito_user_pool.this[0].alias_attributes == null
      && aws_cognito_user_pool.this[0].auto_verified_attributes == toset(["email"])
      && output.settings.delivery.channels == tolist(["email"])
    )
    error_message = "Codes go to the e-mail address that is the username."
  }

  assert {
    condition = (
      length(aws_iam_role.sms) == 0 && length(aws_iam_role_policy.sms) == 0
      && length(aws_cognito_user_pool.this[0].sms_configuration) == 0 && output.sms_role_arn == null
    )
    error_message = "Without phone numbers there is no SMS role."
  }
}

run "either_as_username" {
  variables {
    pool_generation     = 3
    username_attributes = ["phone_number", "email"]
    delivery            = { channels = ["email", "sms"] }
  }

  assert {
    condition = (
      aws_cognito_user_pool.this[0].username_attributes == toset(["email", "phone_number"])
      && aws_cognito_user_pool.this[0].auto_verified_attributes == toset(["email", "phone_number"])
      && aws_lambda_function.this["sign_in"].environment[0].variables["CHANNELS"] == "email,sms"
      && aws_lambda_function.this["sign_in"].environment[0].variables["USERNAME_ATTRIBUTES"] == "email,phone_number"
    )
    error_message = "Channels keep their order, attributes are sorted."
  }
}

run "aliases" {
  variables {
    pool_generation  = 4
    alias_attributes = ["phone_number", "email"]
    email            = {}
  }

  assert {
    condition = (
      aws_cognito_user_pool.this[0].username_attributes == null
      && aws_cognito_user_pool.this[0].alias_attributes == toset(["email", "phone_number"])
      && aws_cognito_user_pool.this[0].auto_verified_attributes == toset(["email", "phone_number"])
      && one(aws_cognito_user_pool.this[0].user_attribute_update_settings).attributes_require_verification_before_update == toset(["email", "phone_number"])
      && output.settings.delivery.channels == tolist(["sms"])
    )
    error_message = "Usernames with aliases, codes by SMS."
  }

  assert {
    condition     = !contains(aws_cognito_user_pool_client.this["app"].write_attributes, "preferred_username")
    error_message = "preferred_username is writable only as an alias."
  }
}

run "email_alias" {
  variables {
    pool_generation  = 5
    alias_attributes = ["email", "preferred_username"]
  }

  assert {
    condition = (
      output.settings.delivery.channels == tolist(["email"])
      && aws_cognito_user_pool.this[0].auto_verified_attributes == toset(["email"])
      && length(aws_iam_role.sms) == 0
      && contains(aws_cognito_user_pool_client.this["app"].write_attributes, "preferred_username")
    )
    error_message = "An e-mail alias alone gets its codes by e-mail; preferred_username needs no verification but has to be writable."
  }
}

run "plain_usernames" {
  variables {
    pool_generation     = 6
    username_attributes = []
    email               = {}
  }

  assert {
    condition = (
      aws_cognito_user_pool.this[0].username_attributes == null
      && aws_cognito_user_pool.this[0].alias_attributes == null
      && output.settings.delivery.channels == tolist(["sms"])
      && aws_cognito_user_pool.this[0].auto_verified_attributes == toset(["phone_number"])
      && !contains(keys(aws_lambda_function.this["sign_in"].environment[0].variables), "USERNAME_ATTRIBUTES")
      && !contains(keys(aws_lambda_function.this["sign_in"].environment[0].variables), "ALIAS_ATTRIBUTES")
    )
    error_message = "Plain usernames: null attributes, codes by SMS to a number that is verified before it changes."
  }
}

run "plain_usernames_the_other_way" {
  variables {
    pool_generation  = 7
    alias_attributes = []
    delivery         = { channels = ["email"] }
  }

  assert {
    condition = (
      aws_cognito_user_pool.this[0].username_attributes == null
      && aws_cognito_user_pool.this[0].alias_attributes == null
      && length(aws_iam_role.sms) == 0
    )
    error_message = "An empty list of either means plain usernames; by e-mail they need no SMS role."
  }
}

run "a_setting_without_its_channel" {
  command = plan

  variables {
    pool_generation = 8
    sms             = { sender_id = "SHOP" }
    delivery        = { channels = ["email"] }

    username_attributes = ["email"]
  }

  expect_failures = [check.settings_without_a_channel]
}
