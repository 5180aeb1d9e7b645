"""Translations are looked for when the operator wants it and what finds them is there; else the report says so."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from creative_platform import doctor
from creative_platform.core import db, queue
from creative_platform.core.db import transaction
from creative_platform.core.queue import Job, JobState
from creative_platform.entries.models import Entry, EntryState
from creative_platform.similarity import service, translations
from creative_platform.similarity.engine import comparing, translating
from creative_platform.similarity.engine.sketching import Part, Sketched
from creative_platform.similarity.models import EntrySketch, Match
from creative_platform.verdicts.report import report_of
from scoring.similarity.translationmodel import installed_name
from scoring.similarity.translationsketch import SKETCH_VERSION, sketch_translation
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.scoring.similarity.translated import TEXTS, DictionaryModel
from tests.similarity.test_matches import told

pytestmark = pytest.mark.database
SAID = (
    ("kk", "Қазақша ↔ Орысша, аударылған", "арасындағы аудармалар"),
    ("ru", "Казахский ↔ Русский, переведено", "переводы между казахским"),
    ("en", "Kazakh ↔ Russian, translated", "translations between Kazakh"),
)
METHOD = f"{SKETCH_VERSION}/{DictionaryModel.name}"


@pytest.fixture
def wanted(app):
    translations.look_for(True)
    yield
    translations.look_for(False)


@pytest.fixture
def dictionary(wanted, monkeypatch):
    """The dictionary of the tests in place of the optional model, and of the child that it runs in."""

    def sketch_texts(texts, *, require_isolation=False):
        made = {part: sketch_translation(text, DictionaryModel()) for part, text in texts.items()}
        return Sketched([Part("translation", part, METHOD, sketch.to_bytes()) for part, sketch in made.items()])

    monkeypatch.setattr(translating, "sketch_texts", sketch_texts)
    monkeypatch.setitem(comparing.VERSIONS, "translation", METHOD)


@pytest.fixture
def organizer(app):
    return make_user()


@pytest.fixture
def contest(organizer):
    contest = make_contest(organizer, phase="judging")
    told(contest, TEXTS["songs"]["kk"], title="Әндер")
    told(contest, TEXTS["songs"]["ru"], title="Песни")
    told(contest, TEXTS["bicycles"]["en"], title="Bicycles")
    queue.work_off()
    return contest


def matches() -> list[Match]:
    return list(db.session().scalars(select(Match).order_by(Match.id)))


def rows() -> list[EntrySketch]:
    return list(db.session().scalars(select(EntrySketch).where(EntrySketch.kind == EntrySketch.TRANSLATION)))


def test_a_translated_entry_is_found_and_shown_beside_the_other(dictionary, contest, organizer, sign_in):
    [match] = matches()
    assert (match.modality, match.probability > 0.5) == ("translation", True)
    [piece] = match.evidence
    assert (piece["a_part"], piece["b_part"]) == ("answers.idea", "answers.idea")
    assert piece["transformation"] == ["translated=kk-ru"]
    client = sign_in(organizer)
    for locale, chip, covered in SAID:
        page = client.get(f"/manage/{contest.slug}/similarity/{match.public_id}?lang={locale}").text
        assert chip in page
        assert all(f"<mark>{TEXTS['songs'][one]}</mark>" in page for one in ("kk", "ru"))
        report = client.get(f"/manage/{contest.slug}/similarity/report?lang={locale}").text
        assert covered in report
        assert DictionaryModel.name in report


def test_the_report_says_by_which_model_or_that_it_is_not_covered(dictionary, contest, organizer):
    report = report_of(organizer.as_actor(), contest)
    assert report["compared"]["translations_by"] == METHOD
    assert "translation" not in report["not_covered"]
    with transaction() as s:
        s.delete(rows()[0])
    report = report_of(organizer.as_actor(), contest)
    assert (report["compared"]["translations_by"], report["not_covered"][0]) == (None, "translation")


def test_without_the_wish_nothing_is_read(contest, organizer):
    assert (matches(), rows()) == ([], [])
    assert "translation" in report_of(organizer.as_actor(), contest)["not_covered"]


def test_those_handed_in_before_are_read_when_the_contest_is_compared(contest, organizer, request):
    request.getfixturevalue("dictionary")
    service.compare_again(organizer.as_actor(), contest)
    queue.work_off()
    assert len(rows()) == 3
    assert [match.modality for match in matches()] == ["translation"]


def test_a_withdrawn_entry_leaves_nothing(dictionary, contest):
    entry = db.session().scalars(select(Entry).order_by(Entry.id)).first()
    with transaction():
        entry.state = EntryState.WITHDRAWN
        queue.enqueue(service.SKETCH_JOB, entry_id=entry.id)
    queue.work_off()
    assert (matches(), [row for row in rows() if row.entry_id == entry.id]) == ([], [])


@pytest.mark.skipif(bool(installed_name()), reason="the optional package of the model is installed")
def test_where_the_model_is_missing_it_is_tried_once_and_told(wanted, contest, organizer, sign_in):
    page = sign_in(organizer).get(f"/manage/{contest.slug}/similarity/report?lang=en").text
    assert "It is switched on, but not every text was read for it" in page
    assert [(row.version, row.sketch) for row in rows()] == 3 * [("", b"")]
    assert db.session().scalars(select(Job).where(Job.state == JobState.FAILED)).all() == []
    assert "translation" in report_of(organizer.as_actor(), contest)["not_covered"]
    assert "translations" in [one.about for one in doctor.examine()]
    before = [row.id for row in rows()]
    service.compare_again(organizer.as_actor(), contest)
    queue.work_off()
    db.session().expire_all()
    assert [row.id for row in rows()] == before
    ordered = select(Job).where(Job.name == "similarity.sketch_translations")
    assert len(db.session().scalars(ordered).all()) == 3


@pytest.mark.skipif(not installed_name(), reason="the optional package of the model is not installed")
def test_the_real_model_reads_in_the_confined_child(wanted, contest, organizer):
    assert [match.modality for match in matches()] == ["translation"]
    assert report_of(organizer.as_actor(), contest)["compared"]["translations_by"].endswith(installed_name())
    assert "translations" not in [one.about for one in doctor.examine()]
