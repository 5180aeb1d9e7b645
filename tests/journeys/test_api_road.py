"""The whole road by programs, with the real store."""

from __future__ import annotations

import pytest

from creative_platform.core import clock, queue
from tests.journeys.road import Platform, walk

pytestmark = [pytest.mark.database, pytest.mark.storage]


def test_the_whole_road_over_the_api(store, program):
    walk(Platform(program, queue.work_off, clock.pretend))
