"""Where a winner finds what they won."""

from __future__ import annotations

import re

import pytest

from creative_platform.core import db, queue
from creative_platform.results import queries, service
from tests.factories.judging import computed, given

pytestmark = pytest.mark.database


def ways(page: str) -> list[str]:
    """Return where the page leads of an award: to the winners, to certificates."""
    main = page[page.index("<main") :]
    return re.findall(r'href="(/my/certificates/[^"]+|/contests/[^"]+/winners)"', main)


def test_a_winner_is_led_to_the_award_and_the_certificate(closed, organizer, entries, store, sign_in):
    computed(closed, organizer)
    given(closed, organizer, entries, "first", 1)
    owner, rival = (sign_in(entries[title].team.members[0].user) for title in ("first", "second"))
    pages = {browser: ["/my", f"/my/entries/{entries[title].public_id}"] for browser, title in
             ((owner, "first"), (rival, "second"))}  # fmt: skip
    for browser, looks in pages.items():
        assert ["First place" in browser.get(look).text for look in looks] == [False, False]
        assert [ways(browser.get(look).text) for look in looks] == [[], []]

    service.publish_results(organizer.as_actor(), closed)
    winners = f"/contests/{closed.slug}/winners"
    assert "“first” won: First place." in owner.get("/my").text
    assert [ways(owner.get(look).text) for look in pages[owner]] == [[winners, winners], [winners]]
    queue.work_off()  # now it is drawn
    db.session().expire_all()
    [held] = queries.certificates_of(entries["first"].team.members[0].user.as_actor())
    mine = f"/my/certificates/{held.code}"
    assert [ways(owner.get(look).text) for look in pages[owner]] == [[mine, winners, mine], [mine, winners]]
    assert "First place" in owner.get(pages[owner][1]).text

    assert [ways(rival.get(look).text) for look in pages[rival]] == [[winners], [winners]]
    assert ["First place" in rival.get(look).text for look in pages[rival]] == [False, False]


def test_an_award_that_was_taken_back_leads_nowhere(closed, organizer, entries, store, sign_in):
    computed(closed, organizer)
    given(closed, organizer, entries, "first", 0)
    service.publish_results(organizer.as_actor(), closed)
    queue.work_off()
    reason = {"en": "It was somebody else's"}
    service.amend_results(organizer.as_actor(), closed, entry=entries["first"].public_id, reason=reason)
    owner = sign_in(entries["first"].team.members[0].user)

    assert " won: " not in owner.get("/my").text
    shown = owner.get(f"/my/entries/{entries['first'].public_id}").text
    assert ("Grand prix" in shown, "/my/certificates/" in shown) == (False, False)
