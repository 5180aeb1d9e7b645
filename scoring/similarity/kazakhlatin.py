"""Write Kazakh in Latin letters, of any of its standards, in Cyrillic: the model has hardly seen it otherwise."""

import re

_PLAIN = dict(zip("abvgdezklmnoprstufhqjyxw", "абвгдезклмнопрстуфхқжыху", strict=True)) | {"i": "і", "c": "ц"}
_GROUPS = {"shch": "щ", "yo": "ё", "iu": "ю", "yu": "ю", "ia": "я", "ya": "я", "sh": "ш", "ch": "ч", "zh": "ж"}
_GROUPS |= {"kh": "х", "gh": "ғ", "ng": "ң", "ts": "ц"}
_2021 = dict(zip("äğıñöşūü", "әғіңөшұү", strict=True)) | {"i": "и", "ç": "ч"}
_2018 = dict(zip("áǵńóúýı", "әғңөүуи", strict=True))
_2017 = {"a'": "ә", "g'": "ғ", "n'": "ң", "o'": "ө", "y'": "у", "u'": "ү", "s'": "ш", "c'": "ч", "i'": "и"}
_OTHER = dict(zip("âûŋï", "яюңи", strict=True))
_SIGNS = str.maketrans("’ʼ‘`´ʹ", "''''''")
_VOWELS = frozenset("аәеёиіоөуұүыэюя")


def in_cyrillic(text: str) -> str:
    """Give a Kazakh text in Cyrillic letters.

    Notes
    -----
    What several letters of Cyrillic share is written as the commonest of them, so some words come out misspelt.

    Examples
    --------
    >>> in_cyrillic("Bul jobanyń maqsaty – balalarǵa arnalǵan kitaphana"), in_cyrillic("qyzyl ağaş")
    ('бұл жобаның мақсаты – балаларға арналған кітапхана', 'қызыл ағаш')
    """
    low = text.lower().translate(_SIGNS)
    table = dict(_GROUPS | _PLAIN | _OTHER)
    if any(sign in low for sign in "äğñöşūü"):
        table |= _2021
    elif any(sign in low for sign in "áǵńóúý"):
        table |= _2018 | {"u": "ұ"}
    elif len(re.findall(r"[agnoyusci]'", low)) * 100 > len(low):
        table |= _2017 | {"u": "ұ"}
    parts = sorted(table, key=len, reverse=True)
    written = re.sub("|".join(map(re.escape, parts)), lambda found: table[found[0]], low)
    return re.sub(r"(?<=[аәеёоөұүыіэ])[иі]|(?<=\b)[и](?=[аәеоөұүыэ])", "й", written)
