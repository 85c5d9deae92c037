"""`cognito-otp doctor`: small checks of a deployed pool, each with a verdict and, if it is not well, what to do."""
