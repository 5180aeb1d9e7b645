"""Our signatures are boto3's, byte for byte, wherever boto3 can sign at all; and each bound thing changes them."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from botocore.config import Config
from hypothesis import given
from hypothesis import strategies as st

from creative_platform.media.presigner import Credentials, presign

ENDPOINT = "http://127.0.0.1:9000"
OURS = Credentials("creative:key", "s3cret/with+signs=", "us-east-1")
THEIRS = boto3.session.Session().client(
    "s3",
    endpoint_url=ENDPOINT,
    aws_access_key_id=OURS.access_key_id,
    aws_secret_access_key=OURS.secret_access_key,
    region_name=OURS.region,
    config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
)
keys = st.text("abcXYZ019-_~ +%&=?#ҚәЁ", min_size=1, max_size=40)


def parted(url: str) -> tuple[str, dict[str, list[str]]]:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}", parse_qs(parts.query, strict_parsing=True)


def at_of(url: str) -> datetime:
    return datetime.strptime(parted(url)[1]["X-Amz-Date"][0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


@given(key=keys, expires_s=st.integers(1, 604_800), name=st.text("a.Ә \"'", min_size=1, max_size=10))
def test_addresses_for_looking_are_those_of_boto3(key, expires_s, name):
    asked = {"response-content-type": "video/mp4", "response-content-disposition": f"inline; filename*=UTF-8''{name}"}
    given_them = {"ResponseContentType": "video/mp4", "ResponseContentDisposition": f"inline; filename*=UTF-8''{name}"}
    theirs = THEIRS.generate_presigned_url(
        "get_object", Params={"Bucket": "b", "Key": key, **given_them}, ExpiresIn=expires_s
    )

    ours = presign(OURS, "GET", f"{ENDPOINT}/b/{key}", at=at_of(theirs), expires_s=expires_s, query=asked)

    assert parted(ours) == parted(theirs)


@given(key=keys, number=st.integers(1, 10_000))
def test_addresses_for_plain_parts_are_those_of_boto3(key, number):
    wanted = {"Bucket": "b", "Key": key, "UploadId": "an/upload+id==", "PartNumber": number}
    theirs = THEIRS.generate_presigned_url("upload_part", Params=wanted, ExpiresIn=3600)

    asked = {"partNumber": str(number), "uploadId": "an/upload+id=="}
    ours = presign(OURS, "PUT", f"{ENDPOINT}/b/{key}", at=at_of(theirs), expires_s=3600, query=asked)

    assert parted(ours) == parted(theirs)


@pytest.mark.parametrize("changed", ["method", "url", "at", "expires_s", "query", "headers", "secret"])
def test_whatever_is_bound_changes_the_signature(changed):
    plain = {
        "method": "PUT",
        "url": f"{ENDPOINT}/b/key",
        "at": datetime(2026, 11, 26, 12, tzinfo=UTC),
        "expires_s": 60,
        "query": {"partNumber": "1"},
        "headers": {"content-length": "5", "x-amz-checksum-sha256": "one"},
    }
    other = {
        "method": "GET",
        "url": f"{ENDPOINT}/b/other",
        "at": datetime(2026, 11, 26, 13, tzinfo=UTC),
        "expires_s": 61,
        "query": {"partNumber": "2"},
        "headers": {"content-length": "5", "x-amz-checksum-sha256": "two"},
    }
    who = Credentials(OURS.access_key_id, "another", OURS.region) if changed == "secret" else OURS

    def signature(credentials: Credentials, asked: dict[str, object]) -> str:
        return parted(presign(credentials, **asked))[1]["X-Amz-Signature"][0]  # type: ignore[arg-type]

    more = {changed: other[changed]} if changed in other else {}
    assert signature(who, {**plain, **more}) != signature(OURS, plain)


@pytest.mark.parametrize("expires_s", [0, -1, 604_801])
def test_no_signature_lasts_longer_than_stores_take(expires_s):
    with pytest.raises(ValueError, match="7 days"):
        presign(OURS, "GET", f"{ENDPOINT}/b/key", at=datetime.now(UTC), expires_s=expires_s)
