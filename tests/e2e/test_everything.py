"""tests/e2e/everything, end to end: two channels, languages, test numbers, countries, the guard, budgets, feedback."""

import contextlib
import itertools
import json
import re
import secrets
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import pytest
from pytest_terraform import terraform

from dev.identity_provider import IdentityProvider, sign_in, tokens
from dev.person import Person, claims, wrong
from tests.e2e.conftest import AMPLIFY, Applied, looks, refused, stands_in

terraform("everything", scope="module", name="applied")
pytestmark = pytest.mark.usefixtures("nothing_denied")

NAME = "otp-everything"
TEST_NUMBER, FIXED_CODE = "+447700900123", "493817"
OPTED_OUT = "+14155550199"


def signed_in(answer: dict[str, Any]) -> bool:
    return "AuthenticationResult" in answer


def wait_for(what: Any) -> Any:
    """Return what `what()` returns as soon as it is something."""
    until = time.monotonic() + 15
    while not (found := what()):
        assert time.monotonic() < until
        time.sleep(0.05)
    return found


def signed_up(example: Applied, number: str, **attributes: str) -> Person:
    person = Person(example.aws, example.client_id, number)
    person.sign_up(**attributes)
    return person


def made_by_an_administrator(example: Applied, number: str, **attributes: str) -> Person:
    attributes = {"phone_number": number, "phone_number_verified": "true", **attributes}
    example.aws.client("cognito-idp").admin_create_user(
        UserPoolId=example.outputs["user_pool_id"],
        Username=number,
        MessageAction="SUPPRESS",
        TemporaryPassword=secrets.token_urlsafe(24),
        UserAttributes=[{"Name": name, "Value": value} for name, value in attributes.items()],
    )
    return Person(example.aws, example.client_id, number)


def start(example: Applied, person: Person) -> dict[str, str]:
    """Start a sign-in, wait until its delivery is over, and return how it looks."""
    shown = looks(person.start_sign_in())
    example.wait_until_delivered()
    return shown


def decisions(example: Applied, event: str) -> list[dict[str, Any]]:
    """Return the lines of the delivery's log about `event`, in order."""
    lines = [json.loads(line) for line in example.logged(f"{NAME}-delivery") if line.startswith("{")]
    return [line for line in lines if line["message"] == event]


def last_reason(example: Applied, country: str) -> str | None:
    """Return why the last text to a country did not go out."""
    lines = [line for line in decisions(example, "delivery") if line.get("country") == country]
    return lines[-1].get("reason") if lines else None


@contextlib.contextmanager
def used_up(example: Applied, what: str) -> Iterator[None]:
    """Use up an hour's budget, also of the hour that may begin meanwhile."""
    hours = [time.strftime("%Y-%m-%dT%H", time.gmtime(time.time() + after)) for after in (0, 3600)]
    keys = [f"budget#{what}#{hour}" for hour in hours]
    before = {item["pk"]["S"]: item for item in example.auth_state("budget#")}
    expires = {"N": str(int(time.time()) + 7200)}
    for key in keys:
        example.put_auth_state({"pk": {"S": key}, "n": {"N": "1000"}, "expires_at": expires})
    try:
        yield
    finally:
        for key in keys:
            example.put_auth_state(before.get(key, {"pk": {"S": key}, "n": {"N": "0"}, "expires_at": expires}))


# Two channels


_both = itertools.count(7000)


@pytest.fixture
def two_channels(example: Applied) -> Person:
    """Somebody who has signed in before, with a number and an address that are both verified."""
    person = Person(example.aws, example.client_id, f"+1415555{next(_both)}")
    address = address_of(person)
    person.sign_up(email=address)
    person.start_sign_in()
    assert signed_in(person.answer(person.wait_for_code()))
    verified = [{"Name": "email", "Value": address}, {"Name": "email_verified", "Value": "true"}]
    example.aws.client("cognito-idp").admin_update_user_attributes(
        UserPoolId=example.outputs["user_pool_id"], Username=person.username, UserAttributes=verified
    )
    example.let_the_cooldown_pass()
    return person


def address_of(person: Person) -> str:
    return f"both{person.username[-4:]}@example.net"


