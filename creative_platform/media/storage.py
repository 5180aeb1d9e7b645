"""The object store: the one file that knows boto3, which it loads at its first use.

Works with any S3-compatible server. Never calls tagging, ACL or retention: on some servers those overwrite objects.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import secrets
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, BinaryIO
from urllib.parse import quote

from creative_platform.core import clock
from creative_platform.core.errors import Unavailable
from creative_platform.media.places import MOST_S, NoAnswer, Places, refuse_given_up
from creative_platform.media.presigner import Credentials, presign

log = logging.getLogger(__name__)

MIB = 1024 * 1024
LEAST_PART_BYTES = 5 * MIB
MOST_PARTS = 10_000
COPY_RANGE_BYTES = 32 * MIB
CONNECT_TIMEOUT_S = 5
READ_TIMEOUT_S = 10
UPLOAD_URL_TTL_S = 3600
UNTYPED = "application/octet-stream"
OF_PARTS = ("InvalidPart", "InvalidPartOrder", "EntityTooSmall")  # what was sent is refused, not we: nothing to log
USER_AGENT = "creative-platform"  # botocore's tells what runs here, and is a fifth of what a request costs

# What botocore is told of Amazon's endpoints, since the store has an address of its own: its list is 7 MiB in memory.
_S3 = {"endpoints": {}, "partitionEndpoint": "aws-global", "defaults": {"protocols": ["http", "https"]}}
_PARTITION = {
    "partition": "aws",
    "dnsSuffix": "amazonaws.com",
    "regionRegex": ".*",
    "regions": {},
    "defaults": {"hostname": "{service}.{region}.{dnsSuffix}", "signatureVersions": ["s3v4"]},
    "services": {"s3": _S3},
}


@dataclass(frozen=True)
class Part:
    """A part as the store lists it."""

    number: int
    etag: str
    size_bytes: int


class RefusedByStore(Unavailable):
    """The store answered that it will not do this; ``store_code`` says why. To people it is as good as away."""

    def __init__(self, store_code: str) -> None:
        super().__init__()
        self.store_code = store_code


class NoSuchObject(LookupError):
    """The store has no object (or no open upload) of that name."""


class TooLong(Unavailable):
    """The time that was given did not suffice."""


class NoSuchBucket(Unavailable):
    """The store says that it has no bucket of ours; the one that comes along says so while a server of it is down."""


class Storage:
    """One bucket of one store; one boto3 client a process."""

    def __init__(
        self, endpoint_url: str, public_url: str, access_key_id: str, secret_access_key: str, bucket: str, region: str
    ) -> None:
        self.endpoint_url = endpoint_url
        self.public_url = public_url or endpoint_url
        self.bucket = bucket
        self.credentials = Credentials(access_key_id, secret_access_key, region)
        self._client: Any = None
        self._places: Places | None = None
        self._lock = threading.Lock()

    @property
    def client(self) -> Any:
        """The boto3 client, made at the first use; connections open with the first call."""
        with self._lock:
            if self._client is None:
                from botocore.config import Config  # noqa: PLC0415 -- loaded with boto3

                self._client = _boto_session().client(
                    "s3",
                    endpoint_url=self.endpoint_url,
                    aws_access_key_id=self.credentials.access_key_id,
                    aws_secret_access_key=self.credentials.secret_access_key,
                    region_name=self.credentials.region,
                    config=Config(
                        signature_version="s3v4",
                        s3={"addressing_style": "path"},
                        user_agent=USER_AGENT,
                        request_checksum_calculation="when_required",
                        response_checksum_validation="when_required",
                        connect_timeout=CONNECT_TIMEOUT_S,
                        read_timeout=READ_TIMEOUT_S,
                        retries={"max_attempts": 3, "mode": "standard"},
                    ),
                )
                self._client.meta.events.register("before-send.s3", refuse_given_up)
            return self._client

    def answer_in_time(self, most_s: float = MOST_S) -> None:
        """Let no question take longer (NoAnswer), and few threads wait at once: people wait here.

        Not bound by it are `ready` and what carries the bytes of files, whose time depends on their size.
        """
        self._places = Places(most_s)

    def close(self) -> None:
        """Close the connections; the next call opens new ones."""
        with self._lock:
            if self._client is not None:
                self._client.close()
                self._client = None

    def _ask_in_time(self, name: str, *, times: int = 1, **arguments: Any) -> Any:
        """Ask the store; where people wait, from a place and within ``times`` the usual limit."""
        if self._places is None:
            return self._ask(name, **arguments)
        return self._places.ask(partial(self._ask, name, **arguments), times)

    def _ask(self, name: str, **arguments: Any) -> Any:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 -- loaded with the client

        client = self.client
        try:
            return getattr(client, name)(Bucket=self.bucket, **arguments)
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code in ("NoSuchKey", "NoSuchUpload", "404", "NotFound"):
                raise NoSuchObject(arguments.get("Key", "")) from error
            if code == "NoSuchBucket":
                raise NoSuchBucket() from error
            if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500) >= 500:
                raise Unavailable() from error
            if code not in OF_PARTS:
                log.error("the object store refuses %s: %s", name, code)  # keys, rights or clock: the operator's matter
            raise RefusedByStore(code) from error
        except BotoCoreError as error:
            raise Unavailable() from error

    # -- objects

    def put(self, key: str, body: bytes | BinaryIO, content_type: str) -> None:
        """Store an object whole."""
        self._ask("put_object", Key=key, Body=body, ContentType=content_type)

    def read(self, key: str, offset: int = 0, length: int | None = None) -> bytes:
        """Return bytes of an object, all of it or a range. Raises NoSuchObject, Unavailable."""
        wanted = {} if length is None else {"Range": f"bytes={offset}-{offset + length - 1}"}
        body: bytes = self._ask("get_object", Key=key, **wanted)["Body"].read()
        return body if length is None else body[:length]

    def chunks(self, key: str, chunk_bytes: int = MIB) -> Iterator[bytes]:
        """Yield an object's bytes from its beginning, in chunks."""
        yield from self._ask("get_object", Key=key)["Body"].iter_chunks(chunk_bytes)

    def size_of(self, key: str) -> int:
        """Return an object's size in bytes. Raises NoSuchObject."""
        return int(self._ask_in_time("head_object", Key=key)["ContentLength"])

    def copy(
        self,
        source: str,
        target: str,
        size_bytes: int,
        *,
        range_bytes: int = COPY_RANGE_BYTES,
        until: datetime | None = None,
    ) -> None:
        """Make an object of another's bytes inside the store, in ranges, so that no answer takes long.

        Raises NoSuchObject, Unavailable, and TooLong, leaving nothing, when no range may begin any more.
        """
        if until is not None and clock.now() >= until:
            raise TooLong()
        if size_bytes <= range_bytes:
            self._ask_in_time("copy_object", Key=target, CopySource={"Bucket": self.bucket, "Key": source})
            return
        upload_id = self.open_upload(target, UNTYPED)
        try:
            parts = []
            for number, start in enumerate(range(0, size_bytes, range_bytes), start=1):
                if until is not None and clock.now() >= until:
                    raise TooLong()
                end = min(start + range_bytes, size_bytes)
                parts.append(self._copy_range(source, target, upload_id, number, start, end))
        except (NoSuchObject, Unavailable):
            with suppress(Unavailable):
                self.abort_upload(target, upload_id)
            raise
        self.complete_upload(target, upload_id, parts)

    def _copy_range(self, source: str, target: str, upload_id: str, number: int, start: int, end: int) -> Part:
        answer = self._ask_in_time(
            "upload_part_copy",
            Key=target,
            UploadId=upload_id,
            PartNumber=number,
            CopySource={"Bucket": self.bucket, "Key": source},
            CopySourceRange=f"bytes={start}-{end - 1}",
        )
        etag = answer.get("CopyPartResult", {}).get("ETag")
        if etag is None:  # a store without such copies takes this for a part of no bytes
            raise Unavailable()
        return Part(number, etag.strip('"'), end - start)

    def delete(self, key: str) -> None:
        """Take an object away; one that is not there is no error."""
        self._ask_in_time("delete_object", Key=key)

    def keys(self, prefix: str = "", *, before: datetime | None = None) -> Iterator[str]:
        """Yield every key under a prefix; with ``before`` those of objects written before that instant."""
        items = self._items(prefix)
        return (item["Key"] for item in items if before is None or item["LastModified"] < before)

    def objects(self, prefix: str) -> Iterator[tuple[str, str, int]]:
        """Yield (key, ETag, size in bytes) of every object under a prefix."""
        return ((item["Key"], item["ETag"].strip('"'), int(item["Size"])) for item in self._items(prefix))

    def _items(self, prefix: str) -> Iterator[dict[str, Any]]:
        token: dict[str, Any] = {}
        while True:
            page = self._ask_in_time("list_objects_v2", Prefix=prefix, **token)
            yield from page.get("Contents", [])
            if not page.get("IsTruncated"):
                return
            token = {"ContinuationToken": page["NextContinuationToken"]}

    def ready(self) -> None:
        """Raise Unavailable unless the bucket answers."""
        self._ask("head_bucket")

    # -- uploads in parts

    def open_upload(self, key: str, content_type: str) -> str:
        """Begin a multipart upload and return the store's name of it."""
        return str(self._ask_in_time("create_multipart_upload", Key=key, ContentType=content_type)["UploadId"])

    def parts(self, key: str, store_upload_id: str) -> list[Part]:
        """Return the parts the store has. Raises NoSuchObject when the upload is not open."""
        found: list[Part] = []
        marker = 0
        while True:
            page = self._ask_in_time("list_parts", Key=key, UploadId=store_upload_id, PartNumberMarker=marker)
            found += [Part(p["PartNumber"], p["ETag"].strip('"'), p["Size"]) for p in page.get("Parts", [])]
            if not page.get("IsTruncated"):
                return found
            marker = page["NextPartNumberMarker"]

    def upload_part(self, key: str, store_upload_id: str, number: int, body: bytes | BinaryIO) -> str:
        """Send one part from here (the form without JavaScript) and return its ETag; a file is sent piece by piece."""
        answer = self._ask("upload_part", Key=key, UploadId=store_upload_id, PartNumber=number, Body=body)
        return str(answer["ETag"]).strip('"')

    def complete_upload(self, key: str, store_upload_id: str, parts: list[Part]) -> None:
        """Make the object of its parts; done before is done. Raises NoSuchObject when there is neither."""
        listed = [{"PartNumber": part.number, "ETag": part.etag} for part in parts]
        try:
            whole = {"Key": key, "UploadId": store_upload_id, "MultipartUpload": {"Parts": listed}}
            self._ask_in_time("complete_multipart_upload", times=3, **whole)
        except NoSuchObject:
            self.size_of(key)  # a completed upload is gone; its object then is there
        except (NoAnswer, RefusedByStore):
            raise
        except Unavailable:
            try:
                self.parts(key, store_upload_id)
            except NoSuchObject:  # how some stores speak of an upload that is gone; or only the answer was lost
                self.size_of(key)
                return
            raise

    def abort_upload(self, key: str, store_upload_id: str) -> None:
        """Give an upload up; one that is not open is no error."""
        try:
            self._ask_in_time("abort_multipart_upload", Key=key, UploadId=store_upload_id)
        except NoSuchObject:
            return

    def open_uploads(self, *, before: datetime | None = None) -> list[tuple[str, str]]:
        """Return (key, upload) of uploads neither completed nor given up; with ``before`` of those begun before it."""
        found: list[dict[str, Any]] = []
        marker: dict[str, Any] = {}
        while True:
            try:
                page = self._ask_in_time("list_multipart_uploads", **marker)
            except NoSuchObject:  # rclone says so of the whole list when one of them ends meanwhile
                break
            found += page.get("Uploads", [])
            if not page.get("IsTruncated"):
                break
            marker = {"KeyMarker": page["NextKeyMarker"], "UploadIdMarker": page["NextUploadIdMarker"]}
        return [(item["Key"], item["UploadId"]) for item in found if before is None or item["Initiated"] < before]

    # -- signed addresses

    def part_url(
        self, key: str, store_upload_id: str, number: int, size_bytes: int, sha256_hex: str
    ) -> tuple[str, dict[str, str]]:
        """Return the address for one part and the headers to send; the signature binds size and checksum."""
        return self._put_url(key, size_bytes, sha256_hex, {"partNumber": str(number), "uploadId": store_upload_id})

    def put_url(self, key: str, size_bytes: int, sha256_hex: str) -> tuple[str, dict[str, str]]:
        """Return the address for a whole object and the headers to send, bound in the same way."""
        return self._put_url(key, size_bytes, sha256_hex, {})

    def _put_url(self, key: str, size_bytes: int, sha256_hex: str, query: dict[str, str]) -> tuple[str, dict[str, str]]:
        headers = {"x-amz-checksum-sha256": base64.b64encode(bytes.fromhex(sha256_hex)).decode()}
        url = presign(
            self.credentials,
            "PUT",
            f"{self.public_url}/{self.bucket}/{key}",
            at=clock.now(),
            expires_s=UPLOAD_URL_TTL_S,
            query=query,
            headers={**headers, "content-length": str(size_bytes)},
        )
        return url, headers

    def view_url(self, key: str, *, content_type: str, filename: str, inline: bool, ttl_s: int) -> str:
        """Return an address for looking at an object; type, name and disposition are bound by the signature."""
        kind = "inline" if inline else "attachment"
        ascii_name = "".join(ch if ch.isascii() and ch.isalnum() or ch in "-_." else "_" for ch in filename)
        disposition = f"{kind}; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(filename, safe='')}"
        return presign(
            self.credentials,
            "GET",
            f"{self.public_url}/{self.bucket}/{key}",
            at=clock.now(),
            expires_s=ttl_s,
            query={"response-content-type": content_type, "response-content-disposition": disposition},
        )


