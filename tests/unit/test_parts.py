"""Codes, hashes, identifiers and the package."""

import base64
import collections
import hashlib
import json
import re
import string
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cognito_otp import aws, codes, destinations, identifiers, invocation
from cognito_otp.keyed_hash import KeyedHash, Purpose
from cognito_otp.refusals import Refusal
from dev import package


class FixedKms:
    calls = 0

    def generate_mac(self, *, KeyId, Message, MacAlgorithm):  # noqa: N803
        self.calls += 1
        return {"Mac": hashlib.sha256(Message).digest()}


@pytest.fixture
def keyed_hash():
    return KeyedHash(FixedKms(), "key")


@pytest.mark.parametrize("length", [6, 8, 10])
def test_codes_have_their_length_and_every_digit_in_every_place(length):
    drawn = [codes.generate(length) for _ in range(3000)]
    assert {len(code) for code in drawn} == {length}
    for place in range(length):
        counts = collections.Counter(code[place] for code in drawn)
        assert set(counts) == set("0123456789")
        assert all(200 < count < 400 for count in counts.values())  # 300 expected, 16 the standard deviation


def test_nothing_is_drawn_but_from_the_systems_secure_generator():
    sources = "".join(path.read_text() for path in (package.SOURCES / "cognito_otp").rglob("*.py"))
    assert not re.search(r"\bimport (random|uuid)\b|\bfrom (random|uuid)\b", sources)
    assert "secrets.randbelow(10**length)" in sources


@given(st.integers(0, 10**6 - 1))
def test_a_code_is_read_as_people_type_it(number):
    code = f"{number:06d}"
    assert codes.read_answer(f" {code[:3]}-{code[3:]}\n", 6) == code
    assert codes.read_answer(code.translate({48 + digit: 0x0660 + digit for digit in range(10)}), 6) == code


@given(st.one_of(st.none(), st.integers(), st.text(), st.binary(), st.lists(st.text())))
def test_anything_else_is_no_code(answer):
    read = codes.read_answer(answer, 6)
    assert read is None or re.fullmatch(r"[0-9]{6}", read)


def test_a_hash_keeps_its_parts_apart_and_its_purposes(keyed_hash):
    hashes = {
        keyed_hash.digest(purpose, *parts)
        for purpose in Purpose
        for parts in (("a", "bc"), ("ab", "c"), ("abc",), ("a", "b", "c"), ("a\x00bc",))
    }
    assert len(hashes) == 15
    assert {len(each) for each in hashes} == {43}


def test_a_key_is_derived_once_per_purpose_and_environment():
    kms = FixedKms()
    keyed_hash = KeyedHash(kms, "key")
    for _ in range(3):
        keyed_hash.digest(Purpose.CODE, "x")
    assert kms.calls == 1


def test_the_hash_of_a_code_is_bound_to_challenge_generation_and_user(keyed_hash):
    variants = {
        codes.digest(keyed_hash, "a", 1, "ada", "123456"),
        codes.digest(keyed_hash, "a", 2, "ada", "123456"),
        codes.digest(keyed_hash, "b", 1, "ada", "123456"),
        codes.digest(keyed_hash, "a", 1, "bob", "123456"),
        codes.guess_digest(keyed_hash, "a", "123456"),
    }
    assert len(variants) == 5


def test_without_the_key_nobody_tells_which_code_a_hash_is_of(keyed_hash):
    """A reader of the tables could otherwise try a million codes."""

    class OtherKms:
        def generate_mac(self, *, KeyId, Message, MacAlgorithm):  # noqa: N803
            return {"Mac": hashlib.sha256(b"other" + Message).digest()}

    stored = codes.digest(keyed_hash, "a", 1, "ada", "123456")
    assert codes.digest(KeyedHash(OtherKms(), "key"), "a", 1, "ada", "123456") != stored
    for unkeyed in (b"123456", b"a1123456", json.dumps(["a", "1", "ada", "123456"]).encode()):
        assert base64.urlsafe_b64encode(hashlib.sha256(unkeyed).digest()).decode().rstrip("=") != stored


