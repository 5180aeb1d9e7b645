"""Reads of files on their way, for the operator."""

from __future__ import annotations

from sqlalchemy import func, select

from creative_platform.core.db import session
from creative_platform.media.models import AssetState, MediaAsset


def count_unchecked() -> int:
    """Return how many files arrived and wait for their check."""
    unchecked = MediaAsset.state.in_([AssetState.RECEIVED, AssetState.VERIFYING])
    return session().scalar(select(func.count(MediaAsset.id)).where(unchecked)) or 0
