"""Recall of reused programs at 1 % false alerts, beside peers: ``python -m tests.bench.similarity.bench_code``.

The programs are real modules of 2.5 to 60 kB: those of Python's own library (seen), and those of the packages that the
development environment pins (held out); no corpus is wanted. All carry one starter in front. Every module asks all
others of its half. Modules of one package are never called unrelated, nor are packages that one team wrote together
(`FAMILIES`), nor modules that have some lines in a row in common to the letter (`akin`): that is shared code.
"""

from __future__ import annotations

import ast
import re
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import sklearn

from scoring.similarity import CodeSketch, SimilarityIndex, sketch_code
from tests.bench.similarity.changed_code import FUNCTIONS, Retyped, Rewritten
from tests.bench.similarity.peers import code_peers
from tests.bench.similarity.recall import Contest, Query, Reference, Row, options, told, write

STARTER = '''"""Starter of the contest: read settings, open the page."""
import argparse
import json
import logging
from pathlib import Path

log = logging.getLogger(__name__)


def load_settings(path):
    settings = {"title": "Our idea", "port": 8000}
    if Path(path).exists():
        with open(path, encoding="utf-8") as handle:
            for key, value in json.load(handle).items():
                settings[key.strip()] = value
    log.info("settings %s", settings)
    return settings


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--settings", default="settings.json")
    args = parser.parse_args()
    settings = load_settings(args.settings)
    print(settings["title"], "on port", settings["port"])


'''

FAMILIES = (
    "gzip bz2 lzma _compression tarfile zipfile zipimport zipapp",
    "sunau wave aifc chunk sndhdr",
    "poplib ftplib imaplib nntplib smtplib smtpd telnetlib socketserver asyncore asynchat",
    "abc _py_abc _collections_abc collections types typing",
    "posixpath ntpath genericpath pathlib os",
    "sysconfig distutils ctypes _osx_support _aix_support site venv ensurepip",
    "cgi cgitb wsgiref http xmlrpc",
    "pickle _compat_pickle pickletools copyreg copy shelve",
    "threading _threading_local queue asyncio concurrent multiprocessing sched selectors",
    "runpy pkgutil importlib imp modulefinder pyclbr",
    "email mailbox mimetypes quopri uu base64",
    "xml plistlib html _markupbase",
    "getopt optparse argparse",
    "decimal _pydecimal fractions numbers statistics random",
    "datetime _pydatetime zoneinfo calendar _strptime",
    "trace bdb pdb cmd code codeop profile cProfile pstats timeit",
    "tokenize token ast symtable opcode dis inspect",
    "numpy scipy sklearn joblib cloudpickle threadpoolctl narwhals",
    "flask jinja2 werkzeug click markupsafe itsdangerous blinker wtforms flask_babel flask_login flask_migrate "
    "flask_sqlalchemy flask_wtf",
    "sqlalchemy alembic mako",
    "requests urllib3 idna certifi charset_normalizer boto3 botocore s3transfer jmespath",
    "pip setuptools wheel packaging build pyproject_hooks piptools _distutils_hack",
    "pytest _pytest pluggy iniconfig xdist execnet pytest_randomly pytest_timeout py",
    "hypothesis hypothesis_graphql schemathesis harfile hypothesis_jsonschema",
    "attr attrs jsonschema referencing rpds jsonschema_specifications",
    "mypy mypyc librt",
    "rich pygments markdown_it mdurl",
    "eventlet gunicorn swift greenlet paste dns",
    "bandit stevedore",
    "importlinter grimp",
)
"""Packages that share code or authors; written down before anything was compared."""

LEFT_OUT = ("test", "idlelib", "lib2to3", "encodings", "site-packages", "pydoc_data", "_sysconfigdata", "_vendor")
LEFT_OUT_TOO = ("vendor", "third_party", "extern", "migrations", "locale", "_pb2", "pip/", "compat", "externals")

MOST = {"seen": 60, "held out": 12}
"""Modules of one package."""

SIZE = {"seen": (400, 60), "held out": (460, 64)}
"""Modules of each half, and how many of them are attacked in every way."""

QUICK = (80, 6)

RUN = 5
"""Lines in a row that are no chance."""

TRIVIAL = re.compile(r"#|import |from |else:|try:|pass$|return$|[\"']{3}$")
"""Lines that say nothing of where they are from."""

HOSTS = 20
"""Programs that functions are pasted into."""

