"""The demonstration's server, over a pool whose triggers are a few lines; tests/e2e plays its scenes on the module."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import boto3
import httpx
import pytest
from botocore import UNSIGNED
from botocore.config import Config

from cognito_otp import refusals
from dev.demo_web import WebDemo, decisions, refused
from dev.demo_web.calls import Call
from dev.demo_web.timeline import Timeline, Words
from tests.local.support import make_pool
from tests.log_page import documented, fields_of

PASSWORD = "Passw0rd!never-shown"
CODE = "424242"
_SECONDS = 15.0

# The function says what it decides, as the module's do.
SPEAKING = """
def handler(event, context):
    line = {"message": "challenge", "outcome": "requested", "correlation_id": event["userName"]}
    if event["triggerSource"].startswith("Create"):
        print(json.dumps({**line, "requestId": context.aws_request_id}))
    return default(event)
"""


@pytest.fixture(scope="module")
def pool(aws, tmp_path_factory):
    return make_pool(aws, tmp_path_factory.mktemp("functions"), SPEAKING)


@pytest.fixture(scope="module")
def outputs(aws, pool):
    aws.client("dynamodb").create_table(
        TableName="demo-users",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    config = {"userPoolClientId": pool.client_id, "identifiers": ["phone_number"], "rowUrl": "https://elsewhere/row"}
    return {
        "user_pool_id": pool.id,
        "user_table_name": "demo-users",
        "site_config": json.dumps(config),
        "row_url": f"{aws.endpoint_url}/no-such-api/row",
    }


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    (folder / "index.html").write_text("<!doctype html><title>The page</title>")
    return folder


@pytest.fixture(scope="module")
def demo(aws, outputs, page) -> Iterator[WebDemo]:
    with WebDemo(aws, outputs, page=page) as demo:
        yield demo


@pytest.fixture(scope="module")
def web(demo) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=demo.url, trust_env=False, timeout=_SECONDS) as client:
        yield client


@pytest.fixture
def browser(demo) -> Any:
    """What the page's Amplify does, with boto3."""
    config = Config(signature_version=UNSIGNED, retries={"total_max_attempts": 1}, proxies={})
    return boto3.session.Session().client(
        "cognito-idp", region_name="us-east-1", endpoint_url=f"{demo.url}/cognito/", config=config
    )


@contextmanager
def told(web: httpx.Client, since: str = "") -> Iterator[Iterator[SimpleNamespace]]:
    """Give the entries that a browser is sent, with the server-sent event's own id as `event`."""
    with web.stream("GET", "/events", headers={"last-event-id": since}) as events:

        def entries() -> Iterator[SimpleNamespace]:
            event = ""
            for line in events.iter_lines():
                name, _, value = line.partition(": ")
                event = value if name == "id" else event
                if name == "data" and "kind" in json.loads(value):
                    yield SimpleNamespace(event=event, **json.loads(value))

        yield entries()


def until(web: httpx.Client, reached: Callable[[SimpleNamespace], bool], since: str = "") -> list[SimpleNamespace]:
    """Return the entries up to the one that is waited for."""
    seen = []
    begun = time.monotonic()
    with told(web, since) as entries:
        for entry in entries:
            seen.append(entry)
            if reached(entry):
                return seen
            assert time.monotonic() < begun + _SECONDS, seen
    raise AssertionError(seen)


def sign_up(browser: Any, pool: Any, number: str) -> Any:
    return browser.sign_up(ClientId=pool.client_id, Username=number, Password=PASSWORD)


def start(browser: Any, pool: Any, number: str) -> Any:
    return browser.initiate_auth(ClientId=pool.client_id, AuthFlow="CUSTOM_AUTH", AuthParameters={"USERNAME": number})


def answer(browser: Any, pool: Any, challenge: Any, code: str) -> Any:
    return browser.respond_to_auth_challenge(
        ClientId=pool.client_id,
        ChallengeName="CUSTOM_CHALLENGE",
        Session=challenge["Session"],
        ChallengeResponses={"USERNAME": challenge["ChallengeParameters"]["USERNAME"], "ANSWER": code},
    )


