"""What entrants answer: one reading and one checking of it, for the form, the API and the verbs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from creative_platform.contests.models import Contest, FieldKind, FormField
from creative_platform.core.text import LOCALES, N_, storable

TITLE_MOST = 200
SUMMARY_MOST = 1000
LONG_TEXT_MOST = 20_000
SHORT_TEXT_MOST = 300

MISSING = N_("Answer this question.")


def check_shape(contest: Contest, changes: Mapping[str, Any]) -> dict[str, str]:
    """Return what cannot be stored even in a draft: wrong types, texts over their limit, unknown names."""
    known = {"title", "summary", "language", "track", "answers", "community"}
    wrong = {name: N_("There is no such field.") for name in changes if name not in known}
    for name, most in (("title", TITLE_MOST), ("summary", SUMMARY_MOST)):
        if name in changes and (problem := _text_shape(changes[name], most)):
            wrong[name] = problem
    if "language" in changes and changes["language"] not in LOCALES:
        wrong["language"] = N_("Choose one of the languages.")
    if "track" in changes and changes["track"] not in [track.key for track in contest.tracks]:
        wrong["track"] = N_("Choose one of the tracks.")
    if "community" in changes and not isinstance(changes["community"], str | None):
        wrong["community"] = N_("Choose one of your communities.")
    answers = changes.get("answers", {})
    if not isinstance(answers, Mapping):
        return {**wrong, "answers": N_("Answers come as names with values.")}
    fields = {field.key: field for field in contest.fields}
    for key, value in answers.items():
        problem = _shape_problem(fields[key], value) if key in fields else N_("There is no such field.")
        if problem:
            wrong[f"answers.{key}"] = problem
    return wrong


def _shape_problem(field: FormField, value: Any) -> str:
    if value is None or value == "":
        return ""
    if field.kind is FieldKind.CONSENT:
        return "" if isinstance(value, bool) else N_("Tick or leave empty.")
    if field.kind is FieldKind.NUMBER:
        return "" if _is_number(value) else N_("Write a whole number.")
    return _text_shape(value, {FieldKind.LONG_TEXT: LONG_TEXT_MOST}.get(field.kind, SHORT_TEXT_MOST))


def _text_shape(value: Any, most: int) -> str:
    if not isinstance(value, str):
        return N_("Write text here.")
    if not storable(value):
        return N_("This holds characters that cannot be stored.")
    return N_("This is too long.") if len(value) > most else ""


def _is_number(value: Any) -> bool:
    if isinstance(value, bool):
        return False
    if isinstance(value, int):
        return abs(value) < 10**15
    return (
        isinstance(value, str)
        and len(value) <= 15
        and value.removeprefix("-").isascii()
        and value.removeprefix("-").isdigit()
    )


def missing_answers(contest: Contest, answers: Mapping[str, Any]) -> dict[str, str]:
    """Return what stands in the way of submitting, by the field's key: unanswered, out of range, no such choice."""
    wrong = {}
    for field in contest.fields:
        problem = _rule_problem(field, answers.get(field.key))
        if problem:
            wrong[field.key] = problem
    return wrong


def _rule_problem(field: FormField, value: Any) -> str:
    if value in (None, "", False):
        if not field.required:
            return ""
        return N_("Your consent is needed.") if field.kind is FieldKind.CONSENT else MISSING
    check = {
        FieldKind.SHORT_TEXT: _text_problem,
        FieldKind.LONG_TEXT: _text_problem,
        FieldKind.NUMBER: _number_problem,
        FieldKind.CHOICE: _choice_problem,
        FieldKind.LINK: _link_problem,
    }.get(field.kind)
    return check(field, value) if check else ""


def _text_problem(field: FormField, value: str) -> str:
    if field.max_value is not None and len(value) > field.max_value:
        return N_("This is too long.")
    return N_("This is too short.") if field.min_value is not None and len(value) < field.min_value else ""


def _number_problem(field: FormField, value: Any) -> str:
    number = int(value)
    if field.min_value is not None and number < field.min_value:
        return N_("This number is too small.")
    return N_("This number is too large.") if field.max_value is not None and number > field.max_value else ""


def _choice_problem(field: FormField, value: str) -> str:
    return "" if value in {str(option.get("key")) for option in field.options} else N_("Choose one of the options.")


def _link_problem(field: FormField, value: str) -> str:
    parts = urlsplit(value) if value.isprintable() and " " not in value else None
    return "" if parts and parts.scheme in ("http", "https") and parts.netloc else N_("Give a full address, https://…")
