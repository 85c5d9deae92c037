"""Sign-up and confirmation as Cognito does them, with PreSignUp, CustomMessage and PostConfirmation."""

import contextvars
import os
import secrets
from typing import Any

from dev.local import custom_message, native_otp, triggers, users
from dev.local.ministack import module, replace
from dev.local.users import Response, error, success

_cognito = module(
    "services.cognito",
    "_user_pools",
    "_pool_for_client",
    "_resolve_pool",
    "_new_user_error",
    "_username_alias_attribute",
    "_validate_password",
    "_code_delivery_response",
    "_masked_destination",
    "_hides_user_existence",
    "_attr_list_to_dict",
    "_dict_to_attr_list",
    "_now_epoch",
)
_responses = module("core.responses", "new_uuid")

# Whether a taken name is found before PreSignUp runs or after is not documented; what users report says after. The
# variable makes the local AWS take the other order, so that both can be tested.
EXISTS_CHECK_FIRST = os.environ.get("LOCAL_AWS_EXISTS_CHECK_FIRST", "") == "1"

_RESET_CODE = "654321"  # MiniStack's

# AdminCreateUser's own code draws the sub; PreSignUp must have seen the same one as the user's name.
_next_uuid: contextvars.ContextVar[str | None] = contextvars.ContextVar("next_uuid", default=None)


def install() -> None:
    """Put these behaviours into MiniStack."""
    replace(_cognito, "_sign_up", sign_up)
    replace(_cognito, "_confirm_sign_up", confirm_sign_up)
    replace(_cognito, "_admin_confirm_sign_up", admin_confirm_sign_up)
    replace(_cognito, "_resend_confirmation_code", resend_confirmation_code)

    forget = _cognito._forgot_password
    replace(_cognito, "_forgot_password", lambda data: forgot_password(data, forget))

    create = _cognito._admin_create_user
    replace(_cognito, "_admin_create_user", lambda data: admin_create_user(data, create))
    reset = _cognito._confirm_forgot_password
    replace(_cognito, "_confirm_forgot_password", lambda data: confirm_forgot_password(data, reset))

    draw = _cognito.new_uuid

    def new_uuid() -> str:
        reserved = _next_uuid.get()
        _next_uuid.set(None)
        return reserved or str(draw())

    replace(_cognito, "new_uuid", new_uuid)


def sign_up(data: dict[str, Any]) -> Response:
    """SignUp."""
    pool, client, refused = _pool_and_client(data)
    if refused:
        return refused
    typed = str(data.get("Username") or "")
    values = dict(_cognito._attr_list_to_dict(data.get("UserAttributes") or []))
    refused = _sign_up_refusal(pool, client, typed, values)
    if refused:
        return refused

    alias = _cognito._username_alias_attribute(pool, typed)
    sub = str(_responses.new_uuid())
    username = sub if alias else typed
    if alias:
        values.setdefault(alias, typed)
    if EXISTS_CHECK_FIRST and (refused := _taken(pool, typed, values)):
        return refused
    try:
        flags = _pre_sign_up(pool, "SignUp", username, values, data, client["ClientId"])
        missing = _unverifiable(flags, values)
    except triggers.TriggerError as failure:
        return failure.response
    # Whether the password is looked at before PreSignUp or after is not documented: after, so that a trigger which
    # cannot bear a sign-up that fails later is found out.
    without = not data.get("Password") and native_otp.may_omit_password(pool, client, values)
    refused = missing or (None if without else _cognito._validate_password(pool, data.get("Password") or ""))
    if refused:
        return refused
    with users.LOCK:
        if refused := _taken(pool, typed, values):
            return refused
        user = _store(pool, username, sub, values, flags, data)

    answer: dict[str, Any] = {"UserConfirmed": user["UserStatus"] == "CONFIRMED", "UserSub": sub}
    if user["UserStatus"] == "CONFIRMED":
        failed = post_confirmation(pool, user, "ConfirmSignUp", data, client["ClientId"])
        if failed:
            return failed
    else:
        try:
            details = _send_confirmation_code(pool, user, "SignUp", data, client["ClientId"])
        except triggers.TriggerError as failure:  # the user is there, only the message is not
            return failure.response
        answer |= {"CodeDeliveryDetails": details} if details else {}
    return success(answer)


