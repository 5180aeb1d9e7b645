"""Tables to take away: nothing that runs, nothing too early, nobody else's."""

from __future__ import annotations

import csv
import io
import json
import zipfile

import pytest
from lxml import etree

from creative_platform.core import clock
from creative_platform.core.db import transaction
from creative_platform.desk.exports import as_json, as_xlsx, harmless
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.factories.entries import make_entry
from tests.factories.judging import admit, give_marks

pytestmark = pytest.mark.database


def table(text: str) -> list[dict[str, str]]:
    assert text[0] == "\ufeff"
    return list(csv.DictReader(io.StringIO(text[1:])))


@pytest.fixture
def judged(app):
    organizer = make_user()
    contest = make_contest(organizer, phase="judging")
    entries = {t: make_entry(contest, title=t, answers={"idea": "=1+1"}) for t in ("first", "second", "third")}
    admit(*entries.values())
    give_marks(contest, entries)
    return organizer, contest, entries


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "＝1"])
def test_text_that_looks_like_a_formula_is_marked(text):
    """AC67."""
    assert harmless(text) == "'" + text


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("x;=cmd|' /C calc'!A0;y", "x;'=cmd|' /C calc'!A0;y"),
        ('x; "@SUM(A1)', "x; \"'@SUM(A1)"),
        ("x;\n+1", "x;\n'+1"),
        ("=1;=2", "'=1;'=2"),
    ],
)
def test_a_cell_that_begins_at_a_semicolon_is_no_formula_either(text, kept):
    """AC67: with Kazakh or Russian settings Excel begins a new cell there."""
    assert harmless(text) == kept


def test_plain_text_and_numbers_stay(app):
    plain = ["Ән", -3, 2.5, "a=b", "one; two", "a;b=c"]
    assert [harmless(value) for value in [*plain, None]] == [*plain, ""]


def test_a_juror_named_like_a_column_hides_nothing_in_json():
    rows = [["code", "title", "code", "title", "title_"], ["A-1", "Dunes", "done", None, ""]]
    assert json.loads(as_json(rows)) == [
        {"code": "A-1", "title": "Dunes", "code_": "done", "title_": None, "title__": ""}
    ]


def test_entries_leave_with_their_answers(judged, sign_in):
    organizer, contest, _ = judged
    make_entry(contest, submitted=False, title="ZX-DRAFT")
    answer = sign_in(organizer).get(f"/manage/{contest.slug}/export/entries.csv")
    rows = table(answer.text)

    assert sorted(row["title"] for row in rows) == ["first", "second", "third"]
    assert {row["idea"] for row in rows} == {"'=1+1"}
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{contest.slug}-entries.csv"'


def test_excel_gets_the_same_table_and_no_formula(judged, sign_in):
    """AC67."""
    organizer, contest, _ = judged
    browser = sign_in(organizer)
    answer = browser.get(f"/manage/{contest.slug}/export/entries.xlsx")

    heading, *rows = cells(answer.data)
    same = table(browser.get(f"/manage/{contest.slug}/export/entries.csv").text)
    assert [dict(zip(heading, row, strict=False))["title"] for row in rows] == [row["title"] for row in same]
    assert {dict(zip(heading, row, strict=False))["idea"] for row in rows} == {"=1+1"}
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{contest.slug}-entries.xlsx"'


def test_a_cell_takes_any_value_and_no_more_than_excel_does(app):
    given = ["https://a.test", "{=A1}", "=1", "\x01", None, ["a"], 2.5, True, "x" * 40000]
    [_, row] = cells(as_xlsx([["a"], given]))
    assert row[:6] == ["https://a.test", "{=A1}", "=1", "_x0001_", "['a']", "2.5"]
    assert (row[6], row[7]) == ("1", "x" * 32767)


@pytest.mark.parametrize(
    "text", ['<r></r></is></c><c r="Z9"><f>1+1</f></c><r></r>', "<r><t>a</t></r>", "<r>broken</r>"]
)
def test_a_text_that_looks_like_excels_own_xml_stays_a_text(app, text):
    """AC67: the library takes such a text for a finished one."""
    [_, row] = cells(as_xlsx([["a"], [text]]))
    assert row == [f"{text} "]


def cells(book: bytes) -> list[list[str]]:
    """Return the texts and numbers of the only sheet; a formula or a link in it is an error."""
    space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        sheet = etree.fromstring(parts.read("xl/worksheets/sheet1.xml"))
    assert not [*sheet.iter(f"{space}f", f"{space}hyperlink")]
    return [["".join(cell.itertext()) for cell in row] for row in sheet.iter(f"{space}row")]


def test_marks_leave_only_once_the_round_is_closed(judged, sign_in):
    organizer, contest, entries = judged
    browser = sign_in(organizer)
    address = f"/manage/{contest.slug}/export/scores.csv"
    assert browser.get(address).status_code == 404
    with transaction() as s:
        s.merge(contest.rounds[0]).closed_at = clock.now()

    rows = table(browser.get(address).text)
    assert len(rows) == 6
    assert {row["craft"] for row in rows if row["entry_id"] == entries["first"].public_id} == {"9", "7"}


def test_others_get_no_table(judged, sign_in):
    """AC32."""
    _, contest, entries = judged
    other = make_user()
    make_contest(other)
    for person in (other, entries["first"].team.members[0].user):
        browser = sign_in(person)
        for name in ("entries", "coverage", "scores", "results", "quotas"):
            for form in ("csv", "xlsx", "json"):
                assert browser.get(f"/manage/{contest.slug}/export/{name}.{form}").status_code == 404
