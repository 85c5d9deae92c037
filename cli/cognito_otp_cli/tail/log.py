"""Reads log groups again and again, and gives each line once."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from cognito_otp_cli.errors import CommandError

_OVERLAP = 60_000  # milliseconds: lines may come in that much after those of other streams
_OURS = '{ $.logger = "cognito_otp" }'


class Log:
    """The functions' log groups.

    Args:
        client: CloudWatch Logs client.
        groups: their names.
        since: where to begin, in milliseconds since the epoch (UTC).
    """

    def __init__(self, client: Any, groups: Iterable[str], since: int) -> None:
        self._client = client
        self._from = dict.fromkeys(groups, since)
        self._since = since
        self._seen: dict[int, int] = {}

    def new_lines(self) -> Sequence[dict[str, Any]]:
        """Return the decisions that were logged since the last call, in the order of time (a call or more per group).

        Raises:
            CommandError: a log group is not there.
        """
        found: list[tuple[int, dict[str, Any]]] = []
        for group, since in self._from.items():
            for event in self._events(group, since):
                # A line has its request's id, so no two of one stream and time are alike.
                identity = hash((event["logStreamName"], event["timestamp"], event["message"]))
                if identity in self._seen:
                    continue
                self._seen[identity] = event["timestamp"]
                self._from[group] = max(self._from[group], event["timestamp"] - _OVERLAP)
                line = _parse(event["message"])
                if line is not None:
                    found.append((event["timestamp"], line))
        oldest = min(self._from.values(), default=self._since)
        self._seen = {identity: moment for identity, moment in self._seen.items() if moment >= oldest}
        return [line for _, line in sorted(found, key=lambda each: each[0])]

    def _events(self, group: str, since: int) -> list[dict[str, Any]]:
        pages = self._client.get_paginator("filter_log_events")
        found = pages.paginate(logGroupName=group, startTime=since, filterPattern=_OURS)
        try:
            return [event for page in found for event in page["events"]]
        except self._client.exceptions.ResourceNotFoundException:
            raise CommandError(f"The log group {group} is not there: `terraform apply` makes it again.") from None


def _parse(message: str) -> dict[str, Any] | None:
    try:
        line = json.loads(message)
    except (ValueError, RecursionError):
        return None
    return line if isinstance(line, dict) else None
