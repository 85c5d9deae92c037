"""USER_AUTH: the choice among first factors, and Cognito's own one-time passwords, by SMS and e-mail, as such.

As the developer guide has it ("Authentication with user pools", choice-based sign-in); what it leaves open is as users
measured it: codes of 8 digits, any number of guesses in a session. PASSWORD_SRP and passkeys are not simulated.
"""

import os
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dev.local import custom_auth, custom_message, triggers, users
from dev.local.ministack import module, replace
from dev.local.users import Response, error, success

_cognito = module(
    "services.cognito",
    "_pool_for_client",
    "_resolve_pool",
    "_user_pools",
    "_user_pool_tier",
    "_hides_user_existence",
    "_DEFAULT_EMAIL_OTP_SUBJECT",
    "_DEFAULT_EMAIL_OTP_MESSAGE",
    "_username_alias_attribute",
    "_password_auth_result",
    "_build_auth_result",
)

# The attribute that a factor's code goes to.
FACTORS = {"EMAIL_OTP": "email", "SMS_OTP": "phone_number"}

_WRONG_CODE = "Invalid code or auth state for the user."
_WRONG_PASSWORD = "Incorrect username or password."
_INVALID = "Invalid session for the user."
_DEFAULT_SMS = "Your authentication code is {####}."

# Whether a one-time password that confirms an account fires PostConfirmation is not documented. It does not here; the
# variable makes it, so that both can be tested.
FIRES_POST_CONFIRMATION = os.environ.get("LOCAL_AWS_OTP_FIRES_POST_CONFIRMATION", "") == "1"


@dataclass(frozen=True)
class _Session:
    """A sign-in that waits for a choice (`challenge` SELECT_CHALLENGE), a code, or nothing more (CONFIRMED)."""

    pool_id: str
    client_id: str
    typed: str
    username: str | None
    challenge: str
    code: str
    until: float


_lock = threading.Lock()
_sessions: dict[str, _Session] = {}


def install() -> None:
    """Put these behaviours into MiniStack."""
    for name in ("_initiate_auth", "_admin_initiate_auth"):
        initiate = getattr(_cognito, name)

        def initiate_auth(data: dict[str, Any], initiate: Any = initiate) -> Any:
            return start(data) if data.get("AuthFlow") == "USER_AUTH" else initiate(data)

        replace(_cognito, name, initiate_auth)

    for name in ("_respond_to_auth_challenge", "_admin_respond_to_auth_challenge"):
        respond = getattr(_cognito, name)

        def respond_to_auth_challenge(data: dict[str, Any], respond: Any = respond) -> Any:
            ours = data.get("ChallengeName") in ("SELECT_CHALLENGE", *FACTORS)
            return answer(data) if ours else respond(data)

        replace(_cognito, name, respond_to_auth_challenge)

    for name in ("_create_user_pool", "_update_user_pool"):
        change = getattr(_cognito, name)

        def change_user_pool(data: dict[str, Any], change: Any = change) -> Any:
            return sign_in_policy_error(data) or change(data)

        replace(_cognito, name, change_user_pool)


def sign_in_policy_error(data: dict[str, Any]) -> Response | None:
    """The refusal of a pool's first factors, or None."""
    pool = _cognito._user_pools.get(data.get("UserPoolId")) or {}
    factors = _allowed({**pool, **data})
    if factors == {"PASSWORD"}:
        return None
    if _cognito._user_pool_tier({**pool, **data}) == "LITE":
        return error("FeatureUnavailableInTierException", "Choice-based sign-in is not available in the LITE tier.")
    if "PASSWORD" not in factors:  # widely reported; the text is a guess
        return error("InvalidParameterException", "AllowedFirstAuthFactors must include PASSWORD")
    return None


def may_omit_password(pool: dict[str, Any], client: dict[str, Any], values: Mapping[str, str]) -> bool:
    """Whether a SignUp needs no password: a one-time password can reach an attribute that the pool verifies."""
    verified = pool.get("AutoVerifiedAttributes") or []
    reachable = [a for factor, a in FACTORS.items() if factor in _allowed(pool) and a in verified and values.get(a)]
    return bool(reachable) and "ALLOW_USER_AUTH" in (client.get("ExplicitAuthFlows") or [])


def after_confirmation(pool: dict[str, Any], client: dict[str, Any], user: dict[str, Any]) -> dict[str, str]:
    """ConfirmSignUp's answer: with USER_AUTH a session that signs in without another code."""
    if "ALLOW_USER_AUTH" not in (client.get("ExplicitAuthFlows") or []):
        return {}
    return {"Session": _open(pool, client["ClientId"], user["Username"], user, "CONFIRMED")}


