"""Films that tests make for what is special about them."""

from __future__ import annotations

import io

import av
import numpy as np

LINES = b"1\n00:00:00,000 --> 00:00:02,000\nThe well is dry.\n\n2\n00:00:03,000 --> 00:00:04,000\nNot yet.\n\n"


def subtitled_film() -> bytes:
    """Return six seconds of noise in Matroska with a track of subtitles."""
    body, dice = io.BytesIO(), np.random.default_rng(1)
    with av.open(io.BytesIO(LINES), format="srt") as lines, av.open(body, "w", format="matroska") as film:
        pictures = film.add_stream("mpeg4", rate=5)
        pictures.width, pictures.height, pictures.pix_fmt = 320, 180, "yuv420p"
        words = film.add_stream_from_template(lines.streams[0])
        for _ in range(30):
            noise = dice.integers(0, 255, (180, 320, 3), dtype=np.uint8)
            film.mux(pictures.encode(av.VideoFrame.from_ndarray(noise, format="rgb24")))
        film.mux(pictures.encode(None))
        for packet in lines.demux():
            if packet.dts is not None:
                packet.stream = words
                film.mux(packet)
    return body.getvalue()
