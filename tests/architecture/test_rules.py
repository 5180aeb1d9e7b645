"""The house's rules that import-linter cannot say, read from the syntax trees."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGE = ROOT / "creative_platform"
SOURCES = sorted([*PACKAGE.rglob("*.py"), *(ROOT / "scoring").rglob("*.py")])
ROOMS = sorted(
    p.parent.name for p in PACKAGE.glob("*/__init__.py") if p.parent.name not in ("core", "web", "stack", "static")
)
WEB_PACKAGES = {"flask", "flask_login", "flask_wtf", "flask_babel", "wtforms", "werkzeug"}
PURE_MODULES = {"service", "policy", "queries", "models", "jobs", "engine", "storage"}
INNER_FLOORS = [
    {"views"},
    {"forms", "jobs", "serializers"},
    {"service"},
    {"policy"},
    {"queries", "storage"},
    {"models"},
]
PRIVATE_OF_ROOM = {"views", "forms", "jobs", "serializers"}
SCORING_DOORS = {"similarity", "judging", "results"}
OPERATIONS = {
    *("put_object", "get_object", "head_object", "copy_object", "delete_object", "list_objects_v2", "head_bucket"),
    *("create_multipart_upload", "upload_part", "upload_part_copy", "list_parts", "list_multipart_uploads"),
    *("complete_multipart_upload", "abort_multipart_upload"),
}
NEVER_ASKED = re.compile(  # as calls and arguments of boto3, as words of an address, as headers
    r"(put|get|delete)_(object|bucket)_(tagging|acl|retention|legal_hold|lock_configuration)|"
    r"(Tagging(Directive)?|ACL|Grant\w+|ObjectLock\w+|BypassGovernanceRetention)"
    r"|(\S*[?&])?(tagging|acl|retention|legal-hold|object-lock)(=\S*)?"
    r"|x-amz-(acl|tagging\S*|grant-\S+|object-lock-\S+|bypass-governance-retention)"
)
EMPTY_NAMES = {"utils", "helpers", "common", "misc"}


def imports_of(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def place(path: Path) -> tuple[str, str]:
    """Return (room, module kind) of a file: creative_platform/entries/views/jury.py is (entries, views)."""
    parts = path.relative_to(PACKAGE).parts
    return (parts[0], parts[1].removesuffix(".py")) if len(parts) > 1 else ("", parts[0].removesuffix(".py"))


def offences(found: Iterator[str]) -> None:
    assert list(found) == []


def test_verbs_queries_and_policies_know_no_web():
    def found() -> Iterator[str]:
        for path in PACKAGE.rglob("*.py"):
            room, kind = place(path)
            if room in ROOMS and kind in PURE_MODULES:
                for name, line in imports_of(path):
                    if name.split(".")[0] in WEB_PACKAGES or name.startswith("creative_platform.web"):
                        yield f"{path.relative_to(ROOT)}:{line} imports {name}"

    offences(found())


def test_no_room_uses_private_modules_of_another():
    def found() -> Iterator[str]:
        for path in PACKAGE.rglob("*.py"):
            room, _ = place(path)
            for name, line in imports_of(path):
                parts = name.split(".")
                if parts[0] == "creative_platform" and len(parts) > 2 and parts[1] in ROOMS and room in ROOMS:
                    if parts[1] != room and parts[2] in PRIVATE_OF_ROOM:
                        yield f"{path.relative_to(ROOT)}:{line} imports {name}"

    offences(found())


def test_inside_a_room_imports_go_down():
    floor = {name: level for level, names in enumerate(INNER_FLOORS) for name in names}

    def found() -> Iterator[str]:
        for path in PACKAGE.rglob("*.py"):
            room, kind = place(path)
            for name, line in imports_of(path):
                parts = name.split(".")
                if parts[:2] == ["creative_platform", room] and len(parts) > 2 and kind in floor and parts[2] in floor:
                    if floor[parts[2]] < floor[kind]:
                        yield f"{path.relative_to(ROOT)}:{line} imports {name}"

    offences(found())


def test_scoring_is_entered_by_its_doors_only():
    def found() -> Iterator[str]:
        for path in PACKAGE.rglob("*.py"):
            room, kind = place(path)
            for name, line in imports_of(path):
                if name.split(".")[0] == "scoring" and not (
                    (room in SCORING_DOORS and kind == "engine") or kind == "cli"
                ):
                    yield f"{path.relative_to(ROOT)}:{line} imports {name}"
                if name.split(".")[0] == "sklearn":
                    yield f"{path.relative_to(ROOT)}:{line} imports {name}"

    offences(found())


def writes_of(path: Path) -> Iterator[tuple[str, int]]:
    """Yield what a file writes of rows that the room below keeps (decision 011)."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Assign):
            written = {getattr(each, "attr", None) for target in node.targets for each in ast.walk(target)}
            said = {getattr(each, "id", None) for each in ast.walk(node.value)}
            if "state" in written and "AssetState" in said:
                yield "a file's state", node.lineno
        if isinstance(node, ast.Call) and getattr(node.func, "id", None) == "ScreeningDecision":
            yield "a decision", node.lineno


def test_files_and_decisions_are_written_by_one_room():
    writers = {"a file's state": "uploads", "a decision": "screening"}
    found = [(what, place(path)[0], line) for path in PACKAGE.rglob("*.py") for what, line in writes_of(path)]
    offences(f"{room}:{line} writes {what}" for what, room, line in found if writers[what] != room)
    assert {what for what, *_ in found} == set(writers)


