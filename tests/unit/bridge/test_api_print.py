from __future__ import annotations

from typing import Any


async def test_bytes_are_printed_as_text(spell) -> None:
    printed: list[str] = []

    async def main(guest) -> Any:
        guest.post("print", {"$b": "YQn/Yg=="})
        await guest.call("Storage.get", "x")

    await spell(main, printed=printed)
    assert printed == ["a\t\ufffdb"]
