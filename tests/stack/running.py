"""`make run` started by a test, in a folder of its own."""

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from creative_platform.stack.launch import ROOT


class Run:
    """A running platform in a var folder of its own, without the demo; on SQLite unless told another database."""

    def __init__(self, var_dir: Path, port: int, database_url: str = "", **more: str) -> None:
        self.var_dir, self.port = var_dir, port
        names = {name: value for name, value in os.environ.items() if not name.startswith(("S3_", "BASE_"))}
        self.database_url = database_url or f"sqlite:///{var_dir.parent / 'platform.db'}"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "creative_platform.stack", "run"],
            cwd=ROOT,
            env={**names, "VAR_DIR": str(var_dir), "PORT": str(port), "DATABASE_URL": self.database_url, **more},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        assert self.process.stdout is not None
        self.said = ""
        while "Ctrl-C stops everything" not in self.said:
            line = self.process.stdout.readline()
            assert line, f"make run ended:\n{self.said}"
            self.said += line

    def readyz(self, port: int = 0) -> tuple[int, dict]:
        connection = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=30)
        try:
            connection.request("GET", "/readyz")
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def is_ready(self) -> bool:
        try:
            return self.readyz()[0] == 200
        except (OSError, http.client.HTTPException):
            return False

    def pid_of(self, *words: str) -> int:
        """Return the direct child of the supervisor whose command line has all the words, 0 while there is none."""
        for pid in (int(word) for word in _children(self.process.pid)):
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                if set(words) <= set(Path(f"/proc/{pid}/cmdline").read_text().split("\0")):
                    return pid
        return 0

    def stop(self) -> str:
        self.process.send_signal(signal.SIGTERM)
        return self.process.communicate(timeout=30)[0]


def _children(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
