"""The form without JavaScript: a whole file through the application."""

from __future__ import annotations

import hashlib
import io
import os
from dataclasses import replace
from typing import Any, BinaryIO, cast

from creative_platform.core.actor import Actor
from creative_platform.core.errors import Conflict, WrongState
from creative_platform.core.text import N_
from creative_platform.media import storage
from creative_platform.media.models import MediaAsset
from creative_platform.media.storage import MIB, NoSuchObject
from creative_platform.uploads.service import parts
from creative_platform.uploads.service.limits import Planned
from creative_platform.uploads.service.noting import ENDED, SentPart, part_bytes, part_count
from creative_platform.uploads.service.sending import complete_upload, key_of, plan_upload

CHUNK_BYTES = 256 * 1024
STORE_BYTES_PER_S = 100 * MIB  # the store is near: few parts, each of which costs a call


def receive_plain(actor: Actor, planned: Planned, file: BinaryIO) -> MediaAsset:
    """Take a whole file through the application (the form without JavaScript); little of it is in memory at a time.

    Raises what ``plan_upload`` and ``complete_upload`` raise; a file of another length than announced is refused.
    """
    if file.seek(0, os.SEEK_END) != planned.size_bytes:
        raise Conflict(N_("The file has another size than announced; send it again."))
    planned = replace(planned, sha256=_sha256_of(file), bytes_per_s=STORE_BYTES_PER_S)
    upload = plan_upload(actor, planned)
    store, key, sent = storage.storage(), key_of(upload), []
    for number in range(1, part_count(upload) + 1):
        part = cast(BinaryIO, _Window(file, (number - 1) * upload.part_size_bytes, part_bytes(upload, number)))
        sha256 = _sha256_of(part)
        try:
            etag = parts.send(store, key, upload.store_upload_id, number, part, sha256)
        except NoSuchObject as error:  # given up in another tab, or erased, while the file was on its way
            raise WrongState(ENDED) from error
        sent.append(SentPart(number, etag, sha256))
    return complete_upload(actor, upload.public_id, sha256=planned.sha256, sent=sent)


def _sha256_of(file: BinaryIO) -> str:
    found = hashlib.sha256()
    file.seek(0)
    while piece := file.read(CHUNK_BYTES):
        found.update(piece)
    file.seek(0)
    return found.hexdigest()


class _Window(io.RawIOBase):
    """A stretch of a file, as a file: what is read of it is read from there, never all at once."""

    def __init__(self, file: BinaryIO, start: int, size: int) -> None:
        super().__init__()
        self._file, self._start, self._size = file, start, size
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._at = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        return self._at

    def readinto(self, buffer: Any) -> int:
        self._file.seek(self._start + self._at)
        piece = self._file.read(max(0, min(len(buffer), self._size - self._at)))
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)
