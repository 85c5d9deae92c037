"""How botocore reads its descriptions of the AWS services: half of what the first client costs, if left to it.

The loader is the session's own. How it loads a file may be replaced by something faster, its documentation says
(https://docs.aws.amazon.com/botocore/latest/reference/loaders.html).
"""

import contextlib
import gzip
import json
from collections.abc import Set
from pathlib import Path
from typing import Any

from botocore.loaders import JSONFileLoader


class _PlainLoader(JSONFileLoader):  # type: ignore[misc]
    """Reads into plain dicts, which keep their order too: into botocore's OrderedDict it takes twice as long."""

    def load_file(self, file_path: str) -> Any:
        """Return what is in a file, whose name is given without its ending; None if there is none."""
        with contextlib.suppress(FileNotFoundError):
            return json.loads(Path(f"{file_path}.json").read_bytes())
        with contextlib.suppress(FileNotFoundError):
            return json.loads(gzip.decompress(Path(f"{file_path}.json.gz").read_bytes()))
        return None


def read_quickly(session: Any, services: Set[str]) -> None:
    """Have a session read what is needed for some services' clients, and look for no others.

    To learn whether there is a service of that name, botocore looks into the folders of all four hundred.

    Args:
        session: a botocore session that has made no client.
        services: botocore service names.
    """
    loader = session.get_component("data_loader")
    loader.file_loader = _PlainLoader()
    loader.list_available_services = lambda *_, **__: sorted(services)