def test_a_code_by_mail_and_by_text_again(example, two_channels):
    person, address = two_channels, address_of(two_channels)
    shown = start(example, person)
    assert (shown["delivery_medium"], shown["destination"]) == ("SMS", f"+*******{person.username[-4:]}")
    by_text = person.wait_for_code(2)

    # A mailbox has a cooldown of its own: nothing to wait for.
    shown = looks(person.resend("email"))
    assert (shown["delivery_medium"], shown["destination"]) == ("EMAIL", "b***@e***")
    assert (shown["resends_left"], shown["attempts_left"], shown["resend_in"]) == ("2", "3", "30")
    by_mail = person.wait_for_code(address=address)
    assert not signed_in(person.answer(by_text))

    # Back, as soon as the number may be sent to again.
    assert looks(person.resend("sms"))["delivery_medium"] == "EMAIL"
    example.wait_until_delivered()
    example.let_the_cooldown_pass()
    shown = looks(person.resend("SMS"))
    assert (shown["delivery_medium"], shown["resends_left"]) == ("SMS", "1")
    again = person.wait_for_code(3)
    assert not signed_in(person.answer(by_mail))
    assert signed_in(person.answer(again))
    assert len(person.texts(address)) == 1


def test_a_code_by_mail_signs_in_and_the_mail_is_as_configured(example, two_channels):
    person, address = two_channels, address_of(two_channels)
    start(example, person)
    person.resend("email")
    assert signed_in(person.answer(person.wait_for_code(address=address)))
    (mail,) = example.aws.emails(address)
    assert mail["Source"] == "Everything <codes@example.com>"
    assert mail["Subject"] == "Your Everything code"


def test_an_address_that_is_not_verified_gets_nothing_and_the_client_sees_no_difference(example, two_channels, person):
    person.sign_up(email="unproven@example.net")
    start(example, person)
    start(example, two_channels)
    unproven, proven = looks(person.resend("email")), looks(two_channels.resend("email"))
    assert unproven.pop("destination") == "***@***"  # show_destination tells strangers: it is documented
    assert proven.pop("destination") == "b***@e***"
    assert unproven == proven
    example.wait_until_delivered()
    assert person.texts("unproven@example.net") == []
    assert not signed_in(person.answer("000001"))


def test_a_channel_that_there_is_not_changes_nothing(example, person):
    person.sign_up()
    before = start(example, person)
    assert looks(person.resend("pigeon")) == before
    assert signed_in(person.answer(person.wait_for_code()))


