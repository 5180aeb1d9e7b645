"""Whatever two teams hand in, the page that compares it stays small and quick."""

from __future__ import annotations

import time

from creative_platform.similarity.passages import LEFT_OUT, code_lines, side_by_side

LONG = "word " * 400_000


def test_a_program_of_the_same_line_over_and_over_is_laid_out_at_once():
    a = "\n".join(["}"] * 400)
    b = "\n".join("}" if n % 2 else f"unlike {n}" for n in range(400))
    begun = time.perf_counter()
    lines = code_lines(a, [1, 400], b, [1, 400])
    assert time.perf_counter() - begun < 0.5
    assert [line.b for line in lines if line.b_number] == b.split("\n")


def test_lines_that_many_places_have_stand_beside_each_other_where_their_neighbours_do():
    a = "\n".join(f"call {n}\n}}" for n in range(30))
    lines = code_lines(a, [1, 60], f"new\n{a}", [1, 61])
    assert [(line.a, line.b) for line in lines if not line.same] == [("", "new")]
    assert len(lines) == 61


def test_a_line_as_long_as_a_book_is_cut():
    [line] = code_lines(LONG, [1, 1], LONG, [1, 1])
    assert (len(line.a), len(line.b), line.same) == (502, 502, True)


def test_a_passage_as_long_as_a_book_shows_its_beginning():
    whole = {"kind": "passage", "a_part": "x", "b_part": "y", "a_span": [0, len(LONG)], "b_span": [0, len(LONG)]}
    told = {**whole, "weight": 1.0, "transformation": []}
    [pair] = side_by_side(lambda _: LONG, lambda _: LONG, [told], {})
    assert pair.a.pieces == [(LONG[:20_000], "matched"), ("", LEFT_OUT)]
    assert pair.b.pieces == pair.a.pieces


def test_a_passage_names_the_pages_on_which_it_stands_and_none_that_it_touches():
    page = "they carried flour over the pass through three days of snow "
    text = f"first page ends in here\f{page}\f{page}\fand the last one begins"
    shared = [text.index("here"), text.index(" last")]
    told = {"kind": "passage", "a_part": "x", "b_part": "y", "a_span": shared, "b_span": shared, "weight": 1.0}
    [pair] = side_by_side(lambda _: text, lambda _: text[:40], [{**told, "transformation": []}], {})
    assert (pair.a.pages, pair.b.pages) == ([2, 3], [2])
    assert "".join(words for words, _ in pair.a.pieces) == text.replace("\f", "\n")  # no two words run together
