"""Markdown becomes safe HTML in bounded time."""

from __future__ import annotations

import time

from creative_platform.web.rich_text import render_text


def test_floods_of_brackets_cost_little_time():
    start = time.thread_time()  # what it costs us, whatever else the machine does

    shown = [render_text(flood * 6000) for flood in ("[", "![a](", "[a]: ")]

    assert time.thread_time() - start < 2
    assert shown[0] == "<p>" + "[" * 6000 + "</p>\n"


def test_links_stay_links():
    assert render_text("[words](https://example.test)") == (
        '<p><a href="https://example.test" rel="noopener nofollow">words</a></p>\n'
    )


def test_a_table_is_a_table_and_a_flood_of_cells_stays_letters():
    small = render_text("|a|b|\n|-|-|\n|1|2|\n")
    flood = render_text("|" + "a|" * 100 + "\n|" + "-|" * 100 + "\n" + "|\n" * 9000)

    assert small.count("<td>") == 2
    assert ("<table>" in flood, len(flood) < 40_000) == (False, True)


def test_an_address_said_once_and_used_often_makes_no_flood():
    flood = render_text("[a]: http://x.test/" + "y" * 15_000 + "\n\n" + "[a]" * 900)

    assert len(flood) < 40_000
