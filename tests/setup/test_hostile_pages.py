"""Hostile values in the set-up pages: refused beside their field, never code, never a 500."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from creative_platform.contests import queries, rules
from creative_platform.core.db import transaction
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest, text
from tests.setup.pages import PARTS, fields_of, fill_in, fresh, setup

pytestmark = pytest.mark.database


@pytest.mark.parametrize("value", ["0", "-1", "101", "9" * 400, "1e309", "NaN", "", "1;DROP", "\x00"])
def test_hostile_numbers_are_refused_beside_their_field(app, sign_in, value):
    organizer = make_user()
    contest = make_contest(organizer, published=False)

    answer = fill_in(sign_in(organizer), setup(contest.slug, "/limits"), max_team_size=value)

    assert answer.status_code == 422
    assert 'id="max_team_size-error"' in answer.text
    assert fresh(contest.slug).max_team_size == 5


@pytest.mark.parametrize("value", ["NaN", "inf", "1e309", "-1", "0", "101", "9" * 400, "x"])
def test_hostile_weights_are_refused(app, sign_in, value):
    organizer = make_user()
    contest = make_contest(organizer, published=False)

    answer = fill_in(sign_in(organizer), setup(contest.slug, "/rubric/craft"), weight=value)

    assert answer.status_code == 422
    assert fresh(contest.slug).rounds[0].criteria[0].weight == 2


@pytest.mark.parametrize(
    ("moment", "zone"),
    [
        ("0001-01-01T00:00", "Asia/Almaty"),
        ("9999-12-31T23:59", "Asia/Almaty"),
        ("2026-13-45T00:00", "Asia/Almaty"),
        ("yesterday", "Asia/Almaty"),
        ("2027-03-28T02:30", "Europe/Berlin"),
        ("2026-12-01T00:00", "Mars/Olympus"),
        ("2026-12-01T00:00", "../../etc/passwd"),
        ("2026-12-01T00:00", "Asia/\x00"),
    ],
)
def test_hostile_times_are_refused(app, hands, sign_in, moment, zone):
    organizer = make_user()
    contest = make_contest(organizer, published=False)
    before = rules.document_of(fresh(contest.slug))

    answer = fill_in(sign_in(organizer), setup(contest.slug, "/dates"), entries_end=moment, timezone=zone)

    assert answer.status_code == 422
    assert rules.document_of(fresh(contest.slug)) == before


def test_dates_left_as_shown_keep_their_seconds(app, hands, sign_in):
    organizer = make_user()
    hands.forward(seconds=33)
    contest = make_contest(organizer)
    before = rules.document_of(fresh(contest.slug))["stages"]

    answer = fill_in(
        sign_in(organizer), setup(contest.slug, "/dates"), announcement_start="2027-01-20T12:00", note__en="A hall"
    )

    after = rules.document_of(fresh(contest.slug))["stages"]
    assert answer.status_code == 303
    assert (after["entries"], after["judging"]) == (before["entries"], before["judging"])
    assert after["announcement"] == {"starts_at": "2027-01-20T07:00:00+00:00"}


def test_control_characters_are_dropped_from_texts(app, sign_in):
    organizer = make_user()
    contest = make_contest(organizer, published=False)

    answer = fill_in(sign_in(organizer), setup(contest.slug, "/text"), title__en="A\x00B\x1b[31mC")

    assert answer.status_code == 303
    assert fresh(contest.slug).title["en"] == "AB[31mC"


def test_too_long_texts_are_refused(app, sign_in):
    organizer = make_user()
    contest = make_contest(organizer, published=False)

    answer = fill_in(sign_in(organizer), setup(contest.slug, "/text"), title__en="x" * 201, body__ru="y" * 20_001)

    assert answer.status_code == 422
    assert fields_of(answer.text)["title-en"] == "x" * 201


ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "[click](javascript:alert(1))",
    "[click](data:text/html;base64,PHNjcmlwdD4=)",
    "[click](vbscript:msgbox)",
    "![pixel](https://evil.example/p.gif)",
    "<a href='https://e.example' target=_blank>x</a>",
    "{{ config }}{% for x in y %}",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_texts_never_become_code(app, sign_in, client, attack):
    organizer = make_user()
    contest = make_contest(organizer, title=text(attack), summary=text(attack), body=text(attack))
    contest.tracks[0].title = contest.tracks[0].description = contest.awards[0].title = text(attack)
    contest.fields[0].label = contest.rounds[0].criteria[0].help = text(attack)
    publish_again(contest)
    browser = sign_in(organizer)

    pages = [client.get(f"/contests/{contest.slug}/rules?lang={lang}").text for lang in ("kk", "ru", "en")]
    pages += [browser.get(setup(contest.slug, f"/{part}")).text for part in PARTS]
    pages += [browser.get(setup(contest.slug)).text]
    pages += [fill_in(browser, setup(contest.slug, "/text"), body__en=attack, preview="1").text]

    for page in pages:
        inside = page.split("<main", 1)[-1].split("</main>", 1)[0]
        assert executable(inside) == []


class _Dangers(HTMLParser):
    """What a browser would run or fetch, by its own reading of the page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "img", "iframe", "object", "embed"):
            self.found.append(tag)
        for name, value in attrs:
            scheme = (value or "").split(":", 1)[0].lower() if ":" in (value or "") else ""
            if name.startswith("on") or (name in ("href", "src") and scheme not in ("", "http", "https", "mailto")):
                self.found.append(f"{tag} {name}={value}")


def executable(page: str) -> list[str]:
    parser = _Dangers()
    parser.feed(page)
    return parser.found


def publish_again(contest):
    with transaction():
        document = rules.document_of(contest)
        contest.rules[0].document, contest.rules[0].sha256 = document, rules.sha256_of(document)


@pytest.mark.parametrize("slug", ["a%00b", "%ed%a0%80", "%ff%fe", "x" * 3000, "..%2f..%2fetc", "' OR 1=1 --"])
def test_hostile_addresses_are_not_found(app, sign_in, client, slug):
    browser = sign_in(make_user(is_admin=True))
    addresses = (f"/contests/{slug}/rules", f"/manage/{slug}/setup", f"/manage/{slug}/setup/tracks/{slug}")

    answers = {browser.get(address).status_code for address in addresses}

    assert answers <= {400, 404}
    assert client.get(f"/contests/{slug}/rules").status_code in (400, 404)


@pytest.mark.parametrize("value", ["\x00", "a\x00b"])
def test_hostile_addresses_of_people_are_refused(app, sign_in, value):
    organizer = make_user()
    contest = make_contest(organizer)

    answer = fill_in(sign_in(organizer), setup(contest.slug, "/staff"), having="email", email=value, role="organizer")

    assert answer.status_code == 422
    assert len(queries.staff_of(contest)) == 1
