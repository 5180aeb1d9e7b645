"""``python -m scoring`` on files: exact columns, exit codes, and bad rows named by file, line and column."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from scoring.__main__ import COMMANDS, main
from scoring.commands.progress import Progress
from scoring.judging import Entry, Juror, Rubric, Scoresheet, canonical_json, make_snapshot, rank
from scoring.judging.tables import read_entries, read_jurors, read_scores

ENTRIES = (
    "entry_id,track,region,language,organization\ne1,video,KZ-75,kk,\ne2,music,KZ-71,ru,\ne3,video,KZ-75,en,club\n"
)
JURORS = ("juror_id,region,expert_tracks,languages,organization,capacity\n"
          "j1,KZ-75,video music,kk ru,,\nj2,KZ-71,music,,club,3\nj3,KZ-11,,kk ru en,,2\n")  # fmt: skip
SCORES = "entry_id,juror_id,round,idea,craft\ne1,j1,1,9,8\ne1,j2,1,7,\ne2,j1,1,4,5\ne2,j3,,5,5\n"
RUBRIC = '{"weights": {"idea": 3, "craft": 1}, "scale": [1, 10]}'


ROOT = Path(__file__).parents[3]


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, text in [("e.csv", ENTRIES), ("j.csv", JURORS), ("s.csv", SCORES), ("r.json", RUBRIC)]:
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


RANK = ["rank", "--scores", "s.csv", "--entries", "e.csv", "--jurors", "j.csv", "--rubric", "r.json", "--out", "o.csv"]
ASSIGN = ["assign", "--entries", "e.csv", "--jurors", "j.csv", "--out", "a.csv"]


def rows(path):
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_rank_writes_every_entry_once_in_the_promised_columns(files):
    assert main([*RANK, "--method", "mean"]) == 0

    found = rows(files / "o.csv")
    assert list(found[0]) == [
        "entry_id",
        "rank",
        "score",
        "raw_mean",
        "reviews",
        "p_top10",
        "rank_lo",
        "rank_hi",
        "band",
    ]
    assert [(row["entry_id"], row["rank"], row["score"], row["reviews"]) for row in found] == [
        ("e1", "1", "7.875000", "2"),
        ("e2", "2", "4.625000", "2"),
        ("e3", "3", "", "0"),
    ]


def test_rank_breaks_ties_by_the_steps_and_tells_their_figures(files, capsys):
    (files / "s.csv").write_text("entry_id,juror_id,round,idea,craft\ne1,j1,1,6,8\ne2,j1,1,7,5\n", encoding="utf-8")
    assert main([*RANK, "--method", "mean"]) == 0
    assert [(row["entry_id"], row["rank"]) for row in rows(files / "o.csv")][:2] == [("e1", "1"), ("e2", "1")]
    capsys.readouterr()

    assert main([*RANK, "--method", "mean", "--ties", "criterion:idea", "lot", "--lots", "x"]) == 0
    assert [(row["entry_id"], row["rank"]) for row in rows(files / "o.csv")][:2] == [("e2", "1"), ("e1", "2")]
    said = "note: place 1: equal scores of e1, e2; criterion:idea decides (e1 6.0, e2 7.0)\n"
    assert said in capsys.readouterr().err
    assert main([*RANK, "--ties", "lot"]) != 0
    assert "lots are drawn from a seed" in capsys.readouterr().err


def test_rank_writes_why_an_order_changed(files):
    entries = "".join(f"e{n},video,KZ-10,kk,\n" for n in range(1, 9))
    (files / "e.csv").write_text(ENTRIES.splitlines()[0] + "\n" + entries, encoding="utf-8")
    sheets = [(n, j, n + 1 - 3 * (j == 1)) for n in range(1, 9) for j in ((1, 2) if n % 2 else (2, 3))]
    lines = "".join(f"e{n},j{j},1,{max(1, mark)},{max(1, mark)}\n" for n, j, mark in sheets)
    (files / "s.csv").write_text("entry_id,juror_id,round,idea,craft\n" + lines, encoding="utf-8")

    assert main([*RANK, "--reasons", "w.csv"]) == 0

    found = rows(files / "w.csv")
    said = [(row["entry_id"], row["rank_by_mean"], row["reason"]) for row in found]
    assert ("e7", "3", "juror j1 was 1.4 points stricter than the average juror") in said
    assert {row["entry_id"] for row in found} <= {row["entry_id"] for row in rows(files / "o.csv")}
    assert main([*RANK, "--method", "mean", "--reasons", "w.csv"]) == 0
    assert rows(files / "w.csv") == []


def test_rank_names_the_chance_by_the_size_of_the_top(files):
    assert main([*RANK, "--top", "2"]) == 0

    assert "p_top2" in rows(files / "o.csv")[0]


def test_rank_is_the_same_bytes_for_the_same_seed(files):
    outputs = []
    for seed in ("3", "3", "4"):
        assert main([*RANK, "--top", "1", "--seed", seed]) == 0
        outputs.append((files / "o.csv").read_bytes())

    assert outputs[0] == outputs[1]
    assert outputs[0] != outputs[2]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("s.csv", SCORES + "e1,j3,1,eleven,5\n", "s.csv, line 6, column idea: 'eleven' is no number"),
        ("s.csv", SCORES + "e1,j3,1,5,11\n", "s.csv, line 6, column craft: 11 is outside the scale 1 to 10"),
        ("s.csv", SCORES + "e1,j3,1,5,nan\n", "s.csv, line 6, column craft: 'nan' is no mark"),
        ("s.csv", SCORES + "e9,j3,1,5,5\n", "s.csv, line 6, column entry_id: 'e9' is not in the list of entries"),
        ("s.csv", SCORES + "e1,j9,1,5,5\n", "s.csv, line 6, column juror_id: 'j9' is not in the list of jurors"),
        (
            "s.csv",
            SCORES + "e2,j3,1,5,5\n",
            "line 6, column juror_id: 'j3' already has a sheet for 'e2' in line 5",
        ),
        ("s.csv", SCORES + "e1,j3,1,5\n", "s.csv, line 6: has 4 cells, the header has 5"),
        ("s.csv", "entry_id,juror_id,round,idea\n", "s.csv, line 1, column craft: the header has no such column"),
        ("s.csv", SCORES + '"e1,j3,1,5,5\n', "s.csv, line 6: unexpected end of data"),
        ("s.csv", "", "s.csv, line 1, column entry_id: the header has no such column; it has nothing"),
        ("e.csv", ENTRIES + "e1,video,,,\n", "e.csv, line 5, column entry_id: 'e1' is listed twice"),
        ("e.csv", ENTRIES + ",video,,,\n", "e.csv, line 5, column entry_id: is empty"),
        ("e.csv", "entry_id,track,track\n", "e.csv, line 1, column track: the header has this column twice"),
        ("j.csv", JURORS + "j4,,,,,-1\n", "j.csv, line 5, column capacity: '-1' is no whole number from 0 up"),
        ("j.csv", JURORS + f"j4,,,,,{'9' * 5000}\n", "column capacity: '99999999999999999999' is no whole number"),
        ("s.csv", SCORES + "e1,j3,1,1_0,5\n", "s.csv, line 6, column idea: '1_0' is no number"),
        ("r.json", '{"weights": {"idea": 0}, "scale": [1, 10]}', "the weights sum to zero"),
        ("r.json", '{"weights": {"idea": 1}}', "r.json: has no key 'scale'"),
        ("r.json", "[", "r.json: is not JSON"),
        ("r.json", "[" * 100_000, "r.json: is not JSON"),
        ("r.json", f'{{"weights": {{"idea": {"9" * 400}}}, "scale": [1, 10]}}', "r.json: is not JSON of the form"),
        ("r.json", '{"weights": {"idea": 1}, "scale": "19"}', "r.json: is not JSON of the form"),
        ("r.json", '{"weights": {"round": 1}, "scale": [1, 10]}', "a criterion cannot be called 'round'"),
    ],
)
def test_rank_names_what_is_wrong(files, capsys, name, text, message):
    (files / name).write_text(text, encoding="utf-8")

    assert main(RANK) == 2
    assert message in capsys.readouterr().err
    assert not (files / "o.csv").exists()


def test_rank_names_a_file_that_cannot_be_read(files, capsys):
    (files / "e.csv").write_bytes(b"entry_id\n\xff\n")
    assert main(RANK) == 2
    assert capsys.readouterr().err == "e.csv: is not UTF-8 text\n"

    (files / "e.csv").unlink()
    assert main(RANK) == 2
    assert capsys.readouterr().err == "e.csv: No such file or directory\n"


def test_rank_reads_a_file_as_spreadsheets_save_it(files):
    (files / "e.csv").write_bytes(b"\xef\xbb\xbf" + ENTRIES.replace("\n", "\r\n").encode() + b"\r\n")

    assert main(RANK) == 0


def test_assign_writes_pairs_and_keeps_existing_ones(files):
    (files / "c.csv").write_text("juror_id,entry_id\nj1,e1\n")
    (files / "x.csv").write_text("entry_id,juror_id\ne2,j3\n")
    (files / "j.csv").write_text(JURORS.replace("en,,2", "en,,3"))

    assert main([*ASSIGN, "--reviews", "2", "--conflicts", "c.csv", "--existing", "x.csv"]) == 0

    assert (files / "a.csv").read_text() == "entry_id,juror_id\ne1,j2\ne1,j3\ne2,j1\ne2,j3\ne3,j1\ne3,j3\n"


@pytest.mark.parametrize("command", [[*ASSIGN, "--reviews", "1"], ["next", *RANK[1:-2], "--per-batch", "1"]])
def test_a_conflict_that_names_nobody_is_told(files, capsys, command):
    (files / "c.csv").write_text("juror_id,entry_id\nj1,e1\nJ1,e2\n", encoding="utf-8")

    assert main([*command, "--conflicts", "c.csv"]) == 0
    said = "note: 1 of 2 conflicts name nobody in the lists, first entry 'e2', juror 'J1'\n"
    assert capsys.readouterr().err.startswith(said)


def test_assign_exits_3_with_the_reason(files, capsys):
    assert main([*ASSIGN, "--reviews", "3"]) == 3

    assert capsys.readouterr().err == (
        "cannot be done: entry e3 needs 3 reviews, but jurors j1, j3 can give 2 of them "
        "(the others are in conflict or at capacity)\n"
    )


def test_verify_exits_0_when_identical_and_1_when_not(files, capsys):
    rubric = Rubric({"idea": 3, "craft": 1}, (1, 10))
    entries, jurors = read_entries("e.csv"), read_jurors("j.csv")
    sheets = read_scores("s.csv", rubric, {e.entry_id for e in entries}, {j.juror_id for j in jurors})
    document = make_snapshot(rank(sheets, entries, jurors, rubric), sheets, entries, jurors, rubric)
    (files / "good.json").write_bytes(canonical_json(document))
    document["result"][0]["score"] += 1
    (files / "bad.json").write_text(json.dumps(document))

    assert main(["verify", "good.json"]) == 0
    assert capsys.readouterr().out.startswith("identical: order where scores differ by more than 1e-6")
    assert main(["verify", "bad.json"]) == 1
    assert "different: entry e1: score is " in capsys.readouterr().out
    (files / "signed.json").write_text(json.dumps({"payload": "{}", "key_id": "0", "signature": "AA"}))
    assert main(["verify", "signed.json"]) == 2
    assert "`flask --app wsgi results verify FILE` checks both" in capsys.readouterr().err
    assert main(["verify", "s.csv"]) == 2
    assert capsys.readouterr().err == "s.csv: is not JSON\n"


def test_verify_lets_no_document_write_a_verdict_of_its_own(files, capsys):
    sheets, entries, jurors = [Scoresheet("e", "j", {"idea": 5})], [Entry("e")], [Juror("j")]
    rubric = Rubric({"idea": 1})
    document = make_snapshot(rank(sheets, entries, jurors, rubric), sheets, entries, jurors, rubric)
    document["sha256"] = "x\r\x1b[2Kidentical: order\nidentical: numbers"
    (files / "v.json").write_text(json.dumps(document))
    assert main(["verify", "v.json"]) == 1
    said = capsys.readouterr().out
    assert said.count("\n") == 1
    assert said.endswith("the document says x\\r\\x1b[2Kidentical: order\\nidentical: numbers\n")
    (files / "v.json").write_text(json.dumps({"format": "\x1b[2K"}))
    assert main(["verify", "v.json", "--previous", "\x1b[2Kx"]) == 2
    assert capsys.readouterr().err == "\\x1b[2Kx: No such file or directory\n"


def test_huge_numbers_are_answered_like_others(files, capsys):
    assert main([*ASSIGN, "--reviews", "9" * 30]) == 2
    assert "at least one review and at most 1000000" in capsys.readouterr().err
    next_ = ["next", *RANK[1:-2], "--per-batch"]
    assert main([*next_, "9" * 30]) == 0
    assert capsys.readouterr().out.count("\n") == 1 + 3  # e3 and j2 are of one club; j3 takes two


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command_explains_itself(command, capsys):
    with pytest.raises(SystemExit) as leaving:
        main([command, "--help"])

    assert leaving.value.code == 0
    assert "exit codes" in capsys.readouterr().out


def test_wrong_usage_exits_2(capsys):
    for arguments in ([], ["nothing"], ["rank"], [*RANK, "--top", "0"], [*RANK, "--seed", "x"]):
        with pytest.raises(SystemExit) as leaving:
            main(arguments)
        assert leaving.value.code == 2
    assert "argument --seed: invalid whole number value: 'x'" in capsys.readouterr().err


def test_module_runs_as_a_program():
    done = subprocess.run(
        [sys.executable, "-m", "scoring", "rank", "--help"], capture_output=True, text=True, check=True, cwd=ROOT
    )

    assert "p_top10" in done.stdout


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_progress_is_drawn_on_a_terminal_and_nowhere_else():
    terminal, file = Terminal(), io.StringIO()
    for stream in (terminal, file):
        progress = Progress("ranking", stream)
        for done in range(1, 5):
            progress(done, 4)

    assert "ranking [##########------------------------------]  25 %" in terminal.getvalue()
    assert terminal.getvalue().endswith(" \r")
    assert file.getvalue() == ""


def test_jurors_and_next_write_the_promised_columns(files, capsys):
    common = ["--scores", "s.csv", "--entries", "e.csv", "--jurors", "j.csv", "--rubric", "r.json", "--out", "o.csv"]

    assert main(["jurors", *common]) == 0
    assert [row["juror_id"] for row in rows(files / "o.csv")] == ["j1", "j2", "j3"]
    assert {"severity", "discrimination", "reliability", "own_region_effect", "values_used", "flags"} <= set(
        rows(files / "o.csv")[0]
    )
    said = dict(line.rsplit(": ", 1) for line in capsys.readouterr().err.splitlines() if "alpha" in line)
    assert said.pop("agreement (Krippendorff's alpha), craft") == "cannot be told"  # one entry has two marks for it
    assert [value.count(", ") for value in said.values()] == [1, 1]
    assert main(["next", *common, "--per-batch", "2"]) == 0
    found = rows(files / "o.csv")
    assert list(found[0]) == ["entry_id", "juror_id", "gain"]
    assert [row["entry_id"] for row in found] == ["e3", "e3"]
    assert {row["juror_id"] for row in found} == {"j1", "j3"}
