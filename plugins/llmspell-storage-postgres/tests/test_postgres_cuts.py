"""A connection that is lost at any one moment."""

from __future__ import annotations

import pytest

from llmspell.testing.cut_connections import CuttingWay, survive_a_cut


@pytest.mark.parametrize("half", [False, True])
async def test_the_connection_may_break_at_every_piece(opened, shared_postgres, half):
    async with CuttingWay(shared_postgres.port) as way:
        store = await opened(port=way.port)
        failed = number = 0
        while way.seen >= number:
            number += 1
            way.cut_at(number, half=half)
            failed += await survive_a_cut(store, f"{number}/")
        assert number > 20
        assert failed > 5
        way.cut_at(0)
        assert (await store.verify()).keys > number
        await store.aclose()