GENERATORS: dict[str, Any] = {"seen": Rewritten, "held out": Retyped}
HALVES = tuple(GENERATORS)


def family(module: str) -> str:
    """Give the package of a module, or the first of the family it is of."""
    package = module.split("/")[0].removesuffix(".py")
    return next((line.split()[0] for line in FAMILIES if package in line.split()), package)


def programs(half: str) -> list[tuple[str, str]]:
    """Give name and text of the modules of a half, in an order by chance."""
    library = Path(sysconfig.get_paths()["stdlib"]) if half == "seen" else Path(sklearn.__file__).parents[1]
    given: dict[str, list[tuple[str, str]]] = {}
    for file in sorted(library.rglob("*.py")):
        name = file.relative_to(library).as_posix()
        low = name.lower()
        if any(part in low for part in (*LEFT_OUT, *LEFT_OUT_TOO)) or not 2_500 < file.stat().st_size < 60_000:
            continue
        given.setdefault(name.split("/")[0], []).append((name, str(file)))
    dice = np.random.default_rng(len(half))
    chosen = []
    for rows in given.values():
        kept = [rows[place] for place in dice.permutation(len(rows)).tolist()[: MOST[half]]]
        chosen.extend((name, text) for name, path in kept if (text := _read(Path(path))))
    return [chosen[place] for place in dice.permutation(len(chosen)).tolist()]


def _read(file: Path) -> str:
    try:
        text = file.read_text(encoding="utf-8")
        ast.parse(text)
    except (SyntaxError, UnicodeDecodeError, ValueError):
        return ""
    return text.replace("\t", "    ")


def akin(texts: list[str]) -> list[frozenset[int]]:
    """Give for each program those that have `RUN` lines of code in a row in common with it, to the letter."""
    places: dict[str, set[int]] = {}
    for number, text in enumerate(texts):
        lines = [line for one in text.splitlines() if len(line := one.strip()) > 3 and not TRIVIAL.match(line)]
        for at in range(len(lines) - RUN + 1):
            places.setdefault("\n".join(lines[at : at + RUN]), set()).add(number)
    related: list[set[int]] = [set() for _ in texts]
    for numbers in places.values():
        for number in numbers if len(numbers) > 1 else ():
            related[number] |= numbers - {number}
    return [frozenset(numbers) for numbers in related]


def attacked(text: str, hosts: list[str], half: str, seed: int) -> Iterator[tuple[str, str, tuple[int, int] | None]]:
    """Give the attacks on a program: name, program, and the lines of what was pasted."""
    dice = np.random.default_rng((HALVES.index(half), seed))
    made = GENERATORS[half](text, dice)
    for name in ("reformatted", "renamed", "reordered", "inserted", "combined"):
        yield name, getattr(made, name)(), None
    for size in FUNCTIONS:
        pasted = made.pasted(hosts[int(dice.integers(len(hosts)))], size)
        if pasted:
            yield f"one function pasted, {size}", *pasted


def sketched(text: str) -> CodeSketch:
    """Sketch a program of one file."""
    return sketch_code([("main.py", text)])


def measured(half: str, count: int, attack: int) -> list[Row]:
    """Let every program of a half ask all others, then the attacked ones."""
    listed = programs(half)
    # Functions are pasted into programs that are not in the contest, as a thief's own is not.
    every, hosts = listed[: min(count, len(listed) - HOSTS)], listed[-HOSTS:]
    references = [Reference(family(name), STARTER + text) for name, text in every]
    contest = Contest(
        references,
        sketched,
        code_peers([one.content for one in references], STARTER),
        SimilarityIndex(starters=[sketched(STARTER)]),
    )
    related = akin([text for _, text in every])
    rows = [
        contest.asked(Query(one.group, one.content, akin=related[number]), number)
        for number, one in enumerate(references)
    ]
    front = len(STARTER.splitlines())
    for number, (name, text) in enumerate(every[:attack]):
        strangers = [host for other, host in hosts if family(other) != family(name)]
        for label, made, lines in attacked(text, strangers, half, number):
            placed = (lines[0] + front, lines[1] + front) if lines else None
            rows.append(contest.asked(Query(family(name), STARTER + made, label, source=number, placed=placed)))
    return rows


def main() -> None:
    """Print the tables and write all as JSON."""
    args = options("code", __doc__)
    found = {}
    for half in HALVES:
        found[half] = told(half, measured(half, *(QUICK if args.quick else SIZE[half])))
    write(args.out, found)


if __name__ == "__main__":
    main()
