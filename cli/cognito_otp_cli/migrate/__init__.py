"""`cognito-otp migrate`: the users of an old pool, moved to a pool of this module."""
