# One row per user in the User table that an Amplify application has already, in the shape that its GraphQL API expects.

# Region and credentials come from the environment or the AWS configuration, as does AWS_ENDPOINT_URL.
provider "aws" {}

module "cognito_otp" {
  source = "../.."

  name                = var.name
  deletion_protection = var.deletion_protection

  user_table = {
    create   = false
    name     = aws_dynamodb_table.user.name # of yours: "User-<id of the API>-<environment>"
    key_name = "userId"                     # of yours: "id", unless the model names another identifier

    attribute_map = {
      created_at      = "createdAt"
      updated_at      = "updatedAt"
      last_sign_in_at = "lastSignInAt"
      phone_number    = "phoneNumber"
      owner           = "owner" # for a model with the rule allow.owner()
    }

    constant_attributes = {
      __typename = "User"
    }
  }
}

################################################################################
# A stand-in for the table that Amplify has made for a model like this one. With your own table leave it out.
#
#   User: a.model({
#     userId: a.id().required(),
#     username: a.string(), phoneNumber: a.phone(), email: a.email(),
#     status: a.string(), lastSignInAt: a.datetime(),
#     nickname: a.string(),                                            // the application's own
#   }).identifier(['userId']).authorization(allow => [allow.owner()])
################################################################################

resource "aws_dynamodb_table" "user" {
  #checkov:skip=CKV_AWS_119:A stand-in for a table that Amplify makes with DynamoDB's own key

  name                        = "User-${var.name}"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "userId"
  deletion_protection_enabled = var.deletion_protection == "ACTIVE"
  stream_enabled              = true
  stream_view_type            = "NEW_AND_OLD_IMAGES"

  attribute {
    name = "userId"
    type = "S"
  }

  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled = true
  }
}
