"""python -m scoring similar."""

import errno
import io
import json
import os
import zipfile
from pathlib import Path

import pytest
from PIL import ImageOps

from scoring.__main__ import main
from scoring.similarity import UnreadableMedia
from scoring.similarity.documents import read_document
from scoring.similarity.files import sketch_path
from scoring.similarity.moving import read_frames
from scoring.similarity.pictures import read_image
from scoring.similarity.project import read_project

from .drawings import drawn, encoded
from .music import as_wave, played
from .projects import BUSES, SHADOWS, TEMPERATURE
from .texts import EN, KK, RU

DOCX = (
    '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>'
    "<w:p><w:r><w:t>{}</w:t></w:r></w:p><w:p><w:r><w:t>{}</w:t></w:r></w:p></w:body></w:document>"
)


def docx(first: str, second: str, picture: bytes = b"") -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("word/document.xml", DOCX.format(first, second))
        if picture:
            archive.writestr("word/media/image1.png", picture)
    return stream.getvalue()


@pytest.fixture
def entries(tmp_path):
    folder = tmp_path / "contest"
    (folder / "code-a").mkdir(parents=True)
    (folder / "code-a" / "app.py").write_text(TEMPERATURE, encoding="utf-8")
    (folder / "code-b" / "src").mkdir(parents=True)
    (folder / "code-b" / "src" / "main.py").write_text(TEMPERATURE.replace("station", "post"), encoding="utf-8")
    (folder / "code-b" / "src" / "more.py").write_text(SHADOWS, encoding="utf-8")
    (folder / "code-c.js").write_text(BUSES, encoding="utf-8")
    (folder / "text-a.txt").write_text(RU[1], encoding="utf-8")
    (folder / "text-b.txt").write_bytes(RU[1].upper().encode("cp1251"))
    (folder / "text-c.txt").write_text(KK[3], encoding="utf-8")
    drawn(1).save(folder / "poster-a.png")
    ImageOps.mirror(drawn(1)).save(folder / "poster-b.jpg")
    (folder / "song-a.wav").write_bytes(as_wave(played(1, 12)).getvalue())
    (folder / "song-b.wav").write_bytes(as_wave(played(1, 12, tempo=1.04)).getvalue())
    (folder / "broken.png").write_bytes(b"\x89PNG no")
    (folder / "report.docx").write_bytes(docx(EN[2], KK[3], encoded(drawn(1)).getvalue()))
    return folder


def read(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_matches_of_every_channel_are_written_best_first(entries, tmp_path, capsys):
    out = tmp_path / "m.jsonl"

    assert main(["similar", str(entries), "--out", str(out)]) == 0

    found = read(out)
    pairs = {(one["a"], one["b"]): one["modality"] for one in found}
    assert pairs == {
        ("code-a", "code-b"): "code",
        ("text-a.txt", "text-b.txt"): "text",
        ("poster-a.png", "poster-b.jpg"): "image",
        ("poster-a.png", "report.docx"): "image",
        ("poster-b.jpg", "report.docx"): "image",
        ("report.docx", "text-c.txt"): "text",
        ("song-a.wav", "song-b.wav"): "audio",
    }
    assert list(found[0]) == ["a", "b", "probability", "modality", "scores", "evidence"]
    assert [one["probability"] for one in found] == sorted((one["probability"] for one in found), reverse=True)
    assert all(one["evidence"] for one in found)
    assert "broken.png" in capsys.readouterr().err


def test_earlier_entries_are_not_compared_among_themselves(entries, tmp_path):
    new = tmp_path / "new.txt"
    new.write_text(KK[3], encoding="utf-8")
    out = tmp_path / "m.jsonl"

    main(["similar", str(new), "--against", str(entries), "--out", str(out)])

    assert sorted((one["a"], one["b"]) for one in read(out)) == [("new.txt", "report.docx"), ("new.txt", "text-c.txt")]


def test_two_runs_and_more_processes_write_the_same(entries, tmp_path):
    outs = [tmp_path / "one", tmp_path / "two"]
    for out, jobs in zip(outs, "12", strict=True):
        main(["similar", str(entries), "--out", str(out), "--min-probability", "0.1", "--jobs", jobs])

    assert outs[0].read_bytes() == outs[1].read_bytes()


def test_what_the_form_says_weighs_nothing(tmp_path):
    (tmp_path / "in").mkdir()
    for name, text in (("a.txt", EN[0]), ("b.txt", EN[1])):
        (tmp_path / "in" / name).write_text(RU[0] + " " + text, encoding="utf-8")
    (tmp_path / "form.txt").write_text(RU[0], encoding="utf-8")
    out = tmp_path / "m.jsonl"

    main(["similar", str(tmp_path / "in"), "--out", str(out)])
    alike = read(out)
    main(["similar", str(tmp_path / "in"), "--form", str(tmp_path / "form.txt"), "--out", str(out)])

    assert ([(one["a"], one["b"]) for one in alike], read(out)) == ([("a.txt", "b.txt")], [])


def test_missing_folder_is_named(tmp_path, capsys):
    assert main(["similar", str(tmp_path / "nothing"), "--out", str(tmp_path / "m")]) == 2
    assert "nothing" in capsys.readouterr().err


def test_empty_folder_is_refused(tmp_path, capsys):
    assert main(["similar", str(tmp_path), "--out", str(tmp_path / "m")]) == 2
    assert "no entries" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["a.docx", "a.pdf", "a.pptx", "a.zip", "a.tar"])
