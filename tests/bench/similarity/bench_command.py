"""``python -m scoring similar`` on a thousand files: ``python -m tests.bench.similarity.bench_command``.

Half are texts, a fifth pictures, the others programs, sounds and videos. What counts is the memory of all
processes together (PSS, Linux), with one and with two processes that read.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import av
import numpy as np

from tests.bench.similarity.bench_scale import source_files
from tests.bench.similarity.made import texts, vocabulary
from tests.scoring.similarity.drawings import drawn
from tests.scoring.similarity.music import as_wave, played
from tests.stack.processes import descendants

FILES = 1_000
BUDGET_MIB = 2_048


def write(folder: Path, files: int) -> None:
    """Write the entries; every tenth text, picture and sound is a copy of the one before with a change."""
    made = list(texts(vocabulary(), files // 2))
    for number, text in enumerate(made):
        source = made[number - 1][:40] + text[40:] if number % 10 == 1 else text
        (folder / f"text {number}.txt").write_text(" ".join(source), encoding="utf-8")
    for number in range(files // 5):
        picture = drawn(number - number % 10 // 9, (1200, 900)).rotate(number % 10 // 9 * 3)
        picture.save(folder / f"picture {number}.jpg", quality=85)
    for number in range(files // 10):
        sound = played(number, 30, tempo=1.03) if number % 10 == 9 else played(number, 30)
        (folder / f"sound {number}.wav").write_bytes(as_wave(sound).getvalue())
    for number, file in enumerate(source_files(files * 3 // 20)):
        (folder / f"program {number}.py").write_bytes(file.read_bytes())
    clips = [film(number) for number in range(10)]
    for number in range(files // 20):
        (folder / f"video {number}.mp4").write_bytes(clips[number % 10] + b"\0" * random.Random(number).randrange(9))


def film(seed: int) -> bytes:
    """Make a video of 6 s that pans over two pictures."""
    stream = io.BytesIO()
    with av.open(stream, "w", format="mp4") as made:
        track = made.add_stream("h264", rate=25)
        track.width, track.height, track.pix_fmt = 640, 360, "yuv420p"
        for number in range(150):
            if number % 75 == 0:
                scene = np.asarray(drawn(1_000 * seed + number, (800, 400)))
            left = 2 * (number % 75)
            view = np.ascontiguousarray(scene[20:380, left : left + 640])
            made.mux(track.encode(av.VideoFrame.from_ndarray(view, format="rgb24")))
        made.mux(track.encode(None))
    return stream.getvalue()


def measured(folder: Path, jobs: int) -> dict[str, Any]:
    """Run the command and look at its memory five times a second."""
    out = folder.parent / f"matches {jobs}.jsonl"
    command = [sys.executable, "-m", "scoring", "similar", str(folder), "--out", str(out), "--jobs", str(jobs)]
    start, most = time.perf_counter(), 0
    with subprocess.Popen(command) as process:
        while process.poll() is None:
            most = max(most, sum(_pss(pid) for pid in {process.pid, *descendants(process.pid)}))
            time.sleep(0.2)
    if process.returncode:
        raise SystemExit(f"the command failed with {process.returncode}")
    seconds = round(time.perf_counter() - start, 1)
    matches = len(out.read_text(encoding="utf-8").splitlines())
    return {"seconds": seconds, "mib": most // 1024, "budget_mib": BUDGET_MIB, "matches": matches}


def _pss(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0  # it has just ended
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def main() -> None:
    """Print one line a run and write all as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=FILES)
    parser.add_argument("--out", type=Path, default=Path("var/bench/similarity-command.json"))
    args = parser.parse_args()
    found = {}
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made, "entries")
        folder.mkdir()
        write(folder, args.files)
        for jobs in (1, 2):
            found[f"{args.files} files, {jobs} reading"] = result = measured(folder, jobs)
            sys.stdout.write(f"{jobs} reading  {'  '.join(f'{key} {value}' for key, value in result.items())}\n")
            sys.stdout.flush()
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
