"""Values of a rules document in the reader's language: kinds, sizes, spans, moments, lines of lists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from creative_platform.accounts.regions import region_name
from creative_platform.core.text import LocalizedText
from creative_platform.media.models import MediaKind
from creative_platform.rules.document import Document, instant, is_words
from creative_platform.web.languages import LOCALE_NAMES, current_locale, format_number, format_span, format_when

KINDS = {
    "contest": _l("Contest"),
    "hackathon": _l("Hackathon"),
    "campaign": _l("Campaign"),
    "grant_call": _l("Grant call"),
}
FIELD_KINDS = {
    "short_text": _l("Short text"),
    "long_text": _l("Long text"),
    "choice": _l("Choice"),
    "number": _l("Number"),
    "link": _l("Link"),
    "consent": _l("Consent"),
}
FILE_KINDS = {
    MediaKind.VIDEO: _l("Video"),
    MediaKind.AUDIO: _l("Sound"),
    MediaKind.IMAGE: _l("Picture"),
    MediaKind.PDF: _l("PDF"),
    MediaKind.DOCUMENT: _l("Document (DOCX, PPTX, ODT)"),
    MediaKind.ZIP: _l("ZIP archive"),
}
TIE_STEPS = {
    "median": _l("higher median of the sheets"),
    "top-marks": _l("larger share of highest marks"),
    "agreement": _l("jurors closer to each other"),
    "chair": _l("the chair of the jury decides, with a reason"),
    "lot": _l("lots"),
}
LANGUAGES = dict(LOCALE_NAMES)


def size(size_bytes: int) -> str:
    """Say a size in MB."""
    return _("%(num)s MB", num=format_number(round(size_bytes / 1024 / 1024, 2)))


def span(seconds: int) -> str:
    """Say a length of time to the second."""
    whole_minutes, rest = divmod(seconds, 60)
    if rest:
        return _("%(min)d:%(sec)s min", min=whole_minutes, sec=f"{rest:02}")
    return format_span(seconds)


def moment(text: str, zone_name: str) -> str:
    """Say an instant of the document as wall clock with offset."""
    return format_when(instant(text), zone_name)


def regions(codes: list[str]) -> str:
    """Name regions."""
    return ", ".join(region_name(code, current_locale()) for code in codes)


def file_kinds(kinds: Iterable[str]) -> str:
    """Name kinds of file."""
    return ", ".join(str(FILE_KINDS[MediaKind(kind)]) for kind in kinds)


def file_line(asked: Document) -> str:
    """Say what is asked for under one heading of a track: kinds, how many, how large, how long."""
    most, largest = asked["max_count"], size(asked["max_size_bytes"])
    least = max(asked["min_count"], 1)
    number = ngettext("%(span)s file", "%(span)s files", most, span=str(most) if least == most else f"{least}–{most}")
    limit = _("up to %(size)s", size=largest) if most == 1 else _("up to %(size)s each", size=largest)
    parts = [file_kinds(asked["kinds"]), number, limit]
    if asked["min_duration_s"]:
        parts.append(_("at least %(span)s", span=span(asked["min_duration_s"])))
    if asked["max_duration_s"]:
        parts.append(_("at most %(span)s", span=span(asked["max_duration_s"])))
    if not asked["min_count"]:
        parts.append(needed_line(False))
    return " · ".join(parts)


def needed_line(required: bool) -> str:
    """Say whether a question must be answered."""
    return _("needed") if required else _("optional")


def question_line(question: Document) -> str:
    """Say what a question takes."""
    said = [str(FIELD_KINDS[question["kind"]]), needed_line(question["required"])]
    least, most = question["min_value"], question["max_value"]
    if least is not None or most is not None:
        said.append(between(least, most) if question["kind"] == "number" else _characters(least, most))
    return ", ".join(said)


def between(least: int | None, most: int | None) -> str:
    """Say two limits of which one may be missing."""
    if least is None:
        return _("at most %(span)s", span=most)
    return _("at least %(span)s", span=least) if most is None else f"{least}–{most}"


def _characters(least: int | None, most: int | None) -> str:
    if least is None or most is None:
        return _("%(span)s characters", span=between(least, most))
    return ngettext("%(span)s character", "%(span)s characters", most, span=f"{least}–{most}")


def tie_step(step: str, criteria: Mapping[str, str]) -> str:
    """Say a tie-break step; ``criteria`` are titles by key."""
    if step in TIE_STEPS:
        return str(TIE_STEPS[step])
    key = step.partition(":")[2]
    return _("higher mean mark for “%(criterion)s”", criterion=criteria.get(key, key))


def tie_steps(judging: Document) -> list[str]:
    """Say the tie-break steps of a rules document's part about judging."""
    titles = {
        criterion["key"]: LocalizedText(criterion["title"]).in_(current_locale())
        for round_ in judging["rounds"]
        for criterion in round_["criteria"]
    }
    return [tie_step(step, titles) for step in judging.get("tie_steps", [])]


def marks(anchors: dict[str, Any]) -> list[str]:
    """Return the marks that have a meaning, in order."""
    return sorted(anchors, key=int)


def localized_document(value: Any) -> Any:
    """Return a rules document whose texts are LocalizedTexts, for a template to choose the language."""
    if is_words(value):
        return LocalizedText(value)
    if isinstance(value, dict):
        return {name: localized_document(part) for name, part in value.items()}
    if isinstance(value, list):
        return [localized_document(part) for part in value]
    return value
