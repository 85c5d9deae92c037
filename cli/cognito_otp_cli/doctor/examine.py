"""Runs the checks and sums up."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cognito_otp_cli.deployment import Deployment, NotThisModuleError, deployment_of
from cognito_otp_cli.doctor import clients, email, functions, maintenance, pool, quotas, sms, storage, triggers
from cognito_otp_cli.doctor.finding import Check, Finding, Verdict, ok, warning
from cognito_otp_cli.doctor.patient import Patient
from cognito_otp_cli.errors import explanation, missing_permission

if TYPE_CHECKING:
    import boto3

CHECKS: dict[str, Sequence[Check]] = {
    "triggers": (triggers.triggers, triggers.trigger_permissions),
    "clients": (clients.client_flows, clients.existence_errors, clients.session_validity, clients.write_attributes),
    "pool": (
        pool.case,
        pool.aliases,
        pool.verified_before_update,
        pool.recovery,
        pool.pool_protection,
        pool.own_messages,
    ),
    "sms": (sms.sms_sandbox, sms.sms_spend, sms.sms_delivery_log, sms.sms_role, sms.protect_configuration),
    "email": (email.email_identity, email.email_sandbox),
    "storage": (storage.tables, storage.backups, storage.expiry, storage.code_key),
    "functions": (functions.functions, functions.failures, functions.durations, functions.concurrency),
    "quotas": (quotas.quotas,),
    "maintenance": (maintenance.reconcile,),
}
"""The checks by subject; a check is named like its function, with hyphens."""

_THREADS = 8


@dataclass(frozen=True)
class Result:
    """What the check `check` of the subject `subject` found."""

    subject: str
    check: str
    finding: Finding


def name_of(check: Check) -> str:
    """Return a check's name, e.g. `"sms-role"`."""
    return str(getattr(check, "__name__", check)).replace("_", "-")


def examine(patient: Patient) -> list[Result]:
    """Run all checks, several at once, and return what they found in their order."""
    checks = [(subject, check) for subject, checks in CHECKS.items() for check in checks]
    with ThreadPoolExecutor(_THREADS) as threads:
        found = threads.map(lambda each: run(each[1], patient), checks)
        return [
            Result(subject, name_of(check), finding)
            for (subject, check), findings in zip(checks, found, strict=True)
            for finding in findings
        ]


def run(check: Check, patient: Patient) -> list[Finding]:
    """Run one check; what it could not ask becomes unknown, and keeps what it found before."""
    findings: list[Finding] = []
    try:
        for finding in check(patient):
            findings.append(finding)
    except Exception as error:
        findings.append(_unknown(error))
    return findings


def recognise(session: "boto3.Session", pool: Mapping[str, Any]) -> tuple[Deployment | None, Result]:
    """Find the deployment behind a pool, if there is one and it may be looked at, and say so."""
    try:
        deployment = deployment_of(session, pool)
    except NotThisModuleError as error:
        found = warning(
            error.message, "What only the module has is not checked. Nothing to do if that is as it should be."
        )
        return None, Result("module", "module", found)
    except Exception as error:
        return None, Result("module", "module", _unknown(error))
    names = ", ".join(str(each["FunctionName"]) for each in deployment.functions.values())
    return deployment, Result("module", "module", ok(f"The pool is served by {names}."))


def _unknown(error: Exception) -> Finding:
    """Return the finding that something could not be asked; raise what is no error of AWS again."""
    words = explanation(error)
    if words is None:
        raise error
    action = missing_permission(error)
    advice = f"Allow {action} to whoever runs this." if action else "Look by hand, or try again."
    return Finding(Verdict.UNKNOWN, words, advice)


def exit_code(verdicts: Sequence[Verdict]) -> int:
    """Return 1 if there is a problem, else 2 if something could not be checked, else 0."""
    if Verdict.PROBLEM in verdicts:
        return 1
    return 2 if Verdict.UNKNOWN in verdicts else 0