def start(data: dict[str, Any]) -> Response:
    """InitiateAuth and AdminInitiateAuth with AuthFlow USER_AUTH."""
    client_id = str(data.get("ClientId") or "")
    pool: dict[str, Any] | None = _cognito._pool_for_client(client_id)[0]
    if not pool:
        return error("ResourceNotFoundException", f"User pool client {client_id} does not exist.")
    if "ALLOW_USER_AUTH" not in (pool["_clients"][client_id].get("ExplicitAuthFlows") or []):
        return error("InvalidParameterException", "USER_AUTH is not enabled for the client.")
    parameters = data.get("AuthParameters") or {}
    typed = parameters.get("USERNAME")
    if not typed:
        return error("InvalidParameterException", "Missing required parameter USERNAME")
    user = users.find(pool, typed)
    if user is None and not _cognito._hides_user_existence(pool, client_id):
        return error("UserNotFoundException", "User does not exist.")
    if user is not None and not user.get("Enabled", True):
        return error("NotAuthorizedException", "User is disabled.")
    if data.get("Session"):
        return _after_confirmation(pool, client_id, user, data)
    preferred = parameters.get("PREFERRED_CHALLENGE")
    if preferred == "PASSWORD" and parameters.get("PASSWORD"):
        return _password(pool, client_id, user, parameters["PASSWORD"], data)
    available = _available(pool, user)
    if preferred in FACTORS and preferred in available:
        return _send(pool, client_id, typed, user, preferred)
    session = _open(pool, client_id, typed, user, "SELECT_CHALLENGE")
    return success(
        {
            "ChallengeName": "SELECT_CHALLENGE",
            "Session": session,
            "ChallengeParameters": {},
            "AvailableChallenges": available,
        }
    )


def answer(data: dict[str, Any]) -> Response:
    """RespondToAuthChallenge and its admin variant with SELECT_CHALLENGE, SMS_OTP or EMAIL_OTP."""
    token, challenge = str(data.get("Session") or ""), str(data.get("ChallengeName"))
    responses = data.get("ChallengeResponses") or {}
    given = responses.get("ANSWER" if challenge == "SELECT_CHALLENGE" else f"{challenge}_CODE")
    if not responses.get("USERNAME") or not given:
        return error("InvalidParameterException", "Missing required parameter")
    session = _sessions.get(token)
    if session is None or (session.client_id, session.challenge) != (data.get("ClientId"), challenge):
        return error("NotAuthorizedException", _INVALID)
    if time.time() > session.until:
        return error("NotAuthorizedException", "Invalid session for the user, session is expired.")
    pool = _cognito._user_pools.get(session.pool_id)
    if not pool:
        return error("ResourceNotFoundException", f"User pool {session.pool_id} does not exist.")
    user = pool["_users"].get(session.username) if session.username else None
    if responses["USERNAME"] not in (session.typed, session.username):
        return error("NotAuthorizedException", _INVALID)
    if challenge == "SELECT_CHALLENGE":
        return _selected(pool, session, token, user, data)
    if user is None or not secrets.compare_digest(given.encode(), session.code.encode()):
        return error("CodeMismatchException", _WRONG_CODE)
    if not _take(token):
        return error("NotAuthorizedException", _INVALID)
    return _signed_in(pool, session, user, data)


def _selected(
    pool: dict[str, Any], session: _Session, token: str, user: dict[str, Any] | None, data: dict[str, Any]
) -> Response:
    responses = data["ChallengeResponses"]
    chosen = responses["ANSWER"]
    if chosen not in _available(pool, user):
        return error("InvalidParameterException", f"{chosen} is not one of the available challenges")
    if not _take(token):
        return error("NotAuthorizedException", _INVALID)
    if chosen in FACTORS:
        return _send(pool, session.client_id, session.typed, user, chosen)
    if chosen != "PASSWORD":
        return error("InvalidParameterException", f"{chosen} is not simulated here")
    return _password(pool, session.client_id, user, str(responses.get("PASSWORD") or ""), data)


def _send(pool: dict[str, Any], client_id: str, typed: str, user: dict[str, Any] | None, factor: str) -> Response:
    """Send a code, or nothing to nobody, and answer the same."""
    code = f"{secrets.randbelow(10**8):08d}"
    attribute = FACTORS[factor]
    own = users.attributes(user) if user else {attribute: typed}
    by_sms = factor == "SMS_OTP"
    default = pool.get("SmsAuthenticationMessage") or _DEFAULT_SMS if by_sms else _cognito._DEFAULT_EMAIL_OTP_MESSAGE
    if user is not None:
        try:
            custom_message.send(
                pool,
                user,
                "Authentication",
                attribute,
                code,
                default=default,
                default_subject=_cognito._DEFAULT_EMAIL_OTP_SUBJECT,
                client_id=client_id,
            )
        except triggers.TriggerError as failure:
            return failure.response
    return success(
        {
            "ChallengeName": factor,
            "Session": _open(pool, client_id, typed, user, factor, code),
            "ChallengeParameters": {
                "CODE_DELIVERY_DELIVERY_MEDIUM": factor.removesuffix("_OTP"),
                "CODE_DELIVERY_DESTINATION": _masked(own[attribute]),
            },
            "AvailableChallenges": _available(pool, user),
        }
    )


