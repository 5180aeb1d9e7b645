"""The index: incremental, forgetful, the same whatever the order."""

import random

import pytest

from scoring.similarity import (
    DuplicateEntry,
    FileSketch,
    SimilarityIndex,
    TermStatistics,
    TextSketch,
    UnknownEntry,
    sequences,
    sketch_text,
)
from scoring.similarity.findings import Evidence, Finding, combined

from .attacks import excerpted
from .test_stored import mixed
from .texts import ALL, EN, FORM, KK, RU


def contest(order=None) -> SimilarityIndex:
    index = SimilarityIndex(boilerplate=[FORM])
    for place in order or range(len(ALL)):
        index.add(f"e{place:02}", sketch_text(FORM + ALL[place]))
    return index


def test_search_gives_the_source_of_an_excerpt_first():
    index = contest()
    index.add("x", sketch_text(FORM + excerpted(RU[2], random.Random(1), RU[5])))

    found = index.search("x", min_probability=0.5)

    assert {entry_id for entry_id, _ in found} == {"e08", "e11"}
    assert all(finding.evidence for _, finding in found)


def test_searching_for_all_finds_what_searching_for_each_does():
    index = contest()
    one_by_one = {entry_id: index.search(entry_id) for entry_id in index}

    together = dict(index.search_all(index))
    index.remove("e03")
    index.add("e03", sketch_text(FORM + ALL[3]))

    for entry_id, findings in together.items():
        known = [other for other, _ in findings]
        assert findings == [pair for pair in one_by_one[entry_id] if pair[0] in known]
    pairs = {frozenset((asked, other)) for asked, found in one_by_one.items() for other, _ in found}
    assert {frozenset((asked, other)) for asked, found in together.items() for other, _ in found} == pairs
    assert {entry_id: index.search(entry_id) for entry_id in index} == one_by_one


def test_order_of_adding_changes_nothing():
    order = list(range(len(ALL)))
    random.Random(5).shuffle(order)
    one, two = contest(), contest(order)
    for index in (one, two):
        index.add("x", sketch_text(FORM + KK[1] + " " + EN[0]))

    assert one.search("x") == two.search("x")
    assert one.candidates("x") == two.candidates("x")


def test_removed_entry_leaves_no_trace():
    index, never = contest(), contest()
    copy = sketch_text(FORM + KK[4])

    index.add("x", copy)
    index.add("x", FileSketch("a" * 64, 5))
    index.remove("x")

    assert "x" not in index
    assert index.statistics() == never.statistics()
    assert index.search("e04") == never.search("e04")
    assert index._channels["text"]._postings._rows == never._channels["text"]._postings._rows
    assert (index._channels["file"]._slots, index._channels["file"]._digests) == ({}, {})


def test_identical_files_are_found():
    index = SimilarityIndex()
    index.add("a", FileSketch("a" * 64, 10), part="song.mp3")
    index.add("b", FileSketch("a" * 64, 10), part="other name.mp3")
    index.add("c", FileSketch("b" * 64, 10), part="song.mp3")

    ((entry_id, finding),) = index.search("a")

    assert (entry_id, finding.probability, finding.modality, finding.scores) == ("b", 1.0, "file", {"file": 1.0})
    assert (finding.evidence[0].a_part, finding.evidence[0].b_part) == ("song.mp3", "other name.mp3")


def test_empty_files_and_empty_texts_match_nothing():
    index = SimilarityIndex()
    for entry_id in "ab":
        index.add(entry_id, FileSketch("e" * 64, 0))
        index.add(entry_id, sketch_text(""))

    assert index.search("a") == []


def test_two_hundred_equal_entries_are_all_found():
    index = contest()
    for number in range(200):
        index.add(f"same{number}", sketch_text(KK[0] + " " + RU[0]))

    found = index.search("same7", limit=250, min_probability=0.9)

    assert sum(entry_id.startswith("same") for entry_id, _ in found) == 199


def test_parts_are_compared_across_fields():
    index = contest()
    index.add("x", sketch_text(EN[1]), part="title")
    index.add("x", sketch_text(RU[1]), part="description")

    found = dict(index.search("x", min_probability=0.5))

    assert set(found) == {"e07", "e13"}
    assert found["e07"].evidence[0].a_part == "description"


def test_what_cannot_reach_the_asked_probability_is_not_aligned_and_nothing_else_changes(monkeypatch):
    index, aligned = SimilarityIndex(boilerplate=[FORM]), []
    for entry_id, parts in mixed().items():
        for part, sketch in parts.items():
            index.add(entry_id, sketch, part=part)
    really = sequences.align
    monkeypatch.setattr(sequences, "align", lambda *given, **more: aligned.append(1) or really(*given, **more))

    every = {entry_id: index.search(entry_id) for entry_id in index}
    all_aligned = len(aligned)
    likely = {entry_id: index.search(entry_id, min_probability=0.3) for entry_id in index}

    assert likely == {one: [pair for pair in found if pair[1].probability >= 0.3] for one, found in every.items()}
    assert sum(map(len, likely.values())) > 40
    assert len(aligned) - all_aligned < all_aligned / 2


def test_the_ceiling_is_above_what_aligning_finds():
    statistics = TermStatistics.over(sketch_text(FORM + text) for text in ALL)
    dice = random.Random(8)
    for place, text in enumerate(ALL):
        other = ALL[(place + 3) % len(ALL)]
        for words in (excerpted(text, dice, other), f"{text} {text[: len(text) // 3]}", other, FORM + other):
            a, b = sketch_text(FORM + text), sketch_text(words)
            _, measures = sequences.shared_passages(a, b, statistics)
            most = sequences.ceiling(statistics.weighed(a), statistics.weighed(b), a.gram)
            assert all(most[name] >= measures[name] - 1e-6 for name in measures)


def test_wrong_entries_are_named():
    index = contest()

    with pytest.raises(UnknownEntry) as unknown:
        index.search("nobody")
    with pytest.raises(DuplicateEntry) as duplicate:
        index.add("e00", sketch_text("again"))

    assert (unknown.value.entry_id, duplicate.value.entry_id) == ("nobody", "e00")


def test_sketches_from_storage_behave_like_fresh_ones():
    index, again = contest(), SimilarityIndex(boilerplate=[FORM])
    for place, text in enumerate(ALL):
        again.add(f"e{place:02}", TextSketch.from_bytes(sketch_text(FORM + text).to_bytes()))

    assert [index.search(entry_id) for entry_id in index] == [again.search(entry_id) for entry_id in again]


def test_what_proves_next_to_nothing_is_no_evidence_beside_what_does():
    likely, hardly, sounding = (
        Finding(probability, modality, {modality: probability}, (Evidence("region", (), (), weight, (), name, name),))
        for probability, modality, weight, name in (
            (0.9, "image", 9.0, "photo"),
            (0.01, "image", 20.0, "letters"),
            (0.01, "audio", 3.0, "hum"),
        )
    )

    assert [piece.a_part for piece in combined([hardly, likely, sounding]).evidence] == ["photo", "hum"]
    assert [piece.a_part for piece in combined([hardly]).evidence] == ["letters"]
