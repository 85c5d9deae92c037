"""The page's own words, so that tests say which sentence is meant and not how it is put."""

import functools
import json
from typing import Any

from dev.terraform import ROOT

_LOCALES = ROOT / "examples" / "web-app" / "site" / "src" / "locales"

LANGUAGES = ("en", "de", "es", "fr", "ar")


@functools.cache
def words(language: str = "en") -> dict[str, Any]:
    """Return the page's sentences by their keys."""
    read: dict[str, Any] = json.loads((_LOCALES / f"{language}.json").read_text(encoding="utf-8"))
    return read
