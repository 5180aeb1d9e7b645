"""What the child hands back: small named outputs whole, a copy in chunks."""

import io
import json
import os
import socket
from typing import Any

from creative_platform.confinement import frames


class Output:
    """Sends outputs to the parent; owns the unnamed scratch file that muxers need to seek in."""

    def __init__(self, channel: socket.socket, scratch_fd: int | None) -> None:
        self._channel = channel
        self._scratch_fd = scratch_fd

    def derived(self, name: str, data: bytes, *, width: int | None = None, height: int | None = None) -> None:
        """Send one small output under a name that the parent knows."""
        header: dict[str, Any] = {"type": "derived", "name": name, "width": width, "height": height}
        frames.send(self._channel, header, data)

    def derived_json(self, name: str, value: Any) -> None:
        """Send one small output as JSON."""
        self.derived(name, json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())

    def copy(self, data: bytes | memoryview) -> None:
        """Send the next piece of the copy."""
        for start in range(0, len(data), frames.CHUNK_BYTES):
            frames.send(self._channel, {"type": "copy"}, data[start : start + frames.CHUNK_BYTES])

    def scratch(self) -> io.FileIO:
        """Return the scratch file, empty and open for reading and writing."""
        if self._scratch_fd is None:
            raise RuntimeError("no scratch file was given")
        os.ftruncate(self._scratch_fd, 0)
        os.lseek(self._scratch_fd, 0, os.SEEK_SET)
        return io.FileIO(self._scratch_fd, "r+", closefd=False)

    def copy_from_scratch(self) -> None:
        """Send the scratch file as the copy."""
        if self._scratch_fd is None:
            raise RuntimeError("no scratch file was given")
        offset = 0
        while data := os.pread(self._scratch_fd, frames.CHUNK_BYTES, offset):
            self.copy(data)
            offset += len(data)


def reopener(scratch: Any) -> Any:
    """Return an opener that lets the muxer read its own output back to move the index to the front; nothing else."""

    def open_again(url: str, flags: int, options: dict[str, str]) -> Any:
        return SecondView(scratch.fileno())

    return open_again


class SecondView:
    """The scratch file for reading at its own position."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._at = 0

    def read(self, size: int) -> bytes:
        data = os.pread(self._fd, size, self._at)
        self._at += len(data)
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = {0: 0, 1: self._at, 2: os.fstat(self._fd).st_size}[whence] + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def close(self) -> None:
        """Nothing to close: the descriptor belongs to the scratch file."""
