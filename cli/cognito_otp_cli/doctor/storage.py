"""The module's tables and its key."""

from collections.abc import Iterator

from cognito_otp_cli.deployment import Deployment
from cognito_otp_cli.doctor.finding import Finding, ok, problem, warning
from cognito_otp_cli.doctor.patient import APPLY, Patient

_EXPIRY = "expires_at"


def tables(patient: Patient) -> Iterator[Finding]:
    """The tables are there, have the key that the functions use, and the durable ones are protected."""
    for deployment in _of(patient):
        dynamodb = patient.client("dynamodb")
        for name, key, durable in (
            (deployment.user_table, deployment.user_table_key, True),
            (deployment.identities_table, "pk", True),
            (deployment.auth_state_table, "pk", False),
        ):
            try:
                table = dynamodb.describe_table(TableName=name)["Table"]
            except dynamodb.exceptions.ResourceNotFoundException:
                yield problem(
                    f"The table {name} is not there.", "Restore it from a backup, or apply to make an empty one."
                )
                continue
            keys = [each["AttributeName"] for each in table["KeySchema"]]
            if keys != [key]:
                yield problem(f"The table {name} has the key {keys} and not {key}.", "Set user_table.key_name.")
            elif table["TableStatus"] not in ("ACTIVE", "UPDATING"):
                yield problem(f"The table {name} is {table['TableStatus']}.", "Wait, or restore it.")
            elif durable and not table.get("DeletionProtectionEnabled"):
                yield warning(
                    f"The table {name} is not protected against deletion.",
                    'Set deletion_protection = "ACTIVE" before real people sign up.',
                )
            else:
                yield ok(f"The table {name} is there{' and protected against deletion' if durable else ''}.")


def backups(patient: Patient) -> Iterator[Finding]:
    """What cannot be made again can be restored to any second."""
    for deployment in _of(patient):
        for name in (deployment.user_table, deployment.identities_table):
            answer = patient.client("dynamodb").describe_continuous_backups(TableName=name)
            recovery = answer["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription", {})
            if recovery.get("PointInTimeRecoveryStatus") == "ENABLED":
                yield ok(f"The table {name} can be restored to any second of the last days.")
            else:
                yield warning(
                    f"The table {name} has no point-in-time recovery.",
                    "Turn it on (user_table.point_in_time_recovery). Only what the pool knows can be made again.",
                )


def expiry(patient: Patient) -> Iterator[Finding]:
    """What is over is swept out of the auth-state table."""
    for deployment in _of(patient):
        name = deployment.auth_state_table
        ttl = patient.client("dynamodb").describe_time_to_live(TableName=name)["TimeToLiveDescription"]
        status, attribute = ttl.get("TimeToLiveStatus", "DISABLED"), ttl.get("AttributeName")
        if status in ("ENABLED", "ENABLING") and attribute == _EXPIRY:
            yield ok(f"The table {name} is swept by {_EXPIRY}.")
        else:
            yield problem(
                f"The time to live of {name} is {status}{f', by {attribute}' if attribute else ''}: the table only "
                "grows. What has expired does not count for that.",
                f"Turn it on for the attribute {_EXPIRY}. {APPLY}",
            )


def code_key(patient: Patient) -> Iterator[Finding]:
    """The key of the keyed hashes can be used."""
    for deployment in _of(patient):
        kms = patient.client("kms")
        try:
            key = kms.describe_key(KeyId=deployment.code_key_id)["KeyMetadata"]
        except kms.exceptions.NotFoundException:
            yield problem(
                f"The key {deployment.code_key_id} is gone: nobody can sign up or in.",
                "Apply to make a new one, then run `cognito-otp reconcile`, which makes the claims anew.",
            )
            continue
        if key["KeyState"] == "Enabled":
            yield ok("The code key is enabled.")
        elif key["KeyState"] == "PendingDeletion":
            yield problem(
                f"The code key is to be deleted on {key['DeletionDate']:%Y-%m-%d}: nobody can sign up or in.",
                f"`aws kms cancel-key-deletion --key-id {key['KeyId']}`, then `aws kms enable-key`.",
            )
        else:
            yield problem(
                f"The code key is {key['KeyState']}: nobody can sign up or in.",
                f"`aws kms enable-key --key-id {key['KeyId']}`",
            )


def _of(patient: Patient) -> list[Deployment]:
    """Return the deployment, if there is one: what is checked here is the module's own."""
    return [patient.deployment] if patient.deployment else []
