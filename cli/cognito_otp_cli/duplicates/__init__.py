"""`cognito-otp duplicates`: which accounts of a pool are one person."""
