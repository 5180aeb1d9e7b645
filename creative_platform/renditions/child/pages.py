"""The first pages of a document as pictures, so that a phone needs no reader for it."""

from typing import Any

from creative_platform.inspection.child import documents, pictures
from creative_platform.inspection.child.examine import Request
from creative_platform.inspection.child.sniff import Sniffed
from creative_platform.renditions.contract import PAGE_NAMES, Wanted

_LONGEST_PX = 1600
_QUALITIES = (75, 60, 45, 30)
_MOST_BYTES = 300_000

prepare = documents.prepare


def render(request: Request, sniffed: Sniffed, wanted: Wanted) -> dict[str, Any]:
    """Send one picture a page, no more than there are names for."""
    document = documents.opened(request)
    for number, name in zip(range(len(document)), PAGE_NAMES, strict=False):
        image = documents.page_picture(document, number, _LONGEST_PX, None)
        for quality in _QUALITIES:
            data = pictures.encoded(image, "WEBP", quality)
            if len(data) <= _MOST_BYTES:
                break
        request.output.derived(name, data, width=image.width, height=image.height)
    return {"content_type": ""}
