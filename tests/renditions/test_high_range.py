"""Films of a high dynamic range, as phones take them, have their colours in posters and copies."""

from __future__ import annotations

import io
from fractions import Fraction

import av
import numpy as np
import pytest
from PIL import Image

from creative_platform.renditions.contract import CLEAN, LIGHT
from tests.inspection.asking import ask
from tests.renditions.asking import played, rendered

# What stands in the film, as an ordinary screen shows it: greys, red, green, blue, skin.
BARS = np.array([[118, 118, 118], [186, 186, 186], [200, 40, 40], [40, 160, 60], [40, 60, 200], [230, 190, 150]])
NEAR = 45
TO_BT2020 = np.array([[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]])
NITS = 203


def pq(light: np.ndarray) -> np.ndarray:
    """SMPTE ST 2084, of light of which 1 is paper."""
    power = (light * NITS / 10_000) ** 0.1593017578125
    return ((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375


def hlg(light: np.ndarray) -> np.ndarray:
    """ITU-R BT.2100 HLG on a screen of 1,000 nits."""
    scene = (light * NITS / 1000) ** (1 / 1.2)
    high = 0.17883277 * np.log(np.maximum(12 * scene - 0.28466892, 1e-9)) + 0.55991073
    return np.where(scene <= 1 / 12, np.sqrt(3 * scene), high)


def film(code, transfer: int) -> bytes:
    """A second of the bars, 64 pixels wide each, in H.265 of ten bits."""
    coded = code((BARS / 255) ** 2.2 @ TO_BT2020.T)
    image = np.broadcast_to(np.repeat(coded, 64, 0)[None], (192, 64 * len(BARS), 3))
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mov") as target:
        stream = target.add_stream("libx265", rate=10, options={"preset": "ultrafast", "x265-params": "log-level=0"})
        stream.width, stream.height, stream.pix_fmt = image.shape[1], image.shape[0], "yuv420p10le"
        context = stream.codec_context
        context.color_primaries, context.color_trc, context.colorspace = 9, transfer, 9
        for number in range(10):
            frame = av.VideoFrame.from_ndarray((image * 65_535).round().astype(np.uint16), format="rgb48le")
            frame = frame.reformat(format="yuv420p10le", dst_colorspace=9)
            frame.pts, frame.time_base = number, Fraction(1, 10)
            target.mux(stream.encode(frame))
        target.mux(stream.encode())
    return buffer.getvalue()


def apart(image: Image.Image) -> float:
    """Return how far the picture's bars are from those that were filmed, at most."""
    wide = image.width / len(BARS)
    seen = [image.getpixel((int((n + 0.5) * wide), image.height // 2)) for n in range(len(BARS))]
    return float(np.abs(np.array(seen) - BARS).max())


@pytest.mark.parametrize(("code", "transfer"), [(pq, 16), (hlg, 18)])
def test_a_film_of_high_range_keeps_its_colours(code, transfer):
    data = film(code, transfer)

    poster = ask(data, ".mov").result.output("poster.jpg")
    assert poster is not None
    assert apart(Image.open(io.BytesIO(poster.data))) < NEAR
    for copy in (CLEAN, LIGHT):
        found = played(rendered(data, ".mov", copy, 1.0).copy)
        assert found.first is not None
        assert apart(found.first) < NEAR


def test_a_film_that_only_is_not_named_so_stays_as_it_is():
    """The control: without its name the same film is pale."""
    found = played(rendered(film(pq, 1), ".mov", LIGHT, 1.0).copy)

    assert found.first is not None
    assert apart(found.first) > 60
