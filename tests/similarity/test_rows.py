"""Texts and programs are found by rows: as in memory, but without reading everybody's; nothing stays of what is out."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event, func, select

from creative_platform.core import clock, db, queue
from creative_platform.core.db import transaction
from creative_platform.entries import service as entries
from creative_platform.entries.models import Entry, RevisionFile
from creative_platform.media.models import MediaKind
from creative_platform.similarity import service
from creative_platform.similarity.engine import comparing
from creative_platform.similarity.engine.sketching import Part
from creative_platform.similarity.models import EntrySketch, FileSketch, Fingerprint, Match, TermCount
from creative_platform.similarity.rows import Reading, kind_of, pack_terms, unpack_terms
from creative_platform.similarity.service import indexing
from creative_platform.similarity.service.indexing import remove_sketches, store_sketch
from scoring.similarity import SimilarityIndex, sketch_code, sketch_text
from scoring.similarity.stored import rows_of
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.factories.entries import make_asset, make_entry
from tests.scoring.similarity.test_stored import mixed

pytestmark = pytest.mark.database

BREAD = "Whoever bakes in the oven first must tell the story of the woman who carried flour over the pass. " * 2
ROBOTS = "Robots made of old washing machines clean the banks of the river while their builders race against time. " * 2
Held = tuple[set[tuple[int, int, int, int]], dict[tuple[int, int], tuple[int, int]]]


def held() -> Held:
    """Give all rows: fingerprints, and the counts of each term."""
    s = db.session()
    s.expire_all()
    found = select(Fingerprint.kind, Fingerprint.term, Fingerprint.slot, Fingerprint.units)
    counts = s.scalars(select(TermCount).where(TermCount.kind > 0))
    return (
        {tuple(row) for row in s.execute(found)},
        {(row.kind, row.term): (row.texts, row.sketches) for row in counts},
    )


def part_of(sketch: Any, name: str) -> Part:
    rows = rows_of(sketch)
    return Part(sketch.modality, name, sketch.version, sketch.to_bytes(), digest=rows.digest, rows=rows)


def keep(entry: Entry, made: Part) -> None:
    """Store a sketch of an entry's own words."""
    revision = entry.revisions[0]
    row = EntrySketch(entry_id=entry.id, revision_id=revision.id, contest_id=entry.contest_id, made_at=clock.now())
    row.kind, row.part, row.version, row.sketch = made.kind, made.part, made.version, made.sketch
    with transaction() as s:
        store_sketch(s, row, made)


def keep_file(entry: Entry, made: Part) -> str:
    """Store a sketch of a file of an entry; give the file's public id."""
    asset = make_asset(entry, "pages", MediaKind.ZIP)
    row = FileSketch(asset_id=asset.id, kind=made.kind, part="", version=made.version, made_at=clock.now())
    row.sketch = made.sketch
    with transaction() as s:
        entry.revisions[0].files.append(RevisionFile(asset_id=asset.id, field="pages"))
        store_sketch(s, row, made)
    return asset.public_id


def told(contest: Any, words: str, **given: Any) -> Entry:
    entry = make_entry(contest, answers={"idea": words}, summary="", **given)
    with transaction():
        queue.enqueue(service.SKETCH_JOB, entry_id=entry.id)
    return entry


def test_rows_find_what_memory_finds(app):
    contest = make_contest()
    memory, ids = SimilarityIndex(), []
    for place, parts in enumerate(mixed().values()):
        entry = make_entry(contest)
        ids.append(entry.id)
        keep(entry, part_of(sketch_text(""), "summary"))
        memory.add(str(entry.id), sketch_text(""), part="summary")
        for name, sketch in parts.items():
            if sketch.modality == "text" and place % 3:
                keep(entry, part_of(sketch, name))
            else:
                name = keep_file(entry, part_of(sketch, name))
            memory.add(str(entry.id), sketch, part=name)

    found = comparing.find(Reading(ids), [])

    expected: dict[tuple[int, int], float] = {}
    for entry_id, others in memory.search_all(map(str, ids), limit=comparing.MOST_CANDIDATES, min_probability=0.3):
        expected |= {tuple(sorted((int(entry_id), int(other)))): one.probability for other, one in others}
    assert {(one.a_id, one.b_id): one.finding.probability for one in found} == expected
    assert len(expected) > 40
    assert {one.finding.modality for one in found} == {"text", "code"}


