"""Countries and numbering plans, held against the library whose metadata the table is made from."""

import collections
import io
import random
import re
import subprocess
import sys
import timeit
import zipfile

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata, PhoneNumber, PhoneNumberFormat

from cognito_otp.countries import CODES, CountryPolicy, country, is_possible
from cognito_otp.refusals import Refusal
from cognito_otp.settings import Channels
from cognito_otp.triggers.event import TriggerEvent
from cognito_otp.triggers.pre_sign_up import PreSignUp
from dev import countries, package

TYPES = (
    "fixed_line",
    "mobile",
    "toll_free",
    "premium_rate",
    "shared_cost",
    "personal_number",
    "voip",
    "pager",
    "uan",
    "voicemail",
)
SATELLITES_AND_GLOBAL = (800, 808, 870, 878, 881, 882, 883, 888, 979)
GEOGRAPHIC = {code: regions for code, regions in COUNTRY_CODE_TO_REGION_CODE.items() if "001" not in regions}
SHARED = {code for code, regions in GEOGRAPHIC.items() if len(regions) > 1}
PER_PATTERN, PER_SHARED_PATTERN = 80, 150


def made_from(tree, chance):
    """Return a random text that a regular expression matches, from the expression's tree."""
    text = ""
    for operator, argument in tree:
        if operator.name == "LITERAL":
            text += chr(argument)
        elif operator.name == "IN":
            kind, value = chance.choice(argument)
            digits = {"LITERAL": lambda v: (v, v), "RANGE": lambda v: v, "CATEGORY": lambda v: (48, 57)}[kind.name]
            text += chr(chance.randint(*digits(value)))
        elif operator.name == "BRANCH":
            text += made_from(chance.choice(argument[1]), chance)
        elif operator.name == "SUBPATTERN":
            text += made_from(argument[3], chance)
        else:
            assert operator.name == "MAX_REPEAT"
            text += "".join(made_from(argument[2], chance) for _ in range(chance.randint(argument[0], argument[1])))
    return text


def number_of(code, national):
    """Return the library's number for digits after a calling code, as they are: parsing would mend them."""
    zeros = len(national) - len(national.lstrip("0"))
    return PhoneNumber(
        code, int(national), italian_leading_zero=zeros > 0 or None, number_of_leading_zeros=zeros or None
    )


@pytest.fixture(scope="module")
def valid():
    """Return valid numbers of every type of every region: {E.164: the library's number}."""
    chance, found = random.Random(20), {}
    for code, regions in GEOGRAPHIC.items():
        for region in regions:
            metadata = PhoneMetadata.metadata_for_region(region)
            for description in filter(None, (getattr(metadata, name) for name in TYPES)):
                if not description.national_number_pattern:
                    continue
                tree = countries.regex.parse(description.national_number_pattern)
                tries = PER_SHARED_PATTERN if code in SHARED else PER_PATTERN
                random_ones = {made_from(tree, chance) for _ in range(tries)}
                for national in {description.example_number, *random_ones} - {None}:
                    number = number_of(code, national)
                    whose = phonenumbers.region_code_for_number(number)
                    if 7 <= len(f"{code}{national}") <= 15 and phonenumbers.is_valid_number_for_region(number, whose):
                        found[f"+{code}{national}"] = (number, whose)
    return found


def e164(number):
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


@pytest.mark.slow
def test_the_country_of_every_valid_number_is_the_library_s(valid):
    assert len(valid) > 100_000
    wrong = {number: (whose, country(number)) for number, (_, whose) in valid.items() if country(number) != whose}
    # Canada's 310-XXXX, which has no area code and cannot be called from abroad: US area code 310 begins so.
    assert all(re.fullmatch(r"\+1310[0-9]{4}", number) for number in wrong), wrong
    assert {whose for _, whose in valid.values()} == CODES
    in_north_america = {whose for number, (_, whose) in valid.items() if number.startswith("+1")}
    assert in_north_america == set(COUNTRY_CODE_TO_REGION_CODE[1])


@pytest.mark.slow
def test_every_valid_number_that_can_be_called_from_abroad_is_possible(valid):
    refused = [number for number in valid if not is_possible(number)]
    inland = [number for number in refused if not phonenumbers.can_be_internationally_dialled(valid[number][0])]
    assert {number for number in refused if not re.fullmatch(r"\+1310[0-9]{4}", number)} == set(inland)
    assert len(refused) < len(valid) / 50


