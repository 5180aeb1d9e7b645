"""Signing in and out through the real pages."""

import pytest

pytestmark = pytest.mark.database


def test_a_person_signs_in(sign_in, user):
    browser = sign_in(user)

    assert browser.get("/login").status_code == 303
