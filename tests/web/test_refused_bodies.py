"""What the web server left unread is answered in words."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.database


@pytest.mark.parametrize(("status", "words"), [(503, "send it again in half a minute"), (413, "too large")])
def test_a_body_that_was_not_read_is_answered_in_words(client, status, words):
    refused = {"creative_platform.body_refused": True, "creative_platform.refusal_status": status}

    page = client.post("/media/form/entry/x/pages", environ_overrides=refused)

    assert (page.status_code, words in page.text) == (status, True)
    assert page.headers.get("Retry-After") == ("30" if status == 503 else None)
    assert "Connection" not in page.headers


def test_a_program_is_told_by_code(client):
    refused = {"creative_platform.body_refused": True, "creative_platform.refusal_status": 503}

    answer = client.post("/api/v1/entries/x/uploads", environ_overrides=refused)

    assert (answer.status_code, answer.json["code"], answer.headers["Retry-After"]) == (503, "busy", "30")