def test_what_is_withdrawn_leaves_rows_as_if_it_had_never_been(app):
    contest, person = make_contest(), make_user()
    told(contest, ROBOTS)
    queue.work_off()
    before = held()

    entry = told(contest, BREAD, owner=person)
    queue.work_off()
    fingerprints, counts = held()
    terms = set(sketch_text(BREAD).terms()) - set(sketch_text(ROBOTS).terms())
    assert len(terms) > 50
    assert terms <= {term for _, term in counts}
    assert len({term for _, term, _, _ in fingerprints} & terms) > 10

    entries.withdraw_entry(person.as_actor(), entry.public_id)
    queue.work_off()

    assert held() == before
    assert before[1][kind_of(comparing.VERSION), TermCount.ALL] == (1, 1)


def test_a_newer_version_of_the_words_takes_the_place_of_the_earlier(app):
    contest, person = make_contest(), make_user()
    entry = told(contest, BREAD, owner=person)
    queue.work_off()
    changes = {"answers": {"idea": ROBOTS}}
    entries.save_draft(person.as_actor(), entry.public_id, entry.version, changes, arrived_at=clock.now())
    entries.submit_entry(person.as_actor(), entry.public_id, arrived_at=clock.now())
    queue.work_off()

    assert {term for _, term in held()[1]} == {TermCount.ALL, *sketch_text(ROBOTS).terms()}


def test_the_same_text_twice_counts_once_until_both_are_gone(app):
    contest = make_contest()
    first, second = make_entry(contest), make_entry(contest)
    made = part_of(sketch_text(BREAD), "")
    key = kind_of(made.version), made.rows.terms[0]
    seen = []
    keep(first, made)
    seen.append(held()[1][key])
    keep_file(second, made)
    seen.append(held()[1][key])
    with transaction() as s:
        remove_sketches(s, select(EntrySketch).where(EntrySketch.entry_id == first.id))
    seen.append(held()[1][key])
    with transaction() as s:
        remove_sketches(s, select(FileSketch))

    assert seen == [(1, 1), (1, 2), (1, 1)]
    assert held() == (set(), {})


def test_two_workers_that_store_at_once_count_everything(app, beside):
    contest = make_contest()
    bound = [(make_entry(contest), words) for words in (BREAD, ROBOTS, BREAD, BREAD + ROBOTS)]
    given = [(entry.id, part_of(sketch_text(words), "")) for entry, words in bound]
    db.session().rollback()

    acts = [
        beside(lambda entry_id=entry_id, made=made: keep(db.session().get(Entry, entry_id), made))
        for entry_id, made in given
    ]
    for act in acts:
        act.join(60)

    assert [act.raised for act in acts] == [None] * 4
    fingerprints, counts = held()
    texts = {words: set(sketch_text(words).terms()) for _, words in bound}
    for (_, term), (of_texts, of_sketches) in counts.items():
        if term != TermCount.ALL:
            assert of_texts == sum(term in terms for terms in texts.values())
            assert of_sketches == sum(term in texts[words] for _, words in bound)
    assert counts[kind_of(comparing.VERSION), TermCount.ALL] == (3, 4)
    assert len(fingerprints) == sum(len(made.rows.found_by) for _, made in given)


