"""Assignment of jurors to entries: no conflict, equal loads, experts, a connected panel, repair that moves nobody."""

from scoring.judging.assignment.plan import Assignment, assign

__all__ = ["Assignment", "assign"]
