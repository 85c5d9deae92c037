# What AWS cannot change in a pool or a table stops at plan, and `pool_generation` is the way out.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  name     = "shop"
  sms      = { external_id = "fixed" }
  delivery = { channels = ["sms"] }
}

run "made" {
  assert {
    condition     = aws_cognito_user_pool.this[0].name == "shop"
    error_message = "The pool is there."
  }
}

run "another_name" {
  command = plan

  variables {
    name = "store"
  }

  # The pool and the identities table come after the auth-state table, so they are not even looked at.
  expect_failures = [aws_dynamodb_table.users, aws_dynamodb_table.auth_state]
}

run "aliases" {
  command = plan

  variables {
    alias_attributes = ["phone_number"]
  }

  expect_failures = [aws_cognito_user_pool.this]
}

run "other_username_attributes" {
  command = plan

  variables {
    username_attributes = []
  }

  expect_failures = [aws_cognito_user_pool.this]
}

run "another_case" {
  command = plan

  variables {
    case_sensitive = true
  }

  expect_failures = [aws_cognito_user_pool.this]
}

run "another_user_table" {
  command = plan

  variables {
    user_table = { name = "people" }
  }

  expect_failures = [aws_dynamodb_table.users]
}

run "the_same_written_out" {
  command = plan

  variables {
    username_attributes = ["phone_number"]
    alias_attributes    = []
    user_table          = { name = "shop-users" }
  }

  assert {
    condition     = output.user_pool_id == run.made.user_pool_id && output.user_table_arn == run.made.user_table_arn
    error_message = "The same settings in other words change nothing."
  }
}

run "the_next_generation" {
  variables {
    name             = "store"
    alias_attributes = ["phone_number", "preferred_username"]
    case_sensitive   = true
    pool_generation  = 2
    user_table       = { name = "shop-users" }
  }

  assert {
    condition = (
      aws_cognito_user_pool.this[0].name == "store"
      && aws_cognito_user_pool.this[0].alias_attributes == toset(["phone_number", "preferred_username"])
      && aws_cognito_user_pool.this[0].username_attributes == null
      && one(aws_cognito_user_pool.this[0].username_configuration).case_sensitive
      && aws_dynamodb_table.identities[0].name == "store-identities"
      && aws_dynamodb_table.auth_state[0].name == "store-auth-state"
    )
    error_message = "Another pool_generation replaces the pool and the tables about its users."
  }

  assert {
    condition     = aws_dynamodb_table.users[0].name == "shop-users"
    error_message = "The User table stays."
  }
}
