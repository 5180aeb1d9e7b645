"""AC71, AC76: the hostile kit by every route: each file gets its verdict, in three languages, at little cost.

`DRILL_SEED=… DRILL_ROUTES=2 make drill ARGS=tests/uploads/test_hostile_files.py` sends each file by two routes of the
four, by lot; without them by all.
"""

from __future__ import annotations

import html
import os
import random

import av
import pytest
from flask import Flask
from flask_babel import force_locale, gettext

from creative_platform.core import queue
from creative_platform.core.text import LOCALES
from creative_platform.inspection.contract import Inspection
from creative_platform.inspection.reasons import REASONS
from creative_platform.media import urls
from creative_platform.media.models import MediaAsset
from creative_platform.uploads.service import checks
from tests.inspection.hostile import KIT
from tests.inspection.hostile.item import ACCEPTED, Hostile
from tests.inspection.hostile.playlists import M3U8
from tests.inspection.recordings import MARK
from tests.uploads.hostile.routes import ROUTES, Road, Sent

pytestmark = [pytest.mark.database, pytest.mark.storage, pytest.mark.timeout(300)]  # dozens of files a test
CATEGORIES = sorted({name.split(":")[0] for name in KIT})
# One refused file of each category; all of the kit by every route: `make drill`, of which CI runs half.
FEW = {name.split(":")[0]: name for name, item in KIT.items() if item.verdict != ACCEPTED}
EMPTY = "The file is empty."
SEED, ROUTES_EACH = os.environ.get("DRILL_SEED", ""), int(os.environ.get("DRILL_ROUTES") or len(ROUTES))


@pytest.fixture
def looked_at(monkeypatch) -> list[Inspection]:
    """What every check found and cost."""
    seen: list[Inspection] = []
    inspect = checks.inspect

    def watched(*given, **more) -> Inspection:
        seen.append(inspect(*given, **more))
        return seen[-1]

    monkeypatch.setattr(checks, "inspect", watched)
    return seen


@pytest.mark.parametrize("route", ROUTES)
def test_every_verdict_by_every_route(app, store, road, looked_at, canary, route):
    _check(app, store, road, looked_at, canary, route, {name: KIT[name] for name in FEW.values()})


@pytest.mark.drill
@pytest.mark.parametrize("category", CATEGORIES)
@pytest.mark.parametrize("route", ROUTES)
def test_every_file_by_every_route(app, store, road, looked_at, canary, route, category):
    of_category = {name: item for name, item in KIT.items() if name.startswith(f"{category}:")}
    items = {name: item for name, item in of_category.items() if route in _routes_of(name)}

    _check(app, store, road, looked_at, canary, route, items)


def test_a_player_given_an_address_of_ours_does_reach_the_canary(store, road, canary):
    """The positive control: of a decoder that may open addresses, the playlist in our own store makes a visitor."""
    sent = road.send("token", "film.mp4", M3U8)

    with pytest.raises(av.FFmpegError), av.open(urls.original_url(sent.asset), format="hls", timeout=5) as film:
        next(film.demux())

    assert canary.came()
    queue.work_off()
    assert [asset.reason for asset in road.assets()] == ["media.external_reference"]


def _routes_of(name: str) -> list[str]:
    return random.Random(f"{SEED} {name}").sample(sorted(ROUTES), ROUTES_EACH)


def _check(app: Flask, store, road: Road, looked_at, canary, route: str, items: dict[str, Hostile]) -> None:
    sent = {name: road.send(route, f"file{item.suffix}", item.make()) for name, item in items.items()}
    queue.work_off()

    stored = {asset.id: asset for asset in road.assets()}
    assert {name: _verdict_on(one, stored) for name, one in sent.items()} == {
        n: item.verdict for n, item in items.items()
    }
    assert queue.failed_jobs() == []
    assert canary.hits == 0
    assert [one for one in looked_at if one.usage.max_rss_bytes >= 1 << 30 or one.usage.cpu_s >= 10] == []
    _says_why_in_three_languages(app, road)
    _shows_nothing_of_the_author(store, stored.values())


def _verdict_on(sent: Sent, stored: dict[int, MediaAsset]) -> str:
    if sent.asset:
        return stored[sent.asset.id].reason or ACCEPTED
    return "media.empty" if EMPTY in sent.said else sent.said


def _says_why_in_three_languages(app: Flask, road: Road) -> None:
    refused = [asset for asset in road.assets() if asset.reason]
    said: dict[str, set[str]] = {asset.reason: set() for asset in refused}
    for locale in LOCALES:
        page = html.unescape(road.browser.get(f"{road.page}?lang={locale}").text)
        with app.test_request_context(), force_locale(locale):
            told = {asset.reason: gettext(REASONS[asset.reason], **asset.details["data"]) for asset in refused}
        assert {reason: words for reason, words in told.items() if words not in page or "%(" in words} == {}
        for reason, words in told.items():
            said[reason].add(words)
    assert {reason: words for reason, words in said.items() if len(words) != len(LOCALES)} == {}


def _shows_nothing_of_the_author(store, assets) -> None:
    for asset in assets:
        assert MARK not in b"".join(store.read(copy.storage_key) for copy in asset.proxies if copy.storage_key)
        assert MARK.decode() not in str([copy.data for copy in asset.proxies])
