"""What parent and child agree on, whatever the task: bounds, blocks, what comes back. Standard library only."""

from dataclasses import dataclass

BLOCK_BYTES = 256 * 1024
MAX_READ_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one task may cost."""

    memory_bytes: int = 1 << 30
    cpu_s: int = 10
    wall_s: float = 120.0  # a busy machine must not be the file's fault: the processor time is the narrow limit
    open_files: int = 64
    scratch_bytes: int = 4 << 30  # the largest copy
    derived_bytes: int = 8 << 20  # all pictures, peaks and listings together


@dataclass(frozen=True, slots=True)
class Derived:
    """A small derived output, made from decoded content only."""

    name: str
    content_type: str
    data: bytes
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """What the task cost."""

    wall_s: float = 0.0
    cpu_s: float = 0.0
    max_rss_bytes: int = 0
    requests: int = 0
    bytes_read: int = 0
