"""Make the list of well-known source files: ``python -m tests.bench.similarity.known_code PACKAGES``.

PACKAGES is a folder of packages as registries give them (.tgz): libraries that people copy into their projects, and the
templates that projects begin with. Only digests are kept; the list is what `scoring.similarity.project` leaves out.
"""

from __future__ import annotations

import argparse
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from scoring.similarity.project import CODE_SUFFIXES, IGNORED_ENDINGS, KNOWN_CODE, MAX_FILE_BYTES, fingerprint

LEAST_LETTERS = 2_000
"""Letters of a library's file; shorter ones are rarely copied alone, and there are very many."""

TEMPLATE_LETTERS = 120
"""Letters of a template's file: a project begins with all of them."""

TEMPLATES = ("create-", "cra-template")
RELEASED = {"dist", "build", "umd", "css", "js", "lib", "release"}
"""Folders of a package from which people copy; what stands deeper is rarely copied alone."""


def files(package: Path) -> Iterator[str]:
    """Yield the texts of a package's files that stand in people's projects."""
    is_template = package.name.startswith(TEMPLATES)
    with tarfile.open(package) as archive:
        for member in archive:
            path = PurePosixPath(member.name)
            if not member.isfile() or member.size > MAX_FILE_BYTES or path.suffix.lower() not in CODE_SUFFIXES:
                continue
            if path.name.lower().endswith(IGNORED_ENDINGS) or not (is_template or {*path.parts[1:-1]} <= RELEASED):
                continue
            stream = archive.extractfile(member)
            text = stream.read().decode("utf-8", "replace") if stream else ""
            if len(text) >= (TEMPLATE_LETTERS if is_template else LEAST_LETTERS):
                yield text


def main() -> None:
    """Write the list anew."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("packages", type=Path)
    packages = sorted(parser.parse_args().packages.glob("*.tgz"))
    known: set[str] = set()
    for package in packages:
        known.update(fingerprint(text) for text in files(package))
    KNOWN_CODE.write_text("\n".join(sorted(known)) + "\n", encoding="ascii")
    sys.stdout.write(f"{len(known)} files of {len(packages)} packages\n")


if __name__ == "__main__":
    main()