def confirm_sign_up(data: dict[str, Any]) -> Response:
    """ConfirmSignUp; MiniStack has compared the code and the status already when AUTH is on."""
    pool, client, refused = _pool_and_client(data)
    if refused:
        return refused
    with users.LOCK:
        user = users.find(pool, data.get("Username"), by_sub=True)
        if user is None:
            if _cognito._hides_user_existence(pool, client["ClientId"]):
                return error("ExpiredCodeException", "Invalid code provided, please request a code again.")
            return error("UserNotFoundException", "Username/client id combination not found.")
        if refused := _not_confirmable(user):
            return refused
        attribute = user.get("_confirmation_attribute")
        if attribute:
            value = users.attributes(user)[attribute]
            if attribute in (pool.get("AliasAttributes") or []):
                holder = users.alias_holder(pool, attribute, value)
                if holder is not None and holder is not user and not data.get("ForceAliasCreation"):
                    return error("AliasExistsException", f"An account with the {attribute} already exists.")
            users.take_alias(pool, user, attribute, value)
            users.set_attributes(user, {f"{attribute}_verified": "true"})
        _confirm(user)
    failed = post_confirmation(pool, user, "ConfirmSignUp", data, client["ClientId"])
    return failed or success(native_otp.after_confirmation(pool, client, user))


def admin_confirm_sign_up(data: dict[str, Any]) -> Response:
    """AdminConfirmSignUp: confirms, verifies nothing."""
    pool, refused = _cognito._resolve_pool(data.get("UserPoolId"))
    if refused:
        return refused  # type: ignore[no-any-return]
    with users.LOCK:
        user = users.find(pool, data.get("Username"), by_sub=True)
        if user is None:
            return error("UserNotFoundException", "User does not exist.")
        if refused := _not_confirmable(user):
            return refused
        _confirm(user)
    return post_confirmation(pool, user, "ConfirmSignUp", data, triggers.NO_CLIENT) or success({})


def resend_confirmation_code(data: dict[str, Any]) -> Response:
    """ResendConfirmationCode."""
    pool, client, refused = _pool_and_client(data)
    if refused:
        return refused
    user = users.find(pool, data.get("Username"))
    if user is None:
        if _cognito._hides_user_existence(pool, client["ClientId"]):
            return success(
                {"CodeDeliveryDetails": custom_message.delivery_details("email", str(data.get("Username") or ""))}
            )
        return error("UserNotFoundException", "Username/client id combination not found.")
    if user["UserStatus"] != "UNCONFIRMED":
        return error("InvalidParameterException", "User is already confirmed.")
    try:
        details = _send_confirmation_code(pool, user, "ResendCode", data, client["ClientId"])
    except triggers.TriggerError as failure:
        return failure.response
    if details is None:
        return error("InvalidParameterException", "Auto verification not turned on.")
    return success({"CodeDeliveryDetails": details})


def admin_create_user(data: dict[str, Any], create: Any) -> Response:
    """AdminCreateUser: MiniStack's, after PreSignUp (whose flags do not count here) and a check of what is taken."""
    pool = _cognito._user_pools.get(data.get("UserPoolId"))
    typed = str(data.get("Username") or "")
    if not pool or not typed or (data.get("MessageAction") or "").upper() == "RESEND":
        return create(data)  # type: ignore[no-any-return]
    values = dict(_cognito._attr_list_to_dict(data.get("UserAttributes") or []))
    refused = _cognito._new_user_error(pool, typed, values) or users.format_error(values)
    if refused:
        return refused
    alias = _cognito._username_alias_attribute(pool, typed)
    sub = str(_responses.new_uuid())
    if alias:
        values.setdefault(alias, typed)
    try:
        _pre_sign_up(pool, "AdminCreateUser", sub if alias else typed, values, data, triggers.NO_CLIENT)
    except triggers.TriggerError as failure:
        return failure.response
    with users.LOCK:
        if refused := _taken(pool, typed, values):
            return refused
        _next_uuid.set(sub)
        try:
            return create(data)  # type: ignore[no-any-return]
        finally:
            _next_uuid.set(None)


