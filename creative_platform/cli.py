"""flask commands: thin, each calls one service verb."""

from __future__ import annotations

import click
from flask import Flask

from creative_platform.core import audit


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


def install(app: Flask) -> None:
    """Register the commands."""
    app.cli.add_command(audit_group)
