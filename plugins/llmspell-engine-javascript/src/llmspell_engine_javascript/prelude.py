"""The JavaScript half of the engine: where its files are and in which order they build on each other."""

from __future__ import annotations

from functools import cache

TYPE_CHECKING = False  # `typing` is a tenth of a child's start

if TYPE_CHECKING:
    from typing import Any

_FILES = (
    "primordials",
    "errors",
    "encode",
    "decode",
    "context",
    "driver",
    "releases",
    "streams",
    "inspect",
    "speech",
    "console",
    "promises",
    "bridge",
    "async",
    "timers",
    "locals",
    "testing",
    "crypto",
    "modules",
    "inputs",
    "clock",
    "locale",
    "durable",
    "sandbox",
    "main",
)
_HEAD = '(() => {"use strict"; const P = { __proto__: null };'
_TAIL = "return P.door; })()\n//# sourceURL=[llmspell]"


@cache
def prelude() -> str:
    """Give an expression whose value is the door of `main.js`. The files share the private object `P`."""
    folder = __file__.removesuffix("prelude.py") + "js/"
    loader: Any = globals()["__loader__"]  # whoever loaded this module can read its data, from a wheel or a zip
    texts = [loader.get_data(f"{folder}{name}.js").decode() for name in _FILES]
    return _HEAD + "".join(f"(() => {{{text}}})();\n" for text in texts) + _TAIL
