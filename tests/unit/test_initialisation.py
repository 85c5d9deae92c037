"""What the initialisation of a function loads, makes and reads: all that it always needs, and nothing that it may not.

How long it takes is `python -m dev.bench initialisation`'s to say; here stands what it is made of.
"""

import json
import subprocess
import sys
from pathlib import Path

import botocore
import botocore.session
import pytest
from botocore.loaders import JSONFileLoader

from cognito_otp import aws, service_models
from dev import package
from tests.unit.conftest import ENVIRONMENT

pytestmark = pytest.mark.slow

DATA = Path(botocore.__file__).with_name("data")

CLIENTS = {
    "sign_in": ["dynamodb", "kms", "lambda"],
    "sign_up": ["dynamodb", "kms"],
    "delivery": ["dynamodb", "kms", "sns"],
    "maintenance": ["cognito-idp", "dynamodb", "kms"],
}
PACKAGES = {"cognito_otp.jobs", "cognito_otp.senders", "cognito_otp.triggers"}
SELDOM = {"sign_in": ["cognito-idp"], "sign_up": ["cognito-idp"]}

# Initialises a function, and tells what that was.
REPORT = """
import gc, importlib, json, os, sys
import botocore.session
made, sessions, looked_at = [], [], set()
create_client, get_session = botocore.session.Session.create_client, botocore.session.get_session
def creating(session, service, *args, **parameters):
    made.append(service)
    return create_client(session, service, *args, **parameters)
def getting(*args):
    sessions.append(get_session(*args))
    return sessions[-1]
botocore.session.Session.create_client, botocore.session.get_session = creating, getting
data = os.path.join(os.path.dirname(botocore.__file__), "data")
def hear(event, arguments):
    if event in ("open", "os.listdir", "os.scandir") and str(arguments[0]).startswith(data + os.sep):
        looked_at.add(str(arguments[0])[len(data) + 1:].split(os.sep)[0])
sys.addaudithook(hear)
importlib.import_module("cognito_otp.functions." + sys.argv[1])
print(json.dumps({
    "clients": sorted(made),
    "sessions": len(sessions),
    "looked_at": sorted(name for name in looked_at if os.path.isdir(os.path.join(data, name))),
    "modules": sorted(sys.modules),
    "collects": gc.isenabled(),
    "left_alone": gc.get_freeze_count(),
}))
"""


