"""Still and animated images, judged by Pillow restricted to the one format that was sniffed."""

import importlib
import io
import warnings
from typing import IO, Any, cast

from PIL import Image, ImageCms, ImageFile, ImageOps, ImageSequence

from creative_platform.confinement.child.refusal import Refused
from creative_platform.inspection.child import endings, pictures
from creative_platform.inspection.child.examine import Request
from creative_platform.inspection.child.sniff import Sniffed

CLEAN_QUALITY = 92
_LARGE_PIXELS = 4_000_000


def prepare(format_name: str) -> None:
    """Load what decoding and encoding will need while files can still be read."""
    Image.preinit()
    for plugin in ("WebPImagePlugin", "AvifImagePlugin", "MpoImagePlugin", "TiffImagePlugin"):
        importlib.import_module(f"PIL.{plugin}")  # TIFF is how EXIF is parsed; it is never given a file
    ImageCms.createProfile("sRGB")


def examine(request: Request, sniffed: Sniffed) -> dict[str, Any]:
    """Return the facts of an image; sends thumb, view and, when asked, the clean copy."""
    request.settle_kind("image")
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    Image.MAX_IMAGE_PIXELS = None  # our own limit, below, comes first and is lower
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    trailing = endings.trailing_bytes(request.source, sniffed.format, request.limits.scans)
    if sniffed.format == "WEBP" and endings.riff_end(request.source) > request.source.size:
        raise Refused("media.truncated", "RIFF ends behind the file")
    request.source.seek(0)
    formats = ["JPEG", "MPO"] if sniffed.format == "JPEG" else [sniffed.format]
    image = _opened(request, formats)
    frames = _frame_count(request, image, sniffed.format)
    first = _decoded(image)
    animation = image if frames > 1 else None
    del image  # frees its pixels: two copies of a large photo are as much as there is room for
    if request.recipe.pictures:
        pictures.send_small(request.output, "thumb", first)
        pictures.send_view(request.output, first)
    notes = ["trailing_bytes"] if trailing else []
    clean = _send_clean(request, animation, first, sniffed.format, frames, notes) if request.recipe.clean_copy else None
    return {
        "kind": "image",
        "content_type": sniffed.content_type,
        "width": first.width,
        "height": first.height,
        "codecs": [sniffed.format.lower()],
        "frames": frames,
        "trailing_bytes": trailing,
        "notes": notes,
        "clean": clean,
    }


def _opened(request: Request, formats: list[str]) -> Image.Image:
    size = endings.declared_size(request.source, formats[0])
    if size:
        _check_size(request, size)  # these readers allocate the whole canvas as soon as they open a file
    try:
        image = Image.open(cast(IO[bytes], request.source), formats=formats)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 -- parsers raise anything on crafted bytes
        raise Refused("media.unreadable", f"{type(error).__name__}: {error}") from None
    _check_size(request, image.size)
    return image


def _check_size(request: Request, size: tuple[int, int]) -> None:
    limits = request.limits
    if size[0] * size[1] > limits.pixels:
        raise Refused("media.too_many_pixels", f"{size}", limit_mpx=limits.pixels // 1_000_000)
    if max(size) > limits.image_side_px:
        raise Refused("media.resolution", f"{size}", limit_px=limits.image_side_px)


def _frame_count(request: Request, image: Image.Image, format_name: str) -> int:
    """Count the pictures of an animation, giving up one past the limit."""
    limit = request.limits.frames
    if format_name == "JPEG":
        return 1  # a multi-picture JPEG holds previews, not an animation
    if format_name == "GIF":
        count = endings.gif_frames(request.source, limit + 1)
        request.source.seek(0)
    else:
        count = getattr(image, "n_frames", 1)
    if count > limit:
        raise Refused("media.too_many_frames", f"{count} frames", limit=limit)
    return max(1, count)


def _decoded(image: Image.Image) -> Image.Image:
    """Decode the first picture: upright, in sRGB, pixels only."""
    try:
        image.seek(0)
        image.load()
        ImageOps.exif_transpose(image, in_place=True)
    except (MemoryError, Refused):
        raise
    except Exception as error:  # noqa: BLE001 -- decoders raise anything on crafted bytes
        text = str(error)
        reason = "media.truncated" if "truncated" in text else "media.unreadable"
        raise Refused(reason, f"{type(error).__name__}: {text}") from None
    return _bare(image)


def _bare(image: Image.Image) -> Image.Image:
    see_through = "A" in image.getbands() or "transparency" in image.info
    profile = image.info.get("icc_profile")
    if profile and image.mode in ("RGB", "CMYK"):
        image = _in_srgb(image, profile)
    if image.mode.startswith("I"):
        image = image.point(lambda value: value / 256)  # 16 bits a sample
    return pictures.pixels_only(image, "RGBA" if see_through else "RGB")


def _in_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Apply the colour profile, because it is dropped; a broken one is ignored."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        target = ImageCms.createProfile("sRGB")
        converted = ImageCms.profileToProfile(image, source, target, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image
    return converted or image


def _send_clean(
    request: Request, animation: Image.Image | None, first: Image.Image, format_name: str, frames: int, notes: list[str]
) -> dict[str, str]:
    buffer = io.BytesIO()
    if animation and frames * first.width * first.height <= request.limits.animation_pixels:
        content_type = _save_animation(animation, buffer)
    else:
        if animation:
            notes.append("first_frame_only")
        excess = first.width * first.height / request.limits.clean_pixels
        if excess > 1:
            notes.append("clean_reduced")
            first = pictures.fitted(first, int(max(first.size) / excess**0.5))
        content_type = _save_still(first, format_name, buffer)
    request.output.copy(buffer.getbuffer())
    return {"content_type": content_type}


def _save_still(first: Image.Image, format_name: str, buffer: io.BytesIO) -> str:
    if format_name in ("PNG", "GIF"):
        level = 4 if first.width * first.height < _LARGE_PIXELS else 1
        pictures.save(first, buffer, "PNG", compress_level=level)
        return "image/png"
    if first.mode == "RGBA" or format_name == "WEBP":
        pictures.save(first, buffer, "WEBP", quality=CLEAN_QUALITY, method=0)
        return "image/webp"
    pictures.save(first, buffer, "JPEG", quality=CLEAN_QUALITY, subsampling=0, progressive=True)
    return "image/jpeg"


def _save_animation(image: Image.Image, buffer: io.BytesIO) -> str:
    durations: list[int] = []
    bare: list[Image.Image] = []
    for frame in ImageSequence.Iterator(image):
        durations.append(max(20, min(10_000, int(frame.info.get("duration", 100) or 100))))
        bare.append(pictures.pixels_only(frame, "RGBA"))
    more = {"save_all": True, "append_images": bare[1:], "duration": durations, "loop": 0}
    pictures.save(bare[0], buffer, "WEBP", quality=80, method=0, **more)
    return "image/webp"
