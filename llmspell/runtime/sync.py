"""A synchronous face: the same application from a script, a thread, a notebook, or inside a running loop."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any, TypeVar

from llmspell.errors import InternalError
from llmspell.runtime.app import App

if TYPE_CHECKING:
    from collections.abc import Coroutine, Generator
    from types import TracebackType
    from typing import Self

    from llmspell.model.agent import AgentResult
    from llmspell.runtime.agents import Agent
    from llmspell.runtime.run import Run

T = TypeVar("T")


class SyncApp:
    """Run an `App` on a loop of its own in a background thread.

    with SyncApp() as app:
        print(app.tool("calculator", expression="6*7"))
        print(app.agent(name="a", model="gpt-4o-mini").chat("Hello"))
    """

    def __init__(self, **options: Any) -> None:
        self._options = options
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._app: App | None = None
        self._run: Run | None = None

    def __enter__(self) -> Self:
        ready = threading.Event()
        loop = asyncio.new_event_loop()

        def serve() -> None:
            asyncio.set_event_loop(loop)
            loop.call_soon(ready.set)
            loop.run_forever()
            loop.close()

        self._loop = loop
        self._thread = threading.Thread(target=serve, name="llmspell", daemon=True)
        self._thread.start()
        ready.wait()
        try:
            self.wait(self._open())
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.wait(self._close())
        finally:
            self._stop()

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the application's loop and wait for its result; Ctrl-C cancels it."""
        if self._loop is None or self._loop.is_closed():
            work.close()
            message = "the application is not open"
            raise InternalError(message, suggestions=["use it inside `with SyncApp() as app:`"])
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except KeyboardInterrupt:
            future.cancel()
            raise

    def tool(self, name: str, /, **arguments: object) -> object:
        """Run a tool and return its result."""
        run = self._current()

        async def call() -> object:
            return (await run.app.tools.execute(run.context(), name, arguments)).result

        return self.wait(call())

    def agent(self, **config: Any) -> SyncAgent:
        """Make an agent; the arguments are the fields of `AgentConfig`."""
        run = self._current()

        async def make() -> Agent:
            from llmspell.runtime.agents import AgentConfig  # noqa: PLC0415 - attrs comes with the first agent

            return await run.app.agents.create(run, AgentConfig(**config))

        return SyncAgent(self, self.wait(make()))

    def _current(self) -> Run:
        if self._run is None:
            message = "the application is not open"
            raise InternalError(message, suggestions=["use it inside `with SyncApp() as app:`"])
        return self._run

    async def _open(self) -> None:
        self._app = App.open(**self._options)
        await self._app.__aenter__()
        self._run = await self._app.run().__aenter__()

    async def _close(self) -> None:
        if self._run is not None:
            await self._run.__aexit__(None, None, None)
        if self._app is not None:
            await self._app.__aexit__(None, None, None)

    def _stop(self) -> None:
        if self._loop is not None and self._thread is not None:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
        self._loop = self._thread = self._app = self._run = None


class SyncAgent:
    """An agent whose methods wait."""

    def __init__(self, app: SyncApp, agent: Agent) -> None:
        self._app = app
        self.agent = agent

    def chat(self, text: str) -> str:
        """Say something and return the answer's text."""
        return self._app.wait(self.agent.chat(text))

    def execute(self, text: str) -> AgentResult:
        """Run the loop and return the whole result."""
        return self._app.wait(self.agent.execute(text))

    def stream(self, text: str) -> Generator[object, None, None]:
        """Yield the parts of the answer; leaving the loop early cancels the run."""
        stream = self.agent.stream(text)
        self._app.wait(stream.__aenter__())
        parts = stream.__aiter__()

        async def following() -> tuple[bool, object]:
            try:
                return True, await anext(parts)
            except StopAsyncIteration:
                return False, None

        try:
            while (step := self._app.wait(following()))[0]:
                yield step[1]
        finally:
            self._app.wait(stream.__aexit__(None, None, None))
