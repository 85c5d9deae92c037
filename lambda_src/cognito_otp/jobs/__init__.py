"""What the `maintenance` function runs: on schedule, for `sign_up`, for the command line."""