def test_a_damaged_document_or_archive_is_named(tmp_path, name):
    (tmp_path / name).write_bytes(b"PK\x03\x04 damaged")

    with pytest.raises(UnreadableMedia) as caught:
        (read_document if name in ("a.docx", "a.pdf", "a.pptx") else read_project)(tmp_path / name)

    assert caught.value.name == name


@pytest.mark.parametrize("name", ["a.mp4", "o'clock.mp4", 'the "best".mp4', '"o\'clock".png'])
def test_a_reason_does_not_tell_where_the_file_lies(tmp_path, name):
    (tmp_path / name).write_bytes(b"no film, no picture")

    with pytest.raises(UnreadableMedia) as caught:
        read_image(tmp_path / name) if name.endswith("png") else list(read_frames(tmp_path / name))

    assert caught.value.reason.endswith(")")
    assert str(tmp_path) not in caught.value.reason


def test_document_gives_text_by_paragraph_and_pictures(tmp_path):
    (tmp_path / "a.docx").write_bytes(docx("Бірінші", "Вторая", encoded(drawn(1)).getvalue()))

    document = read_document(tmp_path / "a.docx")

    assert document.text.split() == ["Бірінші", "Вторая"]
    assert [name for name, _ in document.pictures] == ["image1.png"]
    assert document.page_of(0) == 1


def test_pictures_of_a_presentation_are_named_by_their_slide(tmp_path):
    picture = encoded(drawn(1)).getvalue()
    links = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
    link = '<Relationship Id="r{}" Type="image" Target="../media/{}"/>'
    with zipfile.ZipFile(tmp_path / "a.pptx", "w") as archive:
        for number, shown in ((1, "image3.png"), (2, "image1.png"), (10, "image2.png image1.png"), (11, "image4.png")):
            archive.writestr(f"ppt/slides/slide{number}.xml", DOCX.format("Бірінші", "Вторая"))
            told = "".join(link.format(name[5], name) for name in shown.split())
            told = told.replace("..", "/ppt") if number > 10 else told
            archive.writestr(f"ppt/slides/_rels/slide{number}.xml.rels", links.format(told) if number > 1 else "<no")
        for number in (1, 2, 3, 4):
            archive.writestr(f"ppt/media/image{number}.png", picture)

    document = read_document(tmp_path / "a.pptx")

    # The slides of broken links are not known; slide10 is the third that there is.
    assert [name for name, _ in document.pictures] == [
        *("slide 2, picture 1", "slide 3, picture 1", "image3.png", "slide 4, picture 1"),
    ]


