"""What the public sees, and when."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from creative_platform.contests.models import StageKind
from creative_platform.contests.queries import stage
from creative_platform.core import queue
from creative_platform.core.db import session
from creative_platform.core.text import LocalizedText
from creative_platform.judging import service as judging_service
from creative_platform.results import service
from creative_platform.results.models import Certificate
from creative_platform.showcase import queries
from scoring.judging import verify
from tests.factories.contests import make_contest
from tests.factories.entries import make_entry
from tests.factories.judging import admit, computed, give_marks, given

pytestmark = pytest.mark.database

PAGES = ("", "/rules", "/gallery")


@pytest.fixture
def judged(organizer):
    contest = make_contest(organizer, phase="judging")
    entries = {title: make_entry(contest, title=title) for title in ("first", "second", "third")}
    admit(*entries.values())
    give_marks(contest, entries)
    judging_service.close_round(organizer.as_actor(), contest)
    computed(contest, organizer)
    service.decide(
        organizer.as_actor(),
        contest,
        award=contest.awards[0].public_id,
        entry=entries["first"].public_id,
        reason=LocalizedText(en="ZX-REASON"),
    )
    return contest, entries


def test_every_public_page_answers(client, judged):
    contest, _ = judged
    addresses = ["/", "/contests", "/contests?show=closed", "/contests?show=coming", "/verify", "/verify/keys.json"]
    addresses += [f"/contests/{contest.slug}{page}" for page in ("", "/gallery")]

    assert {address: client.get(address).status_code for address in addresses} == dict.fromkeys(addresses, 200)


def test_before_the_publication_nothing_of_it_is_public(client, judged, sign_in):
    """AC26."""
    contest, entries = judged
    owner = sign_in(entries["first"].team.members[0].user)
    hidden = [f"/contests/{contest.slug}/{page}" for page in ("winners", "results.json", "ranking.json")]
    hidden += [f"/entries/{entry.public_id}" for entry in entries.values()]

    for browser in (client, owner):
        assert {page: browser.get(page).status_code for page in hidden} == dict.fromkeys(hidden, 404)
        shown = browser.get("/").text + browser.get(f"/contests/{contest.slug}").text
        assert "ZX-REASON" not in shown + browser.get(f"/contests/{contest.slug}/gallery").text


def test_after_the_publication_everybody_sees_and_can_recompute(client, judged, organizer):
    contest, entries = judged
    service.publish_results(organizer.as_actor(), contest)

    winners = client.get(f"/contests/{contest.slug}/winners")
    assert (winners.status_code, "ZX-REASON" in winners.text, "first" in winners.text) == (200, True, True)
    assert client.get(f"/entries/{entries['third'].public_id}").status_code == 200
    assert "second" in client.get(f"/contests/{contest.slug}/gallery").text
    assert verify(json.loads(client.get(f"/contests/{contest.slug}/ranking.json").text)).identical


def test_pictures_come_from_published_works_alone(judged, organizer):
    contest, entries = judged
    draft = make_entry(contest, title="draft", submitted=False)
    assert (queries.winners_of([contest]), queries.shown_besides([], 9)) == ({}, [])

    service.publish_results(organizer.as_actor(), contest)

    assert queries.winners_of([contest]) == {contest.id: [entries["first"].id]}
    assert queries.shown_besides([entries["first"].id], 9) == [entries["third"].id, entries["second"].id]
    assert draft.id not in queries.shown_besides([], 9)


def test_certificates_and_receipts_are_verified_by_code(client, judged, organizer, store):
    contest, _ = judged
    service.publish_results(organizer.as_actor(), contest)
    queue.work_off()
    certificate = session().scalars(select(Certificate)).one()
    typed = certificate.code.lower()
    for code in (typed, typed.replace("-", ""), typed.replace("-", " "), f" {certificate.code}\n"):
        assert (code, "This certificate is genuine" in client.get("/verify", query_string={"code": code}).text) == (
            code,
            True,
        )
    assert "There is no receipt" in client.get("/verify?code=AAAA-BBBB-CCCC").text


def test_a_draft_contest_is_known_to_its_staff_alone(client, organizer, sign_in):
    draft = make_contest(organizer, published=False)

    assert client.get(f"/contests/{draft.slug}").status_code == 404
    assert sign_in(organizer).get(f"/contests/{draft.slug}").status_code == 200


def test_the_first_pages_say_what_to_do_now(judged, organizer, sign_in):
    contest, entries = judged
    participant = sign_in(entries["second"].team.members[0].user)
    staff = sign_in(organizer)

    assert "Your work is handed in" in participant.get("/my").text
    assert participant.get("/jury").status_code == 404
    assert participant.get("/manage").status_code == 404
    assert contest.slug in staff.get("/manage").text
    assert "Awards are decided: announce the winners" in staff.get(f"/manage/{contest.slug}").text
    assert "results.computed" in staff.get(f"/manage/{contest.slug}/audit").text
    states = ["judging" in staff.get("/manage").text]
    service.publish_results(organizer.as_actor(), contest)
    listed = staff.get("/manage").text
    assert [*states, "judging" in listed, "announced" in listed] == [True, False, True]


def stages_on(page: str) -> list[tuple[str, str]]:
    """Return the stages of a contest page: whether each is past, now or next, and what is said of it."""
    row = r'<li class="(past|now|next)".*?<b>(.*?)</b>.*?<span class="small">(.*?)</span></li>'
    found = re.findall(row, page, re.S)
    return [(state, " ".join(re.sub(r"<[^>]+>", " ", f"{name} {dates}").split())) for state, name, dates in found]


def test_dates_say_what_came_of_them_when_winners_are_announced_early(hands, client, organizer):
    hands.at(datetime(2026, 11, 10, 7, tzinfo=UTC))
    contest = make_contest(organizer, phase="judging")
    entries = {"first": make_entry(contest)}
    admit(*entries.values())
    give_marks(contest, entries)
    judging_service.close_round(organizer.as_actor(), contest)
    computed(contest, organizer)
    given(contest, organizer, entries)
    page = f"/contests/{contest.slug}"
    before = stages_on(client.get(page).text)
    assert [state for state, _ in before] == ["past", "now", "next"]
    assert before[2][1] == "Announcement 25 Nov 2026, 12:00 UTC+5"

    service.publish_results(organizer.as_actor(), contest)
    for at in (hands.now, stage(contest, StageKind.ANNOUNCEMENT).starts_at):
        hands.at(at)
        after = stages_on(client.get(page).text)
        assert [state for state, _ in after] == ["past"] * 3
        assert after[1][1] == "Judging over 9 Nov 2026, 12:00 UTC+5 – 10 Nov 2026, 12:00 UTC+5"
        assert after[2][1] == "Announcement over 10 Nov 2026, 12:00 UTC+5"


def test_a_promised_date_that_passed_announces_nothing(hands, client, organizer):
    contest = make_contest(organizer, phase="judging")
    hands.at(stage(contest, StageKind.ANNOUNCEMENT).starts_at)

    assert [state for state, _ in stages_on(client.get(f"/contests/{contest.slug}").text)] == ["past", "past", "next"]
