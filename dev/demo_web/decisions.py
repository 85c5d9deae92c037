"""What the functions decided, in plain words: the triggers that ran, and the lines of their logs (docs/logs.md)."""

from collections.abc import Mapping
from typing import Any

from dev.demo_web.refused import TOKENS
from dev.demo_web.timeline import Tone, Words

# By trigger: the question that Cognito asks with it, or what it tells.
_TRIGGERS = {
    "PreSignUp": "Cognito asks: may this account be made?",
    "PostConfirmation": "Cognito tells: the account is made",
    "CustomMessage": "Cognito asks: in which words should its own code go out?",
    "DefineAuthChallenge": "Cognito asks: what comes next in this sign-in?",
    "CreateAuthChallenge": "Cognito asks: what is this person to be asked?",
    "VerifyAuthChallengeResponse": "Cognito asks: is this answer right?",
    "PreAuthentication": "Cognito asks: may this sign-in begin?",
    "PostAuthentication": "Cognito tells: the sign-in is through",
    "TokenGeneration": "Cognito asks: what else should the tokens say?",
    "UserMigration": "Cognito asks: is this person known elsewhere?",
}

_UNKNOWN_TRIGGER = "Cognito asks a function"

# By event and outcome: what happened, why or what follows, and how it is to be taken. In braces: fields of the line.
_DECISIONS: dict[tuple[str, str], tuple[str, str, Tone]] = {
    ("sign_up", "accepted"): (
        "The account may be made",
        "The number or address is free. From now on it is reserved, in any spelling.",
        "good",
    ),
    ("sign_up", "refused"): ("The account may not be made", "{reason}", "bad"),
    ("sign_up", "failed"): ("The check of this sign-up failed", "{error} The person is asked to try again.", "bad"),
    ("sign_up_budget", "failed"): (
        "A refused sign-up could not be taken off the hourly budget",
        "{error} It goes on counting in this hour.",
        "warning",
    ),
    ("custom_message", "written"): ("The words around Cognito's own code are written", "", "good"),
    ("custom_message", "too_long"): (
        "The words are longer than Cognito takes",
        "The message goes out in Cognito's own words.",
        "warning",
    ),
    ("custom_message", "left_alone"): ("This message goes out in Cognito's own words", "", "plain"),
    ("custom_message", "failed"): (
        "The words could not be written",
        "{error} The message goes out in Cognito's own words.",
        "bad",
    ),
    ("user_row", "written"): ("The person's row in the User table is written", "", "good"),
    ("user_row", "left_alone"): (
        "The row stays as it is",
        "It says more than this event, or that the account is disabled or deleted.",
        "plain",
    ),
    ("user_row", "failed"): ("The row could not be written", "{error} The next sign-in writes it.", "bad"),
    ("account", "unchanged"): ("Number and address were compared with Cognito's", "They agree.", "plain"),
    ("account", "moved"): ("The account follows a changed number or address", "The new one was proven.", "good"),
    ("account", "adopted"): ("A user of earlier times has an account now", "", "good"),
    ("account", "conflict"): ("Another account has proven the same number or address", "Both stay.", "warning"),
    ("account", "failed"): ("The account could not be compared", "{error} The next sign-in does it.", "bad"),
    ("challenge", "requested"): (
        "A code was asked for and handed over to delivery",
        "Delivery is the function that sends. It alone will know the code; what is kept is a fingerprint of it.",
        "good",
    ),
    ("challenge", "joined"): (
        "A code is already on its way: this request joins it",
        "The same request within 30 seconds sends nothing more, whoever makes it.",
        "plain",
    ),
    ("challenge", "simulated"): (
        "Nobody gets a code, and nothing shows it",
        "The number or address is unknown or may get none. The answer looks like any other.",
        "plain",
    ),
    ("challenge", "refused"): (
        "No new code yet",
        "The pause after the last code still runs{for_seconds}.",
        "bad",
    ),
    ("challenge", "failed"): ("A code could not be asked for", "{error} The person is asked to try again.", "bad"),
    ("resend", "requested"): (
        "Another code was asked for and handed over to delivery",
        "The old code is dead.",
        "good",
    ),
    ("resend", "simulated"): (
        "Nobody gets another code, and nothing shows it",
        "The number or address is unknown, or may get no code.",
        "plain",
    ),
    ("resend", "repeated"): ("The message is on its way already", "Nothing more is sent.", "plain"),
    ("resend", "throttled"): (
        "Too early for another code",
        "The pause after the last one still runs. The code that is out stays good.",
        "warning",
    ),
    ("resend", "used_up"): ("No more codes in this sign-in", "The last code stays good.", "warning"),
    ("resend", "shared"): (
        "The code may not change its way here",
        "A second sign-in has joined, which may be a stranger's. The code that is out stays good.",
        "warning",
    ),
    ("resend", "over"): ("Too late for another code", "The last one has expired or was answered.", "warning"),
    ("resend", "unknown_channel"): ("Codes do not go out by that way", "The last code stays good.", "warning"),
    ("resend", "failed"): ("Another code could not be asked for", "{error} The last code stays good.", "bad"),
    ("delivery", "sent"): (
        "The code was made and sent{to}",
        "The provider has taken the message. The code in plain is forgotten here.",
        "good",
    ),
    ("delivery", "simulated"): (
        "There was nothing to send",
        "The number or address is unknown, or may get no code.",
        "plain",
    ),
    ("delivery", "skipped"): (
        "Nothing is sent twice",
        "This code is on its way already, was replaced by a newer one, or has expired.",
        "plain",
    ),
    ("delivery", "blocked"): ("The message is kept back", "{reason} The client is not told.", "bad"),
    ("delivery", "refused"): ("The provider does not take the message", "{reason}", "bad"),
    ("delivery", "failed"): (
        "Whether the message went out is not known",
        "{error} It is never sent twice, and its code works.",
        "bad",
    ),
    ("delivery", "test_number"): ("A test number: its code is fixed", "Nothing was sent.", "warning"),
    ("pumping", "suspected"): (
        "Many codes to {country} are not answered",
        "The guard only records it here.",
        "warning",
    ),
    ("admission", "failed"): ("The guard against misuse could not be asked", "{error} The message passes.", "warning"),
    ("invocation", "failed"): ("Delivery failed before or after sending", "{error} Lambda tries again.", "bad"),
    ("configuration", "failed"): ("Settings could not be read", "{error} The function starts anew.", "bad"),
    ("configuration", "missing"): ("Settings are missing and count as none", "", "warning"),
    ("feedback", "received"): ("The provider was told that the message arrived", "", "plain"),
    ("guess", "right"): ("The code is right", "It is used up by that.", "good"),
    ("guess", "wrong"): ("The code is wrong", "The guess was counted before it was compared.", "bad"),
    ("guess", "unreadable"): (
        "That cannot be a code",
        "Too short, too long or no digits: no attempt is lost.",
        "plain",
    ),
    ("guess", "not_counted"): (
        "This answer does not count",
        "The code was used already, replaced, has expired, or all its attempts are gone.",
        "warning",
    ),
    ("guess", "not_carried_through"): ("The code is right, but the account could not be activated", "", "bad"),
    ("guess", "failed"): ("The guess could not be checked", "{error} It counts as wrong.", "bad"),
    ("after_guess", "failed"): (
        "What follows from the guess could not be noted",
        "{error} The guess stands.",
        "warning",
    ),
    ("activation", "activated"): (
        "The account is active: its first right code",
        "The person has proven that the number or address is theirs.",
        "good",
    ),
    ("activation", "refused"): (
        "The account cannot be activated",
        "It is being removed, or another holds this.",
        "bad",
    ),
    ("activation", "failed"): (
        "The account could not be activated",
        "{error} The same code can be typed again.",
        "bad",
    ),
    ("user_pool", "told"): ("The number or address is marked as verified", "", "good"),
    ("user_pool", "outdated"): (
        "The number or address has changed since the code went out",
        "It stays as it is.",
        "plain",
    ),
    ("user_pool", "failed"): ("The verified mark could not be set", "{error} The next sign-in sets it.", "bad"),
    ("drift", "healed"): ("Pool and tables differed, and agree again", "", "good"),
    ("drift", "found"): ("Pool and tables differ", "Nothing was written: a rehearsal.", "warning"),
    ("drift", "left"): ("Pool and tables differ, and it cannot be healed", "", "warning"),
    ("drift", "failed"): ("One user could not be brought in line", "{error} The next walk tries again.", "bad"),
    ("reconcile", "finished"): (
        "All users were compared with the tables",
        "By schedule: what differs is healed.",
        "plain",
    ),
    ("reconcile", "paused"): ("The comparison of users pauses", "The next schedule goes on.", "plain"),
    ("reconcile", "resting"): ("The next comparison of users is not due", "", "plain"),
    ("reconcile", "busy"): ("Users are being compared already", "", "plain"),
    ("reconcile", "token_expired"): ("The comparison of users begins anew", "Too much time had passed.", "warning"),
    ("recheck", "compared"): ("A changed user was looked at", "", "plain"),
    ("recheck", "gone"): ("A deleted user's traces are removed", "", "plain"),
    ("recheck", "young"): ("A user is too new to be looked at", "", "plain"),
    ("recheck", "unknown"): ("Nothing is known of this user", "", "plain"),
    ("job", "failed"): ("A maintenance job failed", "{error} It goes on at its next turn.", "bad"),
    ("job", "unknown"): ("There is no such maintenance job", "", "warning"),
    ("reap", "removed"): ("An account that was never proven is removed", "", "plain"),
    ("reap", "changed"): ("An account stays: it was proven meanwhile", "", "plain"),
    ("reap", "anothers"): ("An account stays: the user was there before", "", "plain"),
    ("reap", "in_flight"): ("An account stays: its sign-up may still be running", "", "plain"),
    ("reap", "verified"): ("An account stays: its address is verified", "", "plain"),
    ("reap", "confirmed"): ("An account stays: an administrator confirmed it", "", "plain"),
    ("reap", "disabled"): ("An account stays: an administrator disabled it", "", "plain"),
    ("reap", "code_alive"): ("An account stays for now: its code may still be typed", "", "plain"),
    ("reap", "failed"): ("An account could not be removed", "{error} A later run goes on.", "bad"),
    ("round", "failed"): ("The running code could not be read", "{error} The sign-in goes on.", "warning"),
    ("sign_in", "passed"): ("The sign-in is complete", "Cognito may hand out the tokens.", "good"),
    ("sign_in", "ended"): ("The sign-in is over", "No attempt or no time is left. A new one can be begun.", "bad"),
    ("sign_in", "failed"): ("The sign-in failed", "{error} The person is asked to try again.", "bad"),
}

