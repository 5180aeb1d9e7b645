"""Nine moments of a video on one picture."""

from typing import Any

from PIL import Image, JpegImagePlugin, WebPImagePlugin  # noqa: F401 -- encoders, loaded while files can be read

from creative_platform.confinement.child.output import Output
from creative_platform.inspection.child import pictures

_SIDE = 3
_TILE_PX = 320
_QUALITY = 70


class Sheet:
    """Keeps the first shaped frame of each ninth's middle."""

    def __init__(self, duration_s: float) -> None:
        self._step_s = max(duration_s, 0.001) / (_SIDE * _SIDE)
        self._tiles: list[Image.Image] = []

    def see(self, frame: Any) -> None:
        """Look at a shaped frame; keep it when its moment has come."""
        if len(self._tiles) < _SIDE * _SIDE and frame.time >= (len(self._tiles) + 0.5) * self._step_s:
            self._tiles.append(_tile(frame))

    def send(self, output: Output) -> None:
        """Send the sheet, in rows of three; a video of fewer frames fills fewer fields."""
        if not self._tiles:
            return
        width, height = self._tiles[0].size
        sheet = Image.new("RGB", (width * _SIDE, height * _SIDE), (0, 0, 0))
        for number, tile in enumerate(self._tiles):
            sheet.paste(tile, (number % _SIDE * width, number // _SIDE * height))
        for ending, format_name in (("jpg", "JPEG"), ("webp", "WEBP")):
            data = pictures.encoded(sheet, format_name, _QUALITY)
            output.derived(f"sheet.{ending}", data, width=sheet.width, height=sheet.height)


def _tile(frame: Any) -> Image.Image:
    scale = min(1.0, _TILE_PX / max(frame.width, frame.height))
    small = frame.reformat(
        width=max(2, round(frame.width * scale)), height=max(2, round(frame.height * scale)), format="rgb24"
    )
    plane = small.planes[0]
    return Image.frombytes("RGB", (small.width, small.height), bytes(plane), "raw", "RGB", plane.line_size)
