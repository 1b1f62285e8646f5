"""One line on a terminal that says what is going on; gone before anything else is written there."""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from llmspell.cli.console import Console
    from llmspell.model.call import Call
    from llmspell.model.event import Event
    from llmspell.model.llm import Completion
    from llmspell.runtime.app import App

RATE = 0.1
"""Seconds between two drawings of the line."""

PATIENCE = 0.5
"""Seconds that a spell may take before there is a line at all: most are done by then."""

_CLEAR = "\r\x1b[K"
_WATCHED = ("llm_call", "tool_execution", "agent_execution", "workflow_step")
_DOING = {"llm_call": "asking", "tool_execution": "running", "agent_execution": "agent", "workflow_step": "step"}


class StatusLine:
    """Draw one line over itself; `clock` gives seconds. It is as wide as the terminal at most."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._drawn = float("-inf")
        self._shown = False
        self._text = ""
        self.paused = False
        """Whether somebody types: nothing is drawn then."""

    def show(self, text: str) -> None:
        """Draw a text unless the line was drawn a moment ago."""
        now = self._clock()
        if self.paused or now - self._drawn < RATE or (self._shown and text == self._text):
            return
        self._drawn, self._text = now, text
        room = max(_columns(self._stream) - 1, 1)
        plain = " ".join("".join(c if c.isprintable() else " " for c in text).split())
        encoding = self._stream.encoding or "ascii"
        line = plain[:room].encode(encoding, "replace").decode(encoding)
        self._put(f"{_CLEAR}{line}")
        self._shown = True

    def clear(self) -> None:
        """Take the line away, if there is one."""
        if self._shown:
            self._shown = False
            self._drawn = float("-inf")
            self._put(_CLEAR)

    def _put(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError:  # the terminal was closed; what runs goes on without it
            self._drawn = float("inf")


def _columns(stream: TextIO) -> int:
    """Ask the terminal that is drawn on: standard output may go elsewhere."""
    if os.environ.get("COLUMNS", "").isdigit():
        return shutil.get_terminal_size().columns
    try:
        return os.get_terminal_size(stream.fileno()).columns or 80
    except (OSError, ValueError):  # a stream that is no file, or no terminal
        return shutil.get_terminal_size().columns


class Activity:
    """Know what a run is doing, from the events of its application."""

    def __init__(self, name: str, started: float) -> None:
        self.name = name
        self.tokens = 0
        self._started = started
        self._doing: dict[object, str] = {}
        self._note = ""

    def watch(self, app: App) -> None:
        """Listen: to operations that begin and end, to progress, and to what models used."""
        for operation in _WATCHED:
            app.events.subscribe(f"{operation}_started", self._begin)
            for end in ("completed", "failed", "refused"):
                app.events.subscribe(f"{operation}_{end}", self._end)
        app.events.subscribe("progress", self._progress)
        app.hooks.register("after_llm_call", self._count, owner="llmspell")

    def describe(self, now: float) -> str:
        """Say it in one line: `survey: running file_reader, 12 s, 340 tokens`."""
        doing = next(reversed(self._doing.values()), "running")
        parts = [f"{self.name}: {self._note or doing}", f"{now - self._started:.0f} s"]
        return ", ".join([*parts, f"{self.tokens} tokens"] if self.tokens else parts)

    def _begin(self, event: Event) -> None:
        operation = event.name.removesuffix("_started")
        text = f"{_DOING[operation]} {event.data['subject']}"
        if operation == "workflow_step":
            text = f"{event.data.get('workflow')}: step {event.data.get('step')}"
        self._doing[_place(event)] = text
        self._note = ""

    def _end(self, event: Event) -> None:
        self._doing.pop(_place(event), None)
        self._note = ""

    def _progress(self, event: Event) -> None:
        self._note = progress_text(event)

    def _count(self, call: Call, result: Completion) -> None:  # noqa: ARG002 - hooks are called by these names
        self.tokens += result.usage.total_tokens


def _place(event: Event) -> tuple[object, object]:
    """Tell operations apart: steps of workflows side by side have places, calls of tools by a model have ids."""
    return event.data.get("path"), event.data["id"]


def progress_text(event: Event) -> str:
    """Say how far long work has come: `tool file_search: looking, 3 of 10`."""
    done, total, message = event.data.get("done"), event.data.get("total"), event.data.get("message")
    far = f"{done} of {total}" if total else f"{done}"
    return f"{event.data.get('who')}: {message}, {far}" if message else f"{event.data.get('who')}: {far}"


@asynccontextmanager
async def shown(app: App, console: Console, name: str) -> AsyncIterator[None]:
    """Keep the line up to date while something runs, when there is a terminal to draw it on."""
    line = console.line
    if line is None:
        yield
        return
    activity = Activity(name, time.monotonic())
    activity.watch(app)

    async def draw() -> None:
        await asyncio.sleep(PATIENCE)
        while True:
            line.show(console.redact(activity.describe(time.monotonic())))
            await asyncio.sleep(RATE)

    drawing = asyncio.create_task(draw())
    try:
        yield
    finally:
        drawing.cancel()
        await asyncio.wait([drawing])
        line.clear()
