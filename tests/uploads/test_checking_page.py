"""The operator's page says whether decoders are confined here."""

from __future__ import annotations

import pytest

from creative_platform.confinement import isolation
from tests.factories.accounts import make_user

pytestmark = pytest.mark.database


@pytest.mark.parametrize(
    ("works", "required", "said"),
    [
        (True, True, "Works: what reads a file has neither network nor files."),
        (False, True, "Missing: files wait unchecked."),
        (False, False, "Missing: files are read all the same, with limits of memory and time alone."),
    ],
)
def test_the_admin_reads_whether_decoders_are_confined(app, sign_in, monkeypatch, works, required, said):
    monkeypatch.setattr(isolation, "works", lambda: works)
    monkeypatch.setattr(isolation, "_required", required)

    page = sign_in(make_user(is_admin=True)).get("/admin/files")

    assert said in page.text
    assert ("docs/operators.md" in page.text) is not works
    assert sign_in(make_user()).get("/admin/files").status_code in (403, 404)
