"""The benchmarks of sounds and films run: their attacks put the original where they say, and peers find a copy."""

from functools import partial

import numpy as np
import pytest

from scoring.similarity import compare, sketch_audio
from scoring.similarity.moving import read_frames
from scoring.similarity.sound import RATE
from tests.bench.similarity import bench_films, bench_sounds, filmed, made_films
from tests.bench.similarity.changed_films import DRAWN, FILTERED, FPS, Changed, each, played
from tests.bench.similarity.changed_sounds import COMPUTED, stretched
from tests.bench.similarity.changed_sounds import FILTERED as SOUND_FILTERED
from tests.bench.similarity.made_films import cartoon, pan
from tests.bench.similarity.made_music import song
from tests.bench.similarity.peers import _agreement, _shared, film_peers, picture_peers, sound_peers
from tests.bench.similarity.recall import OURS
from tests.scoring.similarity.drawings import drawn


@pytest.mark.parametrize("attacks", [SOUND_FILTERED, COMPUTED], ids=["seen", "held out"])
@pytest.mark.parametrize("name", ["mp3 32k", "trimmed", "tempo", "pitch", "speed", "spliced"])
def test_a_changed_sound_holds_the_original_where_it_is_said_to(attacks, name):
    original = song(5, 1, 24.0)
    changed = attacks[name](original, song(6, 1, 24.0), np.random.default_rng(4))

    best = compare(sketch_audio(changed.samples), sketch_audio(original)).evidence[0]

    assert abs(changed.moved(sum(best.a_span) / 2) - sum(best.b_span) / 2) < 0.5
    if changed.placed:
        assert changed.placed[0] - 1.5 < best.a_span[0] < best.a_span[1] < changed.placed[1] + 1.5


@pytest.mark.parametrize("attacks", [SOUND_FILTERED, COMPUTED], ids=["seen", "held out"])
def test_a_changed_sound_is_sound(attacks):
    for name, attack in attacks.items():
        changed = attack(song(5, 2, 20.0), song(6, 2, 20.0), np.random.default_rng(4)).samples
        assert changed.dtype == np.float32, name
        assert len(changed) >= 10 * RATE - 1, name
        assert 0 < float(np.abs(changed).max()) <= 1.001, name


def test_a_vocoder_changes_the_tempo_and_not_the_pitch():
    time = np.arange(4 * RATE) / RATE
    faster = stretched(np.sin(2 * np.pi * 441 * time).astype(np.float32), 1.25)
    assert len(faster) == int(4 * RATE / 1.25)
    spectrum = np.abs(np.fft.rfft(faster[RATE // 2 : RATE // 2 + RATE]))
    assert abs(int(spectrum.argmax()) - 441) <= 2


def test_songs_of_a_band_are_different_and_the_same_again():
    one, other = song(3, 0, 8.0), song(3, 1, 8.0)
    assert not np.array_equal(one, other)
    assert np.array_equal(one, song(3, 0, 8.0))


@pytest.mark.parametrize("attacks", [FILTERED, DRAWN], ids=["seen", "held out"])
def test_a_changed_film_can_be_played(attacks):
    film, host = cartoon(1, 1, ()), pan(2, 1, ())
    for name, attack in attacks.items():
        changed = attack(film, host, np.random.default_rng(2))
        shown = played(changed, "libx264" if attacks is FILTERED else "mpeg4")
        assert len(shown) >= 4, name
        assert shown[0][1].ndim == 2, name
        if changed.placed:
            at, begin = round(changed.placed[0] * FPS), round(changed.begin * FPS)
            assert np.array_equal(changed.frames[at], each(film[begin : begin + 1], lambda one: one)[0]), name


def test_a_faster_film_moves_its_places():
    faster = Changed([np.zeros((10, 10, 3), np.uint8)], fps=FPS * 1.1)
    assert faster.moved(10) == pytest.approx(11)


def test_the_benchmark_of_sounds_runs_without_a_corpus(monkeypatch):
    monkeypatch.setattr(bench_sounds, "SONGS", 4)
    monkeypatch.setattr(bench_sounds, "song", partial(song, seconds=12.0))
    rows = bench_sounds.measured(None, 1, 0, 1)["seen"]
    assert [row.kind for row in rows if not row.attack] == ["made"] * 4 + [bench_sounds.ONE_KIT] * 3
    assert {row.attack for row in rows} == {"", *SOUND_FILTERED}
    assert next(row for row in rows if row.attack == "mp3 32k").scores[OURS] > 0.5


def test_the_benchmark_of_films_runs_without_a_corpus(monkeypatch):
    monkeypatch.setattr(bench_films, "FILMS", 2)
    monkeypatch.setattr(made_films, "SECONDS", 4)
    rows = bench_films.measured(None, 2, 0, 1)["seen"]
    assert sum(not row.attack for row in rows) == 4
    assert {row.attack for row in rows} == {"", *FILTERED}
    assert next(row for row in rows if row.attack == "re-encoded").scores[OURS] > 0.5


def test_films_as_people_hand_them_in_can_be_decoded(tmp_path):
    size = (160, 90)
    pictures = [np.asarray(drawn(number, (320, 180))) for number in range(3)]
    shot = list(filmed.camera(1, 1.2, size, filmed.FPS, lambda number: pictures[number % 3]))
    file = tmp_path / "clip.mp4"
    file.write_bytes(filmed.encoded_film(iter(shot), size, "libx264", 200_000).getvalue())

    shown = {
        "camera": iter(shot),
        "talk": filmed.talk(1, 1.2, size, filmed.FPS, lambda number: pictures[number % 3], [file]),
        "sequence": filmed.sequence(1, 2.0, size, filmed.FPS, [file]),
    }
    for name, frames in shown.items():
        read = list(read_frames(filmed.encoded_film(frames, size, "libvpx-vp9", 200_000)))
        assert [moment for moment, _ in read] == [0.0, 1.0], name
        assert read[1][1].shape == (90, 160), name


def test_peers_that_are_installed_find_a_copy_first():
    songs = [song(7, number, 20.0) for number in range(3)]
    films = [[pixels for _, pixels in played(Changed(pan(number, 1, ())))] for number in range(3)]
    pictures = [drawn(number) for number in range(3)]
    asked = [(sound_peers(songs), songs[1]), (film_peers(films), films[1]), (picture_peers(pictures), pictures[1])]
    if not any(peers for peers, _ in asked):
        pytest.skip("no peer of sounds, films or pictures is installed")
    for peers, query in asked:
        for name, peer in peers.items():
            assert int(np.argmax(peer(query))) == 1, name


def test_the_rules_of_peers_tell_a_copy_from_a_stranger():
    dice = np.random.default_rng(3)
    items, others = dice.integers(0, 1 << 32, (2, 300), dtype=np.uint32)
    pictures, strangers = dice.integers(0, 256, (2, 6, 32), dtype=np.uint8)

    assert _agreement(items[90:200], items) == 1
    assert _agreement(items[90:122], items) == 0.5  # half of the window
    assert _agreement(others, items) < 0.7
    assert _shared(pictures[2:4], pictures) == 1
    assert _shared(np.concatenate([pictures[:3], strangers[:3]]), pictures) == 0.5
    assert _shared(strangers, pictures) == 0
