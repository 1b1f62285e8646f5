"""The front door of the toy engine: what a stranger's plugin with a fourth language looks like."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.spec.engines import engine
from llmspell.spec.markers import hookimpl

if TYPE_CHECKING:
    from llmspell.spec.descriptor import Component

NO_TIMERS = "the toy language has no timers"
LACKS = {
    f"Async.{name}": NO_TIMERS
    for name in ("timeout", "with_timeout", "retry", "with_retry", "with_resource", "schedule", "yield_for")
} | {f"Async.{name}": "the toy language has no coroutines" for name in ("run", "yield", "yield_until")}


@hookimpl
def llmspell_engines() -> list[Component]:
    """Describe the toy engine."""
    return [
        engine(
            "toy",
            "tests.fourth.toy_engine.machine:ToyMachine",
            "Runs spells in a language of parentheses.",
            extensions=(".toy",),
            shebangs=("llmspell-toy",),
            language="Toy",
            capabilities=("async", "int64"),
            lacks=LACKS,
        )
    ]
