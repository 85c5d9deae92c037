"""What belongs to a pool is found from its id, and what cannot be found is said in one line."""

import io
import zipfile

import pytest

from cognito_otp_cli.deployment import NotThisModuleError, discover
from cognito_otp_cli.errors import CommandError

ENVIRONMENT = {
    "USER_TABLE": "people",
    "IDENTITIES_TABLE": "app-identities",
    "AUTH_STATE_TABLE": "app-auth-state",
    "CODE_KEY_ID": "arn:aws:kms:us-east-1:123456789012:key/1",
}
TRUST = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}]}'
)


def make_function(session, name, handler, **variables):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("function.py", "")
    iam = session.client("iam")
    try:
        role = iam.create_role(RoleName="role", AssumeRolePolicyDocument=TRUST)
    except iam.exceptions.EntityAlreadyExistsException:
        role = iam.get_role(RoleName="role")
    return session.client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.13",
        Role=role["Role"]["Arn"],
        Handler=handler,
        Code={"ZipFile": buffer.getvalue()},
        Environment={"Variables": variables},
    )["FunctionArn"]


def make_pool(session, **triggers):
    created = session.client("cognito-idp").create_user_pool(PoolName="app", LambdaConfig=triggers)
    return created["UserPool"]["Id"]


def make_functions(session, *keys):
    return {
        key: make_function(
            session, f"app-{key.replace('_', '-')}", f"cognito_otp.functions.{key}.handler", **ENVIRONMENT
        )
        for key in keys
    }


def test_tables_key_and_functions_are_found_from_the_pools_id(session):
    arns = make_functions(session, "sign_up", "sign_in", "delivery", "maintenance")
    found = discover(session, make_pool(session, PreSignUp=arns["sign_up"]))
    assert (found.name, found.user_table, found.user_table_key) == ("app", "people", "id")
    assert (found.identities_table, found.auth_state_table) == ("app-identities", "app-auth-state")
    assert found.code_key_id == ENVIRONMENT["CODE_KEY_ID"]
    assert {key: found.function_name(key) for key in found.functions} == {
        "sign_up": "app-sign-up",
        "sign_in": "app-sign-in",
        "delivery": "app-delivery",
        "maintenance": "app-maintenance",
    }
    assert found.environment("sign_in")["USER_TABLE"] == "people"


def test_a_pool_that_lost_one_trigger_is_still_found(session):
    arns = make_functions(session, "sign_up", "sign_in")
    own = make_function(session, "own", "index.handler")
    pool = make_pool(session, PreSignUp=own, DefineAuthChallenge=arns["sign_in"])
    assert set(discover(session, pool).functions) == {"sign_up", "sign_in"}


def test_the_key_of_an_existing_table_is_known(session):
    arn = make_function(
        session, "app-sign-up", "cognito_otp.functions.sign_up.handler", **ENVIRONMENT, USER_TABLE_KEY="user_id"
    )
    assert discover(session, make_pool(session, PreSignUp=arn)).user_table_key == "user_id"


def test_a_function_that_is_not_there_is_named(session):
    arns = make_functions(session, "sign_up")
    found = discover(session, make_pool(session, PreSignUp=arns["sign_up"]))
    with pytest.raises(
        CommandError, match="There is no function app-maintenance: run terraform apply with this version"
    ):
        found.function_name("maintenance")


def test_a_pool_made_elsewhere_is_told_apart(session):
    with pytest.raises(NotThisModuleError, match="not a pool of this module"):
        discover(session, make_pool(session))
    gone = "arn:aws:lambda:us-east-1:123456789012:function:gone"
    with pytest.raises(NotThisModuleError):
        discover(session, make_pool(session, PreSignUp=gone))


@pytest.mark.parametrize(
    ("pool", "words"),
    [
        ("us-east-1_Nothing12", "There is no user pool us-east-1_Nothing12 in us-east-1."),
        ("eu-west-1_Nothing12", "--region eu-west-1"),
        ("app", "app is not a user pool's id"),
        ("my_pool", "my_pool is not a user pool's id, which looks like us-east-1_AbCdEf123"),
        ("", '"" is not a user pool\'s id'),
    ],
)
def test_a_wrong_pool_id_is_said_in_words(session, pool, words):
    with pytest.raises(CommandError, match=words):
        discover(session, pool)
