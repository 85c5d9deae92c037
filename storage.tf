# The code key, the User table (the application's), the identities table (who is who) and the auth-state table (short-lived).
#
# A table's name and key cannot change: they stand in ignore_changes, so that Terraform never plans to replace a table for them,
# and a postcondition says what to do instead. It also stops the import of a table that does not fit.

# Keyed hashes of codes and identifiers are made under this key, which nobody can export.
resource "aws_kms_key" "code" {
  #checkov:skip=CKV2_AWS_64:The default policy leaves it to IAM; roles that do not exist yet cannot stand in one

  count = var.create ? 1 : 0

  description              = "Keyed hashes of one-time codes and identifiers, user pool ${var.name}"
  customer_master_key_spec = "HMAC_256"
  key_usage                = "GENERATE_VERIFY_MAC"
  deletion_window_in_days  = 30
  tags                     = var.tags
}

################################################################################
# User table: it holds the application's data and so does not follow pool_generation
################################################################################

locals {
  # Index to the field in the row that it is by.
  row_indexes = { for field in var.user_table.indexes : "by_${replace(field, ":", "_")}" => local.row_fields[field] }
}

# Remembers the key that the table was made with: the table itself would stop at another one in the provider's words.
resource "terraform_data" "user_table_key" {
  count = local.creates_user_table ? 1 : 0

  input = var.user_table.key_name

  lifecycle {
    ignore_changes = [input]

    postcondition {
      condition     = self.input == var.user_table.key_name
      error_message = "The User table has the key \"${self.input}\", and user_table.key_name asks for \"${var.user_table.key_name}\". A table's key cannot change: set user_table.key_name = \"${self.input}\" to keep it, or make another table and copy the rows."
    }
  }
}

resource "aws_dynamodb_table" "users" {
  #checkov:skip=CKV_AWS_28:On, unless the caller turns user_table.point_in_time_recovery off
  #checkov:skip=CKV_AWS_119:Encrypted by DynamoDB's own key, unless the caller brings one

  count = local.creates_user_table ? 1 : 0

  name                        = local.user_table_name
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = var.user_table.key_name
  deletion_protection_enabled = var.deletion_protection == "ACTIVE"
  stream_enabled              = var.user_table.stream != null
  stream_view_type            = var.user_table.stream
  tags                        = var.tags

  dynamic "attribute" {
    for_each = concat([var.user_table.key_name], values(local.row_indexes))

    content {
      name = attribute.value
      type = "S"
    }
  }

  dynamic "global_secondary_index" {
    for_each = local.row_indexes

    # Provider 6.28 and later warn of hash_key here; what they want in its place earlier ones do not have.
    content {
      name            = global_secondary_index.key
      hash_key        = global_secondary_index.value
      projection_type = "ALL"
    }
  }

  point_in_time_recovery {
    enabled = var.user_table.point_in_time_recovery
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = var.kms_key_arn
  }

  lifecycle {
    ignore_changes = [name, hash_key, range_key]

    postcondition {
      condition     = self.name == local.user_table_name
      error_message = "The User table is \"${self.name}\", and the inputs ask for \"${local.user_table_name}\". A table cannot be renamed, and no pool_generation replaces this one: set user_table = { name = \"${self.name}\" } to keep it."
    }

    postcondition {
      condition     = self.hash_key == var.user_table.key_name && (self.range_key == null || self.range_key == "")
      error_message = "The User table \"${self.name}\" has another key than \"${var.user_table.key_name}\" alone, and a table's key cannot change. Set user_table.key_name to its key, or user_table.name to a name that is free, and copy the rows."
    }
  }

  depends_on = [terraform_data.user_table_key]
}

################################################################################
# Auth-state table
################################################################################

resource "aws_dynamodb_table" "auth_state" {
  #checkov:skip=CKV_AWS_119:Encrypted by DynamoDB's own key, unless the caller brings one
  #checkov:skip=CKV_AWS_28:Challenges and counters of hours and days; Terraform writes the settings in it anew

  count = var.create ? 1 : 0

  name         = local.auth_state_table_name
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "pk"
  tags         = var.tags

  attribute {
    name = "pk"
    type = "S"
  }

  # It only sweeps: the functions check every expiry themselves.
  ttl {
    attribute_name = "expires_at"
    enabled        = true
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = var.kms_key_arn
  }

  lifecycle {
    ignore_changes       = [name, hash_key, range_key, attribute]
    replace_triggered_by = [terraform_data.pool_generation[count.index]]

    postcondition {
      condition     = self.name == local.auth_state_table_name && self.hash_key == "pk" && (self.range_key == null || self.range_key == "")
      error_message = "The auth-state table is \"${self.name}\" with key \"${self.hash_key}\", and the inputs ask for \"${local.auth_state_table_name}\" with key \"pk\" alone. A table's name and key cannot change: ${local.way_out}"
    }
  }
}

################################################################################
# Identities table
################################################################################

resource "aws_dynamodb_table" "identities" {
  #checkov:skip=CKV_AWS_119:Encrypted by DynamoDB's own key, unless the caller brings one

  count = var.create ? 1 : 0

  name                        = local.identities_table_name
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "pk"
  deletion_protection_enabled = var.deletion_protection == "ACTIVE"
  tags                        = var.tags

  attribute {
    name = "pk"
    type = "S"
  }

  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = var.kms_key_arn
  }

  lifecycle {
    ignore_changes       = [name, hash_key, range_key, attribute]
    replace_triggered_by = [terraform_data.pool_generation[count.index]]

    postcondition {
      condition     = self.name == local.identities_table_name && self.hash_key == "pk" && (self.range_key == null || self.range_key == "")
      error_message = "The identities table is \"${self.name}\" with key \"${self.hash_key}\", and the inputs ask for \"${local.identities_table_name}\" with key \"pk\" alone. A table's name and key cannot change: ${local.way_out}"
    }
  }

  # What depends on everything is destroyed first. With deletion protection this table's refusal stops the whole destroy before
  # anything is gone; without this list all that is not protected would be gone already. Every resource that no other one depends on
  # must stand here.
  depends_on = [
    aws_cloudwatch_dashboard.this,
    aws_cloudwatch_event_target.users_changed,
    aws_cloudwatch_log_metric_filter.this,
    aws_cloudwatch_metric_alarm.this,
    aws_cognito_risk_configuration.this,
    aws_cognito_user_group.this,
    aws_cognito_user_pool_client.this,
    aws_cognito_user_pool_domain.this,
    aws_cognito_user_pool_ui_customization.this,
    aws_dynamodb_table.auth_state,
    aws_dynamodb_table.users,
    aws_iam_role_policy.pool,
    aws_iam_role_policy.runtime,
    aws_iam_role_policy.sms,
    aws_lambda_function_event_invoke_config.delivery,
    aws_lambda_function_event_invoke_config.maintenance,
    aws_lambda_permission.caller_trigger,
    aws_lambda_permission.cognito,
    aws_lambda_permission.cognito_live,
    aws_scheduler_schedule.this,
    aws_wafv2_web_acl_association.this,
  ]
}
