"""The keys of an installation: made once, kept, seen by nobody else."""

import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from creative_platform.stack import bucket, keys
from tests.fixtures.objectstore import RunningStore


def test_keys_are_made_once_and_private(tmp_path: Path) -> None:
    var_dir = tmp_path / "var"
    first = keys.ensure(var_dir)
    assert sorted(first) == ["S3_ACCESS_KEY_ID", "S3_BUCKET", "S3_SECRET_ACCESS_KEY", "SECRET_KEY", "SIGNING_KEY_FILE"]
    pem = (var_dir / "signing-key.pem").read_bytes()
    assert keys.ensure(var_dir) == first == keys.read(var_dir)
    assert (var_dir / "signing-key.pem").read_bytes() == pem
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in [var_dir, *var_dir.iterdir()]}
    assert modes == {"var": 0o700, "secrets.env": 0o600, "signing-key.pem": 0o600}


def test_two_installations_share_no_secret(tmp_path: Path) -> None:
    one, two = keys.ensure(tmp_path / "one"), keys.ensure(tmp_path / "two")
    assert {name for name in one if one[name] == two[name]} == {"S3_BUCKET"}


def test_signing_key_is_an_ed25519_key_that_signs(tmp_path: Path) -> None:
    key = load_pem_private_key(Path(keys.ensure(tmp_path)["SIGNING_KEY_FILE"]).read_bytes(), password=None)
    assert isinstance(key, Ed25519PrivateKey)
    key.public_key().verify(key.sign(b"receipt"), b"receipt")


def test_lines_that_somebody_added_are_kept(tmp_path: Path) -> None:
    keys.ensure(tmp_path)
    with (tmp_path / "secrets.env").open("a") as file:
        file.write("MAIL_URL=smtp://mail.example:587\n")
    assert keys.ensure(tmp_path)["MAIL_URL"] == "smtp://mail.example:587"


@pytest.mark.storage
def test_bucket_is_made_and_made_again_without_harm(object_store: RunningStore) -> None:
    place = (object_store.endpoint_url, object_store.access_key_id, object_store.secret_access_key)
    client = object_store.client()
    bucket.create(*place, "made-twice")
    client.put_object(Bucket="made-twice", Key="kept", Body=b"kept")
    bucket.create(*place, "made-twice")
    assert client.get_object(Bucket="made-twice", Key="kept")["Body"].read() == b"kept"
    with pytest.raises(bucket.BucketError, match="SignatureDoesNotMatch"):
        bucket.create(place[0], place[1], "guess", "never-made")
