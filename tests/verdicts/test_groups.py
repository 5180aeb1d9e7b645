"""One verdict for a whole group: each match keeps its own, the group is one label, and no party has a say."""

from __future__ import annotations

import re
from itertools import combinations

import pytest
from sqlalchemy import select

from creative_platform.api.serializers.managing import match_line
from creative_platform.contests.models import ContestStaff, StaffRole
from creative_platform.core import audit, clock, db
from creative_platform.core.audit import contest_chain
from creative_platform.core.db import transaction
from creative_platform.core.errors import Invalid, NotAllowed, NotFound, WrongState
from creative_platform.similarity import queries
from creative_platform.similarity.models import Match, MatchVerdict, Overview, Verdict
from creative_platform.verdicts import service
from creative_platform.verdicts.groups import group_of, groups_in, place_of
from creative_platform.verdicts.report import match_rows, report_of
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.factories.entries import make_entry
from tests.factories.matches import make_match
from tests.fixtures.people import csrf_of

pytestmark = pytest.mark.database


@pytest.fixture
def organizer(app):
    return make_user()


@pytest.fixture
def contest(organizer):
    return make_contest(organizer, phase="judging")


def make_group(contest, *more, size: int = 4):
    """Entries that all share something with each other, and their matches."""
    group = sorted([*more, *(make_entry(contest) for _ in range(size - len(more)))], key=lambda entry: entry.id)
    with transaction() as s:
        found = [make_match(*pair, measures={"text": {"shared": 90.0}}) for pair in combinations(group, 2)]
        overview = s.get(Overview, contest.id) or Overview(contest_id=contest.id)
        overview.groups = [*(overview.groups or []), [entry.id for entry in group]]
        s.add(overview)
    return group, found


def said_of(organizer, contest, group) -> str:
    db.session().expire_all()
    return group_of(organizer.as_actor(), contest, group).said


def judge(organizer, contest, group, verdict=Verdict.SAME_WORK, *, said=None, reason="One and the same page") -> int:
    seen = said or said_of(organizer, contest, group)
    return service.give_group_verdict(
        organizer.as_actor(), contest, group[-1].public_id, verdict, reason=reason, said=seen
    )


def standing() -> dict[int, Verdict]:
    db.session().expire_all()
    rows = db.session().scalars(select(MatchVerdict).where(MatchVerdict.undone_at.is_(None)))
    return {row.match_id: row.verdict for row in rows}


def test_each_match_of_the_group_gets_a_verdict_and_the_log_one_line(contest, organizer):
    group, found = make_group(contest)
    alone = make_match(make_entry(contest), make_entry(contest))
    service.give_verdict(organizer.as_actor(), contest, found[2].public_id, Verdict.UNRELATED, reason="A quotation")

    assert judge(organizer, contest, group) == 5
    expected = {match.id: Verdict.SAME_WORK for match in found} | {found[2].id: Verdict.UNRELATED}
    assert standing() == expected and alone.id not in expected
    [link] = [
        link for link in audit.events_about(contest_chain(contest.public_id)) if link.verb == "match.group_judged"
    ]
    assert (link.data["count"], link.data["verdict"]) == (5, "same_work")
    assert sorted(link.data["matches"]) == sorted({match.public_id for match in found} - {found[2].public_id})
    with pytest.raises(WrongState):
        judge(organizer, contest, group)


def test_it_is_taken_back_as_a_whole_or_of_one_match(contest, organizer):
    group, found = make_group(contest)
    actor = organizer.as_actor()
    judge(organizer, contest, group)
    service.undo_verdict(actor, contest, found[0].public_id)
    assert standing().keys() == {match.id for match in found[1:]}
    service.give_verdict(actor, contest, found[0].public_id, Verdict.UNRELATED, reason="Looked again")

    [act] = group_of(actor, contest, group).acts
    assert act.standing == 5
    with pytest.raises(WrongState):
        service.undo_group_verdict(actor, contest, act.given_with, standing=6)
    assert service.undo_group_verdict(actor, contest, act.given_with, standing=5) == 5
    assert standing() == {found[0].id: Verdict.UNRELATED}
    assert audit.events_about(contest_chain(contest.public_id))[0].data["count"] == 5
    with pytest.raises(WrongState):
        service.undo_group_verdict(actor, contest, act.given_with, standing=0)
    with pytest.raises(NotFound):
        service.undo_group_verdict(actor, contest, "a" * 26, standing=1)
    with pytest.raises(NotFound):
        service.undo_group_verdict(organizer.as_actor(), make_contest(organizer), act.given_with, standing=5)


