"""Every kind that a rules document can name has its word."""

from __future__ import annotations

import pytest

from creative_platform.contests import rules
from creative_platform.contests.models import ContestKind, FieldKind
from creative_platform.core.db import transaction
from creative_platform.media.models import MediaKind
from creative_platform.rules.wording import FIELD_KINDS, FILE_KINDS, KINDS
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest


def test_every_kind_has_a_word():
    assert list(KINDS) == list(ContestKind)
    assert list(FIELD_KINDS) == list(FieldKind)
    assert list(FILE_KINDS) == list(MediaKind)


@pytest.mark.database
@pytest.mark.parametrize(
    ("locale", "weight", "size"),
    [
        ("kk", "салмағы 2,5", "көлемі 1,5 МБ-қа дейін"),
        ("ru", "вес 2,5", "до 1,5 МБ"),
        ("en", "weight 2.5", "up to 1.5 MB"),
    ],
)
def test_numbers_have_the_readers_decimal_mark(app, sign_in, locale, weight, size):
    organizer = make_user()
    contest = make_contest(organizer)
    with transaction() as s:
        kept = s.merge(contest)
        kept.rounds[0].criteria[0].weight = 2.5
        kept.tracks[0].requirements[0].max_size_bytes = 3 * 512 * 1024
        s.flush()
        kept.rules[0].document = rules.document_of(kept)
    browser, below = sign_in(organizer), f"/manage/{contest.slug}/setup"
    pages = {
        path: browser.get(f"{path}?lang={locale}").text
        for path in (
            f"/contests/{contest.slug}",
            f"/contests/{contest.slug}/rules",
            f"{below}/rubric",
            f"{below}/rubric/craft",
            f"{below}/tracks/video/files",
        )
    }
    shown = [[said in page for said in (weight, size, f'value="{weight.split()[1]}"')] for page in pages.values()]

    assert dict(zip(pages, shown, strict=True)) == {
        f"/contests/{contest.slug}": [True, True, False],
        f"/contests/{contest.slug}/rules": [True, True, False],
        f"{below}/rubric": [True, False, False],
        f"{below}/rubric/craft": [False, False, True],
        f"{below}/tracks/video/files": [False, True, False],
    }
