"""Source code: found renamed, reformatted, and pasted into another project."""

import re
import tarfile
import zipfile

import pytest

from scoring.similarity import (
    CodeSketch,
    SimilarityIndex,
    UnreadableMedia,
    UnreadableSketch,
    compare,
    read_project,
    sketch_code,
)
from scoring.similarity import project as reading
from scoring.similarity.project import KNOWN_CODE, MAX_FILE_BYTES, fingerprint, is_source

from .projects import BUSES, SHADOWS, TEMPERATURE


def renamed(source: str) -> str:
    """Rename what the author named, drop comments, change every number and string."""
    for number, name in enumerate(["Station", "readings", "median_of_last", "warning", "record", "station", "middle"]):
        source = re.sub(rf"\b{name}\b", f"v{number}", source)
    return "# all mine\n" + re.sub(r"\b\d+\b", "7", source.replace('"', "'"))


def project(**files: str) -> CodeSketch:
    return sketch_code([(name.replace("__", "."), text) for name, text in files.items()])


def test_renamed_program_is_found():
    finding = compare(project(a__py=TEMPERATURE), project(b__py=renamed(TEMPERATURE)))

    assert finding.probability >= 0.9
    assert finding.measures["containment_a"] > 0.95


def test_function_pasted_into_another_program_is_found_with_its_lines():
    lines = TEMPERATURE.split("\n")
    start = lines.index("    def add(self, value):")
    pasted = "\n".join(lines[start : start + 21])
    host = SHADOWS + "\n\nclass Mine:\n" + pasted

    finding = compare(project(a__py=TEMPERATURE), project(b__py=host))
    piece = finding.evidence[0]

    assert finding.probability >= 0.5
    assert (piece.kind, piece.a_part, piece.b_part) == ("lines", "a.py", "b.py")
    assert abs(piece.a_span[0] - (start + 1)) <= 1
    assert abs(piece.b_span[1] - len(host.split("\n"))) <= 4


def test_a_line_that_any_two_programs_share_is_not_shown_beside_a_copy():
    idiom = "\n\nROWS = list(map(str, NAMES))\n"
    apart = project(a__py=TEMPERATURE + idiom), project(b__py=SHADOWS + idiom + "\nX = {1: 2}\n" * 30 + TEMPERATURE)
    alone = project(a__py=BUSES + idiom), project(b__py=SHADOWS + idiom)

    assert len(compare(*apart).evidence) == 1
    assert compare(*apart).measures["shared"] > compare(*apart).evidence[0].weight
    assert len(compare(*alone).evidence) == 1


def test_tables_of_numbers_and_names_are_no_evidence():
    def table(start: int) -> str:
        numbers = range(start, start + 60)
        return "TABLE = [\n" + "".join(f'    ("n{n}", {n * 7 % 23}, 0x{n:02x}),\n' for n in numbers) + "]\n"

    finding = compare(project(a__py=TEMPERATURE + table(3)), project(b__py=SHADOWS + table(500)))

    assert finding.probability < 0.1


def test_a_copied_table_of_thousands_of_lines_is_one_stretch():
    table = "TABLE = [\n" + "".join(f'    ("n{n}", {n * 7 % 23}, 0x{n:02x}),\n' for n in range(1_500)) + "]\n"

    finding = compare(project(a__py=TEMPERATURE + table), project(b__py=TEMPERATURE + table.replace("7", "8")))

    [piece] = finding.evidence
    lines = (TEMPERATURE + table).count("\n")
    assert (piece.a_span[1], piece.b_span[1]) == (lines, lines)


def test_different_programs_share_nothing():
    for other in (project(b__py=SHADOWS), project(c__js=BUSES)):
        assert compare(project(a__py=TEMPERATURE), other).probability < 0.1


def test_the_starter_project_weighs_nothing():
    starter = project(main__py=SHADOWS)
    index = SimilarityIndex(starters=[starter])
    index.add("a", project(main__py=SHADOWS + TEMPERATURE))
    index.add("b", project(main__py=SHADOWS, app__js=BUSES))

    assert index.search("a") == []


def test_comparison_is_symmetric():
    one, two = project(a__py=TEMPERATURE, b__js=BUSES), project(x__py=renamed(TEMPERATURE) + SHADOWS)

    assert compare(one, two) == compare(two, one).swapped()


def test_a_project_matches_itself_with_certainty():
    assert compare(project(a__py=TEMPERATURE), project(a__py=TEMPERATURE)).probability == 1.0


