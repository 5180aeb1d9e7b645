"""What people are shown of a file: full quality or light, pages, moments, and in words what is not there yet."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from creative_platform.core import clock, db, queue
from creative_platform.entries import queries as entries
from creative_platform.entries.models import RevisionFile
from creative_platform.judging import service as jury
from creative_platform.judging.models import Assignment
from creative_platform.media.models import CopiesWanted, MediaAsset, MediaKind, MediaProxy
from tests.abuse.test_matrix import make_token, requests_of
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.factories.entries import make_asset, make_entry
from tests.factories.judging import admit, seat

pytestmark = pytest.mark.database

MB = 1 << 20
OURS = {
    "clean": ("video/mp4", 48 * MB),
    "light": ("video/mp4", 3 * MB),
    "sheet.jpg": ("image/jpeg", 40_000),
    "poster.jpg": ("image/jpeg", 20_000),
}


def give(asset: MediaAsset, copies: dict[str, tuple[str, int]]) -> None:
    """Store rows of copies, each under a key that says what it is."""
    with db.transaction() as s:
        for name, (content_type, size_bytes) in copies.items():
            row = MediaProxy(asset_id=asset.id, name=name, content_type=content_type, size_bytes=size_bytes)
            row.storage_key, row.width, row.height = f"derived/{asset.public_id}{name}", 320, 240
            s.add(row)


@pytest.fixture
def organizer(app):
    return make_user(name="Organizer")


@pytest.fixture
def contest(organizer):
    return make_contest(organizer, phase="judging", reviews_per_entry=1)


@pytest.fixture
def owner(app):
    return make_user(name="Owner")


@pytest.fixture
def entry(contest, owner):
    entry = make_entry(contest, owner=owner)
    admit(entry)
    return entry


def film(entry, **given) -> MediaAsset:
    """A film of 50 MB that was handed in."""
    more = {"filename": "film.mov", "size_bytes": 50 * MB, "duration_s": 60.0, "copies_wanted": CopiesWanted.ALL}
    kind = given.pop("kind", MediaKind.VIDEO)
    asset = make_asset(entry, "pages", kind, storage_key="originals/film", **{**more, **given})
    with db.transaction():
        entry.revisions[0].files.append(RevisionFile(asset_id=asset.id, field="pages"))
    return asset


@pytest.fixture
def asset(entry) -> MediaAsset:
    asset = film(entry)
    give(asset, OURS)
    return asset


@pytest.fixture
def workspace(contest, organizer, entry):
    """The address of the juror's page of the entry, and the juror."""
    person = make_user(name="Juror")
    seat(contest, person)
    jury.draw_assignments(organizer.as_actor(), contest)
    queue.work_off()
    [row] = db.session().scalars(select(Assignment)).all()
    return f"/jury/{row.public_id}", person


def published(contest) -> None:
    with db.transaction():
        contest.announced_at = clock.now()


def sources(text: str) -> list[str]:
    return re.findall(r'<source src="[^"?]*/derived/\w{26}([\w.]+)\?', text)


def test_jurors_begin_with_full_quality_and_see_what_each_weighs(asset, workspace, sign_in):
    address, juror = workspace

    page = sign_in(juror).get(address).text

    assert sources(page) == ["clean"]
    links = re.findall(r'<a href="([^"]+)" data-version="(\w+)"( aria-current="true")?>([^<]+)</a>', page)
    assert [(href.removeprefix(f"/media/{asset.public_id}"), *rest) for href, *rest in links] == [
        ("", "full", ' aria-current="true"', "Full quality (48 MB)"),
        ("?copy=light", "light", "", "Light, for slow connections (3 MB)"),
    ]
    assert "50 MB" not in page
    assert f'src="/media/{asset.public_id}?copy=sheet.jpg"' in page
    russian = sign_in(juror).get(f"{address}?lang=ru").text
    assert re.findall(r"Полное качество [^<]*", russian) == ["Полное качество (48 МБ)"]


def test_jurors_get_both_over_the_api(asset, workspace, client):
    address, juror = workspace
    bearer = {"Authorization": f"Bearer {make_token(juror)}"}

    [file] = client.get(f"/api/v1/assignments/{address.removeprefix('/jury/')}", headers=bearer).json["files"]

    keys = [file[name].split("?")[0].rpartition(asset.public_id)[2] for name in ("url", "light_url")]
    assert keys == ["clean", "light"]


def test_the_public_begins_with_the_light_version(asset, contest, entry, client):
    published(contest)

    page = client.get(f"/entries/{entry.public_id}").text

    assert sources(page) == ["light"]
    assert re.findall(r'data-version="(\w+)"', page) == ["light", "full"]
    for copy, name in (("", "clean"), ("?copy=light", "light"), ("?copy=sheet.jpg", "sheet.jpg")):
        answer = client.get(f"/media/{asset.public_id}{copy}")
        assert (answer.status_code, f"derived/{asset.public_id}{name}?" in answer.location) == (303, True)
    fresh = client.get(f"/media/{asset.public_id}?copy=light", headers={"Accept": "application/json"}).json["url"]
    assert f"{asset.public_id}light?" in fresh


