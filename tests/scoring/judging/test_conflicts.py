"""A snapshot commits to conflicts that it does not tell; whoever has the opening can check them, whatever is in it."""

import hashlib
import json

import pytest

from scoring.__main__ import main
from scoring.errors import InvalidOption, NotAnOpening, NotASnapshot
from scoring.judging import (
    Entry,
    Juror,
    Rubric,
    Scoresheet,
    canonical_json,
    check_conflicts,
    digest,
    make_snapshot,
    opening_digest,
    rank,
    seal_conflicts,
    verify,
)

SALT = "5a" * 32
SHEETS = [Scoresheet(e, j, {"idea": 3 + n}) for n, (e, j) in enumerate(("a1", "b1", "a2", "c2"))]
ENTRIES, JURORS, RUBRIC = [*map(Entry, "abc")], [Juror("1"), Juror("2")], Rubric({"idea": 1})
PAIRS = [("c", "1"), ("b", "2")]
ODD = (None, "x", [], {}, 10**400, 1e308, float("nan"), json.loads("[" * 900 + "]" * 900), "\ud800")


def sealed(pairs=PAIRS, salt=SALT):
    opening = seal_conflicts(pairs, salt)
    ranking = rank(SHEETS, ENTRIES, JURORS, RUBRIC, method="mean", top=1)
    document = make_snapshot(
        ranking, SHEETS, ENTRIES, JURORS, RUBRIC, conflicts_sha256=opening_digest(opening), previous=None
    )
    return document, opening


def test_the_snapshot_holds_the_hash_alone_and_the_opening_fits():
    document, opening = sealed()

    assert "conflicts" not in document
    assert document["conflicts_sha256"] == hashlib.sha256(canonical_json(opening)).hexdigest()
    assert SALT not in canonical_json(document).decode()
    document, opening = (json.loads(canonical_json(one)) for one in (document, opening))
    assert verify(document).identical
    assert check_conflicts(document, opening) == ()


def test_another_salt_gives_another_hash_and_order_and_repeats_do_not():
    assert opening_digest(seal_conflicts([*PAIRS[::-1], PAIRS[0]], SALT)) == opening_digest(sealed()[1])
    assert opening_digest(seal_conflicts(PAIRS, "5b" * 32)) != opening_digest(sealed()[1])
    for salt in ("", "5a" * 31, "5A" * 32, SALT + "\n"):
        with pytest.raises(InvalidOption, match="salt"):
            seal_conflicts(PAIRS, salt)


@pytest.mark.parametrize("change", [{"conflicts": [["c", "1"]]}, {"salt": "5b" * 32}])
def test_an_opening_of_something_else_does_not_fit(change):
    document, opening = sealed()

    [said] = check_conflicts(document, opening | change)
    assert said.startswith("the digest of the conflicts is ")
    assert said.endswith(f"the snapshot says {document['conflicts_sha256']}")


def test_a_changed_hash_is_found_with_and_without_the_opening():
    document, opening = sealed()
    document["conflicts_sha256"] = "0" * 64

    assert verify(document).differences[0].startswith("the digest is ")
    assert check_conflicts(document | {"sha256": digest(document)}, opening)[0].endswith("says " + "0" * 64)


def test_a_sheet_in_conflict_is_named():
    assert check_conflicts(*sealed([("a", "2"), ("b", "2")])) == (
        "juror 2 judged entry a, with which they are in conflict",
    )


@pytest.mark.parametrize("pair", [("a", "2 "), ("а", "2"), ("d", "1"), ("", "")])
def test_a_name_beside_those_of_the_snapshot_hides_nobody(pair):
    [said] = check_conflicts(*sealed([pair]))
    assert said == f"the conflicts name entry {pair[0]}, juror {pair[1]}: one of them is not in the snapshot"


def test_many_are_counted():
    found = check_conflicts(*sealed([("z", str(n)) for n in range(30)]))
    assert (len(found), found[-1]) == (21, "and 10 more")


def test_a_snapshot_without_the_key_still_verifies_and_says_so():
    ranking = rank(SHEETS, ENTRIES, JURORS, RUBRIC, method="mean", top=1)
    document = make_snapshot(ranking, SHEETS, ENTRIES, JURORS, RUBRIC, conflicts=PAIRS)

    assert document["conflicts"] == [["b", "2"], ["c", "1"]]
    assert verify(document).identical
    assert check_conflicts(document, sealed()[1])[0].startswith("the snapshot commits to no conflicts")


def test_odd_values_are_answered_with_a_sentence():
    for odd in ODD:
        document, opening = sealed()
        for wrong in ({"conflicts": odd}, {"conflicts": [odd]}, {"conflicts": [["a", odd]]}, {"salt": odd},
                      {"format": odd}, {"more": odd}):  # fmt: skip
            try:
                assert check_conflicts(document, opening | wrong)
            except NotAnOpening as error:
                assert "conflicts" in str(error)
        with pytest.raises(NotAnOpening, match="no opening of conflicts of the format"):
            check_conflicts(document, odd)
        for key in ("conflicts_sha256", "entries", "scores", "jurors"):
            try:
                assert check_conflicts(document | {key: odd}, opening) or odd in ([], {})
            except NotASnapshot as error:
                assert "damaged" in str(error)


def test_the_command_says_what_does_not_fit(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    def verified(document, opening):
        (tmp_path / "r.json").write_bytes(canonical_json(document))
        (tmp_path / "c.json").write_bytes(canonical_json(opening))
        code = main(["verify", "r.json", "--conflicts", "c.json"])
        told = capsys.readouterr()
        return code, told.out.splitlines(), told.err

    document, opening = sealed()
    code, said, _ = verified(document, opening)
    assert (code, said[1]) == (0, "conflicts: as the snapshot commits to, 2 in all, and no sheet is in conflict")
    assert said[0].startswith("identical: ")
    code, said, _ = verified(*sealed([("a", "1")]))
    assert (code, said[0]) == (1, "different: juror 1 judged entry a, with which they are in conflict")
    assert len(said) == 2
    code, said, _ = verified(document, opening | {"conflicts": []})
    assert (code, said[0][:43]) == (1, "different: the digest of the conflicts is " + opening_digest(
        opening | {"conflicts": []})[0])  # fmt: skip
    code, said, _ = verified(*sealed([("a\r\x1b[2Kconflicts: as\nidentical: x", "1")]))
    assert (code, len(said), "\\r\\x1b[2Kconflicts: as\\nidentical: x" in said[0]) == (1, 2, True)
    code, said, errors = verified(document, opening | {"\x1b[2K": 10**400})
    assert (code, said, errors.count("\n")) == (2, [], 1)
    assert "holds something else" in errors
    assert main(["verify", "r.json", "--conflicts", "none.json"]) == 2
    assert capsys.readouterr().err == "none.json: No such file or directory\n"
    assert main(["verify", "r.json", "--conflicts", ""]) == 2
    assert capsys.readouterr().out == ""
    (tmp_path / "c.json").write_bytes(canonical_json(opening).replace(b"{", b'{"conflicts":[],', 1))
    assert main(["verify", "r.json", "--conflicts", "c.json"]) == 2
    assert capsys.readouterr().err == "c.json: is not JSON\n"


@pytest.mark.parametrize("pairs", [[["b", "2"], ["b", "2"]], [["c", "1"], ["b", "2"]]])
def test_what_stands_there_twice_or_in_no_order_makes_no_opening(pairs):
    document, opening = sealed()

    with pytest.raises(NotAnOpening, match="not sorted, or one stands there twice"):
        check_conflicts(document, opening | {"conflicts": pairs})