def forgot_password(data: dict[str, Any], ask: Any) -> Response:
    """ForgotPassword: MiniStack's for whoever is unknown; a known user's code goes by mail, with CustomMessage.

    Where only an administrator may reset a password nobody gets a code
    (https://docs.aws.amazon.com/cognito/latest/developerguide/how-to-recover-a-user-account.html).
    """
    pool, client, refused = _pool_and_client(data)
    ways = (pool.get("AccountRecoverySetting") or {}).get("RecoveryMechanisms") or []
    if [way["Name"] for way in ways] == ["admin_only"]:
        return error("NotAuthorizedException", "Contact administrator to reset password.")
    user = None if refused else users.find(pool, data.get("Username"), by_sub=True)
    address = users.attributes(user).get("email") if user else None
    if user is None or not address:
        return ask(data)  # type: ignore[no-any-return]
    user["_reset_code"] = _RESET_CODE
    subject, body = custom_message.verification_words(pool, "email")
    try:
        custom_message.send(
            pool,
            user,
            "ForgotPassword",
            "email",
            _RESET_CODE,
            default=body,
            default_subject=subject,
            client_id=client["ClientId"],
            metadata=data.get("ClientMetadata"),
        )
    except triggers.TriggerError as failure:
        return failure.response
    return _cognito._code_delivery_response(_cognito._masked_destination(address))  # type: ignore[no-any-return]


def confirm_forgot_password(data: dict[str, Any], reset: Any) -> Response:
    """ConfirmForgotPassword: MiniStack's, then PostConfirmation."""
    response: Response = reset(data)
    if response[0] != 200:
        return response
    pool, client, refused = _pool_and_client(data)
    user = None if refused else users.find(pool, data.get("Username"), by_sub=True)
    if user is None:
        return response
    failed = post_confirmation(pool, user, "ConfirmForgotPassword", data, client["ClientId"])
    return failed or response


def _pool_and_client(data: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any], Response | None]:
    client_id = data.get("ClientId")
    pool, _pool_id = _cognito._pool_for_client(client_id)
    if not pool:
        return {}, {}, error("ResourceNotFoundException", f"User pool client {client_id} does not exist.")
    return pool, pool["_clients"][client_id], None


def _sign_up_refusal(
    pool: dict[str, Any], client: dict[str, Any], typed: str, values: dict[str, str]
) -> Response | None:
    """What is wrong with a SignUp request before any trigger runs, or None."""
    if (pool.get("AdminCreateUserConfig") or {}).get("AllowAdminCreateUserOnly"):
        return error("NotAuthorizedException", "SignUp is not permitted for this user pool")
    sign_in_attributes = pool.get("UsernameAttributes") or []
    if "phone_number" in sign_in_attributes and typed.startswith("+"):
        refused = users.format_error({"phone_number": typed})
        if refused:
            return refused
    malformed: Response | None = _cognito._new_user_error(pool, typed, values)
    if malformed:
        return malformed
    kinds = pool.get("AliasAttributes") or []
    if "email" in kinds and "@" in typed:
        message = "Username cannot be of email format, since user pool is configured for email alias."
        return error("InvalidParameterException", message)
    if "phone_number" in kinds and typed.startswith("+"):
        message = "Username cannot be of phone number format, since user pool is configured for phone number alias."
        return error("InvalidParameterException", message)
    writable = client.get("WriteAttributes")
    if (writable and not values.keys() <= set(writable)) or {"email_verified", "phone_number_verified"} & values.keys():
        return error("NotAuthorizedException", "A client attempted to write unauthorized attribute")
    return users.format_error(values) or _schema_error(pool, typed, values)


def _schema_error(pool: dict[str, Any], typed: str, values: dict[str, str]) -> Response | None:
    schema = {entry["Name"]: entry for entry in pool.get("SchemaAttributes") or []}
    typed_as = _cognito._username_alias_attribute(pool, typed)
    for name in values:
        if schema and name not in schema:
            message = f"Attributes did not conform to the schema: Type for attribute {{{name}}} could not be determined"
            return error("InvalidParameterException", message)
    for name, entry in schema.items():
        if entry.get("Required") and name not in ("sub", typed_as) and not values.get(name):
            message = f"Attributes did not conform to the schema: {name}: The attribute is required\n"
            return error("InvalidParameterException", message)
    return None


def _pre_sign_up(
    pool: dict[str, Any], cause: str, username: str, values: dict[str, str], data: dict[str, Any], client_id: str
) -> dict[str, bool]:
    validation = _cognito._attr_list_to_dict(data.get("ValidationData") or [])
    request: dict[str, Any] = {"userAttributes": dict(values), "validationData": validation or None}
    if data.get("ClientMetadata"):
        request["clientMetadata"] = data["ClientMetadata"]
    flags = {"autoConfirmUser": False, "autoVerifyEmail": False, "autoVerifyPhone": False}
    fields = triggers.invoke(
        pool, "PreSignUp", cause, user_name=username, request=request, response=dict(flags), client_id=client_id
    )
    return {name: bool((fields or {}).get(name)) for name in flags}


