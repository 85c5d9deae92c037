"""examples/web-app, end to end, without the page: what the page is told, the read API, and a second channel."""

import base64
import contextlib
import json
import re
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import httpx
import pytest
from pytest_terraform import terraform

from dev.person import Person, claims, wrong
from dev.terraform import ROOT, Terraform, TerraformError
from tests.e2e.conftest import Applied, refused

terraform("web-app", scope="module", name="applied")

NAME = "otp-web-app"
ORIGIN = "http://localhost:5173"

everything_allowed = pytest.mark.usefixtures("nothing_denied")


class Tokens(NamedTuple):
    """What a sign-in gives."""

    id: str
    access: str
    refresh: str


@pytest.fixture(scope="module")
def http() -> Iterator[httpx.Client]:
    # No proxy of the environment may come between.
    with httpx.Client(trust_env=False) as client:
        yield client


def get_row(http: httpx.Client, example: Applied, token: str | None, **headers: str) -> httpx.Response:
    bearer = {"Authorization": f"Bearer {token}"} if token is not None else {}
    return http.get(example.outputs["row_url"], headers=bearer | headers)


def signed_in(person: Person, count: int = 1) -> Tokens:
    person.start_sign_in()
    result = person.answer(person.wait_for_code(count))["AuthenticationResult"]
    return Tokens(result["IdToken"], result["AccessToken"], result["RefreshToken"])


@pytest.fixture
def tokens(person) -> Tokens:
    person.sign_up()
    return signed_in(person)


def test_the_page_is_told_what_it_needs(example):
    assert json.loads(example.outputs["site_config"]) == {
        "region": "us-east-1",
        "userPoolId": example.outputs["user_pool_id"],
        "userPoolClientId": example.client_id,
        "appName": "Example",
        "identifiers": ["email", "phone_number"],
        "names": False,
        "channels": ["sms", "email"],
        "selfService": True,
        "confirmation": "otp",
        "passwordRequired": False,
        "nativeOtp": False,
        "allowedCountries": None,
        "blockedCountries": [],
        "rowUrl": example.outputs["row_url"],
    }


@everything_allowed
def test_people_get_their_own_row(example, person, tokens, http):
    answer = get_row(http, example, tokens.id)
    assert answer.status_code == 200
    assert (answer.headers["content-type"], answer.headers["cache-control"]) == ("application/json", "no-store")
    row = answer.json()
    assert row == example.row(claims(tokens.id)["sub"])
    assert (row["phone_number"], row["status"]) == (person.username, "ACTIVE")


@everything_allowed
def test_nobody_gets_another_ones_row(example, person, tokens, http):
    other = Person(example.aws, example.client_id, "victim@example.com").sign_up()["UserSub"]
    asked = {"id": other, "sub": other, "claims": json.dumps({"sub": other})}
    url, bearer = example.outputs["row_url"], {"Authorization": f"Bearer {tokens.id}"}
    answers = [
        http.get(url, headers=bearer, params=asked),
        http.get(url, headers={**bearer, **{f"x-{name}": value for name, value in asked.items()}}),
        http.request("GET", url, headers=bearer, json=asked),
    ]
    assert [answer.json()["phone_number"] for answer in answers] == [person.username] * 3
    assert http.get(f"{url}/{other}", headers=bearer).status_code == 404
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert http.request(method, url, headers=bearer, json=asked).status_code == 404


def tampered(token: str, **changes: object) -> str:
    """Return a token that says something else, with the signature that it had."""
    head, _, signature = token.split(".")
    body = base64.urlsafe_b64encode(json.dumps({**claims(token), **changes}).encode()).decode().rstrip("=")
    return f"{head}.{body}.{signature}"


def unsigned(token: str) -> str:
    head = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').decode().rstrip("=")
    return f"{head}.{token.split('.')[1]}."


@everything_allowed
def test_without_a_token_of_this_application_there_is_nothing(example, tokens, http):
    assert get_row(http, example, tokens.id).status_code == 200
    stranger = Person(example.aws, example.client_id, "stranger@example.com").sign_up()["UserSub"]
    garbled = tokens.id[:-8] + ("AAAAAAAA" if not tokens.id.endswith("AAAAAAAA") else "BBBBBBBB")
    for none in (
        None,
        "x",
        "a.b.c",
        garbled,
        tampered(tokens.id, sub=stranger),
        tampered(tokens.id, exp=claims(tokens.id)["exp"] + 3600),
        unsigned(tokens.id),
    ):
        answer = get_row(http, example, none)
        assert (answer.status_code, answer.json()) == (401, {"message": "Unauthorized"}), none


