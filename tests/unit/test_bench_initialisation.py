"""What the benchmark of a function's start measures is a start, and what it compares makes the same calls."""

import socketserver
import threading
from collections import Counter

import pytest

from cognito_otp import aws
from cognito_otp.functions import delivery, maintenance, sign_in, sign_up
from dev import package
from dev.bench import initialisation
from dev.bench.initialisation import functions
from dev.bench.report import Table
from dev.bench.runtime import cold_start
from dev.bench.runtime.cold_start import ColdStart, Moment
from dev.bench.runtime.endpoint import Answers
from dev.bench.runtime.tasks.calls import CALLS

pytestmark = pytest.mark.slow

ASSEMBLE = {
    "sign_in": sign_in.assemble,
    "sign_up": sign_up.assemble,
    "delivery": delivery.assemble,
    "maintenance": maintenance.assemble,
}

# Stands for Lambda's own client of the Runtime API: burns processor time and memory between its two requests.
RUNTIME = """
import os, sys, time, urllib.request
if sys.argv[1] == "broken":
    print("this is why", flush=True)
    api = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime/"
    urllib.request.urlopen(api + "init/error", b"{}")
api = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime/invocation/"
with urllib.request.urlopen(api + "next") as event:
    request, body = event.headers["Lambda-Runtime-Aws-Request-Id"], event.read()
begun = time.process_time()
while time.process_time() < begun + 0.1:
    pass
held = bytearray(os.urandom(1)) * (64 << 20)
urllib.request.urlopen(api + request + ("/response" if body == b'{"first": true}' else "/error"), body)
urllib.request.urlopen(api + "next")
"""


class Endpoint(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answers)
        self.calls = Counter()

    def called(self, service):
        self.calls[service] += 1


@pytest.fixture
def endpoint(monkeypatch):
    with Endpoint() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_address[1]}")
        yield server
        server.shutdown()


@pytest.fixture
def runtime(tmp_path):
    (tmp_path / "awslambdaric").mkdir()
    (tmp_path / "awslambdaric" / "__init__.py").touch()
    (tmp_path / "awslambdaric" / "__main__.py").write_text(RUNTIME)
    return tmp_path


def test_a_start_is_measured_until_the_event_is_asked_for_and_until_it_is_answered(runtime):
    start = cold_start.start("some.handler", runtime, {"first": True}, {})
    assert 0 < start.initialised.wall < start.answered.wall
    assert start.initialised.processor > 0
    assert start.answered.processor - start.initialised.processor > 90
    assert start.answered.memory - start.initialised.memory > 60


def test_a_function_that_does_not_start_says_why(runtime):
    with pytest.raises(cold_start.StartFailedError, match=r"(?s)init/error.*this is why"):
        cold_start.start("broken", runtime, {"first": True}, {})


def test_an_event_that_cannot_be_handled_ends_the_benchmark(runtime):
    with pytest.raises(cold_start.StartFailedError, match=r"/invocation/.*/error"):
        cold_start.start("some.handler", runtime, {"another": True}, {})


class Context:
    def get_remaining_time_in_millis(self):
        return 900_000


@pytest.mark.parametrize("function", functions(), ids=lambda each: each.name)
def test_a_first_event_is_handled_and_calls_what_the_function_has_clients_for(endpoint, function, caplog):
    made = aws.clients(*function.services)
    handler = ASSEMBLE[function.name](initialisation._SETTINGS, made)
    handler(dict(function.event), Context())
    assert not [record for record in caplog.records if record.levelname in ("WARNING", "ERROR")]
    assert {"dynamodb"} <= endpoint.calls.keys() <= set(function.services)


@pytest.mark.parametrize("service", CALLS)
def test_the_naive_way_can_call_every_service(endpoint, service):
    CALLS[service](aws.clients(service)[service])
    assert endpoint.calls == {service: 1}


def test_the_naive_way_has_a_call_for_every_service():
    assert {service for function in functions() for service in function.services} <= CALLS.keys()


def taken(ours, naive):
    """Measurements of two rounds: `ours` and `naive` are milliseconds until a function is initialised."""

    def start(wall):
        return ColdStart(Moment(wall, wall / 2, 40), Moment(wall + 100, wall, 50))

    ways = {"ours": ours, "boto3.client at import": naive, "boto3 in the handler": [50, 50]}
    measured = {
        f"{each.name}, {way}": [start(wall) for wall in walls] for each in functions() for way, walls in ways.items()
    }
    return {"bare": [start(40), start(40)], **measured}


@pytest.mark.parametrize(("ours", "is_met"), [(140, True), (160, False)])
def test_the_target_compares_round_by_round(ours, is_met):
    # The second round met a machine that was half as fast.
    result = initialisation.result(taken([ours, 2 * ours], [200, 400]), Table("sizes", [], []))
    (target,) = result.targets
    assert target.measured == pytest.approx(ours / 200)
    assert target.is_met is is_met
    assert result.bars[0].ratio == target.measured


def test_the_table_shows_both_moments_of_each_function():
    result = initialisation.result(taken([100, 100], [200, 200]), Table("sizes", [], []))
    rows = {row[0]: row[1:] for row in result.tables[0].rows}
    assert rows["`sign_in` initialised"] == ["100", "200", "0.50 (0.50 to 0.50)", "50", "2.00 (2.00 to 2.00)"]
    assert rows["`sign_in` and its first event answered"][:3] == ["200", "300", "0.67 (0.67 to 0.67)"]
    assert len(rows) == 2 * len(functions())


def test_what_is_read_at_a_start_is_a_part_of_the_package():
    by_name = {each.name: each for each in functions()}
    sizes = {name: initialisation.read_at_start(by_name[name], package.SOURCES) for name in ("sign_in", "delivery")}
    messages = (package.SOURCES / "cognito_otp" / "messages.json").stat().st_size
    assert all(messages < size < len(package.build()) for size in sizes.values())
    assert sizes["delivery"] > messages


def test_a_package_that_brings_boto3_is_many_times_as_large():
    rows = {row[0]: int(row[1].replace(",", "")) for row in initialisation.size_table({"sign_in": 180_000}).rows}
    own, read, bundled = rows.values()
    assert read == 180
    assert own == round(package.PACKAGE.stat().st_size / 1000)
    assert bundled > 20 * own
