"""Sounds: found faster, higher, excerpted, under noise; nothing else is."""

import io

import numpy as np
import pytest

from scoring.similarity import (
    AudioSketch,
    SimilarityIndex,
    UnreadableMedia,
    UnreadableSketch,
    audiochannel,
    compare,
    sketch_audio,
)
from scoring.similarity.audiochannel import AudioChannel
from scoring.similarity.audiocompare import align_sounds
from scoring.similarity.audiopeaks import PeakTable
from scoring.similarity.audiosketch import pairs
from scoring.similarity.sound import RATE, read_sound

from .music import as_wave, played


def noisy(samples: np.ndarray) -> np.ndarray:
    hiss = np.random.default_rng(1).normal(0, float(np.std(samples)) / 3, len(samples))
    return (samples + hiss).astype(np.float32)


ATTACKS = {
    "excerpt": lambda: played(1)[6 * RATE : 14 * RATE],
    "noise": lambda: noisy(played(1)),
    "faster": lambda: played(1, 19, tempo=1.05),
    "slower": lambda: played(1, tempo=0.93),
    "higher": lambda: played(1, pitch=1.3),
    "lower and faster": lambda: played(1, 19, tempo=1.04, pitch=-0.7),
    "spliced": lambda: np.concatenate([played(2)[: 8 * RATE], played(1)[4 * RATE : 13 * RATE]]),
    "quiet": lambda: played(1) * 0.05,
}


@pytest.mark.parametrize("name", ATTACKS)
def test_reused_sound_is_found(name):
    finding = compare(sketch_audio(played(1)), sketch_audio(ATTACKS[name]()))

    assert finding.probability >= 0.5
    assert finding.evidence[0].kind == "time"


def test_different_sounds_are_improbable():
    sketches = [sketch_audio(played(seed)) for seed in range(10, 16)]

    told = [compare(a, b).probability for place, a in enumerate(sketches) for b in sketches[:place]]

    assert max(told) < 0.3


def test_spans_tempo_and_pitch_are_told():
    excerpt = compare(sketch_audio(played(1)), sketch_audio(ATTACKS["excerpt"]())).evidence[0]
    faster = compare(sketch_audio(played(1)), sketch_audio(played(1, 19, tempo=1.05))).evidence[0]
    back = compare(sketch_audio(played(1, 19, tempo=1.05)), sketch_audio(played(1))).evidence[0]
    higher = compare(sketch_audio(played(1)), sketch_audio(played(1, pitch=2))).evidence[0]

    assert excerpt.a_span == pytest.approx((6, 14), abs=1.0)
    assert excerpt.b_span == pytest.approx((0, 8), abs=1.0)
    assert excerpt.transformation == ()
    assert faster.transformation in [("tempo=104",), ("tempo=105",), ("tempo=106",)]
    assert back.transformation in [("tempo=94",), ("tempo=95",), ("tempo=96",)]
    assert [change.partition("=")[0] for change in higher.transformation] == ["pitch"]
    assert float(higher.transformation[0].partition("=")[2]) == pytest.approx(2, abs=0.5)


def mixed_under(loud: float) -> np.ndarray:
    host = played(2).copy()
    host[4 * RATE : 16 * RATE] += loud * played(1)[3 * RATE : 15 * RATE]
    return host


def test_a_part_mixed_softly_under_other_music_is_found_with_its_place():
    source, mix = sketch_audio(played(1)), sketch_audio(mixed_under(0.3))

    pairs_alone = align_sounds(source, mix)
    finding = compare(source, mix)

    assert pairs_alone.votes < 30  # songs that share nothing have as many
    assert finding.probability >= 0.9
    assert finding.evidence[0].a_span == pytest.approx((3, 15), abs=0.6)
    assert finding.evidence[0].b_span == pytest.approx((4, 16), abs=0.6)
    assert finding.evidence[0].transformation == ()
    assert compare(mix, source).evidence[0].a_span == finding.evidence[0].b_span


def test_weaker_peaks_make_no_pairs():
    sketch = sketch_audio(played(3))
    records = np.frombuffer(sketch.peaks, dtype="<u2").reshape(-1, 2)
    strongest = records[records[:, 1] < 1 << 13]

    assert len(strongest) < len(records)
    assert all(np.array_equal(*both) for both in zip(pairs(sketch.peaks), pairs(strongest.tobytes()), strict=True))


