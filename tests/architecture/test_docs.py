"""Every setting, command and dependency is documented."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import click
import pytest

import config
from creative_platform import cli
from creative_platform.core import queue
from creative_platform.results.forms import METHOD_NAMES, ComputeForm
from creative_platform.results.service import METHODS

ROOT = Path(__file__).resolve().parent.parent.parent


def test_every_setting_is_documented():
    text = (ROOT / "docs" / "configuration.md").read_text()

    assert [f.name.upper() for f in fields(config.Config) if f"`{f.name.upper()}`" not in text] == []


def test_every_command_is_documented():
    text = (ROOT / "docs" / "configuration.md").read_text()
    names = []
    for command in cli.COMMANDS:
        if isinstance(command, click.Group):
            names += [f"{command.name} {sub}" for sub in command.commands]
        else:
            names.append(str(command.name))

    assert [name for name in names if name not in text] == []


def test_every_job_is_documented(app):
    text = (ROOT / "docs" / "developers" / "processes.md").read_text()
    jobs = text.split("## Jobs of the worker")[1].split("\n## ")[0]

    ours = [name for name in queue.handler_names() if not name.startswith("test.")]  # other tests bring their own
    assert sorted(re.findall(r"^\| `(\w+\.\w+)` \|", jobs, re.M)) == sorted(ours)


def test_every_letter_is_documented():
    text = (ROOT / "docs" / "developers" / "mail.md").read_text()
    letters = [path.stem for path in (ROOT / "templates").glob("*/mail/*.txt")]

    assert [name for name in letters if f"`{name}`" not in text] == []


@pytest.mark.parametrize("locale", ["kk", "ru", "en"])
def test_a_method_has_one_name_wherever_people_read_it(app, locale):
    guides = [(ROOT / "docs" / name).read_text() for name in ("judging.md", f"organizers/{locale}.md")]
    with app.test_request_context(f"/?lang={locale}"):
        names = {method: str(name) for method, name in METHOD_NAMES.items()}
        offered = ComputeForm().method.choices

    assert list(names) == list(METHODS) == [choice.value for choice in offered]
    assert [name for name in names.values() for guide in guides if name not in guide] == []
    assert [str(choice.label) for choice in offered] == list(names.values())
    assert [method for method in names if f"| `{method}` |" not in guides[0]] == []


def test_every_dependency_has_its_reason_and_licence():
    text = (ROOT / "docs" / "dependencies.md").read_text()
    wanted = []
    for file in map("requirements{}.in".format, ("", "-dev", "-semgrep", "-translation")):
        for line in (ROOT / file).read_text().splitlines():
            if line and not line.startswith(("#", "-")):
                wanted.append(re.split(r"[\[=<> ]", line)[0])

    assert [name for name in wanted if f"| {name} |" not in text] == []


def test_lock_files_carry_no_addresses():
    for file in map("requirements{}.txt".format, ("", "-dev", "-semgrep", "-translation")):
        text = (ROOT / file).read_text()
        assert "://" not in text
        assert "--hash=sha256:" in text
