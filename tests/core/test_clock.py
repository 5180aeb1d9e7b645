"""The tzdata package decides what an offset is."""

from datetime import UTC, datetime, timedelta

from creative_platform.core import clock


def test_kazakhstan_is_one_zone_since_march_2024():
    instant = datetime(2026, 11, 20, tzinfo=UTC)

    assert instant.astimezone(clock.zone("Asia/Almaty")).utcoffset() == timedelta(hours=5)
    assert instant.astimezone(clock.zone("Asia/Aqtau")).utcoffset() == timedelta(hours=5)
