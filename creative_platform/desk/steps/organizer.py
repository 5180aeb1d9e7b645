"""The next step of an organizer in a contest: what blocks its next stage."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from flask_babel import ngettext

from creative_platform.contests import queries as contests
from creative_platform.contests.models import Contest, ContestState, StageKind
from creative_platform.desk.steps import NextStep
from creative_platform.judging.queries import Progress, sheets_by_entry
from creative_platform.results.policy import is_stale, promised_for
from creative_platform.results.queries import Seen
from creative_platform.screening import queries as screening
from creative_platform.screening.queries import Admitted


@dataclass(frozen=True)
class Judged:
    """How far the judging is, as somebody of the staff sees it; entries they have a part in count nowhere.

    ``short`` entries have fewer jurors than the rules promise; None where that would tell of an entry of theirs.
    """

    progress: Progress
    short: int | None

    @property
    def scored(self) -> bool:
        """Whether every sheet that is to come is in, and nothing more is to be handed out."""
        return self.short == 0 and self.all_in

    @property
    def all_in(self) -> bool:
        """Whether everything that was handed out is judged."""
        return self.progress.submitted == self.progress.assigned


def judged(contest: Contest, progress: Progress | None, admitted: list[Admitted], *, hidden: bool) -> Judged | None:
    """Return how far the judging of these admitted entries is, None while there is no round."""
    if progress is None:
        return None
    if hidden:
        return Judged(progress, None)
    sheets = sheets_by_entry(contest.rounds[0])
    return Judged(progress, sum(sheets[entry.id].assigned < contest.reviews_per_entry for entry in admitted))


def organizer_step(contest: Contest, now: datetime, judging: Judged | None, seen: Seen) -> NextStep:
    """Return what the staff of a contest does next."""
    below = f"/manage/{contest.slug}"
    if contest.state is ContestState.DRAFT:
        return NextStep(_("The call is a draft. Complete it and publish the rules."), _("Set up"), f"{below}/setup")
    if contest.announced_at is not None:
        return NextStep(_("The winners are announced."), _("The public page"), f"/contests/{contest.slug}/winners")
    phase = contests.phase(contest, now)
    if phase in ("before", "open"):
        stage = contests.stage(contest, StageKind.ENTRIES)
        until = (stage.starts_at if phase == "before" else stage.ends_at) if stage else None
        said = _("The call is published and opens soon.") if phase == "before" else _("Entries are coming in.")
        return NextStep(said, _("Entries"), f"{below}/entries", until)
    unscreened, again = screening.waiting_for_screening(contest)
    if unscreened:
        said = ngettext("One entry waits for screening.", "%(num)d entries wait for screening.", unscreened)
        if again:
            once_more = ngettext(
                "One was handed in again since you decided on it.",
                "%(num)d were handed in again since you decided on them.",
                again,
            )
            said = f"{said} {once_more}"
        return NextStep(said, _("Screen the entries"), f"{below}/entries?screening=undecided")
    if judging is None or judging.progress.assigned == 0:
        return NextStep(_("Hand the admitted entries out to the jury."), _("Jury"), f"{below}/jury")
    if contest.rounds[0].closed_at is None:
        return _while_judging(below, judging)
    return _after_judging(contest, below, seen, promised_for(contest, now))


def _while_judging(below: str, judging: Judged) -> NextStep:
    progress = judging.progress
    if judging.scored:
        return NextStep(_("Every sheet is in: close the round."), _("Progress of the jury"), f"{below}/progress")
    if judging.short and judging.all_in:
        said = ngettext(
            "Every sheet is in, but one entry has fewer jurors than the rules promise.",
            "Every sheet is in, but %(num)d entries have fewer jurors than the rules promise.",
            judging.short,
        )
        return NextStep(said, _("Jury"), f"{below}/jury")
    said = _("The jury is at work: %(done)d of %(all)d sheets.", done=progress.submitted, all=progress.assigned)
    return NextStep(said, _("Progress of the jury"), f"{below}/progress")


def _after_judging(contest: Contest, below: str, seen: Seen, promised: datetime | None) -> NextStep:
    if seen.result_set is None:
        return NextStep(_("The round is closed: compute the ranking and decide."), _("Results"), f"{below}/results")
    if not seen.decisions:
        return NextStep(_("The ranking is computed: decide on the awards."), _("Results"), f"{below}/results")
    if any(is_stale(contest, decision) for decision in seen.decisions):
        said = _("Awards were decided before marks changed: decide them anew.")
        return NextStep(said, _("Results"), f"{below}/results")
    return NextStep(_("Awards are decided: announce the winners."), _("Announce"), f"{below}/announce", promised)
