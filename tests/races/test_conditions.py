"""The races of `conditions` with few threads; tests/hard has them with 200. Every conditional write must have one."""

import ast
from collections import Counter
from collections.abc import Iterator

import pytest

from dev.load.in_memory import Client, Memory
from dev.terraform import ROOT
from tests.races.conditions import ROWS, Tables, without
from tests.races.conftest import KEYS

THREADS = 20


@pytest.fixture(scope="module", params=["DynamoDB Local", "in memory"])
def tables(request: pytest.FixtureRequest) -> Tables:
    if request.param == "DynamoDB Local":
        return Tables(request.getfixturevalue("dynamodb"), THREADS)
    memory = Client(Memory())
    for table, key in KEYS.items():
        memory.create_table(TableName=table, KeySchema=[{"AttributeName": key}])
    return Tables(memory, THREADS)


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_the_condition_holds_in_a_race(tables, row):
    row.race(tables)


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_control_without_the_condition_the_race_is_lost(tables, row, monkeypatch):
    without(row, monkeypatch)
    with pytest.raises(AssertionError):
        row.race(tables)


WRITES = {"put", "update", "putting", "updating", "deleting"}


def conditional_writes() -> Iterator[str]:
    """Yield the function of each conditional write in the package's source, by module and name."""
    package = ROOT / "lambda_src" / "cognito_otp"
    for path in package.rglob("*.py"):
        module = ".".join(path.relative_to(package).with_suffix("").parts)
        if module == "dynamodb":
            continue
        functions = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)]
        # Those that write on a condition of their caller's; what these ask for is a conditional write of theirs.
        forwarding = {
            each.name: names.index("condition") for each in functions if "condition" in (names := _names(each))
        }
        within = {id(inner) for each in functions for inner in ast.walk(each) if inner is not each}
        for function in functions:
            if id(function) in within:
                continue
            for call in ast.walk(function):
                if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
                    asked = _condition(call, forwarding)
                    if asked is not None and not (isinstance(asked, ast.Name) and function.name in forwarding):
                        yield f"{module}.{function.name}"


def _names(function: ast.FunctionDef) -> list[str]:
    return [each.arg for each in (*function.args.args, *function.args.kwonlyargs) if each.arg != "self"]


def _condition(call: ast.Call, forwarding: dict[str, int]) -> ast.expr | None:
    """Return what a call gives as a condition; None if it is no write, or one without."""
    assert isinstance(call.func, ast.Attribute)
    name = call.func.attr
    if name in WRITES:
        found = [each.value for each in call.keywords if each.arg in ("condition", None)]
    else:
        found = call.args[forwarding[name] :][:1] if name in forwarding else []
    return next((each for each in found if not (isinstance(each, ast.Constant) and each.value is None)), None)


def test_every_conditional_write_of_the_package_has_a_race():
    asked = Counter(conditional_writes())
    raced = Counter(row.function for row in ROWS)
    # One call may ask in two ways.
    assert asked.keys() == raced.keys()
    assert all(raced[function] >= times for function, times in asked.items())
    assert asked.total() > 35
