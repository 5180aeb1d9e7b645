"""Pictures: found mirrored, cropped, turned, inset; nothing else is."""

import base64
import hashlib
import io

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageOps

from scoring.similarity import ImageSketch, SimilarityIndex, UnreadableMedia, UnreadableSketch, compare, sketch_image
from scoring.similarity.imagecompare import hash_distance
from scoring.similarity.imagelight import SIDE as LIGHT_SIDE
from scoring.similarity.imagelight import STEP, light, moved_over, packed_light
from scoring.similarity.imagesketch import ATTITUDES
from scoring.similarity.pictures import MAX_RATIO, SIDE, read_image
from tests.bench.similarity.posters import KINDS, Style

from .drawings import drawn, encoded


def sketch(picture: Image.Image, kind: str = "PNG", **options: object) -> ImageSketch:
    return sketch_image(read_image(encoded(picture, kind, **options)))


def inset(picture: Image.Image) -> Image.Image:
    host = drawn(99)
    host.paste(picture.resize((288, 216)), (150, 100))
    return host


def letterbox(picture: Image.Image) -> Image.Image:
    return ImageOps.expand(picture, border=(0, 60), fill="black")


ATTACKS = {
    "crop": lambda picture: picture.crop((90, 40, 420, 300)),
    "mirror": ImageOps.mirror,
    "turn": lambda picture: picture.rotate(8),
    "quarter": lambda picture: picture.rotate(90, expand=True),
    "letterbox": letterbox,
    "inset": inset,
    "small": lambda picture: picture.resize((160, 120)).resize((480, 360)),
    "grade": lambda picture: ImageEnhance.Contrast(ImageEnhance.Color(picture).enhance(0.3)).enhance(1.3),
    "mirror and crop": lambda picture: ImageOps.mirror(picture).crop((60, 30, 430, 330)),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_reused_picture_is_found(name):
    original = drawn(1)

    finding = compare(sketch(original), sketch(ATTACKS[name](original), "JPEG", quality=70))

    assert finding.probability >= 0.5
    assert finding.evidence[0].kind == "region"


def test_different_pictures_are_improbable():
    sketches = [sketch(drawn(seed)) for seed in range(8)]

    told = [compare(a, b).probability for place, a in enumerate(sketches) for b in sketches[:place]]

    assert max(told) < 0.2


@pytest.mark.parametrize("kind", KINDS)
def test_a_common_font_frame_logo_letterhead_or_program_is_no_reuse(kind):
    style = Style(kind, 41)
    sketches = [sketch(style.picture(seed), "JPEG") for seed in range(6)]

    told = [compare(a, b).probability for place, a in enumerate(sketches) for b in sketches[:place]]

    assert max(told) < 0.5


@pytest.mark.parametrize("kind", KINDS)
def test_reused_poster_is_found_among_its_like(kind):
    style = Style(kind, 43)
    original = style.picture(1)
    index = SimilarityIndex()
    for seed in range(6):
        index.add(f"e{seed}", sketch(style.picture(seed), "JPEG"))
    index.add("x", sketch(ImageOps.mirror(original).crop((40, 40, 700, 700)), "JPEG", quality=70))

    assert [entry_id for entry_id, _ in index.search("x", min_probability=0.5)] == ["e1"]


@pytest.mark.parametrize("shift", [(0, 0), (25, 10), (-12, 30)])
def test_light_agrees_where_a_movement_lays_one_picture_over_the_other(shift):
    whole = np.asarray(drawn(8, (256, 256)).convert("L"))
    a, b = whole[40:168, 40:168], whole[40 + shift[1] : 168 + shift[1], 40 + shift[0] : 168 + shift[0]]
    one, other = light(packed_light(a)), light(packed_light(b))
    right = np.array([[1, 0, -shift[0] / 128], [0, 1, -shift[1] / 128]])
    wrong = right + [[0, 0, 0.1], [0, 0, 0]]

    (within, covered), (no_longer, _) = (moved_over(one, other, to, (0, 0, 1, 1)) for to in (right, wrong))

    assert within > 0.9 > 0.5 > no_longer
    assert covered == pytest.approx(1 - (abs(shift[0]) + abs(shift[1])) / 128, abs=0.12)


@pytest.mark.parametrize("shape", [(1, 1), (3, 200), (128, 96)])
def test_the_small_copy_is_packed_with_its_size(shape):
    pixels = np.random.default_rng(4).integers(0, 256, shape, dtype=np.uint8)

    restored = light(packed_light(pixels))

    assert max(restored.shape) <= LIGHT_SIDE
    if max(shape) <= LIGHT_SIDE:
        assert np.array_equal(restored, pixels // STEP * STEP)


drawn_light = np.asarray(drawn(1).convert("L"))


@pytest.mark.parametrize("packed", [b"", b"\x80", b"\x80\x60damaged", packed_light(drawn_light)[:-40]])
def test_a_damaged_small_copy_is_named(packed):
    with pytest.raises(UnreadableSketch):
        ImageSketch.from_json({**sketch(drawn(1)).to_json(), "light": base64.b85encode(packed).decode()})


def test_region_and_transformation_are_told():
    original = drawn(2)

    mirrored = compare(sketch(original), sketch(ImageOps.mirror(original))).evidence[0]
    cropped = compare(sketch(original), sketch(original.crop((240, 0, 480, 360)).resize((480, 720)))).evidence[0]

    assert mirrored.transformation == ("mirrored",)
    assert cropped.a_span[0] > 0.45 and cropped.b_span[0] < 0.2
    assert "cropped" in cropped.transformation


@pytest.mark.parametrize("attitude", ATTITUDES)
def test_hash_knows_every_attitude(attitude):
    turned = {
        "": lambda p: p,
        "mirrored": ImageOps.mirror,
        "flipped": ImageOps.flip,
        "rotated=180": lambda p: p.rotate(180),
        "transposed": lambda p: p.transpose(Image.Transpose.TRANSPOSE),
        "transversed": lambda p: p.transpose(Image.Transpose.TRANSVERSE),
        "rotated=90": lambda p: p.transpose(Image.Transpose.ROTATE_270),
        "rotated=270": lambda p: p.transpose(Image.Transpose.ROTATE_90),
    }[attitude]
    original = drawn(3, (400, 400))

    distance, found = hash_distance(sketch(turned(original)), sketch(original))

    assert (ATTITUDES[found], distance <= 20) == (attitude, True)


def test_comparison_is_symmetric():
    one, two = sketch(drawn(4)), sketch(ATTACKS["inset"](drawn(4)))

    assert compare(one, two) == compare(two, one).swapped()


def test_index_finds_the_source_among_others():
    index = SimilarityIndex()
    for seed in range(10):
        index.add(f"e{seed}", sketch(drawn(seed)))
    index.add("x", sketch(ATTACKS["mirror and crop"](drawn(6))))

    assert [entry_id for entry_id, _ in index.search("x", min_probability=0.5)] == ["e6"]


def test_removed_picture_leaves_no_trace():
    index = SimilarityIndex()
    index.add("a", sketch(drawn(1)))
    index.add("b", sketch(drawn(1), "JPEG"))
    index.remove("b")

    channel = index._channels["image"]
    assert index.search("a") == []
    assert (len(channel._hashes), len(channel._sketches)) == (1, 1)
    assert {slot for row in channel._postings._rows.values() for slot in row} == {0}


@pytest.mark.parametrize("size", [(1, 1), (1, 900), (15, 15), (40, 30), (64, 64)])
def test_tiny_and_flat_pictures_match_nothing(size):
    flat = sketch(Image.new("RGB", size, "white"))

    assert compare(flat, flat).evidence == ()
    assert compare(flat, sketch(drawn(1))).probability == 0.0


@pytest.mark.parametrize("raw", [b"", b"not a picture", encoded(drawn(1)).getvalue()[:200]])
def test_unreadable_picture_is_named(raw):
    with pytest.raises(UnreadableMedia) as caught:
        read_image(io.BytesIO(raw), name="poster.png")

    assert caught.value.name == "poster.png"


def test_pixels_are_turned_bounded_and_on_white():
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = read_image(encoded(drawn(1), "JPEG", exif=exif))
    clear = read_image(encoded(Image.new("RGBA", (20, 20), (0, 0, 0, 0))))
    strip = read_image(encoded(Image.new("L", (9000, 10))))

    assert turned.shape == (480, 360)
    assert clear.min() == 255
    assert strip.shape[1] <= min(SIDE, 10 * MAX_RATIO)


def test_sketch_survives_storing():
    original = sketch(drawn(5))

    assert ImageSketch.from_bytes(original.to_bytes()) == original
    assert len(original.to_bytes()) < 34_000
    with pytest.raises(UnreadableSketch):
        ImageSketch.from_bytes(original.to_bytes()[:-5])
    with pytest.raises(UnreadableSketch):
        ImageSketch.from_json({**original.to_json(), "hashes": ["00"]})


def test_golden_numbers_do_not_move():
    down, across = np.mgrid[:300, :400]
    made = sketch_image(((across * across // 300 + down * 3) % 256).astype(np.uint8))

    assert hashlib.sha256(light(made.light).tobytes()).hexdigest()[:16] == "a3151ab67b6e79d2"
    assert (made.hashes[0][:16], made.quality, len(made.corners) // 36) == ("066a1a99066a1ad9", 100, 197)


def test_digest_depends_on_the_pixels_alone():
    assert sketch(drawn(7)) == sketch(drawn(7))
    assert sketch_image(np.zeros((4, 6), dtype=np.uint8)) != sketch_image(np.zeros((6, 4), dtype=np.uint8))
