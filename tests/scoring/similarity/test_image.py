"""Pictures: found mirrored, cropped, turned, inset; nothing else is."""

import base64
import dataclasses
import hashlib
import io
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageOps

from scoring.similarity import ImageSketch, SimilarityIndex, UnreadableMedia, UnreadableSketch, compare, sketch_image
from scoring.similarity.imagechannel import HELD, ImageChannel
from scoring.similarity.imagecompare import hash_distance
from scoring.similarity.imagecorners import STORED, found_corners, mirrored, records
from scoring.similarity.imagelight import SIDE as LIGHT_SIDE
from scoring.similarity.imagelight import light, moved_over, packed_light, shared_boxes
from scoring.similarity.imagemoves import movements, places
from scoring.similarity.imagesketch import ATTITUDES
from scoring.similarity.pictures import MAX_RATIO, SIDE, read_image
from scoring.similarity.shrinking import Shrinking
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
def test_what_a_series_has_in_common_is_no_reuse(kind):
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

    (within, covered, _), (no_longer, *_) = (moved_over(one, other, to, (0, 0, 1, 1)) for to in (right, wrong))

    assert within > 0.8 > 0.5 > no_longer
    assert covered == pytest.approx(1 - (abs(shift[0]) + abs(shift[1])) / 128, abs=0.12)


@pytest.mark.parametrize("shape", [(1, 1), (3, 200), (256, 192), (700, 300)])
def test_the_small_copy_is_packed_with_its_size(shape):
    down, across = np.mgrid[: shape[0], : shape[1]]
    pixels = ((across + down) % 256).astype(np.uint8)

    restored = light(packed_light(pixels))

    assert max(restored.shape) == min(max(shape), LIGHT_SIDE)
    if max(shape) <= LIGHT_SIDE:
        assert restored.shape == shape
        assert np.abs(restored - pixels).mean() < 8


@pytest.mark.parametrize("shape", [(360, 480), (480, 301)])
def test_corners_of_the_mirror_image_are_those_of_the_picture_with_halves_exchanged(shape):
    pixels = np.asarray(drawn(11, shape[::-1]).convert("L"))
    own = mirrored(records(found_corners(pixels, 300)), shape[1])
    seen = records(found_corners(np.ascontiguousarray(pixels[:, ::-1]), 300))

    bits = np.bitwise_count(own["descriptor"][:, None] ^ seen["descriptor"]).sum(axis=2)
    far = np.abs(places(own)[:, None] - places(seen)[None])

    near = far.min(axis=1) < 2
    assert near.mean() > 0.7
    assert np.median(np.where(far < 2, bits, 192).min(axis=1)[near]) <= 12


@pytest.mark.parametrize(
    ("before", "after"), [((384, 512), (320, 427)), ((51, 300), (7, 64)), ((50, 50), (10, 10)), ((48, 90), (64, 64))]
)
def test_a_picture_is_made_smaller_as_opencv_does(before, after):
    pixels = np.random.default_rng(6).integers(0, 256, before, dtype=np.uint8)

    made = Shrinking(pixels).to(*after[::-1])

    assert np.array_equal(made, cv2.resize(pixels, after[::-1], interpolation=cv2.INTER_AREA))


def test_corners_are_spread_over_the_picture():
    pixels = np.full((480, 480), 128, dtype=np.uint8)
    pixels[:120, :120] = np.random.default_rng(3).integers(0, 256, (120, 120), dtype=np.uint8)
    faint = np.asarray(drawn(4, (240, 240)).convert("L")).astype(np.int16) // 4 + 96
    pixels[240:, 240:] = faint.astype(np.uint8)

    found = places(records(found_corners(pixels, 100)))

    assert ((found.real > 230) & (found.imag > 230)).sum() >= 30