def _boto_session() -> Any:
    """Return a boto3 session that does not read where Amazon's services are."""
    import boto3  # noqa: PLC0415 -- 0.3 s and 17 MiB that a command without a store call need not pay
    import botocore.loaders  # noqa: PLC0415 -- the same
    import botocore.session  # noqa: PLC0415 -- the same

    class Loader(botocore.loaders.Loader):
        def load_data_with_path(self, name: str) -> Any:
            if name == "endpoints":
                return {"version": 3, "partitions": [_PARTITION]}, ""
            return super().load_data_with_path(name)

    core = botocore.session.get_session()
    core.register_component("data_loader", Loader())
    core.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=_instant)
    return boto3.session.Session(botocore_session=core)


def _instant(written: str) -> datetime:
    """Return an instant as the store writes it; botocore's own reading takes 0.1 ms for each part of a list."""
    from botocore.utils import parse_timestamp  # noqa: PLC0415 -- loaded with the client

    try:
        return datetime.fromisoformat(written)
    except ValueError:
        found: datetime = parse_timestamp(written)
        return found


def new_key(area: str) -> str:
    """Return a random key in an area (``originals``, ``derived``, ``papers``); ASCII, never the prefix of another."""
    return f"{area}/{secrets.token_hex(20)}"


def pieces_of(key: str) -> str:
    """Return the prefix of the pieces that come for an original, each an object until they are put together."""
    return f"pieces/{key.rpartition('/')[2]}/"


def original_of(key: str) -> str:
    """Return the key of the original that a piece belongs to, and of any other object its own."""
    return f"originals/{key.split('/')[1]}" if key.startswith("pieces/") else key


def sha256_of_part(body: bytes) -> str:
    """Return the SHA-256 (hex) of bytes sent from here."""
    return hashlib.sha256(body).hexdigest()


_storage: Storage | None = None


def configure(storage: Storage) -> None:
    """Say which store this process uses; nothing is opened yet."""
    global _storage
    _storage = storage


def storage() -> Storage:
    """Return this process's store."""
    if _storage is None:
        raise RuntimeError("no store: the application was not created")
    return _storage
