"""What parent and child agree on: limits, what is asked for, the names of what comes back. Standard library only."""

from dataclasses import dataclass, field

from creative_platform.confinement.contract import Bounds, Derived, Usage

RECIPE = 1  # raised when what comes back is made in another way: `flask media rebuild` then looks anew

KINDS = ("video", "audio", "image", "pdf", "document", "zip")

# The parent decides the type of an output from its name, never from what the child says.
OUTPUTS: dict[str, str] = {
    "poster.jpg": "image/jpeg",
    "poster.webp": "image/webp",
    "thumb.jpg": "image/jpeg",
    "thumb.webp": "image/webp",
    "view.jpg": "image/jpeg",
    "view.webp": "image/webp",
    "peaks.json": "application/json",
    "listing.json": "application/json",
    "preview.json": "application/json",
    "text.json": "application/json",
}

DOCUMENT_TYPES = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "odt": "application/vnd.oasis.opendocument.text",
}

CONTENT_TYPES: dict[str, frozenset[str]] = {
    "video": frozenset({"video/mp4", "video/quicktime", "video/webm", "video/x-matroska", "video/ogg"}),
    "audio": frozenset(
        {
            "audio/mp4",
            "audio/webm",
            "audio/x-matroska",
            "audio/ogg",
            "audio/mpeg",
            "audio/flac",
            "audio/wav",
            "audio/aac",
        }
    ),
    "image": frozenset({"image/jpeg", "image/png", "image/webp", "image/gif", "image/avif"}),
    "pdf": frozenset({"application/pdf"}),
    "document": frozenset(DOCUMENT_TYPES.values()),
    "zip": frozenset({"application/zip"}),
}

CLEAN_TYPES: dict[str, frozenset[str]] = {
    "video": frozenset({"video/mp4", "video/webm"}),
    "audio": frozenset({"audio/mp4", "audio/webm", "audio/ogg", "audio/mpeg", "audio/flac", "audio/wav"}),
    "image": frozenset({"image/jpeg", "image/png", "image/webp"}),
    "pdf": frozenset({"application/pdf"}),
    "document": frozenset(),
    "zip": frozenset(),
}

NOTES = frozenset(
    {
        "trailing_bytes",  # more bytes follow where the format ends; no copy of ours holds them
        "needs_rendition",  # browsers may not play these codecs: a clean copy needs re-encoding, which is another job
        "clean_too_long",  # a document of more pages than a clean copy may have
        "clean_reduced",  # the clean copy of a very large picture has fewer pixels
        "first_frame_only",  # the clean copy of an animation too large to redo holds its first picture
        "text_cut",  # the document's text goes on after what is kept of it
        "partly_verified",  # the time for unpacking ran out: the rest of the archive was checked by its directory alone
        "no_duration",  # the container declares no duration; the one given was counted
    }
)

PEAK_BUCKETS = 400


@dataclass(frozen=True, slots=True)
class Limits(Bounds):
    """What one file may cost and be. Numbers of the container's header count before anything is decoded."""

    pixels: int = 50_000_000
    side_px: int = 8192  # of a video frame
    image_side_px: int = 20_000
    frames: int = 200  # of an animated image
    scans: int = 100  # of a progressive JPEG, where some ten are usual
    clean_pixels: int = 24_000_000  # a larger picture is made smaller for its clean copy
    animation_pixels: int = 100_000_000  # all frames together, for a clean copy of the whole animation
    streams: int = 16
    duration_s: float = 4 * 3600.0
    pages: int = 300  # of a clean copy of a document
    letters: int = 60_000  # kept of the text of a document
    entries: int = 5000
    ratio: int = 100
    unpacked_bytes: int = 4 << 30
    peak_duration_s: float = 300.0  # audio longer than this is sampled for its waveform, not decoded whole


@dataclass(frozen=True, slots=True)
class Recipe:
    """What is wanted of a file: which kinds are welcome, whether to draw pictures, whether to write a clean copy."""

    kinds: tuple[str, ...] = KINDS
    pictures: bool = True
    clean_copy: bool = False


@dataclass(frozen=True, slots=True)
class CleanCopy:
    """What went to the sink: no metadata, chapters, data tracks or trailing bytes of the original."""

    content_type: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Inspection:
    """The outcome for one file: accepted with what it is, or refused with a reason of `reasons.REASONS`.

    `data` holds the numbers for the sentence, `detail` a line for the operator's log (never shown to entrants).
    `retry` says that the file is not to blame and the same job may be tried again.
    """

    accepted: bool
    reason: str | None = None
    data: dict[str, int | float | str] = field(default_factory=dict)
    detail: str = ""
    retry: bool = False
    isolated: bool = False
    kind: str | None = None
    content_type: str | None = None
    duration_s: float | None = None
    width: int | None = None
    height: int | None = None
    codecs: tuple[str, ...] = ()
    pages: int | None = None
    entries: int | None = None
    frames: int | None = None
    trailing_bytes: int = 0
    notes: tuple[str, ...] = ()
    derived: tuple[Derived, ...] = ()
    clean: CleanCopy | None = None
    usage: Usage = Usage()

    def output(self, name: str) -> Derived | None:
        """Return the derived output of that name, None when the file has none."""
        return next((item for item in self.derived if item.name == name), None)
