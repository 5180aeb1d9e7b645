"""The hostile kit as if no check stood before: each file gives sketches or a reason, cheaply, and asks nobody."""

from __future__ import annotations

import io
import zipfile

import pytest

from creative_platform.confinement import runner
from creative_platform.confinement.contract import Usage
from creative_platform.inspection.contract import KINDS
from creative_platform.inspection.reasons import REASONS
from creative_platform.similarity.engine import decoding
from creative_platform.similarity.engine.sketching import Sketched, sketch_file
from tests.inspection.hostile import KIT
from tests.similarity.films import subtitled_film

CATEGORIES = sorted({name.split(":")[0] for name in KIT})
KIND_OF = {
    ".pdf": "pdf",
    ".zip": "zip",
    **dict.fromkeys((".docx", ".pptx", ".odt", ".xlsx", ".doc", ".rtf"), "document"),
    **dict.fromkeys((".jpg", ".png", ".webp", ".avif", ".gif", ".svg"), "image"),
    **dict.fromkeys((".mp3", ".wav", ".ogg", ".m4a"), "audio"),
}


def sketched(body: bytes, kind: str, suffix: str) -> Sketched:
    return sketch_file(lambda at, size: body[at : at + size], len(body), kind=kind, name=suffix, duration_s=0.0)


@pytest.fixture
def usages(monkeypatch) -> list[Usage]:
    """What each child took."""
    taken: list[Usage] = []
    run = runner.run

    def watched(*given, **more) -> runner.Outcome:
        done = run(*given, **more)
        taken.append(done.usage)
        return done

    monkeypatch.setattr(runner, "run", watched)
    return taken


def check(names, canary, usages) -> None:
    made = {}
    for name in names:
        item = KIT[name]
        made[name] = sketched(item.make(), KIND_OF.get(item.suffix, "video"), item.suffix)

    assert {name for name, one in made.items() if one.parts and one.reason} == set()
    told_nothing = {name for name, one in made.items() if not one.parts and not one.reason}
    assert {name for name in told_nothing if KIT[name].suffix != ".zip"} == set()  # an archive may hold no program
    expected = {"", *REASONS} - {"inspection.crashed"}
    assert {name: one.detail for name, one in made.items() if one.reason not in expected} == {}
    assert [one for one in usages if one.max_rss_bytes >= 1 << 30 or one.cpu_s >= 10] == []
    assert len(usages) == len(made)
    assert canary.hits == 0


@pytest.mark.timeout(300)
def test_some_of_each_category_give_sketches_or_a_reason(canary, usages):
    check({name.split(":")[0]: name for name in KIT}.values(), canary, usages)


@pytest.mark.drill
@pytest.mark.timeout(900)
@pytest.mark.parametrize("category", CATEGORIES)
def test_every_file_gives_sketches_or_a_reason(canary, usages, category):
    check([name for name in KIT if name.startswith(f"{category}:")], canary, usages)


def test_a_film_with_subtitles_is_sketched():
    made = sketched(subtitled_film(), "video", ".mkv")

    assert ([part.kind for part in made.parts], made.detail) == (["video", "audio"], "")


def test_every_kind_of_file_that_is_taken_is_sent_here():
    assert {*KIND_OF.values(), "video"} == set(KINDS)


STARTER = "Опишите, кому нужна ваша идея, и как вы об этом узнали."


def digest_of(words: bytes) -> str:
    [(_, sketch, _)] = decoding._parts(io.BytesIO(words), "words", "a.txt", None)
    return sketch.digest


def test_starter_texts_are_read_in_the_encodings_people_have():
    assert len({digest_of(STARTER.encode(code)) for code in ("utf-8", "utf-8-sig", "utf-16", "cp1251")}) == 1
    with pytest.raises(ValueError, match="not a text"):
        digest_of(b"MZ\0\0\0")


def test_starter_material_is_read_in_the_child_and_a_bomb_is_not(usages):
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("word/document.xml", b" " * 60_000_000)

    told = [sketched(STARTER.encode("cp1251"), "words", "a.txt"), sketched(bomb.getvalue(), "document", "a.docx")]

    assert [([part.kind for part in one.parts], one.reason) for one in told] == [
        (["text"], ""),
        ([], "media.unreadable"),
    ]
    assert [one for one in usages if one.max_rss_bytes >= 1 << 30 or one.cpu_s >= 10] == []
