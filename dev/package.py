"""Build the zips of Lambda code: the same bytes from the same sources on every machine, Python version and platform.

`python -m dev.package` writes the module's `lambda_package/cognito_otp.zip`, and beside each function of the examples
and tests a zip of that one file.
Entries are stored (no compressor whose output differs by version; git packs the files well), sorted, with one fixed
time and mode, so a file's hash is the sources' alone.
"""

import io
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "lambda_src"
PACKAGE = ROOT / "lambda_package" / "cognito_otp.zip"
_SINGLE_FILES = (
    ROOT / "examples" / "own-provider" / "provider.py",
    ROOT / "examples" / "captcha" / "captcha.py",
    ROOT / "examples" / "complete" / "extras.py",
    ROOT / "examples" / "web-app" / "row.py",
    ROOT / "tests" / "e2e" / "everything" / "hooks.py",
)

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time a zip can hold
_MODE = 0o100644 << 16  # a regular file, readable by the Lambda runtime's user
_UNIX = 3


def build() -> bytes:
    """Return the bytes of the module's zip, made from every Python and JSON file below `lambda_src/cognito_otp`."""
    files = (SOURCES / "cognito_otp").rglob("*")
    return _zip(SOURCES, (path for path in files if path.suffix in {".py", ".json"}))


def _of(source: Path) -> Callable[[], bytes]:
    return lambda: _zip(source.parent, [source])


ZIPS: dict[Path, Callable[[], bytes]] = {
    PACKAGE: build,
    **{each.with_suffix(".zip"): _of(each) for each in _SINGLE_FILES},
}
"""Every committed zip, and what builds it."""


def _zip(base: Path, sources: Iterable[Path]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for source in sorted(sources, key=lambda path: path.as_posix()):
            entry = zipfile.ZipInfo(source.relative_to(base).as_posix(), _EPOCH)
            entry.external_attr = _MODE
            entry.create_system = _UNIX
            archive.writestr(entry, source.read_bytes())
    return buffer.getvalue()


if __name__ == "__main__":
    for path, made in ZIPS.items():
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(made())
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size} bytes")
