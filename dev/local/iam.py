"""IAM's decisions where MiniStack's differ from AWS's, and a record of every refusal."""

import json
from email.utils import parseaddr
from typing import Any

from dev.local.journal import JOURNAL
from dev.local.ministack import module, replace

_evaluator = module(
    "core.iam_evaluator",
    "EvalContext",
    "EvalResult",
    "evaluate",
    "evaluate_resource_policy",
    "_gather_role_policies",
    "_permissions_boundary",
    "_role_name_from_assumed_arn",
)
_actions = module("core.iam_actions")
_app = module("app", "_enforce_data_plane")
_responses = module("core.responses", "get_account_id", "get_region")
_ses = module("services.ses", "_identities")
_ses_v2 = module("services.ses_v2", "_identities")
_roles = module("services.iam", "_roles")
_dynamodb = module("services.dynamodb", "_tables")

_SEND_EMAIL_PATHS = {"/v2/email/outbound-emails", "/v2/email/outbound-bulk-emails"}


def install() -> None:
    """Put these behaviours into MiniStack."""
    enforce = _evaluator.enforce

    def enforce_and_record(
        access_key_id: str, iam_action: str, service: str, region: str, resource_arn: str = "*", **kwargs: Any
    ) -> Any:
        denied = enforce(access_key_id, iam_action, service, region, resource_arn=resource_arn, **kwargs)
        if isinstance(denied, _evaluator.EvalResult):
            role = _evaluator._role_name_from_assumed_arn(denied.principal_arn) or denied.principal_arn
            JOURNAL.deny(iam_action, resource_arn, role, explicit=denied.decision == "Deny")
        key = None if denied else table_key(iam_action, resource_arn)
        if key:
            # DynamoDB decrypts a table's key with the caller's rights (its guide, "Encryption at rest: how it works").
            via = {"kms:ViaService": f"dynamodb.{region}.amazonaws.com"}
            return enforce_and_record(access_key_id, "kms:Decrypt", "kms", region, key, service_context=via)
        return denied

    replace(_evaluator, "enforce", enforce_and_record)

    ses_resource = _actions._ses_v2_resource_arn

    def ses_v2_resource_arn(method: str, path: str, body: bytes, region: str, account_id: str) -> str:
        # MiniStack asks for "*" here, which no narrow policy allows.
        if method == "POST" and path.rstrip("/") in _SEND_EMAIL_PATHS:
            return sending_identity_arn(json.loads(body or b"{}"), region, account_id)
        return str(ses_resource(method, path, body, region, account_id))

    replace(_actions, "_ses_v2_resource_arn", ses_v2_resource_arn)

    enforce_ses = _app._enforce_ses_v2

    def enforce_ses_v2(
        method: str, path: str, headers: dict[str, str], body: bytes, query_params: dict[str, Any], request_id: str
    ) -> Any:
        refused = enforce_ses(method, path, headers, body, query_params, request_id)
        if refused or method != "POST" or path.rstrip("/") not in _SEND_EMAIL_PATHS:
            return refused
        # Service authorization reference, SES v2: a message sent through a configuration set needs a right on it too.
        name = json.loads(body or b"{}").get("ConfigurationSetName")
        if not name:
            return None
        arn = f"arn:aws:ses:{_responses.get_region()}:{_responses.get_account_id()}:configuration-set/{name}"
        return _app._enforce_data_plane(
            "sesv2", "ses:SendEmail", headers, query_params, request_id, resource_arn=arn, named_resource=arn
        )

    replace(_app, "_enforce_ses_v2", enforce_ses_v2)


def table_key(action: str, resource_arn: str) -> str | None:
    """The customer's key that a call needs which reads or writes the items of a table, or None."""
    service, _, operation = action.partition(":")
    if service != "dynamodb" or not operation.endswith(("Item", "Items", "Query", "Scan")):
        return None
    name = resource_arn.partition(":table/")[2].partition("/")[0]
    table = _dynamodb._tables.get(name) or {}
    key = str((table.get("SSEDescription") or {}).get("KMSMasterKeyArn") or "")
    # AWS's own key lets whoever may use the table.
    return key if ":key/" in key else None


def sending_identity_arn(request: dict[str, Any], region: str, account_id: str) -> str:
    """The identity that a SendEmail request is authorised on: the named one, else the address's or its domain's."""
    if request.get("FromEmailAddressIdentityArn"):
        return str(request["FromEmailAddressIdentityArn"])
    address = parseaddr(request.get("FromEmailAddress") or "")[1]
    if not address:
        return "*"
    domain = address.rpartition("@")[2]
    stores = (_ses._identities, _ses_v2._identities)
    identity = next((name for name in (address, domain) if any(name in store for store in stores)), address)
    return f"arn:aws:ses:{region}:{account_id}:identity/{identity}"


def role_allows(role: str, action: str, resources: tuple[str, ...]) -> bool:
    """Whether a role may do `action` on one of `resources`; if not, the first goes to the journal."""
    account = _responses.get_account_id()
    policies = _evaluator._gather_role_policies(role, account)
    limits = _evaluator._permissions_boundary(_roles._roles, role, account)
    explicit = False
    for resource in resources:
        context = _context(action, resource, f"arn:aws:iam::{account}:role/{role}", {})
        decision = _evaluator.evaluate(context, policies, *limits).decision
        if decision == "Allow":
            return True
        explicit = explicit or decision == "Deny"
    JOURNAL.deny(action, resources[0], role, explicit=explicit)
    return False


def service_may_invoke(policy: dict[str, Any], function_arn: str, service: str, source_arn: str) -> bool:
    """Whether a function's resource policy lets an AWS service invoke it on behalf of the resource `source_arn`."""
    keys = {"aws:sourcearn": source_arn, "aws:sourceaccount": _responses.get_account_id()}
    context = _context("lambda:InvokeFunction", function_arn, service, keys)
    decision = _evaluator.evaluate_resource_policy(policy, context, service=service).decision
    return bool(decision == "Allow")


def service_may_assume(role_arn: str, service: str, source_arn: str, external_id: str | None = None) -> bool:
    """Whether a role's trust policy lets an AWS service assume it on behalf of the resource `source_arn`."""
    role = _roles._roles.get(role_arn.rpartition("/")[2]) or {}
    keys = {"aws:sourcearn": source_arn, "aws:sourceaccount": _responses.get_account_id()}
    if external_id is not None:
        keys["sts:externalid"] = external_id
    context = _context("sts:AssumeRole", role_arn, service, keys)
    trust = role.get("AssumeRolePolicyDocument")
    decision = _evaluator.evaluate_resource_policy(trust, context, service=service).decision
    return bool(decision == "Allow")


def _context(action: str, resource: str, principal: str, keys: dict[str, str]) -> Any:
    return _evaluator.EvalContext(
        principal_arn=principal,
        principal_type="AssumedRole",
        principal_account=_responses.get_account_id(),
        action=action,
        resource_arn=resource,
        region=_responses.get_region(),
        service_context=keys,
    )
