"""Write the table of countries and numbering plans that the Lambda package and the module read.

`python -m dev.countries` writes `lambda_src/cognito_otp/countries.json` from libphonenumber's metadata, as the package
`phonenumbers` carries it (https://github.com/google/libphonenumber, `resources/PhoneNumberMetadata.xml`):

- `libphonenumber`: the metadata's version.
- `countries`: country to the digits that its numbers begin with, calling code included; the longest such prefix of a
  number tells its country. The first country of a calling code has the code itself, so it also gets what no other has.
- `plans`: calling code to `lengths`, how many digits may follow it, and `trunk`: the digits that people put before a
  number at home, each with the beginnings of those numbers that really begin so. A number that begins with the former
  and with none of the latter is a second spelling of another one. Carrier selection codes are left alone; only
  Luxembourg's (15...) would make a number of a possible length.

Numbers are here those that the metadata calls valid and that can be called from abroad, as E.164 is about. None is
sampled: the metadata's patterns are walked digit by digit, all regions of a calling code at once.
"""

import functools
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from re import _parser as regex  # its tree is what `re` itself compiles
from typing import Any

import phonenumbers
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata, PhoneNumberDesc

from dev.package import SOURCES

TABLE = SOURCES / "cognito_otp" / "countries.json"

_DIGITS = "0123456789"
_NOT_GEOGRAPHIC = "001"  # libphonenumber's region of the global services' calling codes
# The types that make a number valid: `_number_type_helper` of libphonenumber knows no others.
_TYPES = (
    "fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost", "personal_number", "voip", "pager", "uan",
    "voicemail",
)  # fmt: skip

# Canada's 310-XXXX has no area code and is called from within Canada only, which the metadata does not say; numbers of
# the US area code 310 begin with the same digits.
_INLAND = {"CA": PhoneNumberDesc(national_number_pattern=r"310\d{4}", possible_length=(7,))}

# A pattern is a set of steps: what may come next, and the steps after it. END among them: it may stop here.
Steps = frozenset["Step"]


@dataclass(frozen=True, eq=False)
class Step:
    """One digit of a pattern: which it may be, and what may follow."""

    digits: str
    then: Steps


END = Step("", frozenset())
NOTHING: Steps = frozenset()


@functools.cache
def _step(digits: str, then: Steps) -> Step:
    """Return the one step of its kind, so that equal remainders of patterns are the same object."""
    return Step(digits, then)


def pattern(expression: str) -> Steps:
    """Return the steps of a regular expression.

    Raises:
        ValueError: it uses what libphonenumber's number patterns do not.
    """
    return _compiled(regex.parse(expression), frozenset({END}))


def _compiled(tree: Iterable[tuple[Any, Any]], then: Steps) -> Steps:
    for operator, argument in reversed(list(tree)):
        after = then
        match operator.name:
            case "LITERAL":
                then = frozenset({_step(chr(argument), after)})
            case "IN":
                then = frozenset({_step("".join(sorted(_class(argument))), after)})
            case "BRANCH":
                then = NOTHING.union(*(_compiled(branch, after) for branch in argument[1]))
            case "SUBPATTERN":
                then = _compiled(argument[3], after)
            case "MAX_REPEAT":
                low, high, body = argument
                for _ in range(high - low):
                    then = _compiled(body, then) | after
                for _ in range(low):
                    then = _compiled(body, then)
            case other:
                raise ValueError(f"pattern with {other}")
    return then


def _class(members: Iterable[tuple[Any, Any]]) -> Iterator[str]:
    for kind, value in members:
        match kind.name:
            case "LITERAL":
                yield chr(value)
            case "RANGE":
                yield from map(chr, range(value[0], value[1] + 1))
            case "CATEGORY" if value.name == "CATEGORY_DIGIT":
                yield from _DIGITS
            case other:
                raise ValueError(f"character class with {other}")


@functools.cache
def _after(steps: Steps, digit: str) -> Steps:
    return NOTHING.union(*(step.then for step in steps if digit in step.digits))


