"""The untrusted file as a seekable stream of ranges that the parent hands over."""

import io
from collections import OrderedDict
from collections.abc import Callable

from creative_platform.confinement.contract import BLOCK_BYTES, MAX_READ_BYTES

KEPT_BLOCKS = 24
STREAK_BEFORE_GROWING = 8  # a probe reads few blocks in a row; only a long scan deserves larger requests


class RangeSource(io.RawIOBase):
    """Reads blocks of 256 KiB through `fetch(offset, length)` and keeps the latest; grows requests on long scans."""

    def __init__(self, fetch: Callable[[int, int], bytes], size: int) -> None:
        super().__init__()
        self._fetch = fetch
        self.size = size
        self._at = 0
        self._blocks: OrderedDict[int, bytes] = OrderedDict()
        self._next = -1  # the block after the last one fetched
        self._streak = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.size}[whence]
        if base + offset < 0:
            raise OSError("negative seek")  # what readers of archives expect
        self._at = base + offset
        return self._at

    def read(self, size: int | None = -1) -> bytes:
        wanted = self.size - self._at if size is None or size < 0 else min(size, self.size - self._at)
        parts = []
        while wanted > 0:
            number, skip = divmod(self._at, BLOCK_BYTES)
            part = self._block(number)[skip : skip + wanted]
            parts.append(part)
            self._at += len(part)
            wanted -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # typeshed's Buffer has no len()
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def at(self, offset: int, size: int) -> bytes:
        """Return up to `size` bytes at `offset` without moving."""
        if offset < 0 or offset >= self.size:
            return b""
        here, self._at = self._at, offset
        try:
            return self.read(size)
        finally:
            self._at = here

    def _block(self, number: int) -> bytes:
        if number in self._blocks:
            self._blocks.move_to_end(number)
            return self._blocks[number]
        self._streak = self._streak + 1 if number == self._next else 0
        count = 1 if self._streak < STREAK_BEFORE_GROWING else MAX_READ_BYTES // BLOCK_BYTES
        start = number * BLOCK_BYTES
        data = self._fetch(start, min(count * BLOCK_BYTES, self.size - start))
        for index in range(0, len(data), BLOCK_BYTES):
            self._blocks[number + index // BLOCK_BYTES] = data[index : index + BLOCK_BYTES]
        while len(self._blocks) > KEPT_BLOCKS:
            self._blocks.popitem(last=False)
        self._next = number + -(-len(data) // BLOCK_BYTES)
        return self._blocks[number]
