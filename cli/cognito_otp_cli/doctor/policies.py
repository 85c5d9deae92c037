"""Reading what a resource policy or a trust policy lets a service do."""

import fnmatch
from collections.abc import Iterator, Mapping
from typing import Any

Statement = Mapping[str, Any]


def granted(policy: Mapping[str, Any], service: str, action: str) -> Iterator[Statement]:
    """Give the statements that let a service do something, whatever their conditions.

    Args:
        policy: of a resource, or a role's trust policy.
        service: e.g. `"cognito-idp.amazonaws.com"`.
        action: e.g. `"lambda:InvokeFunction"`.
    """
    for statement in _list(policy.get("Statement")):
        principal = statement.get("Principal", {})
        services = ["*"] if principal == "*" else _list(principal.get("Service")) + _list(principal.get("AWS"))
        actions = _list(statement.get("Action"))
        if (
            statement.get("Effect") == "Allow"
            and {service, "*"} & set(services)
            and any(fnmatch.fnmatchcase(action.lower(), each.lower()) for each in actions)
        ):
            yield statement


def demanded(statement: Statement, key: str) -> list[str]:
    """Return what a statement's conditions demand for a key, e.g. `"aws:SourceArn"`; nothing if it is free."""
    return [
        str(value)
        for conditions in statement.get("Condition", {}).values()
        for name, values in conditions.items()
        if name.lower() == key.lower()
        for value in _list(values)
    ]


def meets(statement: Statement, key: str, value: str) -> bool:
    """Tell whether a value meets a statement's conditions for a key; without one any does."""
    wanted = demanded(statement, key)
    return not wanted or any(fnmatch.fnmatchcase(value, pattern) for pattern in wanted)


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
