"""The spell behind a prompt: a session in a thread of its own, so that it goes on while the user types.

The thread of the prompt waits for the keyboard and takes Ctrl-C; this one has the event loop: timers, events and what
the spell left running live in it.
"""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING

from llmspell.bridge.script_modules import all_names
from llmspell.bridge.spell import SpellOptions, run_spell
from llmspell.cli import logs
from llmspell.cli.interrupts import waited
from llmspell.cli.opening import let_ask, open_app
from llmspell.cli.rights_counter import Counter
from llmspell.errors import LlmspellError, ScriptError
from llmspell.runtime.host import Limits

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from typing import Self

    from llmspell.bridge.session import SpellSession
    from llmspell.cli.console import Console


TRIES = 20
"""How often an input that goes on is interrupted again before the user is asked whether to end its engine."""


class Live:
    """A session that runs inputs, and is begun anew when its engine dies or `reset` asks for it."""

    def __init__(
        self, args: argparse.Namespace, console: Console, *, engine: str, on_print: Callable[[str], object]
    ) -> None:
        self._args = args
        self._console = console
        self._counter = Counter(console)
        self._on_print = on_print
        self._wanted = engine
        self._ready: Future[SpellSession] = Future()
        self._loop: asyncio.AbstractEventLoop
        self._stop: asyncio.Event
        self._open = True
        self.engine = engine
        """The engine's own name."""
        self.data: Path
        """Folder of what is kept."""
        self.tools: list[str]
        """Names of the tools that there are."""
        self.names: str
        """Names of the API, those of plugins among them."""
        self._thread = threading.Thread(target=self._run, name="spell", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.result()
        return self

    def __exit__(self, *error: object) -> None:
        self._open = False
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    # -- the thread of the prompt --------------------------------------------------------------------------------------

    def evaluate(self, source: str, name: str) -> Mapping[str, object]:
        """Run an input and give what came of it; Ctrl-C ends the input. Raises what it raised, `KeyboardInterrupt`."""
        session = self._ready.result()
        ending = _Ending(self._loop, session, self._console)
        future, asked = waited(session.evaluate(source, name), self._loop, ending.interrupt, self._counter.serve)
        error = future.exception()
        ended = isinstance(error, LlmspellError) and error.type == "ended"  # by an input before this one
        if ended or session.failure is not None:
            self.reset()
            self._console.warn("the engine was started anew: what was defined is gone")
        if asked:
            raise KeyboardInterrupt
        return self.evaluate(source, name) if ended else future.result()

    def reset(self) -> None:
        """End the session and begin another: nothing that was defined is left."""
        self._ready = Future()
        self._loop.call_soon_threadsafe(self._stop.set)
        self._ready.result()

    # -- the thread of the session -------------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            asyncio.run(self._live())
        except BaseException as error:  # noqa: BLE001 - told to the thread that waits
            if not self._ready.done():
                self._ready.set_exception(error)

    async def _live(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        async with open_app(self._args, self._console) as app:
            logs.start(app, self._console)
            let_ask(app, self._args, self._console, self._counter.read)
            self.engine = app.catalog.get("engine", self._wanted).name
            self.data = app.services.paths.data
            self.names = all_names(app.catalog)
            self.tools = [one.name for one in app.catalog.list("tool")]
            limits = Limits(cpu=None, output=1 << 40)  # whoever types sees what is printed
            options = SpellOptions(
                engine=self.engine, isolation=self._args.isolation, limits=limits, body=self._until_stopped
            )
            while self._open:
                self._stop.clear()
                try:
                    await run_spell(app, source="", options=options, on_print=self._on_print)
                except ScriptError:
                    if not self._ready.done():
                        raise  # it did not even begin

    async def _until_stopped(self, session: SpellSession) -> None:
        self._ready.set_result(session)
        await self._stop.wait()


class _Ending:
    """Ends an input when Ctrl-C is pressed, and its engine when that does not help and it is pressed once more."""

    def __init__(self, loop: asyncio.AbstractEventLoop, session: SpellSession, console: Console) -> None:
        self._loop = loop
        self._session = session
        self._console = console
        self._asked_at: int | None = None  # how often Ctrl-C had been pressed when the user was asked

    def interrupt(self, told: int, presses: int) -> None:
        """Interrupt the input; it is told again while it goes on."""
        if self._asked_at is not None and presses > self._asked_at:
            self._loop.call_soon_threadsafe(self._session.channel.kill)
            return
        self._session.channel.interrupt()  # lost when the engine has not begun with the input: hence several times
        self._loop.call_soon_threadsafe(self._session.cancel_inputs)
        if told == TRIES:
            self._asked_at = presses
            self._console.warn("the input goes on; Ctrl-C once more ends its engine, and what was defined is gone")
