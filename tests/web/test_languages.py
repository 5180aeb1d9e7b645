"""Sizes as people read them."""

import pytest

from creative_platform.web.languages import format_size


@pytest.mark.parametrize(
    ("size_bytes", "said"),
    [
        (0, "0 kB"),
        (30, "1 kB"),
        (1500, "1 kB"),
        (900 * 1024, "900 kB"),
        (1024 * 1024, "1 MB"),
        (int(1.5 * 1024 * 1024), "1.5 MB"),
        (300 * 1024 * 1024, "300 MB"),
        (2 * 1024**3, "2 GB"),
    ],
)
def test_a_size_is_said_as_its_limit_is_set(app, size_bytes, said):
    with app.test_request_context():
        assert format_size(size_bytes) == said
