"""Who may do what with an entry, and what is missing in it; pure over loaded objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from creative_platform.contests.models import Contest, MediaRequirement, StageKind
from creative_platform.contests.queries import stage as stage_of
from creative_platform.core.actor import ALLOWED, Actor, Decision
from creative_platform.core.text import N_
from creative_platform.entries.answers import missing_answers
from creative_platform.entries.models import (
    Entry,
    EntryState,
    ScreeningDecision,
    ScreeningOutcome,
    TeamMember,
    TeamRole,
)
from creative_platform.media.models import AssetState, MediaAsset

Assets = Mapping[str, Sequence[MediaAsset]]


@dataclass(frozen=True)
class Missing:
    """One thing that stands in the way of submitting; ``field`` is where to mend it."""

    field: str
    sentence: str
    about: str = ""


@dataclass(frozen=True)
class Standing:
    """What decides when an entry's team may change it and send what it owes; None where there is no such instant.

    The entries stage lasts from ``opens_at`` to ``ends_at``, ``judged_at`` is when the first of the rounds was closed.
    """

    state: EntryState
    opens_at: datetime | None
    ends_at: datetime | None
    reopened_until: datetime | None
    judged_at: datetime | None
    deliver_until: datetime | None
    delivery_window_h: int

    @property
    def closes_at(self) -> datetime | None:
        """The stage's end, or later for an entry that was re-opened.

        Never later than the round's close: what the jury has judged stands still.
        """
        return self._before_judged(self.ends_at, self.reopened_until)

    @property
    def delivers_until(self) -> datetime | None:
        """Until when the bytes of committed files are taken: the contest's window after the close; None without one.

        Never earlier than the team was told when it handed in, never later than the round's close.
        """
        end, hours = self.closes_at, self.delivery_window_h
        return self._before_judged(end + timedelta(hours=hours) if end and hours else None, self.deliver_until)

    def _before_judged(self, *instants: datetime | None) -> datetime | None:
        ends = [at for at in instants if at is not None]
        if not ends:
            return None
        return max(ends) if self.judged_at is None else min(max(ends), self.judged_at)

    def is_open(self, at: datetime) -> bool:
        """Say whether an act that arrived ``at`` is in time: ``opens <= at < closes``."""
        end = self.closes_at
        return self.opens_at is not None and end is not None and self.opens_at <= at < end

    def can_edit(self, at: datetime) -> Decision:
        """Members edit while the entry is open and not withdrawn or disqualified."""
        if self.state in (EntryState.WITHDRAWN, EntryState.DISQUALIFIED):
            return Decision(False, N_("This entry no longer takes part."))
        return ALLOWED if self.is_open(at) else Decision(False, N_("Entries are not open now."))

    def can_deliver(self, at: datetime) -> bool:
        """Say whether members may send, after the close, what the entry was handed in with as a commitment."""
        until = self.delivers_until if self.deliver_until and self.state in EntryState.handed_in() else None
        return until is not None and at < until


def standing_of(entry: Entry) -> Standing:
    """Return what decides when the entry may be changed; files.py asks the database for the same."""
    stage = stage_of(entry.contest, StageKind.ENTRIES)
    return Standing(
        entry.state,
        stage.starts_at if stage else None,
        stage.ends_at if stage else None,
        entry.reopened_until,
        min((round_.closed_at for round_ in entry.contest.rounds if round_.closed_at is not None), default=None),
        entry.deliver_until,
        entry.contest.delivery_window_h,
    )


def closes_at(entry: Entry) -> datetime | None:
    """Return the instant at which this entry closes."""
    return standing_of(entry).closes_at


def delivers_until(entry: Entry) -> datetime | None:
    """Return until when the bytes of the entry's committed files are taken."""
    return standing_of(entry).delivers_until


def is_open(entry: Entry, at: datetime) -> bool:
    """Say whether an act that arrived ``at`` is in time."""
    return standing_of(entry).is_open(at)


def member_of(actor: Actor, entry: Entry) -> TeamMember | None:
    """Return the actor's place in the entry's team."""
    return next((member for member in entry.team.members if member.user_id == actor.id), None)


def is_captain(actor: Actor, entry: Entry) -> bool:
    """Say whether the actor leads the entry's team."""
    member = member_of(actor, entry)
    return member is not None and member.role is TeamRole.CAPTAIN


def can_edit_entry(actor: Actor, entry: Entry, at: datetime) -> Decision:
    """Say whether the actor may change the entry: a member, while it stands so that it can be edited."""
    if member_of(actor, entry) is None:
        return Decision(False, N_("This entry belongs to another team."))
    return standing_of(entry).can_edit(at)


def can_deliver(actor: Actor, entry: Entry, at: datetime) -> bool:
    """Say whether the actor may send, after the close, what the entry was handed in with as a commitment."""
    return member_of(actor, entry) is not None and standing_of(entry).can_deliver(at)