def test_who_has_a_part_in_one_of_its_entries_cannot_judge_a_group(contest, organizer, sign_in):
    colleague, auditor = make_user(), make_user()
    with transaction():
        for person, role in ((colleague, StaffRole.ORGANIZER), (auditor, StaffRole.AUDITOR)):
            contest.staff.append(ContestStaff(user_id=person.id, role=role, since=clock.now()))
    own = make_entry(contest, owner=organizer)
    (group, _found), (others, _matches) = make_group(contest, own, size=20), make_group(contest)
    seen = {number: said_of(colleague, contest, entries) for number, entries in ((1, group), (2, others))}

    for number, entries in ((1, group), (2, others)):  # the same for both: which one theirs stands in is not told
        with pytest.raises(NotAllowed):
            judge(organizer, contest, entries, said=seen[number])
        page = sign_in(organizer).get(f"/manage/{contest.slug}/similarity?group={number}&lang=en").text
        assert ("another organizer judges whole groups" in page, "Record the verdict" in page) == (True, False)
    with pytest.raises(NotAllowed):
        judge(auditor, contest, others, said=seen[2])
    assert standing() == {}

    assert judge(colleague, contest, group, said=seen[1]) == 190
    assert len(queries.judged("text")) == 1
    [act] = group_of(colleague.as_actor(), contest, group).acts
    with pytest.raises(NotAllowed):
        service.undo_group_verdict(organizer.as_actor(), contest, act.given_with, standing=190)
    for number in (1, 2):  # 190 matches where 171 are seen would tell
        assert "190 m" not in sign_in(organizer).get(f"/manage/{contest.slug}/similarity?group={number}&lang=en").text
    assert "190 matches" in sign_in(colleague).get(f"/manage/{contest.slug}/similarity?group=1&lang=en").text
    assert "190 m" not in sign_in(organizer).get(f"/manage/{contest.slug}/audit?lang=en").text
    assert own.title not in sign_in(organizer).get(f"/manage/{contest.slug}/audit?lang=en").text


def test_all_verdicts_of_one_act_are_one_label(contest, organizer):
    group, found = make_group(contest, size=6)
    other = make_match(make_entry(contest), make_entry(contest), measures={"text": {"shared": 9.0}})
    assert judge(organizer, contest, group) == len(found) == 15
    service.give_verdict(organizer.as_actor(), contest, other.public_id, Verdict.UNRELATED, reason="A proverb")

    labels = [(contest.slug, {"shared": 90.0}, True), (contest.slug, {"shared": 9.0}, False)]
    assert queries.judged("text") == labels
    told = report_of(organizer.as_actor(), contest)["judged"]
    assert (told["matches"], told["unrelated"]) == (2, 1)
    service.undo_verdict(organizer.as_actor(), contest, found[0].public_id)
    assert queries.judged("text") == labels


def test_nothing_is_recorded_or_lost_when_something_changed_meanwhile(contest, organizer, sign_in):
    group, found = make_group(contest)
    actor, browser, base = organizer.as_actor(), sign_in(organizer), f"/manage/{contest.slug}/similarity"

    def post(seen: str, **typed: str):
        page = browser.get(f"{base}?group=1&lang=en").text
        address = f"{base}/groups/{group[0].public_id}/verdict"
        return browser.post(address, data={"csrf_token": csrf_of(page), "said": seen, **typed})

    typed = {"verdict": "same_work", "reason": "All of them are one poster"}
    before = re.search('name="said" value="(\\w+)"', browser.get(f"{base}?group=1").text)[1]
    assert post(before, verdict="same_work", reason="").status_code == 422
    service.give_verdict(actor, contest, found[0].public_id, Verdict.UNRELATED, reason="A quotation")
    answer = post(before, **typed)
    assert (answer.status_code, typed["reason"] in answer.text) == (409, True)
    later = said_of(organizer, contest, group)
    make_match(group[0], make_entry(contest))  # of no entry of the group alone
    assert said_of(organizer, contest, group) == later
    with transaction() as s:
        s.delete(s.merge(found[5]))
    assert post(later, **typed).status_code == 409
    with transaction() as s:
        s.get(Overview, contest.id).groups = []
    answer = post(later, **typed)
    assert (answer.status_code, typed["reason"] in answer.text) == (409, True)
    assert standing() == {found[0].id: Verdict.UNRELATED}
    with pytest.raises(Invalid):
        judge(organizer, contest, group, reason=" ", said=later)


