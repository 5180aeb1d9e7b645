"""flask commands: thin, each calls one service verb."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO, Any

import click
from flask import Flask, current_app

from creative_platform import doctor
from creative_platform.accounts import service as accounts
from creative_platform.core import audit, links, receipts, signing
from creative_platform.core.errors import DomainError, Invalid, Unavailable
from creative_platform.doctor import store as store_doctor
from creative_platform.erasing import service as erasing
from creative_platform.media import service as media
from creative_platform.media import storage
from creative_platform.uploads import service as uploads
from creative_platform.uploads.service import again
from scoring.errors import ScoringError


@click.command("worker")
@click.option("--processes", default=2, show_default=True, help="How many jobs run at once.")
def worker(processes: int) -> None:
    """Run jobs until SIGTERM."""
    from creative_platform.core import worker as jobs  # noqa: PLC0415 -- only this process needs huey's consumer

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("huey").setLevel(logging.WARNING)
    jobs.run(processes)


@click.group("audit")
def audit_group() -> None:
    """Work with the tamper-evident log."""


@audit_group.command("verify")
def audit_verify() -> None:
    """Check every link of every chain; names the first broken one and exits 1."""
    broken = list(audit.verify())
    for link in broken:
        click.echo(f"{link.chain}: link {link.number}: {link.why}", err=True)
    if broken:
        raise SystemExit(1)
    click.echo("every chain holds")


@click.group("user")
def user_group() -> None:
    """Work with accounts."""


@user_group.command("create")
@click.option("--email", prompt="E-mail")
@click.option("--name", prompt="Name")
@click.option("--locale", default="kk", show_default=True, type=click.Choice(["kk", "ru", "en"]))
@click.option("--admin", is_flag=True, help="Let the person operate the installation.")
@click.password_option(help="Asked for when not given; at least 10 characters.")
def user_create(email: str, name: str, locale: str, admin: bool, password: str) -> None:
    """Make an account whose address counts as confirmed."""
    try:
        made = accounts.create_account(accounts.Registration(name, email, password, locale), is_admin=admin)
    except Invalid as error:
        for field, sentences in error.fields.items():
            click.echo(f"{field}: {' '.join(sentences)}", err=True)
        raise SystemExit(1) from error
    except DomainError as error:
        raise click.ClickException(error.message) from error
    click.echo(f"{made.email} can sign in" + (" and is an admin" if admin else ""))


@user_group.command("erase")
@click.argument("email")
@click.option("--yes", "really", is_flag=True, help="Erase; without it the command only says what would go.")
def user_erase(email: str, really: bool) -> None:
    """Erase the person with the address EMAIL: account, letters, files, and all that they made alone.

    There is no way back. Without --yes nothing is changed.
    """
    _erased(lambda: erasing.erase_person(None, email, really=really), really)


def _erased(verb: Callable[[], dict[str, int]], really: bool) -> None:
    try:
        gone = verb()
    except DomainError as error:
        told = "".join(f" ({name}: {value})" for name, value in error.data.items())
        raise click.ClickException(f"{error.message}{told}") from error
    click.echo("erased:" if really else "would be erased (--yes does it):")
    for what, count in gone.items():
        click.echo(f"{count:8} {what}")


@click.group("contest")
def contest_group() -> None:
    """Work with contests."""


@contest_group.command("erase")
@click.argument("slug")
@click.option("--yes", "really", is_flag=True, help="Erase; without it the command only says what would go.")
def contest_erase(slug: str, really: bool) -> None:
    """Erase the contest with the address SLUG, with entries, files, marks, results and its log.

    There is no way back. Without --yes nothing is changed. Refused while it has entries and is not announced.
    """
    _erased(lambda: erasing.erase_contest(None, slug, really=really), really)


@click.group("receipt")
def receipt_group() -> None:
    """Work with receipts."""


@receipt_group.command("verify")
@click.argument("file", type=click.File("r"))
@click.option("--keys", type=click.File("r"), help="A saved /verify/keys.json, to check away from the installation.")
def receipt_verify(file: IO[str], keys: IO[str] | None) -> None:
    """Check the receipt in FILE with the public keys; exits 1 when it does not hold."""
    known = {key["id"]: key["public_key"] for key in json.load(keys)["keys"]} if keys else signing.public_keys()
    try:
        kept = json.load(file)
    except ValueError:
        kept = None
    _report(receipts.problems_of_receipt_file(kept, known), "the receipt is genuine")


@click.group("results")
def results_group() -> None:
    """Work with published results."""


@results_group.command("verify")
@click.argument("file", type=click.File("r"))
@click.option("--keys", type=click.File("r"), help="A saved /verify/keys.json, to check away from the installation.")
@click.option("--conflicts", type=click.Path(exists=True, dir_okay=False), help="The opening of its conflicts.")
def results_verify(file: IO[str], keys: IO[str] | None, conflicts: str | None) -> None:
    """Check the signature of published results in FILE and recompute the ranking; exits 1 when either does not hold.

    With --conflicts the file that staff and the chair hand out must fit the ranking, and no sheet may be in conflict.
    """
    from creative_platform.results import engine  # noqa: PLC0415 -- numpy and scipy: only this command needs them
    from scoring.commands.files import on_one_line, read_json  # noqa: PLC0415 -- as above

    known = {key["id"]: key["public_key"] for key in json.load(keys)["keys"]} if keys else signing.public_keys()
    try:
        signed = json.load(file)
        if "result" in signed and "payload" not in signed:
            said = "this is a ranking without its signature: `python -m scoring verify FILE` recomputes it"
            raise click.ClickException(said)
        holds = signing.verify(signed["key_id"], signed["payload"].encode(), signed["signature"], known)
        payload = json.loads(signed["payload"])
        checked = engine.verify(payload["ranking"])
        unfit = engine.check_conflicts(payload["ranking"], read_json(conflicts)) if conflicts is not None else ()
        if (payload["type"], payload["v"]) != ("results", 1):
            raise ValueError("another kind of document")
    except ScoringError as error:
        raise click.ClickException(str(error)) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise click.ClickException("these are no published results") from error
    problems = [] if holds else ["the signature does not match, or its key is unknown"]
    well = "the results are genuine and the ranking recomputes"
    fits = "" if conflicts is None else ", the conflicts are those it commits to, and no sheet is in conflict"
    _report([*problems, *map(on_one_line, checked.differences + unfit)], well + fits)


def _report(problems: Iterable[str], well: str) -> None:
    found = list(problems)
    for problem in found:
        click.echo(problem, err=True)
    if found:
        raise SystemExit(1)
    click.echo(well)


@click.group("media")
def media_group() -> None:
    """Work with files and their copies."""


@media_group.command("rebuild")
def media_rebuild() -> None:
    """Order the copies that are missing, could not be made, or follow an older recipe; the worker makes them."""
    click.echo(f"{again.rebuild_copies()} copies ordered")


@media_group.command("rescan")
@click.option("--all", "every", is_flag=True, help="Also what was scanned before, for newer signatures.")
def media_rescan(every: bool) -> None:
    """Have files scanned that were checked without a virus scanner; the worker does it and refuses what it finds."""
    try:
        click.echo(f"{again.rescan_files(every=every)} files ordered")
    except Unavailable as error:
        raise click.ClickException("CLAMD_URL names no scanner, or it does not answer") from error


@media_group.command("commit")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def media_commit(file: Path) -> None:
    """Print what to send before a deadline when FILE itself is too large for the line: its SHA-256, size and name.

    The line can be pasted into the entry's page by whoever holds the entry. Nothing is sent; no database is needed.
    """
    click.echo(str(uploads.promise_of(file)))


@click.group("similarity")
def similarity_group() -> None:
    """Work with what entries share."""


@similarity_group.command("recalibrate")
@click.option("--keep", is_flag=True, help="Let the new probabilities count from the next comparing on.")
def similarity_recalibrate(keep: bool) -> None:
    """Fit the probabilities anew on what people said of matches, and compare before and after.

    Without --keep nothing changes. The errors after are of verdicts of contests that the models did not see.
    """
    from creative_platform.similarity import service  # noqa: PLC0415 -- scikit-learn: only this command needs it
    from creative_platform.similarity.engine import calibrating  # noqa: PLC0415 -- as above

    for one in service.recalibrate(calibrating, keep=keep):
        said = f"{one.modality:6} {one.verdicts:4} verdicts, {one.shared} of them shared"
        if one.models is None:
            click.echo(f"{said}: too few, as shipped")
            continue
        figures = ", ".join(f"{name} {one.before[name]:.4f} -> {one.after[name]:.4f}" for name in sorted(one.before))
        click.echo(f"{said}: {figures}{'' if one.held_out else ' (of one contest: seen)'}{', kept' if keep else ''}")


@click.group("storage")
def storage_group() -> None:
    """Work with the object store."""


@storage_group.command("doctor")
@click.option("--origin", default="", help="Where pages come from; BASE_URL when not given.")
def storage_doctor(origin: str) -> None:
    """Try out what the object store can do; exits 1 when something that is needed is missing."""
    findings = list(store_doctor.examine(storage.storage(), origin or links.url("/").rstrip("/")))
    for finding in findings:
        mark = "ok" if finding.holds else ("MISSING" if finding.needed else "weak")
        click.echo(f"{mark:8}{finding.name:16}{finding.words}")
    if any(finding.needed and not finding.holds for finding in findings):
        raise SystemExit(1)


@storage_group.command("orphans")
def storage_orphans() -> None:
    """Look for objects that no row names and say when each will be taken away; takes nothing away itself."""
    for orphan in media.find_orphans():
        what = "upload" if orphan.store_upload_id else "object"
        click.echo(f"{what}  {orphan.storage_key}  found {orphan.found_at:%Y-%m-%d}  goes {orphan.goes_at:%Y-%m-%d}")


@click.command("doctor")
@click.option("--fix", is_flag=True, help="Put right what can be put right.")
def doctor_command(fix: bool) -> None:
    """Examine the installation; exits 1 when something is not well."""
    complaints = list(doctor.examine(fix=fix))
    for complaint in complaints:
        click.echo(f"{'mended  ' if complaint.mended else 'NOT WELL'} {complaint.about}: {complaint.words}")
    if any(not complaint.mended for complaint in complaints):
        raise SystemExit(1)
    click.echo("all is well")


@click.command("demo")
def demo() -> None:
    """Load the demo into an empty database: three contests on real files; var/demo.json says how to sign in."""
    from creative_platform.demo import story  # noqa: PLC0415 -- numpy, Pillow, PyAV: only this process draws

    story.load(current_app.config["VAR_DIR"], current_app.config["BASE_URL"], click.echo)


COMMANDS = (
    worker,
    audit_group,
    user_group,
    contest_group,
    receipt_group,
    results_group,
    storage_group,
    media_group,
    similarity_group,
    doctor_command,
    demo,
)


class LateMigrations:
    """Stands where Flask-Migrate looks for its settings; a process that migrates nothing never loads Alembic."""

    def __init__(self, app: Flask, database: Any, folder: Path) -> None:
        self._given = (app, database, folder)

    def __getattr__(self, name: str) -> Any:
        from flask_migrate import Migrate  # noqa: PLC0415 -- 20 MiB that a web process must not carry

        app, database, folder = self._given
        Migrate().init_app(app, database, directory=str(folder), render_as_batch=True, compare_type=True)
        return getattr(app.extensions["migrate"], name)


class DatabaseCommand(click.Command):
    """``flask db``: Flask-Migrate's own group, loaded when it is called."""

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> click.Context:
        """Hand the command line on."""
        from flask_migrate.cli import db  # noqa: PLC0415 -- see LateMigrations

        group: click.Group = db
        return group.make_context(info_name, args, parent, **extra)


def install(app: Flask, database: Any, migrations: Path) -> None:
    """Register the commands."""
    app.extensions["migrate"] = LateMigrations(app, database, migrations)
    for command in (*COMMANDS, DatabaseCommand("db", help="Perform database migrations.")):
        app.cli.add_command(command)
