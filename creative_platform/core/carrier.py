"""What brings the ids of jobs to the worker: huey, on the queue's own storage."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any

from huey import Huey
from huey.registry import Message
from huey.serializer import Serializer
from huey.storage import PostgresStorage, SqliteStorage
from sqlalchemy.engine import make_url


class _JsonSerializer(Serializer):
    """Carry messages as JSON: what lies in the queue can be read and can run nothing."""

    def _serialize(self, data: Any) -> bytes:
        return json.dumps(list(data) if isinstance(data, Message) else data).encode()

    def _deserialize(self, data: bytes) -> Any:
        loaded = json.loads(bytes(data))
        return Message(*loaded) if isinstance(loaded, list) and len(loaded) == len(Message._fields) else loaded


class Carrier:
    """huey on the queue's own storage; it carries job ids and nothing else."""

    def __init__(self, queue_url: str, run: Callable[[int], None]) -> None:
        url = make_url(queue_url)
        if url.get_backend_name() == "sqlite":
            storage: dict[str, Any] = {"storage_class": SqliteStorage, "filename": url.database}
        else:
            dsn = url.set(drivername="postgresql").render_as_string(hide_password=False)
            # An id that a power cut takes is sent again: the job's row is the truth. So nobody waits for the disk here.
            storage = {"storage_class": PostgresStorage, "dsn": dsn, "options": "-c synchronous_commit=off"}
        self.huey = Huey("jobs", serializer=_JsonSerializer(), results=False, **storage)
        self.send: Callable[..., Any] = self.huey.task(name="run_job")(run)
        self.process_id = os.getpid()

    def close(self) -> None:
        """Close the connection; another one opens at the next use."""
        if self.process_id == os.getpid():
            self.huey.storage.close()


_carrier: Carrier | None = None
_queue_url = ""
_run: Callable[[int], None] | None = None


def connect(queue_url: str, run: Callable[[int], None]) -> None:
    """Say where ids are carried (SQLite file or PostgreSQL) and what a worker does with one.

    What was open before is closed. Nothing is opened until the first use, so that a web server may fork after the
    application was made.
    """
    global _carrier, _queue_url, _run
    if _carrier is not None:
        _carrier.close()
    _carrier, _queue_url, _run = None, queue_url, run


def of_this_process() -> Carrier:
    """Return this process's carrier of ids, opened at its first use."""
    global _carrier
    if not _queue_url or _run is None:
        raise RuntimeError("the queue was not connected")
    if _carrier is None or _carrier.process_id != os.getpid():
        _carrier = Carrier(_queue_url, _run)
    return _carrier


def send(job_id: int, priority: int | None) -> None:
    """Give an id to the worker, the highest priority first; without a queue nobody is given it."""
    if _queue_url:
        of_this_process().send(job_id, priority=priority)


def ready() -> None:
    """Raise unless what carries the ids answers."""
    of_this_process().huey.storage.queue_size()
