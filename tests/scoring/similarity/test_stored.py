"""Rows that an application stores find what the index in memory finds."""

import random
from collections import Counter

import pytest

from scoring.similarity import SimilarityIndex, UnknownEntry, sketch_code, sketch_text
from scoring.similarity.stored import StoredIndex, rows_of

from .attacks import excerpted
from .texts import ALL, EN, FORM, KK, RU


class Table:
    """The rows of one modality in lists and dictionaries."""

    def __init__(self) -> None:
        self.kept, self.rows = {}, {}
        self.asked = Counter()

    def add(self, entry_id, part, sketch):
        slot = len(self.kept)
        self.kept[slot], self.rows[slot] = (entry_id, part, sketch.to_bytes()), rows_of(sketch)

    def documents(self):
        self.asked["documents"] += 1
        return len({rows.digest for rows in self.rows.values()})

    def counts(self, terms):
        self.asked["counts"] += 1
        for term in terms:
            holding = [rows.digest for rows in self.rows.values() if term in rows.terms]
            if holding:
                yield term, len(set(holding)), len(holding)

    def found_by(self, terms):
        self.asked["found_by"] += 1
        return [(term, slot, rows.units) for slot, rows in self.rows.items() for term in terms if term in rows.found_by]

    def terms(self, slots):
        self.asked["terms"] += 1
        return [(slot, self.rows[slot].terms) for slot in slots]

    def owners(self, slots):
        self.asked["owners"] += 1
        return [(slot, *self.kept[slot][:2]) for slot in slots]

    def sketches(self, slots):
        self.asked["sketches"] += 1
        return [(slot, self.kept[slot][2]) for slot in slots]

    def parts(self, entry_id):
        self.asked["parts"] += 1
        return [(slot, part) for slot, (owner, part, _) in self.kept.items() if owner == entry_id]


PROGRAMS = [
    "def tell(rows):\n    best = 0\n    for row in rows:\n        if row.heard and row.told > best:\n"
    "            best = row.told\n    return [row for row in rows if row.told == best]\n",
    "class Kettle:\n    def __init__(self, litres):\n        self.litres = litres\n        self.warm = False\n\n"
    "    def heat(self, minutes):\n        self.warm = minutes * 2 > self.litres\n        return self\n",
]


def mixed():
    """Give texts and programs of many kinds: copies, excerpts, short ones, an empty one, the same twice."""
    dice = random.Random(3)
    entries = {f"e{place:02}": {"idea": sketch_text(FORM + text)} for place, text in enumerate(ALL)}
    for place in range(12):
        words = FORM + excerpted(ALL[place], dice, ALL[(place + 5) % len(ALL)])
        entries[f"x{place:02}"] = {"idea": sketch_text(words), "title": sketch_text(f"Title {place % 3} of a tale")}
    entries["same1"] = {"idea": sketch_text(KK[0] + RU[0]), "more": sketch_text(EN[0])}
    entries["same2"] = {"idea": sketch_text(KK[0] + RU[0]), "more": sketch_text("")}
    for place, program in enumerate([*PROGRAMS, PROGRAMS[0] + PROGRAMS[1], PROGRAMS[1].replace("litres", "size")]):
        entries[f"p{place}"] = {"x.zip": sketch_code([("x.py", program)])}
    return entries


def both(entries):
    """Give the index in memory, the one over rows, and the rows."""
    memory, tables = SimilarityIndex(boilerplate=[FORM]), {"text": Table(), "code": Table()}
    for entry_id, parts in entries.items():
        for part, sketch in parts.items():
            memory.add(entry_id, sketch, part=part)
            tables[sketch.modality].add(entry_id, part, sketch)
    return memory, StoredIndex(tables, boilerplate=[FORM]), tables


def test_rows_find_what_memory_finds():
    memory, stored, _ = both(mixed())

    expected = {entry_id: memory.search(entry_id, min_probability=0.3) for entry_id in memory}

    assert {entry_id: stored.search(entry_id, min_probability=0.3) for entry_id in memory} == expected
    assert sum(map(len, expected.values())) > 40
    assert {finding.modality for found in expected.values() for _, finding in found} == {"text", "code"}


def test_two_entries_are_compared_as_in_memory():
    memory, stored, _ = both(mixed())

    for pair in (("e00", "x00"), ("same1", "same2"), ("p0", "p2"), ("p1", "e01")):
        assert stored.compare(*pair) == memory.compare(*pair)


def test_what_a_search_asks_for_does_not_grow_with_the_entries():
    asked = []
    for count in (8, 16):
        entries = {f"e{place:02}": {"idea": sketch_text(FORM + text)} for place, text in enumerate(ALL[:count])}
        _, stored, tables = both(entries | {"x": {"idea": sketch_text(EN[0] + ALL[0])}})
        stored.search("x")
        asked.append(tables["text"].asked)

    assert asked[0] == asked[1]
    assert sum(asked[0].values()) < 12


def test_an_entry_without_rows_is_unknown():
    _, stored, _ = both(mixed())

    with pytest.raises(UnknownEntry):
        stored.search("nobody")


def test_a_damaged_sketch_is_as_if_it_were_not_there():
    memory, stored, tables = both(mixed())
    slot = next(slot for slot, kept in tables["text"].kept.items() if kept[0] == "e00")
    tables["text"].kept[slot] = ("e00", "idea", b"damaged")

    found = dict(stored.search("x00"))

    assert "e00" in dict(memory.search("x00"))
    assert "e00" not in found


def test_of_a_long_text_a_fixed_share_of_the_terms_gets_rows():
    long, short = rows_of(sketch_text(" ".join(ALL))), rows_of(sketch_text(EN[0][:50]))

    assert set(long.found_by) == {term for term in long.terms if term % 4 == 0}
    assert short.found_by == short.terms
