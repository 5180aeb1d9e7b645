"""Odd files get an answer or a reason, within a minute of CPU time and 2 GiB: the command runs under these limits."""

import json
import random
import resource
import subprocess
import sys

import av
import numpy as np
import pytest
from PIL import Image

from scoring.similarity import SimilarityIndex, sketch_text
from tests.inspection.hostile import KIT

from .music import RATE, as_wave
from .texts import EN, KK

MEMORY, SECONDS = 2 << 30, 60


def words(count: int, seed: int) -> str:
    dice = random.Random(seed)
    known = ["".join(dice.choices("абвгдезиклмнопрст", k=dice.randint(3, 9))) for _ in range(30_000)]
    return " ".join(dice.choices(known, k=count))


def black(path) -> None:
    with av.open(str(path), "w") as container:
        track = container.add_stream("mpeg4", rate=5)
        track.width, track.height, track.pix_fmt = 320, 180, "yuv420p"
        for _ in range(30):
            container.mux(track.encode(av.VideoFrame.from_image(Image.new("RGB", (320, 180)))))
        container.mux(track.encode(None))


def metronome(seconds: int) -> np.ndarray:
    beat = np.zeros(RATE // 2, dtype=np.float32)
    beat[:400] = np.sin(np.arange(400) * 0.5) * np.exp(-np.arange(400) / 90)
    return np.tile(beat, 2 * seconds)


def odd_files(folder) -> None:
    for name in ("a.txt", "a.png", "a.mp3", "a.mp4", "a.pdf", "a.docx", "a.zip", "a.py", "b.txt"):
        (folder / f"empty {name}").write_bytes(b"")
    for number in (1, 2):
        (folder / f"silence {number}.wav").write_bytes(as_wave(np.zeros(RATE * (60 + number))).getvalue())
        Image.new("RGB", (number, 1), "white").save(folder / f"pixels {number}.png")
        Image.new("L", (1, 9_000 + number)).save(folder / f"strip {number}.png")
        black(folder / f"black {number}.mp4")
        (folder / f"line {number}.py").write_text("x = [" + "1, " * (150_000 * number) + "]\n", encoding="utf-8")
    (folder / "beat.wav").write_bytes(as_wave(metronome(300)).getvalue())
    (folder / "word.txt").write_text("да " * 1_000_000, encoding="utf-8")
    long = words(1_000_000, 1)
    (folder / "long 1.txt").write_text(long, encoding="utf-8")
    (folder / "long 2.txt").write_text("башы " + long, encoding="utf-8")


def limited() -> None:
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


def similar(folder, out) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "scoring", "similar", str(folder), "--out", str(out)],
        preexec_fn=limited,
        capture_output=True,
        text=True,
        env={"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PATH": ""},
    )


@pytest.mark.timeout(300)
def test_odd_files_give_an_answer_or_a_reason(tmp_path):
    folder, out = tmp_path / "in", tmp_path / "m.jsonl"
    folder.mkdir()
    odd_files(folder)

    done = similar(folder, out)

    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert {(one["a"], one["b"]) for one in found} == {("black 1.mp4", "black 2.mp4"), ("long 1.txt", "long 2.txt")}
    named = {line.split(": ")[1] for line in done.stderr.splitlines() if line.startswith("note: ")}
    assert named == {f"empty a.{ending}" for ending in ("png", "mp3", "mp4", "pdf", "docx", "zip")}


def test_two_hundred_equal_entries_are_found_without_comparing_all_with_all():
    copies = 200
    index = SimilarityIndex()
    for number in range(copies):
        index.add(f"{number:03}", sketch_text(KK[0]))
    index.add("other", sketch_text(EN[0]))

    found = list(index.search_all([f"{number:03}" for number in range(copies)], limit=20))

    assert all(finding.probability == 1.0 for _, findings in found for _, finding in findings)
    reached = {"000"}
    for asked, findings in found:
        if asked in reached:
            reached.update(other for other, _ in findings)
    assert len(reached) > 20
    assert sum(len(findings) for _, findings in found) < copies * 20


def test_no_pair_is_compared_twice():
    index = SimilarityIndex()
    for number, text in enumerate([KK[0], KK[0] + " " + EN[0], EN[0], EN[1]]):
        index.add(str(number), sketch_text(text))

    found = {asked: [other for other, _ in findings] for asked, findings in index.search_all("0123")}

    assert {asked: set(others) for asked, others in found.items()} == {"0": {"1"}, "1": {"2"}, "2": set(), "3": set()}


@pytest.mark.timeout(300)
def test_hostile_files_give_an_answer_or_a_reason(tmp_path):
    folder, out = tmp_path / "in", tmp_path / "m.jsonl"
    folder.mkdir()
    for number, item in enumerate(KIT.values()):
        (folder / f"{number:03}{item.suffix}").write_bytes(item.make())

    done = similar(folder, out)

    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    assert str(folder) not in done.stderr
