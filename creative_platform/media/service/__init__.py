"""The verbs of files: uploads, commitments, checks, copies, captions, removal."""

from creative_platform.media.service.captions import remove_captions, set_captions
from creative_platform.media.service.checks import check_asset
from creative_platform.media.service.commitments import commit_file, end_commitment, promise_in, promise_of
from creative_platform.media.service.copies import give_up_copy, rebuild_copies, render_copy, want_copies
from creative_platform.media.service.limits import Planned
from creative_platform.media.service.moving import end_addresses, move_copies
from creative_platform.media.service.orphans import find_orphans, sweep_orphans
from creative_platform.media.service.plain import receive_plain
from creative_platform.media.service.removal import abort_upload, erase_asset, expire_upload, remove_asset
from creative_platform.media.service.uploads import (
    SignedPart,
    complete_upload,
    plan_upload,
    record_part,
    sign_parts,
    upload_of,
)

__all__ = [
    "Planned",
    "SignedPart",
    "abort_upload",
    "check_asset",
    "commit_file",
    "complete_upload",
    "end_addresses",
    "end_commitment",
    "erase_asset",
    "expire_upload",
    "find_orphans",
    "give_up_copy",
    "move_copies",
    "plan_upload",
    "promise_in",
    "promise_of",
    "rebuild_copies",
    "receive_plain",
    "record_part",
    "remove_asset",
    "remove_captions",
    "render_copy",
    "set_captions",
    "sign_parts",
    "sweep_orphans",
    "upload_of",
    "want_copies",
]
