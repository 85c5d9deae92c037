"""`cognito-otp tail`: the way from sign-up to tokens, live, from what the functions log (docs/logs.md)."""
