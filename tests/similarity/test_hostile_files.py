"""The hostile kit as if no check stood before: each file gives sketches or a reason, cheaply, and asks nobody."""

from __future__ import annotations

import pytest

from creative_platform.confinement import runner
from creative_platform.confinement.contract import Usage
from creative_platform.inspection.contract import KINDS
from creative_platform.inspection.reasons import REASONS
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
