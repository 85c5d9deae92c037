# For those who have TFLint (https://github.com/terraform-linters/tflint): `tflint --init`, then `tflint --recursive --config "$(pwd)/.tflint.hcl"`.
# `make test` does without: it holds structure, types and descriptions to the same rules.

tflint {
  required_version = ">= 0.55"
}

config {
  # The examples are checked with what they hand to the module.
  call_module_type = "local"
}

plugin "terraform" {
  enabled = true
  preset  = "all"
}

plugin "aws" {
  enabled = true
  version = "0.48.0"
  source  = "github.com/terraform-linters/tflint-ruleset-aws"
}
