"""Copies of examples elsewhere, as people make them."""

import json
import shutil
from pathlib import Path

from dev.package import ROOT

_MADE = shutil.ignore_patterns(".terraform*", "*.tfstate*", "tf_*")


def copy_of(example: str, to: Path) -> Path:
    """Copy the example of that name to a folder that is not there yet, with the module's address put in; return it."""
    copy = shutil.copytree(ROOT / "examples" / example, to, ignore=_MADE)
    main = copy / "main.tf"
    main.write_text(main.read_text().replace('"../.."', json.dumps(str(ROOT))))
    return copy
