"""The next step of a participant, by the entries they have."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from flask_babel import ngettext

from creative_platform.desk.steps import NextStep
from creative_platform.entries import policy as entries_policy
from creative_platform.entries import queries as entries
from creative_platform.entries.models import Entry, EntryState
from creative_platform.entries.revisions import stands_as_handed_in
from creative_platform.media.models import MediaAsset
from creative_platform.results.models import Certificate
from creative_platform.web.languages import current_locale


def changed_since(mine: list[Entry], files: dict[int, list[MediaAsset]], now: datetime) -> list[Entry]:
    """Return the entries that hold something which was not handed in and still can be."""
    open_now = [e for e in mine if e.state in EntryState.handed_in() and entries_policy.is_open(e, now)]
    handed_in = entries.current_revisions(entry.id for entry in open_now)
    return [e for e in open_now if not stands_as_handed_in(e, files.get(e.id, []), handed_in.get(e.id))]


def participant_step(
    mine: list[Entry],
    missing: dict[int, list[entries_policy.Missing]],
    changed: list[Entry],
    now: datetime,
    won: NextStep | None = None,
) -> NextStep | None:
    """Return what to do with the entries there are; None when the reader has none that needs them.

    ``won`` leads to what they won, when nothing is left to do.
    """
    asked = [e for e in mine if e.reopened_until and entries_policy.is_open(e, now) and entries_policy.asked_to_mend(e)]
    asked = [entry for entry in asked if entry.state in EntryState.handed_in()]
    if asked:
        first = _closing_first(asked, now)
        said = _("The organizers ask you to mend something in the entry “%(title)s”.", title=first.draft.title)
        return _at(first, said, _("Go on"))
    drafts = [e for e in mine if e.state is EntryState.DRAFT and entries_policy.is_open(e, now)]
    owed = _delivery_step(mine, now)
    if owed and owed.until and not any((entries_policy.closes_at(draft) or now) < owed.until for draft in drafts):
        return owed
    if drafts:
        first = _closing_first(drafts, now)
        title, gaps = first.draft.title or _("Untitled entry"), len(missing[first.id])
        if not gaps:
            return _at(first, _("“%(title)s” is complete: hand it in.", title=title), _("Look through and hand in"))
        said = ngettext(
            "%(num)d thing is missing in “%(title)s”.", "%(num)d things are missing in “%(title)s”.", gaps, title=title
        )
        return _at(first, said, _("Go on"))
    if changed:
        first = _closing_first(changed, now)
        said = _("You changed “%(title)s” after handing it in. Hand it in again.", title=first.draft.title)
        return _at(first, said, _("Look through and hand in"))
    if won or owed or any(entry.state in EntryState.handed_in() for entry in mine):
        return won or owed or NextStep(_("Your work is handed in. Nothing is left to do now."))
    return None


def _delivery_step(mine: list[Entry], now: datetime) -> NextStep | None:
    """Return the way to files that were committed: the first to be delivered, or what did not come in time."""
    ends = {e.id: entries_policy.delivers_until(e) or now for e in mine if e.state is EntryState.COMMITTED}
    owing = sorted((e for e in mine if e.id in ends), key=lambda entry: (ends[entry.id] <= now, ends[entry.id]))
    if not owing:
        return None
    first = owing[0]
    if ends[first.id] <= now:
        said = _("Committed files of “%(title)s” did not arrive in time. The organizers decide.", title=first.title)
        return NextStep(said, _("To my entry"), f"/my/entries/{first.public_id}")
    said = _("Send the files that you committed for “%(title)s”.", title=first.title)
    return NextStep(said, _("Send the files"), f"/my/entries/{first.public_id}#files", ends[first.id])


def winner_step(certificates: list[Certificate]) -> NextStep | None:
    """Return the way to the newest award of somebody who won, None for others."""
    held = next((one for one in certificates if one.decision.revoked_at is None), None)
    if held is None:
        return None
    entry, award = held.decision.entry, held.decision.award.title.in_(current_locale())
    said = _("“%(title)s” won: %(award)s.", title=entry.title, award=award)
    if held.storage_key:
        return NextStep(said, _("Open the certificate"), f"/my/certificates/{held.code}")
    return NextStep(said, _("All winners"), f"/contests/{entry.contest.slug}/winners")


def _closing_first(some: list[Entry], now: datetime) -> Entry:
    return min(some, key=lambda entry: entries_policy.closes_at(entry) or now)


def _at(entry: Entry, said: str, label: str) -> NextStep:
    return NextStep(said, label, f"/my/entries/{entry.public_id}", entries_policy.closes_at(entry))
