"""The agent behind a prompt: an application in a thread of its own, while that of the prompt waits for the keyboard."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, TypeVar, cast

from llmspell.cli import logs
from llmspell.cli.chat_agent import make
from llmspell.cli.chat_shown import Shown
from llmspell.cli.interrupts import waited
from llmspell.cli.opening import let_ask, open_app
from llmspell.cli.rights_counter import Counter
from llmspell.runtime.unanswered import answered

if TYPE_CHECKING:
    import argparse
    from collections.abc import Coroutine, Mapping
    from pathlib import Path
    from typing import Self

    from llmspell.cli.chat_approve import Approver
    from llmspell.cli.console import Console
    from llmspell.model.agent import AgentResult
    from llmspell.runtime.agents import Agent
    from llmspell.runtime.app import App

    RunData = Mapping[str, object]

T = TypeVar("T")


class Talk:
    """A conversation with one agent. Entering it opens the application and raises what is wrong."""

    def __init__(self, args: argparse.Namespace, console: Console) -> None:
        self._args = args
        self._console = console
        self._counter = Counter(console)
        self._ready: Future[None] = Future()
        self._loop: asyncio.AbstractEventLoop
        self._stop: asyncio.Event
        self.agent: Agent
        self.app: App
        self._thread = threading.Thread(target=self._run, name="chat", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.result()
        return self

    def __exit__(self, *error: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    # -- the thread of the prompt --------------------------------------------------------------------------------------

    @property
    def data(self) -> Path:
        """Give the folder of what is kept."""
        return self.app.services.paths.data

    def ask(self, text: str, approver: Approver | None, *, shown: bool) -> AgentResult:
        """Say something and show the answer while it comes; tool calls that wait are asked about.

        Ctrl-C ends the answer, as if nothing had been said: raises `KeyboardInterrupt`. Raises what the run raised, and
        `ApprovalRequiredError` when there is nobody to ask.
        """
        view = Shown(self._console, self.app.services.secrets, text=shown)
        try:
            result = self.done(self.agent.execute(text, sink=view.part))
            while result.status == "paused" and approver is not None:
                view.end()
                decisions = approver.decisions(result.pending)
                result = self.done(self.agent.resume(cast("RunData", result.state), decisions, sink=view.part))
        finally:
            view.end()
        answered(result, self.agent.name)
        return result

    def done(self, work: Coroutine[Any, Any, T]) -> T:
        """Do something in the application's thread and give what comes of it; Ctrl-C cancels it."""
        task: asyncio.Task[T] | None = None

        async def run() -> T:
            nonlocal task
            task = asyncio.ensure_future(work)
            return await task

        def cancel(_told: int, _presses: int) -> None:
            if task is not None:
                self._loop.call_soon_threadsafe(task.cancel)

        future, asked = waited(run(), self._loop, cancel, self._counter.serve)
        if asked:
            raise KeyboardInterrupt
        return future.result()

    # -- the thread of the application ---------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            asyncio.run(self._live())
        except BaseException as error:
            if self._ready.done():
                raise
            self._ready.set_exception(error)

    async def _live(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        async with open_app(self._args, self._console) as app, app.run("chat") as run:
            logs.start(app, self._console)
            let_ask(app, self._args, self._console, self._counter.read)
            self.app = app
            self.agent = await make(run, self._args, self._console)
            self._ready.set_result(None)
            await self._stop.wait()
