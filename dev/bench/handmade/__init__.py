"""What people build by hand today, to be measured beside the module: one file and one function per trigger.

Sign-up and sign-in by a code that is texted, as published write-ups describe it. Nothing was copied; the weaknesses are
theirs on purpose, and each file names its own. None of this is for use.

A client calls `pre_sign_up_cleanup`, then SignUp with a password that it makes, and ConfirmSignUp with a code that
Cognito texts; then it signs in with CUSTOM_AUTH and a second text. The pool has phone numbers as usernames, verifies
them itself, and names the other five functions as its triggers.
"""