def test_an_amplify_client_switches_to_mail(node, example, two_channels):
    person, address = two_channels, address_of(two_channels)
    configuration = {
        "endpoint": example.aws.endpoint_url,
        "userPoolId": example.outputs["user_pool_id"],
        "userPoolClientId": example.client_id,
        "phoneNumber": person.username,
    }
    with subprocess.Popen(
        [node, "resend.mjs", json.dumps(configuration)],
        cwd=AMPLIFY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as client:

        def told() -> dict[str, Any]:
            line = client.stdout.readline()
            assert line, "the client ended early"
            return json.loads(line)

        def type_in(answer: str, **metadata: str) -> None:
            options = {"options": {"clientMetadata": metadata}} if metadata else {}
            client.stdin.write(json.dumps({"challengeResponse": answer, **options}) + "\n")
            client.stdin.flush()

        assert told()["parameters"]["delivery_medium"] == "SMS"
        example.wait_until_delivered()
        example.let_the_cooldown_pass()
        type_in("resend", action="resend")
        shown = told()["parameters"]
        assert (shown["delivery_medium"], shown["resends_left"]) == ("SMS", "2")
        person.wait_for_code(3)
        type_in("resend", action="resend", channel="email")
        shown = told()["parameters"]
        assert (shown["delivery_medium"], shown["resends_left"]) == ("EMAIL", "1")
        type_in(person.wait_for_code(address=address))
        assert told()["next"] == "DONE"
        assert told() == {"step": "session", "phoneNumber": person.username}
        client.stdin.close()
    assert client.returncode == 0


# Words


def test_the_users_language_decides_the_words_on_both_channels(example, two_channels):
    example.aws.client("cognito-idp").admin_update_user_attributes(
        UserPoolId=example.outputs["user_pool_id"],
        Username=two_channels.username,
        UserAttributes=[{"Name": "locale", "Value": "fr_CA"}],
    )
    start(example, two_channels)
    text = two_channels.wait_for_text(2)
    code = text.split()[0]
    assert text.split("\n") == [
        f"{code} : votre code Everything.",
        "FA+9qCX9VSu",
        f"@login.example.com #{code}",
    ]
    two_channels.resend("email")
    by_mail = two_channels.wait_for_code(address=address_of(two_channels))
    (mail,) = example.aws.emails(address_of(two_channels))
    assert mail["Subject"] == "Votre code Everything"
    assert re.fullmatch(rf"{by_mail}\n\nVotre code Everything, pour 5 minutes\.", mail["BodyText"])
    assert 'lang="fr"' in mail["BodyHtml"]


def test_a_language_that_is_only_shipped_and_one_that_nobody_wrote(example):
    german = signed_up(example, "+14155558001", locale="de-AT")
    start(example, german)
    assert "ist Ihr Code für Everything" in german.wait_for_text()
    klingon = signed_up(example, "+14155558002", locale="tlh")
    start(example, klingon)
    assert "is your Everything code" in klingon.wait_for_text()


# Test numbers


def test_a_test_number_signs_in_with_its_fixed_code_and_nothing_is_sent(example):
    person = signed_up(example, TEST_NUMBER)
    start(example, person)
    assert not signed_in(person.answer(wrong(FIXED_CODE)))
    assert signed_in(person.answer(FIXED_CODE))
    assert person.texts() == []
    assert decisions(example, "delivery")[-1]["outcome"] == "test_number"
    assert decisions(example, "delivery")[-1]["level"] in ("WARN", "WARNING")
    assert example.auth_state("fraud#GB") == []


# Countries, the guard and the budgets: what they refuse is not seen by the client


def guess_all(person: Person) -> list[dict[str, str]]:
    """Mistype three times and return what was told; the third ends the sign-in."""
    told = [looks(person.answer(f"00000{digit}")) for digit in (1, 2)]
    with refused("NotAuthorizedException"):
        person.answer("000003")
    return told


def as_ever(example: Applied, number: str) -> list[dict[str, str]]:
    """Return what somebody is told who is sent a text."""
    person = made_by_an_administrator(example, number)
    shown = [start(example, person), *guess_all(person)]
    assert len(person.texts()) == 1
    return without_destination(shown)


def without_destination(told: list[dict[str, str]]) -> list[dict[str, str]]:
    return [{name: value for name, value in shown.items() if name != "destination"} for shown in told]


@pytest.mark.parametrize("number", ["+33639980001", "+393311234567"], ids=["blocked", "not allowed"])
def test_a_country_is_refused_at_sign_up(example, number):
    with refused("COUNTRY_NOT_ALLOWED"):
        signed_up(example, number)


def test_nothing_is_sent_to_a_blocked_country_and_the_client_sees_no_difference(example):
    person = made_by_an_administrator(example, "+33639980002")
    told = [start(example, person), *guess_all(person)]
    assert person.texts() == []
    assert last_reason(example, "FR") == "country_not_allowed"
    assert without_destination(told) == as_ever(example, "+14155558003")


def test_the_guard_denies_above_its_floor_and_the_client_sees_no_difference(example):
    first, second = (signed_up(example, number) for number in ("+4915112345671", "+4915112345672"))
    start(example, first)
    assert len(first.texts()) == 1
    told = [start(example, second), *guess_all(second)]
    assert second.texts() == []
    assert last_reason(example, "DE") == "pumping"
    assert without_destination(told) == as_ever(example, "+14155558004")

    # Whoever types the code makes room for another.
    assert signed_in(first.answer(first.wait_for_code()))
    third = signed_up(example, "+4915112345673")
    start(example, third)
    assert len(third.texts()) == 1


def test_where_the_guard_only_records_it_says_so_and_sends(example):
    for number in ("+14155558005", "+14155558006"):
        person = signed_up(example, number)
        start(example, person)
        assert len(person.texts()) == 1
    assert {line["country"] for line in decisions(example, "pumping") if line["outcome"] == "suspected"} == {"US"}


def test_beyond_the_budget_of_messages_nothing_is_sent_and_the_client_sees_no_difference(example):
    person = signed_up(example, "+14155558007")
    with used_up(example, "messages"):
        told = [start(example, person), *guess_all(person)]
    assert person.texts() == []
    assert last_reason(example, "US") == "budget"
    assert without_destination(told) == as_ever(example, "+14155558008")


def test_beyond_the_budget_of_sign_ups_a_client_is_told_when_to_try_again(example):
    with used_up(example, "sign_ups"), refused(r"SIGN_UP_THROTTLED retry_after=\d+"):
        signed_up(example, "+14155558009")
    signed_up(example, "+14155558009")


# The row


def test_the_row_is_as_configured_and_its_indexes_find_it(example, two_channels):
    person, address = two_channels, address_of(two_channels)
    (user,) = [user for user in example.users() if user.get("phone_number") == person.username]
    row, sub = example.row(user["sub"]), user["sub"]
    moments = {row.pop(name) for name in ("createdAt", "updatedAt", "last_sign_in_at")}
    assert all(re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", moment) for moment in moments)
    username = row.pop("username")
    assert row == {
        "userId": sub,
        "__typename": "User",
        "owner": f"{sub}::{username}",
        "email": address,
        "shared": person.username,
        "status": "ACTIVE",
    }
    for index, field in (("by_email", "email"), ("by_phone_number", "shared")):
        found = example.aws.client("dynamodb").query(
            TableName=example.outputs["user_table_name"],
            IndexName=index,
            KeyConditionExpression="#field = :value",
            ExpressionAttributeNames={"#field": field},
            ExpressionAttributeValues={":value": {"S": row[field]}},
        )
        assert [item["userId"]["S"] for item in found["Items"]] == [sub]


# What the provider says, and is told


def test_the_provider_hears_of_a_right_code_and_of_no_other(example):
    right, silent = signed_up(example, "+14155558010"), signed_up(example, "+14155558011")
    start(example, silent)
    silent.answer(wrong(silent.wait_for_code()))
    start(example, right)
    assert signed_in(right.answer(right.wait_for_code()))
    wait_for(lambda: example.aws.sms_messages(right.username)[0]["Feedback"] == "RECEIVED")
    assert example.aws.sms_messages(silent.username)[0]["Feedback"] is None


def test_that_a_destination_is_blocked_does_not_show_and_another_channel_is_open(example):
    person = made_by_an_administrator(example, OPTED_OUT, email="optedout@example.net", email_verified="true")
    start(example, person)
    assert looks(person.answer("no code"))["resend_in"] == "30"
    assert person.texts() == []
    person.resend("email")
    assert signed_in(person.answer(person.wait_for_code(address="optedout@example.net")))


def test_a_delivery_that_cannot_begin_is_told_to_the_failure_destination(example, person):
    queue = listen(example)
    person.sign_up()
    functions, name = example.aws.client("lambda"), f"{NAME}-delivery"
    variables = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    broken = {key: value for key, value in variables.items() if key != "CODE_KEY_ID"}
    functions.update_function_configuration(FunctionName=name, Environment={"Variables": broken})
    try:
        person.start_sign_in()
        sqs = example.aws.client("sqs")
        (message,) = wait_for(lambda: sqs.receive_message(QueueUrl=queue).get("Messages", []))
    finally:
        functions.update_function_configuration(FunctionName=name, Environment={"Variables": variables})
    assert json.loads(message["Body"])["requestPayload"]["address"] == person.username
    assert person.texts() == []

    # Ten seconds later the person may ask again.
    example.let_the_cooldown_pass(10)
    person.resend()
    assert signed_in(person.answer(person.wait_for_code()))


def listen(example: Applied) -> str:
    """Pass on what the module's event bus gets to a queue, and return its URL."""
    sqs, events, bus = example.aws.client("sqs"), example.aws.client("events"), f"{NAME}-undelivered"
    queue = sqs.create_queue(QueueName=bus)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_rule(Name="all", EventBusName=bus, EventPattern=json.dumps({"source": ["lambda"]}))
    target = {"Id": "queue", "Arn": arn, "InputPath": "$.detail"}
    events.put_targets(Rule="all", EventBusName=bus, Targets=[target])
    return queue


# Deletions


@pytest.fixture
def trail(example: Applied) -> Iterator[None]:
    """A trail, without which EventBridge hears nothing of CloudTrail."""
    client = example.aws.client("cloudtrail")
    example.aws.client("s3").create_bucket(Bucket="otp-everything-trail")
    arn = client.create_trail(Name="otp-everything", S3BucketName="otp-everything-trail")["TrailARN"]
    client.start_logging(Name=arn)
    yield
    client.delete_trail(Name=arn)


@pytest.mark.usefixtures("trail")
def test_who_is_disabled_or_deleted_is_so_in_the_table_when_cloudtrail_tells(example, person):
    sub = person.sign_up()["UserSub"]
    start(example, person)
    assert signed_in(person.answer(person.wait_for_code()))
    who = {"UserPoolId": example.outputs["user_pool_id"], "Username": sub}
    cognito, account = example.aws.client("cognito-idp"), {"pk": {"S": f"account#{sub}"}}

    cognito.admin_disable_user(**who)
    assert wait_for(lambda: example.row(sub)["status"] == "DISABLED")
    cognito.admin_enable_user(**who)
    assert wait_for(lambda: example.row(sub)["status"] == "ACTIVE")

    # Of an account of less than five minutes the list of users says nothing.
    example.aws.client("dynamodb").update_item(
        TableName=f"{NAME}-identities",
        Key=account,
        UpdateExpression="SET created_at = created_at - :hour",
        ExpressionAttributeValues={":hour": {"N": "3600"}},
    )
    cognito.admin_delete_user(**who)
    assert wait_for(lambda: example.row(sub)["status"] == "DELETED")
    assert sub not in example.items("identities")
    assert person.sign_up()["UserSub"] != sub


# What operators see


def metric(example: Applied, name: str) -> float:
    """Return what a metric has counted so far."""
    now = time.time()
    query = {"Metric": {"Namespace": "cognito-otp", "MetricName": f"{NAME}-{name}"}, "Period": 86400, "Stat": "Sum"}
    answer = example.aws.client("cloudwatch").get_metric_data(
        MetricDataQueries=[{"Id": "counted", "MetricStat": query}], StartTime=now - 86400, EndTime=now + 60
    )
    return float(sum(answer["MetricDataResults"][0]["Values"]))


def in_alarm(example: Applied) -> set[str]:
    alarms = example.aws.client("cloudwatch").describe_alarms()["MetricAlarms"]
    return {alarm["AlarmName"].removeprefix(f"{NAME}-") for alarm in alarms if alarm["StateValue"] == "ALARM"}


def test_the_metrics_are_what_the_log_says(example, two_channels):
    start(example, two_channels)
    two_channels.answer("000000")

    def said(function: str, *steps: str) -> int:
        lines = [json.loads(line) for line in example.logged(f"{NAME}-{function}") if line.startswith("{")]
        return sum(f"{line['message']} {line.get('outcome')}" in steps for line in lines)

    def is_so() -> bool:
        return {
            "sign-ups-accepted": said("sign-up", "sign_up accepted"),
            "codes-requested": said("sign-in", "challenge requested", "resend requested"),
            "codes-sent": said("delivery", "delivery sent", "delivery test_number"),
            "codes-verified": said("sign-in", "guess right"),
            "codes-wrong": said("sign-in", "guess wrong"),
        } == {
            name: metric(example, name)
            for name in ("sign-ups-accepted", "codes-requested", "codes-sent", "codes-verified", "codes-wrong")
        }

    assert wait_for(is_so)
    assert metric(example, "codes-verified") >= 1
    assert metric(example, "codes-wrong") >= 1


def test_an_alarm_goes_off_and_tells_the_topic_when_codes_do_not_go_out(example):
    arn = f"arn:aws:sqs:us-east-1:123456789012:{NAME}-heard"
    statement = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage"}
    policy = json.dumps({"Statement": [{**statement, "Resource": arn}]})
    queue = example.aws.client("sqs").create_queue(QueueName=f"{NAME}-heard", Attributes={"Policy": policy})["QueueUrl"]
    topic = f"arn:aws:sns:us-east-1:123456789012:{NAME}-alarms"
    example.aws.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)

    person = signed_up(example, "+14155558021")
    with used_up(example, "messages"):
        start(example, person)
    wait_for(lambda: "delivery-failures" in in_alarm(example))
    assert "function-throttles" not in in_alarm(example)
    told = example.aws.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    alarms = [json.loads(json.loads(message["Body"])["Message"]) for message in told]
    (failures,) = [alarm for alarm in alarms if alarm["AlarmName"] == f"{NAME}-delivery-failures"]
    assert failures["NewStateValue"] == "ALARM"
    assert "spend limit" in failures["AlarmDescription"]


# Last, after all of the above


def test_nothing_secret_is_anywhere_but_in_the_message_and_the_row(example, two_channels):
    start(example, two_channels)
    two_channels.resend("email")
    two_channels.answer(wrong(two_channels.wait_for_code(address=address_of(two_channels))))
    two_channels.answer(two_channels.wait_for_code(address=address_of(two_channels)))
    example.wait_until_delivered()
    time.sleep(0.5)

    texts, mails = example.aws.sms_messages(), example.aws.emails()
    assert len(texts) > 20
    assert len(mails) >= 5
    # Those of the other tests too, some of which are Cognito's and begin with a word.
    messages = [text["Message"] for text in texts] + [mail["BodyText"] for mail in mails]
    codes = {code for message in messages for code in re.findall(r"\b\d{6,10}\b", message)}
    people = {user[name] for user in example.users() for name in ("phone_number", "email") if name in user}
    assert {TEST_NUMBER, OPTED_OUT, "+33639980002", "unproven@example.net"} <= people
    hidden = codes | {FIXED_CODE} | people | {each.removeprefix("+") for each in people}

    functions = [f"{NAME}-{function}" for function in ("sign-up", "sign-in", "delivery", "maintenance")]
    configuration = example.aws.client("lambda").get_function_configuration
    kept = [item for item in example.auth_state("") if item["pk"]["S"] != "config#test_numbers"]
    places = {
        "logs": "\n".join(line for function in functions for line in example.logged(function)),
        "environments": json.dumps([configuration(FunctionName=each)["Environment"] for each in functions]),
        "auth-state": json.dumps(kept),
        "identities": example.items("identities"),
    }
    for place, text in places.items():
        assert len(text) > 1000, place
        assert {secret for secret in hidden if stands_in(secret, text)} == set(), place


# Hooks


def sign_up_with(example: Applied, number: str, wish: str) -> Any:
    return example.aws.client("cognito-idp").sign_up(
        ClientId=example.client_id,
        Username=number,
        Password=secrets.token_urlsafe(24),
        ClientMetadata={"hook": wish},
    )


@pytest.mark.parametrize(("wish", "token"), [("veto", "SIGN_UP_REFUSED"), ("raise", "SERVICE_UNAVAILABLE")])
def test_the_hook_keeps_somebody_out_and_nothing_of_its_words_goes_out(example, person, wish, token):
    with refused(rf"PreSignUp failed with error {token}\.$"):
        sign_up_with(example, person.username, wish)
    assert person.username not in [user["phone_number"] for user in example.users()]
    assert sign_up_with(example, person.username, "allow")["UserConfirmed"]


def test_the_other_hook_hears_once_of_a_first_right_code_and_of_no_later_one(example, person):
    sub = person.sign_up()["UserSub"]

    def news() -> list[dict[str, Any]]:
        lines = [json.loads(line) for line in example.logged(f"{NAME}-told") if line.startswith("{")]
        return [line for line in lines if line.get("sub") == sub]

    for number in (1, 2):
        person.start_sign_in()
        assert news() == [] or number == 2
        assert signed_in(person.answer(person.wait_for_code(number)))
        assert [each["attribute"] for each in wait_for(news)] == ["phone_number"]
        example.let_the_cooldown_pass()


# Other ways in


@pytest.fixture(scope="module")
def by_work(example: Applied) -> Iterator[Any]:
    """Sign somebody in by the provider "Work", whose endpoint is here for once."""
    cognito, pool = example.aws.client("cognito-idp"), example.outputs["user_pool_id"]
    details = cognito.describe_identity_provider(UserPoolId=pool, ProviderName="Work")["IdentityProvider"]
    with IdentityProvider() as provider:
        cognito.update_identity_provider(
            UserPoolId=pool,
            ProviderName="Work",
            ProviderDetails=details["ProviderDetails"] | {"token_url": provider.token_url},
        )

        def by_work(**claims: Any) -> dict[str, Any]:
            callback = "https://everything.example.com/in"
            return sign_in(example.aws, example.outputs["web_client_id"], "Work", callback, **claims)

        yield by_work


def test_whom_a_provider_vouches_for_is_in_with_an_account_and_a_row_that_follow(example, by_work):
    person = {"sub": "grace", "email": "grace@example.net", "email_verified": True}
    token = claims(by_work(**person, locale="de")["id_token"])
    assert (token["email"], token["cognito:username"]) == ("grace@example.net", "Work_grace")
    row = example.row(token["sub"])
    assert (row["status"], row["email"], row["language"]) == ("ACTIVE", "grace@example.net", "de")
    account = example.account("Work_grace")
    assert (account["st"]["S"], account["origin"]["S"]) == ("ACTIVE", "federated")
    assert account["proven"]["M"].keys() == {"email"}

    assert claims(by_work(**person, locale="fr")["id_token"])["sub"] == token["sub"]
    later = example.row(token["sub"])
    assert later["language"] == "fr"
    assert later["last_sign_in_at"] >= later["createdAt"]


def test_an_address_that_the_provider_has_not_verified_is_not_proven(example, by_work):
    person = {"sub": "mallory", "email": "victim@example.net"}
    sub = claims(by_work(**person, email_verified=False)["id_token"])["sub"]
    assert example.user("Work_mallory")["email_verified"] == "false"
    assert example.account("Work_mallory")["proven"] == {"M": {}}
    # Nor is one of which it says nothing.
    by_work(**person)
    assert example.user("Work_mallory")["email_verified"] == "false"
    assert example.row(sub)["status"] == "ACTIVE"
    # It keeps nobody out: whoever has proven it has it.
    by_work(sub="victim", email="victim@example.net", email_verified=True)
    assert example.account("Work_victim")["proven"]["M"].keys() == {"email"}


def test_one_address_is_one_account_whichever_way_somebody_comes(example, by_work, person, two_channels):
    by_work(sub="ada", email="ada@example.net", email_verified=True)
    with refused("EMAIL_TAKEN"):
        person.sign_up(email="Ada@example.net")

    # With the sign-in after the verification the account has proven the address.
    start(example, two_channels)
    assert signed_in(two_channels.answer(two_channels.wait_for_code(2)))
    told = by_work(sub="twin", email=address_of(two_channels), email_verified=True)
    assert told["error_description"] == "PreSignUp failed with error EMAIL_TAKEN."
    assert "work_twin" not in example.items("identities")


def test_a_machine_gets_a_token_for_its_api_and_for_nothing_else(example):
    own = {"client_id": example.outputs["job_client_id"], "client_secret": example.outputs["job_client_secret"]}
    token = claims(tokens(example.aws, grant_type="client_credentials", **own)["access_token"])
    assert token["scope"] == "https://api.example.com/orders.read"
    wished = {"scope": "https://api.example.com/orders.write"}
    assert tokens(example.aws, grant_type="client_credentials", **own, **wished) == {"error": "invalid_grant"}


def test_the_client_of_people_rotates_their_refresh_tokens(example):
    client = example.aws.client("cognito-idp").describe_user_pool_client(
        UserPoolId=example.outputs["user_pool_id"], ClientId=example.outputs["web_client_id"]
    )["UserPoolClient"]
    assert client["RefreshTokenRotation"] == {"Feature": "ENABLED", "RetryGracePeriodSeconds": 10}
    assert client["ExplicitAuthFlows"] == ["ALLOW_CUSTOM_AUTH"]
    assert "COGNITO" not in client["SupportedIdentityProviders"]
