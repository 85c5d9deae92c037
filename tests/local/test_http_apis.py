"""HTTP APIs in front of a function, with a pool's tokens."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from dev.local import LocalAWS
from tests.local.support import Pool, make_function, make_pool

ECHO = """
import json

def handler(event, context):
    if event.get("body") == "raise":
        raise ValueError("a secret")
    if event.get("body") == "return":
        return {"statusCode": 502, "body": '{"mine": 1}'}
    claims = event["requestContext"]["authorizer"]["jwt"]["claims"]
    return {"statusCode": 200, "body": json.dumps(claims)}
"""


class Api:
    """An API of one route, POST /echo, behind a pool's tokens."""

    def __init__(self, aws: LocalAWS, pool: Pool, function_arn: str) -> None:
        gateway = aws.client("apigatewayv2")
        api = gateway.create_api(Name="echo", ProtocolType="HTTP")
        self.id, self.url = api["ApiId"], f"{api['ApiEndpoint']}/echo"
        self.authorizer = gateway.create_authorizer(
            ApiId=self.id,
            Name="pool",
            AuthorizerType="JWT",
            IdentitySource=["$request.header.Authorization"],
            JwtConfiguration={
                "Issuer": f"https://cognito-idp.us-east-1.amazonaws.com/{pool.id}",
                "Audience": [pool.client_id],
            },
        )
        integration = gateway.create_integration(
            ApiId=self.id, IntegrationType="AWS_PROXY", IntegrationUri=function_arn, PayloadFormatVersion="2.0"
        )["IntegrationId"]
        gateway.create_route(
            ApiId=self.id,
            RouteKey="POST /echo",
            AuthorizationType="JWT",
            AuthorizerId=self.authorizer["AuthorizerId"],
            Target=f"integrations/{integration}",
        )
        gateway.create_stage(ApiId=self.id, StageName="$default", AutoDeploy=True)
        gateway.update_api(ApiId=self.id, CorsConfiguration={"AllowOrigins": ["https://a.example"]})


@pytest.fixture(scope="module")
def token(aws: LocalAWS, tmp_path_factory: pytest.TempPathFactory) -> tuple[Pool, str]:
    pool = make_pool(aws, tmp_path_factory.mktemp("pool"))
    pool.sign_up("+14155558100")
    result = pool.answer(pool.start("+14155558100"), "424242")["AuthenticationResult"]
    return pool, result["IdToken"]


@pytest.fixture
def http(token: tuple[Pool, str]) -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, headers={"Authorization": f"Bearer {token[1]}"}) as client:
        yield client


def allow(aws: LocalAWS, function: str, api: Api, **changes: Any) -> None:
    wanted = {
        "Principal": "apigateway.amazonaws.com",
        "SourceArn": f"arn:aws:execute-api:us-east-1:123456789012:{api.id}/$default/POST/echo",
        **changes,
    }
    aws.client("lambda").add_permission(
        FunctionName=function, StatementId=f"for-{api.id}", Action="lambda:InvokeFunction", **wanted
    )


def test_a_token_of_the_pool_gets_through_to_the_function(
    aws: LocalAWS, tmp_path: Path, token: tuple[Pool, str], http: httpx.Client
) -> None:
    pool = token[0]
    function = make_function(aws, tmp_path, ECHO)
    api = Api(aws, pool, function.arn)
    assert api.url.startswith(f"{aws.endpoint_url}/")  # reached without a name server
    allow(aws, function.name, api)
    answer = http.post(api.url)
    assert (answer.status_code, answer.json()["aud"], answer.json()["token_use"]) == (200, pool.client_id, "id")
    assert httpx.post(api.url, trust_env=False).status_code == 401


@pytest.mark.parametrize(
    "changes",
    [
        None,
        {"Principal": "events.amazonaws.com"},
        {"SourceArn": "arn:aws:execute-api:us-east-1:123456789012:another/$default/POST/echo"},
        {"SourceArn": "arn:aws:execute-api:us-east-1:123456789012:*/$default/GET/echo"},
    ],
)
def test_a_function_is_invoked_with_its_permission_only(
    aws: LocalAWS, tmp_path: Path, token: tuple[Pool, str], http: httpx.Client, changes: dict[str, str] | None
) -> None:
    function = make_function(aws, tmp_path, ECHO)
    api = Api(aws, token[0], function.arn)
    if changes is not None:
        allow(aws, function.name, api, **changes)
    named = http.post(api.url, headers={"Origin": "https://a.example"})
    other = http.post(api.url, headers={"Origin": "https://b.example"})
    for answer in (named, other):
        assert (answer.status_code, answer.json()) == (500, {"message": "Internal Server Error"})
    assert named.headers["access-control-allow-origin"] == "https://a.example"
    assert "access-control-allow-origin" not in other.headers


def test_callers_are_told_nothing_of_what_a_function_raises(
    aws: LocalAWS, tmp_path: Path, token: tuple[Pool, str], http: httpx.Client
) -> None:
    function = make_function(aws, tmp_path, ECHO)
    api = Api(aws, token[0], function.arn)
    allow(aws, function.name, api)
    text = {"Content-Type": "text/plain"}
    raised = http.post(api.url, content="raise", headers=text)
    assert (raised.status_code, raised.json()) == (500, {"message": "Internal Server Error"})
    returned = http.post(api.url, content="return", headers=text)
    assert (returned.status_code, returned.json()) == (502, {"mine": 1})


def test_a_jwt_authorizer_has_nothing_of_a_request_one(aws: LocalAWS, tmp_path: Path, token: tuple[Pool, str]) -> None:
    api = Api(aws, token[0], make_function(aws, tmp_path, ECHO).arn)
    gateway = aws.client("apigatewayv2")
    shown = gateway.get_authorizer(ApiId=api.id, AuthorizerId=api.authorizer["AuthorizerId"])
    for authorizer in (shown, api.authorizer):
        assert authorizer.keys() - {"ResponseMetadata"} == {
            *("AuthorizerId", "AuthorizerType", "IdentitySource", "JwtConfiguration", "Name")
        }
