"""CUSTOM_AUTH: Define, Create and Verify, sessions that live for one answer, and people who do not exist.

MiniStack's own code still makes and checks SRP proofs (PASSWORD_VERIFIER); it comes back here for what follows them.
"""

import json
import os
import secrets
import threading
import time
from typing import Any

from dev.local import triggers, users
from dev.local.ministack import module, replace
from dev.local.users import Response, error, success

_cognito = module(
    "services.cognito",
    "_user_pools",
    "_pool_for_client",
    "_resolve_pool",
    "_challenge_sessions",
    "_create_challenge_session",
    "_append_challenge_to_session",
    "_update_pending_challenge_result",
    "_build_session_list",
    "_return_custom_auth_password_verifier",
    "_awaits_password_proof",
    "_validate_password",
    "_hides_user_existence",
    "_build_auth_result",
    "_password_auth_result",
    "_totp_matches",
)
_responses = module("core.responses", "new_uuid")

_WRONG = "Incorrect username or password."
_USED = "Invalid session for the user, session can only be used once."
_EXPIRED = "Invalid session for the user, session is expired."
_INVALID = "Invalid session for the user."

# How long one minute of a client's AuthSessionValidity lasts: tests of expired sessions cannot wait for three.
_MINUTE_SECONDS = float(os.environ.get("LOCAL_AWS_SESSION_MINUTE_SECONDS", "60"))

# Dead sessions are told apart from invented ones for this long.
_REMEMBER_SECONDS = 3600.0


