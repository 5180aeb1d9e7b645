"""The verbs of setting up: the only writers of what a contest's rules say.

Until the first publication an organizer edits freely. Afterwards every edit of what the rules say publishes the next
RulesVersion in the same transaction, with a note that says what changed: the tables always are the current rules.
"""

from creative_platform.setup.service.editing import stands_as_published
from creative_platform.setup.service.lifecycle import (
    NotComplete,
    copy_contest,
    create_contest,
    publish_contest,
)
from creative_platform.setup.service.parts import (
    InUse,
    add_award,
    add_criterion,
    add_field,
    add_file,
    add_track,
    move_item,
    remove_item,
    save_award,
    save_criterion,
    save_dates,
    save_field,
    save_file,
    save_limits,
    save_text,
    save_ties,
    save_track,
)
from creative_platform.setup.service.staff import (
    LastOrganizer,
    add_staff,
    add_staff_by_email,
    become_organizer,
    leave_contests,
    remove_staff,
)

__all__ = [
    "InUse",
    "LastOrganizer",
    "NotComplete",
    "add_award",
    "add_criterion",
    "add_field",
    "add_file",
    "add_staff",
    "add_staff_by_email",
    "add_track",
    "become_organizer",
    "copy_contest",
    "create_contest",
    "move_item",
    "publish_contest",
    "remove_item",
    "leave_contests",
    "remove_staff",
    "save_award",
    "save_criterion",
    "save_dates",
    "save_field",
    "save_file",
    "save_limits",
    "save_ties",
    "save_text",
    "save_track",
    "stands_as_published",
]
