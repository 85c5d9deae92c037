from collections.abc import Iterator

import pytest

from dev.local import LocalAWS


@pytest.fixture(scope="session")
def aws() -> Iterator[LocalAWS]:
    with LocalAWS() as local:
        yield local


@pytest.fixture(scope="session")
def hasty_aws() -> Iterator[LocalAWS]:
    """One where time-outs come soon, and that looks for taken names before it runs PreSignUp."""
    variables = {
        "LOCAL_AWS_TRIGGER_SECONDS": "0.5",
        "LOCAL_AWS_SESSION_MINUTE_SECONDS": "0.5",
        "LOCAL_AWS_EXISTS_CHECK_FIRST": "1",
    }
    with LocalAWS(environment=variables) as local:
        yield local
