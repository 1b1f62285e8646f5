"""A synchronous face: the same application from a script, a thread, a notebook, or inside a running loop."""

from __future__ import annotations

import asyncio
import threading
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, TypeVar

from llmspell.errors import InternalError
from llmspell.runtime.app import App

if TYPE_CHECKING:
    from collections.abc import Coroutine, Generator, Mapping
    from types import TracebackType
    from typing import Self

    from llmspell.model.agent import AgentResult
    from llmspell.model.approval import Decision
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
        self._stopped: asyncio.Event
        self._stack: AsyncExitStack
        self._run: Run | None = None

    def __enter__(self) -> Self:
        if self._thread is not None:
            message = "the application is already open"
            raise InternalError(message, suggestions=["make another SyncApp()"])
        self._loop, self._stopped = asyncio.new_event_loop(), asyncio.Event()
        self._thread = threading.Thread(target=_serve, args=(self._loop, self._stopped), name="llmspell", daemon=True)
        self._thread.start()
        try:
            self.wait(self._open())
        except BaseException:
            try:
                if self.open:  # Ctrl-C came after the last step of opening
                    self.wait(self._close())
            finally:
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
        """Run a coroutine on the application's loop and wait for its result; Ctrl-C cancels it.

        Raises `InternalError` outside the block, and in the application's own thread (a hook, a tool), where waiting
        would never end.
        """
        if self._loop is None or self._loop.is_closed():
            work.close()
            message = "the application is not open"
            raise InternalError(message, suggestions=["use it inside `with SyncApp() as app:`"])
        if threading.current_thread() is self._thread:
            work.close()
            message = "a hook or tool of the application waits for the application itself"
            raise InternalError(message, suggestions=["make it `async def` and await `app`, `agent` or `ctx`"])
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except KeyboardInterrupt:
            future.cancel()
            raise

    @property
    def open(self) -> bool:
        """Tell whether the application can be used."""
        return self._run is not None

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
        async with AsyncExitStack() as stack:
            app = await stack.enter_async_context(App.open(**self._options))
            self._run = await stack.enter_async_context(app.run())
            self._stack = stack.pop_all()

    async def _close(self) -> None:
        await self._stack.aclose()

    def _stop(self) -> None:
        if self._loop is not None and self._thread is not None:
            self._loop.call_soon_threadsafe(self._stopped.set)
            self._thread.join()
        self._loop = self._thread = self._run = None


def _serve(loop: asyncio.AbstractEventLoop, stopped: asyncio.Event) -> None:
    """Run the loop until it is told to stop; what still runs then is cancelled and awaited."""
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(stopped.wait())


class SyncAgent:
    """An agent whose methods wait."""

    def __init__(self, app: SyncApp, agent: Agent) -> None:
        self._app = app
        self.agent = agent

    def chat(self, text: str) -> str:
        """Say something and return the answer's text."""
        return self._app.wait(self.agent.chat(text))

    def execute(self, text: str, *, output: object = None) -> AgentResult:
        """Run the loop and return the whole result; `output` is what the answer must be."""
        return self._app.wait(self.agent.execute(text, output=output))

    def resume(self, state: Mapping[str, object], decisions: Mapping[str, Decision] | None = None) -> AgentResult:
        """Go on with a run that waited, from its state."""
        return self._app.wait(self.agent.resume(state, decisions))

    def stream(self, text: str, *, output: object = None) -> Generator[object, None, None]:
        """Yield the parts of the answer; leaving the loop early cancels the run."""
        stream = self.agent.stream(text, output=output)
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
            if self._app.open:  # a generator may be collected after its application has gone
                self._app.wait(stream.__aexit__(None, None, None))