def test_a_worker_that_dies_while_counting_leaves_neither_sketch_nor_rows(app, monkeypatch):
    contest = make_contest()
    told(contest, ROBOTS)
    queue.work_off()
    before = held()
    entry = told(contest, BREAD)

    def die(*given: Any, **more: Any) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patched:
        patched.setattr(indexing, "_count", die)
        queue.work_off()
    assert held() == before
    assert db.session().scalars(select(EntrySketch).where(EntrySketch.entry_id == entry.id)).all() == []

    with clock.pretend(clock.now().replace(year=clock.now().year + 1)):
        queue.work_off()
    assert db.session().scalar(select(func.count(EntrySketch.id))) == 2
    assert len(held()[1]) > len(before[1])


def test_statements_of_a_job_do_not_grow_with_the_entries(app):
    contest, took = make_contest(), []
    told(contest, BREAD)
    for others in (2, 9):
        for number in range(others):
            told(contest, f"{ROBOTS} Number {number} of {others}.")
        queue.work_off()
        told(contest, f"{BREAD} Once in a year, {'and again, ' * others}")
        statements: list[str] = []
        engine = db.session().get_bind()

        def note(connection: Any, cursor: Any, statement: str, *rest: Any, into: list[str] = statements) -> None:
            into.append(statement)

        event.listen(engine, "before_cursor_execute", note)
        try:
            queue.work_off()
        finally:
            event.remove(engine, "before_cursor_execute", note)
        took.append([one for one in statements if one.startswith("SELECT")])
        matches = db.session().scalars(select(Match).order_by(Match.id)).all()
    assert len(took[0]) == len(took[1])
    assert any("FROM fingerprint" in one for one in took[1])
    assert len(matches) > 2


def test_rows_of_another_version_are_not_read_and_go_with_their_sketch(app):
    contest = make_contest()
    old, new = make_entry(contest), make_entry(contest)
    made = part_of(sketch_text(BREAD), "")
    keep(old, Part("text", "", "text-0", made.sketch, digest=made.digest, rows=made.rows))
    keep(new, made)

    assert comparing.find(Reading([new.id]), []) == []
    with transaction() as s:
        remove_sketches(s, select(EntrySketch).where(EntrySketch.entry_id == old.id))
    assert {kind for kind, _ in held()[1]} == {kind_of(comparing.VERSION)}


def test_only_equal_files_are_read(app):
    contest = make_contest()
    digests = {"a": ["a" * 64, 5], "b": ["a" * 64, 5], "c": ["b" * 64, 5], "empty": ["e" * 64, 0]}
    ids = {}
    for name, (digest, size) in digests.items():
        entry = make_entry(contest)
        ids[name] = entry.id
        for part in comparing.sketch_parts({}, {name: (digest, size)}):
            keep(entry, part)

    assert [entry_id for entry_id, _, _ in Reading([ids["a"]]).equal_files()] == [ids["a"], ids["b"]]
    assert [(one.a_id, one.b_id) for one in comparing.find(Reading([ids["a"]]), [])] == [(ids["a"], ids["b"])]
    assert list(Reading([ids["empty"]]).equal_files()) == []


@pytest.mark.parametrize("terms", [[], [0], [5, 6, 2**24 - 1], list(range(0, 10_000, 7))])
def test_terms_are_packed_without_loss(terms):
    assert unpack_terms(pack_terms(terms)).tolist() == terms


def test_programs_are_found_by_rows(app):
    contest = make_contest()
    program = "\n".join(f"def step_{n}(rows):\n    return [row * {n} for row in rows if row > {n}]\n" for n in range(9))
    first, second = make_entry(contest), make_entry(contest)
    for entry, text in ((first, program), (second, program.replace("rows", "all_of_it"))):
        keep(entry, part_of(sketch_text(""), "summary"))
        keep_file(entry, part_of(sketch_code([("x.py", text)]), ""))

    [one] = comparing.find(Reading([second.id]), [])
    assert (one.a_id, one.b_id, one.finding.modality) == (first.id, second.id, "code")
