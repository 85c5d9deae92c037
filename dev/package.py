"""Build the Lambda zip: the same bytes from the same sources on every machine, Python version and platform.

`python -m dev.package` writes `lambda_package/cognito_otp.zip`. Entries are stored (no compressor whose output differs
by version; git packs the file well), sorted, with one fixed time and mode, so the file's hash is the sources' alone.
"""

import io
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "lambda_src"
PACKAGE = ROOT / "lambda_package" / "cognito_otp.zip"

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time a zip can hold
_MODE = 0o100644 << 16  # a regular file, readable by the Lambda runtime's user
_UNIX = 3


def build() -> bytes:
    """Return the zip's bytes, made from every Python file below `lambda_src/cognito_otp`."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for source in sorted((SOURCES / "cognito_otp").rglob("*.py"), key=lambda path: path.as_posix()):
            entry = zipfile.ZipInfo(source.relative_to(SOURCES).as_posix(), _EPOCH)
            entry.external_attr = _MODE
            entry.create_system = _UNIX
            archive.writestr(entry, source.read_bytes())
    return buffer.getvalue()


if __name__ == "__main__":
    PACKAGE.parent.mkdir(exist_ok=True)
    PACKAGE.write_bytes(build())
    print(f"{PACKAGE.relative_to(ROOT)}: {PACKAGE.stat().st_size} bytes")
