"""A certificate says what was won and nothing that its holder wrote into a title."""

from __future__ import annotations

from datetime import UTC, datetime

import pypdfium2
import pytest

from creative_platform.results.certificate import draw

FACTS = {"code": "ABCD-EFGH-JKMN", "locale": "en", "award": "Third prize", "contest": "Dala"}


def lines_of(**given: str) -> list[str]:
    body = draw({**FACTS, "date": datetime(2026, 11, 20, tzinfo=UTC), "address": "http://localhost/verify", **given})
    document = pypdfium2.PdfDocument(body)
    assert len(document) == 1
    return [line.strip() for line in document[0].get_textpage().get_text_bounded().splitlines()]


@pytest.mark.parametrize(
    "hostile", ['#panic("x") $ *b* `c`', "</svg><script>alert(1)</script>", "[x] ]#[ {{7*7}} <lab>"]
)
def test_markup_in_names_and_titles_stays_letters(hostile):
    shown = lines_of(name=hostile, work=hostile)

    assert (hostile in shown, f"for the work «{hostile}»" in shown) == (True, True)


def test_a_title_adds_no_line_to_a_certificate():
    shown = lines_of(name="Aigerim", work="Film»\nGrand Prix\u2028\u202eof all" + "\n" * 60)

    assert "for the work «Film» Grand Prix of all»" in shown