def test_a_call_stands_with_its_triggers_decisions_and_answer(web, browser, pool):
    number = "+14155550101"
    sign_up(browser, pool, number)
    start(browser, pool, number)
    seen = until(web, lambda entry: entry.kind == "answer" and entry.technical.startswith("CUSTOM_CHALLENGE"))
    call = next(entry for entry in seen if entry.kind == "call" and entry.technical == "InitiateAuth · CUSTOM_AUTH")
    assert call.title == f"Your page asks Cognito to begin a sign-in for {number}"
    mine = [entry for entry in seen if entry.call == call.call]
    assert [(entry.kind, entry.technical.split(" ")[0]) for entry in mine] == [
        ("call", "InitiateAuth"),
        ("trigger", "DefineAuthChallenge"),
        ("trigger", "CreateAuthChallenge"),
        ("decision", "challenge"),
        ("answer", "CUSTOM_CHALLENGE"),
    ]
    triggers = [entry for entry in mine if entry.kind == "trigger"]
    assert call.at <= triggers[0].at <= triggers[1].at <= mine[-1].at
    assert all(entry.milliseconds > 0 for entry in [*triggers, mine[-1]])


def test_calls_at_once_keep_their_triggers_apart(web, browser, pool):
    numbers = [f"+1415555011{last}" for last in range(4)]
    threads = [threading.Thread(target=sign_up, args=(browser, pool, number)) for number in numbers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    mine, answered = set(), []

    def is_last(entry: SimpleNamespace) -> bool:
        if entry.kind == "call" and any(number in entry.title for number in numbers):
            mine.add(entry.call)
        if entry.kind == "answer" and entry.call in mine:
            answered.append(entry.call)
        return len(answered) == len(numbers)

    seen = until(web, is_last)
    for number in numbers:
        call = next(entry for entry in seen if entry.kind == "call" and number in entry.title)
        kinds = [entry.technical.split(" ")[0] for entry in seen if entry.call == call.call and entry.kind == "trigger"]
        assert kinds == ["PreSignUp", "PostConfirmation"]


def test_nothing_secret_is_told(web, browser, pool):
    number = "+14155550102"
    sign_up(browser, pool, number)
    challenge = start(browser, pool, number)
    again = answer(browser, pool, challenge, "999888777")
    tokens = answer(browser, pool, again, CODE)["AuthenticationResult"]
    browser.get_user(AccessToken=tokens["AccessToken"])
    seen = until(web, lambda entry: entry.title == "Cognito says who is signed in")
    assert "Signed in" in [entry.title for entry in seen]
    text = json.dumps([vars(entry) for entry in seen])
    secrets = [PASSWORD, CODE, "999888777", challenge["Session"], again["Session"]]
    secrets += [tokens[name] for name in ("IdToken", "AccessToken", "RefreshToken")]
    assert [secret for secret in secrets if secret in text] == []


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        ("SignUp", {"Username": "ada", "Password": "s3cret", "SecretHash": "s3cret", "ValidationData": ["s3cret"]}),
        ("InitiateAuth", {"AuthFlow": "USER_SRP_AUTH", "AuthParameters": {"USERNAME": "ada", "SRP_A": "s3cret"}}),
        ("InitiateAuth", {"AuthFlow": "REFRESH_TOKEN_AUTH", "AuthParameters": {"REFRESH_TOKEN": "s3cret"}}),
        ("RespondToAuthChallenge", {"Session": "s3cret", "ChallengeResponses": {"ANSWER": "s3cret"}}),
        ("RespondToAuthChallenge", {"ClientMetadata": {"action": "resend", "captcha": "s3cret"}}),
        ("ConfirmSignUp", {"Username": "ada", "ConfirmationCode": "s3cret"}),
        ("VerifyUserAttribute", {"AccessToken": "s3cret", "AttributeName": "email", "Code": "s3cret"}),
        ("UpdateUserAttributes", {"AccessToken": "s3cret", "UserAttributes": [{"Name": "email", "Value": "s3cret"}]}),
    ],
)
def test_no_calls_secret_is_in_its_words(operation, body):
    call = Call.read(operation, body)
    answers = {"Session": "s3cret", "AuthenticationResult": {"IdToken": "s3cret", "ExpiresIn": 3600}}
    challenge = {"ChallengeName": "CUSTOM_CHALLENGE", "ChallengeParameters": {"USERNAME": "s3cret"}}
    said = (call, call.asked("Your page"), call.answered(200, answers), call.answered(200, challenge))
    assert "s3cret" not in str(said)


