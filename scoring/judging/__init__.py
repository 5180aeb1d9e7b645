"""From score sheets to a ranking that says how sure it is, and from entries and jurors to a fair assignment.

>>> from scoring.judging import Entry, Juror, Rubric, Scoresheet, rank
>>> sheets = [Scoresheet("a", "j", {"idea": 9}), Scoresheet("b", "j", {"idea": 4})]
>>> rank(sheets, [Entry("a"), Entry("b")], [Juror("j")], Rubric({"idea": 1}), method="mean").entries[0].entry_id
'a'
"""

from scoring.judging.adaptive import NextReview, next_reviews
from scoring.judging.assignment import Assignment, assign
from scoring.judging.cards import JurorCard, juror_cards
from scoring.judging.conflicts import check_conflicts, opening_digest, seal_conflicts
from scoring.judging.panel import make_panel
from scoring.judging.ranking import DEFAULT_METHOD, METHODS, RankedEntry, Ranking, rank
from scoring.judging.records import Entry, Juror, Rubric, Scoresheet
from scoring.judging.snapshot import Verification, canonical_json, digest, make_snapshot, recorded, verify
from scoring.judging.ties import Tie, TieStep, break_ties, check_steps

__all__ = [
    "DEFAULT_METHOD",
    "METHODS",
    "Assignment",
    "Entry",
    "Juror",
    "JurorCard",
    "juror_cards",
    "make_panel",
    "RankedEntry",
    "Ranking",
    "NextReview",
    "Rubric",
    "Scoresheet",
    "Tie",
    "TieStep",
    "Verification",
    "assign",
    "break_ties",
    "canonical_json",
    "check_conflicts",
    "check_steps",
    "digest",
    "make_snapshot",
    "next_reviews",
    "opening_digest",
    "rank",
    "recorded",
    "seal_conflicts",
    "verify",
]
