"""The one MiniStack version this package fits, and the only way it changes MiniStack.

The changes reach into MiniStack's private functions. That is sound only because the version is exact, and because
every name is checked before anything is served: a missing one is a start-up error, never a silent loss of behaviour.
"""

import functools
import importlib
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from typing import Any

VERSION = "1.5.33"


class MiniStackMismatchError(RuntimeError):
    """The installed MiniStack is not the one that these changes were written for."""


@functools.cache
def check_version() -> None:
    """Refuse every MiniStack but the pinned one."""
    try:
        installed = version("ministack")
    except PackageNotFoundError:
        installed = "none"
    if installed != VERSION:
        raise MiniStackMismatchError(
            f"dev.local is written for ministack=={VERSION}, and {installed} is installed: install the pinned version."
        )


def module(name: str, *needed: str) -> Any:
    """Return MiniStack's module `name` ("services.cognito"), after checking that it has every name `needed`."""
    check_version()
    loaded = importlib.import_module(f"ministack.{name}")
    for attribute in needed:
        _existing(loaded, attribute)
    return loaded


def replace(owner: Any, name: str, new: Callable[..., Any]) -> Any:
    """Put `new` in the place of `owner.name` (a module's function or a class's method); return what stood there."""
    old = _existing(owner, name)
    setattr(owner, name, new)
    return old


def _existing(owner: Any, name: str) -> Any:
    try:
        return getattr(owner, name)
    except AttributeError:
        where = getattr(owner, "__name__", repr(owner))
        raise MiniStackMismatchError(
            f"{where} has no {name}: dev.local changes private parts of ministack=={VERSION} and fits no other version."
        ) from None