@everything_allowed
def test_a_token_of_another_pool_or_client_is_none(example, tokens, http):
    """Both are signed by a key that the local AWS shares among its pools: issuer and audience tell them apart."""
    cognito, password = example.aws.client("cognito-idp"), "Passw0rd! long enough for any policy"
    elsewhere = cognito.create_user_pool(PoolName="elsewhere")["UserPool"]["Id"]
    cognito.admin_create_user(UserPoolId=elsewhere, Username="somebody", MessageAction="SUPPRESS")
    for pool, name in ((elsewhere, "somebody"), (example.outputs["user_pool_id"], claims(tokens.id)["sub"])):
        client = cognito.create_user_pool_client(
            UserPoolId=pool, ClientName="other", ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH"]
        )["UserPoolClient"]["ClientId"]
        cognito.admin_set_user_password(UserPoolId=pool, Username=name, Password=password, Permanent=True)
        result = cognito.admin_initiate_auth(
            UserPoolId=pool,
            ClientId=client,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": name, "PASSWORD": password},
        )["AuthenticationResult"]
        assert get_row(http, example, result["IdToken"]).status_code == 401
        assert get_row(http, example, result["AccessToken"]).status_code == 401


@contextlib.contextmanager
def tokens_of_a_second(example: Applied) -> Iterator[None]:
    """Let the client's tokens live for one second, which AWS would not allow."""
    cognito = example.aws.client("cognito-idp")
    which = {"UserPoolId": example.outputs["user_pool_id"], "ClientId": example.client_id}
    client = cognito.describe_user_pool_client(**which)["UserPoolClient"]
    kept = {name: client[name] for name in client if name not in ("CreationDate", "LastModifiedDate")}
    units = {**client["TokenValidityUnits"], "IdToken": "seconds"}
    cognito.update_user_pool_client(**{**kept, "IdTokenValidity": 1, "TokenValidityUnits": units})
    try:
        yield
    finally:
        cognito.update_user_pool_client(**kept)


@everything_allowed
def test_a_token_that_has_expired_is_none(example, person, http):
    person.sign_up()
    with tokens_of_a_second(example):
        token = signed_in(person).id
    said = claims(token)
    assert said["exp"] - said["iat"] == 1
    time.sleep(max(0.0, said["exp"] + 0.1 - time.time()))
    assert get_row(http, example, token).status_code == 401


@everything_allowed
def test_an_access_token_is_not_taken(example, tokens, http):
    """The authorizer would: it can do more than an ID token, and belongs to Cognito alone."""
    answer = get_row(http, example, tokens.access)
    assert (answer.status_code, answer.json()) == (403, {"message": "Send the ID token"})


@everything_allowed
def test_without_a_row_there_is_none(example, tokens, http):
    sub = claims(tokens.id)["sub"]
    example.aws.client("dynamodb").delete_item(TableName=example.outputs["user_table_name"], Key=example.key(sub))
    answer = get_row(http, example, tokens.id)
    assert (answer.status_code, answer.json()) == (404, {"message": "No row"})


@everything_allowed
@pytest.mark.parametrize(
    "origin", [ORIGIN, "http://localhost:5174", "https://localhost:5173", "https://evil.example", "null"]
)
def test_only_pages_of_the_named_origins_may_read_it(example, tokens, http, origin):
    preflight = http.options(
        example.outputs["row_url"],
        headers={
            "Origin": origin,
            "Access-Control-Request-Method": "GET",
            "Access-Control-Request-Headers": "authorization",
        },
    )
    answer = get_row(http, example, tokens.id, Origin=origin)
    told = {name for name in (*preflight.headers, *answer.headers) if name.startswith("access-control-")}
    if origin != ORIGIN:
        assert told == set()
        return
    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-methods"] == "GET"
    assert preflight.headers["access-control-allow-headers"] == "authorization"
    assert {each.headers["access-control-allow-origin"] for each in (preflight, answer)} == {ORIGIN}
    assert "access-control-allow-credentials" not in told  # no cookie takes part


@pytest.mark.parametrize("origins", [[], ["*"], ["https://login.example.com", "https://login.example.com/"]])
def test_what_is_no_origin_is_refused_at_plan(aws, tmp_path, origins):
    example = Terraform(ROOT / "examples" / "web-app", tmp_path, aws.environment())
    example.init()
    with pytest.raises(TerraformError, match="site_origins must name origins"):
        example.plan(site_origins=origins)


def policy_of_the_function(example: Applied) -> tuple[dict[str, str], dict[str, Any]]:
    place = {"RoleName": f"{NAME}-row", "PolicyName": "row"}
    return place, example.aws.client("iam").get_role_policy(**place)["PolicyDocument"]


def test_the_function_may_read_one_table_by_key_and_write_its_log(example):
    _, document = policy_of_the_function(example)
    table = example.aws.client("dynamodb").describe_table(TableName=example.outputs["user_table_name"])["Table"]
    allowed = {action: statement["Resource"] for statement in document["Statement"] for action in statement["Action"]}
    log = [f"arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/{NAME}-row:*"]
    assert allowed == {
        "dynamodb:GetItem": [table["TableArn"]],
        "logs:CreateLogStream": log,
        "logs:PutLogEvents": log,
    }


