# The User table: what its rows are called, its indexes and stream, a table that is there already, and what is refused.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  name     = "shop"
  sms      = { external_id = "fixed" }
  delivery = { channels = ["sms"] }
}

run "by_default" {
  assert {
    condition = (
      aws_dynamodb_table.users[0].hash_key == "id" && aws_dynamodb_table.users[0].attribute == toset([{ name = "id", type = "S" }])
      && length(aws_dynamodb_table.users[0].global_secondary_index) == 0 && !aws_dynamodb_table.users[0].stream_enabled
      && output.user_table_stream_arn == null
    )
    error_message = "A key, and nothing that costs."
  }

  assert {
    condition     = length(aws_dynamodb_table_item.configuration) == 0
    error_message = "The shape by default is in the package, and needs no item."
  }

  assert {
    condition = output.settings.user_table.attribute_map == {
      username   = "username", email = "email", phone_number = "phone_number", status = "status"
      created_at = "created_at", updated_at = "updated_at", last_sign_in_at = "last_sign_in_at"
    }
    error_message = "settings shows what the fields are called."
  }
}

run "a_key_of_another_name" {
  command = plan

  variables {
    user_table = { key_name = "userId" }
  }

  expect_failures = [terraform_data.user_table_key]
}

run "a_shape_of_its_own" {
  variables {
    user_table = {
      attribute_map       = { created_at = "createdAt", phone_number = "phone", last_sign_in_at = null, owner = "owner", "custom:team" = "team" }
      constant_attributes = { __typename = "User" }
      indexes             = ["email", "phone_number", "custom:team"]
      stream              = "NEW_AND_OLD_IMAGES"
    }
  }

  assert {
    condition = jsondecode(aws_dynamodb_table_item.configuration["user_row"].item) == {
      pk = { S = "config#user_row" }
      settings = { S = jsonencode({
        attribute_map       = { created_at = "createdAt", phone_number = "phone", last_sign_in_at = null, owner = "owner", "custom:team" = "team" }
        constant_attributes = { __typename = "User" }
      }) }
    }
    error_message = aws_dynamodb_table_item.configuration["user_row"].item
  }

  assert {
    condition = alltrue([
      for function in ["sign_up", "sign_in"] :
      aws_lambda_function.this[function].environment[0].variables.USER_ROW_HASH == sha256(jsondecode(aws_dynamodb_table_item.configuration["user_row"].item).settings.S)
    ]) && !contains(keys(aws_lambda_function.this["delivery"].environment[0].variables), "USER_ROW_HASH")
    error_message = "The functions that write the row start anew when its shape changes, and no other."
  }

  assert {
    condition = [for statement in jsondecode(aws_iam_role_policy.runtime["sign_up"].policy).Statement : statement if statement.Sid == "AuthState"] == [{
      Sid      = "AuthState", Effect = "Allow"
      Action   = ["dynamodb:GetItem"]
      Resource = ["arn:aws:dynamodb:eu-central-1:123456789012:table/shop-auth-state"]
    }]
    error_message = "sign_up reads the shape."
  }

  assert {
    condition = {
      for index in aws_dynamodb_table.users[0].global_secondary_index : index.name => "${index.hash_key} ${index.projection_type}"
    } == { by_email = "email ALL", by_phone_number = "phone ALL", by_custom_team = "team ALL" }
    error_message = "Indexes are named after the module's fields and are by the row's."
  }

  assert {
    condition     = toset(aws_dynamodb_table.users[0].attribute[*].name) == toset(["id", "email", "phone", "team"])
    error_message = "A table's definition names its keys and no other field."
  }

  assert {
    condition = (
      aws_dynamodb_table.users[0].stream_enabled && aws_dynamodb_table.users[0].stream_view_type == "NEW_AND_OLD_IMAGES"
      && output.user_table_stream_arn == aws_dynamodb_table.users[0].stream_arn
    )
    error_message = "The stream is on."
  }

  assert {
    condition = output.settings.user_table.attribute_map == {
      username   = "username", email = "email", phone_number = "phone", status = "status", created_at = "createdAt"
      updated_at = "updated_at", owner = "owner", "custom:team" = "team"
    }
    error_message = jsonencode(output.settings.user_table)
  }
}

run "nothing_in_between" {
  variables {
    create     = false
    user_table = { stream = "KEYS_ONLY" }
  }

  assert {
    condition     = output.user_table_stream_arn == null && output.user_table_name == null && output.user_table_arn == null
    error_message = "Nothing is made."
  }
}