def asked_to_mend(entry: Entry) -> ScreeningDecision | None:
    """Return what the organizers asked the team for, while it has not handed in again since."""
    newest = entry.screenings[-1] if entry.screenings else None
    if newest is None or newest.outcome is not ScreeningOutcome.NEEDS_INFORMATION:
        return None
    answered = entry.submitted_at is not None and entry.submitted_at >= newest.decided_at
    return None if answered else newest


def can_submit_entry(actor: Actor, entry: Entry, at: datetime) -> Decision:
    """The captain alone submits."""
    allowed = can_edit_entry(actor, entry, at)
    if allowed and not is_captain(actor, entry):
        return Decision(False, N_("Only the team's captain hands the entry in."))
    return allowed


def can_withdraw_entry(actor: Actor, entry: Entry) -> Decision:
    """The captain may take a handed-in entry or a draft out at any time before the results."""
    if not is_captain(actor, entry):
        return Decision(False, N_("Only the team's captain withdraws the entry."))
    if entry.state in (EntryState.WITHDRAWN, EntryState.DISQUALIFIED):
        return Decision(False, N_("This entry no longer takes part."))
    if entry.state in EntryState.handed_in() and entry.contest.announced_at is not None:
        return Decision(False, N_("The results are published: ask the organizers, who can amend them in the open."))
    return ALLOWED


def can_invite_member(actor: Actor, entry: Entry, at: datetime) -> Decision:
    """The captain invites while the entry is open and the team is not full."""
    allowed = can_edit_entry(actor, entry, at)
    if not allowed:
        return allowed
    if not is_captain(actor, entry):
        return Decision(False, N_("Only the team's captain invites people."))
    full = len(entry.team.members) >= entry.contest.max_team_size
    return Decision(False, N_("The team is full.")) if full else ALLOWED


def missing_parts(entry: Entry, assets: Assets) -> list[Missing]:
    """Return what stands in the way of submitting, in the order of the form."""
    found, draft = [], entry.draft
    if not draft.title.strip():
        found.append(Missing("title", N_("Give the entry a title.")))
    for key, sentence in missing_answers(entry.contest, draft.answers).items():
        field = next(f for f in entry.contest.fields if f.key == key)
        found.append(Missing(f"answers.{key}", sentence, about=key if field else ""))
    for requirement in draft.track.requirements:
        found.extend(_missing_files(entry, requirement, assets.get(requirement.key, ())))
    return found


def _missing_files(entry: Entry, requirement: MediaRequirement, given: Sequence[MediaAsset]) -> list[Missing]:
    promised = any(asset.awaits_delivery for asset in given)
    stranded = promised and delivers_until(entry) is None  # the rules took commitments when it was committed
    where = f"files.{requirement.key}"
    found = []
    arrived = [asset for asset in given if asset.state in AssetState.arrived() or asset.awaits_delivery]
    if not all(takes(requirement, asset) for asset in arrived):
        sentence = N_("A file is of a kind that is not taken here; remove it or send another.")
        found.append(Missing(where, sentence, about=requirement.key))
    elif len(arrived) < requirement.min_count or stranded:
        sending = any(asset.state in (AssetState.PLANNED, AssetState.UPLOADING) for asset in given)
        sentence = N_("A file is still on its way.") if sending else N_("Add the file.")
        found.append(Missing(where, sentence, about=requirement.key))
    if any(asset.state is AssetState.REJECTED for asset in given):
        found.append(Missing(where, N_("A file was not accepted; remove it or send another."), about=requirement.key))
    if len(arrived) > requirement.max_count:
        found.append(Missing(where, N_("There are too many files; remove some."), about=requirement.key))
    return found


def takes(requirement: MediaRequirement, asset: MediaAsset) -> bool:
    """Say whether a file is of a kind that is asked for: another track may use the same name for other kinds."""
    return asset.kind is None or asset.kind.value in requirement.kinds


def may_enter(contest: Contest, *, region: str, in_community: bool, age: int | None) -> Decision:
    """Say whether a person may hand in entries, by the published eligibility rules.

    ``in_community`` says that they belong to a confirmed community: anybody founds one in a minute.
    """
    if contest.allowed_regions and region not in contest.allowed_regions:
        return Decision(False, N_("This call is for other regions. Check the region in your account."), "other_region")
    if contest.members_only and not in_community:
        said = N_("This call is for members of communities that the platform has confirmed. Join yours first.")
        return Decision(False, said, "no_community")
    if contest.min_age is not None or contest.max_age is not None:
        if age is None:
            return Decision(False, N_("This call has an age limit. Give your birth date first."), "no_birth_date")
        if age < (contest.min_age or 0) or age > (contest.max_age or 200):
            return Decision(False, N_("This call is for another age."), "other_age")
    return ALLOWED
