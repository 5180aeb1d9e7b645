"""AC19, AC20: a juror's copies hold nothing of what files tell of their makers; the real exiftool looks for it.

Marks stand in every place that a kind of file has for them: written by exiftool where it can write, else by encoders.
"""

from __future__ import annotations

import hashlib
import html
import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from creative_platform.contests.models import Contest
from creative_platform.core import clock, db, queue
from creative_platform.core.db import transaction
from creative_platform.entries import service as entries
from creative_platform.judging import service as judging
from creative_platform.judging.models import Assignment
from creative_platform.media import queries
from creative_platform.media.models import AssetState
from creative_platform.uploads import service
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.factories.entries import make_entry
from tests.factories.judging import admit, seat
from tests.fixtures.exiftool import Exiftool
from tests.inspection import papers, recordings
from tests.inspection.recordings import MARK, recording
from tests.uploads.test_uploads import get

pytestmark = [pytest.mark.database, pytest.mark.storage]

WHO, WHEN, WHERE = MARK.decode(), "2011:11:11 11:11:11", "43.2389"
READ = ("-a", "-u", "-g1", "-ee", "-b")
PEOPLE = [f"-{tag}={WHO}" for tag in ("XMP-dc:Creator", "XMP-dc:Rights", "XMP-photoshop:AuthorsPosition")]
TIMES = [f"-XMP-xmp:{tag}={WHEN}" for tag in ("CreateDate", "ModifyDate")]
PLACE = [f"-GPSLatitude={WHERE}", "-GPSLatitudeRef=N", "-GPSLongitude=76.8897", "-GPSLongitudeRef=E"]
EXIF = [f"-EXIF:{tag}={WHO}" for tag in ("Artist", "Copyright", "UserComment", "OwnerName", "SerialNumber", "XPAuthor")]
EXIF += [f"-EXIF:{tag}={WHEN}" for tag in ("DateTimeOriginal", "CreateDate", "ModifyDate")]
IPTC = [f"-IPTC:{tag}={WHO}" for tag in ("By-line", "Credit", "Contact", "City")]
FILM = [f"-{group}:{tag}={WHO}" for group in ("ItemList", "UserData", "Keys") for tag in ("Artist", "Author")]
FILM += [f"-Keys:GPSCoordinates={WHERE} 76.8897", f"-QuickTime:CreateDate={WHEN}", f"-QuickTime:ModifyDate={WHEN}"]
FILM += [f"-Track{n}:{tag}CreateDate={WHEN}" for n in (1, 2) for tag in ("Track", "Media")]
PAPER = [f"-PDF:{tag}={WHO}" for tag in ("Author", "Creator", "Producer", "Title", "Keywords")]
PAPER += [f"-PDF:{tag}={WHEN}" for tag in ("CreateDate", "ModifyDate")]
TEXT = [f"-PNG:{tag}={WHO}" for tag in ("Author", "Artist", "Copyright", "Comment")]


