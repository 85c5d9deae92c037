"""The caller's own functions that are told about a person's sign-up."""

from typing import Protocol


class ActivatedHook(Protocol):
    """A function that is told of each account whose first number or address was proven."""

    def tell(self, *, user_pool_id: str, sub: str, username: str, attribute: str) -> None:
        """Queue the news."""
