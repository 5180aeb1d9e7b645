"""Decode a video into still pictures at a steady pace. Run it where a hostile file may crash: in a limited process."""

from collections.abc import Iterator
from pathlib import Path
from typing import IO

import av
import numpy as np

from scoring.similarity.errors import UnreadableMedia

EVERY_SECONDS = 1.0
"""Seconds between two pictures."""

SIDE = 384
"""Longer side of a picture in pixels."""

MAX_PICTURES = 1_200
"""Pictures decoded; the rest of a longer video is not compared."""

MAX_FRAME_PIXELS = 8192 * 8192
"""Pixels of a frame, whatever size the file says or changes to; a decoder takes several frames at once."""


def read_frames(source: Path | IO[bytes], *, name: str = "") -> Iterator[tuple[float, np.ndarray]]:
    """Decode a video.

    Yields
    ------
    (float, ndarray of shape (height, width), dtype uint8)
        Seconds from the start, and grey pixels whose longer side is at most `SIDE`; what can be decoded of a damaged
        file; nothing without a picture track.

    Raises
    ------
    UnreadableMedia
        When the file is no media file, or its frames are larger than `MAX_FRAME_PIXELS`.
    """
    shown = name or str(getattr(source, "name", "") or "video")
    given = 0
    try:
        with av.open(str(source) if isinstance(source, Path) else source, mode="r") as container:
            if not container.streams.video:
                return
            track = container.streams.video[0]
            track.codec_context.thread_count = 1
            track.codec_context.options = {"max_pixels": str(MAX_FRAME_PIXELS)}
            due, first = 0.0, None
            for frame in container.decode(track):
                if frame.time is None:
                    continue
                first = frame.time if first is None else first
                moment = float(frame.time - first)
                if moment + 1e-6 < due:
                    continue
                due = moment - moment % EVERY_SECONDS + EVERY_SECONDS
                given += 1
                yield round(moment, 3), _grey(frame)
                if given >= MAX_PICTURES:
                    return
    except (av.FFmpegError, OSError, ValueError) as problem:
        if not given:
            raise UnreadableMedia(shown, f"the video cannot be decoded ({problem})") from problem


def _grey(frame: av.VideoFrame) -> np.ndarray:
    share = min(1.0, SIDE / max(frame.width, frame.height))
    width, height = max(2, int(frame.width * share)), max(2, int(frame.height * share))
    return np.ascontiguousarray(frame.reformat(width=width, height=height, format="gray").to_ndarray())
