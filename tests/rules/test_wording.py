"""Every kind that a rules document can name has its word."""

from __future__ import annotations

from creative_platform.contests.models import ContestKind, FieldKind
from creative_platform.media.models import MediaKind
from creative_platform.rules.wording import FIELD_KINDS, FILE_KINDS, KINDS


def test_every_kind_has_a_word():
    assert list(KINDS) == list(ContestKind)
    assert list(FIELD_KINDS) == list(FieldKind)
    assert list(FILE_KINDS) == list(MediaKind)
