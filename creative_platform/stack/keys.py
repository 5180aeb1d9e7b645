"""What an installation generates for itself, once, under var/: readable by its owner alone.

`secrets.env` holds KEY=VALUE lines; `config.load` takes from it what the environment does not say.
"""

import base64
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

HEADER = "# Made by `make run`. Whoever reads this can act as the platform. The environment wins over these lines.\n"
# RFC 8410: a PKCS #8 Ed25519 key is this prefix and 32 random bytes.
_ED25519_PKCS8 = bytes.fromhex("302e020100300506032b657004220420")


def read(var_dir: Path) -> dict[str, str]:
    """Return what `secrets.env` holds, nothing when there is none."""
    path = var_dir / "secrets.env"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


def write(var_dir: Path, values: Mapping[str, str]) -> None:
    """Replace `secrets.env`, at once and for good: a crash leaves the old or the new one."""
    lines = "".join(f"{name}={value}\n" for name, value in sorted(values.items()))
    write_private(var_dir / "secrets.env", HEADER + lines)


def ensure(var_dir: Path) -> dict[str, str]:
    """Make the folder and every secret that is missing; return all of `secrets.env`."""
    var_dir.mkdir(parents=True, exist_ok=True)
    var_dir.chmod(0o700)
    values = {
        "SECRET_KEY": secrets.token_hex(32),
        "S3_ACCESS_KEY_ID": f"creative:{secrets.token_hex(8)}",  # the store wants account:user
        "S3_SECRET_ACCESS_KEY": secrets.token_hex(32),
        "S3_BUCKET": "creative-platform",
    } | read(var_dir)
    signing_key = var_dir / "signing-key.pem"
    if not signing_key.exists():
        write_private(signing_key, _new_signing_key())
    values["SIGNING_KEY_FILE"] = str(signing_key)  # follows when the folder is moved
    write(var_dir, values)
    return values


def write_private(path: Path, text: str) -> None:
    """Replace a file by one that only its owner can read; the bytes are on disk before the name is."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(descriptor)
    fresh.replace(path)


def _new_signing_key() -> str:
    body = base64.b64encode(_ED25519_PKCS8 + secrets.token_bytes(32)).decode()
    return f"-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n"
