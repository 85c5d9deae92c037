# Attributes of the pool: what Cognito is asked for, and what it would refuse at apply is refused at plan.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  name = "shop"
}

run "none" {
  assert {
    condition     = length(aws_cognito_user_pool.this[0].schema) == 0
    error_message = "A pool has the standard attributes without being asked."
  }
}

run "custom_and_standard_ones" {
  variables {
    schema = {
      plan  = {}
      seats = { attribute_data_type = "Number", min_value = 1, max_value = 500, mutable = false }
      since = { attribute_data_type = "DateTime" }
      nick  = { min_length = 2, max_length = 20 }
      name  = { required = true }

      birthdate = { required = true }
    }
    clients = { app = {}, web = { write_attributes = ["birthdate", "name", "phone_number", "custom:nick"] } }
  }

  assert {
    condition     = contains(aws_cognito_user_pool_client.this["app"].write_attributes, "birthdate")
    error_message = "What is required can be written, or nobody could sign up."
  }

  assert {
    condition = jsonencode({
      for attribute in aws_cognito_user_pool.this[0].schema : attribute.name => [
        attribute.attribute_data_type, attribute.mutable, attribute.required,
        one(attribute.string_attribute_constraints[*].min_length), one(attribute.string_attribute_constraints[*].max_length),
        one(attribute.number_attribute_constraints[*].min_value), one(attribute.number_attribute_constraints[*].max_value),
      ]
      }) == jsonencode({
      plan  = ["String", true, false, null, null, null, null]
      seats = ["Number", false, false, null, null, "1", "500"]
      since = ["DateTime", true, false, null, null, null, null]
      nick  = ["String", true, false, "2", "20", null, null]
      name  = ["String", true, true, "0", "2048", null, null]

      birthdate = ["String", true, true, "10", "10", null, null]
    })
    error_message = jsonencode(aws_cognito_user_pool.this[0].schema)
  }

  assert {
    condition = alltrue([
      for attribute in aws_cognito_user_pool.this[0].schema :
      length(attribute.string_attribute_constraints) == (attribute.attribute_data_type == "String" ? 1 : 0)
      && length(attribute.number_attribute_constraints) == (attribute.attribute_data_type == "Number" ? 1 : 0)
    ])
    error_message = "Constraints stand on every string and number, or the provider sees a change that Cognito refuses."
  }
}

run "a_prefix" {
  command = plan
  variables {
    schema = { "custom:plan" = {} }
  }
  expect_failures = [var.schema]
}

run "a_name_that_is_too_long" {
  command = plan
  variables {
    schema = { a_name_of_21_letters_x = {} }
  }
  expect_failures = [var.schema]
}

run "cognitos_own" {
  command = plan
  variables {
    schema = { sub = {} }
  }
  expect_failures = [var.schema]
}

run "a_type_that_is_none" {
  command = plan
  variables {
    schema = { plan = { attribute_data_type = "string" } }
  }
  expect_failures = [var.schema]
}

run "a_required_custom_attribute" {
  command = plan
  variables {
    schema = { plan = { required = true } }
  }
  expect_failures = [var.schema]
}

run "bounds_of_another_type" {
  command = plan
  variables {
    schema = { plan = { max_value = 3 } }
  }
  expect_failures = [var.schema]
}

run "a_standard_attribute_of_another_type" {
  command = plan
  variables {
    schema = { birthdate = { attribute_data_type = "DateTime" } }
  }
  expect_failures = [var.schema]
}

run "bounds_the_wrong_way_round" {
  command = plan
  variables {
    schema = { nick = { min_length = 9, max_length = 2 } }
  }
  expect_failures = [var.schema]
}

run "numbers_the_wrong_way_round" {
  command = plan
  variables {
    schema = { seats = { attribute_data_type = "Number", min_value = 9, max_value = 2 } }
  }
  expect_failures = [var.schema]
}

run "a_length_that_is_none" {
  command = plan
  variables {
    schema = { nick = { max_length = 2.5 } }
  }
  expect_failures = [var.schema]
}

run "an_identifier_that_cannot_change" {
  command = plan
  variables {
    schema = { phone_number = { mutable = false } }
  }
  expect_failures = [var.schema]
}

run "a_required_alias_that_only_confirmed_users_may_have" {
  command = plan
  variables {
    alias_attributes = ["preferred_username", "phone_number"]
    schema           = { preferred_username = { required = true } }
  }
  expect_failures = [var.schema]
}

run "one_of_two_usernames_required" {
  command = plan
  variables {
    username_attributes = ["email", "phone_number"]
    delivery            = { channels = ["sms", "email"] }
    email               = { from = "a@example.com", identity_arn = "arn:aws:ses:eu-central-1:123456789012:identity/example.com" }
    schema              = { email = { required = true } }
  }
  expect_failures = [var.schema]
}

run "a_required_attribute_that_nobody_may_write" {
  command = plan
  variables {
    schema  = { birthdate = { required = true } }
    clients = { app = { write_attributes = ["phone_number"] } }
  }
  expect_failures = [var.clients]
}

run "an_attribute_that_the_pool_does_not_have" {
  command = plan
  variables {
    clients = { app = { write_attributes = ["email", "custom:plan"] } }
  }
  expect_failures = [var.clients]
}
