"""Texts: sketches, passages, probabilities."""

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import HashingVectorizer

from scoring.similarity import (
    DifferentVersions,
    TermStatistics,
    TextSketch,
    UnreadableSketch,
    compare,
    discounted_spans,
    sketch_text,
    text_vectorizer,
)
from scoring.similarity.textsketch import GRAM, TERMS, gram_ids

from .attacks import KK_2021 as TABLE
from .attacks import attacks, sentences, written_with
from .texts import ALL, EN, FORM, KK, RU

GOLD = [
    *(14763226, 219563, 6706258, 13307237, 73888, 13265334, 12327688, 3043785, 8103616, 11705281),
    *(8153066, 12157062, 1488609, 14643224, 12522862, 2533721, 3186868, 13362668, 7329568),
]
LANGUAGES = {"kk": KK, "ru": RU, "en": EN}
CONTEST = TermStatistics.over([sketch_text(FORM + text) for text in ALL], boilerplate=[FORM])


def attacked() -> list[tuple[str, str, str]]:
    """Give (attack, original, attacked) for every text and attack, seeded."""
    rng = random.Random(11)
    cases = []
    for language, texts in LANGUAGES.items():
        pool = [word for text in texts for word in text.split()]
        for place, text in enumerate(texts):
            host = texts[(place + 2) % len(texts)]
            for name, change in attacks(language, pool, host).items():
                cases.append((name, text, change(text, rng)))
    return cases


@pytest.mark.parametrize(("name", "original", "changed"), attacked())
def test_reused_text_is_found_however_it_is_hidden(name, original, changed):
    finding = compare(sketch_text(FORM + original), sketch_text(FORM + changed), statistics=CONTEST)

    assert finding.probability >= 0.5, name
    assert finding.evidence


def test_unrelated_texts_are_improbable():
    sketches = [sketch_text(FORM + text) for text in ALL]

    high = [
        (a, b)
        for a in range(len(ALL))
        for b in range(a)
        if compare(sketches[a], sketches[b], statistics=CONTEST).probability >= 0.2
    ]

    assert high == []


def test_passage_points_into_both_originals():
    excerpt = " ".join(sentences(RU[1])[1:3])
    a, b = FORM + RU[1], "Вступление от нас. " + excerpt + " " + RU[4]

    passage = compare(sketch_text(a), sketch_text(b), statistics=CONTEST).evidence[0]

    assert a[slice(*passage.a_span)] == excerpt.rstrip(".")
    assert b[slice(*passage.b_span)] == excerpt.rstrip(".")
    assert passage.transformation == ()


def test_passages_come_in_decreasing_weight():
    one, two = sentences(EN[0]), sentences(EN[3])
    a = " ".join([one[1], *sentences(EN[2]), two[0]])
    b = " ".join([two[0], *sentences(EN[5]), one[1]])

    finding = compare(sketch_text(a), sketch_text(b))

    assert {b[slice(*piece.b_span)] for piece in finding.evidence} == {one[1].rstrip("."), two[0].rstrip(".")}
    assert [piece.weight for piece in finding.evidence] == sorted((p.weight for p in finding.evidence), reverse=True)


def test_transformation_is_named():
    def told(changed):
        return compare(sketch_text(KK[1]), sketch_text(changed)).evidence[0].transformation

    assert told(written_with(KK[1], TABLE)) == ("script",)
    assert told(KK[1].replace("о", "o").replace("а", "a")) == ("lookalike",)
    assert told(KK[1].replace("р", "р\u200b")) == ("invisible",)
    assert told(KK[1].upper()) == ()
    half = " ".join(written_with(piece, TABLE) if place else piece for place, piece in enumerate(sentences(KK[1])))
    assert told(half) == ("script",)


def test_the_form_alone_is_no_evidence():
    finding = compare(sketch_text(FORM + KK[0]), sketch_text(FORM + KK[3]), statistics=CONTEST)

    assert finding.evidence == ()
    assert finding.probability == 0.0


def test_text_shared_by_much_of_the_contest_is_found_without_being_named():
    shared = "Осы жобаны жасаған топ университеттің студенттері, олар бірнеше жылдан бері бірге еңбек етеді. "
    texts = [shared + text for text in ALL]
    statistics = TermStatistics.over([sketch_text(text) for text in texts])

    finding = compare(sketch_text(texts[0]), sketch_text(texts[9]), statistics=statistics)

    assert finding.probability < 0.05
    assert discounted_spans(sketch_text(texts[0]), statistics)[0] == (0, len(shared) - 2)


