"""Approvals as scripts write them: which calls a person is asked about."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from llmspell.bridge.callbacks import Callback
    from llmspell.runtime.context import CallContext

    Judge = Callable[[Mapping[str, object], CallContext], Awaitable[object]]


def rule(given: bool | list[str] | Callback) -> bool | tuple[str, ...] | Judge | None:  # noqa: FBT001 - what a script wrote
    """Read the option `approve`; a function of the script is asked with the rights of who called the agent."""
    if isinstance(given, bool):
        return given or None
    if isinstance(given, list):
        return tuple(given)
    function = given

    async def judge(call: Mapping[str, object], ctx: CallContext) -> object:
        return await function(dict(call), ctx=ctx)

    return judge