@pytest.mark.parametrize("text", ["", "# only a comment", "\n\n", "x"])
def test_too_little_code_gives_no_evidence(text):
    finding = compare(project(a__py=text), project(a__py=TEMPERATURE))

    assert (finding.probability, finding.evidence) == (0.0, ())


def test_sketch_survives_storing():
    sketch = project(a__py=TEMPERATURE, b__js=BUSES, c__txt="words")

    assert CodeSketch.from_bytes(sketch.to_bytes()) == sketch
    assert [name for name, _ in sketch.files] == ["a.py", "b.js"]
    with pytest.raises(UnreadableSketch):
        CodeSketch.from_bytes(sketch.to_bytes()[:-3])


def test_large_project_is_cut_and_says_so():
    assert sketch_code([("a.py", TEMPERATURE * 5)], max_tokens=300).truncated


def test_archive_and_folder_read_alike(tmp_path):
    folder = tmp_path / "project"
    (folder / "node_modules").mkdir(parents=True)
    (folder / "node_modules" / "left.js").write_text(BUSES)
    (folder / "app.py").write_text(TEMPERATURE)
    (folder / "photo.jpg").write_bytes(b"\xff\xd8")
    with zipfile.ZipFile(tmp_path / "p.zip", "w") as archive:
        for file in folder.rglob("*.*"):
            archive.write(file, file.relative_to(folder).as_posix())
    with tarfile.open(tmp_path / "p.tar.gz", "w:gz") as tar:
        tar.add(folder / "app.py", "app.py")

    expected = [("app.py", TEMPERATURE)]

    assert read_project(folder) == expected
    assert read_project(tmp_path / "p.zip") == expected
    assert read_project(tmp_path / "p.tar.gz") == expected
    assert read_project(folder / "app.py") == expected


def test_damaged_and_swollen_archives_are_bounded(tmp_path):
    with zipfile.ZipFile(tmp_path / "big.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("huge.py", "x = 1\n" * MAX_FILE_BYTES)
        archive.writestr("a.py", TEMPERATURE)
    (tmp_path / "cut.tar.gz").write_bytes(b"\x1f\x8b\x08\x00broken")
    raw = bytearray((tmp_path / "big.zip").read_bytes())
    start = raw.index(b"a.py") + len("a.py")
    raw[start : start + 4] = b"\xff" * 4
    (tmp_path / "damaged.zip").write_bytes(raw)

    assert read_project(tmp_path / "big.zip") == [("a.py", TEMPERATURE)]
    for name in ("cut.tar.gz", "damaged.zip"):
        with pytest.raises(UnreadableMedia):
            read_project(tmp_path / name)


def test_notebook_is_read_by_its_code_cells(tmp_path):
    (tmp_path / "n.ipynb").write_text('{"cells": [{"cell_type": "code", "source": ["total = 1\\n"]}]}')
    (tmp_path / "bad.ipynb").write_text("{")

    assert read_project(tmp_path / "n.ipynb") == [("n.ipynb", "total = 1\n")]
    assert read_project(tmp_path / "bad.ipynb") == [("bad.ipynb", "")]


@pytest.mark.parametrize("name", ["x/.git/hooks/a.py", "jquery.min.js", "a.png", "vendor/a.php", "__MACOSX/._a.py"])
def test_what_others_wrote_is_ignored(name):
    assert not is_source(name)


def test_a_well_known_file_is_left_out_until_somebody_changes_it(tmp_path, monkeypatch):
    listed = tmp_path / "known.txt"
    listed.write_text(f"{fingerprint(TEMPERATURE)}\n", encoding="ascii")
    monkeypatch.setattr(reading, "KNOWN_CODE", listed)
    monkeypatch.setattr(reading, "_known", reading._known.__wrapped__)  # without what it remembers
    folder = tmp_path / "p"
    folder.mkdir()
    (folder / "copied.py").write_bytes(b"\xef\xbb\xbf" + TEMPERATURE.replace("\n", "  \r\n").encode() + b"\r\n\r\n")
    (folder / "changed.py").write_text(TEMPERATURE.replace("return", "return 0 +", 1), encoding="utf-8")
    (folder / "own.py").write_text(BUSES, encoding="utf-8")

    assert [name for name, _ in read_project(folder)] == ["changed.py", "own.py"]


def test_the_list_of_well_known_files_is_in_order():
    lines = KNOWN_CODE.read_text(encoding="ascii").splitlines()

    assert lines == sorted(set(lines))
    assert [line for line in lines if not re.fullmatch("[0-9a-f]{16}", line)] == []
    assert fingerprint("") not in lines
