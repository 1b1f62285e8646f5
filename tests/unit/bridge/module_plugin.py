"""A plugin that brings namespaces to scripts."""

from __future__ import annotations

from collections.abc import AsyncIterator  # noqa: TC003 - looked at when the function is first called

from llmspell.spec import Component, Context, function, hookimpl, script_module
from llmspell.spec.script_modules import Stream
from tests.unit.bridge.module_options import Tune

HERE = "tests.unit.bridge.module_plugin"
MORE: list[Component] = []
"""What a test has it bring besides."""


class Songs:
    """Songs."""

    @function(aliases=("chant",))
    async def sing(self, name: str, ctx: Context, tune: Tune | None = None) -> list[object]:
        """Sing."""
        wanted = tune or Tune()
        reads = ctx.grants.allows("fs.read", "/x")  # type: ignore[attr-defined]  # of the class behind the port
        return [*([name] * wanted.times), wanted.pause, reads, ctx.path.split(":")[-1]]

    @function()
    def hum_along(self) -> str:
        """Hum."""
        return "hm"

    @function()
    def verses(self) -> Stream:
        """Give verse by verse."""
        return Stream(_verses())

    @function()
    async def fail(self) -> None:
        """Fail."""
        message = "hoarse"
        raise ValueError(message)


async def _verses() -> AsyncIterator[object]:
    for number in (1, 2):
        yield number


NAMES = ("sing", "chant", "hum_along", "verses", "fail")


@hookimpl
def llmspell_script_modules() -> list[Component]:
    """Bring songs."""
    return [script_module("songs", f"{HERE}:Songs", "Songs.", namespace="Songs", functions=NAMES), *MORE]
