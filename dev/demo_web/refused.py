"""Why Cognito or the module refuses a call, in plain words."""

# The module's own tokens (cognito_otp.refusals), as they stand in a refusal's text.
TOKENS = {
    "PHONE_NUMBER_TAKEN": "There is an account with this number already.",
    "EMAIL_TAKEN": "There is an account with this e-mail address already.",
    "USERNAME_TAKEN": "There is an account with this name already.",
    "SIGN_UP_PENDING": "There is such an account, and it waits for its first code.",
    "SIGN_UP_RETRY": "Another sign-up for the same is just being made.",
    "PHONE_NUMBER_INVALID": "That is no phone number.",
    "EMAIL_INVALID": "That is no e-mail address.",
    "USERNAME_INVALID": "That cannot be a name.",
    "PHONE_NUMBER_REQUIRED": "A phone number is needed: the first code goes there.",
    "EMAIL_REQUIRED": "An e-mail address is needed: the first code goes there.",
    "ONE_IDENTIFIER_ONLY": "A number or an address, not both: the other is added later.",
    "COUNTRY_NOT_ALLOWED": "Numbers of this country may not sign up.",
    "SIGN_UP_THROTTLED": "Too many people have signed up within the hour.",
    "SIGN_UP_REFUSED": "The application's own check says no.",
    "OTP_THROTTLED": "The pause after the last code still runs.",
    "SERVICE_UNAVAILABLE": "Something does not answer. It can be tried again.",
}

# Cognito's own errors, by their names.
_ERRORS = {
    "UsernameExistsException": "There is an account with this already, whatever its spelling.",
    "AliasExistsException": "Another account has this number or address.",
    "NotAuthorizedException": "This sign-in is over. A new one can be begun.",
    "InvalidParameterException": "Cognito does not accept the form of what was typed.",
    "CodeMismatchException": "That is not the code.",
    "ExpiredCodeException": "The code has expired.",
    "LimitExceededException": "Too many tries: Cognito asks to wait.",
    "TooManyRequestsException": "Too many calls at once.",
    "UserNotFoundException": "There is no such account.",
}


def why(error: str, message: str) -> str:
    """Return why a call was refused.

    Args:
        error: the error's name, e.g. `"UsernameExistsException"`.
        message: its text, in which a token of the module may stand.
    """
    for token, words in TOKENS.items():
        if token in message:
            _, _, seconds = message.partition("retry_after=")
            return f"{words} It can be tried again in {seconds.rstrip('.')} seconds." if seconds else words
    return _ERRORS.get(error, message)
