"""Make the store's one bucket: a single signed S3 request, so that the supervisor loads no S3 library for it."""

import datetime
import hashlib
import http.client
from urllib.parse import urlsplit

from creative_platform.media.presigner import Credentials, sign_text

REGION = "us-east-1"


class BucketError(Exception):
    """The store refused to make the bucket; the message is its answer."""


def create(endpoint_url: str, access_key_id: str, secret_access_key: str, bucket: str) -> None:
    """Make the bucket unless it is there. Raises BucketError."""
    host, empty = urlsplit(endpoint_url).netloc, hashlib.sha256(b"").hexdigest()
    now = datetime.datetime.now(datetime.UTC).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{now[:8]}/{REGION}/s3/aws4_request"
    names = "host;x-amz-content-sha256;x-amz-date"
    request = f"PUT\n/{bucket}\n\nhost:{host}\nx-amz-content-sha256:{empty}\nx-amz-date:{now}\n\n{names}\n{empty}"
    signature = sign_text(Credentials(access_key_id, secret_access_key, REGION), scope, now, request)
    credentials = f"Credential={access_key_id}/{scope}, SignedHeaders={names}, Signature={signature}"
    headers = {"x-amz-content-sha256": empty, "x-amz-date": now, "Authorization": f"AWS4-HMAC-SHA256 {credentials}"}
    connection = http.client.HTTPConnection(host, timeout=30)
    try:
        connection.request("PUT", f"/{bucket}", headers=headers)
        answer = connection.getresponse()
        body = answer.read()
    finally:
        connection.close()
    if answer.status != 200 and b"BucketAlreadyOwnedByYou" not in body:
        raise BucketError(f"{answer.status} {body.decode(errors='replace')}")
