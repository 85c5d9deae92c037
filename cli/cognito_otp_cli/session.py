"""Where a command works: the AWS session that `--profile` and `--region` ask for, before or after its name."""

import functools
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    import boto3

PROFILE = click.option("--profile", help="Profile of the AWS configuration, as in the AWS CLI.")
REGION = click.option("--region", help="AWS region, as in the AWS CLI.")


@dataclass(frozen=True)
class Place:
    """What the options say; None is left to botocore, which looks where the AWS CLI does.

    Attributes:
        profile: profile of the AWS configuration.
        region: AWS region.
        pool_region: the region in the pool's id, for where nothing else names one.
    """

    profile: str | None = None
    region: str | None = None
    pool_region: str | None = None


def with_session(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `--profile` and `--region`, and a boto3 session as its argument `session`."""

    @functools.wraps(command)
    def run(profile: str | None, region: str | None, **arguments: Any) -> Any:
        given = click.get_current_context().find_object(Place) or Place()
        user_pool_id = arguments.get("user_pool_id") or arguments.get("target") or ""
        place = Place(profile or given.profile, region or given.region, region_of(user_pool_id))
        return command(session=_session(place), **arguments)

    return PROFILE(REGION(run))


def region_of(user_pool_id: str) -> str | None:
    """Return the region in a pool's id, e.g. us-east-1 of us-east-1_AbCdEf123; None if there is none."""
    found = re.match(r"([a-z]{2}(?:-[a-z]+)+-\d+)_", user_pool_id)
    return found[1] if found else None


def _session(place: Place) -> "boto3.Session":
    # 0.2 s that --help need not wait for.
    import boto3  # noqa: PLC0415
    import botocore.session  # noqa: PLC0415
    from botocore.config import Config  # noqa: PLC0415

    # botocore knows AWS_DEFAULT_REGION only; the AWS CLI asks AWS_REGION first.
    region = place.region or os.environ.get("AWS_REGION") or None
    core = botocore.session.Session()
    # A command is in no hurry, and shares the account's quotas with the people who sign in.
    core.set_default_client_config(Config(retries={"mode": "standard", "total_max_attempts": 6}, connect_timeout=10))
    session = boto3.Session(botocore_session=core, profile_name=place.profile, region_name=region)
    if session.region_name is None and place.pool_region:
        return _session(replace(place, region=place.pool_region))
    return session
