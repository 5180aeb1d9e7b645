"""Files: their bytes go straight to the store; these calls plan, sign, note and finish."""

from __future__ import annotations

from typing import Any

from flask import Response

from creative_platform.api.requests import answer, body, creates, creates_beside_store
from creative_platform.api.serializers.entering import file_line, upload_line
from creative_platform.api.views.blueprint import bp
from creative_platform.core.errors import NotFound
from creative_platform.entries.service import OWNER_TYPE
from creative_platform.media import owners, queries
from creative_platform.uploads import service
from creative_platform.web.guards import scoped, the_actor


@bp.post("/entries/<public_id>/uploads")
@scoped("media:write")
@creates_beside_store
def open_upload(public_id: str) -> tuple[Any, int]:
    """Open an upload, or resume the open one of the same file."""
    given = body()
    planned = service.Planned(
        OWNER_TYPE,
        public_id,
        given["field"],
        given["filename"],
        given["size_bytes"],
        given["content_type"],
        sha256=given.get("sha256"),
        fingerprint=given.get("fingerprint", ""),
        bytes_per_s=given.get("bytes_per_s"),
    )
    return upload_line(service.plan_upload(the_actor(), planned)), 201


@bp.post("/entries/<public_id>/commitments")
@scoped("media:write")
@creates
def commit_file(public_id: str) -> tuple[Any, int]:
    """Promise a file; its bytes may follow after the close."""
    given = body()
    planned = service.Planned(OWNER_TYPE, public_id, **given)
    return file_line(service.commit_file(the_actor(), planned)), 201


@bp.get("/uploads/<public_id>")
@scoped("media:write")
def upload(public_id: str) -> Response:
    """Say which parts have arrived."""
    return answer(upload_line(service.upload_of(the_actor(), public_id)))


@bp.post("/uploads/<public_id>/urls")
@scoped("media:write")
def sign_parts(public_id: str) -> Response:
    """Sign addresses for parts."""
    wanted = [(part["number"], part["sha256"]) for part in body()["parts"]]
    signed = service.sign_parts(the_actor(), public_id, wanted, sent=_sent())
    return answer({"parts": [{"number": part.number, "url": part.url, "headers": part.headers} for part in signed]})


def _sent() -> list[service.SentPart]:
    return [service.SentPart(**part) for part in body().get("sent", ())]


@bp.put("/uploads/<public_id>/parts/<int(max=10000):number>")
@scoped("media:write")
def record_part(public_id: str, number: int) -> Response:
    """Note a part."""
    sent = service.SentPart(number, etag=body()["etag"], sha256=body()["sha256"])
    return answer(upload_line(service.record_part(the_actor(), public_id, sent)))


@bp.post("/uploads/<public_id>/complete")
@scoped("media:write")
def complete_upload(public_id: str) -> Response:
    """Finish an upload; doing it again gives the same file."""
    asset = service.complete_upload(the_actor(), public_id, sha256=body().get("sha256"), sent=_sent())
    return answer(file_line(asset))


@bp.delete("/uploads/<public_id>")
@scoped("media:write")
def abort_upload(public_id: str) -> Response:
    """Give an upload up."""
    service.abort_upload(the_actor(), public_id)
    return Response(status=204)


@bp.get("/files/<public_id>")
@scoped("entries:read")
def file(public_id: str) -> Response:
    """Say how far the check of a file is."""
    asset = queries.asset_by_public_id(public_id)
    if asset is None:
        raise NotFound()
    owners.enforce(the_actor(), "read", asset.owner_type, asset.owner_id)
    return answer(file_line(asset))


@bp.delete("/files/<public_id>")
@scoped("media:write")
def remove_file(public_id: str) -> Response:
    """Take a file out of its field."""
    service.remove_asset(the_actor(), public_id)
    return Response(status=204)
