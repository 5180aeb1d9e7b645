"""Regions of Kazakhstan (ISO 3166-2:KZ): 17 regions and 3 cities of republican significance."""

from __future__ import annotations

from creative_platform.core.text import LocalizedText

REGIONS: dict[str, LocalizedText] = {
    code: LocalizedText(kk=kk, ru=ru, en=en)
    for code, kk, ru, en in [
        ("KZ-71", "Астана", "Астана", "Astana"),
        ("KZ-75", "Алматы қаласы", "город Алматы", "Almaty city"),
        ("KZ-79", "Шымкент", "Шымкент", "Shymkent"),
        ("KZ-10", "Абай облысы", "область Абай", "Abai region"),
        ("KZ-11", "Ақмола облысы", "Акмолинская область", "Aqmola region"),
        ("KZ-15", "Ақтөбе облысы", "Актюбинская область", "Aqtobe region"),
        ("KZ-19", "Алматы облысы", "Алматинская область", "Almaty region"),
        ("KZ-23", "Атырау облысы", "Атырауская область", "Atyrau region"),
        ("KZ-27", "Батыс Қазақстан облысы", "Западно-Казахстанская область", "West Kazakhstan region"),
        ("KZ-31", "Жамбыл облысы", "Жамбылская область", "Zhambyl region"),
        ("KZ-33", "Жетісу облысы", "область Жетісу", "Zhetisu region"),
        ("KZ-35", "Қарағанды облысы", "Карагандинская область", "Qaraghandy region"),
        ("KZ-39", "Қостанай облысы", "Костанайская область", "Qostanay region"),
        ("KZ-43", "Қызылорда облысы", "Кызылординская область", "Qyzylorda region"),
        ("KZ-47", "Маңғыстау облысы", "Мангистауская область", "Mangystau region"),
        ("KZ-55", "Павлодар облысы", "Павлодарская область", "Pavlodar region"),
        ("KZ-59", "Солтүстік Қазақстан облысы", "Северо-Казахстанская область", "North Kazakhstan region"),
        ("KZ-61", "Түркістан облысы", "Туркестанская область", "Turkistan region"),
        ("KZ-62", "Ұлытау облысы", "область Ұлытау", "Ulytau region"),
        ("KZ-63", "Шығыс Қазақстан облысы", "Восточно-Казахстанская область", "East Kazakhstan region"),
    ]
}


def region_name(code: str, locale: str) -> str:
    """Return a region's name in that language; an unknown or empty code gives an empty string."""
    return REGIONS[code].in_(locale) if code in REGIONS else ""


def region_choices(locale: str) -> list[tuple[str, str]]:
    """Return (code, name) of all regions in that language, the three cities first."""
    return [(code, name.in_(locale)) for code, name in REGIONS.items()]
