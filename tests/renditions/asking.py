"""Render bytes held in memory, and play what came out."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import av
from PIL import Image

from creative_platform.renditions.contract import Rendition, Wanted
from creative_platform.renditions.runner import render
from tests.inspection.hostile.boxes import box, rewrite


@dataclass
class Rendered:
    """The result and the bytes of the copy."""

    result: Rendition
    copy: bytes

    @property
    def everything(self) -> bytes:
        return self.copy + b"".join(item.data for item in self.result.derived)


def rendered(data: bytes, suffix: str, copy: str, duration_s: float = 2.0, **more: Any) -> Rendered:
    """Make this copy of these bytes."""
    chunks: list[bytes] = []
    result = render(
        lambda offset, length: data[offset : offset + length],
        len(data),
        Wanted(copy, suffix, duration_s),
        chunks.append,
        **more,
    )
    return Rendered(result, b"".join(chunks))


@dataclass
class Played:
    """What a player finds in a copy."""

    codecs: list[str]
    frames: int
    duration_s: float
    first: Image.Image | None
    stream: Any
    tags: dict[str, str]


def played(data: bytes) -> Played:
    """Decode a copy to its end."""
    with av.open(io.BytesIO(data)) as copy:
        frames = list(copy.decode(copy.streams[0]))
        first = frames[0].to_image() if copy.streams[0].type == "video" else None
        assert copy.chapters() == []
        return Played(
            codecs=[stream.codec_context.name for stream in copy.streams],
            frames=len(frames),
            duration_s=(copy.duration or 0) / av.time_base,
            first=first,
            stream={stream.type: _facts(stream) for stream in copy.streams},
            tags={key: value for stream in copy.streams for key, value in stream.metadata.items()},
        )


def _facts(stream: Any) -> tuple[Any, ...]:
    context = stream.codec_context
    if stream.type == "video":
        return context.width, context.height, context.pix_fmt, context.profile
    return context.sample_rate, context.channels


def turned(data: bytes) -> bytes:
    """Return the recording with a header that says: show me turned clockwise by a quarter."""
    quarter = b"".join(n.to_bytes(4, signed=True) for n in (0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30))
    return rewrite(data, lambda kind, body: box(kind, body[:40], quarter, body[76:]) if kind == b"tkhd" else None)
