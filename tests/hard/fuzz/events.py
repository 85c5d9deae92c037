"""Trigger events that nobody should send: samples with keys lost, doubled and renamed, and values of every wrong kind.

What is drawn comes from whoever asks: a seeded generator, or a fuzzer's bytes. So the same mutations serve both.
"""

import copy
import itertools
import json
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

HIDDEN_PHONE = "+4915123456789"
HIDDEN_EMAIL = "zelda.hidden@unlisted.example"
HIDDEN_CODE = "918273"
HIDDEN = (HIDDEN_PHONE, HIDDEN_EMAIL, HIDDEN_CODE)
"""A person's own, put where it does not belong: no log line may show it."""

_LONG = 10_000
_LARGE = 2_000_000  # characters
_LOOKED_AT = 30  # entries of a container: enough for those of any sample
_SOURCES = (
    *("PreSignUp_SignUp", "PreSignUp_AdminCreateUser", "PreSignUp_ExternalProvider", "PostConfirmation_ConfirmSignUp"),
    *("CustomMessage_SignUp", "CustomMessage_Authentication", "DefineAuthChallenge_Authentication"),
    *("CreateAuthChallenge_Authentication", "VerifyAuthChallengeResponse_Authentication"),
    *("VerifyAuthChallenge_Authentication", "PostAuthentication_Authentication"),
)


class Draw(Protocol):
    """Where chance comes from."""

    def below(self, bound: int) -> int:
        """Return a number from 0 on, less than `bound`."""
        ...

    def text(self) -> str:
        """Return any text."""
        ...


class Seeded:
    """Chance from a seeded generator.

    Args:
        seed: the same seed draws the same.
    """

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def below(self, bound: int) -> int:
        """See `Draw`."""
        return self._random.randrange(bound)

    def text(self) -> str:
        """See `Draw`; any code points, lone surrogates among them."""
        return "".join(chr(self._random.randrange(0x110000)) for _ in range(self._random.randrange(12)))


def pick(draw: Draw, choices: Sequence[Any]) -> Any:
    """Return one of the choices."""
    return choices[draw.below(len(choices))]


def mutated(event: dict[str, Any], others: Sequence[dict[str, Any]], draw: Draw) -> Any:
    """Return an event with one to four mutations, as JSON can carry it; the event itself stays.

    Args:
        event: what it is made from.
        others: events that values are taken from.
        draw: what is done where.
    """
    event = copy.deepcopy(event)
    for _ in range(1 + draw.below(4)):
        mutation: Callable[..., None] = pick(
            draw, (_dropped, _doubled, _renamed, _replaced, _replaced, _swapped, _hidden, _wrapped, _grown, _source)
        )
        mutation(event, others, draw)
    return json.loads(json.dumps(event))