@pytest.mark.parametrize(
    ("listed", "texts", "picture"),
    [
        ("321", ["third", "second", "first"], 3),
        ("3", ["third", "first", "second"], 2),
        ("", ["first", "second", "third"], 1),
    ],
)
def test_slides_are_counted_as_they_are_shown(tmp_path, listed, texts, picture):
    link = '<Relationship Id="r{0}" Target="slides/slide{0}.xml"/>'
    slides = "".join(f'<p:sldId r:id="r{number}"/>' for number in listed)
    shown = f'<p:presentation xmlns:p="p" xmlns:r="r"><p:sldIdLst>{slides}</p:sldIdLst></p:presentation>'
    with zipfile.ZipFile(tmp_path / "a.pptx", "w") as archive:
        for number, text in enumerate(("first", "second", "third"), 1):
            archive.writestr(f"ppt/slides/slide{number}.xml", DOCX.format(text, ""))
        archive.writestr("ppt/presentation.xml", shown)
        links = "".join(link.format(number) for number in "123")
        archive.writestr("ppt/_rels/presentation.xml.rels", f"<Relationships>{links}</Relationships>")
        of_first = '<Relationships><Relationship Id="r" Target="../media/a.png"/></Relationships>'
        archive.writestr("ppt/slides/_rels/slide1.xml.rels", of_first)
        archive.writestr("ppt/media/a.png", encoded(drawn(1)).getvalue())

    document = read_document(tmp_path / "a.pptx")

    assert [page.strip() for page in document.pages] == texts
    assert [name for name, _ in document.pictures] == [f"slide {picture}, picture 1"]


@pytest.mark.parametrize(
    "damaged", ["ppt/slides/_rels/slide1.xml.rels", "ppt/media/image1.png", "ppt/slides/slide1.xml"]
)
def test_a_damaged_part_of_a_document_costs_no_more_than_itself(tmp_path, damaged):
    picture, path = encoded(drawn(1)).getvalue(), tmp_path / "a.pptx"
    parts = {"slides/slide1.xml": DOCX.format("Бірінші", "Вторая"), "slides/_rels/slide1.xml.rels": "<none />"}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**parts, "media/image1.png": picture, "media/image2.png": picture}.items():
            archive.writestr(f"ppt/{name}", content)
    raw = bytearray(path.read_bytes())
    start = raw.index(damaged.encode()) + len(damaged)
    raw[start : start + 4] = b"\xff" * 4
    path.write_bytes(raw)

    if damaged.endswith("slide1.xml"):
        with pytest.raises(UnreadableMedia, match="the document cannot be read"):
            read_document(path)
    else:
        document = read_document(path)
        assert document.text.split() == ["Бірінші", "Вторая"]
        assert [name for name, _ in document.pictures][-1] == "image2.png"
        assert len(document.pictures) == (1 if damaged.endswith("png") else 2)


def test_pipes_and_links_to_nowhere_are_named_and_hold_nobody_up(entries, tmp_path, capsys):
    os.mkfifo(entries / "pipe.txt")
    (entries / "nowhere.txt").symlink_to("nowhere.txt")
    assert main(["similar", str(entries), "--out", str(tmp_path / "m.jsonl")]) == 0
    told = capsys.readouterr().err
    assert "note: pipe.txt: it is neither a file nor a folder\n" in told
    assert "note: nowhere.txt: it is neither a file nor a folder\n" in told
    assert read(tmp_path / "m.jsonl")


def test_a_file_that_may_not_be_read_is_named_and_the_others_are_sketched(tmp_path, monkeypatch):
    (tmp_path / "app.py").write_text(TEMPERATURE, encoding="utf-8")
    (tmp_path / "story.txt").write_text(RU[1], encoding="utf-8")
    monkeypatch.setattr(Path, "read_bytes", refused)

    entry = sketch_path(tmp_path)
    assert entry.notes == ["its source code: it cannot be read (Permission denied)"]
    assert [(name, sketch.modality) for name, sketch in entry.parts] == [("story.txt", "file"), ("story.txt", "text")]
    monkeypatch.setattr(Path, "open", refused)
    assert sketch_path(tmp_path / "story.txt").notes == ["it cannot be read (Permission denied)"]


def refused(*_asked):
    raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


@pytest.mark.parametrize("out", ["nowhere/m.jsonl", ".", "contest/text-a.txt/m.jsonl"])
def test_a_place_that_cannot_be_written_is_refused_before_files_are_read(entries, tmp_path, capsys, out):
    assert main(["similar", str(entries), "--out", str(tmp_path / out)]) == 2
    assert capsys.readouterr().err == f"{tmp_path / out} cannot be written.\n"
