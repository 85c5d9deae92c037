"""HTTP APIs: an address that needs no name server, authorizers as AWS shows them, and how a function is invoked.

MiniStack has their routes, CORS and JWT authorizers. It asks no function's resource policy, and tells callers what a
function raised. Neither has this the limits of a stage, nor its access log.
"""

import json
import os
from typing import Any

from dev.local import iam, lambdas
from dev.local.ministack import module, replace

_gateway = module(
    "services.apigateway", "_apis", "_authorizers", "_apigw_response", "_extract_lambda_ref_from_integration_uri"
)
_arns = module("core.arn", "execute_api_arn")
_responses = module("core.responses", "get_account_id", "get_region")

# API reference, CreateAuthorizer: these are for REQUEST authorizers, and MiniStack fills them in for JWT ones.
_OF_REQUEST_AUTHORIZERS = (
    "authorizerCredentialsArn",
    "authorizerPayloadFormatVersion",
    "authorizerResultTtlInSeconds",
    "authorizerUri",
    "enableSimpleResponses",
)


def install() -> None:
    """Put these behaviours into MiniStack."""
    create = _gateway._create_api

    def create_api(data: dict[str, Any]) -> Any:
        """`<id>.execute-api.127.0.0.1` is no name: the API is at a path of the local AWS."""
        answer = create(data)
        if answer[0] != 201 or data.get("protocolType") != "HTTP":
            return answer
        api = _gateway._apis[json.loads(answer[2])["apiId"]]
        api["apiEndpoint"] = f"{os.environ['AWS_ENDPOINT_URL']}/_aws/execute-api/{api['apiId']}"
        return _gateway._apigw_response(api, 201)

    replace(_gateway, "_create_api", create_api)

    authorize = _gateway._create_authorizer

    def create_authorizer(api_id: str, data: dict[str, Any]) -> Any:
        answer = authorize(api_id, data)
        if answer[0] != 201 or data.get("authorizerType") != "JWT":
            return answer
        authorizer = _gateway._authorizers[api_id][json.loads(answer[2])["authorizerId"]]
        for name in _OF_REQUEST_AUTHORIZERS:
            authorizer.pop(name)
        return _gateway._apigw_response(authorizer, 201)

    replace(_gateway, "_create_authorizer", create_authorizer)

    invoke = _gateway._invoke_lambda_proxy

    async def invoke_if_allowed(
        integration: dict[str, Any], api_id: str, stage: str, path: str, method: str, *args: Any, **kwargs: Any
    ) -> Any:
        function = _gateway._extract_lambda_ref_from_integration_uri(integration.get("integrationUri", ""))
        source = _arns.execute_api_arn(
            _responses.get_region(), _responses.get_account_id(), api_id, stage, method, path
        )
        if not iam.service_may_invoke(lambdas.resource_policy(function), function, "apigateway.amazonaws.com", source):
            return _failed()
        answer = await invoke(integration, api_id, stage, path, method, *args, **kwargs)
        return _failed() if _has_raised(answer) else answer

    replace(_gateway, "_invoke_lambda_proxy", invoke_if_allowed)


def _failed() -> tuple[int, dict[str, str], bytes]:
    """What the caller sees when the integration fails (HTTP API guide, troubleshooting Lambda integrations)."""
    return 500, {"Content-Type": "application/json"}, b'{"message":"Internal Server Error"}'


def _has_raised(answer: Any) -> bool:
    """Whether MiniStack passes on what a function raised: AWS tells the caller nothing of it."""
    if answer[0] != 502:
        return False
    try:
        body = json.loads(answer[2])
    except ValueError:
        return False
    return isinstance(body, dict) and body.keys() >= {"errorMessage", "errorType"}
