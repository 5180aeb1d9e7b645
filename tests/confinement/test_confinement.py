"""What a decoder that an attacker has taken over can reach: nothing, and the parent survives whatever it does."""

from __future__ import annotations

import contextlib
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import av
import pytest

from creative_platform.confinement.runner import CHILD
from creative_platform.inspection.contract import Limits, Recipe
from creative_platform.inspection.runner import inspect
from tests.inspection import papers
from tests.inspection.asking import Asked, ask
from tests.inspection.hostile import playlists

TAKEN_OVER = f"""
import runpy, sys
start = runpy.run_path({str(CHILD)!r})
start["_stand_in_for_platform"]()
from creative_platform.confinement import frames
from creative_platform.confinement.child import program
from creative_platform.confinement.child.refusal import Refused
from creative_platform.inspection.child import examine
import ctypes, json, os, socket, struct, time

class Found(Refused):
    def __init__(self, detail):
        super().__init__("media.unreadable", detail)

FACTS = dict(kind="image", content_type="image/jpeg", width=1, height=1)

def decoder(request):
    channel = request.output._channel
    request.confine()
{{deed}}

examine.examine = decoder
program.run([int(argument) for argument in sys.argv[1:]])
"""


@pytest.fixture
def taken_over(tmp_path: Path):
    """Return a function that inspects a file with a child whose decoder does the given deed."""

    def run(deed: str, **more: object) -> Asked:
        script = tmp_path / "child.py"
        lines = "\n".join(f"    {line}" for line in deed.strip().splitlines())
        script.write_text(TAKEN_OVER.replace("{deed}", lines))
        return ask(papers.image("JPEG"), ".jpg", program=script, **more)

    return run


@pytest.mark.parametrize(
    ("deed", "reason"),
    [
        ("ctypes.string_at(0)", "inspection.crashed"),
        ("os.abort()", "inspection.crashed"),
        ("os._exit(3)", "inspection.crashed"),
        ("os._exit(0)", "inspection.crashed"),
        ("hoard = bytearray(2 << 30)", "inspection.memory"),
        ("hoard = []\nwhile True: hoard.append(bytes(1 << 20))", "inspection.memory"),
        ("while True: pass", "inspection.timeout"),
        ("time.sleep(60)", "inspection.timeout"),
        (
            "channel.send(b'\\0\\0\\x10\\0\\0\\0\\0\\0')\nfor n in range(60): channel.send(b' '); time.sleep(0.2)",
            "inspection.timeout",
        ),
        ("raise ValueError('odd bytes')", "media.unreadable"),
        ("import wave", "inspection.crashed"),
    ],
)
def test_parent_survives_what_a_decoder_does(taken_over, deed: str, reason: str):
    limits = replace(Limits(), cpu_s=1, wall_s=4.0)

    result = taken_over(deed, limits=limits).result

    assert (result.accepted, result.reason) == (False, reason)
    assert result.usage.wall_s < 10
    ours = (
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    )  # the kernel begins a child's peak with its parent's
    assert result.usage.max_rss_bytes <= max(1.1 * (1 << 30), ours)


@pytest.mark.parametrize(
    "deed",
    [
        "channel.sendall(b'GET / HTTP/1.1' + bytes(100)); time.sleep(9)",
        "channel.sendall(struct.pack('>II', 1 << 31, 0)); time.sleep(9)",
        "channel.sendall(struct.pack('>II', 2, 1 << 31) + b'{}'); time.sleep(9)",
        "channel.sendall(struct.pack('>II', 60000, 0) + b'[' * 60000); time.sleep(9)",
        "frames.send(channel, {'type': 'gift'}); time.sleep(9)",
        "frames.send(channel, {'type': 'read', 'offset': -1, 'length': 10}); time.sleep(9)",
        "frames.send(channel, {'type': 'read', 'offset': 0, 'length': 1 << 40}); time.sleep(9)",
        "frames.send(channel, {'type': 'read', 'offset': True, 'length': 1}); time.sleep(9)",
        "frames.send(channel, {'type': 'read', 'offset': 0.5, 'length': 1}); time.sleep(9)",
        "frames.send(channel, {'type': 'derived', 'name': '../x', 'width': 1, 'height': 1}, b'x'); time.sleep(9)",
        "request.output.derived('thumb.jpg', b'<svg>', width=1, height=1); time.sleep(9)",
        "request.output.derived_json('peaks.json', {'duration_s': 1, 'peaks': ['x'] * 400}); time.sleep(9)",
        "request.output.derived_json('listing.json', [{'name': 'x', 'size_bytes': 1, 'href': 'y'}]); time.sleep(9)",
        "for n in range(9): request.output.derived('view.jpg', b'\\xff\\xd8\\xff' + bytes(3 << 20), width=1, height=1)",
        "request.output.copy(bytes(1 << 20)); time.sleep(9)",
        "return FACTS | {'content_type': 'text/html'}",
        "return FACTS | {'kind': 'page'}",
        "return FACTS | {'width': 10 ** 30}",
        "return FACTS | {'width': '1'}",
        "return FACTS | {'duration_s': -1}",
        "return FACTS | {'notes': ['<b>']}",
        "return FACTS | {'codecs': ['h264\\n']}",
        "return FACTS | {'clean': {'content_type': 'text/html'}}",
        "raise Refused('media.invented')",
        "raise Refused('media.unreadable', name='<b>')",
        "raise Refused('media.duration')",
    ],
)
def test_lies_of_a_child_are_not_believed(taken_over, deed: str):
    limits = replace(Limits(), scratch_bytes=1 << 19)

    asked = taken_over(deed, limits=limits, wanted=Recipe(clean_copy=False))

    assert (asked.result.accepted, asked.result.reason) == (False, "inspection.crashed")
    assert (asked.result.derived, asked.result.clean) == ((), None)


