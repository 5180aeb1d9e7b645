"""What jurors and organizers read: why a draw failed, who has a conflict, what a sheet said before."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from creative_platform.contests.models import StageKind
from creative_platform.core import clock, db, queue
from creative_platform.core.errors import Invalid, NotAllowed
from creative_platform.entries.models import RevisionFile
from creative_platform.judging import queries, service
from creative_platform.judging.models import Assignment
from creative_platform.judging.service import SheetChanges
from creative_platform.media.models import MediaKind, MediaProxy
from tests.factories.accounts import make_user
from tests.factories.communities import make_community
from tests.factories.contests import make_contest
from tests.factories.entries import make_asset, make_entry
from tests.factories.judging import admit, declare, draw, seat
from tests.fixtures.people import csrf_of, post

pytestmark = pytest.mark.database
TEXT = {"items": [{"name": "1", "text": "Dunes at noon"}]}


def first_of(juror) -> Assignment:
    return queries.assignments_of(juror.as_actor())[0]


def write(juror, assignment, version: int, **given) -> None:
    scores = given.pop("scores", {"craft": 8, "meaning": 5})
    changes = SheetChanges(version=version, scores=scores, submit=True, **given)
    service.write_sheet(juror.as_actor(), assignment.public_id, changes, arrived_at=clock.now())


def test_an_entry_of_an_own_community_is_a_conflict(contest, organizer, jurors):
    community = make_community(None, jurors[0])
    theirs = make_entry(contest, community_id=community.id)
    admit(theirs, make_entry(contest))
    draw(contest, organizer)

    noted = [(c.entry_id, c.user_id, c.source) for c in queries.conflicts_in(contest)]
    assert noted == [(theirs.id, jurors[0].id, "own_community")]
    rows = db.session().scalars(select(Assignment).where(Assignment.entry_id == theirs.id))
    assert {row.juror.user_id for row in rows} == {jurors[1].id, jurors[2].id}


def test_entries_that_lack_jurors_are_named_in_the_readers_language(contest, organizer, jurors, sign_in):
    held = make_entry(contest, title="Nobody's work", owner=jurors[0])
    own = make_entry(contest, title="The organizer's", owner=organizer)
    for entry in (held, own):
        declare(entry, jurors[1])
    draw(contest, organizer, held, own, make_entry(contest, title="Free"))

    page = sign_in(organizer).get(f"/manage/{contest.slug}/jury?lang=ru").text
    assert "Некоторым работам не хватает членов жюри" in page
    assert "<strong>Nobody&#39;s work</strong>: Не хватает 1 члена жюри. Без конфликта интересов: Juror 2." in page
    assert "<strong>Free</strong>" not in page


def test_who_has_a_part_in_an_entry_does_not_read_that_it_lacks_jurors(contest, organizer, jurors, sign_in):
    own = make_entry(contest, title="The organizer's", owner=organizer)
    for person in jurors[:2]:
        declare(own, person)
    draw(contest, organizer, own, make_entry(contest))

    assert queries.newest_run(contest.rounds[0]).lacking(()) != []
    assert "Some entries lack jurors" not in sign_in(organizer).get(f"/manage/{contest.slug}/jury").text


def test_what_a_draw_could_not_keep_is_said_in_the_readers_language(contest, organizer, jurors, sign_in):
    admit(make_entry(contest, language="kk"))
    draw(contest, organizer)

    page = sign_in(organizer).get(f"/manage/{contest.slug}/jury?lang=ru").text
    assert "Назначений, где член жюри не указал язык работы: 2." in page


def test_organizers_read_who_has_a_conflict_and_why_but_not_of_their_own_entry(contest, organizer, jurors, sign_in):
    own = make_entry(contest, owner=organizer, title="Organizer own")
    admit(own, make_entry(contest, title="Another work"))
    draw(contest, organizer)
    for row in list(db.session().scalars(select(Assignment))):
        reason = f"My pupil made {row.entry.title}"
        service.recuse(row.juror.user.as_actor(), row.public_id, reason=reason)

    page = sign_in(organizer).get(f"/manage/{contest.slug}/jury").text
    assert page.count("My pupil made Another work") == 2
    assert "Organizer own" not in page
    assert f'href="/manage/{contest.slug}/export/conflicts.xlsx"' in page


def test_conflicts_leave_as_a_table_without_those_of_an_own_entry(contest, organizer, jurors, sign_in):
    own = make_entry(contest, owner=organizer, title="Organizer own")
    other = make_entry(contest, title="Another work")
    admit(own, other)
    draw(contest, organizer)
    for row in list(db.session().scalars(select(Assignment).order_by(Assignment.id))):
        service.recuse(row.juror.user.as_actor(), row.public_id, reason=f"=My pupil made {row.entry.title}")
    noted = [c for c in queries.conflicts_in(contest) if c.entry_id == other.id]
    browser, address = sign_in(organizer), f"/manage/{contest.slug}/export/conflicts"

    rows = json.loads(browser.get(f"{address}.json").text)
    assert rows == [
        {
            "code": other.code,
            "title": "Another work",
            "person": conflict.user.name,
            "source": "declared",
            "reason": "=My pupil made Another work",
            "noted_at": conflict.noted_at.isoformat(),
        }
        for conflict in noted
    ]
    assert len({row["person"] for row in rows} & {person.name for person in jurors}) == len(rows) == 2
    table = browser.get(f"{address}.csv").text
    assert table.count(",'=My pupil made Another work,") == 2
    assert "Organizer own" not in table
    assert browser.get(f"{address}.xlsx").data[:2] == b"PK"
    for person in (jurors[0], other.team.members[0].user, make_user()):
        assert sign_in(person).get(f"{address}.csv").status_code == 404


def test_before_the_judging_a_juror_reads_when_it_begins_and_can_step_back(contest, organizer, jurors, sign_in):
    admit(make_entry(contest))
    draw(contest, organizer)
    juror = next(person for person in jurors if queries.assignments_of(person.as_actor()))
    address = f"/jury/{first_of(juror).public_id}"
    stage = next(stage for stage in contest.stages if stage.kind is StageKind.JUDGING)
    browser, begins = sign_in(juror), stage.starts_at
    with clock.pretend(lambda: begins - timedelta(seconds=1)):
        for page in (browser.get("/jury").text, browser.get(address).text):
            assert f'data-countdown="{begins.isoformat()}"' in page
        post(browser, address, {"reason": "My pupil"}, to=f"{address}/recuse")
        assert browser.get(address).status_code == 404

    assert 'data-countdown="' + begins.isoformat() not in sign_in(juror).get("/jury").text


def test_no_picture_is_promised_of_a_document(contest, organizer, jurors, sign_in):
    entry = make_entry(contest)
    asset = make_asset(entry, "pages", MediaKind.DOCUMENT)
    with db.transaction() as s:
        s.add(MediaProxy(asset_id=asset.id, name="text.json", content_type="application/json", size_bytes=1, data=TEXT))
        entry.revisions[0].files.append(RevisionFile(asset_id=asset.id, field="pages"))
    admit(entry)
    draw(contest, organizer)
    juror = next(person for person in jurors if queries.assignments_of(person.as_actor()))

    page = sign_in(juror).get(f"/jury/{first_of(juror).public_id}").text
    assert ("Dunes at noon" in page, "picture being prepared" in page) == (True, False)


def test_who_stepped_back_reads_the_entry_no_longer(contest, organizer, jurors, sign_in):
    admit(make_entry(contest, title="My pupil's work"))
    draw(contest, organizer)
    juror = next(person for person in jurors if queries.assignments_of(person.as_actor()))
    browser, address = sign_in(juror), f"/jury/{first_of(juror).public_id}"
    assert "My pupil&#39;s work" in browser.get(address).text
    service.recuse(juror.as_actor(), first_of(juror).public_id, reason="My pupil")

    answer = browser.get(address)
    assert (answer.status_code, "My pupil&#39;s work" in answer.text) == (404, False)
    assert "You stepped back from this entry." in answer.text


def test_a_changed_sheet_keeps_what_it_said_with_the_reason(contest, organizer, jurors, sign_in):
    admit(make_entry(contest))
    draw(contest, organizer)
    juror = next(person for person in jurors if queries.assignments_of(person.as_actor()))
    assignment = first_of(juror)
    write(juror, assignment, 0, scores={}, abstain=True, abstention_reason="A genre I do not know")
    write(juror, assignment, 1, reason="I have read about it since")

    kept = [(v.number, v.abstained, v.abstention_reason, v.scores) for v in assignment.sheet.versions]
    assert kept == [(1, True, "A genre I do not know", {}), (2, False, "", {"craft": 8, "meaning": 5})]
    page = sign_in(juror).get(f"/jury/{assignment.public_id}").text
    assert "A genre I do not know" in page
    assert "Changed because: I have read about it since" in page


def test_before_the_close_is_drawn_only_by_who_says_that_they_know(organizer, sign_in):
    contest = make_contest(organizer, phase="open", reviews_per_entry=1)
    seat(contest, make_user())
    admit(make_entry(contest))
    browser, page = sign_in(organizer), f"/manage/{contest.slug}/jury"
    asked = browser.get(f"{page}?lang=ru").text
    assert "Сданное после этого распределения в него не войдёт" in asked
    typed = {"csrf_token": csrf_of(asked)}

    browser.post(f"{page}/draw", data=typed)
    assert queries.newest_run(contest.rounds[0]) is None
    assert "Работы ещё принимаются. Подтвердите, что распределяете сейчас" in browser.get(page).text

    browser.post(f"{page}/draw", data={**typed, "before_close": "y"})
    queue.work_off()
    assert len(queries.assignments_in(contest.rounds[0])) == 1


def test_after_the_close_one_press_draws(contest, organizer, jurors, entries, sign_in):
    browser, page = sign_in(organizer), f"/manage/{contest.slug}/jury"
    asked = browser.get(page).text
    assert "before_close" not in asked
    browser.post(f"{page}/draw", data={"csrf_token": csrf_of(asked)})
    queue.work_off()

    assert len(queries.assignments_in(contest.rounds[0])) == 2 * len(entries)


def test_once_the_results_are_announced_the_panel_is_read_and_changes_no_more(
    contest, organizer, jurors, entries, sign_in
):
    actor, juror, guest = organizer.as_actor(), queries.jurors_of(contest)[0], make_user()
    draw(contest, organizer)
    secret = service.invite_juror(actor, contest, guest.email)
    browser, page = sign_in(organizer), f"/manage/{contest.slug}/jury"

    def offered() -> list[bool]:
        shown = browser.get(page).text
        ways = ("/jury/invites", "/remove", "/revoke", "/jury/draw", "/jury/conflicts", "the panel stays as it was")
        assert (juror.user.name in shown, "seed " in shown) == (True, True)
        return [way in shown for way in ways]

    before = offered()
    with db.transaction() as s:
        s.merge(contest).announced_at = clock.now()
    acts = (
        lambda: service.invite_juror(actor, contest, "late@example.test"),
        lambda: service.accept_invite(guest.as_actor(), secret),
        lambda: service.remove_juror(actor, contest, juror.public_id),
    )
    for act in acts:
        with pytest.raises(NotAllowed) as refused:
            act()
        assert refused.value.message == "The results are announced: the panel stays as it was."

    assert (before, offered()) == ([True] * 5 + [False], [False] * 5 + [True])


@pytest.mark.parametrize(
    ("path", "said"),
    [("jury/draw", "Ещё ни одна работа не допущена"), ("progress/close", "Ещё не отправлен ни один лист с оценками")],
)
def test_a_step_that_is_not_possible_yet_leads_back_with_the_reason(contest, organizer, sign_in, path, said):
    browser = sign_in(organizer)
    token = csrf_of(browser.get(f"/manage/{contest.slug}/jury?lang=ru").text)
    typed = {"typed_name": contest.slug, "csrf_token": token}
    answer = browser.post(f"/manage/{contest.slug}/{path}", data=typed)

    assert (answer.status_code, answer.location) == (303, f"/manage/{contest.slug}/{path.split('/')[0]}")
    assert said in browser.get(answer.location).text


def test_a_track_that_is_not_offered_is_refused_in_the_readers_language(contest, organizer, sign_in):
    browser = sign_in(organizer)
    token = csrf_of(browser.get(f"/manage/{contest.slug}/jury?lang=ru").text)
    typed = {"email": "new@example.test", "expert_tracks": ["nope"], "csrf_token": token}
    answer = browser.post(f"/manage/{contest.slug}/jury/invites", data=typed)

    assert (answer.status_code, queries.open_invites(contest)) == (422, [])
    assert "Выберите только из предложенного." in answer.text
    assert 'value="new@example.test"' in answer.text


@pytest.mark.parametrize("field", ["comment", "abstention_reason", "reason"])
def test_a_text_of_a_sheet_has_a_limit(contest, organizer, jurors, field):
    admit(make_entry(contest))
    draw(contest, organizer)
    juror = next(person for person in jurors if queries.assignments_of(person.as_actor()))

    with pytest.raises(Invalid) as refused:
        write(juror, first_of(juror), 0, **{field: "x" * 8001})
    assert list(refused.value.fields) == [field]


@pytest.mark.parametrize("blind", [True, False])
def test_the_jury_reads_who_made_an_entry_only_where_the_rules_say_so(app, sign_in, blind):
    organizer, juror, author = make_user(), make_user(), make_user(name="Zhanar Author")
    contest = make_contest(organizer, phase="judging", reviews_per_entry=1, blind=blind)
    seat(contest, juror)
    admit(make_entry(contest, owner=author))
    service.draw_assignments(organizer.as_actor(), contest)
    queue.work_off()
    [assignment] = queries.assignments_of(juror.as_actor())

    page = sign_in(juror).get(f"/jury/{assignment.public_id}").text

    assert ("Zhanar Author" in page) is not blind


def test_a_juror_turns_the_pages_of_a_long_list_and_each_entry_stands_once(organizer, sign_in):
    contest = make_contest(organizer=organizer, phase="judging", reviews_per_entry=1)
    judge = make_user(name="Busy")
    seat(contest, judge)
    draw(contest, organizer, *(make_entry(contest, title=f"Work {n}") for n in range(26)))
    first = queries.assignments_of(judge.as_actor())[0]
    write(judge, first, 0)

    browser = sign_in(judge)
    pages = [browser.get(f"/jury?page={number}").text for number in (1, 2)]
    listed = [set(re.findall(r'href="(/jury/[a-z0-9]{26})" lang', page)) for page in pages]
    assert [len(links) for links in listed] == [24, 2]
    assert listed[0].isdisjoint(listed[1])
    assert f"/jury/{first.public_id}" in listed[1]  # what is done stands behind what waits
    assert "25 entries wait for you." in pages[0]