def test_one_blow_in_common_is_chance():
    blow = np.random.default_rng(4).normal(0, 0.5, RATE // 2).astype(np.float32)
    both = [np.concatenate([played(seed, 8), blow, played(seed + 1, 8)]) for seed in (30, 40)]

    assert compare(*(sketch_audio(one) for one in both)).probability < 0.3


def test_many_peaks_are_counted_in_part(monkeypatch):
    channel = AudioChannel()
    for seed in range(6):
        channel.add(seed, sketch_audio(played(seed)))
    asked = sketch_audio(mixed_under(0.3))
    every = channel.search(asked, 6)
    monkeypatch.setattr(audiochannel, "BUDGET", 1_500)
    part = channel.search(asked, 6)
    channel.remove(1)

    assert [slot for slot, _ in every][:2] == [2, 1]
    assert {slot for slot, _ in part} == {1, 2}
    assert 1 not in dict(channel.search(asked, 6))


def test_sounds_are_counted_the_same_in_one_table_and_in_several(monkeypatch):
    sketches = [(seed, sketch_audio(played(seed, 12))) for seed in range(5)]
    asked = sketch_audio(played(3, 8))
    together = PeakTable(sketches).best(asked)

    assert together == [found for one in sketches for found in PeakTable([one]).best(asked)]
    assert PeakTable([]).best(asked) == []


def test_comparison_is_symmetric_in_what_it_finds():
    one, two = sketch_audio(played(3)), sketch_audio(played(3, 19, tempo=1.05))
    forth, back = compare(one, two), compare(two, one)

    assert (forth.probability, forth.measures) == (back.probability, back.measures)
    assert forth.evidence[0].a_span == back.evidence[0].b_span


@pytest.mark.parametrize("samples", [np.zeros(0), np.zeros(100), np.zeros(5 * RATE), np.ones(5 * RATE)])
def test_silence_matches_nothing(samples):
    sketch = sketch_audio(samples.astype(np.float32))

    assert compare(sketch, sketch).evidence == ()
    assert compare(sketch, sketch_audio(played(1))).probability == 0.0


def test_a_sound_matches_itself_with_certainty():
    assert compare(sketch_audio(played(4)), sketch_audio(played(4))).probability == 1.0


def test_chunks_meet_without_a_seam():
    long = np.concatenate([played(seed) for seed in range(20, 27)])

    times = pairs(sketch_audio(long).peaks)[0]

    assert np.diff(np.unique(times)).max() < 60


def test_index_finds_the_source_and_forgets():
    index = SimilarityIndex()
    for seed in range(8):
        index.add(f"e{seed}", sketch_audio(played(seed, 12)))
    index.add("x", sketch_audio(noisy(played(5, 12, tempo=1.03))))

    assert [entry_id for entry_id, _ in index.search("x", min_probability=0.5)] == ["e5"]

    index.remove("e5")
    assert index.search("x", min_probability=0.5) == []


def test_many_sounds_are_searched_as_few_are(monkeypatch):
    channel = AudioChannel()
    for seed in range(6):
        channel.add(seed, sketch_audio(played(seed, 12)))
    asked = sketch_audio(noisy(played(4, 12, tempo=1.03)))
    few = channel.search(asked, 5)

    monkeypatch.setattr(audiochannel, "_DENSE", 0)

    assert [slot for slot, _ in few] == [4]
    assert channel.search(asked, 5) == few


def test_sounds_that_share_nothing_are_not_compared():
    channel = AudioChannel()
    for seed in range(6):
        channel.add(seed, sketch_audio(played(seed, 12)))

    assert channel.search(sketch_audio(played(8, 12)), 5) == []


def test_sound_is_decoded_from_a_file(tmp_path):
    (tmp_path / "a.wav").write_bytes(as_wave(played(1, 5)).getvalue())

    samples = read_sound(tmp_path / "a.wav")

    assert len(samples) == 5 * RATE
    assert sketch_audio(samples).seconds == 5.0
    assert len(read_sound(tmp_path / "a.wav", max_seconds=2)) == 2 * RATE


@pytest.mark.parametrize("raw", [b"", b"no sound at all", b"RIFF\x00\x00\x00\x00WAVE"])
def test_unreadable_sound_is_named(raw):
    with pytest.raises(UnreadableMedia) as caught:
        read_sound(io.BytesIO(raw), name="song.mp3")

    assert caught.value.name == "song.mp3"


def test_sketch_survives_storing():
    sketch = sketch_audio(played(2))

    assert AudioSketch.from_bytes(sketch.to_bytes()) == sketch
    with pytest.raises(UnreadableSketch):
        AudioSketch.from_bytes(sketch.to_bytes()[:-2])


def test_golden_numbers_do_not_move():
    time = np.arange(RATE) / RATE
    tones = [np.sin(2 * np.pi * pitch * time) * np.exp(-3 * time) for pitch in (220, 330, 275, 440, 392, 524)]
    made = sketch_audio(np.concatenate(tones).astype(np.float32))

    assert (made.seconds, len(made.peaks) // 4, made.digest[:16]) == (6.0, 16, "e0b137617d469575")
