"""The operator's command line `cognito-otp`: looks at user pools, repairs and moves them."""
