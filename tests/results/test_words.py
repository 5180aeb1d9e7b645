"""Reasons are written in up to three languages; all read their own, or what there is with its language marked."""

from __future__ import annotations

import json
import re

import pytest

from creative_platform.core import db
from creative_platform.core.text import LocalizedText
from creative_platform.notices import rendering
from creative_platform.notices.models import OutboxMail
from creative_platform.results import queries, service
from tests.factories.judging import computed
from tests.fixtures.people import post

pytestmark = pytest.mark.database

SAID = LocalizedText(kk="Дәл әрі әсерлі", ru="Точно и трогательно")
"""No English: who reads English meets Kazakh, and is told so."""


@pytest.fixture
def decided(closed, organizer, entries):
    computed(closed, organizer)
    award, entry = closed.awards[0].public_id, entries["first"].public_id
    service.decide(organizer.as_actor(), closed, award=award, entry=entry, reason=SAID)
    return closed


def read(browser, page: str, locale: str) -> str:
    return browser.get(f"{page}?lang={locale}").text


def test_each_reads_the_reason_in_their_language(decided, organizer, sign_in, client):
    service.publish_results(organizer.as_actor(), decided)
    below, staff = f"/manage/{decided.slug}", sign_in(organizer)
    pages = [(staff, f"{below}/results"), (staff, f"{below}/results/protocol"), (staff, f"{below}/announce")]

    for browser, page in [*pages, (client, f"/contests/{decided.slug}/winners")]:
        assert "<span>Точно и трогательно</span>" in read(browser, page, "ru")
        assert "Дәл әрі әсерлі" not in read(browser, page, "ru")
        assert '<span lang="kk">Дәл әрі әсерлі</span>' in read(browser, page, "en")


def test_the_signed_document_carries_every_language(decided, organizer):
    document = json.loads(service.publish_results(organizer.as_actor(), decided).document)
    assert [award["reason"] for award in document["awards"]] == [dict(SAID)]


def test_an_amendment_says_why_in_every_language_and_to_the_team_in_theirs(decided, organizer, entries, client):
    service.publish_results(organizer.as_actor(), decided)
    amended = service.amend_results(
        organizer.as_actor(), decided, entry=entries["first"].public_id, reason=LocalizedText(kk="Өзгенікі", ru="Чужое")
    )

    assert json.loads(amended.document)["amends"]["reason"] == {"kk": "Өзгенікі", "ru": "Чужое"}
    page = f"/contests/{decided.slug}/winners"
    assert "<p><span>Чужое</span></p>" in read(client, page, "ru")
    assert '<p><span lang="kk">Өзгенікі</span></p>' in read(client, page, "en")
    [told] = [mail for mail in db.session().query(OutboxMail) if mail.kind == "entries.disqualified"]
    letters = {locale: rendering.render(told.kind, locale, told.data).body for locale in ("kk", "ru", "en")}
    assert {locale: [word in body for word in ("Өзгенікі", "Чужое")] for locale, body in letters.items()} == {
        "kk": [True, False],
        "ru": [False, True],
        "en": [True, False],
    }


def test_the_form_takes_one_language_and_no_fewer(closed, organizer, entries, sign_in):
    computed(closed, organizer)
    browser, page = sign_in(organizer), f"/manage/{closed.slug}/results"
    typed = {"award": closed.awards[0].public_id, "entry": entries["first"].public_id}

    refused = post(browser, page, {**typed, "reason-ru": " "}, to=f"{page}/decisions")
    assert (refused.status_code, queries.standing_decisions(closed)) == (422, [])
    assert "at least one language" in refused.text
    for locale in ("kk", "ru", "en"):  # the reader is led to their own language
        browser.get(f"{page}?lang={locale}")
        refused = post(browser, page, typed, to=f"{page}/decisions").text
        assert re.findall(r'<p class="error" id="reason-(..)-error">', refused) == [locale]
        assert f'<a href="#reason-{locale}">' in refused
    browser.get(f"{page}?lang=en")
    too_long = post(browser, page, {**typed, "reason-ru": "я" * 4001}, to=f"{page}/decisions")
    assert (too_long.status_code, "я" * 4001 in too_long.text) == (422, True)
    post(browser, page, {**typed, "reason-ru": " Точно "}, to=f"{page}/decisions")
    assert [decision.reason for decision in queries.standing_decisions(closed)] == [LocalizedText(ru="Точно")]


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("Точно", {"ru": "Точно"}),
        ({"en": "Exact", "kk": " Дәл "}, {"kk": "Дәл", "en": "Exact"}),
        (" ", None),
        ({}, None),
        ({"en": " "}, None),
        ({"de": "Genau"}, None),
        ({"en": "x" * 4001}, None),
        (None, None),
    ],
)
def test_a_program_gives_one_text_or_several(closed, organizer, entries, program, given, stored):
    computed(closed, organizer)
    body = {"award": closed.awards[0].public_id, "entry": entries["first"].public_id, "reason": given}
    path = f"/manage/contests/{closed.slug}/decisions"
    answer = program(organizer).call("POST", path, body, Accept_Language="ru", Idempotency_Key="once")

    kept = [dict(decision.reason) for decision in queries.standing_decisions(closed)]
    assert (answer.status_code, kept) == ((422, []) if stored is None else (201, [stored]))
    assert stored is None or answer.json["reason"] == stored


def test_the_table_names_awards_in_the_language_of_the_reader(decided, organizer, sign_in):
    staff, page = sign_in(organizer), f"/manage/{decided.slug}/export/results.csv"
    assert decided.awards[0].title["kk"] in read(staff, page, "kk")
    assert decided.awards[0].title["kk"] not in read(staff, page, "en")


@pytest.mark.parametrize(("locale", "heading"), [("kk", "Балл"), ("ru", "Балл"), ("en", "Score")])
def test_the_scores_of_a_ranking_are_points_and_not_the_act_of_scoring(decided, organizer, sign_in, locale, heading):
    assert f'data-label="{heading}"' in read(sign_in(organizer), f"/manage/{decided.slug}/results", locale)