def test_a_refusal_says_why_and_how_long(web, browser, pool):
    call = Call.read("InitiateAuth", {"AuthFlow": "CUSTOM_AUTH", "AuthParameters": {"USERNAME": "ada"}})
    body = {"__type": "UserLambdaValidationException", "message": "X failed with error OTP_THROTTLED retry_after=42."}
    words = call.answered(400, body)
    assert words.title == "Refused. The pause after the last code still runs. It can be tried again in 42 seconds."
    assert words.tone == "bad"


def test_a_wrong_code_says_how_many_attempts_are_left():
    call = Call.read("RespondToAuthChallenge", {"ChallengeResponses": {"ANSWER": "123456"}})
    told = {"code_length": "6", "expires_in": "290", "resend_in": "20", "resends_left": "3", "attempts_left": "1"}
    words = call.answered(200, {"ChallengeName": "CUSTOM_CHALLENGE", "ChallengeParameters": told})
    assert words.title == "Not signed in: 1 attempt left"


def test_there_are_plain_words_for_every_documented_event():
    fields = fields_of("always") | fields_of("failures") | {"reason", "retry_after"}
    for event, outcome in documented():
        line = dict.fromkeys(fields, "x") | {"message": event, "outcome": outcome}
        for given in (line, {"message": event, "outcome": outcome}):
            words = decisions.of_line(given)
            assert words is not None, (event, outcome)
            assert words.technical.startswith(f"{event} {outcome}")
            assert "{" not in words.title + words.detail
    assert decisions.of_line({"message": "START RequestId: 1"}) is None
    assert set(decisions._DECISIONS) == set(documented())


def test_there_are_plain_words_for_every_refusal():
    assert set(refused.TOKENS) == {name for name in vars(refusals) if name.isupper()}


def test_what_delivery_logs_belongs_to_the_call_that_asked_for_the_code(web, browser, pool, aws):
    number = "+14155550103"
    sub = sign_up(browser, pool, number)["UserSub"]
    start(browser, pool, number)
    log = {"logGroupName": "/aws/lambda/demo-delivery", "logStreamName": "one"}
    aws.client("logs").create_log_group(logGroupName=log["logGroupName"])
    aws.client("logs").create_log_stream(**log)
    line = {"message": "delivery", "outcome": "sent", "destination": "+*******0103", "correlation_id": sub}
    event = {"timestamp": int(time.time() * 1000), "message": json.dumps(line)}
    aws.client("logs").put_log_events(**log, logEvents=[event])
    aws.client("sns").publish(PhoneNumber=number, Message="123456 is your code")

    seen = until(web, lambda entry: entry.kind == "message")
    until(web, lambda entry: entry.title == "The code was made and sent to +*******0103")
    call = next(entry.call for entry in seen if entry.title.endswith(f"begin a sign-in for {number}"))
    assert seen[-1].call == call
    assert seen[-1].facts == {
        "channel": "sms",
        "to": number,
        "subject": "",
        "text": "123456 is your code",
        "code": "123456",
    }


def test_rows_are_told_when_they_are_new_and_when_they_change(web, aws):
    table = {"TableName": "demo-users"}
    row = {"id": {"S": "1"}, "email": {"S": "ada@example.com"}, "status": {"S": "PENDING"}}
    aws.client("dynamodb").put_item(**table, Item=row)
    until(web, lambda entry: entry.title == "The User table has a row for ada@example.com: not proven yet")
    aws.client("dynamodb").put_item(**table, Item=row | {"status": {"S": "ACTIVE"}})
    seen = until(web, lambda entry: entry.title == "The row of ada@example.com is now active")
    assert seen[-1].facts["row"] == {"id": "1", "email": "ada@example.com", "status": "ACTIVE"}


def test_every_browser_is_told_all_of_it_and_goes_on_where_it_was(web, browser, pool):
    sign_up(browser, pool, "+14155550104")
    seen = until(web, lambda entry: entry.kind == "answer")
    assert [entry.id for entry in seen] == list(range(1, len(seen) + 1))
    with told(web) as one, told(web, seen[-2].event) as other, told(web, "another-7") as stranger:
        assert next(one).id == 1
        assert next(other).id == seen[-1].id
        assert next(stranger).id == 1


def test_the_page_finds_everything_at_the_address_it_was_loaded_from(web, demo):
    config = web.get("/site/config.json").json()
    assert config["userPoolEndpoint"] == f"{demo.url}/cognito/"
    assert config["rowUrl"] == f"{demo.url}/row"
    assert "The page" in web.get("/site/").text


