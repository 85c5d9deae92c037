"""Budgets: how many of something may happen in an hour, for everybody together.

One item per budget and clock hour (UTC) in the auth-state table, `budget#<what>#<YYYY-MM-DDTHH>`: `n`, how many were
taken, and `expires_at`. The hour is in the key: an item that the TTL has left standing counts nowhere.

Not sharded: DynamoDB takes 1,000 writes a second to one item
(https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html), and what asks for a
budget comes through Cognito, whose default quotas are 50 sign-ups and 120 sign-ins a second
(https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html).

Clock hours, not a sliding hour: up to twice the budget can go out within the hour around a full one, half of it just
before and half just after. A budget is there to bound a bill, which it does by the day as well as a sliding one.
"""

import contextlib
import time

from cognito_otp.dynamodb import ConditionFailedError, Table

_HOUR = 3600
_KEPT = 2 * _HOUR  # from the hour's end


class Budget:
    """One budget.

    Args:
        table: the auth-state table.
        what: what is counted, as a word of the key, e.g. `"messages"`.
        per_hour: how many there may be in a clock hour, at least 1.
    """

    def __init__(self, table: Table, what: str, per_hour: int) -> None:
        self._table = table
        self._what = what
        self._per_hour = per_hour

    def take(self, now: int) -> int | None:
        """Take one from the budget; return None, or if it is used up the seconds until the next begins (at least 1).

        Costs one write unit, also if refused. Of any number of simultaneous calls exactly as many take as there are
        left. A call whose answer was lost is repeated by botocore and may take two: a little less goes out.

        Args:
            now: seconds since the epoch (UTC).
        """
        try:
            self._table.update(
                self._key(now),
                "SET n = if_not_exists(n, :zero) + :one, expires_at = :expires",
                condition="attribute_not_exists(n) OR n < :limit",
                values={":zero": 0, ":one": 1, ":limit": self._per_hour, ":expires": _next(now) + _KEPT},
            )
        except ConditionFailedError:
            return _next(now) - now
        return None

    def give_back(self, now: int) -> None:
        """Give back what was taken and not used (one write unit).

        Args:
            now: the same time as was given to `take`, which says whose hour's budget it was.
        """
        with contextlib.suppress(ConditionFailedError):
            self._table.update(
                self._key(now), "SET n = n - :one", condition="n > :zero", values={":one": 1, ":zero": 0}
            )

    def _key(self, now: int) -> str:
        return f"budget#{self._what}#{time.strftime('%Y-%m-%dT%H', time.gmtime(now))}"


def _next(now: int) -> int:
    """Return when the next clock hour begins."""
    return (now // _HOUR + 1) * _HOUR
