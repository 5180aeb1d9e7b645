"""The verbs of stored files: copies, captions, addresses that end, orphans."""

from creative_platform.media.service.captions import remove_captions, set_captions
from creative_platform.media.service.copies import forget_copies, give_up_copy, render_copy, want_copies
from creative_platform.media.service.moving import (
    delete_later,
    delete_object,
    drop_copies,
    end_addresses,
    later_if_away,
    move_copies,
)
from creative_platform.media.service.orphans import find_orphans, sweep_orphans

__all__ = [
    "delete_later",
    "delete_object",
    "drop_copies",
    "end_addresses",
    "find_orphans",
    "forget_copies",
    "give_up_copy",
    "later_if_away",
    "move_copies",
    "remove_captions",
    "render_copy",
    "set_captions",
    "sweep_orphans",
    "want_copies",
]
