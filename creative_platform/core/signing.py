"""Ed25519 signatures of receipts, results and certificates.

One private key signs. Every public key that ever signed stays valid: keep the old ones as ``*.pub.pem`` beside the key.
"""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

_key_file: Path | None = None


class WrongKeyFile(RuntimeError):
    """The signing key is missing or is not an Ed25519 key; the message names the file."""


def configure(key_file: Path) -> None:
    """Say where the signing key lies; it is read at its first use."""
    global _key_file
    _key_file = key_file
    _private_key.cache_clear()
    public_keys.cache_clear()


@lru_cache(maxsize=1)
def _private_key() -> Ed25519PrivateKey:
    if _key_file is None or not _key_file.is_file():
        raise WrongKeyFile(f"no signing key at {_key_file}")
    key = load_pem_private_key(_key_file.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise WrongKeyFile(f"{_key_file} holds no Ed25519 key")
    return key


def _raw(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def key_id(key: Ed25519PublicKey) -> str:
    """Return the name of a public key: the first 16 hex digits of its SHA-256."""
    return hashlib.sha256(_raw(key)).hexdigest()[:16]


@lru_cache(maxsize=1)
def public_keys() -> dict[str, str]:
    """Return every valid public key: id -> 32 raw bytes in base64."""
    keys = [_private_key().public_key()]
    for path in sorted((_key_file or Path()).parent.glob("*.pub.pem")):
        old = load_pem_public_key(path.read_bytes())
        if isinstance(old, Ed25519PublicKey):
            keys.append(old)
    return {key_id(key): base64.b64encode(_raw(key)).decode() for key in keys}


def sign(payload: bytes) -> tuple[str, str]:
    """Return (key id, base64 signature) of the payload."""
    key = _private_key()
    return key_id(key.public_key()), base64.b64encode(key.sign(payload)).decode()


def verify(signing_key_id: str, payload: bytes, signature: str, keys: dict[str, str] | None = None) -> bool:
    """Say whether a key of ours (or of ``keys``, for checking elsewhere) signed exactly this payload."""
    raw = (keys if keys is not None else public_keys()).get(signing_key_id)
    if raw is None:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(base64.b64decode(raw)).verify(base64.b64decode(signature), payload)
    except (InvalidSignature, ValueError):
        return False
    return True
