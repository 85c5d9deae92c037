"""What belongs to a user pool of this module, found from the pool's id alone.

The pool's triggers name functions, their environment names the tables and the key, and their common prefix is the
module's `name`. Needs cognito-idp:DescribeUserPool and lambda:GetFunctionConfiguration.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError, ParamValidationError

from cognito_otp_cli.errors import CommandError, code
from cognito_otp_cli.session import region_of

if TYPE_CHECKING:
    import boto3

FUNCTIONS = ("sign_up", "sign_in", "delivery", "maintenance")
"""The module's functions, by the key of its outputs; not every deployment has all."""

_HANDLER = "cognito_otp.functions."
_TRIGGERS = ("PreSignUp", "PostConfirmation", "PostAuthentication", "DefineAuthChallenge", "CreateAuthChallenge")


class NotThisModuleError(CommandError):
    """The pool is there, and none of its triggers is a function of this module."""


@dataclass(frozen=True)
class Deployment:
    """One deployment of the module.

    Attributes:
        name: the module's `name`, with which the names of its functions begin.
        user_pool_id: the pool's id.
        user_table: name of the User table.
        user_table_key: name of that table's key.
        identities_table: name of the identities table.
        auth_state_table: name of the auth-state table.
        code_key_id: ARN of the KMS key of the keyed hashes.
        functions: the functions there are, by their key in `FUNCTIONS`: what Lambda has as their configuration.
    """

    name: str
    user_pool_id: str
    user_table: str
    user_table_key: str
    identities_table: str
    auth_state_table: str
    code_key_id: str
    functions: Mapping[str, Mapping[str, Any]]

    def function_name(self, key: str) -> str:
        """Return a function's name.

        Raises:
            CommandError: the deployment has no such function.
        """
        if key not in self.functions:
            name = f"{self.name}-{key.replace('_', '-')}"
            raise CommandError(f"There is no function {name}: run terraform apply with this version of the module.")
        return str(self.functions[key]["FunctionName"])

    def environment(self, key: str) -> Mapping[str, str]:
        """Return a function's environment; empty if there is no such function."""
        return environment_of(self.functions.get(key, {}))


def environment_of(function: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the environment in a function's configuration."""
    variables: Mapping[str, str] = function.get("Environment", {}).get("Variables", {})
    return variables


def log_group_of(function: Mapping[str, Any]) -> str:
    """Return the log group in a function's configuration."""
    default = f"/aws/lambda/{function['FunctionName']}"
    return str(function.get("LoggingConfig", {}).get("LogGroup") or default)


def describe_pool(session: "boto3.Session", user_pool_id: str) -> dict[str, Any]:
    """Return what DescribeUserPool says of a pool.

    Raises:
        CommandError: there is no such pool here.
    """
    client = session.client("cognito-idp")
    try:
        pool: dict[str, Any] = client.describe_user_pool(UserPoolId=user_pool_id)["UserPool"]
    except (ClientError, ParamValidationError) as error:
        if isinstance(error, ClientError) and code(error) not in {
            "ResourceNotFoundException",
            "InvalidParameterException",
        }:
            raise
        here = client.meta.region_name
        region = region_of(user_pool_id)
        if region is None:
            shown = user_pool_id or '""'
            raise CommandError(f"{shown} is not a user pool's id, which looks like {here}_AbCdEf123.") from None
        elsewhere = f" (by its id it is in {region}: --region {region})" if region != here else ""
        raise CommandError(f"There is no user pool {user_pool_id} in {here}{elsewhere}.") from None
    return pool


def discover(session: "boto3.Session", user_pool_id: str) -> Deployment:
    """Find what belongs to a pool of this module.

    Raises:
        NotThisModuleError: none of the pool's triggers is a function of this module.
        CommandError: there is no such pool here.
    """
    return deployment_of(session, describe_pool(session, user_pool_id))


def deployment_of(session: "boto3.Session", pool: Mapping[str, Any]) -> Deployment:
    """Like `discover`, for a pool that is described already."""
    client = session.client("lambda")
    arns = dict.fromkeys(pool.get("LambdaConfig", {}).get(trigger) for trigger in _TRIGGERS)
    for arn in arns:
        configuration = arn and function_configuration(client, arn)
        key = configuration and str(configuration["Handler"]).removeprefix(_HANDLER).removesuffix(".handler")
        if configuration and key in FUNCTIONS:
            return _deployment(client, str(pool["Id"]), key, configuration)
    raise NotThisModuleError(
        f"{pool['Id']} ({pool['Name']}) is not a pool of this module: none of its triggers is one of its functions."
    )


def function_configuration(client: Any, function: str) -> dict[str, Any] | None:
    """Return a function's configuration by its name or ARN; None if there is no such function."""
    try:
        configuration: dict[str, Any] = client.get_function_configuration(FunctionName=function)
    except client.exceptions.ResourceNotFoundException:
        return None
    return configuration


def _deployment(client: Any, user_pool_id: str, key: str, known: dict[str, Any]) -> Deployment:
    name = str(known["FunctionName"]).removesuffix("-" + key.replace("_", "-"))
    found = {
        each: known if each == key else function_configuration(client, f"{name}-{each.replace('_', '-')}")
        for each in FUNCTIONS
    }
    environment = environment_of(known)
    return Deployment(
        name=name,
        user_pool_id=user_pool_id,
        user_table=environment["USER_TABLE"],
        user_table_key=environment.get("USER_TABLE_KEY", "id"),
        identities_table=environment["IDENTITIES_TABLE"],
        auth_state_table=environment["AUTH_STATE_TABLE"],
        code_key_id=environment["CODE_KEY_ID"],
        functions={each: configuration for each, configuration in found.items() if configuration},
    )
