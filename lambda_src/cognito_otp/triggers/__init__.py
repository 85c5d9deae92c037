"""One module per Cognito trigger: event in, event out, the work is done by the domain."""
