"""The set-up pages, walked as a browser without JavaScript does."""

from __future__ import annotations

import pytest
from sqlalchemy import delete

from creative_platform.contests import queries, rules
from creative_platform.contests.models import FieldKind, FormField, StaffRole
from creative_platform.core import clock
from creative_platform.core.db import transaction
from creative_platform.setup import service
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.fixtures.letters import letter, mails_to, path_of
from tests.setup.pages import PARTS, cost, fields_of, fill_in, fresh, setup

pytestmark = pytest.mark.database


def test_an_admin_who_starts_a_contest_for_somebody_is_led_where_they_may_be(app, sign_in):
    make_user(email="runs@example.test", name="Aigerim", locale="ru")
    browser = sign_in(make_user(is_admin=True, name="Ops"))
    fill_in(browser, "/manage/new", having="slug", title__en="For me", slug="for-me")
    assert mails_to("runs@example.test") == []
    started = fill_in(browser, "/manage/new", having="slug", title__en="For another", organizer="runs@example.test")

    assert (started.status_code, started.location) == (303, "/manage")
    assert "Aigerim goes on with the draft" in browser.get(started.location).text
    (mail,) = mails_to("runs@example.test")
    assert letter(mail).subject == "Вы организатор конкурса «For another»"
    assert "Ops назначает вас организатором конкурса «For another»" in letter(mail).body
    assert path_of(mail) == "/manage/for-another"


@pytest.mark.parametrize("announced", [False, True])
def test_once_the_results_are_announced_facts_stand_where_forms_could_only_refuse(app, sign_in, announced):
    organizer = make_user()
    contest = make_contest(organizer, phase="over")
    with transaction() as s:
        s.merge(contest).announced_at = clock.now() if announced else None
    browser, slug = sign_in(organizer), contest.slug
    said, form = "The results are announced: these rules stay as they are.", 'name="version"'
    parts = (
        "/dates",
        "/limits",
        "/tracks",
        "/tracks/video",
        "/tracks/video/files",
        "/form",
        "/rubric",
        "/ties",
        "/awards",
    )
    pages = {part: browser.get(setup(slug, part)).text for part in (*parts, "/tracks/new")}

    assert {part: (said in page, form in page) for part, page in pages.items()} == dict.fromkeys(
        pages, (announced, not announced)
    )
    shown = (("/dates", "As stored now"), ("/tracks", "Story"), ("/tracks/video/files", "The film"))
    assert [part for part, fact in shown if fact not in pages[part]] == []
    text = browser.get(setup(slug, "/text")).text
    assert (said in text, form in text) == (False, True)
    assert ("only title and text can still change" in browser.get(setup(slug)).text) is announced


def test_a_new_track_leads_to_its_files_and_one_that_asks_for_nothing_is_warned_of(app, sign_in):
    organizer = make_user()
    contest = make_contest(organizer, published=False)
    browser, slug = sign_in(organizer), contest.slug
    said, link = "An entry here would be only a title", f'href="{setup(slug, "/tracks/comics/files")}"'
    saved = fill_in(browser, setup(slug, "/tracks/new"), title__en="Comics")
    assert saved.location == setup(slug, "/tracks/comics/files")
    assert setup(slug, "/tracks/comics/files/new") in browser.get(saved.location).text
    assert fill_in(browser, setup(slug, "/tracks/comics"), title__en="Drawn").location == setup(slug, "/tracks")
    assert said not in browser.get(setup(slug)).text  # the form has questions
    with transaction() as s:
        s.execute(delete(FormField))
    hub = browser.get(setup(slug)).text
    assert (said in hub, link in hub, "/tracks/video/files" in hub) == (True, True, False)

    fill_in(browser, setup(slug, "/tracks/comics/files/new"), title__en="The pages", kinds=["pdf"])
    assert link not in browser.get(setup(slug)).text


def test_the_way_back_bears_the_name_of_the_list(app, sign_in):
    organizer = make_user()
    browser, slug = sign_in(organizer), make_contest(organizer).slug
    ways = {
        "/tracks/new": ("/tracks", "Tracks and files"),
        "/tracks/video": ("/tracks", "Tracks and files"),
        "/rubric/new": ("/rubric", "Rubric"),
        "/tracks/video/files/new": ("/tracks/video/files", "Files of “Video”"),
        "/tracks/video/files/film": ("/tracks/video/files", "Files of “Video”"),
    }
    shown = {part: browser.get(setup(slug, part)).text for part in ways}
    assert [
        part for part, (to, name) in ways.items() if f'href="{setup(slug, to)}">{name}</a>' not in shown[part]
    ] == []
    assert browser.get(setup(slug, "/tracks/nowhere/files/new")).status_code == 404


