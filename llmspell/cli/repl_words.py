"""What the Tab key offers at a prompt: names of the API in the language's spelling, and the prompt's own commands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from llmspell.bridge.spelling import camel

if TYPE_CHECKING:
    from collections.abc import Sequence

_MEMBER = re.compile(r"^(.*?)(\w+)([.:])(\w*)$")


class Words:
    """Complete words for one language; `names` are those of the API, as engines are told."""

    def __init__(self, engine: str, commands: Sequence[str], names: str, tools: Sequence[str] = ()) -> None:
        self._commands = tuple(commands)
        self._spaces: dict[str, list[str]] = {}
        self._methods: set[str] = set()
        self._globals: set[str] = {"params"}
        spell = camel if engine == "javascript" else str
        for line in names.splitlines():
            letter, _, rest = line.partition(" ")
            head, *own = rest.split()
            known = [spell(name.rstrip("!=.")) for name in (*own, *(tools if "*" in own else ())) if name != "*"]
            if letter == "N":
                self._spaces[head] = known
            elif letter == "H":
                self._methods.update(known)
            elif letter == "P":
                self._globals.update((head, *known))

    def offers(self, text: str) -> list[str]:
        """Give the words that `text`, the word before the cursor, may become."""
        if text.startswith("/"):
            return [one for one in self._commands if one.startswith(text)]
        found = _MEMBER.match(text)
        if found is None:
            return sorted(one for one in {*self._spaces, *self._globals} if one.startswith(text))
        before, owner, mark, start = found.groups()
        names = self._spaces.get(owner, self._methods) if mark == "." else self._methods
        return sorted(f"{before}{owner}{mark}{one}" for one in names if one.startswith(start))