@dataclass(frozen=True)
class Kind:
    """What is left of one kind of number's pattern, and the lengths that a whole number of it may have (none: any)."""

    steps: Steps
    lengths: tuple[int, ...]

    @classmethod
    def of(cls, described: PhoneNumberDesc | None) -> "Kind":
        """Return a kind of number from its start; one without numbers if the region has none of this kind."""
        if described is None or not described.national_number_pattern:
            return cls(NOTHING, ())
        return cls(pattern(described.national_number_pattern), described.possible_length)

    def after(self, digit: str) -> "Kind":
        """Return what is left after a digit."""
        return Kind(_after(self.steps, digit), self.lengths)

    def ends_at(self, length: int) -> bool:
        """Tell whether what was walked, of that length, is a whole number."""
        return END in self.steps and (not self.lengths or length in self.lengths)


@dataclass(frozen=True)
class Region:
    """What is left of a region's patterns.

    Attributes:
        name: the region.
        leading: what its numbers begin with, where the metadata says so; then this alone decides whose a number is.
        general: what every number of it looks like.
        kinds: the kinds of numbers; a valid number is of one of them.
        inland: those that cannot be called from abroad, which therefore have no E.164 form.
    """

    name: str
    leading: Steps | None
    general: Kind
    kinds: frozenset[Kind]
    inland: Kind

    @classmethod
    def of(cls, metadata: PhoneMetadata) -> "Region":
        """Return a region from its start."""
        kinds = (Kind.of(getattr(metadata, name)) for name in _TYPES)
        return cls(
            metadata.id,
            pattern(metadata.leading_digits) if metadata.leading_digits else None,
            Kind.of(metadata.general_desc),
            frozenset(kind for kind in kinds if kind.steps),
            Kind.of(_INLAND.get(metadata.id, metadata.no_international_dialling)),
        )

    def after(self, digit: str) -> "Region":
        """Return what is left after a digit."""
        leading = self.leading
        if leading is not None and not self.keeps_all:
            leading = _after(leading, digit)
        kinds = frozenset(after for kind in self.kinds if (after := kind.after(digit)).steps)
        return Region(self.name, leading, self.general.after(digit), kinds, self.inland.after(digit))

    @property
    def keeps_all(self) -> bool:
        """Whether whatever comes belongs to no region after this one."""
        return self.leading is not None and END in self.leading

    @property
    def is_of_interest(self) -> bool:
        """Whether this region may have a number that begins so, or keep one from the regions after it."""
        if self.leading is not None and not self.keeps_all:
            return bool(self.leading)
        return bool(self.general.steps and self.kinds)

    def is_valid(self, length: int) -> bool:
        """Tell whether what was walked is a valid number of this region."""
        return self.general.ends_at(length) and any(kind.ends_at(length) for kind in self.kinds)


@dataclass(frozen=True)
class Plan:
    """A calling code's numbers that begin with certain digits: its regions in the order in which they are asked."""

    regions: tuple[Region, ...]
    length: int = 0

    def after(self, digit: str) -> "Plan":
        """Return the plan one digit on."""
        left = []
        for region in self.regions:
            after = region.after(digit)
            if after.is_of_interest:
                left.append(after)
            if after.keeps_all:
                break
        return Plan(tuple(left), self.length + 1)

    @property
    def owner(self) -> str | None:
        """The region whose number this is, if it is a valid one that can be called from abroad.

        Decided as `region_code_for_number`, `is_valid_number` and `can_be_internationally_dialled` do.
        """
        for region in self.regions:
            valid = region.is_valid(self.length)
            if region.keeps_all or (valid and region.leading is None):
                return region.name if valid and not region.inland.ends_at(self.length) else None
        return None


@functools.cache
def numbers(plan: Plan) -> frozenset[tuple[str, int]]:
    """Return (region, length) of all numbers that begin so."""
    if not plan.regions:
        return frozenset()
    below = frozenset[tuple[str, int]]().union(*(numbers(plan.after(digit)) for digit in _DIGITS))
    return below | {(plan.owner, plan.length)} if plan.owner else below


def _shared(plan: Plan, digits: str) -> str:
    """Return what all numbers of a plan begin with, `digits` being what was walked."""
    while plan.owner is None:
        going_on = [digit for digit in _DIGITS if numbers(plan.after(digit))]
        if len(going_on) != 1:
            break
        plan, digits = plan.after(going_on[0]), digits + going_on[0]
    return digits


