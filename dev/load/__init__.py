"""A run of thousands of sign-ins against the real handlers, on AWS's own DynamoDB Local: `python -m dev.load`."""
