"""Files that are two things at once, or not what their name says."""

from __future__ import annotations

from tests.inspection import papers, recordings
from tests.inspection.hostile.item import ACCEPTED, Hostile
from tests.inspection.recordings import MARK

PAGE = b"<html><script>document.title='" + MARK + b"'</script></html>"

FILES = {
    "picture with an archive behind": Hostile(
        lambda: papers.image("JPEG") + papers.archive({"x.txt": MARK}), ".jpg", ACCEPTED
    ),
    "picture with a page behind": Hostile(lambda: papers.image("PNG") + PAGE, ".png", ACCEPTED),
    "animation with a page behind": Hostile(lambda: papers.image("GIF") + PAGE, ".gif", ACCEPTED),
    "webp with a page behind": Hostile(lambda: papers.image("WEBP") + PAGE, ".webp", ACCEPTED),
    "animation that is a script": Hostile(
        lambda: b"GIF89a/*" + b"A" * 300 + b"*/=1;alert(1)", ".gif", "media.unreadable"
    ),
    "document with an archive behind": Hostile(lambda: papers.pdf() + papers.archive({"x": MARK}), ".pdf", ACCEPTED),
    "page called a picture": Hostile(lambda: PAGE, ".jpg", "media.type_mismatch"),
    "film called a picture": Hostile(recordings.mp4, ".png", "media.type_mismatch"),
    "archive called a film": Hostile(papers.project, ".mp4", "media.type_mismatch"),
    "picture called an archive": Hostile(lambda: papers.image("PNG"), ".zip", "media.type_mismatch"),
    "program called a song": Hostile(
        lambda: b"MZ" + bytes(200) + b"PE\0\0" + bytes(900), ".mp3", "media.type_mismatch"
    ),
    "script called a film": Hostile(lambda: b"#!/bin/sh\necho hello\n", ".mp4", "media.type_mismatch"),
    "film with a page in a free box": Hostile(
        lambda: recordings.mp4() + (8 + len(PAGE)).to_bytes(4) + b"free" + PAGE, ".mp4", ACCEPTED
    ),
    "page with the signature of a picture": Hostile(lambda: b"\xff\xd8\xff" + PAGE, ".jpg", "media.unreadable"),
    "archive behind a page": Hostile(lambda: PAGE + papers.project(), ".zip", "media.type_mismatch"),
    "song that begins with a page": Hostile(lambda: PAGE + recordings.mp3(), ".mp3", "media.type_mismatch"),
}
