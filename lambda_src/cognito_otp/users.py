"""The User table: one row per account, a projection for the application, which adds its own fields to the same item.

Only the fields named here are written, and the status only moves forward: PENDING -> ACTIVE -> DISABLED -> DELETED.
Every write is one update of one item (one write unit, plus the table's indexes) that can be repeated or come late.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from cognito_otp.dynamodb import ConditionFailedError, Table, Value

PENDING, ACTIVE = "PENDING", "ACTIVE"
_PROJECTED = ("email", "phone_number")


class Users:
    """The User table.

    Args:
        table: keyed by the Cognito `sub`.
        track_sign_ins: whether each sign-in sets `last_sign_in_at`.
    """

    def __init__(self, table: Table, *, track_sign_ins: bool = False) -> None:
        self._table = table
        self._track_sign_ins = track_sign_ins

    def signed_up(self, sub: str, username: str, attributes: Mapping[str, str], *, status: str, now: int) -> None:
        """Write the row of a new account; a row that is there keeps its status and its creation time.

        Args:
            sub: the Cognito `sub`, the row's key.
            username: as the user pool spells it.
            attributes: the user's attributes.
            status: PENDING, or ACTIVE for an account that needs no code of ours.
            now: seconds since the epoch (UTC), stored as ISO 8601.
        """
        self._write(sub, username, attributes, now, ["#status = if_not_exists(#status, :status)"], status)

    def signed_in(self, sub: str, username: str, attributes: Mapping[str, str], *, now: int) -> bool:
        """Make the row ACTIVE, bring its projected fields up to date, and create it if it is missing.

        Returns:
            False if the row says that the account is disabled or deleted: then it is left as it is.
        """
        assignments = ["#status = :status"]
        if self._track_sign_ins:
            assignments.append("last_sign_in_at = :now")
        condition = "attribute_not_exists(#status) OR #status IN (:pending, :status)"
        try:
            self._write(sub, username, attributes, now, assignments, ACTIVE, condition, {":pending": PENDING})
        except ConditionFailedError:
            return False
        return True

    def _write(
        self,
        sub: str,
        username: str,
        attributes: Mapping[str, str],
        now: int,
        assignments: list[str],
        status: str,
        condition: str | None = None,
        condition_values: Mapping[str, Value] | None = None,
    ) -> None:
        moment = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        present = [name for name in _PROJECTED if attributes.get(name)]
        absent = [name for name in _PROJECTED if name not in present]
        assignments = [
            "username = :username",
            "created_at = if_not_exists(created_at, :now)",
            "updated_at = :now",
            *(f"{name} = :{name}" for name in present),
            *assignments,
        ]
        removal = f" REMOVE {', '.join(absent)}" if absent else ""
        self._table.update(
            sub,
            f"SET {', '.join(assignments)}{removal}",
            condition=condition,
            names={"#status": "status"},
            values={
                ":username": username,
                ":now": moment,
                ":status": status,
                **{f":{name}": attributes[name] for name in present},
                **(condition_values or {}),
            },
        )
