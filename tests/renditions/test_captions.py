"""Captions become plain WebVTT of our own writing, or are refused with a reason."""

from __future__ import annotations

import pytest

from creative_platform.renditions.captions import MOST_CUES, RefusedCaptions, masked_captions, web_vtt

SRT = "1\r\n00:00:01,000 --> 00:00:02,500\r\nСәлем, <i>дала</i>\r\n\r\n2\r\n00:00:03,000 --> 00:00:04,000\r\nЕкінші\r\n"
OURS = "WEBVTT\n\n00:00:01.000 --> 00:00:02.500\nСәлем, дала\n\n00:00:03.000 --> 00:00:04.000\nЕкінші\n"


@pytest.mark.parametrize(
    "body",
    [
        SRT.encode(),
        b"\xef\xbb\xbf" + SRT.encode(),
        SRT.encode("utf-16"),
        OURS.encode(),
        b"WEBVTT - title\nKind: captions\n\nSTYLE\n::cue { background: url(//a) }\n\nREGION\nid:r\n\n"
        b"NOTE Aigerim\nwas here\n\n" + OURS.partition("\n\n")[2].encode(),
    ],
)
def test_both_forms_become_the_same_plain_text(body: bytes):
    assert web_vtt(body) == OURS


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("<c.red><v Aigerim>Hello</v></c>", "Hello"),
        ("<img src=x onerror=alert(1)>Hello", "Hello"),
        ("{\\an8}{\\pos(1,2)}Hello {sic}", "Hello {sic}"),
        ("&lt;b&gt; Tom &amp; Ann", "&lt;b&gt; Tom &amp; Ann"),
        ("a < b --> c", "a &lt; b --&gt; c"),
        ("\u202eolleH\u200b\x07", "olleH"),
        ("И\u0306", "Й"),
        ("И\u034f\u0306 \u3164На\ufe00зы\u2061м", "Й Назым"),
    ],
)
def test_nothing_but_words_gets_in(words: str, kept: str):
    text = f"WEBVTT\n\nid\n00:01.000 --> 00:02.000 position:10% line:0 align:start\n{words}\n"

    assert web_vtt(text.encode()) == f"WEBVTT\n\n00:00:01.000 --> 00:00:02.000\n{kept}\n"


def cue(start: int, end: int, words: str = "Words") -> str:
    return f"00:00:{start:02d},000 --> 00:00:{end:02d},000\n{words}\n\n"


@pytest.mark.parametrize(
    ("body", "reason", "data"),
    [
        (b"", "captions.none", {}),
        (b"%PDF-1.4 --> ", "captions.none", {}),
        (b"\x1aE\xdf\xa3\x00\xff", "captions.not_text", {}),
        ("Привет".encode("cp1251"), "captions.not_text", {}),
        (b"a\0b", "captions.not_text", {}),
        (b"x" * 1_000_001, "captions.too_large", {}),
        (cue(2, 1).encode(), "captions.order", {"number": 1}),
        ((cue(3, 4) + cue(1, 2)).encode(), "captions.order", {"number": 2}),
        (cue(1, 2, "x" * 501).encode(), "captions.too_long", {"number": 1, "most": 500}),
        (cue(1, 2, f"&#{'1' * 4_301};").encode(), "captions.too_long", {"number": 1, "most": 500}),
        (cue(1, 2, "x\n" * 6).encode(), "captions.too_long", {"number": 1, "most": 500}),
        ((cue(1, 2) * (MOST_CUES + 1)).encode(), "captions.too_many", {"most": MOST_CUES}),
    ],
)
def test_what_cannot_be_shown_is_refused_with_a_reason(body: bytes, reason: str, data: dict[str, int]):
    with pytest.raises(RefusedCaptions) as refused:
        web_vtt(body)

    assert (refused.value.reason, refused.value.data) == (reason, data)


@pytest.mark.timeout(10)
@pytest.mark.parametrize("piece", ["<", "{\\", "-->", "0:0:", " ", "&lt;", "1\n"])
def test_a_megabyte_of_anything_is_read_in_a_moment(piece: str):
    for form in (piece * (900_000 // len(piece)), f"00:01.000 --> 00:02.000{piece * 20_000}\n{piece * 20_000}"):
        with pytest.raises(RefusedCaptions):
            web_vtt(form.encode() + b"\n\n00:03.000 --> 00:02.000\nx")


def test_names_are_struck_out_of_what_is_said():
    text = OURS.replace("дала", "айтады Айгерим\nТестова").replace("Екінші", "Тестова Айгерим")

    masked = masked_captions(text, {"Айгерим Тестова"})

    assert masked == OURS.replace("дала", "айтады ▮▮▮").replace("Екінші", "▮▮▮")
    assert masked_captions(text, ()) == text


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [
        ("Айтады: Айгерим", "Тестова, 12", ("Айтады: ▮▮▮", "▮▮▮, 12")),
        ("Айтады: Айге", "рим Тестова", ("Айтады: ▮▮▮", "▮▮▮")),
        ("Айтады: Айге-", "рим Тестова", ("Айтады: ▮▮▮", "▮▮▮")),
        ("Айге-\nрим", "Тестова айтады", ("▮▮▮", "▮▮▮ айтады")),
        ("Айгерим", "айтады Тестова", ("Айгерим", "айтады Тестова")),
        ("Айге", "римТестова және", ("▮▮▮", "▮▮▮ және")),
    ],
)
def test_names_that_two_captions_part_are_struck_out_of_both(first: str, second: str, kept: tuple[str, str]):
    text = web_vtt((cue(1, 2, first) + cue(3, 4, second)).encode())

    masked = masked_captions(text, {"Айгерим Тестова"})

    assert masked == web_vtt((cue(1, 2, kept[0]) + cue(3, 4, kept[1])).encode())


@pytest.mark.timeout(10)
def test_many_names_in_many_captions_are_struck_out_in_a_moment():
    body = "".join(f"00:{n // 60:02d}:{n % 60:02d},000 --> 00:59:59,000\nАйгерим\n\n" for n in range(3000))

    masked = masked_captions(web_vtt(body.encode()), {"Айгерим"})

    assert masked.count("▮▮▮") == 3000


def test_names_with_signs_that_webvtt_writes_otherwise_are_struck_out():
    text = web_vtt(cue(1, 2, "Film by Tom & Ann, 1 < 2").encode())

    assert masked_captions(text, {"Tom & Ann"}).endswith("\nFilm by ▮▮▮, 1 &lt; 2\n")
