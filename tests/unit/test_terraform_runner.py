"""dev.terraform: what runs beside each other share."""

import threading
from concurrent.futures import ThreadPoolExecutor

from dev import terraform


def test_threads_prepare_their_environments_at_once(tmp_path, monkeypatch):
    """Each writes the same configuration, and reads it whole."""
    monkeypatch.setattr(terraform, "CACHE", tmp_path)
    monkeypatch.setattr(terraform, "find_mirror", lambda: tmp_path)
    together = threading.Barrier(8)

    def prepare(_number: int) -> str:
        together.wait()
        return terraform.environment({})["TF_CLI_CONFIG_FILE"]

    with ThreadPoolExecutor(8) as pool:
        for _ in range(50):
            assert set(pool.map(prepare, range(8))) == {str(tmp_path / "terraform.rc")}
    assert [path.name for path in tmp_path.iterdir()] == ["terraform.rc"]
