"""The lists of a contest: tracks, their files, questions, criteria, awards. Add, edit, move, remove."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import redirect, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from creative_platform.contests.models import Contest, Track
from creative_platform.contests.wording import item_line
from creative_platform.setup import service
from creative_platform.setup.forms.base import EditForm, choices
from creative_platform.setup.forms.lists import (
    AwardForm,
    CriterionForm,
    FileForm,
    ListForm,
    QuestionForm,
    TrackForm,
)
from creative_platform.setup.service.parts import key_of, rubric_of, thing_of
from creative_platform.setup.views.blueprint import bp, contest_to_edit, done, number_of_rules, page, say_saved
from creative_platform.setup.wording import PARTS
from creative_platform.web.guards import signed_in, the_actor
from creative_platform.web.languages import current_locale


@dataclass(frozen=True)
class Kind:
    """One kind of list: its form, its verbs, its words."""

    form: type[EditForm]
    add: Callable[..., Any]
    save: Callable[..., Any]
    items: Callable[[Contest], list[Any]]
    new: Any
    defaults: dict[str, Any]


KINDS = {
    "tracks": Kind(TrackForm, service.add_track, service.save_track, lambda c: c.tracks, _l("Add a track"), {}),
    "form": Kind(QuestionForm, service.add_field, service.save_field, lambda c: c.fields, _l("Add a question"), {}),
    "rubric": Kind(
        CriterionForm,
        service.add_criterion,
        service.save_criterion,
        lambda c: rubric_of(c).criteria,
        _l("Add a criterion"),
        {"weight": 1, "scale_min": 1, "scale_max": 10},
    ),
    "awards": Kind(
        AwardForm, service.add_award, service.save_award, lambda c: c.awards, _l("Add an award"), {"quantity": 1}
    ),
}
_FILES_NEW = {"min_count": 1, "max_count": 1, "max_size_mb": 300}
_LISTS = "any(tracks,form,rubric,awards)"


@bp.route(f"/manage/<slug>/setup/<{_LISTS}:part>", methods=["GET", "POST"])
@signed_in
def items(slug: str, part: str) -> Any:
    """Show a list; move and remove its things."""
    contest = contest_to_edit(slug)
    here = url_for("setup.items", slug=slug, part=part)
    return _list(contest, part, PARTS[part], KINDS[part].items(contest), here, KINDS[part].new)


@bp.route(f"/manage/<slug>/setup/<{_LISTS}:part>/new", methods=["GET", "POST"])
@signed_in
def item_new(slug: str, part: str) -> Any:
    """Add a thing to a list."""
    contest, kind = contest_to_edit(slug), KINDS[part]
    form = _form(kind.form, contest, kind.defaults)
    up = (PARTS[part], url_for("setup.items", slug=slug, part=part))
    return _edit(contest, form, kind.new, up, kind.add)


@bp.route(f"/manage/<slug>/setup/<{_LISTS}:part>/<key>", methods=["GET", "POST"])
@signed_in
def item(slug: str, part: str, key: str) -> Any:
    """Edit a thing of a list."""
    contest, kind = contest_to_edit(slug), KINDS[part]
    row = thing_of(kind.items(contest), key)
    form = _form(kind.form, contest, kind.form.of(row))
    if isinstance(form, QuestionForm):
        form.known = row.options
    up = (PARTS[part], url_for("setup.items", slug=slug, part=part))
    return _edit(contest, form, _name(row), up, _on(kind.save, key))


@bp.route("/manage/<slug>/setup/tracks/<track>/files", methods=["GET", "POST"])
@signed_in
def files(slug: str, track: str) -> Any:
    """Show what a track asks for; move and remove it."""
    contest = contest_to_edit(slug)
    row = thing_of(contest.tracks, track)
    title, here = _files_of(contest, track)
    return _list(contest, f"files:{track}", title, row.requirements, here, _("Add files"))


@bp.route("/manage/<slug>/setup/tracks/<track>/files/new", methods=["GET", "POST"])
@signed_in
def file_new(slug: str, track: str) -> Any:
    """Ask for more files in a track."""
    contest = contest_to_edit(slug)
    up = _files_of(contest, track)
    form = _form(FileForm, contest, _FILES_NEW)
    return _edit(contest, form, _("Add files"), up, _on(service.add_file, track))


@bp.route("/manage/<slug>/setup/tracks/<track>/files/<key>", methods=["GET", "POST"])
@signed_in
def file(slug: str, track: str, key: str) -> Any:
    """Edit what a track asks for."""
    contest = contest_to_edit(slug)
    row = thing_of(thing_of(contest.tracks, track).requirements, key)
    form = _form(FileForm, contest, FileForm.of(row))
    return _edit(contest, form, _name(row), _files_of(contest, track), _on(service.save_file, track, key))


def _files_of(contest: Contest, track: str) -> tuple[str, str]:
    """Return the name and the address of the list of a track's files; NotFound without the track."""
    name = _name(thing_of(contest.tracks, track))
    return _("Files of “%(track)s”", track=name), url_for("setup.files", slug=contest.slug, track=track)


def _on(verb: Callable[..., Any], *keys: str) -> Callable[..., Any]:
    """Return a verb that takes actor, contest, edit and values for the thing with those keys."""
    return lambda actor, contest_id, edit, values: verb(actor, contest_id, edit, *keys, values)


def _name(row: Any) -> str:
    title = row.label if hasattr(row, "label") else row.title
    return str(title.in_(current_locale()))


def _form(kind: type[EditForm], contest: Contest, data: dict[str, Any]) -> Any:
    form = kind(data=data)
    form.suit(contest)
    if isinstance(form, AwardForm):
        tracks = {str(track.id): _name(track) for track in contest.tracks}
        form.track.choices = choices({"": _("All tracks"), **tracks})
    return form


def _edit(contest: Contest, form: Any, title: Any, up: tuple[Any, str], verb: Callable[..., Any]) -> Any:
    before, contest_id, stored = number_of_rules(contest), contest.id, []
    if done(form, lambda: stored.append(verb(the_actor(), contest_id, form.edit(), form.values()))):
        say_saved(contest, before)
        new = stored[0]
        to_files = isinstance(new, Track) and url_for("setup.files", slug=contest.slug, track=new.key)
        return redirect(to_files or up[1], 303)
    return page("setup/item.html", form, contest=contest, title=title, up=up)


def _list(contest: Contest, part: str, title: Any, rows: list[Any], here: str, new: Any) -> Any:
    form = ListForm()
    form.suit(contest)
    before, contest_id = number_of_rules(contest), contest.id
    if done(form, lambda: _change(contest_id, part, form)):
        say_saved(contest, before)
        return redirect(here, 303)
    lines = [(key_of(row), _name(row), item_line(row)) for row in rows]
    return page("setup/items.html", form, contest=contest, part=part, title=title, lines=lines, here=here, new=new)


def _change(contest_id: int, part: str, form: ListForm) -> None:
    actor, edit = the_actor(), form.edit()
    if form.remove.data:
        service.remove_item(actor, contest_id, edit, part, form.remove.data)
    elif form.up.data or form.down.data:
        service.move_item(actor, contest_id, edit, part, form.up.data or form.down.data, up=bool(form.up.data))
