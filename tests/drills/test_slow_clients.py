"""`make drill`: the page stays quick for others while slowhttptest holds 60 and 200 connections."""

import shutil

import pytest

from tests.drills import slow_clients


@pytest.mark.drill
@pytest.mark.timeout(400)
def test_slow_clients_leave_the_others_alone():
    if shutil.which("slowhttptest") is None:
        pytest.skip("slowhttptest is not installed (apt-get install slowhttptest)")
    assert slow_clients.main(["--server", "ours"]) == 0
