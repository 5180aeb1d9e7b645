"""The demo, in a reduced size, on the real store: everything that a newcomer meets is there and holds together."""

from __future__ import annotations

import json
import stat
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from creative_platform.accounts.models import User
from creative_platform.accounts.service import sign_in
from creative_platform.contests import queries as contests
from creative_platform.core import audit, clock, queue
from creative_platform.core.db import session
from creative_platform.core.queue import Job, JobState
from creative_platform.demo import story
from creative_platform.judging import queries as judging
from creative_platform.media.models import AssetState, MediaAsset
from creative_platform.results import queries as results
from creative_platform.results.models import Certificate, ResultSet
from creative_platform.results.service.computing import METHODS
from creative_platform.screening import queries as screening
from creative_platform.similarity import queries as similarity
from creative_platform.similarity.starters import starters_of
from scoring.judging import verify

pytestmark = [pytest.mark.database, pytest.mark.storage, pytest.mark.timeout(600)]  # a busy machine is not at fault

ROLES = ["admin", "auditor", "chair", "juror", "organizer", "participant", "participant2"]


@pytest.fixture
def made(app, store, tmp_path):
    listing = story.load(tmp_path, "http://localhost", lambda line: None, tracks=("music", "campaign"), longest_s=1.5)
    assert listing is not None
    return listing


def test_the_demo_holds_together(made, app, client, tmp_path):
    """One loading is asked everything, since it takes long."""
    everybody_signs_in(made)
    tokens_work(made, app)
    every_file_is_ready_with_a_picture()
    copies_are_found(made)
    the_jury_is_half_way(made)
    winners_are_public(made, client)
    history_holds()
    the_listing_is_private(tmp_path, made)
    a_second_time_changes_nothing(tmp_path)


def everybody_signs_in(made):
    assert sorted(made["accounts"]) == ROLES
    for account in made["accounts"].values():
        assert sign_in(account["email"], account["password"], source="192.0.2.1").actor.name == account["name"]


def tokens_work(made, app):
    client = app.test_client(use_cookies=False)
    for account in made["accounts"].values():
        answer = client.get("/api/v1/contests", headers={"Authorization": f"Bearer {account['token']}"})
        assert answer.status_code == 200
        slugs = [contest["slug"] for contest in answer.json["items"]]
        assert made["contests"]["open"] in slugs


def every_file_is_ready_with_a_picture():
    assets = session().scalars(select(MediaAsset)).all()
    assert len(assets) >= 20
    for asset in assets:
        names = {proxy.name for proxy in asset.proxies}
        assert (asset.filename, asset.state) == (asset.filename, AssetState.READY)
        assert "thumb.webp" in names or "peaks.json" in names, asset.filename
    due = select(Job.name).where(Job.state != JobState.DONE, Job.due_at <= clock.now())
    assert session().scalars(due).all() == []
    assert queue.failed_jobs() == []


def organizer_of(contest):
    return contests.organizers_of(contest)[0].as_actor()


def copies_are_found(made):
    contest = contests.whole_contest(made["contests"]["main"])
    assert [(one.name, one.reason, one.read_at is None) for one in starters_of(contest)] == [("index.html", "", False)]
    found, _ = similarity.matches_in(organizer_of(contest), contest, page=1, per_page=50)
    pairs = {(match.modality, frozenset(side.title for side in match.sides)) for match in found}
    assert ("text", frozenset(("Шыңғыстау желі", "Taudan esken jel"))) in pairs
    assert ("file", frozenset(("Қызғалдақты үзбе", "Степь цветёт один раз"))) in pairs


def the_jury_is_half_way(made):
    contest = contests.whole_contest(made["contests"]["main"])
    assert contests.phase(contest, clock.now()) == "judging"
    assert len(screening.admitted_entries(contest)) == 8
    progress = judging.progress(contest, contest.rounds[0])
    assert (progress.assigned, progress.submitted) == (24, 12)
    assert [juror.is_chair for juror in judging.jurors_of(contest)] == [True, False, False]


def winners_are_public(made, client):
    contest = contests.whole_contest(made["contests"]["finished"])
    assert results.publication_of(contest) is not None
    page = client.get(f"/contests/{contest.slug}/winners")
    assert page.status_code == 200
    assert "Журавли над Кенгиром" in page.text
    certificates = session().scalars(select(Certificate)).all()
    assert [certificate.made_at is not None for certificate in certificates] == [True] * len(certificates)
    verified = client.get(f"/verify?code={certificates[0].code}")
    assert verified.status_code == 200


def history_holds():
    assert list(audit.verify()) == []
    result_set = session().scalars(select(ResultSet)).one()
    assert result_set.method == METHODS[0]  # what a new organizer is offered first
    assert verify(json.loads(json.dumps(result_set.snapshot))).identical
    latest = session().scalar(select(func.max(MediaAsset.created_at)))
    assert latest is not None
    assert latest < datetime.now(UTC)


def the_listing_is_private(tmp_path, made):
    listing = tmp_path / "demo.json"
    assert stat.S_IMODE(listing.stat().st_mode) == 0o600
    assert json.loads(listing.read_text("utf-8")) == made


def a_second_time_changes_nothing(tmp_path):
    before = session().scalar(select(func.count(User.id)))
    said: list[str] = []

    assert story.load(tmp_path, "http://localhost", said.append) is None
    assert session().scalar(select(func.count(User.id))) == before
    assert len(said) == 1


def test_a_database_in_use_is_left_alone(app, user, tmp_path):
    said: list[str] = []

    assert story.load(tmp_path, "http://localhost", said.append) is None
    assert "empty" in said[0]
    assert list(tmp_path.iterdir()) == []
