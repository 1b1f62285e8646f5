"""The plugin's front door: descriptors only, nothing heavy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.spec.engines import engine
from llmspell.spec.markers import hookimpl

if TYPE_CHECKING:
    from llmspell.spec.descriptor import Component

_MIB = 1 << 20
_GIB = 1 << 30


@hookimpl
def llmspell_engines() -> list[Component]:
    """Describe the JavaScript engine."""
    return [
        engine(
            "javascript",
            "llmspell_engine_javascript.machine:JavaScriptMachine",
            "Runs JavaScript and TypeScript spells on V8.",
            extensions=(".js", ".mjs", ".cjs", ".ts", ".mts"),
            shebangs=("llmspell-js", "node", "deno", "bun"),
            language="JavaScript (V8)",
            interpreter="llmspell_engine_javascript.isolate:version",
            resident_base=128 * _MIB,  # V8 with both isolates and its parsers takes 67 to 80 MB
            data_floor=_GIB,  # V8 refuses to start with less private memory than this
            aliases=("js", "typescript", "ts"),
            dialects={"typescript": ".ts", "ts": ".ts"},
            capabilities=("promises", "modules", "bigint", "typescript"),
        )
    ]
