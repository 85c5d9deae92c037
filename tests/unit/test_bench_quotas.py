"""What quotas allow is computed from the calls that were made, and a call too many is seen."""

import math
from collections import Counter

import pytest

from cognito_otp.triggers.post_authentication import PostAuthentication
from cognito_otp.triggers.pre_sign_up import PreSignUp
from dev.bench import page, quotas
from dev.bench.flows import FIRST, RETURNING, SIGN_UP, Act, Run, stages

pytestmark = pytest.mark.slow

COGNITO = "cognito-identity-provider"


@pytest.fixture(scope="module")
def made():
    with stages() as made:
        yield made


@pytest.fixture(scope="module")
def result(made):
    return quotas.compared(made)


def act(*apis, calls=()):
    return Act("something", list(apis), [Run("f", "t", "", tuple((COGNITO, each) for each in calls), 0, 0, 0)])


def test_the_targets_are_met(result):
    assert [(target.most, target.measured) for target in result.targets] == [(0, 0), (0, 0), (1, 1), (1, 1)]


def test_a_sign_up_by_hand_is_bound_by_its_lists_of_users(result):
    rates = {row[0]: row[1:] for row in result.tables[0].rows}
    assert rates[SIGN_UP] == ["50", "UserCreation", "10", "UserList", "5.0", "no limit", "10"]
    assert rates[f"{SIGN_UP} and {FIRST}"][:4] == ["25", "UserUpdate", "10", "UserList"]
    assert rates[RETURNING][:4] == ["120", "UserAuthentication"] * 2


def test_functions_are_counted_once_however_often_they_run(result):
    assert result.tables[2].rows == [
        [SIGN_UP, "1", "2", "3"],
        [FIRST, "1 and delivery", "4 and delivery", "3"],
        [RETURNING, "1 and delivery", "4 and delivery", "3"],
    ]


def test_calls_of_clients_and_of_functions_share_a_quota():
    both = act("SignUp", "ConfirmSignUp", calls=["ListUsers", "ListUsers", "AdminDeleteUser"])
    assert quotas.counted(both) == Counter(UserCreation=2, UserList=2, UserUpdate=1)


def test_a_call_whose_quota_is_not_known_is_an_error():
    with pytest.raises(KeyError, match="AdminSetUserPassword"):
        quotas.counted(act(calls=["AdminSetUserPassword"]))


def test_the_quota_that_allows_least_binds():
    assert quotas.per_second(Counter(UserCreation=2, UserRead=1)) == (25, "UserCreation")
    assert quotas.per_second(Counter(UserCreation=2, UserList=1), raised=True) == (30, "UserList")
    assert quotas.per_second(Counter(UserCreation=2), raised=True) == (math.inf, "")


def test_the_page_says_what_is_counted(result):
    """`python -m dev.bench --write` wrote it."""
    text = page.PAGE.read_text()
    for table in result.tables:
        assert table.markdown() in text, table.title


def lists_users(monkeypatch):
    follow = PostAuthentication._follow

    def followed(self, event, now):
        self.cognito.list_users(UserPoolId=event.user_pool_id, Limit=1)
        follow(self, event, now)

    monkeypatch.setattr(PostAuthentication, "_follow", followed)


def verifies_again(monkeypatch):
    follow = PostAuthentication._follow

    def followed(self, event, now):
        verified = [{"Name": "phone_number_verified", "Value": "true"}]
        self.cognito.admin_update_user_attributes(
            UserPoolId=event.user_pool_id, Username=event.username, UserAttributes=verified
        )
        follow(self, event, now)

    monkeypatch.setattr(PostAuthentication, "_follow", followed)


def looks_for_namesakes(monkeypatch):
    claim = PreSignUp._claim

    def claimed(self, event, *others):
        self.cognito.list_users(UserPoolId=event.user_pool_id, Filter=f'email = "{event.attributes["email"]}"')
        return claim(self, event, *others)

    monkeypatch.setattr(PreSignUp, "_claim", claimed)


@pytest.mark.parametrize(
    ("costly", "missed"),
    [
        (lists_users, ["a returning sign-in", "a first sign-in"]),
        (verifies_again, ["a returning sign-in", "a first sign-in"]),
        (looks_for_namesakes, ["any sign-up"]),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_control_a_call_that_cannot_be_raised_misses_the_target(made, monkeypatch, costly, missed):
    costly(monkeypatch)
    found = [target.what.rpartition(" of ")[2] for target in quotas.compared(made).targets if not target.is_met]
    assert found == missed