def test_discounted_spans_are_the_form():
    (span,) = discounted_spans(sketch_text(FORM + RU[0]), CONTEST)

    assert (FORM + RU[0])[slice(*span)] == FORM.rstrip(" .")


@pytest.mark.parametrize(("a", "b"), [("", ""), ("", ALL[0]), ("да", "да"), ("—", "…"), ("1 2 3", "4 5 6")])
def test_too_little_text_gives_no_evidence(a, b):
    finding = compare(sketch_text(a), sketch_text(b))

    assert (finding.probability, finding.evidence) == (0.0, ())


words = st.lists(st.sampled_from(sorted({word for text in ALL for word in text.split()})), max_size=60).map(" ".join)
odd = st.one_of(words, st.text(max_size=120), st.text(alphabet="ab а\u200b.", max_size=400))


@given(odd, odd)
@settings(max_examples=150, deadline=None)
def test_comparison_is_symmetric_and_finite(a, b):
    one, two = sketch_text(a), sketch_text(b)

    forth, back = compare(one, two), compare(two, one)

    assert forth == back.swapped()
    assert all(math.isfinite(value) and value >= 0 for value in forth.measures.values())
    assert 0 <= forth.probability <= 1
    assert bool(forth.evidence) == (forth.probability > 0)


@given(words.filter(lambda text: len(text) > 40))
@settings(max_examples=50, deadline=None)
def test_a_text_matches_itself_with_certainty(text):
    sketch = sketch_text(text)
    if len(sketch.terms()) < 20:
        return

    assert compare(sketch, sketch).probability == 1.0


@given(odd)
@settings(max_examples=100, deadline=None)
def test_sketch_survives_storing(text):
    sketch = sketch_text(text)

    assert TextSketch.from_bytes(sketch.to_bytes()) == sketch
    assert all(0 <= s < e <= len(text) for s, e in zip(sketch.starts, sketch.ends, strict=True))


@pytest.mark.parametrize(
    "damaged", [b"", b"no", sketch_text(ALL[0]).to_bytes()[:-9], b"x\x9cK\xcc\x03\x00\x01\x87\x00\xd0"]
)
def test_damaged_sketch_is_refused(damaged):
    with pytest.raises(UnreadableSketch):
        TextSketch.from_bytes(damaged)


def test_sketch_of_another_version_is_refused():
    old = TextSketch(**{**sketch_text("мәтін").__dict__, "version": "text-0"})

    with pytest.raises(DifferentVersions) as caught:
        compare(old, sketch_text("мәтін"))

    assert caught.value.found == "text-0"


def test_terms_are_those_of_the_hashing_vectorizer():
    plain = HashingVectorizer(
        analyzer="char", ngram_range=(GRAM, GRAM), n_features=TERMS, norm=None, alternate_sign=False, lowercase=False
    )
    sketch = sketch_text(KK[2])

    row = plain.transform([sketch.skeleton.replace(" ", "")])

    assert sketch.terms() == tuple(sorted(row.indices.tolist()))
    assert sketch.terms() == tuple(sorted(text_vectorizer().transform([KK[2]]).indices.tolist()))


def test_golden_numbers_do_not_move():
    sketch = sketch_text("Жас суретшілер көрмесі — 2026")

    assert sketch.skeleton == "jas sureciler kormesi 2026"
    assert gram_ids(sketch.skeleton).tolist() == GOLD


def test_a_million_words_are_cut_and_say_so():
    text = " ".join(f"сөз{number}" for number in range(20_000))

    sketch = sketch_text(text, max_letters=50_000)

    assert sketch.truncated
    assert len(sketch.skeleton.replace(" ", "")) <= 50_000
    assert not sketch_text(ALL[0]).truncated


def test_statistics_forget_what_is_removed():
    statistics = TermStatistics.over([sketch_text(text) for text in ALL[:3]])
    before = statistics.to_json()

    statistics.add(sketch_text(ALL[5]))
    statistics.add(sketch_text(ALL[5]))
    statistics.remove(sketch_text(ALL[5]))
    statistics.remove(sketch_text(ALL[5]))
    statistics.remove(sketch_text(ALL[6]))

    assert statistics.to_json() == before
    assert TermStatistics.from_json(before) == statistics