def test_boto3_is_used_by_the_storage_module_alone():
    def found() -> Iterator[str]:
        for path in SOURCES:
            for name, line in imports_of(path):
                if name.split(".")[0] in ("boto3", "botocore") and place(path) != ("media", "storage"):
                    yield f"{path.relative_to(ROOT)}:{line} imports {name}"

    offences(found())


def asked_of_the_store(source: str) -> Iterator[str]:
    """Yield where a source speaks of tags, access lists or retention to a store."""
    for node in ast.walk(ast.parse(source)):
        for word in (getattr(node, "attr", None), getattr(node, "arg", None), getattr(node, "value", None)):
            if isinstance(word, str) and NEVER_ASKED.fullmatch(word):
                yield f"{getattr(node, 'lineno', 0)} says {word}"


def test_no_store_is_asked_for_tags_access_lists_or_retention():
    """Some stores take such a request for the object itself and overwrite it (`rclone serve s3`: measured)."""
    offences(f"{path.relative_to(ROOT)}:{what}" for path in SOURCES for what in asked_of_the_store(path.read_text()))
    tree = ast.parse((PACKAGE / "media" / "storage.py").read_text())
    ask = ("_ask", "_ask_in_time")
    called = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and getattr(n.func, "attr", "") in ask]
    named = [call.args[0] for call in called if getattr(call.args[0], "id", "") != "name"]  # the latter passes it on
    assert {getattr(name, "value", "something computed") for name in named} == OPERATIONS


@pytest.mark.parametrize(
    "source",
    [
        'self._ask_in_time("put_object_tagging", Key=key)',
        'getattr(client, "delete_bucket_tagging")',
        "store.client.put_object_acl(Key=key)",
        "store.client.get_object_retention",
        'self._ask_in_time("put_object", Key=key, ACL="public-read")',
        'self._ask_in_time("put_object", Key=key, Tagging="a=b")',
        'self._ask_in_time("put_object", Key=key, **{"ObjectLockMode": "GOVERNANCE"})',
        'presign(credentials, "PUT", url, query={"tagging": ""})',
        'ask("PUT", "/bucket/key?acl")',
        'ask("PUT", url, {"x-amz-acl": "public-read"})',
    ],
)
def test_asking_a_store_for_more_is_found(source: str):
    assert list(asked_of_the_store(source)) != []


def test_commit_and_clock_have_one_home():
    def found() -> Iterator[str]:
        for path in PACKAGE.rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                    called = node.func.attr
                    if called in ("commit", "rollback") and place(path) != ("core", "db"):
                        yield f"{path.relative_to(ROOT)}:{node.lineno} calls {called}()"
                    if called in ("now", "utcnow", "today") and isinstance(node.func.value, ast.Name):
                        if node.func.value.id in ("datetime", "date") and place(path) != ("core", "clock"):
                            yield f"{path.relative_to(ROOT)}:{node.lineno} asks {node.func.value.id}.{called}()"

    offences(found())


def test_files_have_telling_names():
    offences(str(p.relative_to(ROOT)) for p in SOURCES if p.stem in EMPTY_NAMES)


@pytest.mark.skipif(shutil.which("git") is None, reason="what is kept is known to git")
def test_no_link_is_kept():
    """A link leads nowhere on another machine: a `.venv` that is one keeps `make run` from setting up."""
    kept = subprocess.run(["git", "ls-files", "--stage"], cwd=ROOT, capture_output=True, text=True, check=False)
    offences(line for line in kept.stdout.splitlines() if line.startswith("120000"))


def lines_in(*paths: Path) -> int:
    return sum(path.read_text().count("\n") for path in paths)


def lines_of(node: ast.AST) -> int:
    return (node.end_lineno or 0) - node.lineno + 1  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_sizes(path: Path):
    """File at most 500 lines, function at most 60, view at most 25."""
    too_long = [f"the file has {n} lines"] if (n := lines_in(path)) > 500 else []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef):
            is_view = place(path)[1] == "views" if PACKAGE in path.parents else False
            routed = any(isinstance(d, ast.Call) and "bp" in ast.unparse(d) for d in node.decorator_list)
            limit = 25 if is_view and routed else 60
            body = lines_of(node) - (lines_of(node.body[0]) if ast.get_docstring(node) else 0)
            if body > limit:
                too_long.append(f"{node.name} has {body} lines (limit {limit})")

    assert too_long == []


@pytest.mark.parametrize("room", sorted(p.parent for p in PACKAGE.glob("*/__init__.py")), ids=lambda p: p.name)
def test_room_sizes(room: Path):
    """Room at most 3,000 lines of Python."""
    assert 0 < lines_in(*room.rglob("*.py")) <= 3000


def test_conftest_sizes():
    """A conftest at most 200 lines."""
    found = {str(p.relative_to(ROOT)): lines_in(p) for p in (ROOT / "tests").rglob("conftest.py")}

    assert "tests/conftest.py" in found
    assert {name: n for name, n in found.items() if n > 200} == {}


def test_template_sizes():
    """Template at most 200 lines."""
    found = {str(p.relative_to(ROOT)): n for p in (ROOT / "templates").rglob("*.html") if (n := lines_in(p)) > 200}

    assert found == {}


def test_templates_hold_no_inline_script_or_style():
    def found() -> Iterator[str]:
        for path in (ROOT / "templates").rglob("*.html"):
            text = path.read_text()
            for mark in ("<style", " style=", " onclick=", " onload=", "javascript:"):
                if mark in text:
                    yield f"{path.relative_to(ROOT)}: {mark}"
            if "<script>" in text:
                yield f"{path.relative_to(ROOT)}: inline script"

    offences(found())
