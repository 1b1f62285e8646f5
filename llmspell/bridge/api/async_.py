"""Async: waiting and doing things side by side. All but `sleep` is done by the engine, in its language's manner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.bridge.definition import Namespace, function

if TYPE_CHECKING:
    from llmspell.bridge.definition import Milliseconds
    from llmspell.runtime.context import CallContext

# Local functions have no body: each engine implements them; this is what engines and reference agree on.


class Async(Namespace):
    """Waiting, and work side by side. Numbers are milliseconds here, in every language.

    A *job* is a function (Lua, Python), a coroutine (Lua) or a promise (JavaScript).
    """

    name = "Async"
    modules = ("utils",)

    @function()
    async def sleep(self, duration: Milliseconds, ctx: CallContext) -> None:
        """Wait."""
        await ctx.sleep(duration)

    @function(local=True)
    def run(self, job: object) -> object:
        """Run a coroutine to its end and return its value; what it yields is driven on the way."""

    @function(local=True)
    def all(self, jobs: list[object]) -> list[object]:  # type: ignore[empty-body]
        """Run jobs side by side and return their values in order; the first error is raised."""

    @function(local=True)
    def race(self, jobs: list[object]) -> object:
        """Run jobs side by side and return the value of the first to end."""

    @function(local=True)
    def all_settled(self, jobs: list[object]) -> list[object]:  # type: ignore[empty-body]
        """Run jobs side by side and return `{status="fulfilled", value}` or `{status="rejected", reason}` for each."""

    @function(local=True, aliases=("with_timeout",))
    def timeout(self, job: object, duration: Milliseconds) -> object:
        """Run a job and raise an error of type `timeout` when it takes longer; its outstanding calls are cancelled."""

    @function(local=True)
    def retry(self, operation: object, options: object) -> object:
        """Call a function again when it raises: `{attempts=3, delay=0, backoff=2, max_delay=30000}`, or a number."""

    @function(local=True)
    def with_retry(self, operation: object, retries: int) -> object:
        """Call a function again when it raises, so many times after the first."""

    @function(local=True)
    def with_resource(self, resource: object, operation: object) -> object:
        """Call `operation(resource)` and close the resource afterwards, whatever happened."""

    @function(local=True)
    def schedule(self, duration: Milliseconds, job: object) -> object:
        """Run a function later; it is cancelled when the spell ends first."""

    @function(local=True)
    def yield_(self) -> None:
        """Let other jobs of this spell go on."""

    @function(local=True)
    def yield_for(self, duration: Milliseconds) -> None:
        """Let other jobs go on for a while."""

    @function(local=True)
    def yield_until(self, condition: object, options: object = None) -> None:
        """Let other jobs go on until a function returns true."""
