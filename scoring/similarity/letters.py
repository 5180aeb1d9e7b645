"""Tables of the script skeleton: which letters look alike, and which sound alike across the scripts.

The tables are data of version :data:`SKELETON_VERSION`; a changed table is a new version, because stored sketches
are only comparable with sketches of the same version.
"""

SKELETON_VERSION = "skeleton-1"

CYRILLIC_SOUND = {
    **dict(zip("абвгдеёжзийклмнопрстуфхцчшщъыьэ", "abvgdeejziiklmnoprstufhccss'i'e", strict=True)),
    **dict(zip("әғқңөұүһі", "agknouuhi", strict=True)),
    # Letters of neighbours that turn up in names: Ukrainian, Belarusian, Tatar, Kyrgyz.
    **dict(zip("єїґўҗѕјԁԛԝ", "eigujsidku", strict=True)),
    **{"ю": "iu", "я": "ia"},
}
"""Cyrillic letter (lower case) → its sound in plain Latin; an apostrophe stands for none."""

LATIN_SOUND = {
    **{letter: letter for letter in "abcdefghijklmnoprstuvz"},
    **{"q": "k", "w": "u", "x": "h", "y": "i"},
    # Kazakh Latin of 2017 to 2021, QazAqparat, Yanalif, scientific transliteration of Russian.
    **{"ý": "u", "ı": "i", "ï": "i", "ə": "a", "ɵ": "o", "ƣ": "g", "ꞑ": "n", "ŋ": "n", "â": "ia", "û": "iu"},
    **{"ø": "o", "æ": "e", "œ": "e", "ß": "s", "đ": "d", "ł": "l", "ð": "d", "þ": "t"},
}
"""Latin letter (lower case) → its sound; letters with other marks are looked up without their marks."""

DIGRAPHS = {
    "shch": "s", "sch": "s", "shh": "s", "sh": "s", "sc": "s", "zh": "j", "kh": "h", "ch": "c", "ts": "c", "tc": "c",
    "gh": "g", "ng": "n", "io": "e", "ie": "e",
}  # fmt: skip
"""Groups of sounds that one script writes with one letter and another with several; applied to both, longest first."""

GREEK_LOOKS = dict(zip("αβεικνορτυχγηωςσ", "abeiknoptuxynwco", strict=True))
"""Greek letters that pass for Latin ones."""

TO_CYRILLIC = dict(zip("aceopxyikmthb", "асеорхуікмтһв", strict=True))
"""A Latin letter met inside a Cyrillic word → the Cyrillic letter it imitates (lower case shapes)."""

TO_CYRILLIC_CAPITAL = {**dict(zip("ABCEHIKMOPTXYS", "авсенікмортхуѕ", strict=True))}
"""The same for capitals, whose shapes differ: a capital H imitates н."""

TO_LATIN = {
    **dict(zip("асеорхуіѕјԁԛԝһкмтвнғ", "aceopxyisjdqwhkmtbhf", strict=True)),
    **{"п": "n", "г": "r", "и": "u", "ь": "b", "з": "3"},
}
"""A Cyrillic letter met inside a Latin word → the Latin letter it imitates."""

AMBIGUOUS = frozenset("aceopxyikmthb") | frozenset("асеорхуікмтһвнѕјԁԛԝ")
"""Letters (lower case) whose shape, in either case, exists in both scripts; they do not tell a word's script."""

DIGIT_LOOKS = {"0": "o", "3": "з"}
"""Digits that replace a letter when letters stand on both sides."""

INVISIBLE = frozenset("\u115f\u1160\u3164\uffa0\u034f\u17b4\u17b5\u2800")
"""Characters that show nothing though Unicode does not class them as format characters."""

APOSTROPHES = frozenset("'’‘ʼʹ`´′ʻ")
"""Marks that belong to a word (Kazakh Latin of 2017, the soft sign) and carry no sound here."""