_REASONS = {
    "country_not_allowed": "Texts to this country are not allowed.",
    "pumping": "Too many codes to this country were never answered.",
    "budget": "This hour's budget of messages is used up.",
    "test_number_over": "The time of this test number is over.",
    "not_taken": "It took nothing in four tries.",
}


def of_trigger(source: str, function: str, outcome: str, attempt: int) -> Words:
    """Say that a trigger ran.

    Args:
        source: the event's triggerSource, e.g. `"PreSignUp_SignUp"`.
        function: the function's name.
        outcome: as a `TriggerRun` names it: `"ok"`, or how it failed.
        attempt: Cognito's, from 1 on.
    """
    title = _TRIGGERS.get(source.partition("_")[0], _UNKNOWN_TRIGGER)
    technical = f"{source.partition('_')[0]} · {function}"
    again = f"Cognito's attempt {attempt}." if attempt > 1 else ""
    if outcome == "ok":
        return Words(title, again, technical)
    raised = outcome.removeprefix("raised: ")
    refused = next((words for token, words in TOKENS.items() if token in raised), None)
    if refused is None:
        return Words(title, f"It did not answer: {raised}. {again}".strip(), technical, "bad")
    return Words(title, f"The function refuses: {raised}.", technical)


def of_line(line: Mapping[str, Any]) -> Words | None:
    """Say what a line of a function's log says; None if it is no decision."""
    event, outcome = str(line.get("message")), str(line.get("outcome"))
    said = _DECISIONS.get((event, outcome))
    if said is None:
        return None
    title, detail, tone = said
    named = {
        "reason": _reason(line),
        "error": _error(line),
        "country": line.get("country", "a country"),
        "for_seconds": f", for {line['retry_after']} seconds" if "retry_after" in line else "",
        "to": f" to {line['destination']}" if "destination" in line else "",
    }
    technical = f"{event} {outcome}" + (f", {line['reason']}" if "reason" in line else "")
    return Words(title.format(**named), detail.format(**named), technical, tone)


def _reason(line: Mapping[str, Any]) -> str:
    reason = str(line.get("reason", ""))
    return TOKENS.get(reason) or _REASONS.get(reason) or (f"Its word for it: {reason}." if reason else "")


def _error(line: Mapping[str, Any]) -> str:
    return f"{line.get('aws_error') or line.get('error') or 'An error'}."
