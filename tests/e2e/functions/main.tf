# The module with all that can be said of its functions, most of it made in the same run: for the tests, not an example to copy.

# Region and credentials come from the environment or the AWS configuration, as does AWS_ENDPOINT_URL.
provider "aws" {
  s3_use_path_style = true
}

resource "aws_kms_key" "ours" {
  for_each = toset(["this", "another"])

  description = "Tables, logs and environments"
}

resource "aws_vpc" "ours" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_subnet" "ours" {
  vpc_id     = aws_vpc.ours.id
  cidr_block = "10.0.1.0/24"
}

resource "aws_security_group" "ours" {
  name   = var.name
  vpc_id = aws_vpc.ours.id
}

resource "aws_iam_policy" "boundary" {
  name = "${var.name}-boundary"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = "*", Resource = "*" },
      { Effect = "Deny", Action = "iam:*", Resource = "*" },
    ]
  })
}

resource "aws_s3_bucket" "mirror" {
  bucket        = "${var.name}-mirror"
  force_destroy = true
}

resource "aws_s3_bucket_versioning" "mirror" {
  bucket = aws_s3_bucket.mirror.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_object" "package" {
  bucket      = aws_s3_bucket_versioning.mirror.bucket
  key         = "cognito_otp.zip"
  source      = "${path.module}/../../../lambda_package/cognito_otp.zip"
  source_hash = filemd5("${path.module}/../../../lambda_package/cognito_otp.zip")
}

resource "terraform_data" "elsewhere" {
  input = var.elsewhere
}

module "cognito_otp" {
  source = "../../.."

  name                 = var.name
  deletion_protection  = "INACTIVE"
  permissions_boundary = aws_iam_policy.boundary.arn
  iam_role_path        = "/identity/"
  kms_key_arn          = aws_kms_key.ours[var.key].arn

  # The settings that a function reads when it is initialised.
  user_table = { attribute_map = { locale = "language" } }

  lambda = {
    vpc_config  = { subnet_ids = [aws_subnet.ours.id], security_group_ids = [aws_security_group.ours.id] }
    snap_start  = true
    environment = { TRACING = sensitive(var.tracing) }
    functions   = { sign_in = { memory_size = 1024, reserved_concurrent_executions = 20 } }
  }

  lambda_package = {
    s3_bucket         = aws_s3_object.package.bucket
    s3_key            = aws_s3_object.package.key
    s3_object_version = aws_s3_object.package.version_id
  }

  depends_on = [terraform_data.elsewhere]
}
