"""`cognito-otp reconcile` and `reap`: the jobs of the maintenance function, run now."""