def initialised(function, **settings):
    environment = {
        **ENVIRONMENT,
        "CODE_KEY_ID": "key",
        "AWS_DEFAULT_REGION": "us-east-1",
        "PYTHONPATH": str(package.SOURCES),
        "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9001",
        **settings,
    }
    done = subprocess.run(
        [sys.executable, "-c", REPORT, function], env=environment, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def reports():
    return {function: initialised(function) for function in CLIENTS}


@pytest.mark.parametrize("function", CLIENTS)
def test_a_function_makes_the_clients_that_it_always_needs_on_one_session(reports, function):
    assert reports[function]["clients"] == CLIENTS[function]
    assert reports[function]["sessions"] == 1


@pytest.mark.parametrize("function", CLIENTS)
def test_descriptions_of_other_services_are_not_looked_for(reports, function):
    assert reports[function]["looked_at"] == CLIENTS[function]


@pytest.mark.parametrize("function", CLIENTS)
def test_the_garbage_collector_passes_over_what_stays_and_works_again(reports, function):
    assert reports[function]["collects"]
    assert reports[function]["left_alone"] > 50_000


def test_the_garbage_collector_of_somebody_elses_process_is_left_alone():
    """Of whoever runs pytest on the handlers, also where importing them fails for want of settings."""
    code = "import gc, contextlib\nwith contextlib.suppress(KeyError):\n    import cognito_otp.functions.sign_in\nprint(gc.isenabled(), gc.get_freeze_count())"
    environment = {"PYTHONPATH": str(package.SOURCES), "AWS_DEFAULT_REGION": "us-east-1"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "True 0\n"


@pytest.mark.parametrize(
    ("function", "others"),
    [
        ("sign_in", ["deliver", "email_html", "jobs", "locales", "messages", "senders", "triggers.pre_sign_up"]),
        (
            "sign_up",
            [
                "challenges",
                "code_requests",
                "deliver",
                "limits",
                "fraud",
                "jobs",
                "senders",
                "triggers.create_auth_challenge",
            ],
        ),
        ("delivery", ["hooks", "jobs", "triggers", "user_pool", "users"]),
        ("maintenance", ["challenges", "code_requests", "deliver", "messages", "senders", "triggers.dispatch"]),
    ],
)
def test_modules_that_are_another_functions_stay_unread(reports, function, others):
    loaded = set(reports[function]["modules"])
    assert loaded & {"boto3", "s3transfer"} == set()
    names = {f"cognito_otp.{other}" for other in others}
    assert all(
        (package.SOURCES / name.replace(".", "/")).with_suffix(".py").exists() or name in PACKAGES for name in names
    )
    assert loaded & names == set()


@pytest.mark.parametrize("function", SELDOM)
def test_a_snapshot_holds_the_seldom_used_clients_too(function):
    """Nobody waits for its initialisation, and those who start from it have one thing less to do."""
    report = initialised(function, AWS_LAMBDA_INITIALIZATION_TYPE="snap-start")
    assert report["clients"] == sorted([*CLIENTS[function], *SELDOM[function]])


def test_a_seldom_used_client_is_made_once_and_when_it_is_used(monkeypatch):
    made = []
    make = botocore.session.Session.create_client
    monkeypatch.setattr(
        botocore.session.Session,
        "create_client",
        lambda session, service, **settings: made.append(service) or make(session, service, **settings),
    )
    clients = aws.clients("dynamodb", aws.HOOK, "cognito-idp", seldom=["cognito-idp", aws.HOOK])
    assert made == ["dynamodb"]
    assert clients["cognito-idp"].meta.service_model.service_name == "cognito-idp"
    assert clients["cognito-idp"].meta.config.read_timeout == clients["dynamodb"].meta.config.read_timeout
    assert made == ["dynamodb", "cognito-idp"]
    assert clients[aws.HOOK].meta.config.read_timeout > clients["dynamodb"].meta.config.read_timeout


def test_a_seldom_used_client_is_held_to_the_triggers_time(monkeypatch):
    """The time that it takes to be made is the trigger's: no request begins too late because of it."""
    clock = [100.0]
    monkeypatch.setattr(aws.time, "monotonic", lambda: clock[0])
    make = botocore.session.Session.create_client

    def slowly(session, service, **settings):
        clock[0] += 3
        return make(session, service, **settings)

    monkeypatch.setattr(botocore.session.Session, "create_client", slowly)
    cognito = aws.clients("cognito-idp", seldom=["cognito-idp"])["cognito-idp"]
    with aws.trigger_budget(), pytest.raises(aws.BudgetSpentError):
        cognito.admin_get_user(UserPoolId="us-east-1_EXAMPLE00", Username="somebody")


@pytest.mark.parametrize(
    "name", ["endpoints", "partitions", "dynamodb/2012-08-10/service-2", "kms/2014-11-01/endpoint-rule-set-1", "absent"]
)
def test_what_is_read_quickly_is_what_botocore_reads(name):
    session = botocore.session.get_session()
    service_models.read_quickly(session, {"dynamodb"})
    quick = session.get_component("data_loader").file_loader
    read = quick.load_file(str(DATA / name))
    assert read == JSONFileLoader().load_file(str(DATA / name))
    assert (read is None) == (name == "absent")


@pytest.mark.parametrize("region", ["us-east-1", "eu-central-2", "cn-north-1", "us-gov-west-1"])
def test_clients_are_the_same_as_those_that_botocore_makes_on_its_own(region):
    services = ["cognito-idp", "dynamodb", "kms", "lambda", "pinpoint-sms-voice-v2", "sesv2", "sns"]
    ours = aws.clients(*services, region_overrides=dict.fromkeys(services, region))
    session = botocore.session.get_session()
    for service in services:
        plain = session.create_client(service, region_name=region)
        assert ours[service].meta.endpoint_url == plain.meta.endpoint_url
        assert ours[service].meta.method_to_api_mapping == plain.meta.method_to_api_mapping
        assert ours[service].meta.partition == plain.meta.partition
