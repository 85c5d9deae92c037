"""The public calls of a client and Cognito's answers, in plain words and without anything that is secret.

What may be shown is named here; everything else of a call stays behind: passwords, codes, sessions, tokens.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dev.demo_web.refused import why
from dev.demo_web.timeline import Words

# By operation: what the client asks Cognito to do. `{who}` is the identifier, if the call names one.
_ASKED = {
    "SignUp": "asks Cognito to make an account for {who}",
    "ConfirmSignUp": "hands in the code that confirms the account of {who}",
    "ResendConfirmationCode": "asks for another code that confirms the account of {who}",
    "InitiateAuth": "asks Cognito to begin a sign-in for {who}",
    "GetTokensFromRefreshToken": "asks for fresh tokens",
    "GetUser": "asks Cognito who is signed in",
    "UpdateUserAttributes": "asks Cognito to add or change a number or address",
    "GetUserAttributeVerificationCode": "asks for a code that proves a number or address",
    "VerifyUserAttribute": "hands in the code that proves a number or address",
    "RevokeToken": "signs out: the refresh token is to be void",
    "GlobalSignOut": "asks Cognito to sign out everywhere",
    "DeleteUser": "asks Cognito to delete the account",
}

# By operation: what a call that succeeded without further ado comes to.
_DONE = {
    "SignUp": ("The account is made", "It waits for its first code."),
    "ConfirmSignUp": ("The account is confirmed", ""),
    "ResendConfirmationCode": ("Another code is on its way", ""),
    "GetUser": ("Cognito says who is signed in", ""),
    "UpdateUserAttributes": ("Cognito has noted it", "A number or address counts once its code is typed."),
    "GetUserAttributeVerificationCode": ("A code is on its way", ""),
    "VerifyUserAttribute": ("The number or address is proven", ""),
    "RevokeToken": ("The refresh token is void", "The other tokens run out within an hour."),
    "GlobalSignOut": ("Signed out everywhere", ""),
    "DeleteUser": ("The account is deleted", ""),
}

# In a refused sign-up: there is an account, and a page that signs up or in goes on with a sign-in.
_KNOWN = ("UsernameExists", "PHONE_NUMBER_TAKEN", "EMAIL_TAKEN", "USERNAME_TAKEN", "SIGN_UP_PENDING")

_NAMED = {"locale": "the language for messages", "phone_number": "a phone number", "email": "an e-mail address"}

_REFRESH = ("REFRESH_TOKEN_AUTH", "REFRESH_TOKEN")
_TOKENS = ("IdToken", "AccessToken", "RefreshToken")


@dataclass(frozen=True)
class Call:
    """A public call of a client, as far as it may be shown.

    Attributes:
        operation: e.g. `"InitiateAuth"`.
        who: what the person typed to sign up or in; empty if the call does not say.
        flow: the AuthFlow of an InitiateAuth.
        wish: `"resend"`, if another code is asked for instead of answering.
        channel: by which way it is wished for.
        digits: how many characters were handed in as an answer; None if none was.
        attributes: what the sign-up or the change names, by name.
    """

    operation: str
    who: str = ""
    flow: str = ""
    wish: str = ""
    channel: str = ""
    digits: int | None = None
    attributes: tuple[str, ...] = ()

    @classmethod
    def read(cls, operation: str, body: Mapping[str, Any], who: str = "") -> "Call":
        """Read a call's body; `who` is whose sign-in it goes on with, if the body names none itself."""
        metadata, responses, parameters = (
            value if isinstance(value := body.get(name), Mapping) else {}
            for name in ("ClientMetadata", "ChallengeResponses", "AuthParameters")
        )
        answer = responses.get("ANSWER")
        wish = metadata.get("action", "") if operation == "RespondToAuthChallenge" else ""
        code = body.get("ConfirmationCode") or body.get("Code") or (None if wish else answer)
        attributes = body.get("UserAttributes")
        named = tuple(str(each.get("Name")) for each in attributes or [] if isinstance(each, Mapping))
        return cls(
            operation=operation,
            who=str(body.get("Username") or parameters.get("USERNAME") or who),
            flow=str(body.get("AuthFlow", "")),
            wish=str(wish),
            channel=str(metadata.get("channel", "")),
            digits=None if code is None else len(str(code)),
            attributes=named,
        )

    def asked(self, actor: str) -> Words:
        """Say what is asked for; `actor` is who calls, e.g. `"Your page"`."""
        technical = " · ".join(filter(None, (self.operation, self.flow)))
        if self.flow in _REFRESH:
            return Words(f"{actor} asks for fresh tokens", "", technical)
        if self.operation == "RespondToAuthChallenge":
            return self._responded(actor, technical)
        title = _ASKED.get(self.operation, f"calls {self.operation}").format(who=self.who or "somebody")
        named = f"With it: {', '.join(_NAMED.get(name, name) for name in self.attributes)}." if self.attributes else ""
        detail = f"{named} The password is made up and thrown away.".strip() if self.operation == "SignUp" else named
        return Words(f"{actor} {title}", detail, technical)

    def _responded(self, actor: str, technical: str) -> Words:
        whose = f" for {self.who}" if self.who else ""
        if self.wish:
            way = {"sms": " by text", "email": " by e-mail"}.get(self.channel, "")
            return Words(f"{actor} asks for another code{way}{whose}", "", f"{technical} · action={self.wish}")
        count = "" if self.digits is None else f" ({self.digits} characters, not shown here)"
        return Words(f"{actor} hands in what was typed{whose}", f"An answer{count}." if count else "", technical)

    def answered(self, status: int, body: Mapping[str, Any]) -> Words:
        """Say what Cognito answered, with the response's HTTP status and JSON body."""
        if status != 200:
            error = str(body.get("__type", "")).rpartition("#")[2] or f"HTTP {status}"
            message = str(body.get("message") or body.get("Message") or "")
            if self.operation == "SignUp" and any(known in f"{error} {message}" for known in _KNOWN):
                detail = "No harm done: the page can begin a sign-in instead."
                return Words(f"Refused. {why(error, message)}", detail, f"{error}: {message}", "warning")
            return Words(f"Refused. {why(error, message)}", "", f"{error}: {message}" if message else error, "bad")
        result = body.get("AuthenticationResult")
        if result:
            tokens = ", ".join(name for name in _TOKENS if name in result)
            if self.flow in _REFRESH or self.operation == "GetTokensFromRefreshToken":
                return Words("Fresh tokens", "", tokens, "good")
            return Words("Signed in", "The page gets tokens that prove who the person is.", tokens, "good")
        if "ChallengeName" in body:
            return self._challenged(body)
        title, detail = _DONE.get(self.operation, ("Done", ""))
        return Words(title, detail, "", "good")

    def _challenged(self, body: Mapping[str, Any]) -> Words:
        told = {key: value for key, value in body.get("ChallengeParameters", {}).items() if key in _SHOWN}
        technical = " ".join([str(body["ChallengeName"]), *(f"{key}={value}" for key, value in told.items())])
        if body["ChallengeName"] != "CUSTOM_CHALLENGE" or "attempts_left" not in told:
            return Words("Cognito asks for the next step", "", technical)
        left = _counted(int(told["attempts_left"]), "attempt")
        facts = f"{told['code_length']} digits, {left} left, good for {_minutes(int(told['expires_in']))}."
        again = _again(int(told["resend_in"]), int(told["resends_left"]))
        if self.operation == "InitiateAuth":
            return Words("Cognito asks for the code", f"{facts} {again}", technical)
        if self.wish:
            return Words("Cognito asks for the code", f"{facts} {again}", technical)
        return Words(f"Not signed in: {left} left", f"Cognito asks for the code again. {again}", technical, "bad")


# Of a challenge's parameters; USERNAME and whatever Cognito may add stay behind.
_SHOWN = {
    "delivery_medium",
    "destination",
    "code_length",
    "expires_in",
    "resend_in",
    "resends_left",
    "attempts_left",
}


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _minutes(seconds: int) -> str:
    return f"{_counted(round(seconds / 60), 'minute')}" if seconds >= 90 else _counted(seconds, "second")


def _again(seconds: int, resends: int) -> str:
    if resends == 0:
        return "No other code in this sign-in."
    if seconds == 0:
        return "Another code can be had at once."
    return f"Another code can be had in {_counted(seconds, 'second')}."
