"""Every documented call, in every language: it gives what the table says, or fails as it says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.documented.rows import Row, rows

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

ROWS = list(rows())


def cells() -> list[Any]:
    """Give every row in every language that has it."""
    return [
        pytest.param(row, language, id=f"{row.place}-{row.title}-{language}")
        for row in ROWS
        for language in row.programs
    ]


@pytest.mark.parametrize(("row", "language"), cells())
async def test_documented_call(row: Row, language: str, cast: Callable[..., Awaitable[Any]]) -> None:
    ran = await cast(language, row.programs[language], row.facts)
    if "fails" in row.facts:
        assert ran.error is not None, f"it gave {ran.value!r}"
        assert ran.error.type == row.facts["fails"]["type"], ran.error
        told = " ".join([ran.error.message, *ran.error.suggestions])
        assert [text for text in row.facts["fails"]["says"] if text not in told] == [], told
    else:
        assert ran.error is None, f"{ran.error!r} {ran.error.where} {ran.error.suggestions}"
    if "gives" in row.facts:
        assert ran.value == row.facts["gives"]
    if "prints" in row.facts:
        assert ran.printed == row.facts["prints"]
