"""What is refused before any view is asked."""

from __future__ import annotations

import pytest


@pytest.mark.database
@pytest.mark.parametrize("address", ["/login?next=%00", "/contests/a%00b/rules", "/%00"])
def test_addresses_with_a_nul_are_refused(client, address):
    assert client.get(address).status_code == 400
