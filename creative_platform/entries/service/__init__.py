"""The verbs of entries, by what they are about."""

from creative_platform.entries.service.drafts import (
    create_draft,
    current_state,
    refuse_ineligible,
    refuse_start,
    save_draft,
)
from creative_platform.entries.service.erasing import erase_parts_of
from creative_platform.entries.service.submission import (
    CHECKED_JOB,
    OWNER_TYPE,
    by_field,
    revive_entry,
    settle_delivery,
    sign_pending_verifications,
    stands_as_submitted,
    submit_entry,
    tell_of_refused_file,
    withdraw_entry,
)
from creative_platform.entries.service.teams import (
    accept_invite,
    invite_member,
    name_part,
    remove_member,
    revoke_invite,
    sweep_old_rows,
    usable_invite,
)
from creative_platform.entries.service.telling import tell_of_new_rules

__all__ = [
    "CHECKED_JOB",
    "OWNER_TYPE",
    "accept_invite",
    "by_field",
    "create_draft",
    "erase_parts_of",
    "current_state",
    "invite_member",
    "name_part",
    "refuse_ineligible",
    "refuse_start",
    "remove_member",
    "revive_entry",
    "revoke_invite",
    "save_draft",
    "settle_delivery",
    "sign_pending_verifications",
    "stands_as_submitted",
    "submit_entry",
    "sweep_old_rows",
    "tell_of_new_rules",
    "tell_of_refused_file",
    "usable_invite",
    "withdraw_entry",
]
