"""Fitting the probabilities anew on what people said of matches."""

from __future__ import annotations

from typing import Any

from creative_platform.core import clock
from creative_platform.core.db import transaction
from creative_platform.similarity import queries
from creative_platform.similarity.models import Calibration

MODALITIES = ("text", "code", "image", "audio", "video")


def recalibrate(engine: Any, *, keep: bool) -> list[Any]:
    """Fit every modality of which there are enough verdicts; what is kept counts from the next comparing on."""
    fitted = [engine.fit(modality, queries.judged(modality)) for modality in MODALITIES]
    if keep:
        with transaction() as s:
            for one in fitted:
                if one.models is not None:
                    row = s.get(Calibration, one.modality) or Calibration(modality=one.modality)
                    row.models, row.made_at = one.models, clock.now()
                    row.report = {"verdicts": one.verdicts, "before": one.before, "after": one.after}
                    s.add(row)
    return fitted