@pytest.mark.parametrize(
    ("number", "whose"),
    [
        ("+18765230123", "JM"),
        ("+16582701234", "JM"),
        ("+18094441234", "DO"),
        ("+18295551234", "DO"),
        ("+17875551234", "PR"),
        ("+18685551234", "TT"),
        ("+14415551234", "BM"),
        ("+12425551234", "BS"),
        ("+16045551234", "CA"),
        ("+14155550100", "US"),
        ("+77012345678", "KZ"),
        ("+79123456789", "RU"),
        ("+447400123456", "GB"),
        ("+447781123456", "GG"),
        ("+447911123456", "GG"),
        ("+447797123456", "JE"),
        ("+447624123456", "IM"),
        ("+390669812345", "VA"),
        ("+393123456789", "IT"),
        ("+4779123456", "SJ"),
        ("+212528812345", "MA"),
        ("+262639012345", "YT"),
        ("+358181234567", "AX"),
        ("+5997123456", "BQ"),
        ("+59995123456", "CW"),
        ("+38343201234", "XK"),
        ("+24740123", "AC"),
        ("+2908123", "TA"),
    ],
)
def test_a_shared_calling_code_is_told_apart(number, whose):
    assert country(number) == whose


def test_what_no_country_is_known_to_have_falls_to_the_first_of_its_calling_code():
    for code, regions in GEOGRAPHIC.items():
        assert country(f"+{code}") == regions[0]
    # Area codes that nobody has, also beside those of islands.
    for number, whose in (("+12110000000", "US"), ("+18770000000", "US"), ("+7500000000", "RU"), ("+440", "GB")):
        assert country(number) == whose


def test_satellites_global_services_and_unassigned_calling_codes_have_no_country():
    assigned = set(map(str, GEOGRAPHIC))
    for code in map(str, range(100, 1000)):
        if not any(code[:digits] in assigned for digits in (1, 2, 3)):
            assert country(f"+{code}12345678") is None, code
            assert not is_possible(f"+{code}12345678"), code
    assert not assigned & set(map(str, SATELLITES_AND_GLOBAL))
    for code in SATELLITES_AND_GLOBAL:
        example = PhoneMetadata.metadata_for_nongeo_region(code).general_desc
        assert country(f"+{code}{'1' * example.possible_length[0]}") is None


@pytest.mark.parametrize(
    ("number", "possible"),
    [
        ("+447911123456", True),
        ("+4407911123456", False),
        ("+440791112345", False),
        ("+4917012345678", True),
        ("+4901711234567", False),
        ("+525512345678", True),
        ("+5215512345678", False),
        ("+390612345678", True),
        ("+393123456789", True),
        ("+919876543210", True),
        ("+9109876543210", False),
        ("+8109012345678", False),
        ("+8201012345678", False),
        ("+3750291234567", False),
        ("+375802912345", False),
        ("+2500788123456", False),
        ("+250006123456", False),
        ("+25006123456", True),
        ("+3606201234567", False),
        ("+79123456789", True),
        ("+789123456789", False),
        ("+114155550100", False),
        ("+15550100", False),
        ("+1415555010", False),
        ("+141555501000", False),
    ],
)
def test_a_number_has_one_spelling(number, possible):
    assert is_possible(number) == possible


@pytest.mark.slow
def test_a_number_with_something_put_before_it_is_not_possible_where_the_library_takes_it_off_again(valid):
    chance, second = random.Random(4), []
    by_code = collections.defaultdict(list)
    for number, (parsed, _) in valid.items():
        by_code[parsed.country_code].append(number)
    for code, numbers in by_code.items():
        for number in chance.sample(numbers, min(60, len(numbers))):
            for put_before in ("0", "00", "01", "06", "1", "15", "8", "80", "9"):
                spelling = f"+{code}{put_before}{number[len(str(code)) + 1 :]}"
                if len(spelling) <= 16 and is_possible(spelling):
                    parsed = phonenumbers.parse(spelling)
                    if phonenumbers.is_valid_number(parsed) and e164(parsed) != spelling:
                        second.append((spelling, e164(parsed)))
    # Carrier selection codes are left alone; Luxembourg's are the only ones that a length allows.
    assert all(spelling.startswith("+35215") for spelling, _ in second), second


@given(st.from_regex(r"\+[0-9]*", fullmatch=True))
def test_any_digits_have_an_answer(number):
    assert country(number) in {*CODES, None}
    assert is_possible(number) in {True, False}
    if is_possible(number):
        assert country(number) in CODES


@pytest.mark.slow
def test_the_table_is_what_the_generator_writes():
    assert countries.TABLE.read_text() == countries.text(), "run `python -m dev.countries` and commit what it writes"
    assert countries.TABLE.stat().st_size < 15_000


