"""Which conflicts a ranking commits to: no public page tells them, staff and the chair can hand them out."""

from __future__ import annotations

import hashlib
import json

import pytest

from creative_platform.contests.models import ContestStaff, StaffRole
from creative_platform.core import clock, db
from creative_platform.core.db import transaction
from creative_platform.erasing.service import erase_person
from creative_platform.judging import queries as judging_queries
from creative_platform.judging import service as judging
from creative_platform.results import service as results
from creative_platform.results.models import ResultSet
from scoring.__main__ import main
from scoring.judging import check_conflicts
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.factories.entries import make_entry
from tests.factories.judging import admit, computed, declare, give_marks, given, seat

pytestmark = pytest.mark.database


@pytest.fixture
def judged(contest, organizer):
    """A closed contest; of two jurors one has a conflict with the third entry, and so has an organizer's friend."""
    works = {title: make_entry(contest, title=title) for title in ("first", "second", "third")}
    admit(*works.values())
    give_marks(contest, works)
    one, other = judging_queries.jurors_of(contest)
    for person, work in ((other.user, works["third"]), (one.user, make_entry(contest)), (make_user(), works["first"])):
        declare(work, person)
    with transaction() as s:
        s.merge(one).is_chair = True
    judging.close_round(organizer.as_actor(), contest)
    return works, one, other


def test_the_opening_fits_what_is_published_and_is_told_by_nothing_else(
    judged, contest, organizer, sign_in, tmp_path, capsys
):
    works, one, other = judged
    browser, below, public = sign_in(organizer), f"/manage/{contest.slug}", f"/contests/{contest.slug}"
    address = f"{below}/results/conflicts.json"
    assert browser.get(address).status_code == 404
    earlier, found = computed(contest, organizer).opening, computed(contest, organizer)
    opening = found.opening
    name = next(name for name, public_id in found.jurors.items() if public_id == other.public_id)
    assert opening["conflicts"] == [[works["third"].public_id, name]]
    assert (earlier["salt"] == opening["salt"], "conflicts" in found.snapshot) == (False, False)
    given(contest, organizer, works, "first")
    results.publish_results(organizer.as_actor(), contest)

    for reader in (organizer, one.user):
        reading = sign_in(reader)
        assert f'href="{address}"' in reading.get(f"{below}/results/jurors").text
        data = reading.get(address).data
        assert hashlib.sha256(data).hexdigest() == found.snapshot["conflicts_sha256"]
    pages = [*(f"{public}/{page}" for page in ("", "winners", "results.json", "ranking.json", "rules"))]
    pages += [f"{below}{page}" for page in ("", "/results", "/results/jurors", "/results/protocol", "/audit")]
    assert [page for page in pages if opening["salt"] in browser.get(page, follow_redirects=True).text] == []
    (tmp_path / "ranking.json").write_bytes(browser.get(f"{public}/ranking.json").data)
    (tmp_path / "conflicts.json").write_bytes(data)
    assert main(["verify", str(tmp_path / "ranking.json"), "--conflicts", str(tmp_path / "conflicts.json")]) == 0
    assert "1 in all, and no sheet is in conflict" in capsys.readouterr().out


def test_who_has_a_part_in_an_entry_and_who_is_no_staff_reads_nothing_of_it(judged, contest, organizer, sign_in):
    works, _, other = judged
    conflicted, rival = make_user(), make_user()
    make_contest(rival, phase="judging")
    declare(works["first"], conflicted)
    with transaction() as s:
        s.add(ContestStaff(contest_id=contest.id, user_id=conflicted.id, role=StaffRole.ORGANIZER, since=clock.now()))
    seat(contest, works["third"].team.members[0].user, is_chair=True)
    computed(contest, organizer)
    rows = {one.left_out: one for one in db.session().query(ResultSet)}
    assert len(rows) == 3
    for left_out, row in rows.items():
        without = {work.public_id for work in works.values() if str(work.id) in left_out.split(",")}
        assert without.isdisjoint(entry for entry, _ in row.opening["conflicts"])
        assert check_conflicts(row.snapshot, row.opening) == ()

    chair = works["third"].team.members[0].user
    address = f"/manage/{contest.slug}/results/conflicts.json"
    for person in (conflicted, chair, other.user, rival):
        assert sign_in(person).get(address).status_code == 404
    with transaction() as s:
        s.merge(contest).announced_at = clock.now()
    browser = sign_in(conflicted)
    assert browser.get(address).status_code == 404
    assert "conflicts.json" not in browser.get(f"/manage/{contest.slug}/results/jurors").text


def test_it_still_fits_when_the_juror_is_erased_and_names_nobody(judged, contest, organizer, sign_in):
    _, _, other = judged
    before = computed(contest, organizer)
    snapshot, opening, email = before.snapshot, before.opening, other.user.email
    erase_person(None, email, really=True)
    db.session().expire_all()

    data = sign_in(organizer).get(f"/manage/{contest.slug}/results/conflicts.json").data
    assert json.loads(data) == opening
    assert check_conflicts(snapshot, json.loads(data)) == ()
    assert other.public_id not in data.decode()


def test_the_chair_of_a_blind_contest_reads_it_once_results_are_public(judged, contest, organizer, sign_in):
    _, one, _ = judged
    with transaction() as s:
        s.merge(contest).blind = True
    computed(contest, organizer)
    pages = [f"/manage/{contest.slug}/results/{page}" for page in ("conflicts.json", "jurors")]
    boss, staff = sign_in(one.user), sign_in(organizer)

    before = (
        boss.get(pages[0]).status_code,
        "conflicts.json" in boss.get(pages[1]).text,
        staff.get(pages[0]).status_code,
    )
    with transaction() as s:
        s.merge(contest).announced_at = clock.now()

    assert before == (404, False, 200)
    assert (boss.get(pages[0]).status_code, "conflicts.json" in boss.get(pages[1]).text) == (200, True)
