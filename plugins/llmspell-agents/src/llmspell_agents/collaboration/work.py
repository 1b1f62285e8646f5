"""A work of a team: done to its end, or to where members wait for a person, and told part by part."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from llmspell.errors import CollaborationError, RunStateError
from llmspell_agents.collaboration.journal import Journal, Waits

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from llmspell_agents.collaboration.team import Sink, Table, Team

BUFFER = 64
"""Parts that may wait for a slow reader before the work is held back."""


async def done_or_paused(team: Team, work: Awaitable[Table], seconds: float | None, given: Table) -> Table:
    """Await work for so long; give what came of it, or what it takes to go on: `given` says what the work is.

    Raises `CollaborationError` when it takes longer.
    """
    timer = team.ctx.timeout(seconds, team.name)
    try:
        async with timer:
            return {"status": "done", **await work}
    except Waits:
        state = json.dumps({"kind": team.name, "given": given, **team.journal.data()}, ensure_ascii=False)
        strategy = str(given.get("strategy", team.name))
        return team.result(strategy, "", status="paused", pending=team.journal.pending(), state=state)
    except TimeoutError as error:
        if not timer.expired():
            raise
        raise CollaborationError(f"the {team.name} was not done after {seconds:g} s") from error


def taken_up(kind: str, state: str | Mapping[str, object], decisions: Mapping[str, object]) -> tuple[Table, Journal]:
    """Read the state of a work that waited: what it is, and what is known of it. Raises `RunStateError`."""
    try:
        data: Any = json.loads(state) if isinstance(state, str) else state
    except ValueError as error:
        raise RunStateError(f"the state of a {kind} is damaged: it is no JSON: {error}") from error
    if not isinstance(data, Mapping) or data.get("kind") != kind or not isinstance(data.get("given"), dict):
        raise RunStateError(f"this is no state of a {kind}", suggestions=["pass `state` of a result as it is"])
    return data["given"], Journal.read(data, decisions)


async def parts(start: Callable[[Sink], Awaitable[Table]]) -> AsyncIterator[object]:
    """Yield what a work tells while it is done, and as the last part `done` with what came of it.

    Leaving the iteration cancels the work.
    """
    queue: asyncio.Queue[object] = asyncio.Queue(BUFFER)

    async def run() -> Table:
        try:
            result = await start(queue.put)
        except Exception:
            await queue.put(None)  # unless the reader has left, who has cancelled this
            raise
        await queue.put(None)
        return result

    task = asyncio.create_task(run(), name="stream of a team")
    try:
        while (part := await queue.get()) is not None:
            yield part
        yield {"type": "done", **await task}
    finally:
        task.cancel()
        await asyncio.wait([task])
        if not task.cancelled():
            task.exception()  # who leaves has seen it or does not want it
