# Limits, the pumping guard, countries and test numbers: what is refused, what warns, and where the settings go.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  name = "shop"
}

run "nothing_to_carry" {
  assert {
    condition     = length(aws_dynamodb_table_item.configuration) == 0
    error_message = "Without country lists, messages and test numbers there is no item."
  }

  assert {
    condition     = !strcontains(aws_iam_role_policy.runtime["sign_up"].policy, "auth-state")
    error_message = "Without a budget and countries sign_up needs nothing of the auth-state table."
  }
}

run "countries_and_a_budget" {
  variables {
    sign_up = { max_per_hour = 100 }
    fraud = {
      allowed_countries = ["US", "CA", "JM"]
      blocked_countries = ["JM"]
      country_overrides = { CA = { mode = "deny", hourly_floor = 10 } }
    }
  }

  assert {
    condition = jsondecode(aws_dynamodb_table_item.configuration["countries"].item) == {
      pk       = { S = "config#countries" }
      settings = { S = jsonencode({ allowed = ["CA", "JM", "US"], blocked = ["JM"], overrides = { CA = { hourly_floor = 10, mode = "deny" } } }) }
    }
    error_message = aws_dynamodb_table_item.configuration["countries"].item
  }

  assert {
    condition = alltrue([
      for function in ["sign_up", "delivery"] :
      aws_lambda_function.this[function].environment[0].variables["COUNTRIES_HASH"] == sha256(jsondecode(aws_dynamodb_table_item.configuration["countries"].item).settings.S)
    ])
    error_message = "A change of the countries starts new environments of both functions."
  }

  assert {
    condition = contains(jsondecode(aws_iam_role_policy.runtime["sign_up"].policy).Statement, {
      Sid      = "AuthState", Effect = "Allow"
      Action   = ["dynamodb:UpdateItem", "dynamodb:GetItem"]
      Resource = ["arn:aws:dynamodb:eu-central-1:123456789012:table/shop-auth-state"]
    })
    error_message = aws_iam_role_policy.runtime["sign_up"].policy
  }
}

run "no_guard" {
  variables {
    fraud = { mode = "off" }
  }

  expect_failures = [check.risky_choices]

  assert {
    condition     = !strcontains(aws_iam_role_policy.runtime["delivery"].policy, "BatchGetItem")
    error_message = "A guard that is off reads no history."
  }
}

run "a_guard_for_one_country" {
  variables {
    fraud = { mode = "off", country_overrides = { JM = { mode = "deny" } } }
  }

  assert {
    condition     = strcontains(aws_iam_role_policy.runtime["delivery"].policy, "BatchGetItem")
    error_message = "A guard that is on for one country reads its history."
  }
}

run "test_numbers" {
  variables {
    test_numbers = {
      codes = {
        "+14155550100"  = "123456"
        "+447700900123" = "000000"
        "+442079460999" = "000000"
        "+441134960000" = "000000"
        "+4917139200"   = "000000"
      }
      until = "2099-01-31T00:00:00+01:00"
    }
  }

  command         = plan
  expect_failures = [var.test_numbers] # the German one is two digits short
}

run "test_numbers_of_all_kinds" {
  variables {
    test_numbers = {
      codes = { for number in [
        "+14155550100", "+18765550199", "+447700900123", "+442079460999", "+441134960000", "+441632960999", "+442920180000",
        "+491713920012", "+4917604069000", "+493023125999", "+33639981234", "+33199001234", "+46701740605", "+46701740699", "+61491570156",
      ] : number => "123456" }
      until = "2099-01-31T00:00:00+01:00"
    }
  }

  expect_failures = [check.test_numbers]

  assert {
    condition     = jsondecode(aws_dynamodb_table_item.configuration["test_numbers"].item).settings.S == jsonencode(var.test_numbers)
    error_message = aws_dynamodb_table_item.configuration["test_numbers"].item
  }
}