@pytest.mark.parametrize(
    ("kind", "duration_s", "lasts_s"),
    [
        (MediaKind.VIDEO, 60.0, 3660),
        (MediaKind.AUDIO, 7200.0, 10800),
        (MediaKind.VIDEO, 6 * 3600.0, 6 * 3600),
        (MediaKind.VIDEO, None, 3600),
        (MediaKind.IMAGE, None, 300),
        (MediaKind.PDF, None, 300),
    ],
)
def test_addresses_last_as_long_as_the_piece_and_an_hour_at_most_six_others_five_minutes(
    entry, contest, client, owner, sign_in, kind, duration_s, lasts_s
):
    """Chromium sends every later range to the address that it got first."""
    asset = film(entry, kind=kind, duration_s=duration_s)
    give(asset, OURS)
    published(contest)

    lasts = {
        name: re.findall(r"X-Amz-Expires=(\d+)", browser.get(f"/media/{asset.public_id}{name}").location)
        for name, browser in {"": client, "?copy=light": client, "/original": sign_in(owner)}.items()
    }

    assert lasts == {"": [str(lasts_s)], "?copy=light": [str(lasts_s)], "/original": ["300"]}
    page = client.get(f"/entries/{entry.public_id}").text
    assert set(re.findall(r"poster\.jpg\?[^\"]*?X-Amz-Expires=(\d+)", page)) <= {"300"}


@pytest.mark.parametrize("copy", ["original", "poster.jpg", "listing.json", "page-01.webp", "", "../originals/film"])
def test_nothing_else_can_be_asked_for(asset, contest, client, copy):
    published(contest)

    assert client.get(f"/media/{asset.public_id}", query_string={"copy": copy}).status_code == 404


def test_a_light_copy_that_saves_nothing_is_not_offered(entry, contest, client):
    asset = film(entry)
    give(asset, {"clean": ("video/mp4", 3 * MB), "light": ("video/mp4", 3 * MB)})
    published(contest)

    page = client.get(f"/entries/{entry.public_id}").text

    assert (sources(page), "data-version" in page) == (["clean"], False)


STRANGE = {"notes": ["needs_rendition"]}
WORDS = {
    "is made when": (CopiesWanted.NONE, STRANGE),
    "A version for browsers is being made": (CopiesWanted.PLAYABLE, STRANGE),
    "No version for browsers could be made": (
        CopiesWanted.PLAYABLE,
        {**STRANGE, "unmade": {"clean": "inspection.timeout"}},
    ),
    "A light version for slow connections is being made": (CopiesWanted.ALL, {}),
    "No light version for slow connections could be made": (
        CopiesWanted.ALL,
        {"unmade": {"light": "inspection.memory"}},
    ),
}


@pytest.mark.parametrize("words", WORDS)
def test_what_is_not_there_yet_is_said_in_words(words, entry, owner, sign_in):
    wanted, details = WORDS[words]
    film(entry, copies_wanted=wanted, details=details)

    page = sign_in(owner).get(f"/my/entries/{entry.public_id}").text

    assert [said for said in WORDS if said in page] == [words]


def test_pages_of_a_document_are_pictures_and_say_how_many_there_are(entry, contest, client):
    paper = film(entry, kind=MediaKind.PDF, filename="paper.pdf", details={"pages": 30}, duration_s=None)
    give(paper, {f"page-{number:02d}.webp": ("image/webp", 90_000) for number in range(1, 21)})
    published(contest)

    page = client.get(f"/entries/{entry.public_id}").text

    pictures = re.findall(r'src="/media/\w+\?copy=(page-\d\d\.webp)"[^>]*loading="lazy"', page)
    assert pictures == [f"page-{number:02d}.webp" for number in range(1, 21)]
    assert "The first 20 of 30 pages as pictures" in page
    assert client.get(f"/media/{paper.public_id}?copy=page-20.webp").status_code == 303
    assert client.get(f"/media/{paper.public_id}?copy=page-21.webp").status_code == 404


@pytest.mark.parametrize(
    ("kind", "said"), [(MediaKind.PDF, "Open the document"), (MediaKind.IMAGE, "Open in full size")]
)
def test_what_is_pressed_later_leads_to_a_fresh_address(entry, workspace, owner, sign_in, kind, said):
    """A signed address of a picture or document ends after five minutes; a page is read for longer."""
    asset = film(entry, kind=kind, filename="work.bin", duration_s=None)
    give(asset, {"clean": ("image/webp", MB), "view.jpg": ("image/jpeg", 90_000)})

    pages = [sign_in(workspace[1]).get(workspace[0]).text, sign_in(owner).get(f"/my/entries/{entry.public_id}").text]

    for page in pages:
        assert re.findall(rf'<a href="([^"]+)"[^>]*>{said}</a>', page) == [f"/media/{asset.public_id}"]
    downloads = [re.findall(r'<a href="([^"]+)" download>', page) for page in pages]
    assert downloads == [[], [f"/media/{asset.public_id}/original"]]
    assert sign_in(owner).get(downloads[1][0]).status_code == 303