def test_hashes_are_compared_in_constant_time(monkeypatch):
    compared = []
    monkeypatch.setattr(codes.hmac, "compare_digest", lambda one, other: bool(compared.append((one, other))))
    assert codes.equal("same", "same") is False
    assert compared == [(b"same", b"same")]
    sources = "".join(path.read_text() for path in (package.SOURCES / "cognito_otp").rglob("*.py"))
    assert re.findall(r'codes\.equal\(item\["code_hash"\]', sources)
    assert not re.search(r"code_hash[\"\]]*\s*[!=]=|[!=]=\s*\w+\[\"code_hash", sources)


@given(st.text())
def test_identifiers_are_refused_or_normalised_for_good(value):
    for normalise in (identifiers.username, identifiers.email, identifiers.phone_number):
        try:
            normalised = normalise(value)
        except Refusal:
            continue
        assert normalise(normalised) == normalised


@given(st.text(string.ascii_letters + string.digits + "äéñøßŁЖΩ", min_size=1))
def test_a_username_is_the_same_in_any_case(value):
    assert identifiers.username(value.upper()) == identifiers.username(value.lower())


@given(st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True))
def test_a_masked_phone_number_keeps_four_digits(number):
    shown = destinations.shown("sms", number)
    assert len(shown) == len(number)
    assert shown[-4:] == number[-4:]
    assert set(shown[1:-4]) <= {"*"}


def test_a_masked_email_keeps_two_letters():
    assert destinations.shown("email", "ada@example.com") == "a***@e***"


@pytest.mark.parametrize("zip_file", package.ZIPS, ids=lambda zip_file: zip_file.name)
def test_the_committed_packages_are_built_from_these_sources(zip_file):
    assert zip_file.read_bytes() == package.ZIPS[zip_file](), "run `make package` and commit the zip"


def test_the_package_is_the_same_whatever_the_time_and_the_modes(tmp_path):
    command = "import os, sys; os.umask(0o077); from dev import package; sys.stdout.buffer.write(package.build())"
    environment = {"PATH": "", "TZ": "Asia/Kathmandu", "PYTHONHASHSEED": "7"}
    other = subprocess.run(
        [sys.executable, "-c", command], cwd=package.ROOT, env=environment, capture_output=True, check=True
    )
    assert other.stdout == package.build()


def test_the_package_needs_nothing_but_the_standard_library_and_botocore():
    imports = set()
    for source in (package.SOURCES / "cognito_otp").rglob("*.py"):
        imports |= set(re.findall(r"^(?:from|import) (\w+)", source.read_text(), re.MULTILINE))
    assert imports - set(sys.stdlib_module_names) == {"botocore", "cognito_otp"}


@pytest.mark.parametrize(
    ("environment", "name"),
    [
        ({}, "delivery"),
        ({"AWS_LAMBDA_FUNCTION_VERSION": "7"}, "delivery"),
        ({"AWS_LAMBDA_FUNCTION_VERSION": "7", "FUNCTION_ALIAS": "live"}, "delivery:live"),
        ({"AWS_LAMBDA_FUNCTION_VERSION": "$LATEST", "FUNCTION_ALIAS": "live"}, "delivery"),
    ],
)
def test_a_version_invokes_versions(environment, name):
    assert invocation.name_of({**environment, "DELIVERY_FUNCTION": "delivery"}, "DELIVERY_FUNCTION") == name


def test_every_variable_that_is_read_is_the_modules_to_set():
    """A caller's own variables are refused by these names: one that is missing there could be set from outside."""
    sources = "".join(path.read_text() for path in (package.SOURCES / "cognito_otp").rglob("*.py"))
    read = set(re.findall(r'environ\w*(?:\.get\(|\[|, )"([A-Z_]+)"|"([A-Z_]+)" in (?:os\.)?environ', sources))
    names = {name for pair in read for name in pair if name and not name.startswith("AWS_LAMBDA_")}
    assert len(names) > 45
    terraform = (package.ROOT / "triggers.tf").read_text()
    assert {name for name in names if not re.search(rf"^ +{name} += ", terraform, re.MULTILINE)} == set()


def test_a_functions_clients_share_one_session(monkeypatch):
    made = []
    make = aws.botocore.session.get_session
    monkeypatch.setattr(aws.botocore.session, "get_session", lambda: made.append(make()) or made[-1])
    assert set(aws.clients("dynamodb", "kms", "lambda")) == {"dynamodb", "kms", "lambda"}
    assert len(made) == 1
