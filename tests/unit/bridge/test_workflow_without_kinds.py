"""Workflows where no plugin brings a kind of them."""

from __future__ import annotations

from typing import Any

import pytest


async def test_without_any_kind_it_says_what_to_install(spell: Any) -> None:
    async def main(guest: Any) -> Any:
        return await guest.call("Workflow.sequential", {"steps": []})

    with pytest.raises(Exception, match="there are no kinds of workflows") as error:
        await spell(main)
    assert "pip install llmspell-workflows" in error.value.suggestions  # type: ignore[attr-defined]  # a coded error
