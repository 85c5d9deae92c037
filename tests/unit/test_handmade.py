"""What is made by hand in `dev/bench/handmade` works as people describe it, weaknesses included."""

import runpy

import boto3
import pytest
from moto import mock_aws
from moto.sns.models import sns_backends

from dev.bench import handmade

pytestmark = pytest.mark.slow

NUMBER, ADDRESS = "+14155550100", "person@example.com"


class HandMade:
    """The functions with a pool and a table."""

    def __init__(self, monkeypatch):
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
        self._folder = handmade.__path__[0]
        self.cognito = boto3.client("cognito-idp")
        self.pool_id = self.cognito.create_user_pool(PoolName="pool")["UserPool"]["Id"]
        client = self.cognito.create_user_pool_client(UserPoolId=self.pool_id, ClientName="client")
        self._client_id = client["UserPoolClient"]["ClientId"]
        self.table = boto3.resource("dynamodb").create_table(
            TableName="User-example-dev",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        )
        monkeypatch.setenv("USER_TABLE", self.table.name)
        monkeypatch.setenv("USER_POOL_ID", self.pool_id)

    def function(self, name):
        return runpy.run_path(f"{self._folder}/{name}.py")["handler"]

    def make_user(self, name, **attributes):
        listed = [{"Name": kind, "Value": value} for kind, value in attributes.items()]
        self.cognito.sign_up(ClientId=self._client_id, Username=name, Password="Password-1", UserAttributes=listed)

    def usernames(self):
        return {user["Username"] for user in self.cognito.list_users(UserPoolId=self.pool_id)["Users"]}

    def event(self, name, **request):
        return {"userPoolId": self.pool_id, "userName": name, "request": request, "response": {}}

    def pre_sign_up(self, name, email=ADDRESS):
        event = self.event(name, userAttributes={"phone_number": NUMBER, "email": email})
        return self.function("pre_sign_up")(event, None)

    def row(self, name):
        return self.table.get_item(Key={"id": name}).get("Item")


@pytest.fixture
def by_hand(monkeypatch):
    with mock_aws():
        yield HandMade(monkeypatch)


def test_a_sign_up_writes_a_row_that_its_confirmation_marks(by_hand):
    event = by_hand.pre_sign_up("one")
    assert event["response"] == {}
    assert by_hand.row("one")["confirmed"] is False
    confirmed = by_hand.event("one", userAttributes={"sub": "one"})
    assert by_hand.function("post_confirmation")(confirmed, None) is confirmed
    row = by_hand.row("one")
    assert row["confirmed"] is True
    assert (row["__typename"], row["phone_number"], row["email"]) == ("User", NUMBER, ADDRESS)


def test_a_second_account_with_the_same_address_in_another_case_is_refused(by_hand):
    by_hand.make_user("one", phone_number=NUMBER, email=ADDRESS)
    with pytest.raises(ValueError, match="this email already exists"):
        by_hand.pre_sign_up("two", email=ADDRESS.upper())
    with pytest.raises(ValueError, match="this username already exists"):
        by_hand.pre_sign_up("ONE", email="somebody-else@example.com")
    assert by_hand.row("two") is None


def test_two_that_sign_up_at_once_are_both_let_in(by_hand):
    by_hand.pre_sign_up("one")
    by_hand.pre_sign_up("two")
    by_hand.make_user("one", email=ADDRESS)
    by_hand.make_user("two", email=ADDRESS)
    assert by_hand.usernames() == {"one", "two"}


def test_a_row_that_cannot_be_written_is_forgotten(by_hand, capsys):
    by_hand.table.delete()
    assert by_hand.pre_sign_up("one")["userName"] == "one"
    confirmed = by_hand.event("one", userAttributes={"sub": "one"})
    assert by_hand.function("post_confirmation")(confirmed, None) is confirmed
    assert capsys.readouterr().out.count("could not") == 2


def test_only_unconfirmed_accounts_of_the_number_are_cleaned_up(by_hand):
    by_hand.make_user("unconfirmed", phone_number=NUMBER)
    by_hand.make_user("confirmed", phone_number=NUMBER)
    by_hand.make_user("other", phone_number="+14155550199")
    by_hand.cognito.admin_confirm_sign_up(UserPoolId=by_hand.pool_id, Username="confirmed")
    clean_up = by_hand.function("pre_sign_up_cleanup")
    assert clean_up({"phone_number": NUMBER}, None) == {"removed": 1}
    assert by_hand.usernames() == {"confirmed", "other"}
    assert clean_up({"phone_number": NUMBER}, None) == {"removed": 0}


class SignIn:
    """A sign-in, from InitiateAuth on."""

    def __init__(self, by_hand):
        triggers = ("define_auth_challenge", "create_auth_challenge", "verify_auth_challenge_response")
        self._by_hand = by_hand
        self._define, self._create, self._verify = map(by_hand.function, triggers)
        self._session, self.created, self.defined = [], {}, {}
        self._go_on()

    def answer(self, code):
        verified = self._call(
            self._verify,
            challengeAnswer=code,
            privateChallengeParameters=self.created["privateChallengeParameters"],
        )
        self._session.append(
            {
                "challengeName": "CUSTOM_CHALLENGE",
                "challengeResult": verified["answerCorrect"],
                "challengeMetadata": self.created["challengeMetadata"],
            }
        )
        self._go_on()
        return self.defined["issueTokens"]

    def _go_on(self):
        self.defined = self._call(self._define, session=self._session)
        if "challengeName" in self.defined:
            self.created = self._call(self._create, session=self._session)

    def _call(self, handler, **request):
        event = self._by_hand.event("one", userAttributes={"phone_number": NUMBER}, **request)
        return handler(event, None)["response"]


def texts():
    return [message for to, message, *_ in sns_backends["123456789012"]["us-east-1"].sms_messages.values()]


def test_the_code_of_the_text_signs_in_also_after_two_wrong_ones(by_hand):
    sign_in = SignIn(by_hand)
    (text,) = texts()
    code = text.split()[-1]
    assert not sign_in.answer("000000")
    assert not sign_in.answer("000000")
    assert sign_in.answer(code)
    assert len(texts()) == 1


def test_three_wrong_codes_end_a_session_and_the_next_one_has_three_more(by_hand):
    for texted in (1, 2):
        sign_in = SignIn(by_hand)
        assert len(texts()) == texted  # nothing limits these
        for _ in range(3):
            assert not sign_in.defined["failAuthentication"]
            assert not sign_in.answer("000000")
        assert sign_in.defined["failAuthentication"]


def test_the_code_stands_in_plain_text_in_the_session(by_hand):
    sign_in = SignIn(by_hand)
    assert texts() == [f"Your code is {sign_in.created['challengeMetadata']}"]


def test_a_text_that_could_not_be_sent_is_forgotten(by_hand, monkeypatch, capsys):
    create = by_hand.function("create_auth_challenge")
    event = by_hand.event("one", userAttributes={"phone_number": "no number"}, session=[])
    assert create(event, None)["response"]["challengeMetadata"]
    assert "could not text" in capsys.readouterr().out
    assert not texts()
