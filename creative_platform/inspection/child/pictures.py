"""Small pictures from decoded pixels: nothing of the original file but its pixels gets in."""

import io
from typing import Any

from PIL import Image, ImageStat

from creative_platform.confinement.child.output import Output

POSTER_PX = 640
VIEW_PX = 1600
POSTER_BYTES = 25_000
_QUALITIES = (80, 70, 58, 46, 34, 24)


def pixels_only(image: Image.Image, mode: str) -> Image.Image:
    """Return the pixels in that mode as a plain image: no info, comments, profiles or EXIF ride along."""
    bare = image.convert(mode)  # always a new image, and of the plain class
    bare.info = {}
    return bare


def save(image: Image.Image, buffer: io.BytesIO, format_name: str, **options: Any) -> None:
    """Write the image without any metadata. Raises MemoryError when the encoder fails: it has no other reason to."""
    nothing: dict[str, Any] = {"exif": b"", "xmp": b"", "icc_profile": b""} if format_name == "WEBP" else {}
    try:
        image.save(buffer, format_name, **nothing, **options)
    except (OSError, ValueError) as error:
        raise MemoryError(str(error)) from None


def on_white(image: Image.Image) -> Image.Image:
    """Return an RGB image; what was transparent becomes white."""
    if image.mode == "RGB":
        return image
    ground = Image.new("RGB", image.size, "white")
    ground.paste(image, mask=image.getchannel("A") if "A" in image.getbands() else None)
    return ground


def fitted(image: Image.Image, longest_px: int) -> Image.Image:
    """Return the image, made smaller until its longer side fits."""
    scale = longest_px / max(image.size)
    if scale >= 1:
        return image
    return image.resize(
        (max(1, round(image.width * scale)), max(1, round(image.height * scale))), Image.Resampling.LANCZOS
    )


def encoded(image: Image.Image, format_name: str, quality: int) -> bytes:
    """Return the image as bytes of that format, without any metadata."""
    buffer = io.BytesIO()
    if format_name == "JPEG":
        save(on_white(image), buffer, "JPEG", quality=quality, progressive=True, optimize=True)
    else:
        save(image, buffer, "WEBP", quality=quality, method=4)
    return buffer.getvalue()


def send_small(output: Output, role: str, image: Image.Image) -> None:
    """Send `<role>.jpg` and `<role>.webp`, at most 640 px wide and 25 KB each."""
    for ending, format_name in (("jpg", "JPEG"), ("webp", "WEBP")):
        small, data = _within_bytes(fitted(image, POSTER_PX), format_name)
        output.derived(f"{role}.{ending}", data, width=small.width, height=small.height)


def _within_bytes(image: Image.Image, format_name: str) -> tuple[Image.Image, bytes]:
    while True:
        for quality in _QUALITIES:
            data = encoded(image, format_name, quality)
            if len(data) <= POSTER_BYTES:
                return image, data
        image = fitted(image, max(image.size) * 3 // 4)


def send_view(output: Output, image: Image.Image) -> None:
    """Send `view.jpg` and `view.webp`, at most 1600 px on the longer side."""
    view = fitted(image, VIEW_PX)
    for ending, format_name in (("jpg", "JPEG"), ("webp", "WEBP")):
        output.derived(f"view.{ending}", encoded(view, format_name, 82), width=view.width, height=view.height)


def liveliness(image: Image.Image) -> float:
    """Return how much is to be seen: the spread of brightness, 0 for an even or black picture."""
    grey = image.convert("L").resize((64, 36))
    stat = ImageStat.Stat(grey)
    return 0.0 if stat.mean[0] < 12 else float(stat.stddev[0])
