"""flask commands: thin, each calls one service verb."""

from __future__ import annotations

import logging

import click
from flask import Flask

from creative_platform.accounts import service as accounts
from creative_platform.core import audit
from creative_platform.core.errors import DomainError, Invalid


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


def install(app: Flask) -> None:
    """Register the commands."""
    for command in (worker, audit_group, user_group):
        app.cli.add_command(command)
