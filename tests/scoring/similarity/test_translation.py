"""Translations: passages, their languages, and what is aligned; with a dictionary, and with the real model if there."""

import json
from itertools import permutations

import pytest

from scoring.__main__ import main
from scoring.similarity import SimilarityIndex, UnreadableSketch, compare, sketch_text
from scoring.similarity.errors import DifferentVersions, NoTranslationModel
from scoring.similarity.kazakhlatin import in_cyrillic
from scoring.similarity.languages import MOST_CHARACTERS, language_of, passages
from scoring.similarity.packing import pack, unpack
from scoring.similarity.translationmodel import installed_model, installed_name
from scoring.similarity.translationsketch import MAX_PASSAGES, TranslationSketch, sketch_translation

from .attacks import KK_2018, KK_2021, written_with
from .texts import EN, KK, RU
from .translated import TEXTS, DictionaryModel

MODEL = DictionaryModel()
LANGUAGES = ("kk", "ru", "en")
needs_model = pytest.mark.skipif(not installed_name(), reason="the optional package of the model is not installed")


def sketched(text, model=MODEL):
    return sketch_translation(text, model)


def pairs():
    return [(name, a, b) for name in TEXTS for a, b in permutations(LANGUAGES, 2)]


@pytest.mark.parametrize(("texts", "language"), [(KK, "kk"), (RU, "ru"), (EN, "en")])
def test_every_passage_has_its_language(texts, language):
    assert {piece.language for text in texts for piece in passages(text)} == {language}


@pytest.mark.parametrize("table", [KK_2018, KK_2021])
def test_kazakh_in_latin_letters_is_kazakh_and_comes_back(table):
    written = [written_with(text, table) for text in KK]
    assert {language_of(text) for text in written} == {"kk"}
    back = [in_cyrillic(text) for text in written]
    right = sum(word in text for old, text in zip(KK, back, strict=True) for word in old.lower().split())
    assert right >= 0.8 * sum(len(text.split()) for text in KK)


@pytest.mark.parametrize(
    "text", ["", " \n\f ", "1 2 3", "a" * 5000, "🙂" * 700, "Бір. " * 900, "\u0000\ud800 the of and"]
)
def test_passages_hold_all_words_and_none_is_too_long(text):
    pieces = passages(text)
    assert all(0 <= one.start < one.end <= len(text) for one in pieces)
    assert all(one.end - one.start <= MOST_CHARACTERS for one in pieces)
    held = "".join(text[one.start : one.end] for one in pieces)
    assert sum(map(str.isalnum, held)) == sum(map(str.isalnum, text))


@pytest.mark.parametrize(("name", "a", "b"), pairs())
def test_a_translation_is_found_and_shown_from_end_to_end(name, a, b):
    finding = compare(sketched(TEXTS[name][a]), sketched(TEXTS[name][b]))
    assert finding.probability > 0.5
    piece = finding.evidence[0]
    assert piece.transformation == (f"translated={a}-{b}",)
    assert piece.a_span == (0, len(TEXTS[name][a]))
    assert piece.b_span == (0, len(TEXTS[name][b]))


def test_the_sides_are_exchanged_and_nothing_else():
    a, b = sketched(TEXTS["water"]["kk"]), sketched(TEXTS["water"]["ru"])
    forth, back = compare(a, b), compare(b, a)
    assert back == forth.swapped()
    assert back.evidence[0].transformation == ("translated=ru-kk",)


def test_other_texts_and_other_languages_are_no_evidence():
    for name, other in permutations(TEXTS, 2):
        assert compare(sketched(TEXTS[name]["kk"]), sketched(TEXTS[other]["ru"])).probability < 0.3
    same = sketched(TEXTS["songs"]["kk"])
    assert compare(same, same).probability == 0.0
    assert compare(same, sketched("")).evidence == ()


def test_a_part_of_another_text_is_framed():
    host = f"{EN[0]} {TEXTS['songs']['en']} {EN[3]}"
    finding = compare(sketched(TEXTS["songs"]["kk"]), sketched(host))
    assert finding.probability > 0.5
    start, end = map(int, finding.evidence[0].b_span)
    assert host[start:end] == TEXTS["songs"]["en"]


def test_two_sentences_that_became_one_are_found():
    two = "Біздің ауылдағы ескі кітапхананы жаңғыртамыз. Балаларға арналған оқу бұрышын ашқымыз келеді."
    finding = compare(sketched(two), sketched(TEXTS["library"]["ru"].split(".")[0] + "."))
    assert finding.evidence[0].a_span == (0, len(two))