@pytest.mark.parametrize("action", ["dynamodb:GetItem", "logs:CreateLogStream", "logs:PutLogEvents"])
def test_each_permission_is_missed(example, tokens, http, action):
    place, document = policy_of_the_function(example)
    iam, before = example.aws.client("iam"), len(example.aws.denied())
    kept = [
        {**statement, "Action": [each for each in statement["Action"] if each != action]}
        for statement in document["Statement"]
        if statement["Action"] != [action]
    ]
    iam.put_role_policy(**place, PolicyDocument=json.dumps({**document, "Statement": kept}))
    try:
        answer = get_row(http, example, tokens.id)
        until = time.monotonic() + 5
        while not (denied := example.aws.denied()[before:]):
            assert time.monotonic() < until
            time.sleep(0.02)
    finally:
        iam.put_role_policy(**place, PolicyDocument=json.dumps(document))
    assert {(each.action, each.role) for each in denied} == {(action, place["RoleName"])}
    if action == "dynamodb:GetItem":
        assert (answer.status_code, answer.json()) == (500, {"message": "Internal Server Error"})
    else:
        assert answer.status_code == 200


def test_api_gateway_alone_may_invoke_the_function(example, tokens, http):
    functions, name = example.aws.client("lambda"), f"{NAME}-row"
    (statement,) = json.loads(functions.get_policy(FunctionName=name)["Policy"])["Statement"]
    source = statement["Condition"]["ArnLike"]["AWS:SourceArn"]
    assert statement["Principal"] == {"Service": "apigateway.amazonaws.com"}
    assert re.fullmatch(r"arn:aws:execute-api:us-east-1:123456789012:[0-9a-z]+/\$default/GET/row", source)
    functions.remove_permission(FunctionName=name, StatementId=statement["Sid"])
    try:
        assert get_row(http, example, tokens.id).status_code == 500
    finally:
        functions.add_permission(
            FunctionName=name,
            StatementId=statement["Sid"],
            Action=statement["Action"],
            Principal="apigateway.amazonaws.com",
            SourceArn=source,
        )
    assert get_row(http, example, tokens.id).status_code == 200


@everything_allowed
def test_nothing_of_a_person_is_logged(example, person, tokens, http):
    row = get_row(http, example, tokens.id).json()
    get_row(http, example, tokens.access)
    lines = "\n".join(example.logged(f"{NAME}-row"))
    assert "REPORT" in lines or "platform" in lines
    for secret in (row["id"], row["phone_number"], tokens.id, tokens.access):
        assert secret not in lines


@everything_allowed
def test_who_signed_up_by_phone_adds_an_address_and_takes_codes_by_it(example, person, tokens, http):
    address = "ada@example.com"
    ada = Person(example.aws, example.client_id, address)
    cognito, sub = example.aws.client("cognito-idp"), claims(tokens.id)["sub"]
    (sent,) = cognito.update_user_attributes(
        AccessToken=tokens.access, UserAttributes=[{"Name": "email", "Value": address}]
    )["CodeDeliveryDetailsList"]
    assert (sent["AttributeName"], sent["DeliveryMedium"]) == ("email", "EMAIL")
    (mail,) = example.aws.emails(address)
    assert mail["Source"] == "no-reply@verificationemail.com"  # Cognito's own, since the pool's mail is the module's
    code = re.search(r"[0-9]{6}", mail["BodyText"])[0]
    assert "email" not in example.user(sub)
    with refused("CodeMismatchException"):
        cognito.verify_user_attribute(AccessToken=tokens.access, AttributeName="email", Code=wrong(code))
    cognito.verify_user_attribute(AccessToken=tokens.access, AttributeName="email", Code=code)
    assert (example.user(sub)["email"], example.user(sub)["email_verified"]) == (address, "true")

    fresh = cognito.get_tokens_from_refresh_token(ClientId=example.client_id, RefreshToken=tokens.refresh)
    assert claims(fresh["AuthenticationResult"]["IdToken"])["email"] == address

    # The next sign-in makes the address this account's, and writes it to the row.
    example.let_the_cooldown_pass()
    again = signed_in(person, 2)
    assert claims(again.id)["email"] == get_row(http, example, again.id).json()["email"] == address
    assert "email" in example.account(sub)["claims"]["M"]
    with refused("UsernameExistsException|EMAIL_TAKEN"):
        ada.sign_up()

    # From then on codes go where the person wants them, whatever they typed.
    example.let_the_cooldown_pass()
    assert person.start_sign_in()["ChallengeParameters"]["delivery_medium"] == "SMS"
    person.wait_for_code(3)
    assert person.resend("email")["ChallengeParameters"]["delivery_medium"] == "EMAIL"
    by_mail = person.wait_for_code(2, address)
    assert example.aws.emails(address)[-1]["Source"] == "login@example.com"
    assert "AuthenticationResult" in person.answer(by_mail)
    example.let_the_cooldown_pass()
    ada.start_sign_in()
    result = ada.answer(ada.wait_for_text(4, address=person.username).split()[0])["AuthenticationResult"]
    assert claims(result["IdToken"])["sub"] == sub


@everything_allowed
def test_an_address_that_is_somebody_elses_cannot_be_added(example, tokens):
    taken = "bea@example.com"
    Person(example.aws, example.client_id, taken).sign_up()
    with refused("AliasExistsException"):
        example.aws.client("cognito-idp").update_user_attributes(
            AccessToken=tokens.access, UserAttributes=[{"Name": "email", "Value": taken}]
        )
    assert example.aws.emails(taken) == []
