"""Folding for search, the order of the Kazakh alphabet, texts in three languages."""

import pytest

from creative_platform.core.text import LocalizedText, legible, one_line, search_text, sort_key


@pytest.mark.parametrize(
    ("typed", "stored"),
    [("Әлем", "алем"), ("ҚАЗАҚ", "казак"), ("Ёлка", "елка"), ("ÜKI", "uki"), ("  a\n b ", "a b"), ("Ｆｕｌｌ", "full")],
)
def test_search_text_folds(typed, stored):
    assert search_text(typed) == stored


def test_sort_key_follows_the_kazakh_alphabet():
    words = [
        "Яблоко",
        "Іңкәр",
        "Үміт",
        "Ұлы",
        "Уақыт",
        "Өмір",
        "Ой",
        "Ңй",
        "Нан",
        "Қала",
        "Кала",
        "Ғылым",
        "Гүл",
        "Әлем",
        "Алма",
        "Zebra",
        "7дней",
    ]

    assert sorted(words, key=sort_key) == [
        "7дней", "Zebra", "Алма", "Әлем", "Гүл", "Ғылым", "Кала", "Қала", "Нан", "Ңй", "Ой", "Өмір",
        "Уақыт", "Ұлы", "Үміт", "Іңкәр", "Яблоко",
    ]  # fmt: skip


def test_localized_text_answers_in_the_nearest_language():
    text = LocalizedText(ru="Привет", en=" ", kk="")

    assert (text.in_("en"), text.locale_for("en"), dict(text)) == ("Привет", "ru", {"ru": "Привет"})
    assert not LocalizedText()


def test_what_could_forge_a_line_is_taken_out_of_text():
    forged = "Film\r\nGrand Prix\u2028by \u202ekcaj\u2066 \0end"

    assert legible(forged, keep="\n") == "Film \nGrand Prix by kcaj end"
    assert one_line(forged) == "Film Grand Prix by kcaj end"
    assert one_line("Әже\u200dнің  әні") == "Әже\u200dнің әні"