def test_an_organizer_makes_and_publishes_a_contest_in_the_browser(app, hands, sign_in):
    browser = sign_in(make_user(is_admin=True))
    started = fill_in(browser, "/manage/new", having="slug", title__en="Steppe stories", title__kk="Дала әңгімелері")
    slug = "steppe-stories"
    fill_in(
        browser,
        setup(slug, "/dates"),
        entries_start="2026-12-01T09:00",
        entries_end="2026-12-20T18:00",
        judging_start="2026-12-21T00:00",
        judging_end="2027-01-10T00:00",
        announcement_start="2027-01-15T12:00",
    )
    fill_in(browser, setup(slug, "/tracks/new"), title__ru="Видео", title__en="Video")
    fill_in(
        browser, setup(slug, "/tracks/video/files/new"), title__en="The film", kinds=["video"], max_duration_s="600"
    )
    fill_in(browser, setup(slug, "/form/new"), kind="choice", label__en="School", options__en="One\nTwo", required="y")
    fill_in(browser, setup(slug, "/rubric/new"), title__en="Craft", weight="2,5", anchors__en="1: weak\n10: superb")
    fill_in(browser, setup(slug, "/awards/new"), title__en="Grand prix")
    hub = browser.get(setup(slug)).text
    published = fill_in(browser, setup(slug), to=setup(slug, "/publish"))

    document = queries.current_rules(fresh(slug)).document
    assert (started.status_code, started.location) == (303, setup(slug))
    assert "Everything needed is there" in hub
    assert (published.status_code, published.location) == (303, setup(slug))
    assert document["stages"]["entries"] == {
        "starts_at": "2026-12-01T04:00:00+00:00",
        "ends_at": "2026-12-20T13:00:00+00:00",
    }
    assert document["tracks"][0]["files"][0]["kinds"] == ["video"]
    assert [option["key"] for option in document["fields"][0]["options"]] == ["one", "two"]
    assert document["judging"]["rounds"][0]["criteria"][0]["weight"] == 2.5
    assert document["judging"]["rounds"][0]["criteria"][0]["anchors"] == {"1": {"en": "weak"}, "10": {"en": "superb"}}


def test_publishing_an_unfinished_draft_says_what_is_missing(app, sign_in):
    browser = sign_in(make_user(is_admin=True))
    fill_in(browser, "/manage/new", having="slug", title__en="Unfinished")
    contest = fresh("unfinished")
    token = fields_of(browser.get(setup("unfinished", "/text")).text)["csrf_token"]

    browser.post(setup("unfinished", "/publish"), data={"csrf_token": token, "version": contest.version})
    hub = browser.get(setup("unfinished")).text

    assert "Some parts are still missing." in hub
    assert queries.current_rules(fresh("unfinished")) is None


@pytest.mark.parametrize("part", PARTS)
def test_each_page_opens_for_the_organizer_alone(app, sign_in, client, part):
    organizer, auditor, other, admin = make_user(), make_user(), make_user(), make_user(is_admin=True)
    contest = make_contest(organizer, published=False)
    make_contest(other)
    service.add_staff(organizer.as_actor(), contest.id, auditor, StaffRole.AUDITOR)
    address = setup(contest.slug, f"/{part}")

    answers = [sign_in(person).get(address).status_code for person in (organizer, auditor, other, admin)]

    assert answers == [200, 200 if part == "staff" else 403, 404, 404]
    assert client.get(address).status_code == 303


def test_another_contests_organizer_changes_nothing(app, sign_in):
    organizer, other = make_user(), make_user()
    contest, own = make_contest(organizer, published=False), make_contest(other, published=False)
    browser = sign_in(other)
    token = fields_of(browser.get(setup(own.slug, "/text")).text)["csrf_token"]
    before = rules.document_of(fresh(contest.slug))
    routes = [*(f"/{part}" for part in PARTS), "/publish", "/copy", "/tracks/new", "/tracks/video", "/staff/1/remove"]

    answers = {
        browser.post(setup(contest.slug, route), data={"csrf_token": token, "version": "1"}).status_code
        for route in routes
    }

    assert answers == {404}
    assert rules.document_of(fresh(contest.slug)) == before


def test_fields_that_a_form_does_not_have_change_nothing(app, sign_in):
    organizer = make_user()
    contest = make_contest(organizer, published=False)
    kept = (contest.public_id, contest.slug, contest.state, contest.blind, organizer.is_admin)

    answer = fill_in(
        sign_in(organizer),
        setup(contest.slug, "/text"),
        title__en="Renamed",
        public_id="x",
        slug="stolen",
        state="published",
        blind="",
        is_admin="y",
        staff="2",
    )

    after = fresh(contest.slug)
    assert answer.status_code == 303
    assert after.title["en"] == "Renamed"
    assert (after.public_id, after.slug, after.state, after.blind, organizer.is_admin) == kept