def archive() -> bytes:
    """A ZIP with the mark in its comment, a member's comment, a member's extra field, and a program without it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        z.comment = MARK
        member = zipfile.ZipInfo("main.py", (2011, 11, 11, 11, 11, 11))
        member.comment = MARK
        member.extra = b"\x99\x99" + len(MARK).to_bytes(2, "little") + MARK
        z.writestr(member, "print('tulips')\n")
    return out.getvalue()


# kind: (suffix, bytes, what exiftool writes into them, in how many places the mark is at the least, a clean copy?)
FILES: dict[str, tuple[str, Callable[[], bytes], list[str], int, bool]] = {
    "jpeg": (".jpg", lambda: papers.image("JPEG", 6), [*EXIF, *IPTC, *PEOPLE, *TIMES, *PLACE], 12, True),
    "png": (".png", lambda: papers.image("PNG"), [*EXIF, *TEXT, *PEOPLE, *TIMES, *PLACE], 9, True),
    "mp4": (".mp4", recordings.mp4, [*FILM, *PEOPLE, *TIMES], 8, True),
    "pdf": (".pdf", papers.pdf, [*PAPER, *PEOPLE, *TIMES], 6, True),
    "mp3": (".mp3", recordings.mp3, [], 3, True),
    "ogg": (".ogg", lambda: recording("ogg", None, "vorbis"), [], 3, True),
    "webm": (".webm", recordings.webm, [], 3, True),
    "zip": (".zip", archive, [], 3, False),
}


@pytest.fixture
def contest(app) -> Contest:
    """A blind contest that is open and takes a file of any kind."""
    made = make_contest(make_user(), reviews_per_entry=1)
    with transaction():
        kinds = ["video", "audio", "image", "pdf", "zip"]
        made.tracks[1].requirements[0].kinds = kinds
    assert made.blind
    return made


def as_handed_to_a_juror(contest: Contest, body: bytes, name: str) -> Assignment:
    """Send a file and hand it in as its author does, admit the entry and give it to a juror."""
    author = make_user(name="Somebody Else")
    entry = make_entry(contest, owner=author, submitted=False)
    planned = service.Planned("entry", entry.public_id, "pages", name, len(body), "application/octet-stream")
    service.receive_plain(author.as_actor(), planned, io.BytesIO(body))
    queue.work_off()
    [asset] = queries.assets_of("entry", entry.id)
    assert (asset.state, asset.reason) == (AssetState.READY, "")
    entries.submit_entry(author.as_actor(), entry.public_id, arrived_at=clock.now())
    admit(entry)
    seat(contest, make_user(name="Juror"))
    judging.draw_assignments(contest.staff[0].user.as_actor(), contest, before_close=True)
    queue.work_off()
    return db.session().scalars(select(Assignment)).one()


def tells(body: bytes) -> list[str]:
    """Return in which encodings the mark is among these bytes."""
    folded = body.lower()
    return [code for code in ("utf-8", "utf-16-le", "utf-16-be") if WHO.lower().encode(code) in folded]


def tells_exiftool(exiftool: Exiftool, body: bytes, folder: Path, suffix: str) -> list[str]:
    """Return what exiftool finds of author, place and time in bytes, in its words and raw.

    What it says of our own temporary file and of itself is left out; raw, a film is noise in which numbers occur.
    """
    file, ours = folder / f"x{suffix}", ("--System:all", "--ExifTool:all")
    file.write_bytes(body)
    words, raw = exiftool(*READ[:-1], *ours, file=file), exiftool(*READ, *ours, file=file)
    assert "MIME Type" in words
    found = [word for word in (WHO, WHEN[:10], "GPS", "43 deg") if word in words] + [WHO] * (WHO in raw)
    return found + re.findall(r".*\b20\d\d[:-]\d\d[:-]\d\d.*", words)


@pytest.mark.parametrize("kind", FILES)
def test_exiftool_finds_no_author_in_what_a_juror_gets(kind, contest, store, exiftool, sign_in, program, tmp_path):
    suffix, make, tags, places, is_copied = FILES[kind]
    marked = tmp_path / f"marked{suffix}"
    marked.write_bytes(make())
    if tags:
        exiftool("-overwrite_original", "-m", "-q", *tags, file=marked)
    original = marked.read_bytes()
    seen = exiftool(*READ, file=marked).count(WHO) if is_copied else original.count(MARK)
    assert seen >= places, "the original is not marked everywhere"
    if tags:
        assert {WHO, WHEN[:10]} <= set(tells_exiftool(exiftool, original, tmp_path, suffix))
    own = f"Aigerim_Testova_school12{suffix}"
    assignment = as_handed_to_a_juror(contest, original, own)

    juror = assignment.juror.user
    browser, caller = sign_in(juror), program(juror)
    [asset] = queries.assets_of("entry", assignment.entry_id)
    page, work = browser.get(f"/jury/{assignment.public_id}"), caller.get(f"/assignments/{assignment.public_id}")
    listed, media = (
        browser.get("/jury"),
        browser.get(f"/media/{asset.public_id}", headers={"Accept": "application/json"}),
    )
    told = "".join(f"{answer.headers}{answer.text}" for answer in (page, work, listed, media))
    md5 = hashlib.md5(original, usedforsecurity=False).hexdigest()
    hidden = (WHO.lower(), "school12", "aigerim", asset.storage_key, asset.sha256, md5)
    assert [word for word in hidden if word in told.lower()] == []

    found = set(re.findall(re.escape(store.public_url) + r"/[^\s\"'\\<]+", html.unescape(told)))
    copies = {url.split("?")[0] for url in found}
    assert len(copies) >= (2 if is_copied and kind not in ("mp3", "ogg") else is_copied), told
    for url in found:
        _, body, headers = get(url)
        assert tells(body) == []
        assert hashlib.sha256(body).hexdigest() != hashlib.sha256(original).hexdigest()
        assert headers["ETag"].strip('"') != md5
        assert [name for name in headers if name.lower().startswith("x-amz-meta-")] == []
        assert headers["Last-Modified"] is None
        name = re.search(r"filename\*=UTF-8''(\S+)", headers["Content-Disposition"]).group(1)
        assert re.fullmatch(r"(file(%20|-)?\d*|poster|view|thumb)\.\w+", name), name
        assert tells_exiftool(exiftool, body, tmp_path, suffix) == []