def _signed_in(pool: dict[str, Any], session: _Session, user: dict[str, Any], data: dict[str, Any]) -> Response:
    """What a right code does: the address is verified, the account confirmed, the tokens issued."""
    attribute = FACTORS[session.challenge]
    with users.LOCK:
        was_unconfirmed = user["UserStatus"] == "UNCONFIRMED"
        users.take_alias(pool, user, attribute, users.attributes(user)[attribute])
        users.set_attributes(user, {f"{attribute}_verified": "true"})
        if was_unconfirmed:
            user.pop("_confirmation_code", None)
            user["UserStatus"] = "CONFIRMED"
    metadata = data.get("ClientMetadata") or {}
    try:
        if was_unconfirmed and FIRES_POST_CONFIRMATION:
            triggers.invoke(
                pool,
                "PostConfirmation",
                "ConfirmSignUp",
                user_name=user["Username"],
                request={"userAttributes": users.trigger_attributes(user)},
                response={},
                client_id=session.client_id,
            )
        return _tokens(pool, session.client_id, user, metadata)
    except triggers.TriggerError as failure:
        return failure.response


def _after_confirmation(
    pool: dict[str, Any], client_id: str, user: dict[str, Any] | None, data: dict[str, Any]
) -> Response:
    token = str(data["Session"])
    session = _sessions.get(token)
    if session is None or session.challenge != "CONFIRMED" or session.client_id != client_id:
        return error("NotAuthorizedException", _INVALID)
    if user is None or user["Username"] != session.username or time.time() > session.until or not _take(token):
        return error("NotAuthorizedException", _INVALID)
    try:
        return _tokens(pool, client_id, user, data.get("ClientMetadata") or {})
    except triggers.TriggerError as failure:
        return failure.response


def _tokens(pool: dict[str, Any], client_id: str, user: dict[str, Any], metadata: dict[str, str]) -> Response:
    custom_auth.post_authentication(pool, client_id, user, metadata)
    result = _cognito._build_auth_result(pool["Id"], client_id, user, client_metadata=metadata)
    return success({"AuthenticationResult": result, "ChallengeParameters": {}})


def _password(
    pool: dict[str, Any], client_id: str, user: dict[str, Any] | None, password: str, data: dict[str, Any]
) -> Response:
    if user is not None and user["UserStatus"] == "UNCONFIRMED":
        return error("UserNotConfirmedException", "User is not confirmed.")
    if user is None or not user.get("_password") or user["_password"] != password:
        return error("NotAuthorizedException", _WRONG_PASSWORD)
    response: Response = _cognito._password_auth_result(pool, pool["Id"], client_id, user, user["Username"], data=data)
    return response


def _allowed(pool: Mapping[str, Any]) -> set[str]:
    policy = (pool.get("Policies") or {}).get("SignInPolicy") or {}
    return set(policy.get("AllowedFirstAuthFactors") or ["PASSWORD"])


def _available(pool: dict[str, Any], user: dict[str, Any] | None) -> list[str]:
    """What a user may choose from. Who does not exist sees all; whoever must set a password, nothing but passwords."""
    allowed = _allowed(pool)
    codes = [factor for factor in FACTORS if factor in allowed]
    passwords = ["PASSWORD", "PASSWORD_SRP"] if "PASSWORD" in allowed else []
    if user is None:
        return passwords + codes
    if user["UserStatus"] in ("FORCE_CHANGE_PASSWORD", "RESET_REQUIRED"):
        return passwords
    own = users.attributes(user)
    return (passwords if user.get("_password") else []) + [factor for factor in codes if own.get(FACTORS[factor])]


def _open(
    pool: dict[str, Any], client_id: str, typed: str, user: dict[str, Any] | None, challenge: str, code: str = ""
) -> str:
    """Keep a session, valid for the client's AuthSessionValidity; return its token."""
    token = secrets.token_urlsafe(96)
    until = time.time() + custom_auth.session_seconds(pool, client_id)
    username = user["Username"] if user else None
    with _lock:
        _sessions[token] = _Session(pool["Id"], client_id, typed, username, challenge, code, until)
    return token


def _take(token: str) -> bool:
    """End a session; False if somebody else has."""
    with _lock:
        return _sessions.pop(token, None) is not None


def _masked(address: str) -> str:
    if "@" in address:
        local, _at, domain = address.partition("@")
        return f"{local[:1]}***@{domain[:1]}***"
    return f"+{'*' * max(0, len(address) - 5)}{address[-4:]}"