def test_the_table_is_found_in_the_unpacked_package(tmp_path):
    zipfile.ZipFile(io.BytesIO(package.build())).extractall(tmp_path)
    command = "from cognito_otp import countries; print(countries.__file__, countries.country('+18765230123'))"
    environment = {"PYTHONPATH": str(tmp_path), "LC_ALL": "C"}
    ran = subprocess.run(
        [sys.executable, "-S", "-c", command], cwd="/", env=environment, capture_output=True, text=True, check=True
    )
    assert ran.stdout.split() == [str(tmp_path / "cognito_otp" / "countries.py"), "JM"]


def test_a_lookup_takes_microseconds():
    def look_up():
        country("+14155550100")
        country("+447911123456")
        is_possible("+9109876543210")

    assert min(timeit.repeat(look_up, number=1000, repeat=5)) / 1000 < 100e-6  # about 5 of them


@pytest.mark.parametrize(
    ("allowed", "blocked", "yes", "no"),
    [
        (None, (), ("US", "JM", "XK"), (None,)),
        (None, ("JM",), ("US",), ("JM", None)),
        (("US", "CA"), (), ("US", "CA"), ("JM", None)),
        (("US", "CA"), ("CA",), ("US",), ("CA", "JM", None)),
        ((), (), (), ("US", None)),
    ],
)
def test_a_policy_blocks_before_it_allows(allowed, blocked, yes, no):
    policy = CountryPolicy(None if allowed is None else frozenset(allowed), frozenset(blocked))
    assert all(policy.allows(each) for each in yes)
    assert not any(policy.allows(each) for each in no)


class Claims:
    """Stands for the identities: keeps the phone numbers that were claimed."""

    def __init__(self):
        self.claimed = []

    def claim(self, claimant, **_):
        self.claimed.append(claimant.attributes.get("phone_number"))


@pytest.fixture
def claims():
    return Claims()


@pytest.fixture
def pre_sign_up(claims):
    """Return the trigger of a pool for people from the US, Jamaica and Britain, Jamaica being blocked just now."""
    channels = Channels(ladder=("sms", "email"), username_attributes=("phone_number", "email"), alias_attributes=())
    countries = CountryPolicy(allowed=frozenset({"US", "JM", "GB"}), blocked=frozenset({"JM"}))

    def run(source="SignUp", **attributes):
        event = {
            "triggerSource": f"PreSignUp_{source}",
            "userPoolId": "us-east-1_pool",
            "userName": "uuid",
            "callerContext": {"clientId": "client"},
            "request": {"userAttributes": attributes},
            "response": {},
        }
        PreSignUp(claims, channels, countries, budget=None, hook=None, cognito=None, native=False)(TriggerEvent(event))

    return run


@pytest.mark.parametrize(
    ("number", "token"),
    [
        ("+33612345678", "COUNTRY_NOT_ALLOWED"),
        ("+447781123456", "COUNTRY_NOT_ALLOWED"),
        ("+18765230123", "COUNTRY_NOT_ALLOWED"),
        ("+881612345678", "COUNTRY_NOT_ALLOWED"),
        ("+440740012345", "PHONE_NUMBER_INVALID"),
        ("+15550100", "PHONE_NUMBER_INVALID"),
    ],
)
def test_a_sign_up_is_refused_before_anything_is_claimed(pre_sign_up, claims, number, token):
    with pytest.raises(Refusal, match=f"^{token}$"):
        pre_sign_up(phone_number=number)
    assert claims.claimed == []


def test_others_sign_up(pre_sign_up, claims):
    pre_sign_up(phone_number="+14155550100")
    pre_sign_up(phone_number="+447400123456")
    pre_sign_up(email="ada@example.com")
    assert claims.claimed == ["+14155550100", "+447400123456", None]


@pytest.mark.parametrize("source", ["AdminCreateUser", "ExternalProvider"])
def test_whom_others_bring_in_is_theirs_to_decide(pre_sign_up, claims, source):
    for number in ("+33612345678", "+440740012345"):
        pre_sign_up(source, phone_number=number)
    assert claims.claimed == ["+33612345678", "+440740012345"]


def test_who_has_an_account_with_a_number_that_is_no_longer_possible_signs_in(world):
    number = "+1415555"
    world.sign_up("uuid-1", source="AdminCreateUser", phone_number=number)
    session = world.session("uuid-1", phone_number=number, phone_number_verified="true")
    world.deliver()
    assert session.answer(world.code())
