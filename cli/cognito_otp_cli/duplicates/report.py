"""How the people with more than one account are shown."""

import csv
import json
from collections.abc import Sequence
from typing import Any, TextIO

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cognito_otp_cli.duplicates.people import Person
from cognito_otp_cli.pool_users import PoolUser

_FIELDS = (
    "username",
    "sub",
    "status",
    "enabled",
    "created_at",
    "email",
    "email_verified",
    "phone_number",
    "phone_number_verified",
)


def write_json(out: TextIO, user_pool_id: str, users: int, people: Sequence[Person]) -> None:
    """Write everything as one JSON document."""
    document = {
        "user_pool_id": user_pool_id,
        "users": users,
        "people": [
            {
                "shared": [{"kind": kind, "value": value} for kind, value in person.shared],
                "accounts": [_facts(account) for account in person.accounts],
            }
            for person in people
        ],
    }
    json.dump(document, out, indent=2)
    out.write("\n")


def write_csv(out: TextIO, people: Sequence[Person]) -> None:
    """Write one row per account, `person` and `shared` the same for all of a person."""
    writer = csv.DictWriter(out, ["person", *_FIELDS, "shared"], lineterminator="\n")
    writer.writeheader()
    for number, person in enumerate(people, 1):
        shared = " ".join(f"{kind}:{value}" for kind, value in person.shared)
        for account in person.accounts:
            facts = {
                name: str(value).lower() if value is True or value is False else value
                for name, value in _facts(account).items()
            }
            writer.writerow({"person": number, **facts, "shared": shared})


def show(console: Console, users: int, people: Sequence[Person]) -> None:
    """Print a table, one block per person."""
    accounts = sum(len(person.accounts) for person in people)
    if not people:
        console.print(f"No person has two accounts among {users} users.")
        return
    table = Table(show_edge=False, header_style="bold", pad_edge=False)
    for heading in ("shared", "username", "status", "e-mail", "phone number", "created"):
        table.add_column(heading, overflow="fold", no_wrap=heading in ("status", "created"))
    for person in people:
        shared = "\n".join(f"{kind} [bold]{escape(value)}[/]" for kind, value in person.shared)
        for number, account in enumerate(person.accounts):
            table.add_row(
                shared if number == 0 else "",
                escape(account.username),
                account.status + ("" if account.is_enabled else ", disabled"),
                _shown(account, "email"),
                _shown(account, "phone_number"),
                f"{account.created_at:%Y-%m-%d}",
                end_section=number == len(person.accounts) - 1,
            )
    console.print(table)
    console.print(f"\n{len(people)} people have {accounts} of {users} accounts.")


def _shown(account: PoolUser, attribute: str) -> str:
    value = account.attributes.get(attribute)
    if not value:
        return ""
    unverified = account.attributes.get(f"{attribute}_verified") != "true"
    return escape(value) + (" [dim](unverified)[/]" if unverified else "")


def _facts(account: PoolUser) -> dict[str, Any]:
    attributes = account.attributes
    return {
        "username": account.username,
        "sub": attributes.get("sub", ""),
        "status": account.status,
        "enabled": account.is_enabled,
        "created_at": account.created_at.isoformat(),
        "email": attributes.get("email", ""),
        "email_verified": attributes.get("email_verified") == "true",
        "phone_number": attributes.get("phone_number", ""),
        "phone_number_verified": attributes.get("phone_number_verified") == "true",
    }