class _SpentSessions:
    """Tokens that were answered once: the second answer gets an error of its own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._until: dict[str, float] = {}

    def take(self, token: str) -> tuple[dict[str, Any] | None, str]:
        """Take the live session of a token, so that nobody else can; or None and the reason."""
        with self._lock:
            now = time.time()
            self._until = {spent: until for spent, until in self._until.items() if until > now}
            if token in self._until:
                return None, _USED
            session: dict[str, Any] | None = _cognito._challenge_sessions.get(token)
            if session is None:
                return None, _INVALID
            if now > session["expires_at"]:
                return None, _EXPIRED
            del _cognito._challenge_sessions[token]
            self._until[token] = now + _REMEMBER_SECONDS
            return session, ""

    def spend(self, token: str) -> None:
        """Mark a token as answered."""
        with self._lock:
            _cognito._challenge_sessions.pop(token, None)
            self._until[token] = time.time() + _REMEMBER_SECONDS


_spent = _SpentSessions()


def install() -> None:
    """Put these behaviours into MiniStack."""
    initiate = _cognito._initiate_auth

    def initiate_auth(data: dict[str, Any]) -> Any:
        if data.get("AuthFlow") != "CUSTOM_AUTH":
            return initiate(data)
        pool, _pool_id = _cognito._pool_for_client(data.get("ClientId"))
        return start(pool, data)

    replace(_cognito, "_initiate_auth", initiate_auth)
    admin_initiate = _cognito._admin_initiate_auth

    def admin_initiate_auth(data: dict[str, Any]) -> Any:
        if data.get("AuthFlow") != "CUSTOM_AUTH":
            return admin_initiate(data)
        pool, refused = _cognito._resolve_pool(data.get("UserPoolId"))
        return refused or start(pool, data)

    replace(_cognito, "_admin_initiate_auth", admin_initiate_auth)

    for name in ("_respond_to_auth_challenge", "_admin_respond_to_auth_challenge"):
        respond = getattr(_cognito, name)

        def respond_to_auth_challenge(data: dict[str, Any], respond: Any = respond) -> Any:
            if data.get("ChallengeName") == "CUSTOM_CHALLENGE":
                return answer(data)
            live = _cognito._challenge_sessions.get(data.get("Session") or "") or {}
            pending = {"NEW_PASSWORD_REQUIRED": set_password, "SOFTWARE_TOKEN_MFA": answer_with_token}
            if data.get("ChallengeName") == live.get("pending_builtin_challenge") in pending:
                return pending[data["ChallengeName"]](data, live)
            return respond(data)

        replace(_cognito, name, respond_to_auth_challenge)

    # What MiniStack's PASSWORD_VERIFIER code calls when a CUSTOM_AUTH session goes on.
    replace(_cognito, "_invoke_define_auth_challenge_trigger", _define_after_password)
    replace(_cognito, "_continue_custom_auth_after_define", _continue_after_password)

    password_result = _cognito._password_auth_result

    def password_auth_result(
        pool: dict[str, Any], pid: str, cid: str, user: dict[str, Any], username: str, *args: Any, **kwargs: Any
    ) -> Any:
        response = password_result(pool, pid, cid, user, username, *args, **kwargs)
        if response[0] != 200 or b"AuthenticationResult" not in response[2]:
            return response
        metadata = args[0] if args else kwargs.get("client_metadata")
        try:
            post_authentication(pool, cid, user, metadata or {})
        except triggers.TriggerError as failure:
            return failure.response
        return response

    replace(_cognito, "_password_auth_result", password_auth_result)


def start(pool: dict[str, Any] | None, data: dict[str, Any]) -> Response:
    """InitiateAuth and AdminInitiateAuth with AuthFlow CUSTOM_AUTH. Their ClientMetadata reaches no trigger here."""
    client_id = str(data.get("ClientId") or "")
    if not pool or client_id not in pool["_clients"]:
        return error("ResourceNotFoundException", f"User pool client {client_id} does not exist.")
    flows = pool["_clients"][client_id].get("ExplicitAuthFlows") or []
    if flows and not {"ALLOW_CUSTOM_AUTH", "CUSTOM_AUTH_FLOW_ONLY"} & set(flows):
        return error("InvalidParameterException", "CUSTOM_AUTH is not enabled for the client.")
    if not (pool.get("LambdaConfig") or {}).get("DefineAuthChallenge"):
        return error("InvalidParameterException", "Custom auth lambda trigger is not configured for the user pool.")
    parameters = data.get("AuthParameters") or {}
    typed = parameters.get("USERNAME")
    if not typed:
        return error("InvalidParameterException", "Missing required parameter USERNAME")
    user = users.find(pool, typed)
    refused = _status_refusal(user)
    if refused:
        return refused
    if user is None and not _cognito._hides_user_existence(pool, client_id):
        return error("UserNotFoundException", "User does not exist.")

    # The name that the triggers see for nobody is not documented: one of the same look, new each time.
    name = user["Username"] if user else str(_responses.new_uuid())
    token, session = _cognito._create_challenge_session(pool["Id"], client_id, name)
    session["typed"] = typed
    session["exists"] = user is not None
    if parameters.get("SRP_A") or parameters.get("CHALLENGE_NAME") == "SRP_A":
        _cognito._append_challenge_to_session(session, "SRP_A", True, None, {}, {})
        session["srp_a"] = parameters.get("SRP_A") or ""
    _spent.take(token)  # it is stored anew, under a token of its own, if a challenge follows
    try:
        return _decide(pool, session, user, {})
    except triggers.TriggerError as failure:
        return failure.response


def answer(data: dict[str, Any]) -> Response:
    """RespondToAuthChallenge and AdminRespondToAuthChallenge with ChallengeName CUSTOM_CHALLENGE."""
    responses = data.get("ChallengeResponses") or {}
    for name in ("USERNAME", "ANSWER"):
        if not responses.get(name):
            return error("InvalidParameterException", f"Missing required parameter {name}")
    token = data.get("Session")
    if not token:
        return error("InvalidParameterException", "Missing required parameter Session")
    live = _cognito._challenge_sessions.get(token)
    if live is not None and (_cognito._awaits_password_proof(live) or live["client_id"] != data.get("ClientId")):
        return error("NotAuthorizedException", _INVALID)
    # From here on the session is dead, whatever happens: also when a trigger raises.
    session, why = _spent.take(token)
    if session is None:
        return error("NotAuthorizedException", why)
    pool = _cognito._user_pools.get(session["pool_id"])
    if not pool:
        return error("ResourceNotFoundException", f"User pool {session['pool_id']} does not exist.")
    user = pool["_users"].get(session["username"]) if session["exists"] else None
    if session["exists"] and user is None:
        return error("NotAuthorizedException", _WRONG)
    if not _is_same_person(pool, session, user, responses["USERNAME"]):
        return error("NotAuthorizedException", _INVALID)
    refused = _status_refusal(user)
    if refused:
        return refused
    metadata = data.get("ClientMetadata") or {}
    try:
        correct = _verify(pool, session, user, responses["ANSWER"], metadata)
        _cognito._update_pending_challenge_result(session, correct)
        return _decide(pool, session, user, metadata)
    except triggers.TriggerError as failure:
        return failure.response


def set_password(data: dict[str, Any], session: dict[str, Any]) -> Response:
    """RespondToAuthChallenge with ChallengeName NEW_PASSWORD_REQUIRED, where Define named that challenge."""
    pool = _cognito._user_pools.get(session["pool_id"])
    user = pool["_users"].get(session["username"]) if pool else None
    if not pool or user is None or session["client_id"] != data.get("ClientId"):
        return error("NotAuthorizedException", _INVALID)
    password = (data.get("ChallengeResponses") or {}).get("NEW_PASSWORD") or ""
    refused: Response | None = _cognito._validate_password(pool, password)
    if refused:
        return refused
    session, why = _spent.take(str(data["Session"]))  # type: ignore[assignment]
    if session is None:
        return error("NotAuthorizedException", why)
    user["_password"], user["UserStatus"] = password, "CONFIRMED"
    session["pending_builtin_challenge"] = None
    _cognito._append_challenge_to_session(session, "NEW_PASSWORD_REQUIRED", True, None, {}, {})
    try:
        return _decide(pool, session, user, data.get("ClientMetadata") or {})
    except triggers.TriggerError as failure:
        return failure.response


def answer_with_token(data: dict[str, Any], session: dict[str, Any]) -> Response:
    """RespondToAuthChallenge with ChallengeName SOFTWARE_TOKEN_MFA, which Cognito put after the password itself."""
    pool = _cognito._user_pools.get(session["pool_id"])
    user = pool["_users"].get(session["username"]) if pool else None
    if not pool or user is None or session["client_id"] != data.get("ClientId"):
        return error("NotAuthorizedException", _INVALID)
    code = (data.get("ChallengeResponses") or {}).get("SOFTWARE_TOKEN_MFA_CODE")
    if not _cognito._totp_matches(user["_totp_secret"], code):
        return error("CodeMismatchException", "Invalid code received for user")
    session, why = _spent.take(str(data["Session"]))  # type: ignore[assignment]
    if session is None:
        return error("NotAuthorizedException", why)
    session["pending_builtin_challenge"] = None
    _cognito._append_challenge_to_session(session, "SOFTWARE_TOKEN_MFA", True, None, {}, {})
    try:
        return _decide(pool, session, user, data.get("ClientMetadata") or {})
    except triggers.TriggerError as failure:
        return failure.response


def _status_refusal(user: dict[str, Any] | None) -> Response | None:
    """Who may not sign in at all. Whether Define runs before this refusal on AWS is not known; here it does not."""
    if user is None:
        return None
    if not user.get("Enabled", True):
        return error("NotAuthorizedException", "User is disabled.")
    if user["UserStatus"] == "UNCONFIRMED":
        return error("UserNotConfirmedException", "User is not confirmed.")
    return None


def _is_same_person(pool: dict[str, Any], session: dict[str, Any], user: dict[str, Any] | None, named: str) -> bool:
    if named in (session["username"], session["typed"]):
        return True
    return user is not None and users.find(pool, named) is user


def _request(pool: dict[str, Any], session: dict[str, Any], user: dict[str, Any] | None) -> dict[str, Any]:
    """What Define, Create and Verify have in common."""
    request: dict[str, Any] = {"userAttributes": users.trigger_attributes(user) if user else {}}
    if _cognito._hides_user_existence(pool, session["client_id"]):
        request["userNotFound"] = user is None
    return request


def _run(
    pool: dict[str, Any], session: dict[str, Any], trigger: str, request: dict[str, Any], response: dict[str, Any]
) -> dict[str, Any]:
    fields = triggers.invoke(
        pool,
        trigger,
        "Authentication",
        user_name=session["username"],
        request=request,
        response=response,
        client_id=session["client_id"],
    )
    if fields is None:
        raise triggers.TriggerError(
            "InvalidParameterException", "Custom auth lambda trigger is not configured for the user pool."
        )
    return fields


def _verify(
    pool: dict[str, Any], session: dict[str, Any], user: dict[str, Any] | None, given: str, metadata: dict[str, str]
) -> bool:
    request = _request(pool, session, user)
    last = session["challenges"][-1] if session["challenges"] else {}
    request["privateChallengeParameters"] = last.get("privateChallengeParameters") or {}
    request["challengeAnswer"] = given
    if metadata:
        request["clientMetadata"] = metadata
    return bool(_run(pool, session, "VerifyAuthChallengeResponse", request, {"answerCorrect": None})["answerCorrect"])


def _decide(
    pool: dict[str, Any], session: dict[str, Any], user: dict[str, Any] | None, metadata: dict[str, str]
) -> Response:
    """Ask Define what comes next, and do it."""
    request = _request(pool, session, user)
    request["session"] = _cognito._build_session_list(session)
    if metadata:
        request["clientMetadata"] = metadata
    blank = {"challengeName": None, "issueTokens": None, "failAuthentication": None}
    decision = _run(pool, session, "DefineAuthChallenge", request, blank)
    wishes = [name for name in blank if decision.get(name)]
    if len(wishes) != 1:
        return error(
            "InvalidLambdaResponseException",
            "DefineAuthChallenge must do exactly one of: name a challenge, issue tokens, fail the authentication",
        )
    if wishes == ["failAuthentication"]:
        return error("NotAuthorizedException", _WRONG)
    if wishes == ["issueTokens"]:
        return _tokens(pool, session, user, metadata)
    return _challenge(pool, session, user, decision["challengeName"])


def _tokens(
    pool: dict[str, Any], session: dict[str, Any], user: dict[str, Any] | None, metadata: dict[str, str]
) -> Response:
    if user is None:
        # What AWS answers when Define wants tokens for nobody is not known; tokens it cannot be.
        return error("NotAuthorizedException", _WRONG)
    post_authentication(pool, session["client_id"], user, metadata)
    result = _cognito._build_auth_result(pool["Id"], session["client_id"], user, client_metadata=metadata)
    return success({"AuthenticationResult": result, "ChallengeParameters": {}})


def _challenge(pool: dict[str, Any], session: dict[str, Any], user: dict[str, Any] | None, name: str) -> Response:
    if name == "PASSWORD_VERIFIER":
        token = _store(pool, session)
        response: Response = _cognito._return_custom_auth_password_verifier(
            token, session, user or {"Username": session["username"]}
        )
        return response
    if name == "NEW_PASSWORD_REQUIRED" and user is not None:
        session["pending_builtin_challenge"] = name
        parameters = {
            "USER_ID_FOR_SRP": user["Username"],
            "requiredAttributes": "[]",
            "userAttributes": json.dumps(users.attributes(user)),
        }
        return success({"ChallengeName": name, "Session": _store(pool, session), "ChallengeParameters": parameters})
    if name != "CUSTOM_CHALLENGE":
        return error("InvalidLambdaResponseException", f"DefineAuthChallenge named an unknown challenge: {name}")
    # RespondToAuthChallenge's metadata is documented to reach Create and was measured not to: it does not here, so
    # that nothing comes to rely on it.
    request = _request(pool, session, user)
    request["challengeName"] = name
    request["session"] = _cognito._build_session_list(session)
    blank = {"publicChallengeParameters": None, "privateChallengeParameters": None, "challengeMetadata": None}
    made = _run(pool, session, "CreateAuthChallenge", request, blank)
    public = dict(made.get("publicChallengeParameters") or {})
    private = dict(made.get("privateChallengeParameters") or {})
    _cognito._append_challenge_to_session(session, name, None, made.get("challengeMetadata"), public, private)
    return success(
        {
            "ChallengeName": name,
            "Session": _store(pool, session),
            "ChallengeParameters": {**public, "USERNAME": session["username"]},
        }
    )


def _store(pool: dict[str, Any], session: dict[str, Any]) -> str:
    """Keep a session under a new token, valid for another AuthSessionValidity; return the token."""
    token = secrets.token_urlsafe(96)
    session["expires_at"] = time.time() + session_seconds(pool, session["client_id"])
    _cognito._challenge_sessions[token] = session
    return token


def session_seconds(pool: dict[str, Any], client_id: str) -> float:
    """How long a client's sessions wait for an answer."""
    minutes = pool["_clients"].get(client_id, {}).get("AuthSessionValidity") or 3
    return float(minutes * _MINUTE_SECONDS)