@pytest.mark.parametrize("mirror", [False, True])
def test_a_movement_is_told_by_corners(mirror):
    original = drawn(12)
    turned = (ImageOps.mirror(original) if mirror else original).rotate(-20, expand=True, fillcolor="grey")
    moved = turned.resize((turned.width * 3 // 4, turned.height * 3 // 4))
    a, b = sketch(original), sketch(moved)

    best = movements(a.corners, b.corners, b.width)[0]

    assert best.mirrored == mirror
    assert best.scale == pytest.approx(0.75, abs=0.02)
    assert abs(best.turn) == pytest.approx(20, abs=1)


def test_corners_that_are_alike_but_lie_otherwise_tell_no_movement():
    packed = sketch(drawn(13)).corners
    torn = np.frombuffer(packed, dtype=STORED).copy()
    torn["descriptor"] = np.random.default_rng(5).permutation(torn["descriptor"])

    assert movements(packed, packed, 480)[0].corners > 50
    assert all(one.corners < 10 for one in movements(packed, torn.tobytes(), 480))


drawn_light = np.asarray(drawn(1).convert("L"))


@pytest.mark.parametrize(
    "packed", [b"", b"\x80", b"\x80\x60damaged", packed_light(drawn_light)[:-40], packed_light(drawn_light)[:4]]
)
def test_a_damaged_small_copy_is_named(packed):
    with pytest.raises(UnreadableSketch):
        ImageSketch.from_json({**sketch(drawn(1)).to_json(), "light": base64.b85encode(packed).decode()})


@pytest.mark.parametrize("image", ["JPEG", "PNG"])
def test_no_decoder_of_images_reads_the_small_copy(image):
    body = encoded(drawn(1).convert("L"), image).getvalue()

    with pytest.raises(UnreadableSketch):
        light(b"\xff\xff" + body)
    with pytest.raises(UnreadableSketch):
        light(b"\xff\xff" + zlib.compress(body))


@pytest.mark.parametrize("size", [0, 64 * 4 - 1, 64 * 4 + 1, 10_000_000])
def test_the_small_copy_has_the_size_that_it_says(size):
    with pytest.raises(UnreadableSketch):
        light(bytes((15, 15)) + zlib.compress(bytes(size)))


def test_corners_beyond_what_is_ever_made_can_be_compared():
    original = sketch(drawn(1))
    odd = dataclasses.replace(original, corners=b"\xff" * len(original.corners), digest="0" * 64)
    index = SimilarityIndex()
    index.add("a", original)
    index.add("b", odd)

    assert [entry_id for entry_id, _ in index.search("a")] == ["b"]
    assert compare(original, odd).measures["corners"] < 10


@pytest.mark.parametrize("change", [{"width": 0}, {"height": "9"}, {"hashes": ["zz"] * 8}, {"hashes": ["00"] * 8}])
def test_a_sketch_with_an_odd_field_is_named(change):
    with pytest.raises(UnreadableSketch):
        ImageSketch.from_json({**sketch(drawn(1)).to_json(), **change})


def test_region_and_transformation_are_told():
    original = drawn(2)

    mirrored = compare(sketch(original), sketch(ImageOps.mirror(original))).evidence[0]
    cropped = compare(sketch(original), sketch(original.crop((240, 0, 480, 360)).resize((480, 720)))).evidence[0]

    assert mirrored.transformation == ("mirrored",)
    assert cropped.a_span[0] > 0.45 and cropped.b_span[0] < 0.2
    assert "cropped" in cropped.transformation


WHOLE = (0.0, 0.0, 1.0, 1.0)


@pytest.mark.parametrize(
    ("name", "a_shared", "b_shared"),
    [
        ("mirror", WHOLE, WHOLE),
        ("quarter", WHOLE, WHOLE),
        ("crop", (90 / 480, 40 / 360, 420 / 480, 300 / 360), WHOLE),
        ("mirror and crop", (60 / 480, 30 / 360, 430 / 480, 330 / 360), WHOLE),
        ("letterbox", WHOLE, (0.0, 60 / 480, 1.0, 420 / 480)),
        ("inset", WHOLE, (150 / 480, 100 / 360, 438 / 480, 316 / 360)),
    ],
)
def test_all_that_is_shared_and_nothing_else_is_framed(name, a_shared, b_shared):
    def alike(one, other):
        ends = zip(one[2:], other[2:], one[:2], other[:2], strict=True)
        width, height = (max(0.0, min(high, high2) - max(low, low2)) for high, high2, low, low2 in ends)
        areas = [(right - left) * (bottom - top) for left, top, right, bottom in (one, other)]
        return width * height / (sum(areas) - width * height)

    original = drawn(1)
    for first, second, wanted in (
        (original, ATTACKS[name](original), (a_shared, b_shared)),
        (ATTACKS[name](original), original, (b_shared, a_shared)),
    ):
        piece = compare(sketch(first), sketch(second)).evidence[0]
        assert alike(piece.a_span, wanted[0]) > 0.8
        assert alike(piece.b_span, wanted[1]) > 0.8


def test_framing_stays_within_pictures_that_have_nothing_in_common():
    flat, noise = (
        np.full((64, 48), 120, np.float32),
        np.random.default_rng(1).uniform(0, 255, (256, 9)).astype(np.float32),
    )
    for one, other in ((flat, noise), (noise, flat), (noise[:4], flat)):
        for movement in (np.eye(2, 3), np.array([[0, -0.1, 2], [0.1, 0, -1]])):
            for box in shared_boxes(one, other, movement, (0.9, 0.9, 1, 1), (0.9, 0.9, 1, 1)):
                assert 0 <= box[0] <= 0.9 <= 1 <= box[2] <= 1 and 0 <= box[1] <= 0.9 <= 1 <= box[3] <= 1


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
    assert (len(channel._hashes), list(channel._rows.values())) == (1, [0])
    postings = [*channel._words._all.keys.tolist(), *channel._words._recent.keys.tolist()]
    assert {(posting & 0xFFFFFFFF) // HELD for posting in postings} == {0}
    assert not any(kept[1].any() for kept in (channel._places, *channel._described))


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
    assert len(original.to_bytes()) < 13_000
    with pytest.raises(UnreadableSketch):
        ImageSketch.from_bytes(original.to_bytes()[:-5])
    with pytest.raises(UnreadableSketch):
        ImageSketch.from_json({**original.to_json(), "hashes": ["00"]})


def test_the_first_few_pictures_are_those_of_a_longer_list():
    channel, dice = ImageChannel(), np.random.default_rng(5)
    parts = [np.asarray(drawn(number, (240, 180)).convert("L")) for number in range(6)]
    for number in range(12):
        # Every picture is put together of four; many share one or two.
        four = [parts[one] for one in dice.integers(0, 6, 4)]
        channel.add(number, sketch_image(np.vstack([np.hstack(four[:2]), np.hstack(four[2:])])))
    asked = sketch_image(np.vstack([np.hstack(parts[:2]), np.hstack(parts[2:4])]))

    every = channel._by_corners(asked, 40)

    assert len(every) > 6
    for limit in (1, 3, 6, 9):
        assert channel._by_corners(asked, limit) == every[:limit]


def test_golden_numbers_do_not_move():
    down, across = np.mgrid[:300, :400]
    made = sketch_image(((across * across // 300 + down * 3) % 256).astype(np.uint8))

    assert hashlib.sha256(light(made.light).tobytes()).hexdigest()[:16] == "466f2b64a0dfdcaf"
    assert hashlib.sha256(made.corners).hexdigest()[:16] == "3c7942cf4b1c2813"
    assert (made.hashes[0][:16], made.quality, len(made.corners) // STORED.itemsize) == ("066a1a99066a1ad9", 100, 300)


def test_digest_depends_on_the_pixels_alone():
    assert sketch(drawn(7)) == sketch(drawn(7))
    assert sketch_image(np.zeros((4, 6), dtype=np.uint8)) != sketch_image(np.zeros((6, 4), dtype=np.uint8))
