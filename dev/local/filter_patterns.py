"""CloudWatch Logs' filter patterns for JSON log events, as metric filters use them.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html. Of that page arrays, regular
expressions and patterns for other lines than JSON are left out, and refused.
"""

import fnmatch
import json
import operator
import re
from collections.abc import Callable, Iterator
from typing import Any

Event = dict[str, Any]
Predicate = Callable[[Event], bool]

_TOKEN = re.compile(
    r"\s*(?:(?P<punctuation>&&|\|\||[(){}])|(?P<selector>\$(?:\.[A-Za-z0-9_@-]+)+)"
    r"|(?P<test>IS NULL|IS TRUE|IS FALSE|NOT EXISTS)|(?P<operator><=|>=|!=|=|<|>)"
    r'|"(?P<text>[^"]*)"|(?P<number>-?\d+(?:\.\d+)?)\b)'
)
_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_MISSING = object()


class PatternError(ValueError):
    """CloudWatch would refuse the pattern, or this package does not know that part of the syntax."""


def compile_pattern(pattern: str) -> Callable[[str], bool]:
    """Return what tells whether a log event's message matches a pattern.

    Raises:
        PatternError: the pattern is not one for JSON, or not well-formed.
    """
    predicate = _Parser(pattern).whole()

    def matches(message: str) -> bool:
        try:
            event = json.loads(message)
        except ValueError:
            return False
        return isinstance(event, dict) and predicate(event)

    return matches


class _Parser:
    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._tokens = list(self._read(pattern.strip()))

    def _read(self, rest: str) -> Iterator[tuple[str, str]]:
        at = 0
        while at < len(rest):
            found = _TOKEN.match(rest, at)
            if found is None or found.lastgroup is None:
                raise PatternError(f"not understood at {rest[at:]!r} in {self._pattern!r}")
            yield found.lastgroup, found[found.lastgroup]
            at = found.end()

    def whole(self) -> Predicate:
        self._take("punctuation", "{")
        predicate = self._either()
        self._take("punctuation", "}")
        if self._tokens:
            raise PatternError(f"something follows the pattern {self._pattern!r}")
        return predicate

    def _either(self) -> Predicate:
        parts = [self._both()]
        while self._next_is("||"):
            parts.append(self._both())
        return lambda event: any(part(event) for part in parts)

    def _both(self) -> Predicate:
        parts = [self._term()]
        while self._next_is("&&"):
            parts.append(self._term())
        return lambda event: all(part(event) for part in parts)

    def _term(self) -> Predicate:
        if self._next_is("("):
            inner = self._either()
            self._take("punctuation", ")")
            return inner
        path = self._take("selector").split(".")[1:]
        kind, word = self._pop()
        if kind == "test":
            return lambda event: _tested(word, _value(event, path))
        if kind != "operator":
            raise PatternError(f"{word!r} is no comparison, in {self._pattern!r}")
        kind, value = self._pop()
        if kind == "number":
            return _compared_number(path, word, float(value))
        if kind != "text" or word not in ("=", "!="):
            raise PatternError(f"$.{'.'.join(path)} {word} {value!r} compares nothing, in {self._pattern!r}")
        return _compared_text(path, word, value)

    def _pop(self) -> tuple[str, str]:
        if not self._tokens:
            raise PatternError(f"{self._pattern!r} ends early")
        return self._tokens.pop(0)

    def _take(self, kind: str, word: str | None = None) -> str:
        found, value = self._pop()
        if found != kind or word not in (None, value):
            raise PatternError(f"{word or kind} expected and not {value!r}, in {self._pattern!r}")
        return value

    def _next_is(self, word: str) -> bool:
        if self._tokens[:1] != [("punctuation", word)]:
            return False
        self._tokens.pop(0)
        return True


def _value(event: Any, path: list[str]) -> Any:
    for name in path:
        if not isinstance(event, dict) or name not in event:
            return _MISSING
        event = event[name]
    return event


def _tested(test: str, value: Any) -> bool:
    return value is {"IS NULL": None, "IS TRUE": True, "IS FALSE": False, "NOT EXISTS": _MISSING}[test]


def _compared_text(path: list[str], comparison: str, text: str) -> Predicate:
    # Only `*` is a wildcard.
    like = re.compile(fnmatch.translate(re.sub(r"([\[?])", r"[\1]", text)))

    def matches(event: Event) -> bool:
        value = _value(event, path)
        # Whether a missing field is unequal the guide does not say: no pattern should ask.
        return isinstance(value, str) and bool(like.match(value)) is (comparison == "=")

    return matches


def _compared_number(path: list[str], comparison: str, number: float) -> Predicate:
    compare = {"=": operator.eq, "!=": operator.ne, **_ORDERS}[comparison]

    def matches(event: Event) -> bool:
        value = _value(event, path)
        return isinstance(value, int | float) and not isinstance(value, bool) and compare(value, number)

    return matches