def post_authentication(pool: dict[str, Any], client_id: str, user: dict[str, Any], metadata: dict[str, str]) -> None:
    """Run PostAuthentication. Raises TriggerError if it denies the tokens."""
    request: dict[str, Any] = {"userAttributes": users.trigger_attributes(user), "newDeviceUsed": False}
    if metadata:
        request["clientMetadata"] = metadata
    triggers.invoke(
        pool,
        "PostAuthentication",
        "Authentication",
        user_name=user["Username"],
        request=request,
        response={},
        client_id=client_id,
    )


def _define_after_password(*_arguments: Any, **_named: Any) -> tuple[None, None]:
    """MiniStack asks Define and then what to do with its word; both happen in the second step here."""
    return None, None


def _continue_after_password(
    token: str,
    session: dict[str, Any],
    user: dict[str, Any],
    user_attrs: dict[str, str],  # noqa: ARG001 - MiniStack passes these by position
    client_metadata: dict[str, str],
    define_result: None,  # noqa: ARG001
) -> Response:
    """Go on after a right password proof in a CUSTOM_AUTH session: by Cognito's own MFA, if the user has a token."""
    _spent.spend(token)
    pool = _cognito._user_pools[session["pool_id"]]
    if pool["MfaConfiguration"] != "OFF" and user.get("_totp_secret"):
        session["pending_builtin_challenge"] = "SOFTWARE_TOKEN_MFA"
        parameters = {"USER_ID_FOR_SRP": user["Username"], "FRIENDLY_DEVICE_NAME": "TOTP device"}
        challenge = {"ChallengeName": "SOFTWARE_TOKEN_MFA", "ChallengeParameters": parameters}
        return success({**challenge, "Session": _store(pool, session)})
    try:
        return _decide(pool, session, user, client_metadata or {})
    except triggers.TriggerError as failure:
        return failure.response