def test_the_pages_lead_through_a_group(contest, organizer, sign_in):
    group, found = make_group(contest)
    browser, base = sign_in(organizer), f"/manage/{contest.slug}/similarity"
    page = browser.get(f"{base}?group=1&lang=en").text
    assert "all 6 matches among these entries" in page
    assert "Record the verdict on 6 matches" in page
    assert "One verdict for the whole group" not in browser.get(base).text
    token, said = csrf_of(page), re.search('name="said" value="(\\w+)"', page)[1]
    typed = {"csrf_token": token, "said": said, "verdict": "shared_material", "reason": "One template"}
    answer = browser.post(f"{base}/groups/{group[0].public_id}/verdict", data=typed, follow_redirects=True)
    assert "A verdict on 6 matches is recorded." in answer.text
    assert "Every match of this group has a verdict." in answer.text

    [action] = re.findall(f'action="({base}/together/\\w+/undo)"', answer.text)
    page = browser.get(f"{base}/{found[3].public_id}").text
    assert f'action="{action}"' in page and "given to a whole group" in page
    assert ">Matches</a>" in browser.get(f"/manage/{contest.slug}/audit").text
    assert f'name="entry" value="{group[0].public_id}"' in answer.text
    undone = {"csrf_token": token, "standing": "6", "entry": group[0].public_id}
    assert browser.post(action, data=undone).location == f"{base}?group=1"
    assert standing() == {}
    kept = db.session().scalars(select(Match.id).order_by(Match.id)).all()
    assert list(kept) == [match.id for match in found]


def test_the_place_of_a_group_is_that_of_its_entries(contest, organizer):
    (first, _), (second, _) = make_group(contest, size=2), make_group(contest, size=2)
    groups = groups_in(organizer.as_actor(), contest)
    assert [place_of(groups, entry.public_id) for entry in (*first, *second)] == [1, 1, 2, 2]
    assert place_of(groups, make_entry(contest).public_id) == 0


def test_who_has_a_part_in_an_entry_sees_no_group_that_it_alone_holds_together(contest, organizer):
    first, last = make_entry(contest), make_entry(contest)
    own = make_entry(contest, owner=organizer)
    colleague = make_user()
    make_match(first, own)
    make_match(last, own)
    with transaction() as s:
        contest.staff.append(ContestStaff(user_id=colleague.id, role=StaffRole.ORGANIZER, since=clock.now()))
        s.add(Overview(contest_id=contest.id, groups=[[first.id, last.id, own.id]]))

    assert groups_in(organizer.as_actor(), contest) == []
    assert [len(group) for group in groups_in(colleague.as_actor(), contest)] == [3]
    make_match(first, last, probability=0.6)
    assert groups_in(organizer.as_actor(), contest) == [[first, last]]


def test_who_has_a_part_in_an_entry_reads_no_reason_of_a_whole_group(contest, organizer, sign_in):
    own, colleague = make_entry(contest, owner=organizer), make_user()
    with transaction():
        contest.staff.append(ContestStaff(user_id=colleague.id, role=StaffRole.ORGANIZER, since=clock.now()))
    group, found = make_group(contest, own, size=3)
    judge(colleague, contest, group, reason="Both took the page of OWN")
    [others] = [match for match in found if own.id not in (match.entry_a_id, match.entry_b_id)]
    address = f"/manage/{contest.slug}/similarity/{others.public_id}"

    for person, reads in ((organizer, False), (colleague, True)):
        client = sign_in(person)
        for page in (others.public_id, "report", "report.json"):
            assert ("took the page of OWN" in client.get(address.replace(others.public_id, page)).text) is reads
        report = client.get(address.replace(others.public_id, "report?lang=en")).text
        assert ("the same work: " in report, "the same work" in report) == (reads, True)
        told = match_line(queries.seen_match(person.as_actor(), contest, others.public_id))["verdict"]
        assert told["reason"] == ("Both took the page of OWN" if reads else "")
        rows = list(match_rows(contest, person.as_actor()))
        assert any("took the page of OWN" in str(row) for row in rows) is reads

    service.give_verdict(colleague.as_actor(), contest, others.public_id, Verdict.UNRELATED, reason="Two of a kind")
    assert "Two of a kind" in sign_in(organizer).get(address).text