def test_two_tabs_are_told_of_each_other_and_keep_what_was_typed(app, sign_in):
    organizer = make_user()
    contest = make_contest(organizer, published=False)
    browser, address = sign_in(organizer), setup(contest.slug, "/limits")
    second_tab = fields_of(browser.get(address).text)
    fill_in(browser, address, max_team_size="7")

    stale = browser.post(address, data={**second_tab, "max_team_size": "2"})
    stored_then = fresh(contest.slug).max_team_size
    again = browser.post(address, data=fields_of(stale.text))

    assert (stale.status_code, stored_then) == (409, 7)
    assert "Somebody saved a newer version" in stale.text
    assert "<dt>Maximum team size</dt><dd>7</dd>" in stale.text
    assert (again.status_code, fresh(contest.slug).max_team_size) == (303, 2)


def test_a_published_contest_asks_for_a_note_and_keeps_the_answers(app, sign_in):
    organizer = make_user()
    contest = make_contest(organizer)
    address = setup(contest.slug, "/text")

    refused = fill_in(sign_in(organizer), address, title__en="Renamed")
    accepted = fill_in(sign_in(organizer), address, title__en="Renamed", note__en="A better name")

    assert refused.status_code == 422
    assert fields_of(refused.text)["title-en"] == "Renamed"
    assert "Say what changes and why" in refused.text
    assert accepted.status_code == 303
    assert queries.current_rules(fresh(contest.slug)).number == 2


def test_the_text_is_previewed_without_javascript_and_not_saved(app, sign_in):
    organizer = make_user()
    contest = make_contest(organizer, published=False)

    answer = fill_in(sign_in(organizer), setup(contest.slug, "/text"), body__en="# Hello\n\n**bold**", preview="1")

    assert answer.status_code == 200
    assert "<h2>Hello</h2>\n<p><strong>bold</strong></p>" in answer.text
    assert fields_of(answer.text)["body-en"] == "# Hello\n\n**bold**"
    assert fresh(contest.slug).body["en"] == "**Everything** about it"


def test_things_of_a_list_are_moved_and_removed_without_javascript(app, sign_in):
    organizer = make_user()
    contest = make_contest(organizer, published=False)
    browser, address = sign_in(organizer), setup(contest.slug, "/tracks")

    answers = [
        fill_in(browser, address, **{act: key}).status_code for act, key in [("down", "video"), ("remove", "video")]
    ]

    assert answers == [303, 303]
    assert [track.key for track in fresh(contest.slug).tracks] == ["story"]


def test_a_question_keeps_the_keys_of_its_answers_when_edited(app, sign_in):
    organizer = make_user()
    contest = make_contest(organizer, published=False)
    browser = sign_in(organizer)
    address = setup(contest.slug, "/form")
    fill_in(
        browser,
        f"{address}/new",
        kind="choice",
        label__en="Size",
        options__en="Big\nSmall",
        options__ru="Большой\nМалый",
    )

    uneven = fill_in(browser, f"{address}/size", options__en="Big\nSmall\nTiny")
    renamed = fill_in(
        browser, f"{address}/size", options__en="Large\nSmall\nTiny", options__ru="Большой\nМалый\nКрошечный"
    )

    field = next(field for field in fresh(contest.slug).fields if field.kind is FieldKind.CHOICE)
    assert (uneven.status_code, renamed.status_code) == (422, 303)
    assert [(option["key"], option["title"]["en"]) for option in field.options] == [
        ("big", "Large"),
        ("small", "Small"),
        ("tiny", "Tiny"),
    ]


def test_only_admins_and_organizers_find_the_page_to_start(app, sign_in):
    organizer = make_user()
    make_contest(organizer)

    answers = [
        sign_in(person).get("/manage/new").status_code for person in (make_user(), make_user(is_admin=True), organizer)
    ]

    assert answers == [403, 200, 200]


def test_a_copy_starts_from_its_page(app, hands, sign_in):
    organizer = make_user()
    contest = make_contest(organizer, slug="stories-2026")

    answer = fill_in(sign_in(organizer), setup(contest.slug, "/copy"), having="slug")

    assert answer.location == setup("stories-2027")
    assert fresh("stories-2027").copied_from_id == contest.id


@pytest.mark.parametrize("part", ["", *(f"/{part}" for part in PARTS)])
def test_pages_cost_the_same_queries_for_any_length(app, sign_in, count_queries, part):
    organizer = make_user()
    slug = make_contest(organizer, published=False).slug
    browser, address = sign_in(organizer), setup(slug, part)

    before = cost(count_queries, browser, address)
    for n in range(2):
        for kind, name in (("tracks", "title"), ("form", "label"), ("rubric", "title"), ("awards", "title")):
            fill_in(browser, setup(slug, f"/{kind}/new"), **{f"{name}__en": f"Thing {n}"})

    assert cost(count_queries, browser, address) == before