run "test_numbers_that_are_over" {
  command = plan

  variables {
    test_numbers = { codes = { "+14155550100" = "123456" }, until = "2020-01-01T00:00:00Z" }
  }

  # A warning, so that nobody's plans stop on that day; the functions refuse them.
  expect_failures = [check.test_numbers]
}

################################################################################
# Refused
################################################################################

run "a_real_number" {
  command = plan
  variables {
    test_numbers = { codes = { "+14155552671" = "123456" }, until = "2099-01-01T00:00:00Z" }
  }
  expect_failures = [var.test_numbers]
}

run "a_code_of_another_length" {
  command = plan
  variables {
    otp          = { length = 8 }
    test_numbers = { codes = { "+14155550100" = "123456" }, until = "2099-01-01T00:00:00Z" }
  }
  expect_failures = [var.test_numbers]
}

run "an_end_that_is_no_time" {
  command = plan
  variables {
    test_numbers = { codes = { "+14155550100" = "123456" }, until = "next year" }
  }
  expect_failures = [var.test_numbers]
}

run "no_test_number" {
  command = plan
  variables {
    test_numbers = { codes = {}, until = "2099-01-01T00:00:00Z" }
  }
  expect_failures = [var.test_numbers]
}

run "a_mode_that_is_none" {
  command = plan
  variables {
    fraud = { mode = "block" }
  }
  expect_failures = [var.fraud]
}

run "a_mode_that_is_none_in_a_country" {
  command = plan
  variables {
    fraud = { country_overrides = { US = { mode = "block" } } }
  }
  expect_failures = [var.fraud]
}

run "a_floor_below_nothing" {
  command = plan
  variables {
    fraud = { country_overrides = { US = { daily_floor = -1 } } }
  }
  expect_failures = [var.fraud]
}

run "a_floor_of_a_half" {
  command = plan
  variables {
    fraud = { hourly_floor = 2.5 }
  }
  expect_failures = [var.fraud]
}

run "a_ratio_below_nothing" {
  command = plan
  variables {
    fraud = { daily_ratio = -0.1 }
  }
  expect_failures = [var.fraud]
}

run "a_country_in_small_letters" {
  command = plan
  variables {
    fraud = { allowed_countries = ["us"] }
  }
  expect_failures = [var.fraud]
}

run "a_country_that_is_none" {
  command = plan
  variables {
    fraud = { blocked_countries = ["UK"] }
  }
  expect_failures = [var.fraud]
}

run "an_override_for_a_country_that_is_none" {
  command = plan
  variables {
    fraud = { country_overrides = { XX = { mode = "deny" } } }
  }
  expect_failures = [var.fraud]
}

run "an_override_that_is_null" {
  command = plan
  variables {
    fraud = { country_overrides = { US = null } }
  }
  expect_failures = [var.fraud]
}

run "no_country_at_all" {
  command = plan
  variables {
    fraud = { allowed_countries = [] }
  }
  expect_failures = [var.fraud]
}

run "a_budget_of_nothing" {
  command = plan
  variables {
    limits = { max_messages_per_hour = 0 }
  }
  expect_failures = [var.limits]
}

run "sign_ups_of_a_half" {
  command = plan
  variables {
    sign_up = { max_per_hour = 0.5 }
  }
  expect_failures = [var.sign_up]
}

run "resends_below_nothing" {
  command = plan
  variables {
    otp = { max_resends = -1 }
  }
  expect_failures = [var.otp]
}

run "a_cooldown_shorter_than_cognitos_retries" {
  command = plan
  variables {
    limits = { resend_after_seconds = 14 }
  }
  expect_failures = [var.limits]
}

run "a_toll_free_test_number" {
  command = plan
  variables {
    test_numbers = { codes = { "+18885550100" = "123456" }, until = "2099-01-01T00:00:00Z" }
  }
  expect_failures = [var.test_numbers]
}