run "a_table_that_is_there" {
  variables {
    user_table = { create = false, name = "User-abc-dev", key_name = "userId", constant_attributes = { __typename = "User" } }
  }

  assert {
    condition     = length(aws_dynamodb_table.users) == 0 && length(terraform_data.user_table_key) == 0
    error_message = "It is not the module's."
  }

  assert {
    condition = (
      output.user_table_name == "User-abc-dev"
      && output.user_table_arn == "arn:aws:dynamodb:eu-central-1:123456789012:table/User-abc-dev"
      && output.user_table_stream_arn == null
    )
    error_message = "Its outputs are what it is called."
  }

  assert {
    condition = alltrue([
      for function in ["sign_up", "sign_in"] :
      aws_lambda_function.this[function].environment[0].variables.USER_TABLE == "User-abc-dev"
      && aws_lambda_function.this[function].environment[0].variables.USER_TABLE_KEY == "userId"
    ])
    error_message = "The functions know its name and its key."
  }

  assert {
    condition = alltrue([
      for function in ["sign_up", "sign_in"] : [
        for statement in jsondecode(aws_iam_role_policy.runtime[function].policy).Statement : statement if statement.Sid == "UserRow"
        ] == [{
          Sid      = "UserRow", Effect = "Allow"
          Action   = ["dynamodb:UpdateItem"]
          Resource = ["arn:aws:dynamodb:eu-central-1:123456789012:table/User-abc-dev"]
      }]
    ])
    error_message = "They may update that table's items, and nothing else in it."
  }

  assert {
    condition     = jsondecode(jsondecode(aws_dynamodb_table_item.configuration["user_row"].item).settings.S) == { constant_attributes = { __typename = "User" } }
    error_message = "Only what differs from the defaults is written."
  }
}

run "settings_of_a_table_that_is_not_made" {
  command = plan

  variables {
    user_table = { create = false, name = "User-abc-dev", indexes = ["email"] }
  }

  expect_failures = [check.settings_of_a_table_that_is_not_made]
}

run "the_stream_of_a_table_that_is_not_made" {
  command = plan

  variables {
    user_table = { create = false, name = "User-abc-dev", stream = "NEW_IMAGE" }
  }

  expect_failures = [check.settings_of_a_table_that_is_not_made]
}

run "the_backups_of_a_table_that_is_not_made" {
  command = plan

  variables {
    user_table = { create = false, name = "User-abc-dev", point_in_time_recovery = false }
  }

  expect_failures = [check.settings_of_a_table_that_is_not_made]
}

run "sign_ins_that_are_not_kept" {
  command = plan

  variables {
    user_table = { create = false, name = "User-abc-dev", track_sign_ins = false, attribute_map = { last_sign_in_at = "lastSignInAt" } }
  }

  expect_failures = [check.sign_ins_that_are_not_kept]
}

run "which_table" {
  command = plan

  variables {
    user_table = { create = false }
  }

  expect_failures = [var.user_table]
}

run "no_such_key" {
  command = plan

  variables {
    user_table = { key_name = "user id" }
  }

  expect_failures = [var.user_table]
}

run "no_such_field" {
  command = plan

  variables {
    user_table = { attribute_map = { phone = "phone" } }
  }

  expect_failures = [var.user_table]
}

run "no_such_custom_attribute" {
  command = plan

  variables {
    user_table = { attribute_map = { "custom:" = "team" } }
  }

  expect_failures = [var.user_table]
}

run "a_field_without_a_name" {
  command = plan

  variables {
    user_table = { attribute_map = { email = "" } }
  }

  expect_failures = [var.user_table]
}

run "a_constant_without_a_name" {
  command = plan

  variables {
    user_table = { constant_attributes = { "type name" = "User" } }
  }

  expect_failures = [var.user_table]
}

run "a_constant_without_a_value" {
  command = plan

  variables {
    user_table = { constant_attributes = { kind = null } }
  }

  expect_failures = [var.user_table]
}

run "two_fields_of_one_name" {
  command = plan

  variables {
    user_table = { attribute_map = { phone_number = "email" } }
  }

  expect_failures = [var.user_table]
}

run "a_field_in_place_of_the_key" {
  command = plan

  variables {
    user_table = { attribute_map = { sub = "id" } }
  }

  expect_failures = [var.user_table]
}

run "a_constant_in_place_of_the_key" {
  command = plan

  variables {
    user_table = { key_name = "kind", constant_attributes = { kind = "person" } }
  }

  expect_failures = [var.user_table]
}

run "a_constant_in_place_of_a_field" {
  command = plan

  variables {
    user_table = { constant_attributes = { status = "new" } }
  }

  expect_failures = [var.user_table]
}

run "nothing_to_tell_a_row_by" {
  command = plan

  variables {
    user_table = { attribute_map = { status = null, created_at = null, updated_at = null } }
  }

  expect_failures = [var.user_table]
}

run "an_index_of_what_the_row_has_not" {
  command = plan

  variables {
    user_table = { attribute_map = { email = null }, indexes = ["email"] }
  }

  expect_failures = [var.user_table]
}

run "no_such_index" {
  command = plan

  variables {
    user_table = { attribute_map = { phone_number = "phone" }, indexes = ["phone"] }
  }

  expect_failures = [var.user_table]
}

run "too_many_indexes" {
  command = plan

  variables {
    user_table = {
      attribute_map = { for number in range(21) : "custom:a${number}" => "a${number}" }
      indexes       = [for number in range(21) : "custom:a${number}"]
    }
  }

  expect_failures = [var.user_table]
}

run "no_such_stream" {
  command = plan

  variables {
    user_table = { stream = "NEW_AND_OLD" }
  }

  expect_failures = [var.user_table]
}