def test_the_stored_form_gives_the_sketch_back_and_damage_is_told():
    sketch = sketched(TEXTS["water"]["kk"])
    packed = sketch.to_bytes()
    assert TranslationSketch.from_bytes(packed) == sketch
    assert len(packed) < 700 * len(sketch.starts)
    data = unpack(packed)
    for wrong in (
        {"languages": "9"},
        {"packed": "AAAA"},
        {"packed": "?"},
        {"starts": [0]},
        {"starts": [9**9, 1, 1]},
        {"x": 1},
    ):
        with pytest.raises(UnreadableSketch):
            TranslationSketch.from_bytes(pack({**data, **wrong}))


def test_no_more_passages_are_read_than_are_bounded():
    sketch = sketched(" ".join(f"Оқушылар {number} кітапхананы жаңғыртып жатыр." for number in range(MAX_PASSAGES + 9)))
    assert len(sketch.starts) == MAX_PASSAGES
    assert sketch.truncated


def test_vectors_of_another_model_are_never_compared():
    class Other(DictionaryModel):
        name = "other/1"

    own, other = sketched(TEXTS["water"]["kk"]), sketched(TEXTS["water"]["ru"], Other())
    with pytest.raises(DifferentVersions):
        compare(own, other)
    index = SimilarityIndex()
    index.add("a", own)
    index.add("b", other)
    assert index.search("a") == []


def test_an_index_finds_them_beside_the_texts_and_forgets_them():
    index = SimilarityIndex()
    for name, versions in TEXTS.items():
        index.add(name, sketch_text(versions["ru"]))
        index.add(name, sketched(versions["ru"]))
    index.add("asked", sketch_text(TEXTS["songs"]["kk"]))
    index.add("asked", sketched(TEXTS["songs"]["kk"]))
    (found, finding), *others = index.search("asked", min_probability=0.3)
    assert (found, finding.modality, others) == ("songs", "translation", [])
    index.remove("songs")
    assert index.search("asked", min_probability=0.3) == []


def test_what_all_texts_of_a_language_say_counts_for_nothing():
    form = {one: TEXTS["library"][one] for one in LANGUAGES}
    index = SimilarityIndex()
    for number, text in enumerate((*KK, *RU)):
        index.add(str(number), sketched(f"{form['kk' if number < len(KK) else 'ru']} {text}"))
    assert index.search("0", min_probability=0.3) != []  # six of a language are too few to tell
    for number, text in enumerate((*KK, *RU)):
        index.add(f"more {number}", sketched(f"{form['kk' if number < len(KK) else 'ru']} {text[::-1]}"))
    assert index.search("0", min_probability=0.3) == []


def test_the_command_line_says_whether_translations_were_looked_for(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("scoring.similarity.files.installed_model", DictionaryModel)
    monkeypatch.setattr("scoring.commands.similar.installed_model", DictionaryModel)
    (tmp_path / "entries").mkdir()
    for language in LANGUAGES:
        (tmp_path / "entries" / f"{language}.txt").write_text(TEXTS["songs"][language], encoding="utf-8")
    asked = ["similar", str(tmp_path / "entries"), "--out", str(tmp_path / "m.jsonl")]
    assert main(asked) == 0
    assert "translation not covered (--translation)" in capsys.readouterr().err
    assert (tmp_path / "m.jsonl").read_text() == ""
    assert main([*asked, "--translation"]) == 0
    assert "translation covered by dictionary/1" in capsys.readouterr().err
    found = [json.loads(line) for line in (tmp_path / "m.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {(one["a"], one["b"], one["modality"]) for one in found} == {
        ("en.txt", "kk.txt", "translation"),
        ("en.txt", "ru.txt", "translation"),
        ("kk.txt", "ru.txt", "translation"),
    }


def test_without_the_package_the_command_line_says_so(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("scoring.similarity.translationmodel.installed_name", str)
    installed_model.cache_clear()
    (tmp_path / "a.txt").write_text(KK[0], encoding="utf-8")
    assert (
        main(["similar", str(tmp_path), "--out", str(tmp_path / "m"), "--translation"]) == NoTranslationModel.exit_code
    )
    assert "requirements-translation.txt" in capsys.readouterr().err
    installed_model.cache_clear()


@needs_model
def test_the_real_model_finds_translations_and_leaves_others_alone():
    model = installed_model()
    made = {name: {one: sketched(text, model) for one, text in versions.items()} for name, versions in TEXTS.items()}
    for name, a, b in pairs():
        assert compare(made[name][a], made[name][b]).probability > 0.9
    for name, other in permutations(TEXTS, 2):
        assert compare(made[name]["kk"], made[other]["en"]).probability < 0.3
    latin = sketched(written_with(TEXTS["water"]["kk"], KK_2021), model)
    assert compare(latin, made["water"]["en"]).probability > 0.5
    others = [sketched(text, model) for text in (*KK[1:3], *RU[:3], *EN[:3])]
    assert max(compare(a, b).probability for a in others for b in others) < 0.5
