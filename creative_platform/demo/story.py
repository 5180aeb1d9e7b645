"""The demo from its beginning, half a year ago, to now: every step by a verb, in the order of time."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from creative_platform.accounts.models import User
from creative_platform.communities.models import Community
from creative_platform.contests.models import Contest, StageKind
from creative_platform.contests.queries import stage
from creative_platform.core import clock, queue
from creative_platform.core.db import Base, session, transaction
from creative_platform.demo import calls, entering, judging
from creative_platform.demo.art.files import file_bytes
from creative_platform.demo.art.paper import PROGRAMS
from creative_platform.demo.people import Person, make_communities, make_people, make_tokens
from creative_platform.verdicts import service as verdicts

TEXTS = Path(__file__).resolve().parent / "texts"
Say = Callable[[str], None]


class Hands:
    """The hands of a pretended clock that goes on from where it was put."""

    def __init__(self, start: datetime) -> None:
        self.at(start)

    def at(self, instant: datetime) -> None:
        """Move to an instant."""
        self._instant, self._since = instant, clock.monotonic_s()

    def __call__(self) -> datetime:
        return self._instant + timedelta(seconds=clock.monotonic_s() - self._since)


def load(
    var_dir: Path, base_url: str, say: Say, *, tracks: tuple[str, ...] = (), longest_s: float = 3600.0
) -> dict[str, Any] | None:
    """Make the demo, unless it is there or the database is somebody's; returns what ``var/demo.json`` holds.

    ``tracks`` and ``longest_s`` make a smaller one: works of these tracks alone, films and pieces cut.
    """
    listing, begun = var_dir / "demo.json", var_dir / "demo.begun"
    if listing.exists():
        say(f"The demo is loaded already; {listing} says how to sign in.")
        return None
    if begun.exists():
        say("An earlier loading broke off: starting over.")
        _forget_everything()
    elif session().scalar(select(User.id).limit(1)) is not None:
        say("This database holds accounts already: the demo is loaded into an empty one only.")
        return None
    begun.touch()
    made = _Story(say, tracks, longest_s).tell(base_url)
    _write(listing, made)
    begun.unlink()
    return made


def _forget_everything() -> None:
    with transaction() as s:
        for table in reversed(Base.metadata.sorted_tables):
            s.execute(table.delete())


def _write(listing: Path, made: dict[str, Any]) -> None:
    part = listing.with_suffix(".part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(made, file, ensure_ascii=False, indent=2)
    part.replace(listing)


class _Story:
    """What is known while the demo is made."""

    def __init__(self, say: Say, tracks: tuple[str, ...], longest_s: float) -> None:
        self.say, self.longest_s = say, longest_s
        self.texts = {name: tomllib.loads((TEXTS / f"{name}.toml").read_text("utf-8")) for name in _TEXT_FILES}
        self.works = [w for w in self.texts["works"]["works"] if not tracks or w["track"] in tracks]
        self.now = clock.now()
        self.hands = Hands(self.now - timedelta(days=200))
        self.people: dict[str, Person] = {}
        self.communities: dict[str, Community] = {}

    def tell(self, base_url: str) -> dict[str, Any]:
        """Make everything; returns the listing."""
        calls_told = self.texts["contests"]
        with clock.pretend(self.hands):
            self.people = make_people(self.texts["people"])
            self.communities = make_communities(self.texts["people"], self.people)
            queue.work_off()
            self.say(f"{len(self.people)} people in {len(self.communities)} communities")
            self._finish("finished")
            main = self._collect("main")
            self._collect("open")
            self._judge(main)
        with clock.pretend(self.now):
            accounts = make_tokens(self.people)
            queue.work_off()
        slugs = {name: calls_told[name]["slug"] for name in ("main", "open", "finished")}
        return {"base_url": base_url, "contests": slugs, "accounts": accounts}

    def _call(self, name: str) -> Contest:
        told = self.texts["contests"][name]
        self.hands.at(self.now + timedelta(days=told["days"]["created"]))
        contest = calls.make_contest(told, self.texts["contests"], self.people, self.now)
        self.say(f"Contest {contest.slug}: published")
        return contest

    def _collect(self, name: str) -> Contest:
        """Publish a contest and let its works come in, spread over the days until its close or now."""
        contest = self._call(name)
        for folder in self.texts["contests"][name].get("starters", ()):
            body = (PROGRAMS / folder / "index.html").read_bytes()
            verdicts.add_starter(self.people["organizer"].actor, contest, "index.html", body)
            queue.work_off()
        works = [work for work in self.works if work["contest"] == name]
        for at, work in zip(_moments(contest, self.now, len(works)), works, strict=True):
            files = [(spec, file_bytes(work, spec, self.longest_s)) for spec in work["files"]]
            self.hands.at(at)
            entering.make_entry(work, files, contest, self.people, self.communities)
            queue.work_off()
            self.say(f"  {work['track']}: {work['title']}")
        return contest

    def _panel(self, contest: Contest) -> datetime:
        """Admit the entries after the close, seat the panel, hand out the work; returns when judging begins."""
        judging_stage = _stage(contest, StageKind.JUDGING)
        self.hands.at(max(judging_stage[0], _stage(contest, StageKind.ENTRIES)[1]) + timedelta(hours=2))
        judging.admit_all(contest, self.people["organizer"])
        judging.seat_panel(contest, self.people)
        return judging_stage[0]

    def _judge(self, contest: Contest) -> None:
        begins = self._panel(contest)
        self.hands.at(begins + (self.now - begins) * 0.6)
        done = judging.score(contest, self.people, part=0.5, marks={})
        queue.work_off()
        self.say(f"Contest {contest.slug}: the jury has submitted {done} sheets")

    def _finish(self, name: str) -> None:
        contest = self._collect(name)
        begins = self._panel(contest)
        self.hands.at(begins + timedelta(days=6))
        works = [work for work in self.works if work["contest"] == name]
        judging.score(contest, self.people, part=1, marks={work["title"]: work["marks"] for work in works})
        announcement = _stage(contest, StageKind.ANNOUNCEMENT)[0]
        self.hands.at(announcement - timedelta(days=2))
        judging.rank(contest, self.people["organizer"])
        self.hands.at(announcement - timedelta(days=1, hours=3))
        judging.meet(contest, self.people, works, self._wait)
        self.hands.at(announcement + timedelta(minutes=5))
        judging.announce(contest, self.people["organizer"], works)
        self.say(f"Contest {contest.slug}: winners announced")

    def _wait(self, minutes: int) -> None:
        self.hands.at(self.hands() + timedelta(minutes=minutes))


_TEXT_FILES = ("people", "contests", "works")


def _stage(contest: Contest, kind: StageKind) -> tuple[datetime, datetime]:
    found = stage(contest, kind)
    if found is None:
        raise LookupError(kind)
    return found.starts_at, found.ends_at


def _moments(contest: Contest, now: datetime, count: int) -> Iterator[datetime]:
    starts_at, ends_at = _stage(contest, StageKind.ENTRIES)
    span = (min(ends_at, now) - starts_at) / (count + 1)
    return (starts_at + span * (n + 1) for n in range(count))
