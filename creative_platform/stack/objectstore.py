"""The object store that comes along: OpenStack Swift behind its S3 interface, four processes in one folder.

Nothing outside `folder` and the log folder is written, the processes run as the current user and listen on loopback.
What must outlive a restart (ports, so that addresses stay; the salt of the object names) is kept in `settings.json`.
"""

import hashlib
import http.client
import json
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from creative_platform.stack import swift_conf
from creative_platform.stack.keys import write_private
from creative_platform.stack.ports import free_ports, is_free

SERVERS = ("object", "container", "account", "proxy")
PROGRAM = Path(__file__).with_name("swift_server.py")


class ObjectStoreError(Exception):
    """The store cannot run here; the message says why and what helps."""


@dataclass
class ObjectStore:
    """Where a store lives, who may use it and from which pages."""

    folder: Path
    access_key_id: str
    secret_access_key: str
    origins: Iterable[str]
    logs: Path
    host: str = "127.0.0.1"

    @property
    def settings_file(self) -> Path:
        return self.folder / "settings.json"

    @property
    def endpoint_url(self) -> str:
        """Return the S3 address; known once `prepare` has run."""
        return f"http://{self.host}:{self._settings()['ports']['proxy']}"

    def prepare(self) -> None:
        """Write the configuration; choose ports the first time, and again when someone else took one.

        Raises ObjectStoreError when the file system cannot hold Swift's metadata.
        """
        disk, conf = self.folder / "devices/disk", self.folder / "conf"
        for path in (disk, conf, self.logs):
            path.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        check_extended_attributes(disk)
        settings = self._settings()
        ports = settings["ports"]
        taken = {port for name, port in ports.items() if not is_free(self.host, port)}
        if taken or not ports:
            settings["ports"] = dict(zip(SERVERS, free_ports(self.host, len(SERVERS)), strict=True))
            write_private(self.settings_file, json.dumps(settings, indent=1))
        values = swift_conf.Values(
            folder=self.folder,
            host=self.host,
            ports=settings["ports"],
            salt=settings["salt"],
            store_key=settings["store_key"],
            access_key_id=self.access_key_id,
            secret_access_key=self.secret_access_key,
            origins=tuple(self.origins),
        )
        for name, text in swift_conf.files(values).items():
            write_private(conf / name, text)
        if taken or not (conf / "object.ring.gz").exists():
            subprocess.run(self.command("rings"), check=True)  # nosec B603 # noqa: S603 - our own command

    def command(self, kind: str) -> list[str]:
        """Return the command line of one of SERVERS, or of `rings` or `updater`, which end by themselves."""
        conf = {"updater": "object"}.get(kind, kind)
        log = self.logs / "objectstore.log"
        return [sys.executable, "-P", str(PROGRAM), kind, str(self.folder / "conf" / f"{conf}.conf"), str(log)]

    def has_unlisted_writes(self) -> bool:
        """Tell whether some object still waits to appear in its bucket's listing; `updater` then brings it there."""
        return any(self.folder.glob("devices/disk/async_pending*/*/*"))

    def answers(self) -> bool:
        """Tell whether all four servers take requests."""
        return all(_answers(self.host, port) for port in self._settings()["ports"].values())

    def _settings(self) -> dict:
        if self.settings_file.exists():
            return json.loads(self.settings_file.read_text())
        return {"ports": {}, "salt": secrets.token_hex(16), "store_key": secrets.token_hex(32)}


def check_extended_attributes(folder: Path) -> None:
    """Raise ObjectStoreError unless files in `folder` can carry user attributes, where Swift keeps metadata."""
    if not hasattr(os, "setxattr"):  # not Linux: Swift reaches them through its own package
        return
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".probe") as probe:
        try:
            os.setxattr(probe.name, "user.probe", hashlib.sha256().digest() * 32)  # 1 KiB, as much as an object needs
        except OSError as error:
            raise ObjectStoreError(
                f"The file system of {folder} cannot keep user attributes (user_xattr: {error.strerror}), and the "
                "object store needs them. Set VAR_DIR to a folder on ext4, XFS or Btrfs, or use another S3 store by "
                "S3_ENDPOINT_URL, S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY."
            ) from error


def _answers(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", "/healthcheck")
        connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True