def test_the_read_api_is_asked_for_the_page(web):
    assert web.get("/row", headers={"authorization": "s3cret"}).status_code == httpx.codes.NOT_FOUND
    seen = until(web, lambda entry: entry.title == "The read API gives no row")
    assert "s3cret" not in json.dumps([vars(entry) for entry in seen])


def test_only_this_computers_own_page_may_come_in(web, demo, pool):
    assert web.get("/", headers={"host": "evil.example"}).status_code == httpx.codes.BAD_REQUEST
    foreign = {"origin": "https://evil.example"}
    assert web.post("/scenes/flood", headers=foreign).status_code == httpx.codes.FORBIDDEN
    assert web.post("/cognito/", headers=foreign).status_code == httpx.codes.FORBIDDEN
    own = {"origin": demo.url, "x-amz-target": "AWSCognitoIdentityProviderService.ListUsers"}
    refusal = web.post("/cognito/", headers=own, json={"UserPoolId": pool.id})
    assert "MissingAuthenticationToken" in refusal.text  # it came through, and is not signed


@pytest.mark.parametrize(
    ("path", "target", "content"),
    [
        ("/cognito/", "DynamoDB_20120810.Scan", b"{}"),
        ("/cognito/", "AWSCognitoIdentityProviderService.Sign/Up", b"{}"),
        ("/cognito/nobody/", "AWSCognitoIdentityProviderService.SignUp", b"{}"),
        ("/cognito/", "AWSCognitoIdentityProviderService.SignUp", b"no json"),
        ("/cognito/", "AWSCognitoIdentityProviderService.SignUp", b'["a list"]'),
    ],
)
def test_only_calls_of_cognito_are_forwarded(web, path, target, content):
    assert web.post(path, headers={"x-amz-target": target}, content=content).status_code == httpx.codes.BAD_REQUEST


def test_browsers_are_told_to_load_nothing_from_elsewhere(web):
    for path, framed_by in (("/", "'none'"), ("/static/console.js", "'none'"), ("/site/", "'self'")):
        headers = web.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert f"frame-ancestors {framed_by}" in policy
        assert headers["x-content-type-options"] == "nosniff"


def test_one_scene_is_played_at_a_time_and_one_that_fails_says_so(aws, outputs, page, pool):
    # This pool sends no codes: the scene waits for one, and nothing comes.
    with WebDemo(aws, outputs, page=page) as demo:
        with httpx.Client(base_url=demo.url, trust_env=False, timeout=_SECONDS) as web:
            assert web.post("/scenes/no-such-scene").status_code == httpx.codes.NOT_FOUND
            assert web.post("/scenes/wrong-code").status_code == httpx.codes.ACCEPTED
            assert web.post("/scenes/flood").status_code == httpx.codes.CONFLICT
    stranger = json.loads(outputs["site_config"]) | {"userPoolClientId": "nobody"}
    with WebDemo(aws, outputs | {"site_config": json.dumps(stranger)}, page=page) as demo:
        with httpx.Client(base_url=demo.url, trust_env=False, timeout=_SECONDS) as web:
            web.post("/scenes/wrong-code").raise_for_status()
            seen = until(web, lambda entry: entry.facts.get("state") == "ends")
    assert seen[0].title == "Type a wrong code"
    assert seen[-1].title == "The scene could not be played to its end"
    assert "ResourceNotFoundException" in seen[-1].detail


def test_every_scene_has_a_button(web):
    names = [scene["name"] for scene in web.get("/scenes").json()]
    assert names == ["wrong-code", "guessing", "resend", "sign-up-twice", "flood", "at-once"]


def test_a_taken_port_is_an_error_and_leaves_nothing(aws, outputs, page, demo):
    with pytest.raises(OSError, match="in use"):
        WebDemo(aws, outputs, page=page, port=int(demo.url.rpartition(":")[2]))


def test_the_timeline_is_numbered_whoever_writes():
    timeline = Timeline()
    threads = [threading.Thread(target=timeline.note, args=("row", Words(str(n)))) for n in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [entry.id for entry in timeline.since(0)] == list(range(1, 51))
    assert [entry.id for entry in timeline.since(48)] == [49, 50]
    assert timeline.since(50) == []
