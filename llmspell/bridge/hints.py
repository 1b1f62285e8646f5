"""What to do about mistakes that a language itself reports: names nobody has, answers used before they came.

Read once, when a spell has failed with such an error, so nobody else pays. The messages are those of Lua 5.4, V8 and
CPython; one that no rule knows has no hint.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from llmspell.bridge.api import names_string
from llmspell.bridge.spelling import camel
from llmspell.model.near import near_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

FILES = "use the tools file_reader and file_writer, and grant what they need with --allow-read and --allow-write"
NETWORK = "use a tool that connects (see `llmspell tools list`), and grant its host with --allow-net=HOST"
AWAIT = "put `await` before the call whose answer this is"
LIKE = 0.65
"""How like a known name a wrong one must be; an unknown one may mean anything, so more than elsewhere."""

ABSENT = {"io": FILES, "fetch": NETWORK, "XMLHttpRequest": NETWORK, "WebSocket": NETWORK, "Buffer": "use Uint8Array"}
"""Names that a language has elsewhere and no spell has."""


class Names:
    """The names of the script API, as one language spells them."""

    def __init__(self, engine: str, names: str) -> None:
        spelled = camel if engine == "javascript" else str
        self.spaces: dict[str, list[str]] = {}
        self.methods: list[str] = []
        self.plain: list[str] = ["params"]
        for line in names.splitlines():
            letter, *words = line.split(" ")
            found = [spelled(word.rstrip("!=.")) for word in words if "*" not in word]
            if letter == "N":
                self.spaces[words[0]] = found[1:]
            elif letter == "H":
                self.methods += found[1:]
            elif letter == "P":
                self.plain += found

    def free(self, name: str) -> list[str]:
        """Hint at a name that stands alone."""
        if name in ABSENT:
            return [ABSENT[name]]
        return _meant(name, [*self.spaces, *self.plain])

    def function(self, name: str, space: str | None = None) -> list[str]:
        """Hint at a function of a namespace; of any, when nobody says which."""
        known = self.spaces.get(space or "")
        return _meant(name, known if known is not None else [one for some in self.spaces.values() for one in some])

    def member(self, owner: str | None, name: str) -> list[str]:
        """Hint at what an object does not have: a namespace of that name, else a handle."""
        return self.function(name, owner) if owner in self.spaces else _meant(name, self.methods)


def _meant(name: str, known: Iterable[str]) -> list[str]:
    near = near_words(name, list(known), n=1, cutoff=LIKE)
    return [f"did you mean {near[0]!r}?"] if near and near[0] != name else []


def _module(name: str) -> list[str]:
    return [f"put {name}.py beside the spell, or install what provides {name!r} where llmspell is installed"]


RULES: tuple[tuple[str, Callable[[Names, re.Match[str]], list[str]]], ...] = (
    (r"a nil value \(global '(\w+)'\)", lambda names, found: names.free(found[1])),
    (r"call a nil value \(field '(\w+)'\)", lambda names, found: names.function(found[1])),
    (r"call a nil value \(method '(\w+)'\)", lambda names, found: names.member(None, found[1])),
    (r"raised a table without a message", lambda _, __: ["give it one: error({ message = ... })"]),
    (r"the script raised nil", lambda _, __: ["say what is wrong: error(...)"]),
    (r"(?:(\w+)\.)?(\w+) is not a function", lambda names, found: names.member(found[1], found[2])),
    (r"^ReferenceError: (\w+) is not defined", lambda names, found: names.free(found[1])),
    (r"^NameError: name '(\w+)' is not defined", lambda names, found: names.free(found[1])),
    (r"^ModuleNotFoundError: No module named '(\w+)", lambda _, found: _module(found[1])),
    (r"^\w+Error: .*['\"](?:coroutine|Call|Chained)['\"]", lambda _, __: [AWAIT]),
    (r"gives its value when it is awaited", lambda _, __: [AWAIT]),
    (r"^PermissionError: \[Errno 13\]", lambda _, __: [FILES]),
    (r"a spell cannot use the network", lambda _, __: [NETWORK]),
)


def hints(message: str, engine: str, names: str | None = None) -> list[str]:
    """Give what to do about an error message of a script; nothing for one that says enough, or that nobody knows.

    `names` are those of the API as the engine was told, where plugins brought more.
    """
    for pattern, hint in RULES:
        if found := re.search(pattern, message):
            return hint(Names(engine, names or names_string()), found)
    return []