def test_detail_of_a_child_is_one_printable_line(taken_over):
    result = taken_over("raise Found('a\\nb\\x1b[2J' + 'c' * 5000)").result

    assert result.detail == "a?b?[2J" + "c" * 293


REACH = {
    "connect": "socket.socket().connect(('127.0.0.1', {port}))",
    "open": "open('/etc/passwd').read()",
    "list": "os.listdir('/')[0]",
    "write": "open('/left-behind', 'w')",
    "start": "os.execv('/bin/true', ['true'])",
    "stop the parent": "os.kill({parent}, 0)",
    "look at the parent": "os.stat('/proc/{parent}')",
}


@pytest.mark.parametrize("name", REACH)
def test_confined_decoder_reaches_nothing(taken_over, canary, name: str):
    deed = REACH[name].format(port=canary.port, parent=os.getpid())
    attempt = f"try:\n    {deed}\nexcept (OSError, IndexError): raise Found('refused')\nraise Found('reached')"

    result = taken_over(attempt).result

    if not result.isolated:
        pytest.skip("this kernel refuses user namespaces to us, so nothing can be confined here")
    assert (result.isolated, result.detail) == (True, "refused")
    assert canary.hits == 0


def test_decoder_without_isolation_reaches_the_canary(taken_over, canary):
    """The positive control: without it, zero connections would prove nothing."""
    deed = f"{REACH['connect'].format(port=canary.port)}\nraise Found('reached')"

    result = taken_over(deed, isolate=False).result

    assert (result.isolated, result.detail) == (False, "reached")
    assert canary.came()


def test_files_that_point_elsewhere_open_no_connection(canary):
    pointing = [item for item in playlists.FILES.values() if playlists.CANARY in item.make()]

    for item in pointing:
        result = ask(item.make(), item.suffix, isolate=False, clean_copy=True).result
        assert not result.clean or item.verdict == "accepted"
    assert (len(pointing) > 15, canary.hits) == (True, 0)

    with pytest.raises(av.FFmpegError):
        av.open(playlists.URL.decode(), timeout=5)
    assert canary.came()


def test_child_inherits_neither_environment_nor_files(taken_over, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "do-not-tell")
    with Path("/etc/hostname").open() as kept:
        os.set_inheritable(kept.fileno(), True)
        deed = "raise Found(json.dumps([sorted(os.environ.values()), len(os.listdir('/proc/self/fd'))]))"

        result = taken_over(deed, isolate=False).result

    assert "do-not-tell" not in result.detail
    assert int(result.detail.rstrip("]").split(",")[-1]) <= 6  # three standard ones, the socket, the listing itself


def test_required_isolation_reads_nothing_where_it_is_missing():
    asked = ask(papers.image("JPEG"), ".jpg", isolate=False, require_isolation=True)

    assert (asked.result.accepted, asked.result.reason, asked.result.retry) == (False, "inspection.not_isolated", True)
    assert (asked.result.usage.requests, asked.reads) == (0, [])


@pytest.mark.parametrize("trouble", ["raise", "short"])
def test_trouble_of_the_store_is_a_reason_to_try_again(trouble: str):
    def read(offset: int, length: int) -> bytes:
        if trouble == "raise":
            raise TimeoutError("the store is slow")
        return b""

    result = inspect(read, 1000, filename_suffix=".jpg")

    assert (result.accepted, result.reason, result.retry) == (False, "inspection.storage", True)


def test_trouble_of_the_sink_is_a_reason_to_try_again():
    data = papers.image("JPEG")

    def write(chunk: bytes) -> None:
        raise OSError("disk full")

    result = inspect(
        lambda offset, length: data[offset : offset + length],
        len(data),
        filename_suffix=".jpg",
        wanted=Recipe(clean_copy=True),
        write=write,
    )

    assert (result.accepted, result.reason, result.retry, result.clean) == (False, "inspection.storage", True, None)


def test_child_loads_nothing_of_the_web():
    code = (
        f"import runpy,sys; runpy.run_path({str(CHILD)!r})['_stand_in_for_platform']();"
        "from creative_platform.inspection.child import examine, archives;"
        "print([n for n in ('flask','sqlalchemy','boto3','numpy','av','PIL') if n in sys.modules])"
    )

    found = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)

    assert found.stdout.strip() == "[]"


PARENT = """
import sys
from pathlib import Path
from creative_platform.inspection.runner import inspect
program, isolate = Path(sys.argv[1]), bool(sys.argv[2])
inspect(lambda offset, length: bytes(length), 99, filename_suffix=".jpg", program=program, isolate=isolate)
"""


@pytest.mark.parametrize("isolated", [True, False])
def test_child_ends_with_a_killed_parent(tmp_path: Path, isolated: bool):
    script = tmp_path / "child.py"
    begun = tmp_path / "begun"
    deed = f"    open({str(begun)!r}, 'w').write('x')\n    time.sleep(60)"
    script.write_text(TAKEN_OVER.replace("{deed}", deed).replace("    request.confine()\n", ""))
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(script), "isolate" * isolated])
    _until(begun.exists)

    parent.kill()
    parent.wait()

    _until(lambda: not _running(str(script)))


def _running(argument: str) -> list[str]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if argument in (process / "cmdline").read_text():
                found.append(process.name)
    return found


def _until(true: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)
