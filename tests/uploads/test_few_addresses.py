"""Addresses of parts are given just in time: few at once, and each for an hour."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from creative_platform.core.errors import Invalid
from creative_platform.media.storage import MIB
from creative_platform.uploads import service
from tests.uploads.test_uploads import planned, sha256

pytestmark = [pytest.mark.database, pytest.mark.storage]


@pytest.mark.parametrize(("count", "given"), [(1, 1), (8, 8), (9, 0), (0, 0)])
def test_at_most_eight_addresses_at_a_time_and_each_lasts_an_hour(store, owner, entry, count, given):
    """Refused for their number, not for what they are: all nine parts are parts of the file."""
    actor = owner.as_actor()
    upload = service.plan_upload(actor, replace(planned(entry, b"film"), size_bytes=9 * 5 * MIB))
    wanted = [(number, sha256(b"")) for number in range(1, count + 1)]

    if not given:
        with pytest.raises(Invalid) as refused:
            service.sign_parts(actor, upload.public_id, wanted)
        assert list(refused.value.fields) == ["parts"]
        return
    signed = service.sign_parts(actor, upload.public_id, wanted)

    assert [re.findall(r"X-Amz-Expires=(\d+)", part.url) for part in signed] == [["3600"]] * given
