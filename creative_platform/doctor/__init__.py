"""Is the installation well? Invariants that no constraint can hold, each with what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import func, inspect, select, text
from sqlalchemy.exc import OperationalError

from creative_platform.confinement import isolation
from creative_platform.core import audit, clock, queue, signing
from creative_platform.core.db import Base, locked, session, transaction
from creative_platform.core.errors import Unavailable
from creative_platform.core.queue import Job, JobState
from creative_platform.media import scanner, storage
from creative_platform.media.models import AssetState, MediaAsset, MediaProxy
from creative_platform.similarity import translations
from creative_platform.uploads.service.sending import CHECK_JOB

CLOCK_TOLERANCE_S = 1.0


@dataclass(frozen=True)
class Complaint:
    """Something that is not well, in words; ``mended`` when --fix put it right."""

    about: str
    words: str
    mended: bool = False


def examine(*, fix: bool = False) -> Iterator[Complaint]:
    """Yield what is not well, in the order below; without a database nothing else can be asked."""
    missing = _tables_missing()
    if missing:
        yield Complaint("database", missing)
        return
    yield from _clock()
    yield from _keys()
    yield from (Complaint("log", f"{link.chain}, link {link.number}: {link.why}") for link in audit.verify())
    yield from _jobs(fix)
    yield from _isolation()
    yield from _scanner()
    yield from _translations()
    yield from _files(fix)


def _isolation() -> Iterator[Complaint]:
    if isolation.works():
        return
    so = "files wait unchecked" if isolation.is_required() else "files are decoded all the same, with limits alone"
    yield Complaint(
        "isolation",
        f"the kernel gives no user and network namespaces: {so} (REQUIRE_MEDIA_ISOLATION, docs/operators.md)",
    )


def _scanner() -> Iterator[Complaint]:
    if scanner.is_on() and not scanner.answers():
        yield Complaint("virus scanner", "clamd does not answer: files wait as received (CLAMD_URL, docs/operators.md)")


def _translations() -> Iterator[Complaint]:
    if not translations.are_looked_for():
        return
    from creative_platform.similarity.engine.translating import installed_name  # noqa: PLC0415 -- numpy: not in a web process

    if not installed_name():
        yield Complaint(
            "translations",
            "wanted, but the optional package is not installed: none are found (FIND_TRANSLATIONS, docs/operators.md)",
        )


def _tables_missing() -> str:
    """Say why the database cannot be used; empty when it can."""
    try:
        found = set(inspect(session().get_bind()).get_table_names())
    except OperationalError as error:
        return f"the database does not answer: {error.orig}".strip()
    missing = sorted(set(Base.metadata.tables) - found)
    return f"tables are missing ({', '.join(missing)}): run `flask --app wsgi db upgrade`" if missing else ""


def _clock() -> Iterator[Complaint]:
    if session().get_bind().dialect.name != "postgresql":
        return  # SQLite has no clock of its own
    theirs = session().scalar(text("SELECT extract(epoch FROM clock_timestamp())"))
    apart = abs(float(theirs or 0) - clock.now().timestamp())
    if apart > CLOCK_TOLERANCE_S:
        yield Complaint(
            "clock", f"this machine's clock and the database's are {apart:.1f} s apart: deadlines depend on it"
        )


def _keys() -> Iterator[Complaint]:
    try:
        signing.public_keys()
    except (signing.WrongKeyFile, OSError, ValueError) as error:
        yield Complaint("signing key", str(error))


def _jobs(fix: bool) -> Iterator[Complaint]:
    by_name = (
        select(Job.name, func.count(Job.id).label("failed")).where(Job.state == JobState.FAILED).group_by(Job.name)
    )
    failed = {row.name: row.failed for row in session().execute(by_name.order_by(Job.name))}
    if not failed:
        return
    if fix:
        with transaction() as s:
            for job in s.scalars(locked(select(Job).where(Job.state == JobState.FAILED))):
                job.state, job.tries, job.due_at, job.sent_at = JobState.WAITING, 0, clock.now(), job.created_at
    told = ", ".join(f"{count} {name}" for name, count in failed.items())
    ending = "; they are tried again" if fix else "; --fix has them tried again"
    yield Complaint("jobs", f"{sum(failed.values())} jobs failed three times ({told})" + ending, mended=fix)


def _files(fix: bool) -> Iterator[Complaint]:
    """Find rows whose object is gone, and files whose check was never queued or was lost."""
    store = storage.storage()
    try:
        there = set(store.keys())
    except (storage.RefusedByStore, storage.NoSuchObject, storage.NoSuchBucket):
        yield Complaint("store", "the object store does not let us in: run `flask --app wsgi storage doctor`")
        return
    except Unavailable:
        yield Complaint("store", "the object store does not answer")
        return
    arrived = select(MediaAsset).where(MediaAsset.state.in_([*AssetState.arrived(), AssetState.REJECTED]))
    for asset in session().scalars(arrived.where(MediaAsset.removed_at.is_(None))):
        if asset.storage_key is not None and asset.storage_key not in there:
            yield Complaint("files", f"the object of file {asset.public_id} is gone from the store")
    for proxy in session().scalars(select(MediaProxy).where(MediaProxy.storage_key.is_not(None))):
        if proxy.storage_key not in there:
            yield Complaint("files", f"the object of copy {proxy.public_id} is gone from the store")
    unchecked = select(MediaAsset).where(MediaAsset.state.in_([AssetState.RECEIVED, AssetState.VERIFYING]))
    for asset in session().scalars(unchecked):
        if queue.waiting_count(CHECK_JOB, asset_id=asset.id) == 0:
            if fix:
                with transaction():
                    queue.enqueue(CHECK_JOB, asset_id=asset.id)
            yield Complaint("files", f"file {asset.public_id} waits for a check that nobody was asked for", mended=fix)
