"""The plugin's front door: descriptors only, nothing heavy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.spec.engines import engine
from llmspell.spec.markers import hookimpl

if TYPE_CHECKING:
    from llmspell.spec.descriptor import Component


@hookimpl
def llmspell_engines() -> list[Component]:
    """Describe the Python engine."""
    return [
        engine(
            "python",
            "llmspell_engine_python.machine:PythonMachine",
            "Runs Python spells: trusted code behind the walls of a child process.",
            extensions=(".py",),
            shebangs=("llmspell-python", "python", "python3"),
            language="Python",
            aliases=("py",),
            capabilities=("async", "int64", "trusted_only"),
        )
    ]
