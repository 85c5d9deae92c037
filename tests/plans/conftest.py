"""One provider process for the mocked plans of a worker: Terraform would start its own three times for each `run` block."""

import re
import subprocess
import time
from collections.abc import Iterator, Mapping

import pytest

from dev import terraform

_SECONDS = 60.0


@pytest.fixture(scope="session")
def running_provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, str]]:
    """Start the provider as its developers do to debug it; give what tells Terraform where it is.

    It takes one configuration at a time, so it is for mocks only, which have none.
    https://developer.hashicorp.com/terraform/plugin/debugging#starting-a-provider-in-debug-mode
    """
    work = tmp_path_factory.mktemp("provider")
    done = terraform.run(
        terraform.ROOT, {**terraform.environment(), "TF_DATA_DIR": str(work)}, "init", "-backend=false"
    )
    assert done.returncode == 0, done.stdout
    binary = next(work.glob("providers/*/hashicorp/aws/*/*/terraform-provider-aws*"))
    said, begun = work / "said", time.monotonic()
    with said.open("w") as output, subprocess.Popen([binary, "-debug"], stdout=output, stderr=output) as process:
        try:
            while not (found := re.search(r"(TF_REATTACH_PROVIDERS)='(.+)'", said.read_text())):
                assert process.poll() is None, said.read_text()
                assert time.monotonic() < begun + _SECONDS, said.read_text()
                time.sleep(0.05)
            yield {found[1]: found[2]}
        finally:
            process.terminate()