def _places(node: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every container in a tree with a key or index of it."""
    keys: Any = node if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
    for key in list(itertools.islice(keys, _LOOKED_AT)):
        yield node, key
        yield from _places(node[key])


def _place(event: dict[str, Any], draw: Draw) -> tuple[Any, Any]:
    return pick(draw, list(_places(event)) or [({"": None}, "")])  # of an event that has lost everything: nothing


def _dropped(event: dict[str, Any], _others: Sequence[Any], draw: Draw) -> None:
    node, key = _place(event, draw)
    if isinstance(node, list) or key in node:
        del node[key]


def _doubled(event: dict[str, Any], _others: Sequence[Any], draw: Draw) -> None:
    node, key = _place(event, draw)
    if isinstance(node, list):
        node.append(copy.deepcopy(node[key]))
    elif key in node:
        node[pick(draw, (key.lower(), key.upper(), f"{key} ", f"{key}_verified", f"custom:{key}"))] = node[key]


def _renamed(event: dict[str, Any], _others: Sequence[Any], draw: Draw) -> None:
    node, key = _place(event, draw)
    if isinstance(node, dict) and key in node:
        node[pick(draw, (key.swapcase(), key[:-1], draw.text(), "phone_number", "email", "sub"))] = node.pop(key)


def _replaced(event: dict[str, Any], _others: Sequence[Any], draw: Draw) -> None:
    node, key = _place(event, draw)
    node[key] = _hostile(draw)


def _swapped(event: dict[str, Any], others: Sequence[dict[str, Any]], draw: Draw) -> None:
    """Take a value out of another event: that of the same name, if it has one."""
    node, key = _place(event, draw)
    found = list(_places(pick(draw, others)))
    same = [(there, name) for there, name in found if name == key]
    there, name = pick(draw, same or found)
    node[key] = copy.deepcopy(there[name])


def _hidden(event: dict[str, Any], _others: Sequence[Any], draw: Draw) -> None:
    node, key = _place(event, draw)
    value = pick(draw, HIDDEN)
    node[key] = pick(draw, (value, f" {value}\n", f"{node[key] if isinstance(node[key], str) else ''}{value}", [value]))


def _wrapped(event: dict[str, Any], _others: Sequence[Any], draw: Draw) -> None:
    node, key = _place(event, draw)
    value = node.get(key) if isinstance(node, dict) else node[key]
    node[key] = pick(draw, ([value], {"value": value}, [[value]], json.dumps(value), {str(key): value}))


def _grown(event: dict[str, Any], _others: Sequence[Any], draw: Draw) -> None:
    node, key = _place(event, draw)
    value = node.get(key) if isinstance(node, dict) else node[key]
    if isinstance(value, list) and value:
        node[key] = value * min(_LONG // len(value), _LARGE // len(json.dumps(value)))
    elif isinstance(value, dict) and len(value) < _LONG:
        node[key] = {**value, **{f"k{number}": "v" for number in range(_LONG)}}
    elif isinstance(value, str) and len(value) < _LONG:
        node[key] = (value or "x") * (1 + _LONG // (len(value) or 1))


def _source(event: dict[str, Any], _others: Sequence[Any], draw: Draw) -> None:
    source = pick(draw, _SOURCES)
    spelt = (source, source, source.lower(), source.upper(), source.partition("_")[0], f" {source}", f"{source}_", "_")
    event["triggerSource"] = pick(draw, spelt)


def _nested(depth: int) -> Any:
    value: Any = "x"
    for _ in range(depth):
        value = [value]
    return value


def _hostile(draw: Draw) -> Any:
    """Return a value that is hardly what was expected."""
    kinds: tuple[Callable[[], Any], ...] = (
        lambda: None,
        lambda: pick(draw, (True, False)),
        lambda: pick(draw, (0, -1, 1, 2**31, 2**63, -(2**64), 10**400, 0.5, -0.0, 1e308, 1800000000)),
        lambda: pick(
            draw, ("", " ", "0", "null", "true", "false", "None", "{}", "[]", "\\", '"', "'", "%s%n{0}", "$(x)")
        ),
        lambda: pick(
            draw, ("\x00", "a\x00b", "\x1b[31m", "\x7f", "\r\nX: y", "\u2028", "\ufeff", "\u202etxt.exe\u202c")
        ),
        lambda: pick(draw, ("\ud800", "x\udfff", "👩‍👩‍👧‍👦" * 9, "\u0130", "ß", "ﷺ" * 99, "é" * 2048, "١٢٣٤٥٦")),
        lambda: "A" * pick(draw, (257, 2049, 4097, 100_000)),
        lambda: pick(draw, ([], [None], ["x", 1, {}], [[]] * 99, {}, {"": ""}, {"a": {"b": {"c": None}}}, {"S": "x"})),
        lambda: _nested(pick(draw, (3, 90))),
        draw.text,
        lambda: pick(
            draw,
            (
                *(
                    "+1",
                    "+00000000",
                    "+14155550100,+14155550101",
                    "+1 415 555 0100",
                    "+4407911123456",
                    "+999999999999999",
                ),
                *("a@b", "a@b@c.de", '"x y"@z.com', "a@[127.0.0.1]", "a,b@c.com", f"{'a.' * 60}a@{'b.' * 120}com"),
            ),
        ),
    )
    return pick(draw, kinds)()
