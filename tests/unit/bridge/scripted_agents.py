"""Agents of scripts whose model says what the test wants."""

from __future__ import annotations

from typing import Any


def scripted(*steps: dict[str, Any]) -> dict[str, Any]:
    return {"provider": "scripted", "extra": {"script": {"steps": list(steps)}}}


def says(*texts: str) -> dict[str, Any]:
    return scripted(*({"text": text} for text in texts))


async def new(guest, name: str = "bob", /, *texts: str, **more: Any) -> Any:
    return await guest.call("Agent.new", {"name": name, **says(*texts), **more})
