"""Reading many items at once."""

import pytest

from cognito_otp import dynamodb
from cognito_otp.dynamodb import Table, UnprocessedKeysError


class Busy:
    """Stands for a client of a table that answers only so many keys a call and has every item but `absent`."""

    def __init__(self, at_once: int) -> None:
        self.at_once = at_once
        self.asked: list[int] = []

    def batch_get_item(self, *, RequestItems):  # noqa: N803
        ((table, request),) = RequestItems.items()
        keys = [key["pk"]["S"] for key in request["Keys"]]
        self.asked.append(len(keys))
        now, later = keys[: self.at_once], keys[self.at_once :]
        items = [{"pk": {"S": key}, "n": {"N": "7"}, "share": {"N": "0.5"}} for key in now if key != "absent"]
        unprocessed = {table: {"Keys": [{"pk": {"S": key}} for key in later]}} if later else {}
        return {"Responses": {table: items}, "UnprocessedKeys": unprocessed}


@pytest.fixture
def pauses(monkeypatch):
    taken: list[float] = []
    monkeypatch.setattr(dynamodb.time, "sleep", taken.append)
    return taken


def test_what_was_left_out_is_asked_for_again(pauses):
    client = Busy(at_once=2)
    found = Table(client, "t").get_many(["a", "b", "absent", "c", "d"])
    assert found == {key: {"pk": key, "n": 7, "share": 0.5} for key in "abcd"}
    assert type(found["a"]["n"]) is int
    assert client.asked == [5, 3, 1]
    assert pauses == [0.05, 0.1]


def test_it_is_not_asked_for_without_end(pauses):
    client = Busy(at_once=0)
    with pytest.raises(UnprocessedKeysError):
        Table(client, "t").get_many(["a"])
    assert client.asked == [1, 1, 1, 1]
