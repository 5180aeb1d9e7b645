"""From which probability on something is done with a match; part of every report."""

KEPT_FROM = 0.3
GROUPED_FROM = 0.5
TOLD_JURORS_FROM = 0.5
