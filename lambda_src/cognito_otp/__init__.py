"""Sign-in by one-time code on Amazon Cognito: what the module's Lambda functions run.

`functions` holds the entry points, one per Lambda function; `triggers` one thin module per Cognito trigger; the rest is
the domain. Only the standard library and the runtime's own botocore are used.
"""
