"""Videos: found mirrored, cropped, cut into others, at another speed; nothing else is."""

import hashlib
import io

import av
import numpy as np
import pytest
from PIL import Image, ImageOps

from scoring.similarity import (
    SimilarityIndex,
    UnreadableMedia,
    UnreadableSketch,
    VideoSketch,
    compare,
    sketch_video,
    videocompare,
)
from scoring.similarity.imagelight import light
from scoring.similarity.moving import read_frames
from scoring.similarity.videochannel import DOUBTFUL, VideoChannel
from scoring.similarity.videocompare import FRUITLESS, PATIENCE
from scoring.similarity.videosketch import STILL

from .drawings import drawn


def film(*scenes: int, every: float = 2.0, change=lambda picture: picture) -> VideoSketch:
    """Sketch a film of drawn scenes, each shown for some seconds."""
    pictures = [np.asarray(change(drawn(scene, (320, 240))).convert("L")) for scene in scenes]
    moments = np.arange(0, every * len(scenes), 1.0)
    return sketch_video((float(moment), pictures[int(moment / every)]) for moment in moments)


SCENES = (1, 2, 3, 4, 5, 6)
ATTACKS = {
    "mirror": lambda: film(*SCENES, change=ImageOps.mirror),
    "crop": lambda: film(*SCENES, change=lambda picture: picture.crop((40, 30, 300, 220))),
    "letterbox": lambda: film(*SCENES, change=lambda picture: ImageOps.expand(picture, border=(0, 50), fill="black")),
    "cut out": lambda: film(20, 21, 3, 4, 5, 22),
    "small": lambda: film(*SCENES, change=lambda picture: picture.resize((160, 120))),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_reused_video_is_found(name):
    finding = compare(film(*SCENES), ATTACKS[name]())

    assert finding.probability >= 0.5
    assert finding.evidence[0].kind == "time"


def test_different_videos_are_improbable():
    assert compare(film(*SCENES), film(30, 31, 32, 33)).probability < 0.2


def test_spans_and_transformation_are_told():
    cut = compare(film(*SCENES), ATTACKS["cut out"]()).evidence[0]
    mirrored = compare(film(*SCENES), ATTACKS["mirror"]()).evidence[0]

    assert (cut.a_span, cut.b_span, cut.weight) == ((4.0, 10.0), (4.0, 10.0), 3.0)
    assert mirrored.transformation == ("mirrored",)


def test_one_sure_picture_is_enough():
    still, mirrored = (film(1, every=4.0, change=change) for change in (lambda one: one, ImageOps.mirror))

    finding = compare(still, mirrored)

    assert finding.probability >= 0.9
    assert finding.measures["pictures"] == 1.0


def test_unlike_films_are_not_all_compared():
    channel = VideoChannel()
    for number in range(8):
        channel.add(number, film(1, 40 + number) if number < 2 else film(40 + number))

    found = channel.search(film(1, 60), limit=40)

    assert sorted(slot for slot, _ in found[:2]) == [0, 1]
    assert len(found) <= 2 + DOUBTFUL


def test_few_pairs_of_pictures_are_compared_of_films_that_share_little(monkeypatch):
    asked, looked_at = film(*range(60, 72), 1, 2, every=1.0), []
    alike = videocompare._alike
    monkeypatch.setattr(videocompare, "_alike", lambda a, b: looked_at.append(1) or alike(a, b))

    assert compare(asked, film(*range(80, 90), every=1.0)).evidence == ()
    assert len(looked_at) <= FRUITLESS
    looked_at.clear()
    shared = compare(asked, film(*range(90, 100), 1, 2, every=1.0)).evidence[0]

    assert {shared.a_span, shared.b_span} == {(12.0, 13.0), (10.0, 11.0)}
    assert len(looked_at) <= 2 + PATIENCE


def test_comparison_is_symmetric():
    one, two = film(*SCENES), ATTACKS["cut out"]()

    assert compare(one, two) == compare(two, one).swapped()


def test_a_video_matches_itself_with_certainty_and_black_matches_nothing():
    black = sketch_video((float(second), np.zeros((90, 160), dtype=np.uint8)) for second in range(9))

    assert compare(film(1, 2), film(1, 2)).probability == 1.0
    assert (black.keys, black.seconds) == ((), 8.0)
    assert compare(black, black).evidence == ()


def test_only_changed_pictures_are_kept():
    assert film(1, 2, 1, every=4.0).times == (0.0, 4.0, 8.0)
    assert STILL < 60


def test_index_finds_the_source_and_forgets():
    index = SimilarityIndex()
    index.add("a", film(1, 2, 3))
    index.add("b", film(4, 5, 6))
    index.add("x", film(20, 2, 3, change=ImageOps.mirror))

    assert [entry_id for entry_id, _ in index.search("x", min_probability=0.5)] == ["a"]

    index.remove("a")
    assert index.search("x", min_probability=0.5) == []
    assert len(index._channels["video"]._owners) == 6


def test_video_is_decoded_at_a_steady_pace():
    stream = io.BytesIO()
    with av.open(stream, "w", format="matroska") as container:
        track = container.add_stream("mpeg4", rate=10)
        track.width, track.height, track.pix_fmt = 800, 400, "yuv420p"
        for number in range(35):
            picture = av.VideoFrame.from_image(Image.new("RGB", (800, 400), (number * 7, 0, 0)))
            container.mux(track.encode(picture))
        container.mux(track.encode(None))
    stream.seek(0)

    frames = list(read_frames(stream))

    assert [moment for moment, _ in frames] == [0.0, 1.0, 2.0, 3.0]
    assert frames[0][1].shape == (192, 384)


@pytest.mark.parametrize("raw", [b"", b"no video at all"])
def test_unreadable_video_is_named(raw):
    with pytest.raises(UnreadableMedia) as caught:
        list(read_frames(io.BytesIO(raw), name="clip.mp4"))

    assert caught.value.name == "clip.mp4"


def test_sketch_survives_storing():
    sketch = film(1, 2)

    assert VideoSketch.from_bytes(sketch.to_bytes()) == sketch
    with pytest.raises(UnreadableSketch):
        VideoSketch.from_json({**sketch.to_json(), "times": []})


def test_an_inset_whose_moments_differ_is_found():
    def later(picture: Image.Image) -> Image.Image:
        shown, host = picture.copy(), drawn(90, picture.size)
        shown.paste(drawn(91, (320, 480)), (0, 0))
        host.paste(shown.resize((416, 312)), (40, 60))
        return host

    pictures = [drawn(scene, (640, 480)) for scene in SCENES]
    one, other = ([np.asarray(made.convert("L")) for made in some] for some in (pictures, map(later, pictures)))

    assert compare(sketch_video(enumerate(one)), sketch_video(enumerate(other))).probability >= 0.5


def test_an_inset_whose_sides_were_scaled_apart_is_found():
    def narrow(picture: Image.Image) -> Image.Image:
        host = drawn(90, picture.size)
        host.paste(picture.resize((512, 340)), (100, 120))
        return host

    pictures = [drawn(scene, (640, 480)) for scene in SCENES]
    one, other = ([np.asarray(made.convert("L")) for made in some] for some in (pictures, map(narrow, pictures)))

    assert compare(sketch_video(enumerate(one)), sketch_video(enumerate(other))).probability >= 0.5


def test_golden_numbers_do_not_move():
    down, across = np.mgrid[:240, :320]
    pictures = [((across * across // 300 + down * speed) % 256).astype(np.uint8) for speed in (3, 3, 5, 7)]
    made = sketch_video((float(second), one) for second, one in enumerate(pictures))

    assert (made.times, made.digest[:16]) == ((0.0, 2.0, 3.0), "787e5f1788020185")
    assert [key.hashes[0][:8] for key in made.keys] == ["255d156a", "2d6a155b", "0d2b3549"]
    assert hashlib.sha256(b"".join(key.corners for key in made.keys)).hexdigest()[:16] == "600c122e244556e6"
    copies = b"".join(light(key.light).tobytes() for key in made.keys)
    assert hashlib.sha256(copies).hexdigest()[:16] == "fd63500fb73fb787"
