"""The verbs of files: uploads, checks, removal."""

from creative_platform.media.service.checks import check_asset
from creative_platform.media.service.uploads import (
    Planned,
    SignedPart,
    abort_upload,
    complete_upload,
    plan_upload,
    receive_plain,
    record_part,
    remove_asset,
    sign_parts,
    upload_of,
)

__all__ = [
    "Planned",
    "SignedPart",
    "abort_upload",
    "check_asset",
    "complete_upload",
    "plan_upload",
    "receive_plain",
    "record_part",
    "remove_asset",
    "sign_parts",
    "upload_of",
]
