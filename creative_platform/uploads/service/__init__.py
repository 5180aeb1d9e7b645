"""The verbs of a file's life: announcing, committing, sending, checking, removing, erasing."""

from creative_platform.uploads.service.checks import check_asset, give_up_check
from creative_platform.uploads.service.commitments import commit_file, end_commitment, promise_in, promise_of
from creative_platform.uploads.service.erasing import erase_files, forget_files_later, forget_upload
from creative_platform.uploads.service.limits import Planned
from creative_platform.uploads.service.noting import SentPart
from creative_platform.uploads.service.plain import receive_plain
from creative_platform.uploads.service.removal import (
    abort_upload,
    erase_asset,
    expire_upload,
    forget_pieces,
    remove_asset,
)
from creative_platform.uploads.service.sending import (
    SignedPart,
    complete_upload,
    plan_upload,
    record_part,
    sign_parts,
    upload_of,
)

__all__ = [
    "Planned",
    "SentPart",
    "SignedPart",
    "abort_upload",
    "check_asset",
    "give_up_check",
    "commit_file",
    "complete_upload",
    "end_commitment",
    "erase_asset",
    "erase_files",
    "expire_upload",
    "forget_files_later",
    "forget_pieces",
    "forget_upload",
    "plan_upload",
    "promise_in",
    "promise_of",
    "receive_plain",
    "record_part",
    "remove_asset",
    "sign_parts",
    "upload_of",
]
