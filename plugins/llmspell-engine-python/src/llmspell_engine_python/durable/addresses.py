"""Addresses of objects in what a script says: another process of the same run would say something else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llmspell.spec.wire import Message

_SHOWN = re.compile(r"(<[^<>]{1,200}? at 0x)[0-9a-f]{6,16}>")
"""How Python writes an object that has no other way to be written."""


def warnings(said: list[Message]) -> list[Message]:
    """Give a warning for every call and answer that holds an address; its own text holds none."""
    return [
        {"t": "post", "op": "Log.warn", "args": [_sentence(message, found[1])]}
        for message in said
        if message["t"] in ("call", "return") and (found := _SHOWN.search(str(message)))
    ]


def _sentence(message: Message, shown: str) -> str:
    what = f"a call of {message['op']} ({message.get('at')})" if message["t"] == "call" else "what the script gives"
    return (
        f"{what} holds the address of an object, {shown}..>: it is another one when the run is resumed. "
        "Write what the object stands for, or give its class a __repr__"
    )