def _unverifiable(flags: dict[str, bool], values: dict[str, str]) -> Response | None:
    # "If you set it without the attribute, the sign-up fails" (developer guide, pre sign-up); the text is a guess.
    for flag, attribute in (("autoVerifyEmail", "email"), ("autoVerifyPhone", "phone_number")):
        if flags[flag] and not values.get(attribute):
            return error("InvalidLambdaResponseException", f"{flag} needs the attribute {attribute}")
    return None


def _taken(pool: dict[str, Any], typed: str, values: dict[str, str]) -> Response | None:
    """The refusal of a name that an account has already, or None."""
    sign_in_attributes = pool.get("UsernameAttributes") or []
    for attribute in sign_in_attributes:
        # Of the kind that was not typed, uniqueness is uncertain on AWS.
        if values.get(attribute) and users.by_attribute(pool, attribute, values[attribute]):
            return error("UsernameExistsException", f"An account with the given {attribute} already exists.")
    if not sign_in_attributes and users.by_username(pool, typed):
        return error("UsernameExistsException", "User already exists")
    return None


def _store(
    pool: dict[str, Any],
    username: str,
    sub: str,
    values: dict[str, str],
    flags: dict[str, bool],
    data: dict[str, Any],
) -> dict[str, Any]:
    now = _cognito._now_epoch()
    stored = {"sub": sub}
    for attribute, flag in (("email", "autoVerifyEmail"), ("phone_number", "autoVerifyPhone")):
        if values.get(attribute):
            stored[f"{attribute}_verified"] = "true" if flags[flag] else "false"
    user = {
        "Username": username,
        "Attributes": _cognito._dict_to_attr_list(stored | values),
        "UserCreateDate": now,
        "UserLastModifiedDate": now,
        "Enabled": True,
        "UserStatus": "CONFIRMED" if flags["autoConfirmUser"] else "UNCONFIRMED",
        "MFAOptions": [],
        "_password": data.get("Password") or "",
        "_groups": [],
        "_tokens": [],
    }
    for attribute, flag in (("email", "autoVerifyEmail"), ("phone_number", "autoVerifyPhone")):
        if flags[flag]:
            users.take_alias(pool, user, attribute, values[attribute])
    pool["_users"][username] = user
    pool["EstimatedNumberOfUsers"] = len(pool["_users"])
    return user


def _not_confirmable(user: dict[str, Any]) -> Response | None:
    status = user["UserStatus"]
    if status == "UNCONFIRMED":
        return None
    return error("NotAuthorizedException", f"User cannot be confirmed. Current status is {status}")


def _confirm(user: dict[str, Any]) -> None:
    user.pop("_confirmation_code", None)
    user["UserStatus"] = "CONFIRMED"
    user["UserLastModifiedDate"] = _cognito._now_epoch()


def post_confirmation(
    pool: dict[str, Any], user: dict[str, Any], cause: str, data: dict[str, Any], client_id: str
) -> Response | None:
    """Run PostConfirmation; its failure reaches the client, but the user stays as confirmed as before."""
    request: dict[str, Any] = {"userAttributes": users.trigger_attributes(user)}
    if data.get("ClientMetadata"):
        request["clientMetadata"] = data["ClientMetadata"]
    try:
        triggers.invoke(
            pool,
            "PostConfirmation",
            cause,
            user_name=user["Username"],
            request=request,
            response={},
            client_id=client_id,
        )
    except triggers.TriggerError as failure:
        return failure.response
    return None


def _send_confirmation_code(
    pool: dict[str, Any], user: dict[str, Any], cause: str, data: dict[str, Any], client_id: str
) -> dict[str, str] | None:
    """Send a new sign-up code to the phone, else to the e-mail address, if the pool verifies it; say where it went."""
    own = users.attributes(user)
    verified = pool.get("AutoVerifiedAttributes") or []
    attribute = next((name for name in ("phone_number", "email") if name in verified and own.get(name)), None)
    if attribute is None:
        return None
    code = f"{secrets.randbelow(10**6):06d}"
    user["_confirmation_code"] = code
    user["_confirmation_attribute"] = attribute
    subject, body = custom_message.verification_words(pool, attribute)
    custom_message.send(
        pool,
        user,
        cause,
        attribute,
        code,
        default=body,
        default_subject=subject,
        client_id=client_id,
        metadata=data.get("ClientMetadata"),
    )
    return custom_message.delivery_details(attribute, own[attribute])