WORDS_OF = {"items": [{"name": "a.txt", "text": "tulips"}]}
NAMES_OF = {"items": [{"name": "code/main.py", "size_bytes": 2048}]}
DERIVED = {
    MediaKind.VIDEO: (["<video ", 'poster="', "?copy=sheet.jpg"], {}),
    MediaKind.AUDIO: (["<audio ", '<svg class="wave"'], {"peaks.json": {"peaks": [0, 128, 255]}}),
    MediaKind.IMAGE: (['type="image/webp"', "view.jpg?", "Open in full size"], {}),
    MediaKind.PDF: (["?copy=page-01.webp", "Open the document"], {}),
    MediaKind.ZIP: (["code/main.py", "tulips"], {"listing.json": NAMES_OF, "preview.json": WORDS_OF}),
    MediaKind.DOCUMENT: (["Text of the document", "tulips"], {"text.json": WORDS_OF}),
}


@pytest.mark.parametrize("kind", DERIVED)
def test_what_was_derived_is_shown_to_jurors_and_the_public(entry, contest, workspace, client, sign_in, kind):
    shown, data = DERIVED[kind]
    asset = film(entry, kind=kind, filename="work.bin")
    pictures = dict.fromkeys(("view.jpg", "sheet.jpg", "page-01.webp"), ("image/jpeg", MB))
    give(asset, {**pictures, "view.webp": ("image/webp", MB), "clean": ("image/webp", MB)} if not data else {})
    with db.transaction() as s:
        for name, value in data.items():
            row = MediaProxy(asset_id=asset.id, name=name, content_type="application/json", size_bytes=1, data=value)
            s.add(row)
    if kind is MediaKind.AUDIO:
        give(asset, {"clean": ("audio/mpeg", MB)})
    juror = sign_in(workspace[1]).get(workspace[0]).text
    published(contest)
    public = client.get(f"/entries/{entry.public_id}").text

    assert [[part for part in shown if part not in page] for page in (juror, public)] == [[], []]


def addresses(app, contest, entry, asset, workspace: str) -> set[str]:
    """Return the address of every page, filled with what there is."""
    known = {"slug": contest.slug, "number": 1, "field": "pages", "table": "entries", "form": "csv"}
    known |= {"key": "story", "language": "kk"}
    adapter, found = app.url_map.bind("localhost"), set()
    for method, rule in requests_of(app):
        for public_id in (asset.public_id, entry.public_id, workspace.removeprefix("/jury/")):
            given = {name: known.get(name, "1" if name.endswith("_id") else "x") for name in rule.arguments}
            given |= {"public_id": public_id, "part": "text" if "text" in rule.rule else "tracks"}
            if method == "GET":
                found.add(adapter.build(rule.endpoint, {name: given[name] for name in rule.arguments}))
    return {*found, f"/media/{asset.public_id}?copy=light"}


def test_no_address_leads_jurors_or_the_public_to_an_original(
    app, asset, entry, contest, organizer, workspace, sign_in
):
    """Walk every route: the key of what was sent stands in no answer, except in those of the staff."""
    published(contest)
    found: dict[str, set[str]] = {}
    walkers = {"juror": sign_in(workspace[1]), "public": app.test_client(), "organizer": sign_in(organizer)}
    for who, browser in walkers.items():
        found[who] = set()
        for path in sorted(addresses(app, contest, entry, asset, workspace[0])):
            answer = browser.get(path)
            said = f"{answer.headers}{answer.text if answer.status_code < 400 else ''}"
            found[who].update(re.findall(r"(originals/\w+|derived/\w{26}[\w.]+)\?", said))

    ours = {f"derived/{asset.public_id}{name}" for name in ("clean", "light", "poster.jpg")}
    assert (found["juror"], found["public"]) == (ours, ours)
    assert "originals/film" in found["organizer"], "the walk does find it where it may be"


def test_lists_load_posters_and_no_other_pictures(asset, entry):
    pages = {f"page-{number:02d}.webp": ("image/webp", 90_000) for number in range(1, 21)}
    give(asset, {**pages, "thumb.webp": ("image/webp", 9_000)})

    [pictured] = entries.pictures_handed_in([entry.id])[entry.id]

    assert [picture.name for picture in pictured.proxies] == ["poster.jpg", "thumb.webp"]