def prefixes(plan: Plan, digits: str, taken_for: str) -> Iterator[tuple[str, str]]:
    """Yield (region, prefix) so that the longest prefix tells the region of each number that begins so.

    Args:
        plan: the numbers that begin with `digits`.
        digits: calling code and what was walked.
        taken_for: the region that the prefixes so far make it.
    """
    here = {region for region, _ in numbers(plan)}
    if here <= {taken_for}:
        return
    if len(here) == 1:
        yield here.pop(), _shared(plan, digits)
        return
    if plan.owner not in {None, taken_for}:
        taken_for = str(plan.owner)
        yield taken_for, digits
    for digit in _DIGITS:
        yield from prefixes(plan.after(digit), digits + digit, taken_for)


def beginnings(plan: Plan, digits: str, told_by: int) -> Iterator[str]:
    """Yield what numbers begin with: `told_by` more digits and those that all of them share after these."""
    if not numbers(plan):
        return
    if told_by == 0 or plan.owner:
        yield _shared(plan, digits)
        return
    below = [list(beginnings(plan.after(digit), digits + digit, told_by - 1)) for digit in _DIGITS]
    if all(found == [digits + digit] for digit, found in zip(_DIGITS, below, strict=True)):
        yield digits
    else:
        yield from (each for found in below for each in found)


def dialled_at_home(metadata: PhoneMetadata) -> set[str]:
    """Return the digits that are put before a region's numbers at home."""
    found = {metadata.national_prefix} if metadata.national_prefix else set()
    parsing = metadata.national_prefix_for_parsing or ""
    if "(" not in parsing:  # groups are for carrier selection codes and for numbers that are rewritten
        found |= set(_words(pattern(parsing), ""))
    return found - {""}


def _words(steps: Steps, word: str) -> Iterator[str]:
    if END in steps:
        yield word
    for digit in _DIGITS:
        if following := _after(steps, digit):
            yield from _words(following, word + digit)


def trunk(plan: Plan, dialled: Iterable[str]) -> dict[str, list[str]]:
    """Return the digits dialled at home that betray a second spelling, with the numbers' beginnings that do not.

    Left out are digits that numbers begin with where no length lets one of these be taken for another with the digits.
    """
    lengths = {length for _, length in numbers(plan)}
    found: dict[str, list[str]] = {}
    for digits in sorted(dialled):
        if digits.startswith(tuple(found)):
            continue
        begun = functools.reduce(Plan.after, digits, plan)
        if not numbers(begun) or any(length + len(digits) in lengths for length in lengths):
            found[digits] = list(beginnings(begun, digits, 2))
    return found


def table() -> dict[str, Any]:
    """Return what the file holds."""
    countries: dict[str, list[str]] = {}
    plans: dict[str, dict[str, Any]] = {}
    for code, names in sorted(COUNTRY_CODE_TO_REGION_CODE.items(), key=lambda item: str(item[0])):
        if _NOT_GEOGRAPHIC in names:
            continue
        regions = [region for name in names if (region := PhoneMetadata.metadata_for_region(name))]
        plan = Plan(tuple(Region.of(region) for region in regions))
        countries.setdefault(names[0], []).append(str(code))
        for name, prefix in prefixes(plan, str(code), names[0]):
            countries.setdefault(name, []).append(prefix)
        dialled = set().union(*(dialled_at_home(region) for region in regions))
        lengths = sorted({length for _, length in numbers(plan)})
        plans[str(code)] = {"lengths": lengths, "trunk": trunk(plan, dialled)}
    return {"libphonenumber": phonenumbers.__version__, "countries": dict(sorted(countries.items())), "plans": plans}


def text() -> str:
    """Return the file's text: one line per country and per plan, so that a new version's changes can be read."""
    made = table()
    compact: Callable[[Any], str] = functools.partial(json.dumps, separators=(",", ":"))
    sections = {
        name: ",\n".join(f"{compact(key)}:{compact(value)}" for key, value in made[name].items())
        for name in ("countries", "plans")
    }
    lines = [f'"libphonenumber":{compact(made["libphonenumber"])}']
    lines += [f"{compact(name)}:{{\n{rows}\n}}" for name, rows in sections.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    TABLE.write_text(text())
    print(f"{TABLE.name}: {TABLE.stat().st_size} bytes, libphonenumber {phonenumbers.__version__}")
